"""The check of decimals in answers: finite, and of a size that arithmetic handles quickly."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from attrs import frozen

from ...models._base import field_types, is_model

LARGEST_EXPONENT = 400
"""Largest absolute exponent. A float ends at 308; `int()` of 1e1000000 takes most of a minute."""


def is_ordinary(number: Decimal) -> bool:
    """Return whether a number is finite and its exponent is within `LARGEST_EXPONENT`."""
    return number.is_finite() and -LARGEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT


def _are_ordinary(numbers: list[Decimal]) -> bool:
    if not numbers:
        return True
    if not all(map(Decimal.is_finite, numbers)):
        return False
    exponents = set(map(Decimal.adjusted, numbers))
    return min(exponents) >= -LARGEST_EXPONENT and max(exponents) <= LARGEST_EXPONENT


ValueOf = Callable[[Any], Any]


@frozen
class _Plan:
    """The fields of a model that contain decimals.

    Attributes:
        numbers: A getter for each decimal field.
        nested: A getter and the model for each field with nested records.
    """

    numbers: tuple[ValueOf, ...]
    nested: tuple[tuple[ValueOf, type[Any]], ...]


def are_ordinary(records: Iterable[Any], model: type[Any]) -> bool:
    """Return whether all decimals in records of a model are ordinary.

    msgspec accepts every text that `Decimal` accepts, including "nan" and "1e1000000".
    """
    plan: _Plan = _plan(model)  # type: ignore[arg-type]  # a class is hashable
    if not plan.numbers and not plan.nested:
        return True
    numbers: list[Decimal] = []
    _collect(list(records), model, numbers)
    return _are_ordinary(numbers)


def _collect(records: list[Any], model: type[Any], numbers: list[Decimal]) -> None:
    """Add the decimals of records, field by field, so that the loops over records run in C."""
    plan: _Plan = _plan(model)  # type: ignore[arg-type]  # a class is hashable
    for value_of in plan.numbers:
        numbers += [number for number in map(value_of, records) if number is not None]
    for value_of, kind in plan.nested:
        values = [value for value in map(value_of, records) if value]
        inner: list[Any] = []
        for value in values:
            inner += value if isinstance(value, tuple) else (value,)
        if inner:
            _collect(inner, kind, numbers)


@cache
def _plan(model: Any) -> _Plan:
    numbers: list[ValueOf] = []
    nested: list[tuple[ValueOf, type[Any]]] = []
    for name, hint in field_types(model).items():
        for kind in _parts(hint):
            if kind is Decimal:
                numbers.append(attrgetter(name))
            elif is_model(kind) and _has_decimals(kind, frozenset()):
                nested.append((attrgetter(name), kind))
    return _Plan(tuple(numbers), tuple(nested))


def _has_decimals(model: type[Any], above: frozenset[type[Any]]) -> bool:
    kinds = [kind for hint in field_types(model).values() for kind in _parts(hint)]
    return Decimal in kinds or any(
        _has_decimals(kind, above | {model})
        for kind in kinds
        if is_model(kind) and kind not in above | {model}
    )


def _parts(hint: Any) -> list[Any]:
    """Return the types of a field's value, or of its elements if it is a tuple."""
    origin = get_origin(hint)
    if origin in (Union, UnionType, tuple):
        inner = [arg for arg in get_args(hint) if arg is not NoneType and arg is not ...]
        return [part for arg in inner for part in _parts(arg)]
    return [hint]
