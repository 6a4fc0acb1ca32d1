"""The tolerant reader: read one record that the fast reader refused.

It accepts the oddities of the table `oddities.SEEN` and reports each. It refuses everything else
with the path of the field. Unlike plain cattrs, it does not coerce: a number does not become a
text, nor a text a boolean.
"""

import re
import threading
import uuid
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import msgspec
from cattrs import Converter

from ...models._base import OpenEnum, Timestamp, field_types, is_model
from . import oddities
from .decimals import is_ordinary

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]

_INTEGER = re.compile(r"[+-]?\d{1,40}(?:\.0*)?", re.ASCII)
_MOST_DIGITS = 40


class Unreadable(Exception):
    """A value does not fit its field, whose path is like `variants[0].sales_price`."""

    def __init__(self, message: str, path: str, value: object = None) -> None:
        self.message = message
        self.path = path
        self.value = value
        super().__init__(f"{path}: {message}")


class _Trail(threading.local):
    """The current position in a record, and the oddities tolerated so far."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.forgiven: list[str] = []

    @contextmanager
    def at(self, part: str) -> Generator[None]:
        self.parts.append(part)
        yield  # kept on an error, so that the error can read the path
        self.parts.pop()

    def forgive(self, oddity: str) -> None:
        path = "".join(part for part in self.parts if not part.startswith("["))
        self.forgiven.append(f"{path.lstrip('.')}: {oddity}")

    def refuse(self, expected: str, value: object) -> Unreadable:
        kind = "null" if value is None else type(value).__name__
        path = "".join(self.parts).lstrip(".")
        return Unreadable(f"expected {expected}, not {kind}", path, value)


_trail = _Trail()


def read_record(value: object, model: type[T]) -> tuple[T, list[str]]:
    """Read one result of `parse_json` as a model, or raise Unreadable.

    Returns the record, and a list with `field: oddity` for each tolerated oddity.
    """
    _trail.parts.clear()
    _trail.forgiven = []
    return _converter().structure(value, model), _trail.forgiven


def read_fields(value: object, model: type[Any], names: Sequence[str]) -> Hashable | None:
    """Read some fields of a JSON object that cannot be read as a whole.

    Returns the field's value, or a tuple of several; None if the first is missing or one does not
    fit.
    """
    if not isinstance(value, dict):
        return None
    given = cast("dict[str, object]", value)
    if given.get(names[0]) is None:
        return None
    _trail.parts.clear()
    hints = field_types(model)
    try:
        values = [_hook(_converter(), hints[name])(given.get(name), hints[name]) for name in names]
    except (Unreadable, RecursionError):
        return None
    return values[0] if len(values) == 1 else tuple(values)


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # The size is checked first: `int()` of a number with a huge exponent takes most of a minute.
    if (
        isinstance(value, Decimal)
        and value.adjusted() < _MOST_DIGITS
        and value == value.to_integral_value()
    ):
        _trail.forgive(oddities.DECIMAL_INTEGER)
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        _trail.forgive(oddities.TEXT_NUMBER)
        return int(value.partition(".")[0])
    raise _trail.refuse("a whole number", value)


def _text(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    raise _trail.refuse("a text", value)


def _boolean(value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        _trail.forgive(oddities.TEXT_BOOLEAN)
        return bool(value == "true")
    raise _trail.refuse("true or false", value)


def _decimal(value: Any, _: Any) -> Decimal:
    if isinstance(value, int | str | Decimal) and not isinstance(value, bool):
        with suppress(InvalidOperation):
            number = Decimal(value)
            if is_ordinary(number):
                return number
    raise _trail.refuse("a number", value)


def _time(value: Any, _: Any) -> datetime:
    if isinstance(value, str):
        # The fast reader's parser is tried first: it rounds digits that Python's truncates.
        when: datetime | None = _as_fast_reader(value, Timestamp)
        if when is not None:
            return when
        try:
            when = datetime.fromisoformat(value.strip())
        except ValueError:
            pass
        else:
            _trail.forgive(oddities.NAIVE_TIME if when.tzinfo is None else oddities.OTHER_TIME)
            return when.replace(tzinfo=UTC) if when.tzinfo is None else when
    raise _trail.refuse("a time", value)


def _uuid(value: Any, _: Any) -> uuid.UUID:
    found: uuid.UUID | None = _as_fast_reader(value, uuid.UUID) if isinstance(value, str) else None
    if found is None:
        raise _trail.refuse("a UUID", value)
    return found


def _as_fast_reader(text: str, kind: Any) -> Any:
    try:
        return msgspec.convert(text, kind)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _enumeration(value: Any, cls: Any) -> Any:
    return cls(_text(value, str))


def _other(value: Any, kind: Any) -> Any:
    """Read a type that only users' subclasses of the models have, as the fast reader does."""
    try:
        return msgspec.json.decode(_encode(value), type=kind)
    except (msgspec.ValidationError, UnicodeEncodeError):
        pass
    name = kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
    raise _trail.refuse(f"a value of the type {name}", value)


