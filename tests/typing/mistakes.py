"""Mistakes that type checkers must find, each on its line. Nothing here runs."""

from datetime import date

import katana_async
from katana_async import KatanaClient, OnError
from katana_async.models import Product, SalesOrder
from katana_async.params import SalesOrderCreate


async def wrong_reads(katana: KatanaClient) -> None:
    katana.products.list(nam="Table")  # error
    katana.products.list(limit=50)  # error
    katana.products.list(name=None)  # error
    katana.products.list(extend=["suppliers"])  # error
    katana.products.list(created_at_min=date(2026, 1, 31))  # error
    katana.variants.list(sku="A-1")  # error
    katana.variants.list(ids=7)  # error
    katana.sales_orders.list(status="PENDNG")  # error
    katana.purchase_orders.list(last_document_status="SENT")  # error
    await katana.products.get("7")  # error
    await katana.products.get(7, extend=["variants"])  # error
    await katana.inventory.get(7)  # error
    katana.inventory_signals.list(demand_window=14)  # error
    await katana.bom_rows.get(7)  # error
    katana.products.list().on_error("ignore")  # error
    _on_error: OnError = "ignore"  # error
    _ = katana.prodcts  # error
    _ = katana_async.KatanaCleint  # error


async def wrong_searches(katana: KatanaClient) -> None:
    katana.sales_orders.search(where={"statuss": "PENDING"})  # error
    katana.sales_orders.search(where={"id": {"inn": [1]}})  # error
    katana.sales_orders.search(where={"id": {"inq": ["one"]}})  # error
    katana.sales_orders.search(status="PENDING")  # error
    katana.sales_orders.search(wher={"status": "PENDING"})  # error
    katana.sales_orders.search(order=7)  # error
    katana.sales_orders.search(custom_fields=["x"])  # error
    katana.sales_order_rows.search(where={"order_no": "SO-1"})  # error
    katana.sales_orders.search(where={"custom_fields": {"like": "x"}})  # error
    katana.variants.search(include=["items"])  # error
    katana.variants.search(where={"item_type": "bundle"})  # error
    katana.variants.search(where={"item_type": None})  # error
    katana.manufacturing_orders.search(where={"status": {"like": "D%"}})  # error
    katana.customers.search(include=["deleted"])  # error


async def wrong_writes(katana: KatanaClient) -> None:
    await katana.products.create(name="Table")  # error
    await katana.products.create(name="Table", variants=[{"price": 5}])  # error
    await katana.products.update(7, name=None)  # error
    await katana.products.update(id=7, name="Table")  # error
    await katana.products.update(7, is_archive=True)  # error
    await katana.variants.update(7, preserve=True)  # error
    await katana.sales_orders.update(7, preserve=True)  # error
    await katana.stock_transfers.update(7, preserve=True)  # error
    await katana.variants.update(7, custom_fields=[{"name": "Wood"}])  # error
    await katana.sales_orders.rerank([7], position="middle")  # error
    await katana.sales_orders.rerank(7, position="top")  # error
    await katana.customers.update(7, discount_rate="5")  # error
    await katana.sales_orders.create(customer_id=7)  # error
    await katana.sales_orders.create(customer_id=7, sales_order_rows=[{"variant_id": 1}])  # error
    await katana.sales_orders.update(7, status="PARTIALLY_PACKED")  # error
    await katana.sales_orders.update(7, ecommerce_order_id="1")  # error
    await katana.sales_orders.update(7, delivery_date=None)  # error
    await katana.bom_rows.delete(7)  # error
    await katana.inventory.create(variant_id=1)  # error
    _: SalesOrderCreate = {"customer_id": 7}  # error


async def wrong_uses(katana: KatanaClient, product: Product, order: SalesOrder) -> None:
    product.name = "Chair"  # error
    _ = product.sku  # error
    _ = order.total + 1  # error
    for _ in katana.products.list():  # error
        pass


async def wrong_additions(katana: KatanaClient) -> None:
    katana.with_options(extra_header={"X-New": "1"})  # error
    katana.with_options(extra_headers={"X-New": 1})  # error
    katana.with_options(extra_headers=[("X-New", "1")])  # error
    katana.with_options(extra_query="new=1")  # error
    katana.with_options(extra_body=[{"new": 1}])  # error
    katana.with_options(custom_fields_format="new")  # error
    await katana.request("GET", "/new", headers={"X-New": 1})  # error
    await katana.with_response(katana.products.list())  # error
    await katana.with_response(katana.products.get)  # error
    answer = await katana.with_response(katana.products.get(7))
    _ = answer.name  # error
    answer.value = answer.value  # error
