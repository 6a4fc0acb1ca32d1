"""What can be called: one module per area, one class per collection, loaded when first used."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        account as _account,
        catalog as _catalog,
        contacts as _contacts,
        inventory as _inventory,
        manufacturing as _manufacturing,
        pricing as _pricing,
        purchasing as _purchasing,
        sales as _sales,
    )


class Resources:
    """One attribute per collection, loaded at first use.

    The annotations are the one place that says which there are and where they live.
    """

    bin_locations: _inventory.StorageBins
    bom_rows: _manufacturing.BomRows
    customers: _contacts.Customers
    factory: _account.CurrentFactory
    inventory: _inventory.InventoryLevels
    materials: _catalog.Materials
    price_list_rows: _pricing.PriceListRows
    price_lists: _pricing.PriceLists
    products: _catalog.Products
    purchase_orders: _purchasing.PurchaseOrders
    sales_order_rows: _sales.SalesOrderRows
    sales_orders: _sales.SalesOrders
    user_info: _account.CurrentUser
    variants: _catalog.Variants

    if not TYPE_CHECKING:  # a checker that saw it would take any misspelt attribute

        def __getattr__(self, name: str) -> Any:
            if name not in RESOURCES:
                raise AttributeError(_unknown(self, name))
            collection = load(name)(self._http)
            self.__dict__[name] = collection
            return collection

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *RESOURCES})


# The underscores keep the area `inventory` apart from the collection of the same name.
RESOURCES: dict[str, str] = {
    name: home.removeprefix("_") for name, home in Resources.__annotations__.items()
}
"""Where each collection's class is, by attribute: `area.Class`."""


def load(attribute: str) -> type[Any]:
    """Return the class of a collection, importing its area.

    Raises:
        KeyError: There is no such collection.
    """
    area, _, name = RESOURCES[attribute].partition(".")
    cls: type[Any] = getattr(import_module(f".{area}", __name__), name)
    return cls


def _unknown(owner: object, name: str) -> str:
    message = f"{type(owner).__name__!r} object has no attribute {name!r}"
    close = [] if name.startswith("_") else get_close_matches(name, RESOURCES, n=1)
    return f"{message}. Did you mean {close[0]!r}?" if close else message
