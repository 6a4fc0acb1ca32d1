"""Stocktakes: completion sets the stock to the counted quantities."""

from typing import Any

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Answer, Api
from .stock import Item, new_item


@pytest.fixture
async def item(api: Api) -> Item:
    """Return an item with a stock of 10 in the first location."""
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


async def test_a_completed_stocktake_sets_the_stock_to_the_counted_quantity(item: Item) -> None:
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


async def test_a_completion_adjusts_the_stock_of_that_time(item: Item) -> None:
    made = await stocktake(item, 7)
    await change(item, made, status="COUNTED")
    await item.adjust(-1)
    await change(item, made, status="COMPLETED")
    assert await item.in_stock() == 7
    assert (await rows_of(item, made))[0]["discrepancy_quantity"] == -2


async def test_rows_without_a_count_change_nothing(item: Item) -> None:
    made = await stocktake(item, None)
    await change(item, made, status="COMPLETED")
    assert await item.in_stock() == 10
    assert (await shown(item, made))["stock_adjustment_id"] is None


async def test_a_count_of_a_batch_or_bin_is_compared_with_its_stock(item: Item) -> None:
    batch, place = await item.batch(), await item.bin()
    traced = [{"batch_id": batch, "quantity": 6}, {"bin_location_id": place, "quantity": 2}]
    row = {"variant_id": item.variant, "quantity": 8, "traceability": traced}
    await item.adjust(8, stock_adjustment_rows=[row])
    counts: list[dict[str, int]] = [
        {"counted_quantity": 5, "batch_id": batch},
        {"counted_quantity": 3, "bin_location_id": place},
    ]
    rows = [{"variant_id": item.variant, **count} for count in counts]
    made = await stocktake(item, stocktake_rows=rows)
    await change(item, made, status="COMPLETED")
    found = {row["counted_quantity"]: row["in_stock_quantity"] for row in await rows_of(item, made)}
    assert found == {5: 6, 3: 2}
    assert (await item.of_batch(batch), await item.in_bin(place)) == (5, 3)
    assert await item.in_stock() == 18


async def test_a_second_completion_adjusts_later_changes(item: Item) -> None:
    made = await stocktake(item)
    await change(item, made, status="COMPLETED")
    await change(item, made, status="IN_PROGRESS")
    assert await item.in_stock() == 7
    await item.adjust(2)
    await change(item, made, status="COMPLETED")
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
