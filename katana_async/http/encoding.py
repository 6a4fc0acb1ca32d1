"""Writing requests: checked against the TypedDicts in `params`, then turned into query and JSON.

What the server would misread in silence stops here: a misspelt filter (it would return everything),
an empty array filter (the same), a time without an offset. Limits that the server checks are its
own.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext
from difflib import get_close_matches
from enum import Enum
from numbers import Integral, Rational, Real
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    SupportsInt,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

import msgspec
from attrs import frozen

from .decimals import LARGEST_EXPONENT, is_ordinary
from .wire import Wire

Coder = Callable[[object, str], object]

_NUMERIC = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_MOST_DIGITS = 100  # of a fraction
_MOST_BITS = 1330  # of a whole number: somewhat more than LARGEST_EXPONENT digits
_encode = msgspec.json.Encoder(decimal_format="number").encode


@frozen
class Shape:
    """What one TypedDict allows."""

    name: str
    fields: dict[str, Coder]
    required: frozenset[str]

    def apply(self, values: Mapping[str, object], where: str = "") -> dict[str, object]:
        """Return values as they go on the wire.

        Raises:
            TypeError: A name is unknown or a required one missing, or a value is of the wrong kind.
            ValueError: A value cannot be sent, such as a time without an offset.
        """
        prefix = f"{where}." if where else ""
        values = {_name(name, where): value for name, value in values.items()}
        for name in values:
            self.check_name(name, where)
        missing = [name for name in self.required if name not in values]
        if missing:
            names = ", ".join(f"{prefix}{name}" for name in sorted(missing))
            raise TypeError(f"missing: {names} ({self.name})")
        return {
            name: None if value is None else self.fields[name](value, f"{prefix}{name}")
            for name, value in values.items()
        }

    def check_name(self, name: str, where: str = "") -> None:
        """Raise TypeError, with the nearest name there is, unless there is a field of this name."""
        if name in self.fields:
            return
        close = get_close_matches(name, self.fields, n=1)
        if close:
            advice = f"did you mean {close[0]!r}?"
        else:
            advice = f"there are {', '.join(sorted(self.fields)) or 'none'}"
        full = f"{where}.{name}" if where else name
        raise TypeError(f"unknown name {full!r} ({self.name}): {advice}")


_made: dict[Any, Shape] = {}


def shape_of(typed_dict: Any) -> Shape:
    """Return the shape of a TypedDict, or of a generic one with its arguments, made once."""
    found = _made.get(typed_dict)
    if found is None:
        plain = get_origin(typed_dict) or typed_dict
        found = _made[typed_dict] = Shape(
            plain.__name__,
            {name: coder_of(hint) for name, hint in hints_of(typed_dict).items()},
            frozenset(plain.__required_keys__),
        )
    return found


def hints_of(typed_dict: Any) -> dict[str, Any]:
    """Return the annotations of a TypedDict, the arguments of a generic one filled in."""
    plain = get_origin(typed_dict) or typed_dict
    parameters = getattr(plain, "__parameters__", ())
    arguments: dict[Any, Any] = dict(zip(parameters, get_args(typed_dict), strict=False))

    def fill(hint: Any) -> Any:
        if isinstance(hint, TypeVar):
            return arguments.get(hint, hint)
        variables = getattr(hint, "__parameters__", ())
        return hint[tuple(map(fill, variables))] if variables else hint

    hints = get_type_hints(plain, include_extras=True)
    return {name: fill(hint) for name, hint in hints.items()}


def encode_body(values: Mapping[str, object], typed_dict: type[Any]) -> bytes:
    """Return a request body as JSON; decimals exactly as they were written."""
    return to_json(shape_of(typed_dict).apply(values))


def encode_rows(rows: Sequence[Mapping[str, object]], typed_dict: type[Any]) -> bytes:
    """Return a request body that is an array of objects as JSON."""
    code = _array(_nested(typed_dict))
    return to_json(code(list(rows), "rows"))


def to_json(value: object) -> bytes:
    """Return any plain value as JSON, numbers exact, times in UTC."""
    try:
        return _encode(_plain(value, "body"))
    except UnicodeEncodeError:
        pass
    raise ValueError("a text in the body holds half of a character (a lone surrogate)")


def encode_query(
    values: Mapping[str, object], typed_dict: type[Any]
) -> tuple[tuple[str, str], ...]:
    """Return filters as query parameters; arrays repeat the key."""
    return query_pairs(shape_of(typed_dict).apply(values))


def query_pairs(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return any mapping as query parameters.

    Raises:
        ValueError: A value is None or an empty array: the server would see no filter at all, and
            return everything.
    """
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        name = _key(key)
        plain = _plain(value, name)
        if plain is None or plain == []:
            what = "None" if plain is None else "empty"
            raise ValueError(
                f"the filter {name!r} is {what}: Katana would see no filter and return everything."
                " Leave it out if that is what you want"
            )
        items = cast("list[object]", plain) if isinstance(plain, list) else [plain]
        pairs.extend((name, _query_text(item, name)) for item in items)
    return tuple(pairs)


