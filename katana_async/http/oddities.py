"""Two oddities that are too common to read record by record: mended in the bytes of a whole page.

Katana writes `{}` for an absent nested object and null for an empty list. The fast reader refuses
both, and to read every such record slowly would cost ten times as much. No text can look like what
is searched for: inside a JSON text, the quotation marks around the name would be escaped. (Custom
fields, whose names accounts choose, are keyed by UUID.)
"""

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

EMPTY_OBJECT = "{} for null"
NULL_LIST = "null for a list"
NULL_WORD = "a word for null"
TEXT_NUMBER = "a text for a whole number"
TEXT_BOOLEAN = "a text for a truth value"
NAIVE_TIME = "a time without an offset, taken as UTC"
DECIMAL_INTEGER = "a fraction of zero for a whole number"
_NEITHER = ""

SEEN = {
    EMPTY_OBJECT: "absent suppliers and shipping fees, on the live service",
    NULL_LIST: "empty lists of nested records, on the live service",
    NULL_WORD: '"null" and "undefined" in place of a value, on the live service',
    TEXT_NUMBER: "the id in Katana's example of serial_numbers_stock",
    TEXT_BOOLEAN: 'the header X-Pagination, on the live service: "true" and "false"',
    NAIVE_TIME: "not seen; Katana refuses such times, and integrations write them",
    DECIMAL_INTEGER: "whole numbers padded with zeros, as texts, on the live service",
}
"""What is forgiven, and where it was seen. Nothing else is.

Three things that look odd need no forgiving. Money and quantities are numbers or padded texts,
field by field: a Decimal reads both. Custom fields are an object keyed by UUID, and on variants
that or a list, by account: the models have both. Users, and the bills of purchase orders, have
names in camelCase: their models have them too.
"""

_WRITTEN = {EMPTY_OBJECT: (b"{}", b"null"), NULL_LIST: (b"null", b"[]")}
"""What each looks like, and what it means."""


def mend(content: bytes, model: Any, oddity: str, *, sure: bool = True) -> tuple[bytes, list[str]]:
    """Return JSON with one oddity put right, and what was found, each as `field: oddity`.

    It finds JSON without white space, as Katana writes it; anything else is for the slow reader.

    Args:
        content: The JSON of a page.
        model: The model of its records.
        oddity: The oddity to mend.
        sure: False for the names that mean something else in another part of the record, such as
            `custom_fields` of a product's variants and of its supplier. Where that part holds null
            too, the fast reader refuses what was mended.
    """
    odd, meant = _WRITTEN[oddity]
    found: list[str] = []
    for name, path in _fields(model, sure).get(oddity, ()):
        needle = b'"%s":%s' % (name, odd)
        count = content.count(needle)
        # Behind a backslash the name is only the end of another one.
        if count and b"\\" + needle not in content:
            content = content.replace(needle, b'"%s":%s' % (name, meant))
            found += [f"{path}: {oddity}"] * count
    return content, found


@cache
def _fields(model: Any, sure: bool) -> dict[str, list[tuple[bytes, str]]]:
    """Return the names and paths of the fields that each oddity is known for.

    Args:
        model: The model of the records.
        sure: True for the names that mean one thing only in the whole record, False for others.
    """
    paths: dict[str, dict[str, str]] = {}
    for path, oddity in _walk(model, "", ()):
        paths.setdefault(path.rpartition(".")[2], {}).setdefault(oddity, path)
    fields: dict[str, list[tuple[bytes, str]]] = {}
    for name, found in paths.items():
        if (len(found) == 1) == sure:
            for oddity, path in found.items():
                fields.setdefault(oddity, []).append((name.encode(), path))
    return fields


def _walk(model: Any, prefix: str, above: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """Yield each field's path and what is odd for it (the nearest first)."""
    nested: list[tuple[str, Any]] = []
    for name, hint in get_type_hints(model).items():
        kind, optional = _unwrapped(hint)
        path = f"{prefix}{name}"
        array = _array_of(kind)
        if array is not None:
            yield path, _NEITHER if optional else NULL_LIST
            nested.append((path, get_args(array)[0]))
        elif attrs.has(kind):
            yield path, EMPTY_OBJECT if optional else _NEITHER
            nested.append((path, kind))
        else:
            yield path, _NEITHER
    for path, kind in nested:
        if attrs.has(kind) and kind not in above:
            yield from _walk(kind, f"{path}.", (*above, model))


def _unwrapped(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, UnionType):
        inner = [part for part in get_args(hint) if part is not NoneType]
        return (inner[0] if len(inner) == 1 else hint), NoneType in get_args(hint)
    return hint, False


def _array_of(kind: Any) -> Any:
    """Return the tuple that a kind is, or that a union of a tuple and a dict has."""
    branches = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return next((branch for branch in branches if get_origin(branch) is tuple), None)
