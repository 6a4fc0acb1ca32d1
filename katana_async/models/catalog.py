"""Products, materials and services, and their variants."""

from decimal import Decimal

from . import contacts
from ._base import DeletableRecord, JSONValue, Model, OpenEnum, Timestamp


class ItemType(OpenEnum):
    """The kind of an item. A variant can also belong to a service."""

    PRODUCT = "product"
    MATERIAL = "material"
    SERVICE = "service"


class AbcClassification(OpenEnum):
    """The importance of a variant, by ABC analysis."""

    A = "A"
    B = "B"
    C = "C"


class ItemConfig(Model):
    """A property in which the variants of an item differ, such as colour, and its values."""

    #: Katana documents configs of materials without it.
    id: int | None = None
    name: str
    values: tuple[str, ...] = ()
    product_id: int | None = None
    material_id: int | None = None


class ConfigAttribute(Model):
    """The value of a variant for one of its item's configs."""

    config_name: str
    config_value: str | None = None


class CustomFieldValue(Model):
    """One custom field of a variant, by name.

    Depending on the account, a variant's custom fields are a tuple of these, or a dict by the
    UUID of the field's definition as on all other records.
    """

    field_name: str
    field_value: str | None = None


class Variant(DeletableRecord):
    """The unit of buying, making, stocking and selling: each item has at least one."""

    #: Not unique; may be missing.
    sku: str | None = None
    type: ItemType | None = None
    #: One of the two is set, except in answers to a search.
    product_id: int | None = None
    material_id: int | None = None
    #: Answers to a search have these two in place of `product_id`, `material_id` and `type`.
    item_id: int | None = None
    item_type: ItemType | None = None
    #: With search(include=["item"]).
    item: "Item | None" = None
    #: With extend=["product_or_material"].
    product_or_material: "Item | None" = None
    #: Only where a row of inventory embeds the variant.
    product_or_material_name: str | None = None
    #: In the account's base currency (`Factory.base_currency_code`).
    sales_price: Decimal | None = None
    purchase_price: Decimal | None = None
    internal_barcode: str | None = None
    registered_barcode: str | None = None
    supplier_item_codes: tuple[str, ...] = ()
    #: In days.
    lead_time: int | None = None
    minimum_order_quantity: Decimal | None = None
    abc_classification: AbcClassification | None = None
    config_attributes: tuple[ConfigAttribute, ...] = ()
    #: A tuple by name or a dict by UUID, depending on the account. None: a dict without values.
    custom_fields: tuple[CustomFieldValue, ...] | dict[str, JSONValue] | None = None


class _ItemFields(DeletableRecord):
    """The fields that products and materials share."""

    name: str
    type: ItemType
    uom: str | None = None
    category_name: str | None = None
    additional_info: str | None = None
    is_sellable: bool | None = None
    batch_tracked: bool | None = None
    serial_tracked: bool | None = None
    operations_in_sequence: bool | None = None
    purchase_uom: str | None = None
    #: Units of stock per unit of purchase.
    purchase_uom_conversion_rate: Decimal | None = None
    default_supplier_id: int | None = None
    #: With extend=["supplier"].
    supplier: contacts.Supplier | None = None
    custom_field_collection_id: int | None = None
    configs: tuple[ItemConfig, ...] = ()
    variants: tuple[Variant, ...] = ()
    #: To change it, send `is_archived`.
    archived_at: Timestamp | None = None


class Product(_ItemFields):
    """An item that the account makes, buys, or both, and sells."""

    is_producible: bool | None = None
    is_purchasable: bool | None = None
    is_auto_assembly: bool | None = None
    #: In days.
    lead_time: int | None = None
    minimum_order_quantity: Decimal | None = None


class Material(_ItemFields):
    """An item that the account buys to make products of."""


class Item(_ItemFields):
    """The product or material of a variant, embedded in the variant; `type` is its kind.

    One class for both, since Katana's JSON has the same form for them. The fields that only
    products have are None on a material.
    """

    is_producible: bool | None = None
    is_purchasable: bool | None = None
    is_auto_assembly: bool | None = None
    #: In days.
    lead_time: int | None = None
    minimum_order_quantity: Decimal | None = None


class ServiceVariant(DeletableRecord):
    """The variant of a service: its SKU and its prices."""

    service_id: int
    #: Not unique; may be missing.
    sku: str | None = None
    type: ItemType | None = None
    #: In the account's base currency (`Factory.base_currency_code`).
    sales_price: Decimal | None = None
    default_cost: Decimal | None = None
    #: A tuple by name or a dict by UUID, depending on the account. None: a dict without values.
    custom_fields: tuple[CustomFieldValue, ...] | dict[str, JSONValue] | None = None


class Service(DeletableRecord):
    """An item that the account sells or buys and does not stock."""

    name: str | None = None
    type: ItemType | None = None
    uom: str | None = None
    category_name: str | None = None
    additional_info: str | None = None
    is_sellable: bool | None = None
    custom_field_collection_id: int | None = None
    #: Exactly one.
    variants: tuple[ServiceVariant, ...] = ()
    #: To change it, send `is_archived`.
    archived_at: Timestamp | None = None
