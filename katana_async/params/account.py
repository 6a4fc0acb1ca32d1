"""Filters and bodies of tax rates, custom fields and webhooks."""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict

from .. import models
from ._types import DateFilters, Day, ListOrTuple, Number

WebhookEventName = Literal[
    "sales_order.created",
    "sales_order.approved",
    "sales_order.updated",
    "sales_order.deleted",
    "sales_order.ready_for_fulfillment",
    "sales_order.packed",
    "sales_order.delivered",
    "sales_order.invoiced",
    "sales_order.availability_updated",
    "purchase_order.created",
    "purchase_order.approved",
    "purchase_order.updated",
    "purchase_order.deleted",
    "purchase_order.partially_received",
    "purchase_order.received",
    "purchase_order.billed",
    "purchase_order_row.created",
    "purchase_order_row.updated",
    "purchase_order_row.deleted",
    "purchase_order_row.received",
    "manufacturing_order.created",
    "manufacturing_order.updated",
    "manufacturing_order.deleted",
    "manufacturing_order.in_progress",
    "manufacturing_order.blocked",
    "manufacturing_order.done",
    "manufacturing_order_operation_row.created",
    "manufacturing_order_operation_row.updated",
    "manufacturing_order_operation_row.deleted",
    "manufacturing_order_operation_row.in_progress",
    "manufacturing_order_operation_row.paused",
    "manufacturing_order_operation_row.blocked",
    "manufacturing_order_operation_row.completed",
    "manufacturing_order_recipe_row.created",
    "manufacturing_order_recipe_row.updated",
    "manufacturing_order_recipe_row.deleted",
    "manufacturing_order_recipe_row.ingredients_in_stock",
    "current_inventory.product_updated",
    "current_inventory.material_updated",
    "current_inventory.product_out_of_stock",
    "current_inventory.material_out_of_stock",
    "product.created",
    "product.updated",
    "product.deleted",
    "material.created",
    "material.updated",
    "material.deleted",
    "variant.created",
    "variant.updated",
    "variant.deleted",
    "product_recipe_row.created",
    "product_recipe_row.updated",
    "product_recipe_row.deleted",
    "bom_row.created",
    "bom_row.updated",
    "bom_row.deleted",
    "outsourced_purchase_order.created",
    "outsourced_purchase_order.approved",
    "outsourced_purchase_order.updated",
    "outsourced_purchase_order.deleted",
    "outsourced_purchase_order.received",
    "outsourced_purchase_order.billed",
    "outsourced_purchase_order_row.created",
    "outsourced_purchase_order_row.updated",
    "outsourced_purchase_order_row.deleted",
    "outsourced_purchase_order_row.received",
    "outsourced_purchase_order_recipe_row.created",
    "outsourced_purchase_order_recipe_row.updated",
    "outsourced_purchase_order_recipe_row.deleted",
]
"""An event that a webhook can be notified of, as text."""

_FieldType = (
    models.CustomFieldType
    | Literal["shortText", "number", "singleSelect", "date", "boolean", "url"]
)
_Entity = (
    models.CustomFieldEntity
    | Literal[
        "SalesOrder",
        "SalesOrderRow",
        "ProductVariant",
        "MaterialVariant",
        "ServiceVariant",
        "PurchaseOrder",
        "PurchaseOrderRow",
        "OutsourcedPurchaseOrder",
        "OutsourcedPurchaseOrderRow",
        "ProductionOperation",
        "RecipeBom",
        "Supplier",
        "Customer",
    ]
)


class TaxRateFilters(DateFilters, total=False):
    """Filters for tax rates."""

    ids: ListOrTuple[int]
    rate: Number
    name: str
    is_default_sales: bool
    is_default_purchases: bool


class TaxRateCreate(TypedDict, total=False):
    """A new tax rate. Limits: rate 0 to 999.999."""

    #: A percentage.
    rate: Required[Number]
    name: str


class CustomFieldDefinitionFilters(DateFilters, total=False):
    """Filters for custom fields."""

    label: str
    field_type: _FieldType
    entity_type: _Entity


class CustomFieldDefinitionCreate(TypedDict, total=False):
    """A new custom field. An account has at most 50.

    Limits: label and source at most 255 characters, entity_type and field_type at most 50.
    """

    entity_type: Required[_Entity]
    field_type: Required[_FieldType]
    label: Required[str]
    #: The origin of the field, such as the name of an integration.
    source: Required[str]
    description: str | None
    #: The values of a singleSelect, {"choices": [{"label": "Online"}, {"label": "Retail"}]}, and
    #: the further records that show the field, {"appearsOn": ["SalesOrderRow"]}.
    options: Mapping[str, object] | None


class CustomFieldDefinitionUpdate(TypedDict, total=False):
    """Changes to a custom field. Limits: label at most 255 characters."""

    label: str
    description: str | None
    options: Mapping[str, object] | None


class WebhookFilters(TypedDict, total=False):
    """Filters for webhooks."""

    ids: ListOrTuple[int]
    url: str
    enabled: bool


class WebhookCreate(TypedDict, total=False):
    """A new webhook. Limits: url begins with https://."""

    url: Required[str]
    subscribed_events: Required[ListOrTuple[models.WebhookEvent | WebhookEventName]]
    description: str
    enabled: bool


class WebhookUpdate(TypedDict, total=False):
    """Changes to a webhook. Limits: url begins with https://."""

    url: str
    subscribed_events: ListOrTuple[models.WebhookEvent | WebhookEventName]
    description: str
    enabled: bool


class WebhookLogsExportFilters(TypedDict, total=False):
    """Filters for the exported deliveries. Limits: status_code 100 to 600."""

    webhook_id: int
    event: models.WebhookEvent | WebhookEventName
    #: The HTTP status with which the address answered.
    status_code: int
    delivered: bool
    created_at_min: Day
    created_at_max: Day
