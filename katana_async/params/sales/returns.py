"""Filters and bodies of sales returns and their rows."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import DateFilters, Day, Instant, ListOrTuple, Number
from ..inventory.tracking import BatchQuantityInput


class SalesReturnFilters(DateFilters, total=False):
    """Filters for sales returns."""

    ids: ListOrTuple[int]
    return_location_id: int
    order_no: str
    status: models.SalesReturnStatus | Literal["NOT_RETURNED", "RETURNED_ALL", "RESTOCKED_ALL"]
    refund_status: models.RefundStatus | Literal["NOT_REFUNDED", "REFUNDED", "PARTIALLY_REFUNDED"]
    order_created_date_min: Instant
    order_created_date_max: Instant
    order_return_date_min: Instant
    order_return_date_max: Instant


class SalesReturnCreate(TypedDict, total=False):
    """A new sales return.

    Limits: order_no at least 1 character, additional_info at most 255; tracking_carrier,
    tracking_method and tracking_number 1 to 256, tracking_number_url 1 to 2,048.
    """

    sales_order_id: Required[int]
    return_location_id: Required[int]
    order_no: str
    order_created_date: Day
    additional_info: str
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_number_url: str | None


class SalesReturnUpdate(TypedDict, total=False):
    """Changes to a sales return. Limits: the same as for creation."""

    order_no: str
    status: models.SalesReturnStatus | Literal["NOT_RETURNED", "RETURNED_ALL", "RESTOCKED_ALL"]
    return_location_id: int
    order_created_date: Day
    return_date: Day
    additional_info: str | None
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_number_url: str | None


class SalesReturnRowFilters(DateFilters, total=False):
    """Filters for rows of sales returns."""

    ids: ListOrTuple[int]
    sales_return_id: int
    variant_id: int
    sales_order_row_id: int
    reason_id: int
    restock_location_id: int


class SalesReturnRowCreate(TypedDict, total=False):
    """A new row of a sales return, for a delivered item. Limits: quantity above 0."""

    sales_return_id: Required[int]
    variant_id: Required[int]
    fulfillment_row_id: Required[int]
    quantity: Required[Number]
    reason_id: int | None
    restock_location_id: int


class SalesReturnRowUpdate(TypedDict, total=False):
    """Changes to a row of a sales return. Limits: quantity above 0."""

    quantity: Number
    reason_id: int
    restock_location_id: int
    batch_transactions: ListOrTuple[BatchQuantityInput]
