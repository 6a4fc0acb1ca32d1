"""The check of decimals in answers: finite, and of a size that arithmetic handles quickly."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from ...models._base import field_types, is_model, types_within

LARGEST_EXPONENT = 400
"""Largest absolute exponent. A float ends at 308; `int()` of 1e1000000 takes most of a minute."""


def is_ordinary(number: Decimal) -> bool:
    """Return whether a number is finite and its exponent is within `LARGEST_EXPONENT`."""
    return number.is_finite() and -LARGEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT


ValueOf = Callable[[Any], Any]


def are_ordinary(records: Iterable[Any], model: type[Any]) -> bool:
    """Return whether all decimals in records of a model are ordinary.

    msgspec accepts every text that `Decimal` accepts, including "nan" and "1e1000000".
    """
    numbers: list[Decimal] = []
    _collect(list(records), model, numbers)
    if not all(map(Decimal.is_finite, numbers)):
        return False
    exponents = {0, *map(Decimal.adjusted, numbers)}
    return min(exponents) >= -LARGEST_EXPONENT and max(exponents) <= LARGEST_EXPONENT


def _collect(records: list[Any], model: type[Any], numbers: list[Decimal]) -> None:
    """Add the decimals of records, field by field, so that the loops over records run in C."""
    of_numbers, of_records = _getters(model)  # type: ignore[arg-type]  # a class is hashable
    for value_of in of_numbers:
        numbers += [number for number in map(value_of, records) if number is not None]
    for value_of, kind in of_records:
        values = [value for value in map(value_of, records) if value]
        inner: list[Any] = []
        for value in values:
            inner += value if isinstance(value, tuple) else (value,)
        if inner:
            _collect(inner, kind, numbers)


@cache
def _getters(model: Any) -> tuple[list[ValueOf], list[tuple[ValueOf, type[Any]]]]:
    """Return a getter of each decimal field, and a getter and the model of each nested one."""
    numbers: list[ValueOf] = []
    nested: list[tuple[ValueOf, type[Any]]] = []
    for name, hint in field_types(model).items():
        for kind in types_within(hint):
            if kind is Decimal:
                numbers.append(attrgetter(name))
            elif is_model(kind) and _has_decimals(kind, frozenset()):
                nested.append((attrgetter(name), kind))
    return numbers, nested


def _has_decimals(model: type[Any], above: frozenset[type[Any]]) -> bool:
    kinds = [kind for hint in field_types(model).values() for kind in types_within(hint)]
    return Decimal in kinds or any(
        _has_decimals(kind, above | {model})
        for kind in kinds
        if is_model(kind) and kind not in above | {model}
    )
