"""Everything the sandbox offers: the list of its collections, operations and tables."""

from collections.abc import Iterator

from .layout import Layout
from .operations import Collection, Operation
from .tables import (
    company,
    customers,
    items,
    ledger,
    places,
    pricing,
    purchase_orders,
    sales_order_rows,
    sales_orders,
    stock,
    suppliers,
    variants,
)

COLLECTIONS: tuple[Collection, ...] = (
    items.PRODUCTS,
    items.MATERIALS,
    variants.VARIANTS,
    stock.BOM_ROWS,
    stock.INVENTORY,
    ledger.INVENTORY_MOVEMENTS,
    places.LOCATIONS,
    places.BIN_LOCATIONS,
    suppliers.SUPPLIERS,
    customers.CUSTOMERS,
    pricing.PRICE_LISTS,
    pricing.PRICE_LIST_ROWS,
    sales_orders.SALES_ORDERS,
    sales_order_rows.SALES_ORDER_ROWS,
    purchase_orders.PURCHASE_ORDERS,
)
# Rows that are written with their order have a table, and no paths of their own yet.
LAYOUTS: tuple[Layout, ...] = (
    *{each.layout.name: each.layout for each in COLLECTIONS}.values(),
    purchase_orders.PURCHASE_ORDER_ROW_LAYOUT,
)


def operations() -> Iterator[Operation]:
    """Yield every operation."""
    for collection in COLLECTIONS:
        yield from collection.operations()
    yield from company.OPERATIONS
