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

    quantity: Required[Number]
    sales_order_row_id: Required[int]
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

    Limits: conversion_rate 0 to 1,000,000,000,000, picked_date at least 1 character,
    sales_order_fulfillment_rows at least 1 item, tracking_number at most 256 characters,
    tracking_url at most 2,048 characters.
    """

    sales_order_fulfillment_rows: Required[
        list[SalesOrderFulfillmentRowInput] | tuple[SalesOrderFulfillmentRowInput, ...]
    ]
    sales_order_id: Required[int]
    status: Required[FulfillmentStatus | Literal["PACKED", "DELIVERED"]]
    conversion_date: Instant | None
    conversion_rate: Number | None
    picked_date: Instant
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_url: str | None


class SalesOrderFulfillmentQuery(TypedDict, total=False):
    """What to say of a fulfillment."""

    include_deleted: bool


class SalesOrderFulfillmentUpdate(TypedDict, total=False):
    """What to change of a fulfillment.

    Limits: conversion_date at least 1 character, conversion_rate 0 to 1,000,000,000,000,
    picked_date at least 1 character, tracking_carrier at least 1 character, tracking_method at
    least 1 character, tracking_number 1 to 256 characters, tracking_url 1 to 2048 characters.
    """

    conversion_date: Instant | None
    conversion_rate: Number | None
    packer_id: int
    picked_date: Instant
    status: FulfillmentStatus | Literal["PACKED", "DELIVERED"]
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_url: str | None


class ShippingFeeFilters(DateFilters, total=False):
    """Which shipping fees to list."""

    sales_order_id: int
    include_deleted: bool


class ShippingFeeCreate(TypedDict, total=False):
    """A new shipping fee."""

    amount: Required[NumericString]
    sales_order_id: Required[int]
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
