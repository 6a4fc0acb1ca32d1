"""What you send about the fulfillments of sales orders, and shipping fees."""

from typing import Literal, Required, TypedDict

from ...models.sales import FulfillmentInvoiceStatus, FulfillmentStatus
from .._types import DateFilters, Instant, Number, NumericString
from ..inventory import StockBatchInput, TraceabilityInput

__all__ = [
    "SalesOrderAccountingMetadataFilters",
    "SalesOrderFulfillmentCreate",
    "SalesOrderFulfillmentFilters",
    "SalesOrderFulfillmentQuery",
    "SalesOrderFulfillmentRowInput",
    "SalesOrderFulfillmentUpdate",
    "ShippingFeeCreate",
    "ShippingFeeFilters",
    "ShippingFeeUpdate",
]


class SalesOrderFulfillmentRowInput(TypedDict, total=False):
    """How much of a sales order row is in a fulfillment.

    Limits: quantity 0 to 100,000,000,000,000,000.
    """

    sales_order_row_id: Required[int]
    quantity: Required[Number]
    batch_transactions: list[StockBatchInput] | tuple[StockBatchInput, ...]
    serial_numbers: list[int] | tuple[int, ...]
    traceability: list[TraceabilityInput] | tuple[TraceabilityInput, ...]


class SalesOrderFulfillmentFilters(DateFilters, total=False):
    """Which fulfillments to list. Texts match exactly."""

    picked_date_min: Instant
    tracking_number: str
    tracking_url: str
    tracking_carrier: str
    tracking_method: str
    sales_order_id: int
    status: FulfillmentStatus | Literal["PACKED", "DELIVERED"]
    invoice_status: FulfillmentInvoiceStatus | Literal["INVOICED", "NOT_INVOICED"]
    include_deleted: bool


class SalesOrderFulfillmentCreate(TypedDict, total=False):
    """A new fulfillment.

    Limits: at least 1 row; conversion_rate 0 to 1,000,000,000,000; tracking_number at most 256
    characters, tracking_url 2,048.
    """

    sales_order_id: Required[int]
    status: Required[FulfillmentStatus | Literal["PACKED", "DELIVERED"]]
    sales_order_fulfillment_rows: Required[
        list[SalesOrderFulfillmentRowInput] | tuple[SalesOrderFulfillmentRowInput, ...]
    ]
    picked_date: Instant
    conversion_rate: Number | None
    conversion_date: Instant | None
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_url: str | None


class SalesOrderFulfillmentQuery(TypedDict, total=False):
    """Whether a fulfillment is read that was deleted."""

    include_deleted: bool


class SalesOrderFulfillmentUpdate(TypedDict, total=False):
    """What to change of a fulfillment. None clears.

    Limits: conversion_rate 0 to 1,000,000,000,000; tracking_number 1 to 256 characters,
    tracking_url 1 to 2,048, tracking_carrier and tracking_method at least 1.
    """

    status: FulfillmentStatus | Literal["PACKED", "DELIVERED"]
    picked_date: Instant
    packer_id: int
    conversion_rate: Number | None
    conversion_date: Instant | None
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_url: str | None


class ShippingFeeFilters(DateFilters, total=False):
    """Which shipping fees to list."""

    sales_order_id: int
    include_deleted: bool


class ShippingFeeCreate(TypedDict, total=False):
    """A new shipping fee, in its order's currency."""

    sales_order_id: Required[int]
    amount: Required[NumericString]
    description: str
    tax_rate_id: int


class ShippingFeeUpdate(TypedDict, total=False):
    """What to change of a shipping fee."""

    amount: Required[NumericString]
    description: str
    tax_rate_id: int


class SalesOrderAccountingMetadataFilters(TypedDict, total=False):
    """Which invoices of sales orders to list."""

    sales_order_id: int
    fulfillment_id: int
