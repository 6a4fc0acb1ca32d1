"""What an account makes, buys and sells: products, materials and their variants."""

from __future__ import annotations

from decimal import Decimal

from . import contacts
from ._base import JSONValue, Model, OpenEnum, Timestamp

__all__ = [
    "AbcClassification",
    "ConfigAttribute",
    "CustomFieldValue",
    "Item",
    "ItemConfig",
    "ItemType",
    "Material",
    "Product",
    "Service",
    "ServiceVariant",
    "Variant",
]


class ItemType(OpenEnum):
    """Which kind of item something is. A variant can also belong to a service."""

    PRODUCT = "product"
    MATERIAL = "material"
    SERVICE = "service"


class AbcClassification(OpenEnum):
    """How much a variant matters, by ABC analysis."""

    A = "A"
    B = "B"
    C = "C"


class ItemConfig(Model):
    """One way in which the variants of an item differ, such as colour, and its values."""

    #: Configs of materials have been documented without it.
    id: int | None = None
    name: str
    values: tuple[str, ...] = ()
    product_id: int | None = None
    material_id: int | None = None


class ConfigAttribute(Model):
    """The value that a variant has for one of its item's configs."""

    config_name: str
    config_value: str | None = None


class CustomFieldValue(Model):
    """One custom field of a variant, by name.

    By account, a variant's custom fields are a tuple of these, or a dict by the UUID of the
    field's definition, as all other records have them.
    """

    field_name: str
    field_value: str | None = None


class Variant(Model):
    """What is bought, made, stocked and sold; every product and material has at least one.

    Katana: The variant object, https://developer.katanamrp.com/reference/the-variant-object
    """

    id: int
    #: Neither unique nor always there.
    sku: str | None = None
    type: ItemType | None = None
    #: One of the two is set, except in answers to a search.
    product_id: int | None = None
    material_id: int | None = None
    #: In answers to a search, in place of the two, and of `type`.
    item_id: int | None = None
    item_type: ItemType | None = None
    #: With search(include=["item"]).
    item: Item | None = None
    #: With extend=["product_or_material"].
    product_or_material: Item | None = None
    #: Where inventory embeds a variant.
    product_or_material_name: str | None = None
    #: In the account's base currency, which is on the factory.
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
    #: A tuple by name or a dict by UUID, by account. None where an account with dicts has none set.
    custom_fields: tuple[CustomFieldValue, ...] | dict[str, JSONValue] | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


class _ItemFields(Model):
    """The fields that products and materials share."""

    id: int
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
    #: How many units of stock one unit of purchase is.
    purchase_uom_conversion_rate: Decimal | None = None
    default_supplier_id: int | None = None
    #: With extend=["supplier"].
    supplier: contacts.Supplier | None = None
    custom_field_collection_id: int | None = None
    configs: tuple[ItemConfig, ...] = ()
    variants: tuple[Variant, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None
    #: Written as is_archived.
    archived_at: Timestamp | None = None


class Product(_ItemFields):
    """Something the account makes, buys, or both, and sells.

    Katana: The product object, https://developer.katanamrp.com/reference/the-product-object
    """

    is_producible: bool | None = None
    is_purchasable: bool | None = None
    is_auto_assembly: bool | None = None
    #: In days.
    lead_time: int | None = None
    minimum_order_quantity: Decimal | None = None


class Material(_ItemFields):
    """Something the account buys, to make products of.

    Katana: The material object, https://developer.katanamrp.com/reference/the-material-object
    """


class Item(_ItemFields):
    """The product or material that a variant belongs to, embedded in it; `type` says which.

    One class for both, because the two look alike on the wire. What only products have is None
    on a material.
    """

    is_producible: bool | None = None
    is_purchasable: bool | None = None
    is_auto_assembly: bool | None = None
    #: In days.
    lead_time: int | None = None
    minimum_order_quantity: Decimal | None = None


class ServiceVariant(Model):
    """The variant of a service: its SKU and its prices."""

    id: int
    service_id: int
    #: Neither unique nor always there.
    sku: str | None = None
    type: ItemType | None = None
    #: In the account's base currency, which is on the factory.
    sales_price: Decimal | None = None
    default_cost: Decimal | None = None
    #: A tuple by name or a dict by UUID, by account. None where an account with dicts has none set.
    custom_fields: tuple[CustomFieldValue, ...] | dict[str, JSONValue] | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


class Service(Model):
    """Something that the account sells or buys and does not stock.

    Katana: https://developer.katanamrp.com/reference/the-service-object
    """

    id: int
    name: str | None = None
    type: ItemType | None = None
    uom: str | None = None
    category_name: str | None = None
    additional_info: str | None = None
    is_sellable: bool | None = None
    custom_field_collection_id: int | None = None
    #: There is one.
    variants: tuple[ServiceVariant, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None
    #: Written as is_archived.
    archived_at: Timestamp | None = None
