"""Filters and bodies of customers, suppliers and their addresses."""

from typing import Literal, Required, TypedDict

from .. import models
from ._types import CustomFieldValues, ListOrTuple, Number, RecordFilters
from .search import Condition, RecordWhere


class SupplierAddressInput(TypedDict, total=False):
    """An address of a new supplier."""

    line_1: str | None
    line_2: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None


class AddressFields(SupplierAddressInput, total=False):
    """Fields of an address of a customer or a sales order."""

    first_name: str | None
    last_name: str | None
    company: str | None
    phone: str | None


class AddressFilters(RecordFilters, total=False):
    """Filters for addresses."""

    entity_type: models.AddressType | Literal["billing", "shipping"]
    first_name: str
    last_name: str
    company: str
    line_1: str
    line_2: str
    city: str
    state: str
    zip: str
    country: str
    phone: str


class CustomerFilters(RecordFilters, total=False):
    """Filters for customers."""

    name: str
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    reference_id: str
    category: str
    currency: str


class CustomerAddressInput(AddressFields, total=False):
    """An address of a new customer; `default` makes it the default of its type."""

    entity_type: Required[models.AddressType | Literal["billing", "shipping"]]
    default: bool


class CustomerCreate(TypedDict, total=False):
    """A new customer. Limits: name at least 1 character, discount_rate 0 to 100 (a percentage)."""

    name: Required[str]
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    comment: str
    currency: str
    reference_id: str
    category: str
    discount_rate: Number | None
    custom_fields: CustomFieldValues | None
    addresses: ListOrTuple[CustomerAddressInput]


class CustomerUpdate(TypedDict, total=False):
    """Changes to a customer.

    Limits: texts at least 1 character, discount_rate 0 to 100 (a percentage).
    """

    name: str | None
    first_name: str | None
    last_name: str | None
    company: str | None
    email: str | None
    phone: str | None
    comment: str | None
    currency: str | None
    reference_id: str | None
    category: str | None
    discount_rate: Number | None
    default_shipping_id: int | None
    custom_fields: CustomFieldValues | None


class CustomerWhere(RecordWhere, total=False):
    """Search conditions for customers."""

    name: Condition[str]
    first_name: Condition[str]
    last_name: Condition[str]
    company: Condition[str]
    email: Condition[str]
    phone: Condition[str]
    comment: Condition[str]
    currency: Condition[str]
    reference_id: Condition[str]
    category: Condition[str]
    default_billing_id: Condition[int]
    default_shipping_id: Condition[int]


class SupplierFilters(RecordFilters, total=False):
    """Filters for suppliers."""

    email: str
    phone: str
    name: str


class SupplierCreate(TypedDict, total=False):
    """A new supplier. Limits: texts at least 1 character, phone at most 30 characters."""

    name: Required[str]
    email: str | None
    phone: str | None
    comment: str | None
    currency: str
    custom_fields: CustomFieldValues | None
    addresses: ListOrTuple[SupplierAddressInput]


class SupplierUpdate(TypedDict, total=False):
    """Changes to a supplier. Limits: texts at least 1 character, phone at most 30 characters."""

    name: str
    email: str | None
    phone: str | None
    comment: str | None
    currency: str
    custom_fields: CustomFieldValues | None


class SupplierAddressFilters(RecordFilters, total=False):
    """Filters for addresses of suppliers."""

    supplier_ids: ListOrTuple[int]
    line_1: str
    line_2: str
    city: str
    state: str
    zip: str
    country: str


class SupplierAddressCreate(SupplierAddressInput, total=False):
    """A new address of an existing supplier."""

    supplier_id: Required[int]


class SupplierAddressUpdate(SupplierAddressInput, total=False):
    """Changes to an address of a supplier. Limits: texts at least 1 character."""


class CustomerAddressFilters(AddressFilters, total=False):
    """Filters for addresses of customers."""

    customer_ids: ListOrTuple[int]


class CustomerAddressUpdate(AddressFields, total=False):
    """Changes to an address of a customer. Limits: texts at least 1 character."""


class CustomerAddressCreate(AddressFields, total=False):
    """A new address of an existing customer."""

    customer_id: Required[int]
    entity_type: Required[models.AddressType | Literal["billing", "shipping"]]
