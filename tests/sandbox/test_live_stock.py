"""Observations of stock, serial numbers and bins on the live service, one test each."""

from typing import Any

import pytest

from katana_async.sandbox import ManualClock, Sandbox, faults
from katana_async.sandbox.clock import milliseconds, timestamp

from .conftest import Api, newest
from .stock import Item, new_item


@pytest.fixture
async def item(api: Api) -> Item:
    return await new_item(api)


# -- order of lists


async def test_inventory_begins_with_the_oldest_location(api: Api) -> None:
    rows = (await api.get("/inventory?limit=250&page=1")).rows
    rows += (await api.get("/inventory?limit=250&page=2")).rows
    locations = [row["location_id"] for row in rows]
    assert locations == sorted(locations)
    assert len(set(locations)) > 1


async def test_locations_begin_with_the_oldest(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    made = sandbox.store["locations"].create({"name": "Annex"})
    rows = (await api.get("/locations")).rows
    assert rows[-1]["id"] == made["id"]
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)


async def test_batch_stocks_go_by_location_then_variant_then_newest_batch(item: Item) -> None:
    for number in ("A", "B"):
        await item.batch(number)
    path = "/batch_stocks?include_empty=true&limit=250"
    rows = (await item.api.get(path)).rows
    keys = [(row["location_id"], row["variant_id"], -row["batch_id"]) for row in rows]
    assert keys == sorted(keys)
    own = [row for row in rows if row["variant_id"] == item.variant]
    assert [row["batch_number"] for row in own] == ["B", "A", "B", "A"]


async def serials(api: Api, *names: str, kind: str = "PurchaseOrderRow") -> Any:
    table = {"PurchaseOrderRow": "purchase_order_rows", "SalesOrderRow": "sales_order_rows"}[kind]
    body = {"resource_type": kind, "resource_id": newest(api.sandbox, table)}
    return await api.post("/serial_numbers", {**body, "serial_numbers": list(names)})


async def test_serial_numbers_are_listed_alphabetically(api: Api) -> None:
    await serials(api, "B", "AB", "A", "C")
    names = [row["serial_number"] for row in (await api.get("/serial_numbers?limit=250")).rows]
    assert names == sorted(names)
    assert set(names) >= {"A", "AB", "B", "C"}


# -- wrappers, types and nulls


async def test_the_stock_of_serial_numbers_is_wrapped_and_has_numbers_as_ids(api: Api) -> None:
    made = (await serials(api, "A")).json["successful"][0]
    for path in ("/serial_numbers_stock", "/serial_numbers/serial_numbers_stock"):
        ids = {row["serial_number"]: row["id"] for row in (await api.get(path)).rows}
        assert ids["A"] == made["id"]
        assert isinstance(made["id"], int)


async def test_the_transaction_id_of_a_serial_number_can_be_undefined(
    api: Api, sandbox: Sandbox
) -> None:
    sandbox.oddities.undefined_transactions = True
    assert (await serials(api, "A")).json["successful"][0]["transaction_id"] == "undefined"
    assert (await api.get("/serial_numbers")).rows[0]["transaction_id"] == "undefined"


async def test_levels_are_texts_in_answers(item: Item) -> None:
    body = {"variant_id": item.variant, "location_id": item.here, "value": 10}
    for path in ("/inventory_reorder_points", "/inventory_safety_stock_levels"):
        assert (await item.api.post(path, body)).json["value"] == "10"
    [row] = (
        await item.api.get("/inventory", params={"location_id": item.here, **query(item)})
    ).rows
    assert row["safety_stock_level"] == row["reorder_point"] == "10.00000"


def query(item: Item) -> dict[str, Any]:
    return {"variant_id": item.variant}


async def test_a_category_can_be_null(item: Item) -> None:
    await item.adjust(-1)
    [row] = (await item.api.get("/negative_stock", params=query(item))).rows
    assert row["category"] is None


async def test_a_location_can_be_without_a_legal_name(api: Api, sandbox: Sandbox) -> None:
    made = sandbox.store["locations"].create({"name": "Annex"})
    assert (await api.get(f"/locations/{made['id']}")).json["legal_name"] is None


