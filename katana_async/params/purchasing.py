"""Filters and bodies of purchase orders, their rows and their costs."""

from typing import Literal, Required, TypedDict

from .. import models
from ._types import (
    CustomFieldValues,
    Day,
    Instant,
    ListOrTuple,
    Number,
    NumericString,
    RecordFilters,
    SupplierQuery,
)
from .inventory.tracking import BatchQuantityInput, StockBatchInput, TraceabilityInput
from .search import Condition, RecordWhere

_Status = (
    models.PurchaseOrderStatus | Literal["DRAFT", "NOT_RECEIVED", "PARTIALLY_RECEIVED", "RECEIVED"]
)


class PurchaseOrderFilters(RecordFilters, SupplierQuery, total=False):
    """Filters for purchase orders.

    The values of `last_document_status` differ from those in the answers.
    """

    order_no: str
    entity_type: models.PurchaseOrderType | Literal["regular", "outsourced"]
    status: _Status
    billing_status: models.BillingStatus | Literal["BILLED", "NOT_BILLED", "PARTIALLY_BILLED"]
    last_document_status: Literal["notSent", "sending", "sent", "failed"]
    currency: str
    supplier_id: int
    location_id: int
    tracking_location_id: int


class PurchaseOrderWhere(RecordWhere, total=False):
    """Search conditions for purchase orders."""

    order_no: Condition[str]
    entity_type: Condition[models.PurchaseOrderType | str]
    status: Condition[models.PurchaseOrderStatus | str]
    billing_status: Condition[models.BillingStatus | str]
    last_document_status: Condition[str]
    supplier_id: Condition[int]
    location_id: Condition[int]
    tracking_location_id: Condition[int]
    currency: Condition[str]
    default_group_id: Condition[int]
    order_created_date: Condition[Instant]
    expected_arrival_date: Condition[Instant]


class _PurchaseOrderRowFields(TypedDict, total=False):
    """Fields of both new and changed rows."""

    purchase_uom: str | None
    purchase_uom_conversion_rate: Number | None
    location_id: int
    tax_rate_id: int
    tax_name: str
    #: A percentage.
    tax_rate: NumericString
    custom_fields: CustomFieldValues | None


class PurchaseOrderRowInput(_PurchaseOrderRowFields, total=False):
    """A row of a new purchase order.

    Limits: quantity, price and conversion rate 0 to 100,000,000,000,000,000, purchase_uom 1 to 7
    characters.
    """

    variant_id: Required[int]
    quantity: Required[Number]
    price_per_unit: Required[Number]
    arrival_date: Instant


class PurchaseOrderCreate(TypedDict, total=False):
    """A new purchase order, with its rows. Limits: order_no and currency at least 1 character."""

    supplier_id: Required[int]
    location_id: Required[int]
    purchase_order_rows: Required[ListOrTuple[PurchaseOrderRowInput]]
    order_no: str
    entity_type: models.PurchaseOrderType | Literal["regular", "outsourced"]
    status: models.PurchaseOrderStatus | Literal["DRAFT", "NOT_RECEIVED"]
    currency: str
    order_created_date: Day
    expected_arrival_date: Day
    tracking_location_id: int
    additional_info: str
    custom_fields: CustomFieldValues | None


class PurchaseOrderUpdate(TypedDict, total=False):
    """Changes to a purchase order. Limits: order_no and currency at least 1 character."""

    supplier_id: int
    location_id: int
    order_no: str
    status: _Status
    currency: str
    order_created_date: Instant
    expected_arrival_date: Instant
    tracking_location_id: int
    additional_info: str
    custom_fields: CustomFieldValues | None


class PurchaseOrderReceiveRow(TypedDict, total=False):
    """The received quantity of a purchase order row.

    `traceability` overrides `batch_transactions`.

    Limits: quantity at least 0.
    """

    purchase_order_row_id: Required[int]
    quantity: Required[Number]
    received_date: Day
    location_id: int
    batch_transactions: ListOrTuple[StockBatchInput]
    traceability: ListOrTuple[TraceabilityInput]


class PurchaseOrderRowFilters(RecordFilters, total=False):
    """Filters for rows of purchase orders."""

    purchase_order_id: int
    variant_id: int
    tax_rate_id: int
    purchase_uom: str
    location_id: int


class PurchaseOrderRowCreate(PurchaseOrderRowInput, total=False):
    """A new row of an existing purchase order, with the limits of a row of a new order."""

    purchase_order_id: Required[int]
    currency: str


class PurchaseOrderRowUpdate(_PurchaseOrderRowFields, total=False):
    """Changes to a row of a purchase order.

    Limits: quantity, price and conversion rate 0 to 100,000,000,000,000,000, purchase_uom 1 to 7
    characters.
    """

    variant_id: int
    quantity: Number
    price_per_unit: Number
    #: A day, although a new row has a time here.
    arrival_date: Day
    received_date: Instant


class AdditionalCostFilters(RecordFilters, total=False):
    """Filters for kinds of additional costs."""

    name: str


class PurchaseOrderCostRowFilters(RecordFilters, total=False):
    """Filters for additional costs of purchase orders."""

    group_id: int
    additional_cost_id: int
    distribution_method: models.CostDistribution | Literal["BY_VALUE", "NON_DISTRIBUTED"]
    tax_rate_id: int
    currency: str


class PurchaseOrderCostRowCreate(TypedDict, total=False):
    """A new additional cost of a purchase order.

    Limits: price 0 to 100,000,000,000,000,000, reference at most 255 characters.
    """

    additional_cost_id: Required[int]
    group_id: Required[int]
    price: Required[Number]
    tax_rate_id: Required[int]
    reference: str | None
    distribution_method: models.CostDistribution | Literal["BY_VALUE", "NON_DISTRIBUTED"]


class PurchaseOrderCostRowUpdate(TypedDict, total=False):
    """Changes to an additional cost of a purchase order. None clears the reference.

    Limits: price 0 to 100,000,000,000,000,000, reference at most 255 characters.
    """

    additional_cost_id: int
    distribution_method: models.CostDistribution | Literal["BY_VALUE", "NON_DISTRIBUTED"]
    price: Number
    tax_rate_id: int
    reference: str | None


class PurchaseOrderAccountingMetadataFilters(TypedDict, total=False):
    """Filters for bills of purchase orders."""

    purchase_order_id: int
    received_items_group_id: int


class OutsourcedRecipeRowFilters(RecordFilters, total=False):
    """Filters for ingredients of outsourced order rows."""

    purchase_order_id: int
    purchase_order_row_id: int
    ingredient_variant_id: int


class OutsourcedRecipeRowCreate(TypedDict, total=False):
    """A new ingredient of an outsourced order row.

    Limits: planned_quantity_per_unit above 0, at most 100,000,000,000,000,000.
    """

    ingredient_variant_id: Required[int]
    planned_quantity_per_unit: Required[Number]
    purchase_order_row_id: Required[int]
    batch_transactions: ListOrTuple[BatchQuantityInput]
    notes: str
    custom_fields: CustomFieldValues | None


class OutsourcedRecipeRowUpdate(TypedDict, total=False):
    """Changes to an ingredient of an outsourced order row.

    Limits: planned_quantity_per_unit above 0, at most 100,000,000,000,000,000.
    """

    batch_transactions: ListOrTuple[BatchQuantityInput]
    ingredient_variant_id: int
    notes: str
    planned_quantity_per_unit: Number
    custom_fields: CustomFieldValues | None
