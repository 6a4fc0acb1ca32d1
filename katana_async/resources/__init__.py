"""The collections of the API: a module per area, imported when it is first used."""

from __future__ import annotations

from functools import cache
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
    """The attributes of the client, one per collection.

    The annotations declare the collections and their classes; `RESOURCES` is read from them.
    """

    additional_costs: _purchasing.costs.AdditionalCosts
    batch_stocks: _inventory.tracking.BatchStocks
    batches: _inventory.tracking.Batches
    bin_inventory: _inventory.levels.BinInventories
    bin_locations: _inventory.places.StorageBins
    bin_transfer_rows: _inventory.places.BinTransferRows
    bin_transfers: _inventory.places.BinTransfers
    bom_rows: _manufacturing.bills.BomRows
    custom_field_definitions: _account.CustomFieldDefinitions
    custom_fields_collections: _account.CustomFieldsCollections
    customer_addresses: _contacts.CustomerAddresses
    customers: _contacts.Customers
    demand_forecasts: _inventory.levels.DemandForecasts
    factory: _account.CurrentFactory
    inventory: _inventory.levels.InventoryLevels
    inventory_movements: _inventory.levels.InventoryMovements
    inventory_signals: _inventory.levels.InventorySignals
    locations: _inventory.places.Locations
    manufacturing_order_operation_rows: _manufacturing.work.ManufacturingOrderOperationRows
    manufacturing_order_production_ingredients: _manufacturing.work.ProductionIngredients
    manufacturing_order_productions: _manufacturing.work.ManufacturingOrderProductions
    manufacturing_order_recipe_rows: _manufacturing.work.ManufacturingOrderRecipeRows
    manufacturing_orders: _manufacturing.orders.ManufacturingOrders
    materials: _catalog.Materials
    negative_stock: _inventory.levels.NegativeStocks
    operators: _manufacturing.orders.Operators
    outsourced_purchase_order_recipe_rows: _purchasing.orders.OutsourcedRecipeRows
    po_additional_cost_rows: _purchasing.costs.PurchaseOrderCostRows
    price_list_customers: _pricing.PriceListCustomers
    price_list_rows: _pricing.PriceListRows
    price_lists: _pricing.PriceLists
    product_operation_rows: _manufacturing.bills.ProductOperationRows
    products: _catalog.Products
    purchase_order_accounting_metadata: _purchasing.costs.PurchaseOrderAccounting
    purchase_order_rows: _purchasing.orders.PurchaseOrderRows
    purchase_orders: _purchasing.orders.PurchaseOrders
    recipe_rows: _manufacturing.bills.RecipeRows
    recipes: _manufacturing.bills.Recipes
    sales_order_accounting_metadata: _sales.fulfillments.SalesOrderAccounting
    sales_order_addresses: _sales.orders.SalesOrderAddresses
    sales_order_fulfillments: _sales.fulfillments.SalesOrderFulfillments
    sales_order_rows: _sales.orders.SalesOrderRows
    sales_order_shipping_fee: _sales.fulfillments.ShippingFees
    sales_orders: _sales.orders.SalesOrders
    sales_return_rows: _sales.returns.SalesReturnRows
    sales_returns: _sales.returns.SalesReturns
    serial_numbers: _inventory.tracking.SerialNumbers
    serial_numbers_stock: _inventory.tracking.SerialNumberStocks
    services: _catalog.Services
    stock_adjustments: _inventory.changes.StockAdjustments
    stock_transfers: _inventory.changes.StockTransfers
    stocktake_rows: _inventory.changes.StocktakeRows
    stocktakes: _inventory.changes.Stocktakes
    supplier_addresses: _contacts.SupplierAddresses
    suppliers: _contacts.Suppliers
    tax_rates: _account.TaxRates
    user_info: _account.CurrentUser
    users: _account.Users
    variants: _catalog.Variants
    webhooks: _account.Webhooks

    if not TYPE_CHECKING:  # it would hide misspelt attributes from checkers

        def __getattr__(self, name: str) -> Any:
            from difflib import get_close_matches

            # A collection comes here only if reading `_http` failed: the client is not set up.
            name = "_http" if name in RESOURCES else name
            close = [] if name.startswith("_") else get_close_matches(name, RESOURCES, n=1)
            advice = f". Did you mean {close[0]!r}?" if close else ""
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message + advice)


class _LazyCollection:
    """Descriptor that creates a collection when it is first read from a client.

    Read from the client's class it returns the class of the collection, so that
    `create_autospec(KatanaClient)` has the collections and their methods.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, client: Any, owner: type[Any]) -> Any:
        cls = load(self._name)
        if client is None:
            return cls
        # This descriptor has no __set__, so later reads find the entry in __dict__ first.
        collection = client.__dict__[self._name] = cls(client._http)  # noqa: SLF001 - the owner's
        return collection


# The underscores keep the area `inventory` apart from the collection of the same name.
RESOURCES: dict[str, str] = {
    name: home.removeprefix("_") for name, home in Resources.__annotations__.items()
}
"""The class of each collection as `module.Class`, by attribute."""


for _name in RESOURCES:
    setattr(Resources, _name, _LazyCollection(_name))


@cache
def load(attribute: str) -> type[Any]:
    """Return the class of a collection, importing its module. An unknown one raises KeyError."""
    module, _, name = RESOURCES[attribute].rpartition(".")
    cls: type[Any] = getattr(import_module(f".{module}", __name__), name)
    return cls