# -- adjustments and transfers


async def test_an_adjustment_and_a_transfer_need_no_number(item: Item) -> None:
    row = {"variant_id": item.variant, "quantity": 1}
    body = {"location_id": item.here, "stock_adjustment_rows": [row]}
    made = (await item.api.post("/stock_adjustments", body)).json
    assert made["stock_adjustment_number"].startswith("SA-")
    ends = {"source_location_id": item.here, "target_location_id": item.there}
    body = {**ends, "stock_transfer_rows": [{**row, "quantity": "1"}]}
    made = (await item.api.post("/stock_transfers", body)).json
    assert made["stock_transfer_number"].startswith("ST-")


async def test_traceability_overrides_batch_transactions(item: Item) -> None:
    batch = await item.batch()
    row = {
        "variant_id": item.variant,
        "quantity": 3,
        "batch_transactions": [{"batch_id": None, "quantity": 3}],
        "traceability": [{"batch_id": batch, "quantity": 2}, {"batch_id": None, "quantity": 1}],
    }
    [shown] = (await item.adjust(3, stock_adjustment_rows=[row]))["stock_adjustment_rows"]
    assert [each["batch_id"] for each in shown["traceability"]] == [batch, None]
    assert shown["batch_transactions"] == [{"batch_id": batch, "quantity": 2}]
    assert await item.of_batch(batch) == 2
    assert await item.in_stock() == 3


async def test_the_rows_of_a_deleted_adjustment_are_gone_for_good(
    item: Item, sandbox: Sandbox
) -> None:
    made = await item.adjust(1)
    [row] = made["stock_adjustment_rows"]
    await item.api.delete(f"/stock_adjustments/{made['id']}")
    asked = {"ids": made["id"], "include_deleted": "true"}
    [shown] = (await item.api.get("/stock_adjustments", params=asked)).rows
    assert (shown["deleted_at"] is None, shown["stock_adjustment_rows"]) == (False, [])
    assert sandbox.store["stock_adjustment_rows"].get(row["id"], deleted=True) is None


async def test_a_list_hides_deleted_nested_rows_even_with_include_deleted(item: Item) -> None:
    body = {
        "source_location_id": item.here,
        "target_location_id": item.there,
        "stock_transfer_rows": [{"variant_id": item.variant, "quantity": "1"}],
    }
    made = (await item.api.post("/stock_transfers", body)).json
    await item.api.delete(f"/stock_transfers/{made['id']}")
    asked = {"ids": made["id"], "include_deleted": "true"}
    [shown] = (await item.api.get("/stock_transfers", params=asked)).rows
    assert shown["stock_transfer_rows"] == []


# -- deleting


async def test_a_deletion_raises_updated_at_and_cannot_be_repeated(
    item: Item, clock: ManualClock
) -> None:
    made = await item.adjust(1)
    clock.advance(60)
    path = f"/stock_adjustments/{made['id']}"
    assert (await item.api.delete(path)).status == 204
    assert (await item.api.delete(path)).status == 404
    asked = {"include_deleted": "true", "updated_at_min": timestamp(milliseconds(clock))}
    [shown] = (await item.api.get("/stock_adjustments", params=asked)).rows
    assert shown["updated_at"] == shown["deleted_at"] > made["updated_at"]


async def test_the_bound_of_updated_at_is_inclusive(item: Item, clock: ManualClock) -> None:
    made = await item.adjust(1)
    bound = {"ids": made["id"], "updated_at_min": made["updated_at"]}
    assert (await item.api.get("/stock_adjustments", params=bound)).ids == [made["id"]]
    bound["updated_at_min"] = timestamp(milliseconds(clock) + 1)
    assert (await item.api.get("/stock_adjustments", params=bound)).ids == []


