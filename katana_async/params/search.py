"""The parts of a search: conditions on fields, joined by `and` and `or`.

The conditions of each collection are in its area, such as `params.SalesOrderWhere`.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, TypedDict, TypeVar, Union
from uuid import UUID

from ._types import ListOrTuple, Number

__all__ = [
    "Choice",
    "ChoiceComparator",
    "Comparator",
    "Condition",
    "CustomFieldCondition",
    "Search",
    "SearchLogic",
    "TextComparator",
]


T = TypeVar("T")


class ChoiceComparator(TypedDict, Generic[T], total=False):
    """Conditions on a field with a fixed set of values. A record must match all of them.

    Limits: at most 100 values in inq (one of) and nin (none of).
    """

    neq: T
    inq: ListOrTuple[T]
    nin: ListOrTuple[T]


class TextComparator(TypedDict, total=False):
    """Conditions on a field that contains several texts. A record must match all of them.

    In the patterns of `like` and `ilike` (which ignores case), `%` stands for any text.

    Limits: at most 100 values in inq (one of) and nin (none of); texts at most 256 characters.
    """

    neq: str | None
    inq: ListOrTuple[str | None]
    nin: ListOrTuple[str | None]
    like: str
    ilike: str


class Comparator(TypedDict, Generic[T], total=False):
    """Conditions on one field. A record must match all of them.

    In the patterns of `like` and `ilike` (which ignores case), `%` stands for any text.

    Limits: exactly 2 values in between, at most 100 in inq (one of) and nin (none of); texts at
    most 256 characters.
    """

    neq: T | None
    gt: T
    gte: T
    lt: T
    lte: T
    between: ListOrTuple[T]
    inq: ListOrTuple[T | None]
    nin: ListOrTuple[T | None]
    like: str
    ilike: str


# mypy takes a bare type variable in an alias as a type only within Union.
Condition = Union[T, Comparator[T], None]  # noqa: UP007 - see above
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
"""Groups of conditions: a record must match all of `and`, and at least one of `or`.

Limits: `and` and `or` at most 2 levels deep.
"""


class Search(TypedDict, Generic[T], total=False):
    """What to search for: `where` has conditions by field, `custom_fields` by UUID."""

    where: T | None
    custom_fields: Mapping[UUID | str, CustomFieldCondition] | None
    #: Sort keys, each a field and a direction, such as "created_at DESC".
    order: str | Sequence[str] | None
