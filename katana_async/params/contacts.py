"""What you send about customers."""

from typing import Literal, Required, TypedDict

from ..models.contacts import AddressType
from ._types import DateFilters, Number

__all__ = [
    "CustomerAddressCreate",
    "CustomerCreate",
    "CustomerFilters",
    "CustomerUpdate",
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


class CustomerAddressCreate(TypedDict, total=False):
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
    addresses: list[CustomerAddressCreate] | tuple[CustomerAddressCreate, ...]


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
