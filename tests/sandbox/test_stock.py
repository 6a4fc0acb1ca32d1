"""Stock: movements, costs, levels and forecasts."""

from decimal import Decimal

import pytest

from katana_async.sandbox import ManualClock
from katana_async.sandbox.account import AccountState
from katana_async.sandbox.tables.ledger import Cause, commit, expect, move

from .conftest import Api
from .stock import Item, new_item


@pytest.fixture
async def item(api: Api) -> Item:
    return await new_item(api)


async def test_an_adjustment_moves_stock_and_its_deletion_moves_it_back(item: Item) -> None:
    made = await item.adjust(7.5, 2)
    assert await item.in_stock() == Decimal("7.5")
    assert await item.in_stock(item.there) == 0
    assert (await item.api.delete(f"/stock_adjustments/{made['id']}")).status == 204
    assert await item.in_stock() == 0
    listed = (await item.api.get("/stock_adjustments", params={"ids": made["id"]})).rows
    assert listed == []


async def test_stock_added_at_a_cost_changes_the_average_cost(item: Item) -> None:
    await item.adjust(10, 2)
    second = await item.adjust(30, 4)
    assert (await item.stock())["cost"] == Decimal("3.5")
    [row] = (await item.adjust(-5, 99))["stock_adjustment_rows"]
    assert row["cost_per_unit"] == Decimal("3.5")
    assert await item.stock() == {
        "in_stock": 35,
        "committed": 0,
        "expected": 0,
        "cost": Decimal("3.5"),
    }
    await item.adjust(5)
    await item.api.delete(f"/stock_adjustments/{second['id']}")
    assert await item.stock() == {"in_stock": 10, "committed": 0, "expected": 0, "cost": 2}


async def test_every_movement_is_recorded_with_its_balance(item: Item, clock: ManualClock) -> None:
    await item.adjust(10, 2, stock_adjustment_date="2026-01-02T10:00:00+02:00")
    clock.advance(60)
    made = await item.adjust(-4, stock_adjustment_number="SA-9")
    last, first = await item.movements()
    assert first["movement_date"] == "2026-01-02T08:00:00.000Z"
    assert first["resource_type"] == "StockAdjustmentRow"
    assert last["resource_id"] == made["stock_adjustment_rows"][0]["id"]
    assert last["caused_by_order_no"] == "SA-9"
    assert last["caused_by_resource_id"] == made["id"]
    assert last["quantity_change"] == -4
    assert last["balance_after"] == 6
    assert last["value_per_unit"] == 2
    assert last["value_in_stock_after"] == 12
    assert last["average_cost_after"] == 2
    assert last["rank"] == first["rank"] + 1
    assert await item.movements(caused_by_order_no="SA-9") == [last]
    assert await item.movements(location_id=item.there) == []
    assert await item.movements(resource_type="SalesOrderRow") == []


async def test_movements_of_a_type_that_there_is_not_are_a_400(api: Api) -> None:
    answer = await api.get("/inventory_movements", params={"resource_type": "Theft"})
    assert answer.status == 400


async def test_seeded_movements_add_up_to_the_seeded_stock(api: Api) -> None:
    [row, *_] = (await api.get("/inventory")).rows
    query = {"variant_ids": row["variant_id"], "location_id": row["location_id"]}
    [movement] = (await api.get("/inventory_movements", params=query)).rows
    assert movement["balance_after"] == Decimal(row["quantity_in_stock"])
    assert movement["value_in_stock_after"] == Decimal(row["value_in_stock"])


async def test_a_change_that_omits_the_additional_info_of_an_adjustment_wipes_it(
    item: Item,
) -> None:
    made = await item.adjust(1, additional_info="Behind the saw")
    path = f"/stock_adjustments/{made['id']}"
    kept = await item.api.patch(path, {"additional_info": "Behind the saw", "reason": "Found"})
    assert kept.json["additional_info"] == "Behind the saw"
    assert (await item.api.patch(path, {"reason": "Lost"})).json["additional_info"] is None


