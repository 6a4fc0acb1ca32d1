"""From the text of a command line to the values that the SDK's methods take."""

import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from ..http.encoding import Wire
from ..http.messages import parse_json
from .problems import UsageProblem, unknown

_LARGEST_EXPONENT = 308  # as of a float; a query holds every digit
_TRUTH = {"true": True, "false": False}


def keywords_of(function: Any) -> Any:
    """Return the TypedDict in a method's `**names: Unpack[SomeTypedDict]`; None without one."""
    for hint in get_type_hints(function).values():
        for argument in get_args(hint):
            if isinstance(argument, type) and hasattr(argument, "__required_keys__"):
                return argument
    return None


def keyword_types(function: Any) -> dict[str, Any]:
    """Return the types of a method's `**names: Unpack[SomeTypedDict]`, by name."""
    keywords = keywords_of(function)
    return {} if keywords is None else get_type_hints(keywords, include_extras=True)


def filters(texts: Iterable[str], types: Mapping[str, Any], whose: str) -> dict[str, object]:
    """Return filters written as `name=value`; a repeated name makes an array.

    Raises:
        UsageProblem: There is no such filter, or a value is not of its kind.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs(texts, "--filter"):
        given.setdefault(name, []).append(value)
    found: dict[str, object] = {}
    for name, values in given.items():
        if name not in types:
            raise unknown(f"{whose} has no filter", name, types)
        found[name] = _filter(name, values, _bare(types[name]))
    return found


def pairs(texts: Iterable[str], option: str) -> list[tuple[str, str]]:
    """Split texts of the form `name=value`."""
    found: list[tuple[str, str]] = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageProblem(f"{option} takes name=value, not {text!r}")
        found.append((name.strip(), value))
    return found


def _filter(name: str, values: list[str], hint: Any) -> object:
    item = _item_of_array(hint)
    if item is not None:
        if not _is_text(item):  # a text may hold a comma of its own
            values = [part.strip() for value in values for part in value.split(",")]
        return [_value(name, value, item) for value in values]
    if len(values) > 1:
        raise UsageProblem(f"the filter {name!r} takes one value, and was given {len(values)}")
    return _value(name, values[0], hint)


def _bare(hint: Any) -> Any:
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    return hint


def _members(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, UnionType):
        return [member for member in get_args(hint) if member is not NoneType]
    return [hint]


def _item_of_array(hint: Any) -> Any:
    for member in _members(hint):
        if get_origin(member) in (list, tuple):
            return get_args(member)[0]
    return None


def _is_text(hint: Any) -> bool:
    return str in _members(hint)


def _value(name: str, text: str, hint: Any) -> object:
    if get_origin(hint) is Annotated:
        wires = [marker for marker in hint.__metadata__ if isinstance(marker, Wire)]
        if Wire.NUMBER in wires or Wire.NUMERIC_STRING in wires:
            return _decimal(name, text)
        if Wire.INSTANT in wires:
            return _instant(name, text)
        return text  # a day: the SDK checks it
    members = _members(hint)
    if bool in members:
        if text.lower() not in _TRUTH:
            raise UsageProblem(f"the filter {name!r} is true or false, not {text!r}")
        return _TRUTH[text.lower()]
    literals = [member for member in members if get_origin(member) is Literal]
    allowed = [str(value) for member in literals for value in get_args(member)]
    if int in members and text not in allowed:
        try:
            return int(text)
        except ValueError:
            kind = " or ".join(["a whole number", *allowed])
            raise UsageProblem(f"the filter {name!r} takes {kind}, not {text!r}") from None
    if literals == members and text not in allowed:
        raise UsageProblem(f"the filter {name!r} is one of {', '.join(allowed)}, not {text!r}")
    return text  # enumerations grow: Katana says itself which values it takes


def _decimal(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise UsageProblem(f"the filter {name!r} takes a number, not {text!r}")
    return number


def _instant(name: str, text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise UsageProblem(
            f"the filter {name!r} takes a time such as 2026-01-31T09:00:00+02:00, not {text!r}"
        ) from None
    if when.tzinfo is None:
        raise UsageProblem(
            f"the filter {name!r} needs an offset, since Katana rejects times without one: such as"
            f" {when.isoformat()}Z"
        )
    return when


def body(text: str) -> dict[str, Any]:
    """Return the JSON object in the value of `--data`, numbers exact.

    Args:
        text: JSON, `@path` for a file, or `-` for standard input.

    Raises:
        UsageProblem: It cannot be read, or is not a JSON object.
    """
    value = json_value(text)
    if not isinstance(value, dict):
        raise UsageProblem(f"--data takes a JSON object, not {_kind(value)}")
    return cast("dict[str, Any]", value)


def json_value(text: str) -> object:
    """Return any JSON in the value of `--data`; see `body`."""
    if text == "-":
        content, place = sys.stdin.buffer.read(), "standard input"
    elif text.startswith("@"):
        place = text[1:]
        try:
            content = Path(place).expanduser().read_bytes()
        except OSError as error:
            raise UsageProblem(f"--data cannot read {place!r}: {error.strerror}") from None
    else:
        content, place = text.encode("utf-8", "surrogateescape"), "--data"
    try:
        return parse_json(content)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UsageProblem(f"what is in {place} is not JSON: {error}") from None


def _kind(value: object) -> str:
    kinds: dict[type[Any], str] = {
        list: "an array",
        str: "a text",
        bool: "true or false",
        NoneType: "null",
    }
    return kinds.get(type(value), "a number")


def checked_body(fields: dict[str, Any], types: Mapping[str, Any], resource: str) -> dict[str, Any]:
    """Return a body whose names are all fields of the resource.

    Raises:
        UsageProblem: One is not. What lies deeper is checked by the SDK.
    """
    for name in fields:
        if name not in types:
            raise unknown(f"{resource} takes no field", name, types)
    return fields