_encode = msgspec.json.Encoder(decimal_format="number").encode

_HOOKS: dict[type[Any], Hook] = {
    int: _integer,
    str: _text,
    bool: _boolean,
    Decimal: _decimal,
    datetime: _time,
    uuid.UUID: _uuid,
    float: _other,
    bytes: _other,
}


@cache
def _converter() -> Converter:
    converter = Converter()
    converter.register_structure_hook_func(lambda _: True, _other)
    for kind, hook in _HOOKS.items():
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_func(lambda kind: kind is Any, lambda value, _: value)
    factories: list[tuple[Callable[[Any], bool], Callable[[Converter, Any], Hook]]] = [
        (lambda kind: get_origin(kind) is tuple, _sequence_hook),
        (lambda kind: get_origin(kind) is dict, _mapping_hook),
        (lambda kind: get_origin(kind) in (Union, UnionType), _union_hook),
        (is_model, _object_hook),
    ]
    for applies, factory in factories:
        converter.register_structure_hook_factory(applies, partial(factory, converter))
    return converter


def _hook(converter: Converter, kind: Any) -> Hook:
    # cattrs dispatches by class first and would treat an enumeration of texts as a str.
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enumeration if issubclass(kind, OpenEnum) else _other
    return converter.get_structure_hook(kind)


def _union_hook(converter: Converter, kind: Any) -> Hook:
    """Read a union by the JSON type of the value.

    Null that no branch allows is for the first branch (an empty list).
    """
    first, *others = branches = [each for each in get_args(kind) if each is not NoneType]
    may_be_null = len(branches) < len(get_args(kind))
    may_be_empty = not others and is_model(first)
    # An enumeration is a text too: the word becomes an unknown value, as in the fast reader.
    may_be_word = others or not (isinstance(first, type) and issubclass(first, str))
    by_type = {get_origin(branch) or branch: branch for branch in branches}
    by_type[list] = by_type.get(tuple, first)

    def hook(value: Any, _: Any) -> Any:
        if may_be_null:
            if value is None:
                return None
            if value == {} and may_be_empty:
                _trail.forgive(oddities.EMPTY_OBJECT)
                return None
            if may_be_word and value in ("null", "undefined"):
                _trail.forgive(oddities.NULL_WORD)
                return None
        branch = by_type.get(type(value), first)
        return _hook(converter, branch)(value, branch)

    return hook


def _sequence_hook(converter: Converter, kind: Any) -> Hook:
    item = get_args(kind)[0]
    read = _hook(converter, item)

    def hook(value: Any, _: Any) -> tuple[Any, ...]:
        if value is None:
            _trail.forgive(oddities.NULL_LIST)
            return ()
        if not isinstance(value, list):
            raise _trail.refuse("a list", value)
        items: list[Any] = []
        for index, element in enumerate(cast("list[object]", value)):
            with _trail.at(f"[{index}]"):
                items.append(read(element, item))
        return tuple(items)

    return hook


def _mapping_hook(converter: Converter, kind: Any) -> Hook:
    item = get_args(kind)[1]
    read = _hook(converter, item)

    def hook(value: Any, _: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _trail.refuse("an object", value)
        fields: dict[str, Any] = {}
        for name, element in cast("dict[str, Any]", value).items():
            with _trail.at(f".{name}"):
                fields[name] = read(element, item)
        return fields

    return hook


def _object_hook(converter: Converter, model: Any) -> Hook:
    hints = field_types(model)
    fields = msgspec.structs.fields(model)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise _trail.refuse("an object", value)
        given = cast("dict[str, Any]", value)
        arguments: dict[str, Any] = {}
        for field in fields:
            name, kind = field.name, hints[field.name]
            if name in given or field.required:
                with _trail.at(f".{name}"):
                    if name not in given:
                        raise _trail.refuse("a value", None)
                    arguments[name] = _hook(converter, kind)(given[name], kind)
        return model(**arguments)

    return hook
