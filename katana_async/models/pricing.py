"""What things cost to whom: price lists, their rows and their customers."""

from __future__ import annotations

from decimal import Decimal

from ._base import Model, OpenEnum, Timestamp

__all__ = [
    "AdjustmentMethod",
    "PriceList",
    "PriceListCustomer",
    "PriceListRow",
]


class AdjustmentMethod(OpenEnum):
    """How a price list row turns the usual price into another."""

    FIXED = "fixed"
    PERCENTAGE = "percentage"
    MARKUP = "markup"


class PriceList(Model):
    """Prices of their own for some customers.

    Katana: Price list, https://developer.katanamrp.com/reference/getallpricelists
    """

    id: int
    name: str
    is_active: bool | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class PriceListRow(Model):
    """The price of one variant in a price list.

    Katana: Price list row, https://developer.katanamrp.com/reference/getallpricelistrows
    """

    id: int
    price_list_id: int
    variant_id: int
    adjustment_method: AdjustmentMethod
    #: A price with FIXED, else a percentage.
    amount: Decimal
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class PriceListCustomer(Model):
    """A customer who buys at the prices of a price list.

    Katana: https://developer.katanamrp.com/reference/getpricelistcustomer
    """

    id: int
    customer_id: int
    price_list_id: int
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
