"""Everything the sandbox offers: the list of its collections, operations and tables."""

from collections.abc import Iterator

from .layout import Layout
from .operations import Collection, Operation
from .tables import (
    company,
    customers,
    items,
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
LAYOUTS: tuple[Layout, ...] = (
    items.PRODUCT_LAYOUT,
    items.MATERIAL_LAYOUT,
    variants.VARIANT_LAYOUT,
    stock.BOM_ROW_LAYOUT,
    stock.INVENTORY_LAYOUT,
    places.LOCATION_LAYOUT,
    places.BIN_LAYOUT,
    suppliers.SUPPLIER_LAYOUT,
    customers.CUSTOMER_LAYOUT,
    pricing.PRICE_LIST_LAYOUT,
    pricing.PRICE_LIST_ROW_LAYOUT,
    sales_orders.SALES_ORDER_LAYOUT,
    sales_order_rows.SALES_ORDER_ROW_LAYOUT,
    purchase_orders.PURCHASE_ORDER_LAYOUT,
    purchase_orders.PURCHASE_ORDER_ROW_LAYOUT,
)


def operations() -> Iterator[Operation]:
    """Yield every operation."""
    for collection in COLLECTIONS:
        yield from collection.operations()
    yield from company.OPERATIONS
