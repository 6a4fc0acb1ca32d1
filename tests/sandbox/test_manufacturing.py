"""Manufacturing orders: what they take over, what they claim, and what making does to stock."""

from decimal import Decimal

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Api
from .shop import CLAIMED, MADE, UNTOUCHED, Shop


@pytest.fixture
def shop(api: Api) -> Shop:
    return Shop(api)


async def test_an_order_copies_the_bill_of_materials_and_the_operations_of_its_variant(
    shop: Shop,
) -> None:
    await shop.operations()
    order = await shop.order()
    assert order["status"] == "NOT_STARTED"
    assert order["order_no"].startswith("MO-")
    assert order["total_planned_time"] == 100 + 10 * 100
    assert order["ingredient_availability"] == "IN_STOCK"
    ingredients = await shop.rows("recipe", order)
    per_unit = {row["variant_id"]: row["planned_quantity_per_unit"] for row in ingredients}
    assert per_unit == {shop.board: "2", shop.screw: "4"}
    operations = await shop.rows("operation", order)
    assert [row["operation_name"] for row in reversed(operations)] == ["Sawing", "Screwing"]
    assert [row["status"] for row in operations] == ["NOT_STARTED"] * 2


async def test_an_open_order_commits_its_ingredients_and_expects_its_product(shop: Shop) -> None:
    order = await shop.order()
    assert await shop.all_stock() == CLAIMED
    await shop.change(order, planned_quantity=3)
    assert await shop.all_stock() == [(0, 0, 3), (100, 6, 0), (100, 12, 0)]
    await shop.change(order, additional_info="Rush")
    assert await shop.all_stock() == [(0, 0, 3), (100, 6, 0), (100, 12, 0)]
    assert (await shop.api.delete(f"/manufacturing_orders/{order['id']}")).status == 204
    assert await shop.all_stock() == UNTOUCHED
    assert await shop.rows("recipe", order) == []


async def test_an_order_moves_its_claims_to_another_location(shop: Shop) -> None:
    order = await shop.order()
    other = shop.api.sandbox.store["locations"].ids()[1]
    await shop.change(order, location_id=other)
    assert await shop.all_stock() == UNTOUCHED
    shop.location = other
    assert (await shop.stock(shop.board))[1] == 20


async def test_done_uses_the_ingredients_up_and_adds_the_product(
    shop: Shop, clock: ManualClock
) -> None:
    await shop.operations()
    order = await shop.order()
    clock.advance(3600)
    done = await shop.change(order, status="DONE")
    assert await shop.all_stock() == MADE
    assert done["actual_quantity"] == 10
    assert done["done_date"] > order["created_at"]
    assert done["ingredient_availability"] == "PROCESSED"
    assert (done["material_cost"], done["subassemblies_cost"]) == (110, 0)
    assert (done["operations_cost"], done["total_cost"]) == (11, 110 + 11)
    assert done["total_actual_time"] == 1100
    [row] = (await shop.api.get(f"/inventory?variant_id={shop.bench}")).rows
    assert Decimal(row["average_cost"]) == Decimal("12.1")
    ingredients = await shop.rows("recipe", order)
    assert {row["total_actual_quantity"] for row in ingredients} == {"20", "40"}
    found = await shop.api.get(
        f"/manufacturing_order_productions?manufacturing_order_ids={order['id']}"
    )
    [production] = found.rows
    assert production["quantity"] == 10
    assert {each["quantity"] for each in production["ingredients"]} == {20, 40}


async def test_making_is_recorded_as_movements(shop: Shop) -> None:
    order = await shop.order()
    await shop.change(order, status="DONE")
    found = await shop.api.get(f"/inventory_movements?caused_by_order_no={order['order_no']}")
    moved = {
        (row["resource_type"], row["variant_id"]): row["quantity_change"] for row in found.rows
    }
    assert moved == {
        ("Production", shop.bench): 10,
        ("ProductionIngredient", shop.board): -20,
        ("ProductionIngredient", shop.screw): -40,
    }
    assert {row["caused_by_resource_id"] for row in found.rows} == {order["id"]}


async def test_reopening_undoes_the_final_production(shop: Shop) -> None:
    order = await shop.order()
    await shop.change(order, status="DONE")
    reopened = await shop.change(order, status="IN_PROGRESS")
    assert reopened["status"] == "IN_PROGRESS"
    assert reopened["done_date"] is None
    assert reopened["actual_quantity"] is None
    assert await shop.all_stock() == CLAIMED
    await shop.change(order, status="DONE", actual_quantity=5)
    assert await shop.all_stock() == [(5, 0, 0), (90, 0, 0), (80, 0, 0)]


async def test_done_uses_the_actual_quantity_of_an_ingredient(shop: Shop) -> None:
    order = await shop.order()
    row = next(row for row in await shop.rows("recipe", order) if row["variant_id"] == shop.board)
    path = f"/manufacturing_order_recipe_rows/{row['id']}"
    assert (await shop.api.patch(path, {"total_actual_quantity": 23})).status == 200
    assert (await shop.stock(shop.board))[1] == 23
    await shop.change(order, status="DONE")
    assert await shop.stock(shop.board) == (77, 0, 0)
    assert Decimal((await shop.api.get(path)).json["cost"]) == 115


