"""The account itself: its factory, people, taxes, custom fields and webhooks."""

from decimal import Decimal
from uuid import UUID

import msgspec

from ._base import DatedRecord, DeletableRecord, JSONValue, Model, OpenEnum, Timestamp


class AccountingIntegration(OpenEnum):
    """The accounting software that an account is connected to."""

    XERO = "xero"
    QUICK_BOOKS = "quickBooks"
    SAGE = "sage"
    CUSTOM = "custom"


class CustomFieldType(OpenEnum):
    """The type of the values of a custom field."""

    SHORT_TEXT = "shortText"
    NUMBER = "number"
    SINGLE_SELECT = "singleSelect"
    DATE = "date"
    BOOLEAN = "boolean"
    URL = "url"


class CustomFieldEntity(OpenEnum):
    """The kind of record that a custom field is on."""

    SALES_ORDER = "SalesOrder"
    SALES_ORDER_ROW = "SalesOrderRow"
    PRODUCT_VARIANT = "ProductVariant"
    MATERIAL_VARIANT = "MaterialVariant"
    SERVICE_VARIANT = "ServiceVariant"
    PURCHASE_ORDER = "PurchaseOrder"
    PURCHASE_ORDER_ROW = "PurchaseOrderRow"
    OUTSOURCED_PURCHASE_ORDER = "OutsourcedPurchaseOrder"
    OUTSOURCED_PURCHASE_ORDER_ROW = "OutsourcedPurchaseOrderRow"
    PRODUCTION_OPERATION = "ProductionOperation"
    RECIPE_BOM = "RecipeBom"
    SUPPLIER = "Supplier"
    CUSTOMER = "Customer"


class CustomFieldResource(OpenEnum):
    """The kind of record that a collection of custom fields is for."""

    PRODUCT = "product"
    MATERIAL = "material"
    VARIANT = "variant"
    CUSTOMER = "customer"
    SALES_ORDER = "sales_order"
    PURCHASE_ORDER = "purchase_order"
    STOCKTAKE = "stocktake"


class LegalAddress(Model):
    """The registered address of the company."""

    #: In every answer, though perhaps null.
    line_1: str | None
    line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


class Factory(Model):
    """The company whose account it is."""

    display_name: str
    #: The account's id, which stays.
    factory_id: int | None = None
    #: An ISO 4217 code: the currency of every price that names no other.
    base_currency_code: str
    legal_name: str | None = None
    legal_address: LegalAddress | None = None
    name: str | None = None
    address: str | None = None
    currency: str | None = None
    #: An IANA name, such as Europe/Tallinn.
    timezone: str | None = None
    default_sales_location_id: int | None = None
    default_purchases_location_id: int | None = None
    default_manufacturing_location_id: int | None = None
    #: Seen as a number of days in a text ("14"), documented as a time: the text is kept.
    default_so_delivery_time: str | None = None
    default_po_lead_time: str | None = None
    default_mo_lead_time: str | None = None
    #: Stock cannot be changed before it.
    inventory_closing_date: Timestamp | None = None


class _Person(Model):
    """The fields of every user. `firstName` of Katana's JSON is also `first_name` here."""

    id: int
    email: str
    firstName: str  # noqa: N815 - the name in Katana's JSON, which msgspec reads by
    lastName: str  # noqa: N815 - as above

    @property
    def first_name(self) -> str:
        """The user's first name."""
        return self.firstName

    @property
    def last_name(self) -> str:
        """The user's last name."""
        return self.lastName


class UserInfo(_Person):
    """The user that an API key or connection belongs to."""


class User(_Person):
    """A user of the account."""

    last_login_at: Timestamp | None = None
    role: str | None = None
    status: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class TaxRate(DatedRecord):
    """A tax rate that rows of orders refer to."""

    display_name: str | None = None
    is_default_purchases: bool | None = None
    is_default_sales: bool | None = None
    name: str | None = None
    #: A percentage.
    rate: Decimal | None = None


class CustomFieldChoice(Model):
    """One of the values that a custom field of the type singleSelect can have."""

    id: int | None = None
    label: str
    deleted: bool | None = None


