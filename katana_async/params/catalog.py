"""Filters and bodies of products, materials, services and variants."""

from typing import Literal, Required, TypedDict

from .. import models
from ._types import CustomFieldValues, ListOrTuple, Number, RecordFilters, SupplierQuery
from .search import ChoiceComparator, Comparator, Condition, RecordWhere, TextComparator


class MaterialFilters(RecordFilters, SupplierQuery, total=False):
    """Filters for materials."""

    name: str
    category_name: str
    uom: str
    is_sellable: bool
    batch_tracked: bool
    default_supplier_id: int
    purchase_uom: str
    purchase_uom_conversion_rate: Number
    include_archived: bool


class _ProductFlags(TypedDict, total=False):
    """Filters for products that are also fields of new and changed products."""

    is_producible: bool
    is_purchasable: bool
    is_auto_assembly: bool
    serial_tracked: bool
    operations_in_sequence: bool


class ProductFilters(MaterialFilters, _ProductFlags, total=False):
    """Filters for products: those for materials, and more."""


class VariantQuery(TypedDict, total=False):
    """Related records to embed in a variant."""

    extend: ListOrTuple[Literal["product_or_material"]]


class VariantFilters(RecordFilters, VariantQuery, total=False):
    """Filters for variants.

    A variant matches `sku` or `supplier_item_codes` if it has one of the texts.
    """

    product_id: int
    material_id: int
    sku: ListOrTuple[str]
    sales_price: Number
    purchase_price: Number
    type: models.ItemType | Literal["product", "material"]
    internal_barcode: str
    registered_barcode: str
    abc_classification: models.AbcClassification | Literal["A", "B", "C"]
    supplier_item_codes: ListOrTuple[str]
    include_archived: bool


_Item = models.ItemType | Literal["product", "material", "service"]
_Class = models.AbcClassification | Literal["A", "B", "C"]


class VariantWhere(RecordWhere, total=False):
    """Search conditions for variants."""

    sku: Condition[str]
    #: The id of the product, material or service.
    item_id: Condition[int]
    item_type: _Item | ChoiceComparator[_Item]
    sales_price: Condition[Number]
    purchase_price: Condition[Number]
    internal_barcode: Condition[str]
    registered_barcode: Condition[str]
    supplier_item_codes: str | TextComparator | None
    lead_time: Condition[int]
    minimum_order_quantity: Condition[Number]
    abc_classification: _Class | Comparator[_Class]


class ConfigCreate(TypedDict):
    """An attribute in which the variants of a new item differ, such as a size, and its values."""

    name: str
    values: ListOrTuple[str]


class ConfigUpdate(TypedDict, total=False):
    """A config to keep or change, identified by `id` or `name`, with all its values."""

    id: int
    name: str
    values: Required[ListOrTuple[str]]


class ConfigAttributeInput(TypedDict):
    """The value that a variant has for one config of its item.

    Limits: in an update, both at least 1 character.
    """

    config_name: str
    config_value: str


class CustomFieldInput(TypedDict):
    """A custom field of a variant, by name.

    Accounts with item custom fields and without collections of custom fields require
    `CustomFieldValues` instead, a dict by the UUID of the definition. If an account has both forms,
    the option `custom_fields_format` chooses one. Katana refuses a form that an account lacks.
    """

    field_name: str
    field_value: str


_CustomFields = ListOrTuple[CustomFieldInput] | CustomFieldValues
"""A list by name, or values by UUID. The account decides which one (`CustomFieldInput`)."""


class MaterialVariantCreate(TypedDict, total=False):
    """A variant of a new material.

    Limits: barcodes 3 to 40 characters; lead_time (days) and minimum_order_quantity 0 to
    2,147,483,647; purchase_price 0 to 100,000,000,000; at least 1 config attribute where given,
    at most 3 custom fields.
    """

    sku: str
    purchase_price: Number | None
    internal_barcode: str
    registered_barcode: str
    supplier_item_codes: ListOrTuple[str]
    lead_time: int | None
    minimum_order_quantity: Number | None
    config_attributes: ListOrTuple[ConfigAttributeInput]
    custom_fields: _CustomFields


class ProductVariantCreate(MaterialVariantCreate, total=False):
    """A variant of a new product.

    Limits: those of a material's variant; sku at least 1 character, supplier item codes 1 to 40,
    sales_price 0 to 100,000,000,000.
    """

    sales_price: Number | None


