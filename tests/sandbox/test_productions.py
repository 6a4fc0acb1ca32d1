"""Productions: what is made of a manufacturing order at once, with batches and serial numbers."""

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Api
from .shop import CLAIMED, MADE, Shop


@pytest.fixture
def shop(api: Api) -> Shop:
    return Shop(api)


async def test_a_partial_production_uses_up_in_proportion(shop: Shop) -> None:
    await shop.operations()
    order = await shop.order()
    made = (await shop.produce(order, 4)).json
    assert await shop.all_stock() == [(4, 0, 6), (92, 12, 0), (84, 24, 0)]
    assert {each["quantity"] for each in made["ingredients"]} == {8, 16}
    assert sorted(each["time"] for each in made["operations"]) == [40, 400]
    partly = (await shop.api.get(f"/manufacturing_orders/{order['id']}")).json
    assert partly["status"] == "PARTIALLY_COMPLETED"
    assert (partly["completed_quantity"], partly["remaining_quantity"]) == (4, 6)
    await shop.change(order, status="DONE")
    assert await shop.all_stock() == MADE
    await shop.change(order, status="PARTIALLY_COMPLETED")
    assert await shop.all_stock() == [(4, 0, 6), (92, 12, 0), (84, 24, 0)]


async def test_deleting_a_production_undoes_it(shop: Shop) -> None:
    order = await shop.order()
    made = (await shop.produce(order, 4)).json
    path = f"/manufacturing_order_productions/{made['id']}"
    assert (await shop.api.delete(path)).status == 204
    assert await shop.all_stock() == CLAIMED
    assert (await shop.api.get(path)).status == 404
    order = (await shop.api.get(f"/manufacturing_orders/{order['id']}")).json
    assert order["status"] == "NOT_STARTED"
    ingredient = made["ingredients"][0]["id"]
    path = f"/manufacturing_order_production_ingredients/{ingredient}"
    assert (await shop.api.patch(path, {"batch_transactions": []})).status == 404


async def test_the_last_production_finishes_an_order(shop: Shop) -> None:
    order = await shop.order()
    await shop.produce(order, 4)
    last = (await shop.produce(order, 6)).json
    path = f"/manufacturing_orders/{order['id']}"
    assert (await shop.api.get(path)).json["status"] == "DONE"
    assert await shop.all_stock() == MADE
    await shop.api.delete(f"/manufacturing_order_productions/{last['id']}")
    assert (await shop.api.get(path)).json["status"] == "PARTIALLY_COMPLETED"
    assert await shop.all_stock() == [(4, 0, 6), (92, 12, 0), (84, 24, 0)]


async def test_a_production_may_be_final_or_not_by_its_body(shop: Shop) -> None:
    order = await shop.order()
    await shop.produce(order, 10, is_final=False)
    path = f"/manufacturing_orders/{order['id']}"
    assert (await shop.api.get(path)).json["status"] == "PARTIALLY_COMPLETED"
    await shop.change(order, status="DONE")
    assert await shop.all_stock() == MADE
    early = await shop.order()
    await shop.produce(early, 1, is_final=True)
    made = (await shop.api.get(f"/manufacturing_orders/{early['id']}")).json
    assert (made["status"], made["actual_quantity"]) == ("DONE", 1)
    assert await shop.all_stock() == [(11, 0, 0), (78, 0, 0), (56, 0, 0)]


async def test_a_production_uses_exactly_the_named_quantities_and_times(shop: Shop) -> None:
    await shop.operations()
    order = await shop.order()
    board = next(
        row["id"] for row in await shop.rows("recipe", order) if row["variant_id"] == shop.board
    )
    screwing = (await shop.rows("operation", order))[0]["id"]
    used = [{"manufacturing_order_recipe_row_id": board, "quantity": "3.5"}]
    took = [{"manufacturing_order_operation_id": screwing, "time": 77}]
    made = (await shop.produce(order, 1, ingredients=used, operations=took)).json
    assert await shop.stock(shop.board) == (Decimal("96.5"), Decimal("16.5"), 0)
    assert await shop.stock(shop.screw) == (100, 40, 0)  # not named, not used
    assert [each["time"] for each in made["operations"]] == [77]
    row = (await shop.api.get(f"/manufacturing_order_operation_rows/{screwing}")).json
    assert (row["total_consumed_time"], row["total_actual_time"]) == (77, None)
    wrong = [{"manufacturing_order_recipe_row_id": 7, "quantity": 1}]
    answer = await shop.produce(order, 1, ingredients=wrong)
    path = "/ingredients/0/manufacturing_order_recipe_row_id"
    assert answer.codes == [(path, "reference")]
    nothing = [{"manufacturing_order_recipe_row_id": board, "quantity": 0}]
    assert (await shop.produce(order, 1, ingredients=nothing)).status == 422


@pytest.mark.parametrize(
    ("told", "stock", "times"),
    [
        ({}, MADE, [100, 1000]),
        ({"ingredients": []}, [(10, 0, 0), (100, 0, 0), (100, 0, 0)], [100, 1000]),
        ({"operations": []}, MADE, []),
    ],
)
async def test_left_out_is_what_was_planned_and_an_empty_list_is_nothing(
    told: dict[str, Any], stock: Any, times: list[int], shop: Shop
) -> None:
    await shop.operations()
    order = await shop.order()
    made = (await shop.produce(order, 10, **told)).json
    assert await shop.all_stock() == stock
    assert len(made["ingredients"]) == (0 if "ingredients" in told else 2)
    assert sorted(each["time"] for each in made["operations"]) == times
    path = f"/manufacturing_order_productions/{made['id']}"
    assert (await shop.api.delete(path)).status == 204
    assert await shop.all_stock() == CLAIMED


