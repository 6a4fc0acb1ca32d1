"""How values go on the wire, and what every area's parameters share.

`http/encoding.py` reads the `Wire` marks at run time, so no module here may postpone annotations:
`from __future__ import annotations` would also empty `__required_keys__`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Required, TypedDict

from ..http.encoding import Wire

__all__ = [
    "CustomFieldValues",
    "DateFilters",
    "Day",
    "Instant",
    "Number",
    "NumericString",
    "OrderRerank",
    "RerankPlace",
]


Number = Annotated[Decimal | int | float, Wire.NUMBER]
"""Money, a quantity or a rate. A Decimal keeps every digit; a float goes out as it prints."""

NumericString = Annotated[Decimal | int | str, Wire.NUMERIC_STRING]
"""A number that Katana wants as text."""

Instant = Annotated[datetime | str, Wire.INSTANT]
"""An aware datetime, or ISO 8601 text with an offset. A naive one is refused before sending.

Either is sent in UTC, with milliseconds and `Z`. Microseconds, which Katana has refused, are cut
off.
"""

Day = Annotated[date | str, Wire.DAY]
"""A date, or ISO 8601 text."""


CustomFieldValues = Mapping[str, object]
"""Custom fields: a text, number, truth value or None by the UUID of the field's definition."""


class DateFilters(TypedDict, total=False):
    """When a record was made and last changed."""

    created_at_min: Instant
    created_at_max: Instant
    updated_at_min: Instant
    updated_at_max: Instant


class RerankPlace(TypedDict, total=False):
    """The new place of orders: exactly one of the keys."""

    position: Literal["top", "bottom"]
    before_id: int
    after_id: int


class OrderRerank(TypedDict, total=False):
    """Orders to move in the ranking, and their new place.

    Limits: 1 to 250 different ids.
    """

    order_ids: Required[list[int] | tuple[int, ...]]
    place: Required[RerankPlace]
