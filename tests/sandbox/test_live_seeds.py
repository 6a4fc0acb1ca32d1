"""The seeded records have the nulls and shapes that were observed on the live service."""

import re
from typing import Any

import pytest

from katana_async.sandbox.registry import LAYOUTS
from katana_async.sandbox.seeds.settings import ENTITIES

from .conftest import Api

# A collection, and a field of its records or `rows.field` of nested ones.
SOMETIMES_NULL = [
    ("manufacturing_order_operation_rows", "resource_id"),
    ("manufacturing_order_operation_rows", "resource_name"),
    ("manufacturing_order_operation_rows", "active_operator_id"),
    ("manufacturing_order_recipe_rows", "notes"),
    ("purchase_order_rows", "purchase_uom"),
    ("purchase_order_rows", "purchase_uom_conversion_rate"),
    ("materials", "category_name"),
    ("locations", "legal_name"),
    ("stock_adjustments", "reason"),
    ("sales_orders", "billing_address_id"),
    ("sales_orders", "conversion_rate"),
]
ENTITY_TYPES = {
    *("SalesOrder", "SalesOrderRow", "ProductVariant", "MaterialVariant", "ServiceVariant"),
    *("PurchaseOrder", "PurchaseOrderRow", "OutsourcedPurchaseOrder"),
    *("OutsourcedPurchaseOrderRow", "ProductionOperation", "RecipeBom", "Supplier", "Customer"),
}
WITH_OBJECTS = [
    layout.name
    for layout in LAYOUTS
    if layout.name in ENTITIES and "custom_fields" in layout.fields
]


async def read(api: Api, collection: str) -> list[Any]:
    """Return up to 250 records of a list, bare or wrapped in `data`."""
    answer = (await api.get(f"/{collection}?limit=250")).json
    rows: list[Any] = answer["data"] if isinstance(answer, dict) else answer
    return rows


@pytest.mark.parametrize(("collection", "field"), SOMETIMES_NULL)
async def test_a_field_is_null_in_some_records_and_not_in_others(
    api: Api, collection: str, field: str
) -> None:
    values = [row[field] for row in await read(api, collection)]
    assert 0 < values.count(None) < len(values)


async def test_an_operation_row_has_both_id_and_name_of_its_resource_or_neither(api: Api) -> None:
    for row in await read(api, "manufacturing_order_operation_rows"):
        assert (row["resource_id"] is None) is (row["resource_name"] is None)


async def test_manufacturing_orders_have_no_sales_order(api: Api) -> None:
    orders = await read(api, "manufacturing_orders")
    assert orders
    for name in ("sales_order_id", "sales_order_row_id", "sales_order_delivery_deadline"):
        assert {order[name] for order in orders} == {None}


async def test_the_item_of_some_stock_has_no_category(api: Api) -> None:
    materials = {row["id"]: row["category_name"] for row in await read(api, "materials")}
    variants = {row["id"]: row["material_id"] for row in await read(api, "variants")}
    stock = [variants.get(row["variant_id"]) for row in await read(api, "inventory")]
    assert None in {materials[material] for material in stock if material is not None}


@pytest.mark.parametrize("kind", ["stock_adjustment", "stock_transfer"])
async def test_stock_without_a_batch_has_a_null_batch_id(api: Api, kind: str) -> None:
    rows = [row for each in await read(api, f"{kind}s") for row in each[f"{kind}_rows"]]
    places = [place for row in rows for place in row["traceability"]]
    assert places
    for place in places:
        assert {"batch_id", "bin_location_id", "serial_number_id", "quantity"} <= set(place)
    assert None in {place["batch_id"] for place in places}


@pytest.mark.parametrize("kind", ["stock_transfers", "purchase_orders"])
async def test_batch_transactions_may_be_without_a_batch(api: Api, kind: str) -> None:
    rows = [row for each in await read(api, kind) for row in each[f"{kind.removesuffix('s')}_rows"]]
    batches = [each["batch_id"] for row in rows for each in row["batch_transactions"]]
    assert None in batches


async def test_delivered_rows_name_batch_and_bin(api: Api) -> None:
    rows = [row for row in await read(api, "sales_order_rows") if row["traceability"]]
    assert rows
    assert all(place["bin_location_id"] for row in rows for place in row["traceability"])


async def test_custom_fields_are_defined_for_13_entity_types(api: Api) -> None:
    definitions = await read(api, "custom_field_definitions")
    assert {each["entity_type"] for each in definitions} == ENTITY_TYPES
    assert len(definitions) <= 50


async def test_options_of_a_custom_field_may_have_no_choices(api: Api) -> None:
    options = [each["options"] for each in await read(api, "custom_field_definitions")]
    assert {"appearsOn": ["SalesOrderRow"]} in options
    assert None in options
    assert any("choices" in each for each in options if each)


@pytest.mark.parametrize("table", WITH_OBJECTS)
async def test_custom_fields_are_an_object_of_defined_fields_or_null(api: Api, table: str) -> None:
    values = [row["custom_fields"] for row in api.sandbox.store[table]]
    defined = set(api.sandbox.store["custom_field_definitions"].ids())
    if values:  # of some tables there are no records at first
        assert 0 < values.count(None) < len(values)
    for each in values:
        assert each is None or (each and set(each) <= defined)


async def test_the_transaction_of_one_serial_number_is_undefined(api: Api) -> None:
    ids = [row["transaction_id"] for row in await read(api, "serial_numbers")]
    assert ids.count("undefined") == 1
    assert len(ids) > 1


async def test_webhooks_have_https_urls_and_show_a_token_of_16_hex_digits(api: Api) -> None:
    for hook in await read(api, "webhooks"):
        assert hook["url"].startswith("https://")
        assert re.fullmatch("[0-9a-f]{16}", hook["token"])


async def test_some_sales_orders_are_ready_for_fulfillment(api: Api) -> None:
    statuses = {order["status"] for order in await read(api, "sales_orders")}
    assert "READY_FOR_FULFILLMENT" in statuses


async def test_batches_have_stock_and_some_of_it_is_in_bins(api: Api) -> None:
    assert [row for row in await read(api, "batch_stocks") if row["quantity_in_stock"] != "0.00000"]
    bins = {row["bin_location_id"] for row in await read(api, "bin_inventory")}
    assert None in bins
    assert len(bins) > 1