async def test_an_order_with_productions_cannot_be_deleted(shop: Shop) -> None:
    order = await shop.order()
    made = (await shop.produce(order, 1)).json
    path = f"/manufacturing_orders/{order['id']}"
    assert (await shop.api.delete(path)).status == 412
    assert (await shop.api.delete(f"/variants/{shop.bench}")).status == 412
    await shop.api.delete(f"/manufacturing_order_productions/{made['id']}")
    assert (await shop.api.delete(path)).status == 204


async def test_rows_can_be_added_changed_and_removed(shop: Shop) -> None:
    order = await shop.order()
    body = {"manufacturing_order_id": order["id"], "variant_id": shop.screw}
    added = await shop.api.post(
        "/manufacturing_order_recipe_rows", {**body, "planned_quantity_per_unit": 1}
    )
    assert (await shop.stock(shop.screw))[1] == 50
    path = f"/manufacturing_order_recipe_rows/{added.json['id']}"
    await shop.api.patch(path, {"planned_quantity_per_unit": 0.5})
    assert (await shop.stock(shop.screw))[1] == 45
    await shop.api.patch(path, {"variant_id": shop.board})
    assert (await shop.stock(shop.screw))[1] == 40
    assert (await shop.stock(shop.board))[1] == 25
    assert (await shop.api.delete(path)).status == 204
    assert await shop.all_stock() == CLAIMED
    gone = {**body, "variant_id": 7, "planned_quantity_per_unit": 1}
    answer = await shop.api.post("/manufacturing_order_recipe_rows", gone)
    assert answer.codes == [("/variant_id", "reference")]


async def test_an_order_of_another_variant_copies_its_rows(shop: Shop) -> None:
    order = await shop.order()
    plain = shop.variant("products")
    await shop.change(order, variant_id=plain)
    assert await shop.rows("recipe", order) == []
    assert await shop.all_stock() == UNTOUCHED
    assert (await shop.api.get(f"/manufacturing_orders/{order['id']}")).json[
        "ingredient_availability"
    ] == "NO_RECIPE"


async def test_a_patch_without_additional_info_wipes_it(shop: Shop) -> None:
    order = await shop.order(additional_info="Rush")
    assert order["additional_info"] == "Rush"
    assert (await shop.change(order, order_no="M-1"))["additional_info"] == ""


async def test_only_variants_of_products_are_made(shop: Shop) -> None:
    body = {"variant_id": shop.board, "planned_quantity": 1, "location_id": shop.location}
    answer = await shop.api.post("/manufacturing_orders", body)
    assert answer.codes == [("/variant_id", "reference")]
    tiny = {**body, "variant_id": shop.bench, "planned_quantity": 0.000001}
    answer = await shop.api.post("/manufacturing_orders", tiny)
    assert answer.codes == [("/planned_quantity", "minimum")]


async def test_an_operation_has_an_active_operator_and_a_time_of_completion(shop: Shop) -> None:
    order = await shop.order()
    body = {
        "manufacturing_order_id": order["id"],
        "status": "NOT_STARTED",
        "operation_name": "Waxing",
        "assigned_operators": [{"name": "Someone new"}],
        "cost_parameter": 30,
        "planned_time_parameter": 60,
    }
    made = (await shop.api.post("/manufacturing_order_operation_rows", body)).json
    [operator] = made["assigned_operators"]
    assert shop.api.sandbox.store["operators"].get(operator["operator_id"])
    assert Decimal(made["planned_cost_per_unit"]) == Decimal("0.5")
    assert made["active_operator_id"] is None
    path = f"/manufacturing_order_operation_rows/{made['id']}"
    begun = (await shop.api.patch(path, {"status": "IN_PROGRESS"})).json
    assert begun["active_operator_id"] == operator["operator_id"]
    done = (await shop.api.patch(path, {"status": "COMPLETED", "total_actual_time": 90})).json
    assert done["completed_at"] is not None
    assert done["total_actual_time"] == "90"
    assert Decimal(done["total_actual_cost"]) == Decimal("0.75")
    again = (await shop.api.patch(path, {"operation_name": "Waxing"})).json
    assert again["operation_id"] == made["operation_id"]
    answer = await shop.api.patch(path, {"operation_id": 7})
    assert answer.codes == [("/operation_id", "reference")]
    assert (await shop.api.delete(path)).status == 204


async def test_orders_are_found_by_status_location_and_link(shop: Shop) -> None:
    order = await shop.order()
    found = await shop.api.get(f"/manufacturing_orders?location_id={shop.location}&limit=1")
    assert found.ids == [order["id"]]
    assert order["id"] not in (await shop.api.get("/manufacturing_orders?status=DONE")).ids
    linked = (await shop.api.get("/manufacturing_orders?is_linked_to_sales_order=false")).ids
    assert order["id"] in linked


async def test_orders_that_were_there_from_the_start_can_be_reopened(shop: Shop) -> None:
    order = (await shop.api.get("/manufacturing_orders?status=DONE")).rows[0]
    shop.location = order["location_id"]
    before = await shop.stock(order["variant_id"])
    await shop.change(order, status="IN_PROGRESS")
    in_stock, committed, expected = await shop.stock(order["variant_id"])
    made = order["actual_quantity"]
    assert made > 0
    assert (in_stock, committed, expected) == (before[0] - made, before[1], before[2] + made)
    await shop.change(order, status="DONE")
    assert await shop.stock(order["variant_id"]) == before
