"""Productions of a manufacturing order, with batches and serial numbers."""

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Api
from .workshop import CLAIMED, MADE, Workshop


@pytest.fixture
def workshop(api: Api) -> Workshop:
    return Workshop(api)


async def test_a_partial_production_uses_up_in_proportion(workshop: Workshop) -> None:
    await workshop.operations()
    order = await workshop.order()
    made = (await workshop.produce(order, 4)).json
    assert await workshop.all_stock() == [(4, 0, 6), (92, 12, 0), (84, 24, 0)]
    assert {each["quantity"] for each in made["ingredients"]} == {8, 16}
    assert sorted(each["time"] for each in made["operations"]) == [40, 400]
    partly = (await workshop.api.get(f"/manufacturing_orders/{order['id']}")).json
    assert partly["status"] == "PARTIALLY_COMPLETED"
    assert (partly["completed_quantity"], partly["remaining_quantity"]) == (4, 6)
    await workshop.change(order, status="DONE")
    assert await workshop.all_stock() == MADE
    await workshop.change(order, status="PARTIALLY_COMPLETED")
    assert await workshop.all_stock() == [(4, 0, 6), (92, 12, 0), (84, 24, 0)]


async def test_deleting_a_production_undoes_it(workshop: Workshop) -> None:
    order = await workshop.order()
    made = (await workshop.produce(order, 4)).json
    path = f"/manufacturing_order_productions/{made['id']}"
    assert (await workshop.api.delete(path)).status == 204
    assert await workshop.all_stock() == CLAIMED
    assert (await workshop.api.get(path)).status == 404
    order = (await workshop.api.get(f"/manufacturing_orders/{order['id']}")).json
    assert order["status"] == "NOT_STARTED"
    ingredient = made["ingredients"][0]["id"]
    path = f"/manufacturing_order_production_ingredients/{ingredient}"
    assert (await workshop.api.patch(path, {"batch_transactions": []})).status == 404


async def test_the_last_production_finishes_an_order(workshop: Workshop) -> None:
    order = await workshop.order()
    await workshop.produce(order, 4)
    last = (await workshop.produce(order, 6)).json
    path = f"/manufacturing_orders/{order['id']}"
    assert (await workshop.api.get(path)).json["status"] == "DONE"
    assert await workshop.all_stock() == MADE
    await workshop.api.delete(f"/manufacturing_order_productions/{last['id']}")
    assert (await workshop.api.get(path)).json["status"] == "PARTIALLY_COMPLETED"
    assert await workshop.all_stock() == [(4, 0, 6), (92, 12, 0), (84, 24, 0)]


async def test_a_production_may_be_final_or_not_by_its_body(workshop: Workshop) -> None:
    order = await workshop.order()
    await workshop.produce(order, 10, is_final=False)
    path = f"/manufacturing_orders/{order['id']}"
    assert (await workshop.api.get(path)).json["status"] == "PARTIALLY_COMPLETED"
    await workshop.change(order, status="DONE")
    assert await workshop.all_stock() == MADE
    early = await workshop.order()
    await workshop.produce(early, 1, is_final=True)
    made = (await workshop.api.get(f"/manufacturing_orders/{early['id']}")).json
    assert (made["status"], made["actual_quantity"]) == ("DONE", 1)
    assert await workshop.all_stock() == [(11, 0, 0), (78, 0, 0), (56, 0, 0)]


