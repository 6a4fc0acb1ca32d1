"""Everything the sandbox offers: the list of its collections, operations and tables."""

from collections.abc import Iterator

from .layout import Layout
from .operations import Collection, Operation
from .tables import (
    company,
    customers,
    items,
    ledger,
    make_to_order,
    manufacturing_orders,
    manufacturing_rows,
    places,
    pricing,
    product_operations,
    productions,
    purchase_orders,
    recipes,
    sales_order_rows,
    sales_orders,
    stock,
    stock_adjustments,
    stock_levels,
    stock_transfers,
    stocktakes,
    suppliers,
    variants,
    workshop,
)

COLLECTIONS: tuple[Collection, ...] = (
    items.PRODUCTS,
    items.MATERIALS,
    variants.VARIANTS,
    stock.BOM_ROWS,
    stock.INVENTORY,
    ledger.INVENTORY_MOVEMENTS,
    stock_adjustments.STOCK_ADJUSTMENTS,
    stock_transfers.STOCK_TRANSFERS,
    stocktakes.STOCKTAKES,
    stocktakes.STOCKTAKE_ROWS,
    places.LOCATIONS,
    places.BIN_LOCATIONS,
    suppliers.SUPPLIERS,
    customers.CUSTOMERS,
    pricing.PRICE_LISTS,
    pricing.PRICE_LIST_ROWS,
    sales_orders.SALES_ORDERS,
    sales_order_rows.SALES_ORDER_ROWS,
    purchase_orders.PURCHASE_ORDERS,
    recipes.RECIPES,
    recipes.RECIPE_ROWS,
    product_operations.PRODUCT_OPERATION_ROWS,
    manufacturing_orders.MANUFACTURING_ORDERS,
    manufacturing_rows.MANUFACTURING_ORDER_RECIPE_ROWS,
    manufacturing_rows.MANUFACTURING_ORDER_OPERATION_ROWS,
    productions.MANUFACTURING_ORDER_PRODUCTIONS,
    productions.MANUFACTURING_ORDER_PRODUCTION_INGREDIENTS,
)
# Rows that are written with their order have a table, and no paths of their own yet.
LAYOUTS: tuple[Layout, ...] = (
    *{each.layout.name: each.layout for each in COLLECTIONS}.values(),
    stock_adjustments.STOCK_ADJUSTMENT_ROW_LAYOUT,
    stock_transfers.STOCK_TRANSFER_ROW_LAYOUT,
    stock_levels.FORECAST_LAYOUT,
    purchase_orders.PURCHASE_ORDER_ROW_LAYOUT,
    workshop.OPERATION_LAYOUT,
    workshop.RESOURCE_LAYOUT,
)


def operations() -> Iterator[Operation]:
    """Yield every operation."""
    for collection in COLLECTIONS:
        yield from collection.operations()
    yield from company.OPERATIONS
    yield from stock_levels.OPERATIONS
    yield from make_to_order.OPERATIONS
