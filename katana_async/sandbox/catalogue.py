"""Everything the sandbox offers: the list of its collections, operations and tables."""

from collections.abc import Iterator

from .layout import Layout
from .operations import Collection, Operation
from .tables import (
    addresses,
    batches,
    bin_transfers,
    bins,
    custom_fields,
    customers,
    fulfillments,
    inventory_signals,
    items,
    ledger,
    make_to_order,
    manufacturing_orders,
    manufacturing_rows,
    places,
    pricing,
    product_operations,
    productions,
    purchase_costs,
    purchase_order_rows,
    purchase_orders,
    recipes,
    sales_charges,
    sales_order_rows,
    sales_orders,
    sales_return_rows,
    sales_returns,
    serial_numbers,
    services,
    settings,
    stock,
    stock_adjustments,
    stock_levels,
    stock_transfers,
    stocktakes,
    suppliers,
    variant_bins,
    variants,
    webhooks,
    workshop,
)

COLLECTIONS: tuple[Collection, ...] = (
    items.PRODUCTS,
    items.MATERIALS,
    services.SERVICES,
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
    recipes.RECIPES,
    recipes.RECIPE_ROWS,
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
    webhooks.WEBHOOKS,
)
# Some tables have no paths of their own.
LAYOUTS: tuple[Layout, ...] = (
    *{each.layout.name: each.layout for each in COLLECTIONS}.values(),
    stock_adjustments.STOCK_ADJUSTMENT_ROW_LAYOUT,
    stock_transfers.STOCK_TRANSFER_ROW_LAYOUT,
    stock_levels.FORECAST_LAYOUT,
    workshop.OPERATION_LAYOUT,
    workshop.RESOURCE_LAYOUT,
    custom_fields.COLLECTION_LAYOUT,
    bins.BIN_STOCK_LAYOUT,
    variant_bins.VARIANT_BIN_LAYOUT,
    fulfillments.FULFILLMENT_ROW_LAYOUT,
)


def operations() -> Iterator[Operation]:
    """Yield every operation."""
    for collection in COLLECTIONS:
        yield from collection.operations()
    yield from settings.OPERATIONS
    yield from stock_levels.OPERATIONS
    yield from inventory_signals.OPERATIONS
    yield from custom_fields.OPERATIONS
    yield from bins.OPERATIONS
    yield from variant_bins.OPERATIONS
    yield from make_to_order.OPERATIONS