async def test_a_production_uses_exactly_the_named_quantities_and_times(workshop: Workshop) -> None:
    await workshop.operations()
    order = await workshop.order()
    board = next(
        row["id"]
        for row in await workshop.rows("recipe", order)
        if row["variant_id"] == workshop.board
    )
    screwing = (await workshop.rows("operation", order))[0]["id"]
    used = [{"manufacturing_order_recipe_row_id": board, "quantity": "3.5"}]
    took = [{"manufacturing_order_operation_id": screwing, "time": 77}]
    made = (await workshop.produce(order, 1, ingredients=used, operations=took)).json
    assert await workshop.stock(workshop.board) == (Decimal("96.5"), Decimal("16.5"), 0)
    assert await workshop.stock(workshop.screw) == (100, 40, 0)  # not named, not used
    assert [each["time"] for each in made["operations"]] == [77]
    row = (await workshop.api.get(f"/manufacturing_order_operation_rows/{screwing}")).json
    assert (row["total_consumed_time"], row["total_actual_time"]) == (77, None)
    wrong = [{"manufacturing_order_recipe_row_id": 7, "quantity": 1}]
    answer = await workshop.produce(order, 1, ingredients=wrong)
    path = "/ingredients/0/manufacturing_order_recipe_row_id"
    assert answer.codes == [(path, "reference")]
    nothing = [{"manufacturing_order_recipe_row_id": board, "quantity": 0}]
    assert (await workshop.produce(order, 1, ingredients=nothing)).status == 422


@pytest.mark.parametrize(
    ("told", "stock", "times"),
    [
        ({}, MADE, [100, 1000]),
        ({"ingredients": []}, [(10, 0, 0), (100, 0, 0), (100, 0, 0)], [100, 1000]),
        ({"operations": []}, MADE, []),
    ],
)
async def test_absent_ingredients_are_as_planned_and_an_empty_list_is_none(
    told: dict[str, Any], stock: Any, times: list[int], workshop: Workshop
) -> None:
    await workshop.operations()
    order = await workshop.order()
    made = (await workshop.produce(order, 10, **told)).json
    assert await workshop.all_stock() == stock
    assert len(made["ingredients"]) == (0 if "ingredients" in told else 2)
    assert sorted(each["time"] for each in made["operations"]) == times
    path = f"/manufacturing_order_productions/{made['id']}"
    assert (await workshop.api.delete(path)).status == 204
    assert await workshop.all_stock() == CLAIMED


async def test_the_date_of_a_production_is_that_of_its_parts(workshop: Workshop) -> None:
    order = await workshop.order()
    made = (await workshop.produce(order, 1, completed_date="2026-02-01T10:00:00+02:00")).json
    assert made["production_date"] == "2026-02-01T08:00:00.000Z"
    movements = f"/inventory_movements?caused_by_resource_id={order['id']}"
    rows = (await workshop.api.get(movements)).rows
    assert {row["movement_date"] for row in rows} == {made["production_date"]}
    path = f"/manufacturing_order_productions/{made['id']}"
    moved = (await workshop.api.patch(path, {"production_date": "2026-02-02T10:00:00Z"})).json
    dates = {each["production_date"] for each in (moved, *moved["ingredients"])}
    assert dates == {"2026-02-02T10:00:00.000Z"}
    assert (await workshop.api.delete(path)).status == 204
    deleted = workshop.api.sandbox.store["manufacturing_order_productions"].get(
        made["id"], deleted=True
    )
    assert deleted is not None
    rows = (await workshop.api.get(movements)).rows
    assert {row["movement_date"] for row in rows} == {
        made["production_date"],
        deleted["deleted_at"],
    }


async def batch(workshop: Workshop, variant: Any) -> Any:
    body = {"batch_number": "B-1", "variant_id": variant}
    return (await workshop.api.post("/batches", body)).json["id"]


async def in_batch(workshop: Workshop, batch_id: Any) -> Decimal | int:
    rows = (await workshop.api.get(f"/batch_stocks?batch_id={batch_id}&include_empty=true")).rows
    [row] = [row for row in rows if row["location_id"] == workshop.location]
    return Decimal(row["quantity_in_stock"])


