"""Check arguments against the TypedDicts in `params` and encode them as query or JSON.

Values that the server would misread silently are refused: a misspelt filter or an empty array
filter (Katana would return everything), a time without an offset. Limits that the server checks
are left to the server.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext
from enum import Enum, auto
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

from .decoding.decimals import LARGEST_EXPONENT, is_ordinary

Coder = Callable[[object, str], object]

_NUMERIC = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_MOST_DIGITS = 100  # of a fraction
_MOST_BITS = 1330  # of a whole number: somewhat more than LARGEST_EXPONENT digits
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Wire(Enum):
    """The form of a value in JSON or in a query; `params` annotates its types with it."""

    NUMBER = auto()  # a JSON number with every digit kept
    NUMERIC_STRING = auto()  # a number within a JSON string, as Katana's schema demands
    INSTANT = auto()  # an ISO 8601 time with its offset
    DAY = auto()  # an ISO 8601 day

    def __repr__(self) -> str:
        return f"Wire.{self.name}"


@frozen
class Shape:
    """The fields of one TypedDict, each with the function that encodes it."""

    name: str
    fields: dict[str, Coder]
    required: frozenset[str]

    def apply(self, values: Mapping[str, object], where: str = "") -> dict[str, object]:
        """Return the values in their form on the wire.

        Raises TypeError for an unknown or a missing name and for a wrong type, and ValueError for a
        value that cannot be sent, such as a time without an offset.
        """
        fields = self.fields
        prefix = f"{where}." if where else ""
        if not values.keys() <= fields.keys():
            for name in values:
                self.check_name(_name(name, where), where)
        if not self.required <= values.keys():
            names = ", ".join(prefix + name for name in sorted(self.required - values.keys()))
            raise TypeError(f"missing: {names} ({self.name})")
        coded: dict[str, object] = {}
        for name, value in values.items():
            key = name if type(name) is str else str.__str__(name)  # as the encoder demands
            coded[key] = None if value is None else fields[name](value, prefix + name)
        return coded

    def check_name(self, name: str, where: str = "") -> None:
        """Raise TypeError with the nearest name unless there is a field of this name."""
        if name in self.fields:
            return
        from difflib import get_close_matches

        close = get_close_matches(name, self.fields, n=1)
        known = ", ".join(sorted(self.fields)) or "none"
        advice = f"did you mean {close[0]!r}?" if close else f"there are {known}"
        full = f"{where}.{name}" if where else name
        raise TypeError(f"unknown name {full!r} ({self.name}): {advice}")


_shapes: dict[Any, Shape] = {}


def shape_of(typed_dict: Any) -> Shape:
    """Return the shape of a TypedDict or of a generic one with its arguments. Cached."""
    found = _shapes.get(typed_dict)
    if found is None:
        plain = get_origin(typed_dict) or typed_dict
        found = _shapes[typed_dict] = Shape(
            plain.__name__,
            {name: coder_of(hint) for name, hint in hints_of(typed_dict).items()},
            frozenset(plain.__required_keys__),
        )
    return found


def hints_of(typed_dict: Any) -> dict[str, Any]:
    """Return the annotations of a TypedDict; in a generic one, arguments replace type variables."""
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
    """Return a request body as JSON; decimals keep every digit."""
    return write_json(shape_of(typed_dict).apply(values))


def encode_rows(rows: Sequence[Mapping[str, object]], typed_dict: type[Any]) -> bytes:
    """Return a request body that is an array of objects as JSON."""
    code = _array_coder(_object_coder(typed_dict))
    return write_json(code(list(rows), "rows"))


def to_json(value: object) -> bytes:
    """Return any value of JSON, times included, as JSON: exact numbers, times in UTC."""
    return write_json(_to_plain(value, "body"))


def write_json(value: object) -> bytes:
    """Return a value that a coder has returned as JSON."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        pass
    raise ValueError("a text in the body holds half of a character (a lone surrogate)")


def encode_query(
    values: Mapping[str, object], typed_dict: type[Any]
) -> tuple[tuple[str, str], ...]:
    """Return filters as query parameters; arrays repeat the key."""
    return query_pairs(shape_of(typed_dict).apply(values))


