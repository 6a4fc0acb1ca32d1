"""Decimals that an answer may hold: finite, and of a size that no arithmetic chokes on."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from attrs import frozen

from ..models._base import field_types, is_model

LARGEST_EXPONENT = 400
"""Powers of ten, up or down. A float ends at 308; `int()` of 1e1000000 takes most of a minute."""


def is_ordinary(number: Decimal) -> bool:
    """Return whether a number is finite, and neither huge nor tiny beyond any use."""
    return _are_ordinary([number])


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
    """Where the objects of one model hold decimals.

    Attributes:
        numbers: A getter for each field that is a decimal.
        nested: A getter and the model for each field that holds other models.
    """

    numbers: tuple[ValueOf, ...]
    nested: tuple[tuple[ValueOf, type[Any]], ...]


def are_ordinary(records: Iterable[Any], model: type[Any]) -> bool:
    """Return whether all decimals in objects of a model are ordinary.

    msgspec reads every text that `Decimal` takes, "nan" and "1e1000000" among them.
    """
    numbers: list[Decimal] = []
    _collect(list(records), model, numbers)
    return _are_ordinary(numbers)


def _collect(records: list[Any], model: type[Any], numbers: list[Decimal]) -> None:
    """Add the decimals in objects of a model, field by field: loops over records are C's."""
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
    """Return the kinds of values that a field holds, itself or in a tuple."""
    origin = get_origin(hint)
    if origin in (Union, UnionType, tuple):
        inner = [arg for arg in get_args(hint) if arg is not NoneType and arg is not ...]
        return [part for arg in inner for part in _parts(arg)]
    return [hint]
