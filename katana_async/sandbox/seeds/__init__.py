"""The seeded account: a small furniture manufacturer, the same for the same seed and size."""

from ..catalogue import LAYOUTS
from ..clock import Clock
from ..store import Counting, Seed, Store, Table, Uuids
from . import catalog, inventory, orders, partners
from .base import NoSeed
from .plan import make_plan


def seeded(*, products: int, seed: int, clock: Clock) -> Store:
    """Return the tables of an account with so many products."""
    plan = make_plan(products, seed)
    seeds: dict[str, Seed] = {
        "products": catalog.Products(plan),
        "materials": catalog.Materials(plan),
        "variants": catalog.Variants(plan),
        "bom_rows": catalog.BomRows(plan),
        "inventory": catalog.Inventory(plan),
        "inventory_movements": inventory.Movements(plan),
        "stock_adjustments": inventory.Adjustments(plan),
        "stock_adjustment_rows": inventory.AdjustmentRows(plan),
        "stock_transfers": inventory.Transfers(plan),
        "stock_transfer_rows": inventory.TransferRows(plan),
        "stocktakes": inventory.Stocktakes(plan),
        "stocktake_rows": inventory.StocktakeRows(plan),
        "locations": partners.Locations(plan),
        "bin_locations": partners.Bins(plan),
        "suppliers": partners.Suppliers(plan),
        "customers": partners.Customers(plan),
        "price_lists": partners.PriceLists(plan),
        "price_list_rows": partners.PriceListRows(plan),
        "sales_orders": orders.SalesOrders(plan),
        "sales_order_rows": orders.SalesOrderRows(plan),
        "purchase_orders": orders.PurchaseOrders(plan),
        "purchase_order_rows": orders.PurchaseOrderRows(plan),
    }
    nothing = NoSeed(plan)
    store = Store()
    for layout in LAYOUTS:
        numbering = Uuids(seed * 0x5DEECE66D) if layout.uuid else Counting(layout.id(0))
        store.add(
            Table(
                layout.name,
                clock,
                numbering,
                layout.defaults,
                layout.links,
                seeds.get(layout.name, nothing),
                store.lock,
            )
        )
    store.begin("config", plan.all_products + plan.materials)
    store.begin("customer address", 2 * plan.customers)
    store.begin("sales order address", 2 * plan.orders)
    store.begin("sales order", plan.orders)
    store.begin("purchase order", plan.purchases)
    store.begin("stock adjustment", len(seeds["stock_adjustments"]))
    store.begin("group", plan.purchases)
    return store
