"""The seeded account is deterministic, consistent, and cheap at any size."""

import time
import tracemalloc
from datetime import datetime
from typing import Any

import pytest

from katana_async.sandbox import ManualClock, Store
from katana_async.sandbox.registry import LAYOUTS
from katana_async.sandbox.seeds import seed_store

TABLES = {layout.name: layout for layout in LAYOUTS}
PARENTS = {
    "product_id": "products",
    "material_id": "materials",
    "product_item_id": "products",
    "product_variant_id": "variants",
    "ingredient_variant_id": "variants",
    "variant_id": "variants",
    "location_id": "locations",
    "customer_id": "customers",
    "supplier_id": "suppliers",
    "default_supplier_id": "suppliers",
    "price_list_id": "price_lists",
    "sales_order_id": "sales_orders",
    "sales_order_row_id": "sales_order_rows",
    "sales_order_fulfillment_id": "sales_order_fulfillments",
    "fulfillment_id": "sales_order_fulfillments",
    "fulfillment_row_id": "sales_order_fulfillment_rows",
    "sales_return_id": "sales_returns",
    "return_location_id": "locations",
    "restock_location_id": "locations",
    "default_address_id": "supplier_addresses",
    "default_billing_id": "customer_addresses",
    "default_shipping_id": "customer_addresses",
    "billing_address_id": "sales_order_addresses",
    "shipping_address_id": "sales_order_addresses",
    "purchase_order_id": "purchase_orders",
    "service_id": "services",
    "batch_id": "batches",
    "bin_location_id": "bin_locations",
    "stock_adjustment_id": "stock_adjustments",
    "stock_transfer_id": "stock_transfers",
    "stocktake_id": "stocktakes",
    "source_location_id": "locations",
    "target_location_id": "locations",
}


def account(products: int = 120, seed: int = 1) -> Store:
    return seed_store(products=products, seed=seed, clock=ManualClock())


def rows(store: Store, table: str) -> list[Any]:
    ids = store[table].ids(deleted=True, archived=True)
    return [store[table].get(each, deleted=True) for each in ids]


# Tables that are empty at first.
FILLED = [name for name in TABLES if rows(account(), name)]


@pytest.fixture(scope="module")
def store() -> Store:
    return account()


@pytest.mark.parametrize("table", FILLED)
def test_the_same_seed_makes_the_same_records_and_another_makes_others(table: str) -> None:
    assert rows(account(), table) == rows(account(), table)
    assert rows(account(seed=2), table) != rows(account(), table)


@pytest.mark.parametrize("products", [0, 1, 2, 5, 7, 50, 333])
def test_there_are_as_many_products_as_asked_for(products: int) -> None:
    store = account(products)
    assert len(store["products"]) == products
    for table in TABLES:
        for record in rows(store, table):
            assert record["created_at"] <= record["updated_at"]


@pytest.mark.parametrize("products", [1, 5, 120])
@pytest.mark.parametrize("table", TABLES)
def test_every_reference_leads_somewhere(products: int, table: str) -> None:
    store = account(products)
    for record in rows(store, table):
        for field, parent in PARENTS.items():
            if record.get(field) is not None:
                assert store[parent].get(record[field], deleted=True) is not None


@pytest.mark.parametrize(
    ("table", "link"), [(layout.name, link) for layout in LAYOUTS for link in layout.links]
)
def test_records_are_found_by_each_link(store: Store, table: str, link: str) -> None:
    everything = rows(store, table)
    for parent in {record[link] for record in everything} - {None}:
        found = store[table].children(link, parent, deleted=True)
        wanted = [record for record in everything if record[link] == parent]
        assert sorted(map(str, found)) == sorted(map(str, wanted))
    assert store[table].children(link, 7) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_record_has_the_fields_of_its_layout(store: Store, table: str) -> None:
    always = {"id", "created_at", "updated_at", "deleted_at"}
    for record in rows(store, table):
        assert set(record) == set(TABLES[table].fields) | always


@pytest.mark.parametrize("table", FILLED)
def test_records_are_created_one_after_the_other_before_2025(store: Store, table: str) -> None:
    stamps = [record["created_at"] for record in reversed(rows(store, table))]
    assert stamps == sorted(stamps) or TABLES[table].order is not None
    assert "2021" <= min(stamps) <= max(stamps) < "2025"


def test_batches_of_a_leap_day_expire_on_a_day_that_exists() -> None:
    batches = rows(account(20000), "batches")
    assert any("2024-02-29" in batch["batch_created_date"] for batch in batches)
    for batch in batches:
        datetime.fromisoformat(batch["expiration_date"] or batch["batch_created_date"])


def test_ids_of_different_tables_are_far_apart(store: Store) -> None:
    ids = [each for table in TABLES if table != "inventory" for each in store[table].ids()]
    assert len(set(ids)) == len(ids)


def test_fifty_thousand_products_cost_little_until_they_are_read() -> None:
    tracemalloc.start()
    before = time.perf_counter()
    store = account(50_000)
    seconds = time.perf_counter() - before
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(store["products"]) == 50_000
    assert peak < 40 * 2**20
    assert seconds < 5
