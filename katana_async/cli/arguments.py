"""Parse the words of a command into the ids, filters and bodies that the SDK's methods take."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation
from inspect import signature
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    Unpack,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from ..http.encoding import Wire
from ..http.messages import parse_json
from ..resources import load
from .errors import UsageError, unknown_name

COMMANDS = ("list", "get", "create", "update", "delete")
"""Each calls the method of the same name, where a resource has it."""

_LARGEST_EXPONENT = 308  # that of a float; a query contains every digit of a number
_TRUTH = {"true": True, "false": False}


def find_method(resource: str, command: str) -> Any:
    """Return the method behind a command for a resource."""
    cls = load(resource)
    method = getattr(cls, command, None)
    if method is None:
        from ..resources.operations import operations  # slow: it loads every area

        offered = ", ".join(name for name in COMMANDS if hasattr(cls, name))
        requests = ", ".join(
            f"{one.python_method} ({one.method} {one.path})"
            for one in operations()
            if one.attribute == resource and one.python_method not in COMMANDS
        )
        hint = f"; send with 'request': {requests}" if requests else ""
        raise UsageError(f"Katana offers no {command!r} for {resource}; it has {offered}{hint}")
    return method


def find_keywords(function: Any) -> Any:
    """Return the TypedDict in a method's `**names: Unpack[SomeTypedDict]`; None without one."""
    hints = get_type_hints(function).values()
    return next((get_args(hint)[0] for hint in hints if get_origin(hint) is Unpack), None)


def keyword_types(function: Any) -> dict[str, Any]:
    """Return the types of a method's `**names: Unpack[SomeTypedDict]`, by name."""
    keywords = find_keywords(function)
    return {} if keywords is None else get_type_hints(keywords, include_extras=True)


def parse_id(resource: str, command: str, id: str | None) -> tuple[int | str, ...]:
    """Return the positional arguments of a method, which checks them: its id, or nothing."""
    takes_id = "id" in signature(find_method(resource, command)).parameters
    if takes_id and id is None:
        raise UsageError(f"{command} {resource} needs an id")
    if not takes_id and id is not None:
        raise UsageError(f"{command} {resource} takes no id: leave {id!r} out")
    if id is None:
        return ()
    # Python refuses to parse very long numbers, and no id has 20 digits.
    is_number = id.isascii() and id.isdigit() and len(id) < 20
    return (int(id) if is_number and not load(resource).uuids else id,)


def parse_pairs(texts: Iterable[str], option: str) -> dict[str, list[str]]:
    """Return the values by name in texts of the form `name=value`."""
    values: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{option} takes name=value, not {text!r}")
        values.setdefault(name.strip(), []).append(value)
    return values


def parse_filters(texts: Iterable[str], types: Mapping[str, Any], owner: str) -> dict[str, object]:
    """Return filters from texts of the form `name=value`; a repeated name makes an array."""
    given = parse_pairs(texts, "--filter")
    for name in given:
        if name not in types:
            raise unknown_name(f"{owner} has no filter", name, types)
    return {name: _parse_filter(name, values, types[name]) for name, values in given.items()}


def parse_get_filters(resource: str, texts: Iterable[str]) -> Mapping[str, object]:
    """Return the filters of `get`."""
    method = find_method(resource, "get")
    filters = parse_filters(texts, keyword_types(method), f"get {resource}")
    keywords = find_keywords(method)
    required: frozenset[str] = keywords.__required_keys__ if keywords else frozenset()
    if missing := sorted(required - filters.keys()):
        options = " ".join(f"--filter {name}=..." for name in missing)
        raise UsageError(f"get {resource} needs a filter that selects the record: {options}")
    return filters


def _parse_filter(name: str, values: list[str], hint: Any) -> object:
    if get_origin(hint) in (Required, NotRequired):
        return _parse_filter(name, values, get_args(hint)[0])
    item = _array_item(hint)
    if item is not None:
        if str not in _members(item):  # a text may contain a comma
            values = [part.strip() for value in values for part in value.split(",")]
        return [_parse_value(name, value, item) for value in values]
    if len(values) > 1:
        raise UsageError(f"the filter {name!r} takes one value, not {len(values)}")
    return _parse_value(name, values[0], hint)


