"""The known oddities of answers, and the repair of the two frequent ones in the bytes of a page.

Katana writes `{}` for an absent nested object and null for an empty list. The fast reader refuses
both, and the tolerant reader costs ten times as much per record. The repair cannot change a text:
within a JSON text, the quotation marks around the field's name would be escaped. (Custom fields,
whose names accounts choose, are keyed by UUID.)
"""

import re
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from ...models._base import field_types, is_model

EMPTY_OBJECT = "{} for null"
NULL_LIST = "null for a list"
NULL_WORD = "a word for null"
TEXT_NUMBER = "a text for a whole number"
TEXT_BOOLEAN = "a text for a truth value"
NAIVE_TIME = "a time without an offset, taken as UTC"
OTHER_TIME = "a time in a form that RFC 3339 does not have"
DECIMAL_INTEGER = "a fraction of zero for a whole number"
_NEITHER = ""

SEEN = {
    EMPTY_OBJECT: "absent suppliers and shipping fees, on the live service",
    NULL_LIST: "empty lists of nested records, on the live service",
    NULL_WORD: '"null" and "undefined" in place of a value, on the live service',
    TEXT_NUMBER: "the id in Katana's example of serial_numbers_stock",
    TEXT_BOOLEAN: 'the header X-Pagination, on the live service: "true" and "false"',
    NAIVE_TIME: "not seen; Katana refuses such times, and integrations write them",
    OTHER_TIME: "not seen; ISO 8601 has such forms, for instance without seconds",
    DECIMAL_INTEGER: "whole numbers padded with zeros, as texts, on the live service",
}
"""All tolerated oddities, each with the place of its observation.

Three peculiarities are no oddities, because the models declare them. Money and quantities are
numbers or padded texts, field by field: a Decimal reads both. Custom fields are an object keyed by
UUID or, on variants of some accounts, a list. Users and the bills of purchase orders have names in
camelCase.
"""

_REPAIRS = {EMPTY_OBJECT: (b"{}", b"null"), NULL_LIST: (b"null", b"[]")}
"""The bytes that Katana writes and the bytes that the models accept."""

_REFUSAL = re.compile(r"(Object missing .*|Expected `array`, got `null`) - at `\$.*\.(\w+)`")


def mend(content: bytes, model: Any, refusal: str) -> tuple[bytes, dict[str, int]]:
    """Repair the field at which msgspec stopped, in all records of a page.

    It repairs JSON without white space, as Katana writes it; the tolerant reader reads the rest.
    `refusal` is the text of the ValidationError.

    Returns the page and the number of repairs by `field: oddity`, which is empty if it has none.
    """
    stopped = _REFUSAL.fullmatch(refusal)
    if stopped is None:
        return content, {}
    oddity = NULL_LIST if "null" in stopped[1] else EMPTY_OBJECT
    path, possible = _fields(model).get(stopped[2], ("", _NEITHER))
    if possible != oddity:
        return content, {}
    odd, meant = _REPAIRS[oddity]
    needle = b'"%s":%s' % (stopped[2].encode(), odd)
    # After a backslash, the match is only the end of another name.
    if b"\\" + needle in content:
        return content, {}
    mended = content.replace(needle, b'"%s":%s' % (stopped[2].encode(), meant))
    count = (len(mended) - len(content)) // (len(meant) - len(odd))
    return mended, {f"{path}: {oddity}": count} if count else {}


@cache
def _fields(model: Any) -> dict[str, tuple[str, str]]:
    """Return the path and the possible oddity of each field, by its name."""
    found: dict[str, tuple[str, str]] = {}
    for path, oddity in _walk(model, "", ()):
        name = path.rpartition(".")[2]
        first, known = found.setdefault(name, (path, oddity))
        if oddity != known:
            # A name with several meanings (custom_fields) is left to the tolerant reader.
            found[name] = (first, _NEITHER)
    return found


def _walk(model: Any, prefix: str, above: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """Yield the path and the possible oddity of each field, outer fields first."""
    nested: list[tuple[str, Any]] = []
    for name, hint in field_types(model).items():
        kind, optional = _strip_null(hint)
        path = f"{prefix}{name}"
        if get_origin(kind) is tuple:
            yield path, _NEITHER if optional else NULL_LIST
            nested.append((path, get_args(kind)[0]))
        elif is_model(kind):
            yield path, EMPTY_OBJECT if optional else _NEITHER
            nested.append((path, kind))
        else:
            yield path, _NEITHER
    for path, kind in nested:
        if is_model(kind) and kind not in above:
            yield from _walk(kind, f"{path}.", (*above, model))


def _strip_null(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, UnionType):
        inner = [part for part in get_args(hint) if part is not NoneType]
        return (inner[0] if len(inner) == 1 else hint), True
    return hint, False
