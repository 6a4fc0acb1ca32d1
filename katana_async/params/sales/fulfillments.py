"""Filters and bodies of fulfillments, shipping fees and invoices."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import DateFilters, Instant, ListOrTuple, Number, NumericString
from ..inventory.tracking import StockBatchInput, TraceabilityInput


class SalesOrderFulfillmentRowInput(TypedDict, total=False):
    """The quantity of a sales order row in a fulfillment.

    Limits: quantity 0 to 100,000,000,000,000,000.
    """

    sales_order_row_id: Required[int]
    quantity: Required[Number]
    batch_transactions: ListOrTuple[StockBatchInput]
    serial_numbers: ListOrTuple[int]
    traceability: ListOrTuple[TraceabilityInput]


class SalesOrderFulfillmentFilters(DateFilters, total=False):
    """Filters for fulfillments."""

    picked_date_min: Instant
    tracking_number: str
    tracking_url: str
    tracking_carrier: str
    tracking_method: str
    sales_order_id: int
    status: models.FulfillmentStatus | Literal["PACKED", "DELIVERED"]
    invoice_status: models.FulfillmentInvoiceStatus | Literal["INVOICED", "NOT_INVOICED"]
    include_deleted: bool


class _FulfillmentFields(TypedDict, total=False):
    """Fields of both new and changed fulfillments."""

    picked_date: Instant
    conversion_rate: Number | None
    conversion_date: Instant | None
    tracking_carrier: str | None
    tracking_method: str | None
    tracking_number: str | None
    tracking_url: str | None


class SalesOrderFulfillmentCreate(_FulfillmentFields, total=False):
    """A new fulfillment.

    Limits: at least 1 row; conversion_rate 0 to 1,000,000,000,000; tracking_number at most 256
    characters, tracking_url 2,048.
    """

    sales_order_id: Required[int]
    status: Required[models.FulfillmentStatus | Literal["PACKED", "DELIVERED"]]
    sales_order_fulfillment_rows: Required[ListOrTuple[SalesOrderFulfillmentRowInput]]


class SalesOrderFulfillmentQuery(TypedDict, total=False):
    """Options of reading a fulfillment."""

    include_deleted: bool


class SalesOrderFulfillmentUpdate(_FulfillmentFields, total=False):
    """Changes to a fulfillment.

    Limits: conversion_rate 0 to 1,000,000,000,000; tracking_number 1 to 256 characters,
    tracking_url 1 to 2,048, tracking_carrier and tracking_method at least 1.
    """

    status: models.FulfillmentStatus | Literal["PACKED", "DELIVERED"]
    packer_id: int


class ShippingFeeFilters(DateFilters, total=False):
    """Filters for shipping fees."""

    sales_order_id: int
    include_deleted: bool


class ShippingFeeUpdate(TypedDict, total=False):
    """Changes to a shipping fee."""

    amount: Required[NumericString]
    description: str
    tax_rate_id: int


class ShippingFeeCreate(ShippingFeeUpdate, total=False):
    """A new shipping fee, in its order's currency."""

    sales_order_id: Required[int]


class SalesOrderAccountingMetadataFilters(TypedDict, total=False):
    """Filters for invoices of sales orders."""

    sales_order_id: int
    fulfillment_id: int
