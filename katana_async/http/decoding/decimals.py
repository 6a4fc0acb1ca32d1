"""The check of decimals in answers: finite, and of a size that arithmetic handles quickly."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Any, Literal

from ...models._base import field_types, is_model, types_within

LARGEST_EXPONENT = 400
"""Largest absolute exponent. A float ends at 308; `int()` of 1e1000000 takes most of a minute."""


def is_ordinary(number: Decimal) -> bool:
    """Return whether a number is finite and its exponent is within `LARGEST_EXPONENT`."""
    return number.is_finite() and -LARGEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT


def are_ordinary(records: Iterable[Any], model: type[Any]) -> bool:
    """Return whether all decimals in records of a model are ordinary.

    msgspec accepts every text that `Decimal` accepts, including "nan" and "1e1000000".
    """
    if not _fields(model):  # type: ignore[arg-type]  # a class is hashable
        return True
    numbers: list[Decimal] = []
    _collect(list(records), model, numbers)
    if not numbers:
        return True
    if not all(map(Decimal.is_finite, numbers)):
        return False
    exponents = set(map(Decimal.adjusted, numbers))
    return min(exponents) >= -LARGEST_EXPONENT and max(exponents) <= LARGEST_EXPONENT


def _collect(records: list[Any], model: type[Any], numbers: list[Decimal]) -> None:
    """Add the decimals of records, field by field, so that the loops over records run in C."""
    for value_of, kind, form in _fields(model):  # type: ignore[arg-type]  # a class is hashable
        values = [value for value in map(value_of, records) if value is not None]
        if form == "tuples":
            values = list(chain.from_iterable(values))
        elif form == "mixed":
            inner = chain.from_iterable(map(_as_tuple, values))
            values = [each for each in inner if isinstance(each, kind)]
        if kind is Decimal:
            numbers += values
        elif values:
            _collect(values, kind, numbers)


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if issubclass(type(value), tuple) else (value,)


_Form = Literal["plain", "tuples", "mixed"]
"""Whether a field has values of one type, tuples of them, or also values of other types."""


def _form_of(hint: Any, kind: Any) -> _Form:
    if hint in (kind, kind | None):
        return "plain"
    return "tuples" if hint in (tuple[kind, ...], tuple[kind, ...] | None) else "mixed"


@cache
def _fields(model: Any) -> list[tuple[Callable[[Any], Any], type[Any], _Form]]:
    """Return the fields with decimals: a getter, the type, and the form of their values."""
    return [
        (attrgetter(name), kind, _form_of(hint, kind))
        for name, hint in field_types(model).items()
        for kind in types_within(hint)
        if kind is Decimal or (is_model(kind) and _has_decimals(kind, frozenset()))
    ]


def _has_decimals(model: type[Any], above: frozenset[type[Any]]) -> bool:
    kinds = [kind for hint in field_types(model).values() for kind in types_within(hint)]
    return Decimal in kinds or any(
        _has_decimals(kind, above | {model})
        for kind in kinds
        if is_model(kind) and kind not in above | {model}
    )
