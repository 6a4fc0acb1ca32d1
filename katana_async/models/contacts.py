"""Customers and suppliers, and their addresses."""

from decimal import Decimal

from ._base import CustomizableRecord, DeletableRecord, OpenEnum


class AddressType(OpenEnum):
    """The purpose of an address."""

    BILLING = "billing"
    SHIPPING = "shipping"


class Address(DeletableRecord):
    """The fields that addresses of suppliers, customers and sales orders share."""

    line_1: str | None = None
    line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


class PersonalAddress(Address):
    """The fields that addresses of customers and sales orders share: a person and a purpose."""

    entity_type: AddressType
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    phone: str | None = None


class CustomerAddress(PersonalAddress):
    """A billing or shipping address of a customer."""

    customer_id: int
    default: bool | None = None


class Customer(CustomizableRecord):
    """A person or company that places sales orders."""

    name: str
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    comment: str | None = None
    #: An ISO 4217 code, such as USD.
    currency: str | None = None
    #: The customer's id in another system, chosen by the account.
    reference_id: str | None = None
    category: str | None = None
    #: A percentage, 0 to 100.
    discount_rate: Decimal | None = None
    default_billing_id: int | None = None
    default_shipping_id: int | None = None
    #: Left out of the answer to an update, where an empty tuple does not mean "no addresses".
    addresses: tuple[CustomerAddress, ...] = ()


class SupplierAddress(Address):
    """The address of a supplier."""

    supplier_id: int | None = None


class Supplier(CustomizableRecord):
    """A person or company that fills purchase orders."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    comment: str | None = None
    #: An ISO 4217 code, such as USD.
    currency: str | None = None
    default_address_id: int | None = None
    #: Left out of the answer to an update, and where another record embeds the supplier.
    addresses: tuple[SupplierAddress, ...] = ()