async def test_the_rows_of_an_adjustment_cannot_be_changed(item: Item) -> None:
    made = await item.adjust(1)
    rows = {"stock_adjustment_rows": [{"variant_id": item.variant, "quantity": 2}]}
    answer = await item.api.patch(f"/stock_adjustments/{made['id']}", rows)
    assert answer.status == 422
    assert await item.in_stock() == 1


async def test_an_adjustment_shows_its_items_in_both_forms(item: Item) -> None:
    made = await item.adjust(
        3,
        stock_adjustment_rows=[
            {
                "variant_id": item.variant,
                "quantity": 3,
                "batch_transactions": [{"batch_id": None, "quantity": 3}],
            }
        ],
    )
    [row] = made["stock_adjustment_rows"]
    assert row["batch_transactions"] == [{"batch_id": None, "quantity": 3}]
    place = {"batch_id": None, "bin_location_id": None, "serial_number_id": None}
    assert row["traceability"] == [{**place, "quantity": "3"}]


async def test_an_adjustment_moves_the_batches_and_bins_it_names(item: Item) -> None:
    batch, place = await item.batch(), await item.bin()
    traced = [{"batch_id": batch, "bin_location_id": place, "quantity": 2}, {"quantity": 1}]
    row = {"variant_id": item.variant, "quantity": 3, "traceability": traced}
    made = await item.adjust(3, stock_adjustment_rows=[row])
    assert (await item.of_batch(batch), await item.in_bin(place)) == (2, 2)
    await item.api.delete(f"/stock_adjustments/{made['id']}")
    assert (await item.of_batch(batch), await item.in_bin(place)) == (0, 0)


async def test_an_adjustment_names_batches_that_are_there(item: Item) -> None:
    row = {
        "variant_id": item.variant,
        "quantity": 1,
        "batch_transactions": [{"batch_id": 1, "quantity": 1}],
    }
    body = {
        "stock_adjustment_number": "A",
        "location_id": item.here,
        "stock_adjustment_rows": [row],
    }
    answer = await item.api.post("/stock_adjustments", body)
    path = "/stock_adjustment_rows/0/batch_transactions/0/batch_id"
    assert answer.codes == [(path, "reference")]


@pytest.mark.parametrize("field", ["location_id", "variant_id"])
async def test_an_adjustment_must_refer_to_existing_records(item: Item, field: str) -> None:
    row = {"variant_id": item.variant, "quantity": 1}
    body = {"stock_adjustment_number": "A", "location_id": item.here}
    (row if field == "variant_id" else body)[field] = 1
    answer = await item.api.post("/stock_adjustments", {**body, "stock_adjustment_rows": [row]})
    assert answer.status == 422
    [(path, code)] = answer.codes
    assert path.endswith(field)
    assert code == "reference"


async def test_stock_that_runs_out_is_negative_and_listed_as_such(
    item: Item, clock: ManualClock
) -> None:
    query = {"variant_id": item.variant}
    assert (await item.api.get("/negative_stock", params=query)).rows == []
    await item.adjust(-2)
    clock.advance(3600)
    [row] = (await item.api.get("/negative_stock", params=query)).rows
    assert row["location_id"] == item.here
    assert row["name"] == "Stool"
    assert row["sku"] == "ST"
    assert row["latest_negative_stock_date"] == "2026-01-05T08:00:00.000Z"
    for fitting in ({"name": "Stool"}, {"latest_negative_stock_date_max": "2026-01-06"}):
        assert len((await item.api.get("/negative_stock", params=fitting)).rows) == 1
    for other in ({"name": "Table"}, {"latest_negative_stock_date_min": "2026-01-06"}):
        assert (await item.api.get("/negative_stock", params=other)).rows == []
    await item.adjust(2)
    assert (await item.api.get("/negative_stock", params=query)).rows == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/inventory_reorder_points", "reorder_point"),
        ("/inventory_safety_stock_levels", "safety_stock_level"),
    ],
)
async def test_a_level_is_set_on_the_stock(item: Item, path: str, field: str) -> None:
    body = {"variant_id": item.variant, "location_id": item.here, "value": 12.5}
    answer = await item.api.post(path, body)
    assert answer.status == 200
    assert answer.json["value"] == "12.5"
    query = {"variant_id": item.variant}
    rows = (await item.api.get("/inventory", params=query)).rows
    levels = {row["location_id"]: Decimal(row[field]) for row in rows}
    assert levels == {item.here: Decimal("12.5"), item.there: 0}