async def test_a_row_can_vanish_without_a_mark_and_without_a_change_of_its_parent(
    api: Api, sandbox: Sandbox, clock: ManualClock
) -> None:
    order = next(
        order
        for order in sandbox.store["sales_orders"]
        if sandbox.store["sales_order_rows"].children("sales_order_id", order["id"])
    )
    path = f"/sales_orders/{order['id']}"
    before = (await api.get(path)).json
    gone = before["sales_order_rows"][0]["id"]
    clock.advance(60)
    sandbox.store["sales_order_rows"].erase(gone)
    after = (await api.get(path)).json
    assert gone not in [row["id"] for row in after["sales_order_rows"]]
    assert after["updated_at"] == before["updated_at"]
    assert (await api.get(f"/sales_order_rows?ids={gone}&include_deleted=true")).rows == []
    assert (await api.get(f"/sales_order_rows/{gone}")).status == 404


async def test_a_collection_can_delete_for_good(api: Api, sandbox: Sandbox) -> None:
    sandbox.oddities.hard_deletes.add("customers")
    made = (await api.post("/customers", {"name": "Luke"})).json["id"]
    assert (await api.delete(f"/customers/{made}")).status == 204
    assert (await api.get(f"/customers?ids={made}&include_deleted=true")).rows == []
    assert (await api.delete(f"/customers/{made}")).status == 404


@pytest.mark.parametrize("asked", ["", "&include_deleted=false"])
async def test_a_list_can_show_deleted_records_unasked(
    api: Api, sandbox: Sandbox, asked: str
) -> None:
    made = (await api.post("/customers", {"name": "Luke"})).json["id"]
    await api.delete(f"/customers/{made}")
    assert (await api.get(f"/customers?ids={made}{asked}")).rows == []
    sandbox.oddities.shows_deleted.add("customers")
    assert (await api.get(f"/customers?ids={made}{asked}")).ids == [made]


async def test_a_deletion_can_be_undone(api: Api, sandbox: Sandbox, clock: ManualClock) -> None:
    made = (await api.post("/customers", {"name": "Luke"})).json
    await api.delete(f"/customers/{made['id']}")
    clock.advance(60)
    sandbox.store["customers"].restore(made["id"])
    [shown] = (await api.get(f"/customers?ids={made['id']}")).rows
    assert shown["updated_at"] > made["updated_at"]


async def test_the_deletion_of_an_adjustment_reverts_its_movement(item: Item) -> None:
    made = await item.adjust(3)
    await item.api.delete(f"/stock_adjustments/{made['id']}")
    assert await item.in_stock() == 0


# -- writing


async def test_a_null_batch_stands_for_stock_without_a_batch(item: Item) -> None:
    batches = [{"batch_id": None, "quantity": 3}]
    row = {"variant_id": item.variant, "quantity": 3, "batch_transactions": batches}
    [shown] = (await item.adjust(3, stock_adjustment_rows=[row]))["stock_adjustment_rows"]
    assert shown["batch_transactions"] == batches
    body = {
        "source_location_id": item.here,
        "target_location_id": item.there,
        "stock_transfer_rows": [{**row, "quantity": "3"}],
    }
    made = (await item.api.post("/stock_transfers", body)).json
    assert made["stock_transfer_rows"][0]["batch_transactions"] == batches
    await item.api.patch(f"/stock_transfers/{made['id']}/status", {"status": "received"})
    assert [await item.in_stock(place) for place in (item.here, item.there)] == [0, 3]


@pytest.mark.parametrize("status", [422, 500])
async def test_a_refused_request_may_have_created_its_record(
    api: Api, sandbox: Sandbox, status: int
) -> None:
    sandbox.faults.add(faults.Status(status, processed=True), method="POST", path="/materials")
    answer = await api.post("/materials", {"name": "Oak", "variants": [{"sku": "OAK"}]})
    assert answer.status == status
    assert (await api.get("/materials?name=Oak")).rows[0]["variants"][0]["sku"] == "OAK"


async def test_serial_numbers_without_a_resource_type_are_ignored(api: Api) -> None:
    row = newest(api.sandbox, "purchase_order_rows")
    before = (await api.get("/serial_numbers")).rows
    answer = await api.post("/serial_numbers", {"resource_id": row, "serial_numbers": ["A"]})
    assert (answer.status, answer.body) == (204, b"")
    assert (await api.get("/serial_numbers")).rows == before