def _query_text(value: object, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str | int):
        text = str(value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"the filter {name!r} holds half of a character (a lone surrogate)")
        return text
    raise TypeError(f"the filter {name!r} cannot be a {type(value).__name__}")


def coder_of(hint: Any) -> Coder:
    """Return the function that turns a value of an annotation into its form on the wire."""
    origin = get_origin(hint)
    if origin in (Required, NotRequired):
        return coder_of(get_args(hint)[0])
    if origin is Annotated:
        wires = [marker for marker in hint.__metadata__ if isinstance(marker, Wire)]
        return _BY_WIRE[wires[0]] if wires else coder_of(get_args(hint)[0])
    if origin in (Union, UnionType):
        return _union(get_args(hint))
    if origin in (list, tuple):
        return _array(coder_of(get_args(hint)[0]))
    if is_typeddict(origin or hint):
        return _nested(hint)
    return _mapping if origin is Mapping else _plain


def _union(members: Sequence[Any]) -> Coder:
    """Return the coder of a union, which goes by whether a value is an object, an array or neither.

    `Status | Literal[...]` and the like need no more than plain values.
    """
    kinds: dict[type[Any], Coder] = {}
    scalars: list[Any] = []
    for member in members:
        origin = get_origin(member) or member
        if origin in (list, tuple):
            kinds.setdefault(list, coder_of(member))
        elif origin is Mapping or is_typeddict(origin):
            kinds.setdefault(dict, coder_of(member))
        elif member is not NoneType:
            scalars.append(member)
    scalar = coder_of(scalars[0]) if len(scalars) == 1 else _plain if scalars else None
    may_be_null = NoneType in members

    def either(value: object, where: str) -> object:
        if value is None and may_be_null:
            return None
        found = kinds.get(_kind_of(value)) or scalar or next(iter(kinds.values()))
        return found(value, where)

    return either


def _kind_of(value: object) -> type[Any]:
    if isinstance(value, Mapping):
        return dict
    return list if isinstance(value, list | tuple) else object


def _mapping(value: object, where: str) -> object:
    if not isinstance(value, Mapping):
        raise TypeError(f"{where} takes a dict, not {type(value).__name__}")
    return _plain(cast("Mapping[str, object]", value), where)


def _nested(typed_dict: Any) -> Coder:
    def code(value: object, where: str) -> object:
        if not isinstance(value, Mapping):
            name = (get_origin(typed_dict) or typed_dict).__name__
            raise TypeError(f"{where} takes a dict ({name})")
        return shape_of(typed_dict).apply(cast("Mapping[str, object]", value), where)

    return code


def _array(item: Coder) -> Coder:
    def code(value: object, where: str) -> object:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{where} takes a list, not {type(value).__name__}")
        elements = cast("list[object]", value)
        return [item(element, f"{where}[{index}]") for index, element in enumerate(elements)]

    return code


