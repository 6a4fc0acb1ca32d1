"""Users' code with actions, batches and calls that return None. Only type-checked, never run."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import assert_type
from uuid import UUID

from katana_async import KatanaClient, Pages
from katana_async.models import (
    BatchTransaction,
    DefaultStorageBin,
    DemandForecast,
    InventorySafetyStockLevel,
    ManufacturingOrder,
    ManufacturingOrderStatus,
    PriceListCustomer,
    RecipeRow,
    SalesOrderFulfillment,
    SalesReturnReason,
    SerialNumber,
    SerialNumbersCreated,
    SerialNumberStock,
    StocktakeRow,
    StockTransfer,
    Supplier,
    UnassignedBatchTransaction,
    Webhook,
    WebhookEvent,
    WebhookLogsExport,
)
from katana_async.params import StockAdjustmentCreate, StockAdjustmentRowInput


async def buy(katana: KatanaClient) -> None:
    assert_type(await katana.suppliers.get(1), Supplier)
    await katana.suppliers.update(1, email=None)
    assert_type(
        await katana.purchase_orders.receive(
            [
                {
                    "purchase_order_row_id": 1,
                    "quantity": Decimal("2.5"),
                    "received_date": date(2026, 1, 31),
                    "traceability": [{"batch_id": None, "quantity": 1, "bin_location_id": 3}],
                }
            ]
        ),
        None,
    )
    await katana.po_additional_cost_rows.create(
        additional_cost_id=1, group_id=2, tax_rate_id=3, price=10, reference="Invoice 7"
    )


async def make(katana: KatanaClient) -> None:
    order = await katana.manufacturing_orders.create(
        variant_id=1, location_id=2, planned_quantity=Decimal(10)
    )
    assert_type(order, ManufacturingOrder)
    assert_type(order.status, ManufacturingOrderStatus | None)
    assert_type(order.batch_transactions, tuple[BatchTransaction, ...])
    await katana.manufacturing_orders.update(order.id, status="DONE", preserve=False)
    assert_type(
        await katana.manufacturing_orders.make_to_order(
            sales_order_row_id=1, create_subassemblies=True
        ),
        ManufacturingOrder,
    )
    assert_type(await katana.manufacturing_orders.unlink(sales_order_row_id=1), None)
    assert_type(await katana.recipes.get(UUID(int=1)), RecipeRow)
    await katana.recipes.create(
        rows=[{"product_variant_id": 1, "ingredient_variant_id": 2, "quantity": 3}]
    )
    await katana.product_operation_rows.rerank(
        rank_product_operation_id=1, preceding_product_operation_id=2, should_group=True
    )


async def sell(katana: KatanaClient) -> None:
    fulfillment = await katana.sales_order_fulfillments.create(
        sales_order_id=1,
        status="DELIVERED",
        sales_order_fulfillment_rows=[{"sales_order_row_id": 2, "quantity": 1}],
    )
    assert_type(fulfillment, SalesOrderFulfillment)
    await katana.sales_order_shipping_fee.update(1, amount=Decimal("9.90"))
    assert_type(await katana.sales_returns.return_reasons(), Sequence[SalesReturnReason])
    assert_type(
        await katana.sales_return_rows.unassigned_batch_transactions(1),
        Sequence[UnassignedBatchTransaction],
    )
    assert_type(
        await katana.price_list_customers.create(
            price_list_id=1, price_list_customers=[{"customer_id": 2}]
        ),
        Sequence[PriceListCustomer],
    )


async def stock(katana: KatanaClient) -> None:
    row: StockAdjustmentRowInput = {"variant_id": 1, "quantity": Decimal(-2), "cost_per_unit": 5}
    body: StockAdjustmentCreate = {
        "location_id": 1,
        "stock_adjustment_rows": [row],
    }
    await katana.stock_adjustments.create(**body)
    assert_type(await katana.stock_transfers.update_status(1, status="received"), StockTransfer)
    assert_type(
        await katana.stocktake_rows.create(
            stocktake_id=1, stocktake_rows=[{"variant_id": 2, "counted_quantity": None}]
        ),
        Sequence[StocktakeRow],
    )
    assert_type(await katana.stocktakes.update(1, status="COMPLETED"), None)
    created = await katana.serial_numbers.create(
        resource_type="Production", resource_id=1, serial_numbers=["SN1"]
    )
    assert_type(created, SerialNumbersCreated)
    assert_type(created.all(), tuple[SerialNumber, ...])
    assert_type(katana.serial_numbers.stock(), Pages[SerialNumberStock])
    katana.bin_inventory.list(granularity="BATCH", bin_location_id="null")
    assert_type(
        await katana.variants.link_bins([{"variant_id": 1, "bin_name": "A-1"}]),
        Sequence[DefaultStorageBin],
    )
    assert_type(
        await katana.inventory.update_reorder_point(variant_id=1, location_id=2, value=5),
        InventorySafetyStockLevel,
    )
    assert_type(await katana.demand_forecasts.get(variant_id=1, location_id=2), DemandForecast)
    now = datetime.now(UTC)
    await katana.demand_forecasts.clear(
        variant_id=1, location_id=2, periods=[{"period_start": now, "period_end": now}]
    )


async def administer(katana: KatanaClient) -> None:
    webhook = await katana.webhooks.create(
        url="https://example.com/katana",
        subscribed_events=["sales_order.created", WebhookEvent("brand.new")],
    )
    assert_type(webhook, Webhook)
    assert_type(await katana.webhooks.export_logs(delivered=False), WebhookLogsExport)
    await katana.custom_field_definitions.delete("0b2a1f3e-5d4c-4b6a-8978-0123456789ab")
    katana.users.list()