async def test_forecasts_are_set_read_and_cleared_by_period(item: Item) -> None:
    await item.adjust(100)
    where = {"variant_id": item.variant, "location_id": item.here}
    weeks = [
        {"period_start": f"2026-02-{day:02}", "period_end": f"2026-02-{day + 6:02}"}
        for day in (8, 1)
    ]
    periods = [{**week, "committed": "25.5"} for week in weeks]
    answer = await item.api.post("/demand_forecasts", {**where, "periods": periods})
    assert (answer.status, answer.body) == (204, b"")
    await item.api.post("/demand_forecasts", {**where, "periods": [{**weeks[0], "committed": "5"}]})
    shown = (await item.api.get("/demand_forecasts", params=where)).json
    assert shown["in_stock"] == "100"
    assert [each["committed"] for each in shown["periods"]] == ["25.5", "5"]
    assert [each["in_stock"] for each in shown["periods"]] == ["74.5", "69.5"]
    answer = await item.api("DELETE", "/demand_forecasts", {**where, "periods": weeks[1:]})
    assert answer.status == 204
    shown = (await item.api.get("/demand_forecasts", params=where)).json
    assert [each["period_start"] for each in shown["periods"]] == ["2026-02-08T00:00:00.000Z"]


async def test_forecasts_take_demand_as_a_string_that_spells_a_number(item: Item) -> None:
    where = {"variant_id": item.variant, "location_id": item.here}
    period = {"period_start": "2026-02-01", "period_end": "2026-02-07"}
    for wrong, code in ((25, "type"), ("many", "format")):
        body = {**where, "periods": [{**period, "committed": wrong}]}
        answer = await item.api.post("/demand_forecasts", body)
        assert answer.codes == [("/periods/0/committed", code)]


@pytest.mark.parametrize("missing", ["variant_id", "location_id"])
async def test_a_forecast_is_of_a_variant_in_a_location(item: Item, missing: str) -> None:
    where = {"variant_id": item.variant, "location_id": item.here}
    del where[missing]
    assert (await item.api.get("/demand_forecasts", params=where)).status == 400


def account_of(item: Item) -> AccountState:
    return AccountState(item.api.sandbox.store, item.api.sandbox.clock)


def move_stock(account: AccountState, variant: int, location: int, change: str) -> object:
    return move(
        account,
        variant_id=variant,
        location_id=location,
        change=Decimal(change),
        cause=Cause("SystemGenerated", 1),
    )


async def test_the_ledger_makes_the_row_that_is_missing(item: Item) -> None:
    account = account_of(item)
    location = account.store["locations"].create({"name": "Annex"})["id"]
    assert move_stock(account, item.variant, location, "2")
    commit(account, item.variant, location, Decimal(1))
    expect(account, item.variant, location, Decimal("1.5"))
    assert await item.stock(location) == {
        "in_stock": 2,
        "committed": 1,
        "expected": Decimal("1.5"),
        "cost": 0,
    }


async def test_the_ledger_ignores_services_and_changes_of_0(
    item: Item,
) -> None:
    account = account_of(item)
    service = account.store["variants"].create({"type": "service"})["id"]
    before = len(account.store["inventory_movements"])
    assert move_stock(account, service, item.here, "2") is None
    assert move_stock(account, item.variant, item.here, "0") is None
    commit(account, service, item.here, Decimal(1))
    assert account.store["inventory"].children("variant_id", service) == []
    assert len(account.store["inventory_movements"]) == before
