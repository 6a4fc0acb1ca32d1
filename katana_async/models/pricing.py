"""Price lists, their rows and their customers."""

from __future__ import annotations

from decimal import Decimal

from ._base import Model, OpenEnum, Timestamp


class AdjustmentMethod(OpenEnum):
    """How a price list row computes its price."""

    FIXED = "fixed"
    PERCENTAGE = "percentage"
    MARKUP = "markup"


class PriceList(Model):
    """Special prices for some customers."""

    id: int
    name: str
    is_active: bool | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class PriceListRow(Model):
    """The price of one variant in a price list."""

    id: int
    price_list_id: int
    variant_id: int
    adjustment_method: AdjustmentMethod
    #: A price if the method is FIXED, otherwise a percentage.
    amount: Decimal
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class PriceListCustomer(Model):
    """The assignment of a customer to a price list."""

    id: int
    customer_id: int
    price_list_id: int
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
