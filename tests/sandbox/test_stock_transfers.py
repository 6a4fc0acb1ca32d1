"""Stock transfers: the effects of each status on the two locations."""

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Api
from .stock import Item, new_item

GONE = {"here": 10, "there": 0}
EFFECTS = {"draft": GONE, "inTransit": {"here": 6, "there": 0}, "received": {"here": 6, "there": 4}}


@pytest.fixture
async def item(api: Api) -> Item:
    """Return an item with a stock of 10 in the first location, at a cost of 2.5 each."""
    item = await new_item(api)
    await item.adjust(10, 2.5)
    return item


async def transfer(item: Item, quantity: object = "4", **fields: Any) -> Any:
    body = {
        "stock_transfer_number": "ST-TEST",
        "source_location_id": item.here,
        "target_location_id": item.there,
        "stock_transfer_rows": [{"variant_id": item.variant, "quantity": quantity}],
        **fields,
    }
    return await item.api.post("/stock_transfers", body)


async def both(item: Item) -> dict[str, Any]:
    """Return the stock in both locations."""
    return {"here": await item.in_stock(item.here), "there": await item.in_stock(item.there)}


async def to(item: Item, made: Any, status: str) -> Any:
    answer = await item.api.patch(f"/stock_transfers/{made['id']}/status", {"status": status})
    assert answer.status == 200
    return answer.json


@pytest.mark.parametrize("last", EFFECTS)
@pytest.mark.parametrize("first", EFFECTS)
async def test_the_status_of_a_transfer_determines_the_stock(
    item: Item, first: str, last: str
) -> None:
    made = (await transfer(item)).json
    await to(item, made, first)
    shown = await to(item, made, last)
    assert shown["status"] == last
    assert await both(item) == EFFECTS[last]


@pytest.mark.parametrize("status", EFFECTS)
async def test_a_deleted_transfer_leaves_no_trace_in_stock(item: Item, status: str) -> None:
    made = (await transfer(item)).json
    await to(item, made, status)
    assert (await item.api.delete(f"/stock_transfers/{made['id']}")).status == 204
    assert await both(item) == GONE


async def test_transferred_stock_keeps_its_cost(item: Item) -> None:
    made = (await transfer(item)).json
    received = await to(item, made, "received")
    assert received["stock_transfer_rows"][0]["cost_per_unit"] == Decimal("2.5")
    assert (await item.stock(item.there))["cost"] == Decimal("2.5")


async def test_receiving_a_transfer_in_transit_moves_it_once(item: Item) -> None:
    made = (await transfer(item)).json
    await to(item, made, "inTransit")
    await to(item, made, "received")
    await to(item, made, "received")
    moved = await item.movements(resource_type="StockTransferRow")
    assert [(each["location_id"], each["quantity_change"]) for each in moved] == [
        (item.there, 4),
        (item.here, -4),
    ]
    assert {each["caused_by_resource_id"] for each in moved} == {made["id"]}


async def test_a_change_of_anything_else_leaves_stock_alone(item: Item) -> None:
    made = (await transfer(item, additional_info="With the blue van")).json
    changed = await item.api.patch(
        f"/stock_transfers/{made['id']}", {"transfer_date": "2026-02-01"}
    )
    assert changed.json["transfer_date"] == "2026-02-01T00:00:00.000Z"
    assert changed.json["additional_info"] == "With the blue van"
    assert await both(item) == GONE


async def test_the_rows_of_a_transfer_cannot_be_changed(item: Item) -> None:
    made = (await transfer(item)).json
    rows = {"stock_transfer_rows": [{"variant_id": item.variant, "quantity": "5"}]}
    assert (await item.api.patch(f"/stock_transfers/{made['id']}", rows)).status == 422


@pytest.mark.parametrize(("quantity", "code"), [(4, "type"), ("four", "format")])
async def test_a_quantity_is_a_string_that_spells_a_number(
    item: Item, quantity: object, code: str
) -> None:
    answer = await transfer(item, quantity)
    assert answer.codes == [("/stock_transfer_rows/0/quantity", code)]


@pytest.mark.parametrize("field", ["source_location_id", "target_location_id"])
async def test_a_transfer_is_between_locations_that_are_there(item: Item, field: str) -> None:
    answer = await transfer(item, **{field: 1})
    assert answer.codes == [(f"/{field}", "reference")]


async def test_a_status_that_there_is_not_is_a_422(item: Item) -> None:
    made = (await transfer(item)).json
    answer = await item.api.patch(f"/stock_transfers/{made['id']}/status", {"status": "lost"})
    assert answer.codes == [("/status", "enum")]
    assert (await item.api.patch("/stock_transfers/1/status", {"status": "draft"})).status == 404


async def test_a_batch_goes_along_and_leaves_its_bin(item: Item) -> None:
    batch, place = await item.batch(), await item.bin()
    traced = [{"batch_id": batch, "bin_location_id": place, "quantity": 4}]
    row = {"variant_id": item.variant, "quantity": 4, "traceability": traced}
    await item.adjust(4, stock_adjustment_rows=[row])
    row = {"variant_id": item.variant, "quantity": "4", "traceability": traced}
    made = (await transfer(item, stock_transfer_rows=[row])).json
    assert (await item.of_batch(batch), await item.in_bin(place)) == (4, 4)
    await to(item, made, "received")
    assert (await item.of_batch(batch), await item.in_bin(place)) == (0, 0)
    assert await item.of_batch(batch, item.there) == 4
    await to(item, made, "draft")
    assert (await item.of_batch(batch), await item.in_bin(place)) == (4, 4)
    assert await item.of_batch(batch, item.there) == 0


async def test_a_row_of_a_transfer_takes_batches_of_any_form(item: Item) -> None:
    batch = await item.batch()
    row = {
        "variant_id": item.variant,
        "quantity": "4",
        "batch_transactions": [{"batch_id": batch, "quantity": "3"}, {"quantity": "some"}],
    }
    [shown] = (await transfer(item, stock_transfer_rows=[row])).json["stock_transfer_rows"]
    assert shown["batch_transactions"] == [
        {"batch_id": batch, "quantity": 3},
        {"batch_id": None, "quantity": 4},
    ]