async def test_an_unknown_resource_type_refuses_all_serial_numbers(api: Api) -> None:
    body = {"resource_type": "Purchase", "resource_id": 1, "serial_numbers": ["A"]}
    assert (await api.post("/serial_numbers", body)).codes == [("/resource_type", "enum")]


async def test_a_manufacturing_order_takes_no_serial_numbers(api: Api) -> None:
    order = newest(api.sandbox, "manufacturing_orders")
    body = {"resource_type": "ManufacturingOrder", "resource_id": order, "serial_numbers": ["A"]}
    assert (await api.post("/serial_numbers", body)).status == 404


async def test_the_deletion_of_serial_numbers_always_answers_204(api: Api) -> None:
    body = {"resource_type": "SalesOrderRow", "resource_id": 7, "ids": [1]}
    assert (await api("DELETE", "/serial_numbers", body)).status == 204


# -- stocktakes


async def test_a_stocktake_can_take_effect_later(
    item: Item, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.oddities.stocktake_delay = 60
    rows = [{"variant_id": item.variant, "counted_quantity": 7}]
    body = {"stocktake_number": "STK", "location_id": item.here, "stocktake_rows": rows}
    path = f"/stocktakes/{(await item.api.post('/stocktakes', body)).json['id']}"
    assert (await item.api.patch(path, {"status": "COMPLETED"})).status == 204

    async def shown() -> tuple[Any, ...]:
        [row] = (await item.api.get("/stocktakes", params={"ids": path.rsplit("/", 1)[1]})).rows
        return row["status"], row["status_update_in_progress"], int(await item.in_stock())

    assert await shown() == ("NOT_STARTED", True, 0)
    clock.advance(60)
    assert await shown() == ("COMPLETED", False, 7)


# -- inventory signals


async def signal(item: Item, **asked: Any) -> Any:
    [row] = (await item.api.get("/inventory_signals", params={**query(item), **asked})).rows
    return row


async def sell(item: Item, quantity: int) -> None:
    row = {"variant_id": item.variant, "quantity": quantity}
    body = {
        "customer_id": newest(item.api.sandbox, "customers"),
        "location_id": item.here,
        "sales_order_rows": [row],
    }
    order = (await item.api.post("/sales_orders", body)).json
    sent = {"sales_order_row_id": order["sales_order_rows"][0]["id"], "quantity": quantity}
    body = {"sales_order_id": order["id"], "status": "DELIVERED"}
    answer = await item.api.post(
        "/sales_order_fulfillments", {**body, "sales_order_fulfillment_rows": [sent]}
    )
    assert answer.status == 200


async def test_signals_change_at_midnight_only(item: Item, clock: ManualClock) -> None:
    await item.adjust(50)
    first = await signal(item)
    assert (first["demand_window"], first["in_stock"]) == (30, "50.00000000000000000000")
    assert (first["days_of_stock_left"], first["stock_risk"]) == (None, None)
    await sell(item, 30)
    assert await signal(item) == first
    clock.advance(16 * 3600)  # the clock begins at 8 o'clock
    second = await signal(item)
    assert second["demand_calculated_at"] == "2026-01-06T00:00:00.000Z"
    assert second["avg_daily_demand"] == "1.00000000000000000000"
    assert (second["in_stock"], second["days_of_stock_left"]) == ("20.00000000000000000000", 20)
    assert second["safety_stock_breach_at"] == "2026-01-26T00:00:00.000Z"
    assert (second["lead_time_source"], second["stock_risk"]) == ("fallback", 0)


async def test_signals_have_a_window_and_are_filtered_by_risk(
    item: Item, clock: ManualClock
) -> None:
    await item.adjust(50)
    await sell(item, 49)
    clock.advance(24 * 3600)
    week = await signal(item, demand_window=7)
    assert (week["demand_window"], week["avg_daily_demand"]) == (7, "7.00000000000000000000")
    assert week["stock_risk"] == 3
    for risk, count in ((3, 1), (0, 0)):
        asked = {**query(item), "stock_risk": risk, "demand_window": 7}
        assert len((await item.api.get("/inventory_signals", params=asked)).rows) == count
    assert (await item.api.get("/inventory_signals?demand_window=31")).status == 400