async def test_a_production_takes_from_one_batch_and_adds_to_another(workshop: Workshop) -> None:
    boards, benches = await batch(workshop, workshop.board), await batch(workshop, workshop.bench)
    order = await workshop.order()
    row = next(
        row for row in await workshop.rows("recipe", order) if row["variant_id"] == workshop.board
    )
    taken = {
        "manufacturing_order_recipe_row_id": row["id"],
        "quantity": 2,
        "batch_transactions": [{"batch_id": boards, "quantity": 2}],
    }
    made = await workshop.produce(
        order, 1, ingredients=[taken], batch_transaction={"batch_id": benches}
    )
    assert (await in_batch(workshop, boards), await in_batch(workshop, benches)) == (-2, 1)
    path = f"/manufacturing_orders/{order['id']}"
    found = (await workshop.api.get(path)).json["batch_transactions"]
    assert found == [{"batch_id": benches, "quantity": 1}]
    use = next(
        each["id"] for each in made.json["ingredients"] if each["variant_id"] == workshop.board
    )
    other = await batch(workshop, workshop.board)
    path = f"/manufacturing_order_production_ingredients/{use}"
    answer = await workshop.api.patch(path, {"batch_transactions": [{"batch_id": other}]})
    assert answer.json["quantity"] == 2
    assert (await in_batch(workshop, boards), await in_batch(workshop, other)) == (0, -2)
    await workshop.api.delete(f"/manufacturing_order_productions/{made.json['id']}")
    assert (await in_batch(workshop, other), await in_batch(workshop, benches)) == (0, 0)
    answer = await workshop.api.patch(path, {"batch_transactions": []})
    assert answer.status == 404


async def test_done_uses_the_batches_that_rows_and_the_order_name(workshop: Workshop) -> None:
    boards, benches = await batch(workshop, workshop.board), await batch(workshop, workshop.bench)
    order = await workshop.order()
    row = next(
        row for row in await workshop.rows("recipe", order) if row["variant_id"] == workshop.board
    )
    path = f"/manufacturing_order_recipe_rows/{row['id']}"
    wrong = {"batch_transactions": [{"batch_id": benches, "quantity": 20}]}
    answer = await workshop.api.patch(path, wrong)
    assert answer.codes == [("/batch_transactions/0/batch_id", "reference")]
    await workshop.api.patch(path, {"batch_transactions": [{"batch_id": boards, "quantity": 20}]})
    made = {"batch_transactions": [{"batch_id": benches, "quantity": 10}]}
    await workshop.change(order, status="DONE", **made)
    assert (await in_batch(workshop, boards), await in_batch(workshop, benches)) == (-20, 10)
    await workshop.change(order, status="IN_PROGRESS")
    assert (await in_batch(workshop, boards), await in_batch(workshop, benches)) == (0, 0)


async def test_a_production_of_a_tracked_product_makes_the_serial_numbers(
    workshop: Workshop,
) -> None:
    store = workshop.api.sandbox.store
    product = store["variants"].get(workshop.bench)
    assert product is not None
    store["products"].update(product["product_id"], {"serial_tracked": True})
    order = await workshop.order()
    made = (await workshop.produce(order, 2)).json
    assert {(each["resource_type"], each["resource_id"]) for each in made["serial_numbers"]} == {
        ("Production", made["id"])
    }
    numbers = [each["id"] for each in made["serial_numbers"]]
    assert len({*numbers}) == 2
    assert [each["serial_number_id"] for each in made["traceability"]] == numbers
    shown = (await workshop.api.get(f"/manufacturing_orders/{order['id']}")).json["serial_numbers"]
    assert shown == made["serial_numbers"]


async def test_a_production_takes_serial_numbers_that_are_there(workshop: Workshop) -> None:
    order = await workshop.order()
    serial = workshop.api.sandbox.store["serial_numbers"].create({"serial_number": "SN-1"})["id"]
    made = (await workshop.produce(order, 1, serial_numbers=[serial])).json
    assert [each["serial_number"] for each in made["serial_numbers"]] == ["SN-1"]
    answer = await workshop.produce(order, 1, serial_numbers=[7])
    assert answer.codes == [("/serial_numbers/0", "reference")]
