"""Manufacturing orders: their rows, and their effects on stock."""

from decimal import Decimal

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Api
from .workshop import CLAIMED, MADE, UNTOUCHED, Workshop


@pytest.fixture
def workshop(api: Api) -> Workshop:
    return Workshop(api)


async def test_an_order_copies_the_bill_of_materials_and_the_operations_of_its_variant(
    workshop: Workshop,
) -> None:
    await workshop.operations()
    order = await workshop.order()
    assert order["status"] == "NOT_STARTED"
    assert order["order_no"].startswith("MO-")
    assert order["total_planned_time"] == 100 + 10 * 100
    assert order["ingredient_availability"] == "IN_STOCK"
    ingredients = await workshop.rows("recipe", order)
    per_unit = {row["variant_id"]: row["planned_quantity_per_unit"] for row in ingredients}
    assert per_unit == {workshop.board: "2", workshop.screw: "4"}
    operations = await workshop.rows("operation", order)
    assert [row["operation_name"] for row in reversed(operations)] == ["Sawing", "Screwing"]
    assert [row["status"] for row in operations] == ["NOT_STARTED"] * 2


async def test_an_open_order_commits_its_ingredients_and_expects_its_product(
    workshop: Workshop,
) -> None:
    order = await workshop.order()
    assert await workshop.all_stock() == CLAIMED
    await workshop.change(order, planned_quantity=3)
    assert await workshop.all_stock() == [(0, 0, 3), (100, 6, 0), (100, 12, 0)]
    await workshop.change(order, additional_info="Rush")
    assert await workshop.all_stock() == [(0, 0, 3), (100, 6, 0), (100, 12, 0)]
    assert (await workshop.api.delete(f"/manufacturing_orders/{order['id']}")).status == 204
    assert await workshop.all_stock() == UNTOUCHED
    assert await workshop.rows("recipe", order) == []


async def test_an_order_moves_its_claims_to_another_location(workshop: Workshop) -> None:
    order = await workshop.order()
    other = workshop.api.sandbox.store["locations"].ids()[1]
    await workshop.change(order, location_id=other)
    assert await workshop.all_stock() == UNTOUCHED
    workshop.location = other
    assert (await workshop.stock(workshop.board))[1] == 20


async def test_done_uses_the_ingredients_up_and_adds_the_product(
    workshop: Workshop, clock: ManualClock
) -> None:
    await workshop.operations()
    order = await workshop.order()
    clock.advance(3600)
    done = await workshop.change(order, status="DONE")
    assert await workshop.all_stock() == MADE
    assert done["actual_quantity"] == 10
    assert done["done_date"] > order["created_at"]
    assert done["ingredient_availability"] == "PROCESSED"
    assert (done["material_cost"], done["subassemblies_cost"]) == (110, 0)
    assert (done["operations_cost"], done["total_cost"]) == (11, 110 + 11)
    assert done["total_actual_time"] == 1100
    [row] = (await workshop.api.get(f"/inventory?variant_id={workshop.bench}")).rows
    assert Decimal(row["average_cost"]) == Decimal("12.1")
    ingredients = await workshop.rows("recipe", order)
    assert {row["total_actual_quantity"] for row in ingredients} == {"20", "40"}
    found = await workshop.api.get(
        f"/manufacturing_order_productions?manufacturing_order_ids={order['id']}"
    )
    [production] = found.rows
    assert production["quantity"] == 10
    assert {each["quantity"] for each in production["ingredients"]} == {20, 40}


async def test_making_is_recorded_as_movements(workshop: Workshop) -> None:
    order = await workshop.order()
    await workshop.change(order, status="DONE")
    found = await workshop.api.get(f"/inventory_movements?caused_by_order_no={order['order_no']}")
    moved = {
        (row["resource_type"], row["variant_id"]): row["quantity_change"] for row in found.rows
    }
    assert moved == {
        ("Production", workshop.bench): 10,
        ("ProductionIngredient", workshop.board): -20,
        ("ProductionIngredient", workshop.screw): -40,
    }
    assert {row["caused_by_resource_id"] for row in found.rows} == {order["id"]}


async def test_reopening_undoes_the_final_production(workshop: Workshop) -> None:
    order = await workshop.order()
    await workshop.change(order, status="DONE")
    reopened = await workshop.change(order, status="IN_PROGRESS")
    assert reopened["status"] == "IN_PROGRESS"
    assert reopened["done_date"] is None
    assert reopened["actual_quantity"] is None
    assert await workshop.all_stock() == CLAIMED
    await workshop.change(order, status="DONE", actual_quantity=5)
    assert await workshop.all_stock() == [(5, 0, 0), (90, 0, 0), (80, 0, 0)]


async def test_done_uses_the_actual_quantity_of_an_ingredient(workshop: Workshop) -> None:
    order = await workshop.order()
    row = next(
        row for row in await workshop.rows("recipe", order) if row["variant_id"] == workshop.board
    )
    path = f"/manufacturing_order_recipe_rows/{row['id']}"
    assert (await workshop.api.patch(path, {"total_actual_quantity": 23})).status == 200
    assert (await workshop.stock(workshop.board))[1] == 23
    await workshop.change(order, status="DONE")
    assert await workshop.stock(workshop.board) == (77, 0, 0)
    assert Decimal((await workshop.api.get(path)).json["cost"]) == 115


