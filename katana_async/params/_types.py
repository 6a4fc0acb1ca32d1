"""Types of values with their encoding, and TypedDicts that several areas share.

`http/encoding.py` reads the `Wire` marks at run time, so no module here may postpone annotations:
`from __future__ import annotations` would also empty `__required_keys__`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Required, TypedDict, TypeVar

from ..http.encoding import Wire

_T = TypeVar("_T")

ListOrTuple = list[_T] | tuple[_T, ...]
"""A JSON array. It is no Sequence, because a str would be one too."""

Number = Annotated[Decimal | int | float, Wire.NUMBER]
"""Money, a quantity or a rate. A Decimal keeps every digit; a float is sent as its repr."""

NumericString = Annotated[Decimal | int | str, Wire.NUMERIC_STRING]
"""A number that is sent as text, since Katana requires that."""

Instant = Annotated[datetime | str, Wire.INSTANT]
"""An aware datetime, or ISO 8601 text with an offset. Without an offset it raises ValueError.

It is sent in UTC with milliseconds and `Z`. Microseconds are cut off, since Katana refuses them.
"""

Day = Annotated[date | str, Wire.DAY]
"""A date, or ISO 8601 text."""


CustomFieldValues = Mapping[str, object]
"""Custom fields: a text, a number, a bool or None, by the UUID of the field's definition."""


class DateFilters(TypedDict, total=False):
    """Filters by the times when a record was created and last changed."""

    created_at_min: Instant
    created_at_max: Instant
    updated_at_min: Instant
    updated_at_max: Instant


class RecordFilters(DateFilters, total=False):
    """Filters by id and by times. `include_deleted` adds the records that were deleted."""

    ids: ListOrTuple[int]
    include_deleted: bool


class SupplierQuery(TypedDict, total=False):
    """`extend=["supplier"]` embeds the supplier of a product, material or purchase order."""

    extend: ListOrTuple[Literal["supplier"]]


class RerankPlace(TypedDict, total=False):
    """The new place of orders: exactly one of the keys."""

    position: Literal["top", "bottom"]
    before_id: int
    after_id: int


class OrderRerank(TypedDict, total=False):
    """Orders to move in the ranking, and their new place. Limits: 1 to 250 different ids."""

    order_ids: Required[ListOrTuple[int]]
    place: Required[RerankPlace]
