"""The parts of a search: conditions on fields, joined by `and` and `or`.

The conditions of each collection are in its area, such as `params.SalesOrderWhere`.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypedDict, TypeVar, Union
from uuid import UUID

from ._types import Instant, ListOrTuple, Number

_T = TypeVar("_T")


class ChoiceComparator(TypedDict, Generic[_T], total=False):
    """Conditions on a field with a fixed set of values. A record must match all of them.

    Limits: at most 100 values in inq (one of) and nin (none of).
    """

    neq: _T
    inq: ListOrTuple[_T]
    nin: ListOrTuple[_T]


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


class Comparator(TypedDict, Generic[_T], total=False):
    """Conditions on one field. A record must match all of them.

    In the patterns of `like` and `ilike` (which ignores case), `%` stands for any text.

    Limits: exactly 2 values in between, at most 100 in inq (one of) and nin (none of); texts at
    most 256 characters.
    """

    neq: _T | None
    gt: _T
    gte: _T
    lt: _T
    lte: _T
    between: ListOrTuple[_T]
    inq: ListOrTuple[_T | None]
    nin: ListOrTuple[_T | None]
    like: str
    ilike: str


# mypy takes a bare type variable in an alias as a type only within Union.
Condition = Union[_T, Comparator[_T], None]  # noqa: UP007 - see above
"""The value of a field, None for null, or a `Comparator`."""

Choice = Union[_T, ChoiceComparator[_T | None], None]  # noqa: UP007 - see above
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


class RecordWhere(SearchLogic, total=False):
    """The conditions that all searches have."""

    id: Condition[int]
    created_at: Condition[Instant]
    updated_at: Condition[Instant]


class Search(TypedDict, Generic[_T], total=False):
    """What to search for: `where` has conditions by field, `custom_fields` by UUID."""

    where: _T | None
    custom_fields: Mapping[UUID | str, CustomFieldCondition] | None
    #: Sort keys, each a field and a direction, such as "created_at DESC".
    order: str | Sequence[str] | None


VariantInclude = Literal["item", "archived", "deleted"]
"""Additions to a search of variants: their items, archived variants, deleted variants."""


class VariantSearch(Search[_T], Generic[_T], total=False):
    """A search of variants."""

    include: Sequence[VariantInclude]