async def test_the_date_of_a_production_is_that_of_its_parts(shop: Shop) -> None:
    order = await shop.order()
    made = (await shop.produce(order, 1, completed_date="2026-02-01T10:00:00+02:00")).json
    assert made["production_date"] == "2026-02-01T08:00:00.000Z"
    movements = f"/inventory_movements?caused_by_resource_id={order['id']}"
    rows = (await shop.api.get(movements)).rows
    assert {row["movement_date"] for row in rows} == {made["production_date"]}
    path = f"/manufacturing_order_productions/{made['id']}"
    moved = (await shop.api.patch(path, {"production_date": "2026-02-02T10:00:00Z"})).json
    dates = {each["production_date"] for each in (moved, *moved["ingredients"])}
    assert dates == {"2026-02-02T10:00:00.000Z"}
    assert (await shop.api.delete(path)).status == 204
    deleted = shop.api.sandbox.store["manufacturing_order_productions"].get(
        made["id"], deleted=True
    )
    assert deleted is not None
    rows = (await shop.api.get(movements)).rows
    assert {row["movement_date"] for row in rows} == {
        made["production_date"],
        deleted["deleted_at"],
    }


async def batch(shop: Shop, variant: Any) -> Any:
    body = {"batch_number": "B-1", "variant_id": variant}
    return (await shop.api.post("/batches", body)).json["id"]


async def in_batch(shop: Shop, batch_id: Any) -> Decimal | int:
    rows = (await shop.api.get(f"/batch_stocks?batch_id={batch_id}&include_empty=true")).rows
    [row] = [row for row in rows if row["location_id"] == shop.location]
    return Decimal(row["quantity_in_stock"])


async def test_a_production_takes_from_one_batch_and_adds_to_another(shop: Shop) -> None:
    boards, benches = await batch(shop, shop.board), await batch(shop, shop.bench)
    order = await shop.order()
    row = next(row for row in await shop.rows("recipe", order) if row["variant_id"] == shop.board)
    taken = {
        "manufacturing_order_recipe_row_id": row["id"],
        "quantity": 2,
        "batch_transactions": [{"batch_id": boards, "quantity": 2}],
    }
    made = await shop.produce(
        order, 1, ingredients=[taken], batch_transaction={"batch_id": benches}
    )
    assert (await in_batch(shop, boards), await in_batch(shop, benches)) == (-2, 1)
    path = f"/manufacturing_orders/{order['id']}"
    found = (await shop.api.get(path)).json["batch_transactions"]
    assert found == [{"batch_id": benches, "quantity": 1}]
    use = next(each["id"] for each in made.json["ingredients"] if each["variant_id"] == shop.board)
    other = await batch(shop, shop.board)
    path = f"/manufacturing_order_production_ingredients/{use}"
    answer = await shop.api.patch(path, {"batch_transactions": [{"batch_id": other}]})
    assert answer.json["quantity"] == 2
    assert (await in_batch(shop, boards), await in_batch(shop, other)) == (0, -2)
    await shop.api.delete(f"/manufacturing_order_productions/{made.json['id']}")
    assert (await in_batch(shop, other), await in_batch(shop, benches)) == (0, 0)
    answer = await shop.api.patch(path, {"batch_transactions": []})
    assert answer.status == 404


async def test_done_uses_the_batches_that_rows_and_the_order_name(shop: Shop) -> None:
    boards, benches = await batch(shop, shop.board), await batch(shop, shop.bench)
    order = await shop.order()
    row = next(row for row in await shop.rows("recipe", order) if row["variant_id"] == shop.board)
    path = f"/manufacturing_order_recipe_rows/{row['id']}"
    wrong = {"batch_transactions": [{"batch_id": benches, "quantity": 20}]}
    answer = await shop.api.patch(path, wrong)
    assert answer.codes == [("/batch_transactions/0/batch_id", "reference")]
    await shop.api.patch(path, {"batch_transactions": [{"batch_id": boards, "quantity": 20}]})
    made = {"batch_transactions": [{"batch_id": benches, "quantity": 10}]}
    await shop.change(order, status="DONE", **made)
    assert (await in_batch(shop, boards), await in_batch(shop, benches)) == (-20, 10)
    await shop.change(order, status="IN_PROGRESS")
    assert (await in_batch(shop, boards), await in_batch(shop, benches)) == (0, 0)


async def test_a_production_of_a_tracked_product_makes_the_serial_numbers(shop: Shop) -> None:
    store = shop.api.sandbox.store
    product = store["variants"].get(shop.bench)
    assert product is not None
    store["products"].update(product["product_id"], {"serial_tracked": True})
    order = await shop.order()
    made = (await shop.produce(order, 2)).json
    assert {(each["resource_type"], each["resource_id"]) for each in made["serial_numbers"]} == {
        ("Production", made["id"])
    }
    numbers = [each["id"] for each in made["serial_numbers"]]
    assert len({*numbers}) == 2
    assert [each["serial_number_id"] for each in made["traceability"]] == numbers
    shown = (await shop.api.get(f"/manufacturing_orders/{order['id']}")).json["serial_numbers"]
    assert shown == made["serial_numbers"]


async def test_a_production_takes_serial_numbers_that_are_there(shop: Shop) -> None:
    order = await shop.order()
    serial = shop.api.sandbox.store["serial_numbers"].create({"serial_number": "SN-1"})["id"]
    made = (await shop.produce(order, 1, serial_numbers=[serial])).json
    assert [each["serial_number"] for each in made["serial_numbers"]] == ["SN-1"]
    answer = await shop.produce(order, 1, serial_numbers=[7])
    assert answer.codes == [("/serial_numbers/0", "reference")]
