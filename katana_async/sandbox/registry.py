"""The registry of the sandbox's collections, tables and endpoints."""

from collections.abc import Iterator

from .endpoints import ApiEndpoint, CollectionSpec
from .store import Layout
from .tables import (
    addresses,
    batches,
    bills_of_materials,
    bin_transfers,
    bins,
    custom_fields,
    customers,
    fulfillments,
    inventory,
    inventory_signals,
    items,
    ledger,
    locations,
    make_to_order,
    manufacturing_orders,
    manufacturing_rows,
    pricing,
    product_operations,
    productions,
    purchase_costs,
    purchase_order_rows,
    purchase_orders,
    sales_charges,
    sales_order_rows,
    sales_orders,
    sales_return_rows,
    sales_returns,
    serial_numbers,
    services,
    settings,
    stock_adjustments,
    stock_transfers,
    stocktakes,
    suppliers,
    variants,
    workshop,
)

COLLECTIONS: tuple[CollectionSpec, ...] = (
    items.PRODUCTS,
    items.MATERIALS,
    services.SERVICES,
    variants.VARIANTS,
    bills_of_materials.BOM_ROWS,
    inventory.INVENTORY,
    ledger.INVENTORY_MOVEMENTS,
    stock_adjustments.STOCK_ADJUSTMENTS,
    stock_transfers.STOCK_TRANSFERS,
    stocktakes.STOCKTAKES,
    stocktakes.STOCKTAKE_ROWS,
    locations.LOCATIONS,
    locations.BIN_LOCATIONS,
    suppliers.SUPPLIERS,
    addresses.SUPPLIER_ADDRESSES,
    customers.CUSTOMERS,
    addresses.CUSTOMER_ADDRESSES,
    pricing.PRICE_LISTS,
    pricing.PRICE_LIST_ROWS,
    pricing.PRICE_LIST_CUSTOMERS,
    sales_orders.SALES_ORDERS,
    sales_order_rows.SALES_ORDER_ROWS,
    addresses.SALES_ORDER_ADDRESSES,
    fulfillments.SALES_ORDER_FULFILLMENTS,
    sales_charges.SALES_ORDER_SHIPPING_FEE,
    sales_charges.SALES_ORDER_ACCOUNTING_METADATA,
    sales_returns.SALES_RETURNS,
    sales_return_rows.SALES_RETURN_ROWS,
    purchase_orders.PURCHASE_ORDERS,
    purchase_order_rows.PURCHASE_ORDER_ROWS,
    purchase_costs.COST_ROWS,
    purchase_costs.BILLS,
    purchase_costs.RECIPE_ROWS,
    bills_of_materials.RECIPES,
    bills_of_materials.RECIPE_ROWS,
    product_operations.PRODUCT_OPERATION_ROWS,
    manufacturing_orders.MANUFACTURING_ORDERS,
    manufacturing_rows.MANUFACTURING_ORDER_RECIPE_ROWS,
    manufacturing_rows.MANUFACTURING_ORDER_OPERATION_ROWS,
    productions.MANUFACTURING_ORDER_PRODUCTIONS,
    productions.MANUFACTURING_ORDER_PRODUCTION_INGREDIENTS,
    batches.BATCHES,
    batches.BATCH_STOCKS,
    serial_numbers.SERIAL_NUMBERS,
    *serial_numbers.SERIAL_NUMBERS_STOCK,
    bin_transfers.BIN_TRANSFERS,
    bin_transfers.BIN_TRANSFER_ROWS,
    settings.USERS,
    settings.OPERATORS,
    settings.TAX_RATES,
    settings.ADDITIONAL_COSTS,
    custom_fields.CUSTOM_FIELD_DEFINITIONS,
    settings.WEBHOOKS,
)
# Some tables belong to no collection.
LAYOUTS: tuple[Layout, ...] = (
    *{each.layout.name: each.layout for each in COLLECTIONS}.values(),
    stock_adjustments.STOCK_ADJUSTMENT_ROW_LAYOUT,
    stock_transfers.STOCK_TRANSFER_ROW_LAYOUT,
    inventory.FORECAST_LAYOUT,
    workshop.OPERATION_LAYOUT,
    workshop.RESOURCE_LAYOUT,
    custom_fields.COLLECTION_LAYOUT,
    bins.BIN_STOCK_LAYOUT,
    locations.VARIANT_BIN_LAYOUT,
    fulfillments.FULFILLMENT_ROW_LAYOUT,
)


def endpoints() -> Iterator[ApiEndpoint]:
    """Yield all endpoints."""
    for collection in COLLECTIONS:
        yield from collection.endpoints()
    yield from settings.ENDPOINTS
    yield from inventory.ENDPOINTS
    yield from inventory_signals.ENDPOINTS
    yield from custom_fields.ENDPOINTS
    yield from bins.ENDPOINTS
    yield from locations.ENDPOINTS
    yield from make_to_order.ENDPOINTS
