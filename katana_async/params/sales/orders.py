"""Filters and bodies of sales orders, their rows and addresses."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import CustomFieldValues, Instant, ListOrTuple, Number, RecordFilters
from ..contacts import AddressFields, AddressFilters
from ..inventory.tracking import (
    BatchTransactionInput,
    SerialNumberTransactionInput,
    TraceabilityInput,
)
from ..search import Condition, RecordWhere

_Status = (
    models.SalesOrderStatus
    | Literal[
        "PENDING",
        "NOT_SHIPPED",
        "READY_FOR_FULFILLMENT",
        "PARTIALLY_PACKED",
        "PACKED",
        "PARTIALLY_DELIVERED",
        "DELIVERED",
    ]
)
_Invoicing = models.InvoicingStatus | Literal["notInvoiced", "partiallyInvoiced", "invoiced"]
_Production = (
    models.ProductionStatus
    | Literal["NOT_STARTED", "NONE", "NOT_APPLICABLE", "IN_PROGRESS", "BLOCKED", "DONE"]
)
_Products = (
    models.ProductAvailability
    | Literal["IN_STOCK", "EXPECTED", "PICKED", "NOT_AVAILABLE", "NOT_APPLICABLE"]
)
_Ingredients = (
    models.IngredientAvailability
    | Literal["PROCESSED", "IN_STOCK", "NOT_AVAILABLE", "EXPECTED", "NO_RECIPE", "NOT_APPLICABLE"]
)


class SalesOrderFilters(RecordFilters, total=False):
    """Filters for sales orders."""

    order_no: str
    source: str
    status: _Status
    customer_id: int
    location_id: int
    invoicing_status: _Invoicing
    production_status: _Production
    product_availability: _Products
    ingredient_availability: _Ingredients
    currency: str
    ecommerce_order_type: str
    ecommerce_store_name: str
    ecommerce_order_id: str


class SalesOrderRowQuery(TypedDict, total=False):
    """Related records to embed in a sales order row."""

    extend: ListOrTuple[Literal["variant"]]


class SalesOrderRowFilters(RecordFilters, SalesOrderRowQuery, total=False):
    """Filters for sales order rows."""

    sales_order_ids: ListOrTuple[int]
    variant_id: int
    location_id: int
    tax_rate_id: int
    linked_manufacturing_order_id: int
    product_availability: _Products


class SalesOrderWhere(RecordWhere, total=False):
    """Search conditions for sales orders."""

    order_no: Condition[str]
    source: Condition[str]
    status: Condition[models.SalesOrderStatus | str]
    customer_id: Condition[int]
    customer_ref: Condition[str]
    location_id: Condition[int]
    currency: Condition[str]
    invoicing_status: Condition[models.InvoicingStatus | str]
    production_status: Condition[models.ProductionStatus | str]
    product_availability: Condition[models.ProductAvailability | str]
    ingredient_availability: Condition[models.IngredientAvailability | str]
    tracking_number: Condition[str]
    ecommerce_order_type: Condition[str]
    ecommerce_store_name: Condition[str]
    ecommerce_order_id: Condition[str]
    order_created_date: Condition[Instant]
    delivery_date: Condition[Instant]
    picked_date: Condition[Instant]


class SalesOrderRowWhere(RecordWhere, total=False):
    """Search conditions for sales order rows."""

    sales_order_id: Condition[int]
    variant_id: Condition[int]
    location_id: Condition[int]
    quantity: Condition[Number]
    price_per_unit: Condition[Number]
    total_discount: Condition[Number]
    currency: Condition[str]
    tax_rate: Condition[Number]
    tax_rate_id: Condition[int]
    product_availability: Condition[models.ProductAvailability | str]
    delivery_date: Condition[Instant]
    shipping_date: Condition[Instant]


class SalesOrderAddressInput(AddressFields, total=False):
    """The billing or shipping address of a new sales order."""

    entity_type: Required[models.AddressType | Literal["billing", "shipping"]]


class RowAttributeInput(TypedDict):
    """A key and a value that an integration stores on a row."""

    key: str
    value: str


class _SalesOrderRowFields(TypedDict, total=False):
    """Fields of both new and changed rows."""

    price_per_unit: Number
    total_discount: Number
    tax_rate_id: int
    location_id: int
    attributes: ListOrTuple[RowAttributeInput]
    custom_fields: CustomFieldValues | None


class SalesOrderRowInput(_SalesOrderRowFields, total=False):
    """A row of a new sales order.

    `custom_fields` is keyed by the UUID of the field's definition.

    Limits: quantity 0 to 100,000,000,000,000,000, price and discount 0 to
    1,000,000,000,000,000,000.
    """

    variant_id: Required[int]
    quantity: Required[Number]


class SalesOrderRowCreate(SalesOrderRowInput, total=False):
    """A new row of an existing sales order, with the limits of a row of a new order."""

    sales_order_id: Required[int]


class SalesOrderRowUpdate(_SalesOrderRowFields, total=False):
    """Changes to a sales order row.

    Limits: quantity 0 to 100,000,000,000,000,000, price and discount 0 to
    1,000,000,000,000,000,000.
    """

    variant_id: int
    quantity: Number
    batch_transactions: ListOrTuple[BatchTransactionInput]
    serial_number_transactions: ListOrTuple[SerialNumberTransactionInput]
    traceability: ListOrTuple[TraceabilityInput]


class _SalesOrderFields(TypedDict, total=False):
    """Fields of both new and changed sales orders."""

    order_no: str
    location_id: int
    currency: str
    order_created_date: Instant
    delivery_date: Instant
    customer_ref: str | None
    additional_info: str | None
    tracking_number: str | None
    tracking_number_url: str | None
    custom_fields: CustomFieldValues | None


class SalesOrderCreate(_SalesOrderFields, total=False):
    """A new sales order, with its rows and addresses.

    The `ecommerce_` fields cannot change later. `custom_fields` is keyed by the UUID of the
    field's definition.

    Limits: at least 1 row; order_no and the `ecommerce_` texts at least 1 character;
    tracking_number at most 256, tracking_number_url 2,048.
    """

    customer_id: Required[int]
    sales_order_rows: Required[ListOrTuple[SalesOrderRowInput]]
    status: models.SalesOrderStatus | Literal["PENDING", "NOT_SHIPPED"]
    ecommerce_order_type: str | None
    ecommerce_store_name: str | None
    ecommerce_order_id: str | None
    addresses: ListOrTuple[SalesOrderAddressInput]


class SalesOrderUpdate(_SalesOrderFields, total=False):
    """Changes to a sales order.

    Limits: order_no at least 1 character, tracking_number 1 to 256, tracking_number_url 1 to
    2,048.
    """

    customer_id: int
    status: (
        models.SalesOrderStatus
        | Literal["PENDING", "NOT_SHIPPED", "READY_FOR_FULFILLMENT", "PACKED", "DELIVERED"]
    )
    conversion_rate: Number
    conversion_date: Instant
    picked_date: Instant


class SalesOrderAddressFilters(AddressFilters, total=False):
    """Filters for addresses of sales orders."""

    sales_order_ids: ListOrTuple[int]


class SalesOrderAddressUpdate(AddressFields, total=False):
    """Changes to an address of a sales order."""


class SalesOrderAddressCreate(SalesOrderAddressInput, total=False):
    """A new address of an existing sales order."""

    sales_order_id: Required[int]
