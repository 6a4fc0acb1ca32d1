"""Decimals that an answer may hold: finite, and of a size that no arithmetic chokes on."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

LARGEST_EXPONENT = 400
"""Powers of ten, up or down. A float ends at 308; `int()` of 1e1000000 takes most of a minute."""


def is_ordinary(number: Decimal) -> bool:
    """Return whether a number is finite, and neither huge nor tiny beyond any use."""
    return number.is_finite() and -LARGEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT


@frozen
class _Plan:
    """Where the objects of one model hold decimals.

    Attributes:
        numbers: Returns the values of the fields that are decimals.
        nested: For each field that holds other models: what returns its value, and the model.
    """

    numbers: Callable[[Any], tuple[Decimal | None, ...]]
    nested: tuple[tuple[Callable[[Any], Any], type[Any]], ...]


def are_ordinary(records: Iterable[Any], model: type[Any]) -> bool:
    """Return whether all decimals in objects of a model are ordinary.

    msgspec reads every text that `Decimal` takes, "nan" and "1e1000000" among them.
    """
    plan: _Plan = _plan(model)  # type: ignore[arg-type]  # a class is hashable
    for record in records:
        for number in plan.numbers(record):
            if number is not None and not is_ordinary(number):
                return False
        for value_of, kind in plan.nested:
            value = value_of(record)
            is_tuple = isinstance(value, tuple)
            several = cast("tuple[Any, ...]", value) if is_tuple else (value,)
            if value and not are_ordinary(several, kind):
                return False
    return True


@cache
def _plan(model: Any) -> _Plan:
    numbers: list[str] = []
    nested: list[tuple[Callable[[Any], Any], type[Any]]] = []
    for name, hint in get_type_hints(model).items():
        for kind in _parts(hint):
            if kind is Decimal:
                numbers.append(name)
            elif attrs.has(kind) and _has_decimals(kind, frozenset()):
                nested.append((attrgetter(name), kind))
    return _Plan(_values_of(numbers), tuple(nested))


def _values_of(names: list[str]) -> Callable[[Any], tuple[Decimal | None, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    value_of = attrgetter(names[0])
    return lambda record: (value_of(record),)


def _has_decimals(model: type[Any], above: frozenset[type[Any]]) -> bool:
    kinds = [kind for hint in get_type_hints(model).values() for kind in _parts(hint)]
    return Decimal in kinds or any(
        _has_decimals(kind, above | {model})
        for kind in kinds
        if attrs.has(kind) and kind not in above | {model}
    )


def _parts(hint: Any) -> list[Any]:
    """Return the kinds of values that a field holds, itself or in a tuple."""
    origin = get_origin(hint)
    if origin in (Union, UnionType, tuple):
        inner = [arg for arg in get_args(hint) if arg is not NoneType and arg is not ...]
        return [part for arg in inner for part in _parts(arg)]
    return [hint]
