"""What you send about customers."""

from typing import Literal, Required, TypedDict

from ..models.contacts import AddressType
from ._types import DateFilters, Number

__all__ = [
    "CustomerAddressCreate",
    "CustomerAddressFilters",
    "CustomerAddressInput",
    "CustomerAddressUpdate",
    "CustomerCreate",
    "CustomerFilters",
    "CustomerUpdate",
    "SupplierAddressCreate",
    "SupplierAddressFilters",
    "SupplierAddressInput",
    "SupplierAddressUpdate",
    "SupplierCreate",
    "SupplierFilters",
    "SupplierUpdate",
]


class CustomerFilters(DateFilters, total=False):
    """Which customers to list. Texts match exactly."""

    ids: list[int] | tuple[int, ...]
    name: str
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    reference_id: str
    category: str
    currency: str
    include_deleted: bool


class CustomerAddressInput(TypedDict, total=False):
    """An address of a new customer; `default` makes it the usual one of its type."""

    entity_type: Required[AddressType | Literal["billing", "shipping"]]
    default: bool
    first_name: str | None
    last_name: str | None
    company: str | None
    phone: str | None
    line_1: str | None
    line_2: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None


class CustomerCreate(TypedDict, total=False):
    """A new customer.

    Limits: name at least 1 character, discount_rate 0 to 100 (a percentage).
    """

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
    addresses: list[CustomerAddressInput] | tuple[CustomerAddressInput, ...]


class CustomerUpdate(TypedDict, total=False):
    """What to change of a customer. None clears.

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


class SupplierAddressInput(TypedDict, total=False):
    """An address of a new supplier."""

    city: str | None
    country: str | None
    line_1: str | None
    line_2: str | None
    state: str | None
    zip: str | None


class SupplierFilters(DateFilters, total=False):
    """Which suppliers to list. Texts match exactly."""

    ids: list[int] | tuple[int, ...]
    email: str
    phone: str
    name: str
    include_deleted: bool


class SupplierCreate(TypedDict, total=False):
    """A new supplier.

    Limits: comment at least 1 character, currency at least 1 character, email at least 1 character,
    name at least 1 character, phone 1 to 30 characters.
    """

    name: Required[str]
    addresses: list[SupplierAddressInput] | tuple[SupplierAddressInput, ...]
    comment: str | None
    currency: str
    email: str | None
    phone: str | None


class SupplierUpdate(TypedDict, total=False):
    """What to change of a supplier.

    Limits: comment at least 1 character, currency at least 1 character, email at least 1 character,
    name at least 1 character, phone 1 to 30 characters.
    """

    comment: str | None
    currency: str
    email: str | None
    name: str
    phone: str | None


class SupplierAddressFilters(DateFilters, total=False):
    """Which addresses of suppliers to list. Texts match exactly."""

    ids: list[int] | tuple[int, ...]
    supplier_ids: list[int] | tuple[int, ...]
    line_1: str
    line_2: str
    city: str
    state: str
    zip: str
    country: str
    include_deleted: bool


class SupplierAddressUpdate(TypedDict, total=False):
    """What to change of an address of a supplier.

    Limits: city at least 1 character, country at least 1 character, line_1 at least 1 character,
    line_2 at least 1 character, state at least 1 character, zip at least 1 character.
    """

    city: str | None
    country: str | None
    line_1: str | None
    line_2: str | None
    state: str | None
    zip: str | None


class SupplierAddressCreate(SupplierAddressUpdate, total=False):
    """A new address of a supplier."""

    supplier_id: Required[int]


class CustomerAddressFilters(DateFilters, total=False):
    """Which addresses of customers to list. Texts match exactly."""

    ids: list[int] | tuple[int, ...]
    customer_ids: list[int] | tuple[int, ...]
    entity_type: AddressType | Literal["billing", "shipping"]
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
    include_deleted: bool


class CustomerAddressUpdate(TypedDict, total=False):
    """What to change of an address of a customer.

    Limits: city at least 1 character, company at least 1 character, country at least 1 character,
    first_name at least 1 character, last_name at least 1 character, line_1 at least 1 character,
    line_2 at least 1 character, phone at least 1 character, state at least 1 character, zip at
    least 1 character.
    """

    city: str | None
    company: str | None
    country: str | None
    first_name: str | None
    last_name: str | None
    line_1: str | None
    line_2: str | None
    phone: str | None
    state: str | None
    zip: str | None


class CustomerAddressCreate(CustomerAddressUpdate, total=False):
    """A new address of a customer."""

    customer_id: Required[int]
    entity_type: Required[AddressType | Literal["billing", "shipping"]]
