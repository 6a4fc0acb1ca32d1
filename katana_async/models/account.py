"""The account itself: its factory, and the user that a key belongs to."""

from __future__ import annotations

from attrs import frozen

from ._base import Model, Timestamp

__all__ = [
    "Factory",
    "LegalAddress",
    "UserInfo",
]


@frozen(kw_only=True, repr=False)
class LegalAddress(Model):
    """Where the company is registered."""

    # Always said, though perhaps as null.
    line_1: str | None
    line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


@frozen(kw_only=True, repr=False)
class Factory(Model):
    """The company that the account is for. There is one, so it has no id.

    Katana: Retrieve the current factory, https://developer.katanamrp.com/reference/getfactory
    """

    display_name: str
    # An ISO 4217 code: the currency of every price that says no other.
    base_currency_code: str
    legal_name: str | None = None
    legal_address: LegalAddress | None = None
    name: str | None = None
    address: str | None = None
    currency: str | None = None
    # An IANA name, such as Europe/Tallinn.
    timezone: str | None = None
    default_sales_location_id: int | None = None
    default_purchases_location_id: int | None = None
    default_manufacturing_location_id: int | None = None
    # Seen as a number of days in a text ("14"), documented as a time: the text is kept.
    default_so_delivery_time: str | None = None
    default_po_lead_time: str | None = None
    # Stock cannot be changed before it.
    inventory_closing_date: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class UserInfo(Model):
    """The user that an API key or connection belongs to.

    The wire has `firstName` and `lastName` here, unlike everywhere else; both spellings read.

    Katana: GET /user_info.
    """

    id: int
    email: str
    firstName: str  # noqa: N815 - the name on the wire, which msgspec reads by
    lastName: str  # noqa: N815 - as above

    @property
    def first_name(self) -> str:
        """The user's first name."""
        return self.firstName

    @property
    def last_name(self) -> str:
        """The user's last name."""
        return self.lastName