async def test_an_order_with_productions_cannot_be_deleted(workshop: Workshop) -> None:
    order = await workshop.order()
    made = (await workshop.produce(order, 1)).json
    path = f"/manufacturing_orders/{order['id']}"
    assert (await workshop.api.delete(path)).status == 412
    assert (await workshop.api.delete(f"/variants/{workshop.bench}")).status == 412
    await workshop.api.delete(f"/manufacturing_order_productions/{made['id']}")
    assert (await workshop.api.delete(path)).status == 204


async def test_rows_can_be_added_changed_and_removed(workshop: Workshop) -> None:
    order = await workshop.order()
    body = {"manufacturing_order_id": order["id"], "variant_id": workshop.screw}
    added = await workshop.api.post(
        "/manufacturing_order_recipe_rows", {**body, "planned_quantity_per_unit": 1}
    )
    assert (await workshop.stock(workshop.screw))[1] == 50
    path = f"/manufacturing_order_recipe_rows/{added.json['id']}"
    await workshop.api.patch(path, {"planned_quantity_per_unit": 0.5})
    assert (await workshop.stock(workshop.screw))[1] == 45
    await workshop.api.patch(path, {"variant_id": workshop.board})
    assert (await workshop.stock(workshop.screw))[1] == 40
    assert (await workshop.stock(workshop.board))[1] == 25
    assert (await workshop.api.delete(path)).status == 204
    assert await workshop.all_stock() == CLAIMED
    gone = {**body, "variant_id": 7, "planned_quantity_per_unit": 1}
    answer = await workshop.api.post("/manufacturing_order_recipe_rows", gone)
    assert answer.codes == [("/variant_id", "reference")]


async def test_an_order_of_another_variant_copies_its_rows(workshop: Workshop) -> None:
    order = await workshop.order()
    plain = workshop.variant("products")
    await workshop.change(order, variant_id=plain)
    assert await workshop.rows("recipe", order) == []
    assert await workshop.all_stock() == UNTOUCHED
    assert (await workshop.api.get(f"/manufacturing_orders/{order['id']}")).json[
        "ingredient_availability"
    ] == "NO_RECIPE"


async def test_a_patch_without_additional_info_wipes_it(workshop: Workshop) -> None:
    order = await workshop.order(additional_info="Rush")
    assert order["additional_info"] == "Rush"
    assert (await workshop.change(order, order_no="M-1"))["additional_info"] == ""


async def test_only_variants_of_products_are_made(workshop: Workshop) -> None:
    body = {"variant_id": workshop.board, "planned_quantity": 1, "location_id": workshop.location}
    answer = await workshop.api.post("/manufacturing_orders", body)
    assert answer.codes == [("/variant_id", "reference")]
    tiny = {**body, "variant_id": workshop.bench, "planned_quantity": 0.000001}
    answer = await workshop.api.post("/manufacturing_orders", tiny)
    assert answer.codes == [("/planned_quantity", "minimum")]


async def test_an_operation_has_an_active_operator_and_a_time_of_completion(
    workshop: Workshop,
) -> None:
    order = await workshop.order()
    body = {
        "manufacturing_order_id": order["id"],
        "status": "NOT_STARTED",
        "operation_name": "Waxing",
        "assigned_operators": [{"name": "Someone new"}],
        "cost_parameter": 30,
        "planned_time_parameter": 60,
    }
    made = (await workshop.api.post("/manufacturing_order_operation_rows", body)).json
    [operator] = made["assigned_operators"]
    assert workshop.api.sandbox.store["operators"].get(operator["operator_id"])
    assert Decimal(made["planned_cost_per_unit"]) == Decimal("0.5")
    assert made["active_operator_id"] is None
    path = f"/manufacturing_order_operation_rows/{made['id']}"
    begun = (await workshop.api.patch(path, {"status": "IN_PROGRESS"})).json
    assert begun["active_operator_id"] == operator["operator_id"]
    done = (await workshop.api.patch(path, {"status": "COMPLETED", "total_actual_time": 90})).json
    assert done["completed_at"] is not None
    assert done["total_actual_time"] == "90"
    assert Decimal(done["total_actual_cost"]) == Decimal("0.75")
    again = (await workshop.api.patch(path, {"operation_name": "Waxing"})).json
    assert again["operation_id"] == made["operation_id"]
    answer = await workshop.api.patch(path, {"operation_id": 7})
    assert answer.codes == [("/operation_id", "reference")]
    assert (await workshop.api.delete(path)).status == 204


async def test_orders_are_found_by_status_location_and_link(workshop: Workshop) -> None:
    order = await workshop.order()
    found = await workshop.api.get(f"/manufacturing_orders?location_id={workshop.location}&limit=1")
    assert found.ids == [order["id"]]
    assert order["id"] not in (await workshop.api.get("/manufacturing_orders?status=DONE")).ids
    linked = (await workshop.api.get("/manufacturing_orders?is_linked_to_sales_order=false")).ids
    assert order["id"] in linked


async def test_orders_that_were_there_from_the_start_can_be_reopened(workshop: Workshop) -> None:
    order = (await workshop.api.get("/manufacturing_orders?status=DONE")).rows[0]
    workshop.location = order["location_id"]
    before = await workshop.stock(order["variant_id"])
    await workshop.change(order, status="IN_PROGRESS")
    in_stock, committed, expected = await workshop.stock(order["variant_id"])
    made = order["actual_quantity"]
    assert made > 0
    assert (in_stock, committed, expected) == (before[0] - made, before[1], before[2] + made)
    await workshop.change(order, status="DONE")
    assert await workshop.stock(order["variant_id"]) == before