class _ItemCreate(TypedDict, total=False):
    """Fields of both new products and new materials."""

    name: Required[str]
    uom: str
    category_name: str
    additional_info: str
    is_sellable: bool
    batch_tracked: bool
    default_supplier_id: int
    purchase_uom: str | None
    purchase_uom_conversion_rate: Number
    custom_field_collection_id: int | None
    configs: ListOrTuple[ConfigCreate]


class ProductCreate(_ItemCreate, _ProductFlags, total=False):
    """A new product, with its variants.

    Limits: name and category_name at least 1 character, units of measure 1 to 7, 1 to 10 configs
    where given (an empty list is refused), at least 1 variant, conversion rate at most
    1,000,000,000,000.
    """

    variants: Required[ListOrTuple[ProductVariantCreate]]


class MaterialCreate(_ItemCreate, total=False):
    """A new material, with its variants.

    Limits: units of measure 1 to 7 characters, 1 to 10 configs where given (an empty list is
    refused), at least 1 variant.
    """

    variants: Required[ListOrTuple[MaterialVariantCreate]]


class MaterialUpdate(TypedDict, total=False):
    """Changes to a material.

    Limits: name 1 to 256 characters, category_name 1 to 35, units of measure 1 to 7,
    additional_info at least 1, 1 to 10 configs where given, conversion rate 0 to 2,147,483,647.
    """

    name: str
    uom: str
    category_name: str | None
    additional_info: str | None
    is_sellable: bool
    is_archived: bool
    batch_tracked: bool
    default_supplier_id: int | None
    purchase_uom: str | None
    purchase_uom_conversion_rate: Number | None
    custom_field_collection_id: int | None
    configs: ListOrTuple[ConfigUpdate]


class ProductUpdate(MaterialUpdate, _ProductFlags, total=False):
    """Changes to a product, with the limits of changes to a material."""


class VariantCreate(ProductVariantCreate, total=False):
    """A new variant of a product or a material: give one of the two ids.

    Limits: internal_barcode 3 to 40 characters, registered_barcode at most 120; lead_time (days)
    and minimum_order_quantity 0 to 2,147,483,647; prices 0 to 100,000,000,000; at least 1 config
    attribute and 1 supplier item code where given, at most 3 custom fields.
    """

    product_id: int
    material_id: int


class VariantUpdate(TypedDict, total=False):
    """Changes to a variant. None clears; an empty list of supplier item codes clears them.

    Limits: sku at least 1 character, internal_barcode 3 to 40, registered_barcode 1 to 120;
    lead_time (days) and minimum_order_quantity 0 to 2,147,483,647; prices 0 to 100,000,000,000.
    """

    sku: str | None
    sales_price: Number | None
    purchase_price: Number | None
    internal_barcode: str | None
    registered_barcode: str | None
    supplier_item_codes: ListOrTuple[str]
    lead_time: int | None
    minimum_order_quantity: Number | None
    config_attributes: ListOrTuple[ConfigAttributeInput]
    custom_fields: _CustomFields


class ServiceVariantInput(TypedDict, total=False):
    """The variant of a new service.

    Limits: sku at least 1 character, sales_price and default_cost 0 to 100,000,000,000, at most 3
    custom fields.
    """

    sku: str
    sales_price: Number | None
    default_cost: Number | None
    custom_fields: _CustomFields


class ServiceFilters(RecordFilters, total=False):
    """Filters for services."""

    name: str
    uom: str
    category_name: str
    is_sellable: bool
    include_archived: bool


class ServiceCreate(TypedDict, total=False):
    """A new service, with its variant.

    Limits: name and category_name at least 1 character, uom 1 to 7, exactly 1 variant.
    """

    name: Required[str]
    variants: Required[ListOrTuple[ServiceVariantInput]]
    uom: str
    category_name: str
    additional_info: str
    is_sellable: bool
    custom_field_collection_id: int | None


class ServiceUpdate(TypedDict, total=False):
    """Changes to a service and its variant.

    Limits: category_name 1 to 35 characters, additional_info and sku at least 1.
    """

    name: str
    uom: str
    category_name: str | None
    additional_info: str | None
    is_sellable: bool
    is_archived: bool
    custom_field_collection_id: int | None
    sku: str | None
    sales_price: Number | None
    default_cost: Number | None
    custom_fields: _CustomFields


class VariantBinLink(TypedDict, total=False):
    """The default storage bin of a variant. Limits: bin_name at least 1 character."""

    bin_name: Required[str]
    variant_id: Required[int]
    location_id: int


class VariantBinUnlink(TypedDict):
    """A variant and the location whose default storage bin to remove."""

    location_id: int
    variant_id: int