def _name(name: object, where: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{where or 'the argument'}: names are texts, not {name!r:.60}")
    return str.__str__(name)


def _builtin(value: object, where: str) -> object:
    """Return a number, text or truth value of any type as one of Python's own with the same value.

    The encoder takes no subclass, and numpy's scalars are numbers by `numbers.Number` only.

    Raises:
        ValueError: It is a number that no decimal of finite length stands for.
    """
    if isinstance(value, Enum):
        return _builtin(value.value, where)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    # numpy's scalars, and arrays without a dimension. Its time spans are integers to `numbers`.
    kind = _dtype_kind(value) if getattr(value, "shape", None) == () else ""
    if kind == "b":
        return bool(value)
    if isinstance(value, Decimal):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(float.__repr__(value))
    if kind in ("i", "u") or (isinstance(value, Integral) and not kind):
        return int(cast("SupportsInt", value))
    if isinstance(value, Rational):
        return _fraction(value, where) if not kind else value
    if kind == "f" or isinstance(value, Real):
        return _real(value, where)
    return value


def _dtype_kind(value: object) -> str:
    return str(getattr(getattr(value, "dtype", None), "kind", ""))


def _real(value: object, where: str) -> Decimal:
    try:
        # Its shortest text, as for a float: 19.99 and not 19.989999771118164 of a float32.
        return Decimal(str(value))
    except InvalidOperation:
        pass
    raise ValueError(f"{where} is a {type(value).__name__} that is not written as a decimal")


def _fraction(value: Rational, where: str) -> Decimal:
    try:
        with localcontext(Context(prec=_MOST_DIGITS, traps=[Inexact, Overflow])):
            return Decimal(int(value.numerator)) / int(value.denominator)
    except (Inexact, Overflow):
        pass
    raise ValueError(f"{where} is a fraction that no decimal equals: round it")


def _number(value: object, where: str) -> object:
    number = _builtin(value, where)
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise TypeError(f"{where} takes a number, not {type(number).__name__}{_missing(value)}")
    return _in_range(number, where)


def _in_range(number: int | Decimal, where: str) -> int | Decimal:
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError(
            f"{where} is {str(number).lower()}, which JSON cannot say. Leave it out where there is"
            " no value, or pass None to clear it"
        )
    is_large = isinstance(number, int) and number.bit_length() > _MOST_BITS
    if is_large or (isinstance(number, Decimal) and not is_ordinary(number)):
        raise ValueError(f"{where} is out of range: it has more than {LARGEST_EXPONENT} digits")
    return number


def _missing(value: object) -> str:
    """Return a hint for a value that stands for a missing one, such as pandas.NaT."""
    if type(value).__name__ in ("NaTType", "NAType") or _equals_nothing(value):
        return ", a missing value: leave it out, or pass None to clear it"
    return ""


def _equals_nothing(value: object) -> bool:
    return isinstance(value, datetime) and bool(value != value)


def _numeric_string(value: object, where: str) -> object:
    plain = _builtin(value, where)
    if isinstance(plain, str):
        if not _NUMERIC.fullmatch(plain):
            raise ValueError(f"{where} takes a number as text, not {plain!r:.60}")
        return plain
    number = _number(value, where)
    return f"{number:f}" if isinstance(number, Decimal) else str(number)


def _instant(value: object, where: str) -> object:
    """Return a time in UTC, with milliseconds and Z: Katana has refused other forms."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{where} takes a time in ISO 8601, not {value!r}") from None
    if not isinstance(value, datetime) or _equals_nothing(value):
        kind = type(value).__name__
        raise TypeError(f"{where} takes an aware datetime, not {kind}{_missing(value)}")
    try:
        utc = _aware(value, where).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{where} is {value}, which is out of range in UTC") from None
    return f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _day(value: object, where: str) -> object:
    if _equals_nothing(value):
        raise TypeError(f"{where} takes a date, not {type(value).__name__}{_missing(value)}")
    if isinstance(value, datetime):
        raise TypeError(
            f"{where} takes a date: which day a time falls on depends on the place. Pass"
            " value.astimezone(...).date()"
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
        raise ValueError(f"{where} takes a date such as 2026-01-31, not {value!r}")
    raise TypeError(f"{where} takes a date, not {type(value).__name__}")


def _aware(value: datetime, where: str) -> datetime:
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(
            f"{where} is a time without an offset, which Katana rejects: say which zone it is in,"
            " for instance datetime.now(UTC)"
        )
    return value


def _plain(value: object, where: str) -> object:
    """Return any value as JSON has it."""
    value = _builtin(value, where)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | Decimal):
        return _in_range(value, where)
    if isinstance(value, datetime):
        return _instant(value, where)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        fields = cast("Mapping[object, object]", value)
        return {_key(name): _plain(item, f"{where}.{_key(name)}") for name, item in fields.items()}
    if isinstance(value, list | tuple):
        elements = cast("list[object]", value)
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(elements)]
    raise TypeError(f"{where} cannot be a {type(value).__name__}{_missing(value)}")


def _key(name: object) -> str:
    return str.__str__(name) if isinstance(name, str) else str(name)


_BY_WIRE: dict[Wire, Coder] = {
    Wire.NUMBER: _number,
    Wire.NUMERIC_STRING: _numeric_string,
    Wire.INSTANT: _instant,
    Wire.DAY: _day,
}