def _members(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, UnionType):
        return [member for member in get_args(hint) if member is not NoneType]
    return [hint]


def _array_item(hint: Any) -> Any:
    """Return the type of an array's items; None for other types."""
    for member in _members(hint):
        if get_origin(member) in (list, tuple):
            return get_args(member)[0]
    return None


def _parse_value(name: str, text: str, hint: Any) -> object:
    if get_origin(hint) is Annotated:
        if Wire.NUMBER in hint.__metadata__ or Wire.NUMERIC_STRING in hint.__metadata__:
            return _parse_decimal(name, text)
        # The SDK checks days.
        return _parse_instant(name, text) if Wire.INSTANT in hint.__metadata__ else text
    members = _members(hint)
    if bool in members:
        if text.lower() not in _TRUTH:
            raise UsageError(f"the filter {name!r} is true or false, not {text!r}")
        return _TRUTH[text.lower()]
    literals = [member for member in members if get_origin(member) is Literal]
    allowed = [str(value) for member in literals for value in get_args(member)]
    if int in members and text not in allowed:
        try:
            return int(text)
        except ValueError:
            kind = " or ".join(["a whole number", *allowed])
            raise UsageError(f"the filter {name!r} takes {kind}, not {text!r}") from None
    if literals == members and text not in allowed:
        raise UsageError(f"the filter {name!r} is one of {', '.join(allowed)}, not {text!r}")
    return text  # Katana checks enumerations, since they grow


def _parse_decimal(name: str, text: str) -> Decimal:
    with suppress(InvalidOperation):
        number = Decimal(text)
        if number.is_finite() and abs(number.adjusted()) <= _LARGEST_EXPONENT:
            return number
    raise UsageError(f"the filter {name!r} takes a number, not {text!r}")


def _parse_instant(name: str, text: str) -> datetime:
    with suppress(ValueError):
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:  # Katana rejects times without an offset
            return instant
    raise UsageError(
        f"the filter {name!r} takes a time with an offset, such as 2026-01-31T09:00:00+02:00"
        f" or 2026-01-31T09:00:00Z, not {text!r}"
    )


def parse_body(text: str) -> dict[str, Any]:
    """Return the JSON object in the value of `--data`, numbers exact."""
    value = parse_json_option(text)
    if not isinstance(value, dict):
        raise UsageError('--data takes a JSON object, such as \'{"name": "x"}\'')
    return cast("dict[str, Any]", value)


def parse_json_option(text: str) -> object:
    """Return any JSON in `--data`: the text, `@path` for a file, or `-` for standard input."""
    if text == "-":
        content, place = sys.stdin.buffer.read(), "standard input"
    elif text.startswith("@"):
        place = text[1:]
        try:
            content = Path(place).expanduser().read_bytes()
        except OSError as error:
            raise UsageError(f"--data cannot read {place!r}: {error.strerror}") from None
    else:
        content, place = text.encode("utf-8", "surrogateescape"), "--data"
    try:
        return parse_json(content)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UsageError(f"the content of {place} is not JSON: {error}") from None


def check_fields(resource: str, command: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return a body, after checking that the resource has its fields."""
    types = keyword_types(find_method(resource, command))
    for name in fields:
        if name not in types:
            raise unknown_name(f"{resource} takes no field", name, types)
    return fields


def parse_delete_body(resource: str, fields: dict[str, Any] | None) -> dict[str, Any]:
    """Return the body of `delete`, which only resources without an id take."""
    types = keyword_types(find_method(resource, "delete"))
    if types and fields is None:
        raise UsageError(f"delete {resource} needs --data, with {', '.join(types)}")
    if fields is not None and not types:
        raise UsageError(f"delete {resource} takes no --data, only the id")
    return check_fields(resource, "delete", fields or {})
