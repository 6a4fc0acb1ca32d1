"""Stocktakes: what is counted becomes the stock once one is completed."""

from typing import Any

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Answer, Api
from .stock import Item, new_item


@pytest.fixture
async def item(api: Api) -> Item:
    """Ten of something in the first location."""
    item = await new_item(api)
    await item.adjust(10, 2)
    return item


async def stocktake(item: Item, counted: float | None = 7, **fields: Any) -> Any:
    body = {
        "stocktake_number": "STK-TEST",
        "location_id": item.here,
        "stocktake_rows": [{"variant_id": item.variant, "counted_quantity": counted}],
        **fields,
    }
    return (await item.api.post("/stocktakes", body)).json


async def change(item: Item, made: Any, **fields: Any) -> Answer:
    return await item.api.patch(f"/stocktakes/{made['id']}", fields)


async def shown(item: Item, made: Any) -> Any:
    [row] = (await item.api.get("/stocktakes", params={"ids": made["id"]})).rows
    return row


async def rows_of(item: Item, made: Any) -> list[Any]:
    return (await item.api.get("/stocktake_rows", params={"stocktake_ids": made["id"]})).rows


async def test_a_completed_stocktake_sets_stock_to_what_was_counted(item: Item) -> None:
    made = await stocktake(item, reason="Yearly count")
    assert made["status"] == "NOT_STARTED"
    assert await item.in_stock() == 10
    answer = await change(item, made, status="COMPLETED")
    assert (answer.status, answer.body) == (204, b"")
    assert await item.in_stock() == 7
    done = await shown(item, made)
    assert done["completed_date"] == "2026-01-05T08:00:00.000Z"
    query = {"ids": done["stock_adjustment_id"]}
    [adjustment] = (await item.api.get("/stock_adjustments", params=query)).rows
    assert adjustment["reason"] == "Yearly count"
    assert [row["quantity"] for row in adjustment["stock_adjustment_rows"]] == [-3]
    query = {"stock_adjustment_id": done["stock_adjustment_id"]}
    assert (await item.api.get("/stocktakes", params=query)).ids == [made["id"]]


async def test_a_stocktake_compares_once_it_is_started(item: Item, clock: ManualClock) -> None:
    made = await stocktake(item, None)
    clock.advance(60)
    await change(item, made, status="IN_PROGRESS")
    assert (await shown(item, made))["started_date"] == "2026-01-05T08:01:00.000Z"
    [row] = await rows_of(item, made)
    assert (row["in_stock_quantity"], row["discrepancy_quantity"]) == (10, None)
    path = f"/stocktake_rows/{row['id']}"
    counted = (await item.api.patch(path, {"counted_quantity": 12.5})).json
    assert counted["discrepancy_quantity"] == 2.5
    assert await item.in_stock() == 10


async def test_what_is_set_right_is_the_stock_there_is_when_it_is_completed(item: Item) -> None:
    made = await stocktake(item, 7)
    await change(item, made, status="COUNTED")
    await item.adjust(-1)
    await change(item, made, status="COMPLETED")
    assert await item.in_stock() == 7
    assert (await rows_of(item, made))[0]["discrepancy_quantity"] == -2


@pytest.mark.parametrize(("remaining", "counted"), [(True, 10), (False, None)])
async def test_what_was_not_counted_stays_and_counts_as_found_where_wanted(
    item: Item, remaining: bool, counted: int | None
) -> None:
    made = await stocktake(item, None, set_remaining_items_as_counted=remaining)
    await change(item, made, status="COMPLETED")
    assert await item.in_stock() == 10
    assert (await rows_of(item, made))[0]["counted_quantity"] == counted
    assert (await shown(item, made))["stock_adjustment_id"] is None


async def test_rows_of_one_variant_add_up(item: Item) -> None:
    made = await stocktake(item, 4)
    more = [{"variant_id": item.variant, "counted_quantity": each} for each in (5, 3)]
    body = {"stocktake_id": made["id"], "stocktake_rows": more}
    answer = await item.api.post("/stocktake_rows", body)
    assert [row["counted_quantity"] for row in answer.json] == [5, 3]
    await change(item, made, status="COMPLETED")
    assert await item.in_stock() == 12


