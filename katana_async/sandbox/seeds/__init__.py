"""The seeded account: a small furniture manufacturer, the same for the same seed and size."""

from ..catalogue import LAYOUTS
from ..clock import Clock
from ..store import Counting, Seed, Store, Table, Uuids
from . import (
    catalog,
    inventory,
    manufacturing,
    orders,
    partners,
    productions,
    services,
    settings,
    shipments,
    tracking,
    workshop,
)
from .base import NoSeed
from .plan import make_plan


def seeded(*, products: int, seed: int, clock: Clock) -> Store:
    """Return the tables of an account with so many products."""
    plan = make_plan(products, seed)
    seeds: dict[str, Seed] = {
        "products": catalog.Products(plan),
        "materials": catalog.Materials(plan),
        "variants": catalog.Variants(plan),
        "services": services.Services(plan),
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
        "supplier_addresses": partners.SupplierAddresses(plan),
        "customers": partners.Customers(plan),
        "customer_addresses": partners.CustomerAddresses(plan),
        "price_lists": partners.PriceLists(plan),
        "price_list_rows": partners.PriceListRows(plan),
        "price_list_customers": partners.PriceListCustomers(plan),
        "sales_orders": orders.SalesOrders(plan),
        "sales_order_rows": orders.SalesOrderRows(plan),
        "sales_order_addresses": shipments.Addresses(plan),
        "sales_order_shipping_fee": shipments.ShippingFees(plan),
        "sales_order_fulfillments": shipments.Fulfillments(plan),
        "sales_order_fulfillment_rows": shipments.FulfillmentRows(plan),
        "sales_order_accounting_metadata": shipments.Invoices(plan),
        "sales_returns": shipments.Returns(plan),
        "sales_return_rows": shipments.ReturnRows(plan),
        "purchase_orders": orders.PurchaseOrders(plan),
        "purchase_order_rows": orders.PurchaseOrderRows(plan),
        "operations": workshop.Operations(plan),
        "resources": workshop.Resources(plan),
        "product_operation_rows": workshop.ProductOperations(plan),
        "manufacturing_orders": manufacturing.ManufacturingOrders(plan),
        "manufacturing_order_recipe_rows": manufacturing.RecipeRows(plan),
        "manufacturing_order_operation_rows": manufacturing.OperationRows(plan),
        "manufacturing_order_productions": productions.Productions(plan),
        "manufacturing_order_production_ingredients": productions.ProductionIngredients(plan),
        "purchase_order_accounting_metadata": orders.Bills(plan),
        "batches": tracking.Batches(plan),
        "batch_stocks": tracking.BatchStocks(plan),
        "bin_stocks": tracking.BinStocks(plan),
        "bin_transfers": tracking.BinTransfers(plan),
        "bin_transfer_rows": tracking.BinTransferRows(plan),
        "webhooks": settings.Webhooks(plan),
        "users": settings.Users(plan),
        "operators": settings.Operators(plan),
        "tax_rates": settings.TaxRates(plan),
        "additional_costs": settings.AdditionalCosts(plan),
        "custom_field_definitions": settings.CustomFieldDefinitions(plan),
        "custom_fields_collections": settings.CustomFieldsCollections(plan),
    }
    nothing = NoSeed(plan)
    store = Store()
    for layout in LAYOUTS:
        numbering = Uuids(seed * 0x5DEECE66D) if layout.uuid else Counting(layout.id(0))
        if layout.name == "custom_field_definitions":
            numbering = settings.DEFINITION_IDS
        store.add(
            Table(
                layout.name,
                clock,
                numbering,
                layout.defaults,
                layout.links,
                seeds.get(layout.name, nothing),
                lock=store.lock,
                order=layout.order,
            )
        )
    store.begin("config", plan.all_products + plan.materials)
    store.begin("sales order", plan.orders)
    store.begin("sales return", len(seeds["sales_returns"]))
    store.begin("purchase order", plan.purchases)
    store.begin("bin transfer", len(seeds["bin_transfers"]))
    store.begin("stock adjustment", len(seeds["stock_adjustments"]))
    store.begin("stock transfer", len(seeds["stock_transfers"]))
    making = manufacturing.Making(plan)
    store.begin("manufacturing order", making.orders)
    store.begin("production operation", workshop.STEPS * making.begun)
    store.begin("group", plan.purchases)
    return store
