"""Price lists, their rows and their customers."""

from decimal import Decimal

from ._base import DatedRecord, OpenEnum


class AdjustmentMethod(OpenEnum):
    """How a price list row computes its price."""

    FIXED = "fixed"
    PERCENTAGE = "percentage"
    MARKUP = "markup"


class PriceList(DatedRecord):
    """Special prices for some customers."""

    name: str
    is_active: bool | None = None


class PriceListRow(DatedRecord):
    """The price of one variant in a price list."""

    price_list_id: int
    variant_id: int
    adjustment_method: AdjustmentMethod
    #: A price if the method is FIXED, otherwise a percentage.
    amount: Decimal


class PriceListCustomer(DatedRecord):
    """The assignment of a customer to a price list."""

    customer_id: int
    price_list_id: int
