"""Mistakes with actions and nested bodies that type checkers must find, each on its line."""

from katana_async import KatanaClient


async def wrong_filters(katana: KatanaClient) -> None:
    katana.sales_returns.list(sales_order_id=1)  # error
    katana.sales_returns.list(sales_order_no="SO-1")  # error
    katana.stock_adjustments.list(number="SA-1")  # error
    katana.users.list(email="ann@example.com")  # error
    katana.inventory_movements.list(resource_type="ManufacturingOrder")  # error
    katana.bin_inventory.list(granularity="BIN")  # error
    katana.operators.list(ids=[1])  # error
    katana.price_list_customers.list(updated_at_min="2026-01-01T00:00:00Z")  # error
    await katana.demand_forecasts.get(variant_id=1)  # error
    await katana.users.get(1)  # error
    await katana.custom_field_definitions.get(7)  # error


async def wrong_bodies(katana: KatanaClient) -> None:
    await katana.purchase_orders.receive({"purchase_order_row_id": 1, "quantity": 1})  # error
    await katana.purchase_orders.receive([{"purchase_order_row_id": 1}])  # error
    await katana.stock_transfers.update_status(1, status="done")  # error
    await katana.stock_transfers.update(1, stock_transfer_number=None)  # error
    await katana.sales_order_shipping_fee.update(1, description="Freight")  # error
    await katana.sales_order_fulfillments.create(sales_order_id=1, status="PACKED")  # error
    await katana.manufacturing_orders.create(variant_id=1, location_id=2)  # error
    await katana.manufacturing_orders.make_to_order()  # error
    await katana.webhooks.create(url="https://a.example", subscribed_events=["sales.new"])  # error
    await katana.serial_numbers.delete(resource_id=1, ids=[1])  # error
    await katana.variants.link_bins([{"variant_id": 1}])  # error
    await katana.recipes.create(rows=[{"product_variant_id": 1, "quantity": 1}])  # error
    await katana.services.create(name="Assembly")  # error
    await katana.suppliers.update(1, name=None)  # error
    await katana.stocktakes.update(1, location_id=None)  # error
    await katana.tax_rates.update(1, rate=5)  # error
    await katana.bom_rows.create_many([{"product_item_id": 1}])  # error


async def wrong_uses(katana: KatanaClient) -> None:
    created = await katana.serial_numbers.create(
        resource_type="Production", resource_id=1, serial_numbers=["SN1"]
    )
    for _ in created:  # error
        pass