class CustomFieldDefinition(Model):
    """A custom field of one kind of record. Its id is the key of its values there."""

    id: UUID
    entity_type: CustomFieldEntity
    field_type: CustomFieldType
    label: str
    source: str
    description: str | None = None
    #: As Katana sent them. Known keys: `choices` and `appearsOn`, which have properties here.
    options: dict[str, JSONValue] | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None

    @property
    def choices(self) -> tuple[CustomFieldChoice, ...]:
        """The values that a singleSelect can have.

        Raises:
            ValueError: Katana sent them in another form; `options` has it.
        """
        choices = (self.options or {}).get("choices") or ()
        return msgspec.convert(choices, tuple[CustomFieldChoice, ...])

    @property
    def appears_on(self) -> tuple[str, ...]:
        """The further kinds of records that show the field, such as "SalesOrderRow"."""
        return tuple((self.options or {}).get("appearsOn") or ())


class CustomField(Model):
    """A field of a collection of custom fields."""

    id: int
    name: str
    field_type: str | None = None
    label: str | None = None
    options: tuple[str, ...] = ()
    required: bool | None = None


class CustomFieldsCollection(DeletableRecord):
    """Custom fields that belong together, for one kind of record."""

    name: str
    custom_fields: tuple[CustomField, ...] = ()
    resource_type: CustomFieldResource | None = None


