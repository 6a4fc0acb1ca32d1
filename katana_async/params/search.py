"""The parts of a search: conditions on fields, joined by `and` and `or`.

The fields of each collection stand with its other parameters: `params.SalesOrderWhere` and so on.
"""

from collections.abc import Mapping
from typing import Generic, TypedDict, TypeVar, Union

from ._types import Number

__all__ = [
    "Choice",
    "ChoiceComparator",
    "Comparator",
    "Condition",
    "CustomFieldCondition",
    "SearchLogic",
    "TextComparator",
]


T = TypeVar("T")
N = TypeVar("N")


class ChoiceComparator(TypedDict, Generic[N], total=False):
    """Conditions on a field with a fixed set of values, all of which must hold.

    Limits: at most 100 values in inq (one of) and nin (none of).
    """

    neq: N
    inq: list[N] | tuple[N, ...]
    nin: list[N] | tuple[N, ...]


class TextComparator(ChoiceComparator[N], Generic[N], total=False):
    """Conditions on texts, all of which must hold.

    In `like` and `ilike`, which ignores case, `%` stands for any text.

    Limits: as of ChoiceComparator, and texts at most 256 characters.
    """

    like: str
    ilike: str


class Comparator(TextComparator[N], Generic[T, N], total=False):
    """Conditions on one field, all of which must hold.

    `N` is `T`, or None as well where the field may be null.

    Limits: as of TextComparator, and exactly 2 values in between.
    """

    gt: T
    gte: T
    lt: T
    lte: T
    between: list[T] | tuple[T, ...]


# mypy takes a bare type variable in an alias as a type only within Union.
Condition = Union[T, Comparator[T, T | None], None]  # noqa: UP007 - see above
"""The value of a field, None for null, or a `Comparator`."""

Choice = Union[T, ChoiceComparator[T | None], None]  # noqa: UP007 - see above
"""The value of a field with a fixed set of values, None for null, or a `ChoiceComparator`."""

CustomFieldCondition = Condition[str | bool | Number]
"""The value of a custom field, None for null, or a `Comparator`."""


# The functional form, because both keys are Python's own words. The lists may hold
# `custom_fields.<uuid>` and cannot be typed further; pyright refuses a recursive type here.
SearchLogic = TypedDict(
    "SearchLogic",
    {"and": list[Mapping[str, object]], "or": list[Mapping[str, object]]},
    total=False,
)
"""Conditions that must all hold (`and`), and of which one must hold (`or`).

Limits: `and` and `or` at most 2 levels deep.
"""
