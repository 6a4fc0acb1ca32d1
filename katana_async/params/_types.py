"""How values go on the wire, and what every area's parameters share.

`http/encoding.py` reads the `Wire` marks at run time, so no module here may postpone annotations:
`from __future__ import annotations` would also empty `__required_keys__`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypedDict

from ..http.wire import Wire

__all__ = [
    "DateFilters",
    "Day",
    "Instant",
    "Number",
    "NumericString",
]


Number = Annotated[Decimal | int | float, Wire.NUMBER]
"""Money, a quantity or a rate. A Decimal keeps every digit; a float goes out as it prints."""

NumericString = Annotated[Decimal | int | str, Wire.NUMERIC_STRING]
"""A number that Katana wants as text."""

Instant = Annotated[datetime | str, Wire.INSTANT]
"""An aware datetime, or ISO 8601 text with an offset. A naive one is refused before sending."""

Day = Annotated[date | str, Wire.DAY]
"""A date, or ISO 8601 text."""


class DateFilters(TypedDict, total=False):
    """When a record was made and last changed."""

    created_at_min: Instant
    created_at_max: Instant
    updated_at_min: Instant
    updated_at_max: Instant