class WebhookEvent(OpenEnum):
    """A change that webhooks can be notified of."""

    SALES_ORDER_CREATED = "sales_order.created"
    SALES_ORDER_APPROVED = "sales_order.approved"
    SALES_ORDER_UPDATED = "sales_order.updated"
    SALES_ORDER_DELETED = "sales_order.deleted"
    SALES_ORDER_READY_FOR_FULFILLMENT = "sales_order.ready_for_fulfillment"
    SALES_ORDER_PACKED = "sales_order.packed"
    SALES_ORDER_DELIVERED = "sales_order.delivered"
    SALES_ORDER_INVOICED = "sales_order.invoiced"
    SALES_ORDER_AVAILABILITY_UPDATED = "sales_order.availability_updated"
    PURCHASE_ORDER_CREATED = "purchase_order.created"
    PURCHASE_ORDER_APPROVED = "purchase_order.approved"
    PURCHASE_ORDER_UPDATED = "purchase_order.updated"
    PURCHASE_ORDER_DELETED = "purchase_order.deleted"
    PURCHASE_ORDER_PARTIALLY_RECEIVED = "purchase_order.partially_received"
    PURCHASE_ORDER_RECEIVED = "purchase_order.received"
    PURCHASE_ORDER_BILLED = "purchase_order.billed"
    PURCHASE_ORDER_ROW_CREATED = "purchase_order_row.created"
    PURCHASE_ORDER_ROW_UPDATED = "purchase_order_row.updated"
    PURCHASE_ORDER_ROW_DELETED = "purchase_order_row.deleted"
    PURCHASE_ORDER_ROW_RECEIVED = "purchase_order_row.received"
    MANUFACTURING_ORDER_CREATED = "manufacturing_order.created"
    MANUFACTURING_ORDER_UPDATED = "manufacturing_order.updated"
    MANUFACTURING_ORDER_DELETED = "manufacturing_order.deleted"
    MANUFACTURING_ORDER_IN_PROGRESS = "manufacturing_order.in_progress"
    MANUFACTURING_ORDER_BLOCKED = "manufacturing_order.blocked"
    MANUFACTURING_ORDER_DONE = "manufacturing_order.done"
    MANUFACTURING_ORDER_OPERATION_ROW_CREATED = "manufacturing_order_operation_row.created"
    MANUFACTURING_ORDER_OPERATION_ROW_UPDATED = "manufacturing_order_operation_row.updated"
    MANUFACTURING_ORDER_OPERATION_ROW_DELETED = "manufacturing_order_operation_row.deleted"
    MANUFACTURING_ORDER_OPERATION_ROW_IN_PROGRESS = "manufacturing_order_operation_row.in_progress"
    MANUFACTURING_ORDER_OPERATION_ROW_PAUSED = "manufacturing_order_operation_row.paused"
    MANUFACTURING_ORDER_OPERATION_ROW_BLOCKED = "manufacturing_order_operation_row.blocked"
    MANUFACTURING_ORDER_OPERATION_ROW_COMPLETED = "manufacturing_order_operation_row.completed"
    MANUFACTURING_ORDER_RECIPE_ROW_CREATED = "manufacturing_order_recipe_row.created"
    MANUFACTURING_ORDER_RECIPE_ROW_UPDATED = "manufacturing_order_recipe_row.updated"
    MANUFACTURING_ORDER_RECIPE_ROW_DELETED = "manufacturing_order_recipe_row.deleted"
    MANUFACTURING_ORDER_RECIPE_ROW_INGREDIENTS_IN_STOCK = (
        "manufacturing_order_recipe_row.ingredients_in_stock"
    )
    CURRENT_INVENTORY_PRODUCT_UPDATED = "current_inventory.product_updated"
    CURRENT_INVENTORY_MATERIAL_UPDATED = "current_inventory.material_updated"
    CURRENT_INVENTORY_PRODUCT_OUT_OF_STOCK = "current_inventory.product_out_of_stock"
    CURRENT_INVENTORY_MATERIAL_OUT_OF_STOCK = "current_inventory.material_out_of_stock"
    PRODUCT_CREATED = "product.created"
    PRODUCT_UPDATED = "product.updated"
    PRODUCT_DELETED = "product.deleted"
    MATERIAL_CREATED = "material.created"
    MATERIAL_UPDATED = "material.updated"
    MATERIAL_DELETED = "material.deleted"
    VARIANT_CREATED = "variant.created"
    VARIANT_UPDATED = "variant.updated"
    VARIANT_DELETED = "variant.deleted"
    PRODUCT_RECIPE_ROW_CREATED = "product_recipe_row.created"
    PRODUCT_RECIPE_ROW_UPDATED = "product_recipe_row.updated"
    PRODUCT_RECIPE_ROW_DELETED = "product_recipe_row.deleted"
    BOM_ROW_CREATED = "bom_row.created"
    BOM_ROW_UPDATED = "bom_row.updated"
    BOM_ROW_DELETED = "bom_row.deleted"
    OUTSOURCED_PURCHASE_ORDER_CREATED = "outsourced_purchase_order.created"
    OUTSOURCED_PURCHASE_ORDER_APPROVED = "outsourced_purchase_order.approved"
    OUTSOURCED_PURCHASE_ORDER_UPDATED = "outsourced_purchase_order.updated"
    OUTSOURCED_PURCHASE_ORDER_DELETED = "outsourced_purchase_order.deleted"
    OUTSOURCED_PURCHASE_ORDER_RECEIVED = "outsourced_purchase_order.received"
    OUTSOURCED_PURCHASE_ORDER_BILLED = "outsourced_purchase_order.billed"
    OUTSOURCED_PURCHASE_ORDER_ROW_CREATED = "outsourced_purchase_order_row.created"
    OUTSOURCED_PURCHASE_ORDER_ROW_UPDATED = "outsourced_purchase_order_row.updated"
    OUTSOURCED_PURCHASE_ORDER_ROW_DELETED = "outsourced_purchase_order_row.deleted"
    OUTSOURCED_PURCHASE_ORDER_ROW_RECEIVED = "outsourced_purchase_order_row.received"
    OUTSOURCED_PURCHASE_ORDER_RECIPE_ROW_CREATED = "outsourced_purchase_order_recipe_row.created"
    OUTSOURCED_PURCHASE_ORDER_RECIPE_ROW_UPDATED = "outsourced_purchase_order_recipe_row.updated"
    OUTSOURCED_PURCHASE_ORDER_RECIPE_ROW_DELETED = "outsourced_purchase_order_recipe_row.deleted"


class WebhookLogsExport(Model):
    """The address from which the exported log of webhook deliveries can be downloaded."""

    __hidden_fields__ = frozenset({"url"})

    #: The address alone gives access to the file; no repr shows it.
    url: str


class Webhook(DatedRecord):
    """A subscription: Katana posts events to an address of the account's choice."""

    __hidden_fields__ = frozenset({"token"})

    url: str | None = None
    #: Signs deliveries. A secret: the repr does not contain it, `to_dict` and `to_json` do.
    token: str | None = None
    enabled: bool | None = None
    description: str | None = None
    subscribed_events: tuple[WebhookEvent, ...] = ()
