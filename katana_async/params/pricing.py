"""Filters and bodies of price lists, their rows and their customers."""

from typing import Literal, TypedDict

from .. import models
from ._types import ListOrTuple, Number


class PriceListFilters(TypedDict, total=False):
    """Filters for price lists."""

    ids: ListOrTuple[int]
    name: str
    is_active: bool


class PriceListCreate(TypedDict):
    """A new price list. Limits: name at most 100 characters."""

    name: str


class PriceListUpdate(TypedDict, total=False):
    """Changes to a price list."""

    name: str
    is_active: bool


class PriceListRowFilters(TypedDict, total=False):
    """Filters for rows of price lists."""

    ids: ListOrTuple[int]
    variant_ids: ListOrTuple[int]
    price_list_ids: ListOrTuple[int]


class PriceListRowCreate(TypedDict):
    """The price of one variant in a price list.

    `amount` is a price if the method is `fixed`, otherwise a percentage.
    """

    variant_id: int
    adjustment_method: models.AdjustmentMethod | Literal["fixed", "percentage", "markup"]
    amount: Number


class PriceListRowsCreate(TypedDict):
    """New rows of one price list."""

    price_list_id: int
    price_list_rows: ListOrTuple[PriceListRowCreate]


class PriceListRowUpdate(TypedDict, total=False):
    """Changes to a price list row. Limits: amount more than 0."""

    variant_id: int
    adjustment_method: models.AdjustmentMethod | Literal["fixed", "percentage", "markup"]
    amount: Number


class PriceListCustomerInput(TypedDict):
    """A customer to add to a price list, or to replace the present one."""

    customer_id: int


class PriceListCustomerFilters(TypedDict, total=False):
    """Filters for customers of price lists."""

    ids: ListOrTuple[int]
    customer_ids: ListOrTuple[int]
    price_list_ids: ListOrTuple[int]


class PriceListCustomersCreate(TypedDict):
    """Customers to add to a price list."""

    price_list_customers: ListOrTuple[PriceListCustomerInput]
    price_list_id: int
