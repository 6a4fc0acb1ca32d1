"""What you send about sales returns."""

from typing import Literal, Required, TypedDict

from ...models.sales import RefundStatus, SalesReturnStatus
from .._types import DateFilters, Day, Instant, Number
from ..inventory import BatchQuantityInput

__all__ = [
    "SalesReturnCreate",
    "SalesReturnFilters",
    "SalesReturnRowCreate",
    "SalesReturnRowFilters",
    "SalesReturnRowUpdate",
    "SalesReturnUpdate",
]


class SalesReturnFilters(DateFilters, total=False):
    """Which sales returns to list. Texts match exactly."""

    ids: list[int] | tuple[int, ...]
    return_location_id: int
    order_no: str
    sales_order_no: str
    status: SalesReturnStatus | Literal["NOT_RETURNED", "RETURNED_ALL", "RESTOCKED_ALL"]
    refund_status: RefundStatus | Literal["NOT_REFUNDED", "REFUNDED", "PARTIALLY_REFUNDED"]
    order_created_date_min: Instant
    order_created_date_max: Instant
    order_return_date_min: Instant
    order_return_date_max: Instant


class SalesReturnCreate(TypedDict, total=False):
    """A new sales return.

    Limits: additional_info at most 255 characters, order_no at least 1 character,
    return_location_id at least 0, sales_order_id at least 0, tracking_carrier 1 to 256 characters,
    tracking_method 1 to 256 characters, tracking_number 1 to 256 characters, tracking_number_url 1
    to 2048 characters.
    """

    return_location_id: Required[int]
    sales_order_id: Required[int]
    additional_info: str
    order_created_date: Day
    order_no: str
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_number_url: str | None


class SalesReturnUpdate(TypedDict, total=False):
    """What to change of a sales return.

    Limits: additional_info at most 255 characters, order_no at least 1 character,
    return_location_id at least 0, tracking_carrier 1 to 256 characters, tracking_method 1 to 256
    characters, tracking_number 1 to 256 characters, tracking_number_url 1 to 2048 characters.
    """

    additional_info: str | None
    order_created_date: Day
    order_no: str
    return_date: Day
    return_location_id: int
    status: SalesReturnStatus | Literal["NOT_RETURNED", "RETURNED_ALL", "RESTOCKED_ALL"]
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_number_url: str | None


class SalesReturnRowFilters(DateFilters, total=False):
    """Which rows of sales returns to list."""

    ids: list[int] | tuple[int, ...]
    sales_return_id: int
    variant_id: int
    sales_order_row_id: int
    reason_id: int
    restock_location_id: int


class SalesReturnRowCreate(TypedDict, total=False):
    """A new row of a sales return.

    Limits: fulfillment_row_id at least 0, quantity above 0, reason_id at least 0,
    restock_location_id at least 0, sales_return_id at least 0, variant_id at least 0.
    """

    fulfillment_row_id: Required[int]
    quantity: Required[Number]
    sales_return_id: Required[int]
    variant_id: Required[int]
    reason_id: int | None
    restock_location_id: int


class SalesReturnRowUpdate(TypedDict, total=False):
    """What to change of a row of a sales return.

    Limits: quantity above 0, reason_id at least 0, restock_location_id at least 0.
    """

    batch_transactions: list[BatchQuantityInput] | tuple[BatchQuantityInput, ...]
    quantity: Number
    reason_id: int
    restock_location_id: int
