"""Reads that lag behind writes; each sees one past state."""

from collections.abc import Iterable
from typing import Any

import pytest

from katana_async.sandbox import ManualClock, Sandbox
from katana_async.sandbox.clock import milliseconds, timestamp

from .conftest import Api, newest
from .stock import new_item

TEN_MINUTES = 600.0


def lag(sandbox: Sandbox, *seconds: float, collection: str = "customers") -> None:
    """Set the lags in seconds of the next reads of a collection."""
    given = iter(seconds)
    sandbox.oddities.read_lag[collection] = TEN_MINUTES
    sandbox.oddities.choose_lag = lambda _collection, _most: next(given)


async def customer(api: Api, **fields: Any) -> Any:
    made = (await api.post("/customers", {"name": "Luke", **fields})).json
    return made["id"]


async def names(api: Api, customers: Iterable[Any], **query: Any) -> list[str]:
    rows = (await api.get("/customers", params={"ids": list(customers), **query})).rows
    return [row["name"] for row in rows]


async def test_a_new_record_can_be_in_the_list_and_missing_by_its_id(
    api: Api, sandbox: Sandbox
) -> None:
    lag(sandbox, 0, 1, 1, 0, collection="products")
    made = (await api.post("/products", {"name": "Stool", "variants": [{"sku": "ST"}]})).json["id"]
    assert (await api.get(f"/products?ids={made}")).ids == [made]
    assert (await api.get(f"/products/{made}")).status == 404
    assert (await api.get(f"/products?ids={made}")).ids == []
    assert (await api.get(f"/products/{made}")).status == 200


async def test_a_change_is_seen_once_its_lag_has_passed(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    lag(sandbox, 300, 300, 300)
    made = await customer(api)
    clock.advance(400)
    await api.patch(f"/customers/{made}", {"name": "Leia"})
    for seconds, name in ((0, "Luke"), (299, "Luke"), (1, "Leia")):
        clock.advance(seconds)
        assert await names(api, [made]) == [name]


async def test_the_lag_is_random_by_default_and_at_most_the_given_one(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.oddities.read_lag["customers"] = TEN_MINUTES
    made = await customer(api)
    clock.advance(TEN_MINUTES)
    await api.patch(f"/customers/{made}", {"name": "Leia"})
    clock.advance(TEN_MINUTES / 2)
    seen = {name for _ in range(20) for name in await names(api, [made])}
    assert seen == {"Luke", "Leia"}
    clock.advance(TEN_MINUTES / 2)
    assert {name for _ in range(20) for name in await names(api, [made])} == {"Leia"}


async def test_a_write_answers_from_the_present(api: Api, sandbox: Sandbox) -> None:
    lag(sandbox)
    made = await customer(api)
    assert (await api.patch(f"/customers/{made}", {"name": "Leia"})).json["name"] == "Leia"
    assert (await api.delete(f"/customers/{made}")).status == 204


async def test_dates_filter_the_past_state(api: Api, sandbox: Sandbox, clock: ManualClock) -> None:
    lag(sandbox, 60, 0)
    made = await customer(api)
    clock.advance(100)
    await api.patch(f"/customers/{made}", {"name": "Leia"})
    since = timestamp(milliseconds(clock))
    assert await names(api, [made], updated_at_min=since) == []
    assert await names(api, [made], updated_at_min=since) == ["Leia"]


async def test_deletions_and_restores_are_seen_late(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    lag(sandbox, 10, 0, 10, 0)
    made = await customer(api)
    clock.advance(100)
    await api.delete(f"/customers/{made}")
    assert [await names(api, [made]) for _ in range(2)] == [["Luke"], []]
    clock.advance(100)
    sandbox.store["customers"].restore(made)
    assert [await names(api, [made]) for _ in range(2)] == [[], ["Luke"]]


async def test_nested_rows_are_of_the_same_moment(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    row = {"variant_id": newest(sandbox, "variants"), "quantity": 1}
    body = {"customer_id": newest(sandbox, "customers"), "sales_order_rows": [row]}
    lag(sandbox, 50, 0, collection="sales_orders")
    made = (await api.post("/sales_orders", body)).json["id"]
    clock.advance(100)
    await api.post("/sales_order_rows", {**row, "sales_order_id": made})
    shown = [(await api.get(f"/sales_orders/{made}")).json["sales_order_rows"] for _ in range(2)]
    assert [len(rows) for rows in shown] == [1, 2]
    assert len((await api.get(f"/sales_order_rows?sales_order_ids={made}")).rows) == 2


async def test_inventory_settles_late(api: Api, sandbox: Sandbox, clock: ManualClock) -> None:
    item = await new_item(api)
    clock.advance(100)
    lag(sandbox, 50, 0, collection="inventory")
    await item.adjust(5)
    assert [await item.in_stock() for _ in range(2)] == [0, 5]
    assert len(await item.movements()) == 1


async def test_a_star_stands_for_all_collections(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    lag(sandbox, 50, 50, collection="*")
    sandbox.oddities.read_lag["suppliers"] = 0
    made = {
        name: sandbox.store[name].create({"name": "Late"})["id"]
        for name in ("customers", "suppliers", "products")
    }
    found = {
        name: (await api.get(f"/{name}", params={"ids": each})).ids for name, each in made.items()
    }
    assert found == {"customers": [], "suppliers": [made["suppliers"]], "products": []}


async def test_a_lagging_page_counts_the_records_of_its_moment(api: Api, sandbox: Sandbox) -> None:
    there = len(sandbox.store["customers"])
    lag(sandbox, 1, 0)
    await customer(api)
    totals = [(await api.get("/customers?limit=1")).headers["X-Pagination"] for _ in range(2)]
    assert [f'"total_records":"{there + more}"' in total for more, total in enumerate(totals)] == [
        True,
        True,
    ]


async def test_history_is_kept_for_the_longest_lag_only(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    made = await customer(api)
    assert sandbox.store.history.since(0) == {}
    sandbox.oddities.read_lag["suppliers"] = 60.0
    await api.patch(f"/customers/{made}", {"name": "Leia"})
    assert set(sandbox.store.history.since(0)) == {"customers"}
    clock.advance(61)
    sandbox.store["suppliers"].create()
    assert set(sandbox.store.history.since(0)) == {"suppliers"}


@pytest.mark.parametrize("delay", [0.0, 60.0])
async def test_bin_inventory_follows_after_its_delay(
    api: Api, sandbox: Sandbox, clock: ManualClock, delay: float
) -> None:
    sandbox.oddities.bin_inventory_delay = delay
    item = await new_item(api)
    place = await item.bin()
    traced = [{"bin_location_id": place, "quantity": 2}]
    row = {"variant_id": item.variant, "quantity": 2, "traceability": traced}
    await item.adjust(2, stock_adjustment_rows=[row])
    assert await item.in_bin(place) == (0 if delay else 2)
    assert await item.in_stock() == 2
    clock.advance(delay)
    assert await item.in_bin(place) == 2