def query_pairs(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return any mapping as query parameters. Raise ValueError for None and for an empty array."""
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        name = _key(key)
        plain = _to_plain(value, name)
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
    """Return the function that encodes a value of an annotation."""
    origin = get_origin(hint)
    if origin in (Required, NotRequired):
        return coder_of(get_args(hint)[0])
    if origin is Annotated:
        wires = [marker for marker in hint.__metadata__ if isinstance(marker, Wire)]
        return _BY_WIRE[wires[0]] if wires else coder_of(get_args(hint)[0])
    if origin in (Union, UnionType):
        return _union_coder(get_args(hint))
    if origin in (list, tuple):
        return _array_coder(coder_of(get_args(hint)[0]))
    if is_typeddict(origin or hint):
        return _object_coder(hint)
    return _mapping if origin is Mapping else _to_plain


def _union_coder(members: Sequence[Any]) -> Coder:
    """Return the coder of a union. It chooses by the value: an object, an array or a scalar."""
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
    scalar = coder_of(scalars[0]) if len(scalars) == 1 else _to_plain if scalars else None
    if scalar is _to_plain and not kinds:
        return _to_plain  # a union of scalars, such as `Status | Literal[...]`
    may_be_null = NoneType in members

    def either(value: object, where: str) -> object:
        if value is None and may_be_null:
            return None
        found = kinds.get(_kind_of(value)) or scalar or next(iter(kinds.values()))
        return found(value, where)

    return either


def _kind_of(value: object) -> type[Any]:
    if type(value) in (str, int, dict, list):
        return type(value)
    if isinstance(value, Mapping):
        return dict
    return list if isinstance(value, list | tuple) else object


def _mapping(value: object, where: str) -> object:
    if not isinstance(value, Mapping):
        raise TypeError(f"{where} takes a dict, not {type(value).__name__}")
    return _to_plain(cast("Mapping[str, object]", value), where)


def _object_coder(typed_dict: Any) -> Coder:
    def code(value: object, where: str) -> object:
        if type(value) is not dict and not isinstance(value, Mapping):
            name = (get_origin(typed_dict) or typed_dict).__name__
            raise TypeError(f"{where} takes a dict ({name})")
        return shape_of(typed_dict).apply(cast("Mapping[str, object]", value), where)

    return code


def _array_coder(item: Coder) -> Coder:
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


def _to_builtin(value: object, where: str) -> object:
    """Return a number, text or truth value of any type as the builtin type with the same value.

    The encoder accepts no subclasses, and numpy's scalars are numbers only by `numbers.Number`.
    Raises ValueError for a number that no decimal of finite length equals.
    """
    if value is None or type(value) in (int, str, bool):
        return value
    if isinstance(value, Enum):
        return _to_builtin(value.value, where)
    if isinstance(value, str):
        return str.__str__(value)
    # numpy's scalars and zero-dimensional arrays. `numbers` takes its time spans for integers.
    dtype = getattr(value, "dtype", None) if getattr(value, "shape", None) == () else None
    kind = str(getattr(dtype, "kind", ""))
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


def _real(value: object, where: str) -> Decimal:
    try:
        # The shortest text, as for a float: 19.99 and not 19.989999771118164 of a float32.
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
    if type(value) is Decimal and is_ordinary(value):
        return value
    number = _to_builtin(value, where)
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        kind = type(number).__name__
        raise TypeError(f"{where} takes a number, not {kind}{_missing_hint(value)}")
    return _in_range(number, where)


def _in_range(number: int | Decimal, where: str) -> int | Decimal:
    if isinstance(number, int):
        if number.bit_length() <= _MOST_BITS:
            return number
    elif is_ordinary(number):
        return number
    elif not number.is_finite():
        raise ValueError(
            f"{where} is {str(number).lower()}, which JSON cannot express. Leave it out where there"
            " is no value, or pass None to clear it"
        )
    raise ValueError(f"{where} is out of range: it has more than {LARGEST_EXPONENT} digits")


def _missing_hint(value: object) -> str:
    """Return a hint for a value that represents a missing one, such as pandas.NaT."""
    if type(value).__name__ in ("NaTType", "NAType") or _is_not_a_time(value):
        return ", a missing value: leave it out, or pass None to clear it"
    return ""


def _is_not_a_time(value: object) -> bool:
    return isinstance(value, datetime) and bool(value != value)


def _numeric_string(value: object, where: str) -> object:
    plain = _to_builtin(value, where)
    if isinstance(plain, str):
        if not _NUMERIC.fullmatch(plain):
            raise ValueError(f"{where} takes a number as text, not {plain!r:.60}")
        return plain
    number = _number(value, where)
    return f"{number:f}" if isinstance(number, Decimal) else str(number)


def _instant(value: object, where: str) -> object:
    """Return a time in UTC with milliseconds and Z. Katana has refused other forms."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{where} takes a time in ISO 8601, not {value!r}") from None
    if not isinstance(value, datetime) or _is_not_a_time(value):
        kind = type(value).__name__
        raise TypeError(f"{where} takes an aware datetime, not {kind}{_missing_hint(value)}")
    if value.utcoffset() is None:
        raise ValueError(
            f"{where} is a time without an offset, which Katana rejects: give it a time zone,"
            " for instance datetime.now(UTC)"
        )
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{where} is {value}, which is out of range in UTC") from None
    return utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _day(value: object, where: str) -> object:
    if _is_not_a_time(value):
        raise TypeError(f"{where} takes a date, not {type(value).__name__}{_missing_hint(value)}")
    if isinstance(value, datetime):
        raise TypeError(
            f"{where} takes a date: the day of a time depends on the time zone. Pass"
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


def _to_plain(value: object, where: str) -> object:
    """Return a value as the plain types of JSON."""
    if type(value) is str:
        return value
    if type(value) is not int:
        value = _to_builtin(value, where)
    if type(value) is int or type(value) is Decimal:
        return _in_range(value, where)
    if value is None or type(value) in (str, bool):
        return value
    if isinstance(value, datetime):
        return _instant(value, where)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        fields = cast("Mapping[object, object]", value)
        return {
            _key(name): _to_plain(item, f"{where}.{_key(name)}") for name, item in fields.items()
        }
    if isinstance(value, list | tuple):
        elements = cast("list[object]", value)
        return [_to_plain(item, f"{where}[{index}]") for index, item in enumerate(elements)]
    raise TypeError(f"{where} cannot be a {type(value).__name__}{_missing_hint(value)}")


def _key(name: object) -> str:
    return str.__str__(name) if isinstance(name, str) else str(name)


_BY_WIRE: dict[Wire, Coder] = {
    Wire.NUMBER: _number,
    Wire.NUMERIC_STRING: _numeric_string,
    Wire.INSTANT: _instant,
    Wire.DAY: _day,
}