async def test_what_was_counted_of_a_batch_or_in_a_bin_is_set_apart(item: Item) -> None:
    batch, place = await item.batch(), await item.bin()
    traced = [{"batch_id": batch, "quantity": 6}, {"bin_location_id": place, "quantity": 2}]
    row = {"variant_id": item.variant, "quantity": 8, "traceability": traced}
    await item.adjust(8, stock_adjustment_rows=[row])
    counts: list[dict[str, int]] = [
        {"counted_quantity": 9},
        {"counted_quantity": 5, "batch_id": batch},
        {"counted_quantity": 3, "bin_location_id": place},
    ]
    rows = [{"variant_id": item.variant, **count} for count in counts]
    made = await stocktake(item, stocktake_rows=rows)
    await change(item, made, status="COMPLETED")
    found = {row["counted_quantity"]: row["in_stock_quantity"] for row in await rows_of(item, made)}
    assert found == {9: 10, 5: 6, 3: 2}
    assert (await item.of_batch(batch), await item.in_bin(place)) == (5, 3)
    assert await item.in_stock() == 17


async def test_reopening_or_deleting_a_stocktake_takes_its_adjustment_back(item: Item) -> None:
    made = await stocktake(item)
    await change(item, made, status="COMPLETED")
    adjustment = (await shown(item, made))["stock_adjustment_id"]
    await change(item, made, status="IN_PROGRESS")
    assert await item.in_stock() == 10
    reopened = await shown(item, made)
    assert (reopened["stock_adjustment_id"], reopened["completed_date"]) == (None, None)
    query = {"ids": adjustment}
    assert (await item.api.get("/stock_adjustments", params=query)).rows == []
    await change(item, made, status="COMPLETED")
    assert await item.in_stock() == 7
    assert (await item.api.delete(f"/stocktakes/{made['id']}")).status == 204
    assert await item.in_stock() == 10
    assert await rows_of(item, made) == []


async def test_the_adjustment_of_a_stocktake_cannot_be_deleted(item: Item) -> None:
    made = await stocktake(item)
    await change(item, made, status="COMPLETED")
    adjustment = (await shown(item, made))["stock_adjustment_id"]
    assert (await item.api.delete(f"/stock_adjustments/{adjustment}")).status == 412
    assert await item.in_stock() == 7


async def test_a_completed_stocktake_is_not_counted_again_nor_moved(item: Item) -> None:
    made = await stocktake(item)
    await change(item, made, status="COMPLETED")
    [row] = await rows_of(item, made)
    path = f"/stocktake_rows/{row['id']}"
    body = {"stocktake_id": made["id"], "stocktake_rows": [{"variant_id": item.variant}]}
    refused = [
        await item.api.patch(path, {"counted_quantity": 1}),
        await item.api.delete(path),
        await item.api.post("/stocktake_rows", body),
        await change(item, made, location_id=item.there),
    ]
    assert [answer.status for answer in refused] == [412] * 4
    assert (await rows_of(item, made)) == [row]
    assert (await change(item, made, additional_info="Twice")).status == 204
    assert await item.in_stock() == 7


async def test_rows_belong_to_a_stocktake_and_go_with_it(item: Item) -> None:
    made = await stocktake(item)
    [row] = await rows_of(item, made)
    assert (await item.api.delete(f"/stocktake_rows/{row['id']}")).status == 204
    assert await rows_of(item, made) == []
    body = {"stocktake_id": 1, "stocktake_rows": []}
    assert (await item.api.post("/stocktake_rows", body)).codes == [("/stocktake_id", "reference")]


async def test_the_day_of_a_stocktake_is_written_under_another_name_than_it_is_read(
    item: Item,
) -> None:
    made = await stocktake(item, created_date="2025-12-31")
    assert made["stocktake_created_date"] == "2025-12-31T00:00:00.000Z"
    await change(item, made, created_date="2026-01-01")
    assert (await shown(item, made))["stocktake_created_date"] == "2026-01-01T00:00:00.000Z"
    assert (await change(item, made)).status == 422
