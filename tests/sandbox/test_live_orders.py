"""Observations of purchase and manufacturing orders on the live service, one test each."""

from decimal import Decimal
from typing import Any

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Api, newest
from .workshop import Workshop

FIELD = "37460d24-ea57-416d-888e-bea7c0505642"
MISSING = "6afe78d2-2b95-4d71-92f5-1bc2be852afe"


@pytest.fixture
def workshop(api: Api) -> Workshop:
    return Workshop(api)


class Buyer:
    """Buys boards for a workshop."""

    def __init__(self, workshop: Workshop) -> None:
        self.api, self.board, self.location = workshop.api, workshop.board, workshop.location

    def row(self, quantity: int = 10, **fields: Any) -> dict[str, Any]:
        return {"variant_id": self.board, "quantity": quantity, "price_per_unit": 2, **fields}

    async def order(self, *rows: dict[str, Any], **fields: Any) -> Any:
        body = {
            "supplier_id": newest(self.api.sandbox, "suppliers"),
            "location_id": self.location,
            "purchase_order_rows": rows or [self.row()],
        }
        made = await self.api.post("/purchase_orders", {**body, **fields})
        assert made.status == 200
        return made.json

    async def receive(self, *parts: tuple[Any, Any], **fields: Any) -> None:
        body = [
            {"purchase_order_row_id": row["id"], "quantity": quantity, **fields}
            for row, quantity in parts
        ]
        assert (await self.api.post("/purchase_order_receive", body)).status == 204

    async def shown(self, order: Any) -> Any:
        return (await self.api.get(f"/purchase_orders/{order['id']}")).json

    async def rows(self, order: Any) -> list[tuple[Any, Any, Any, bool]]:
        """Return the id, quantity, group and receipt of each row."""
        rows = (await self.shown(order))["purchase_order_rows"]
        return [
            (row["id"], row["quantity"], row["group_id"], row["received_date"] is not None)
            for row in sorted(rows, key=lambda row: int(row["id"]))
        ]

    async def status(self, order: Any, status: str) -> Any:
        return await self.api.patch(f"/purchase_orders/{order['id']}", {"status": status})


@pytest.fixture
def buyer(workshop: Workshop) -> Buyer:
    return Buyer(workshop)


# -- receipts


async def test_the_received_part_of_a_row_gets_a_new_id_and_group(buyer: Buyer) -> None:
    order = await buyer.order()
    [row] = order["purchase_order_rows"]
    await buyer.receive((row, 4))
    rest, part = await buyer.rows(order)
    assert rest == (row["id"], 6, order["default_group_id"], False)
    assert part[0] > row["id"]
    assert part[1:] == (4, part[2], True)
    assert part[2] != order["default_group_id"]
    assert (await buyer.shown(order))["status"] == "PARTIALLY_RECEIVED"


async def test_each_receive_call_is_one_group_despite_different_dates(buyer: Buyer) -> None:
    order = await buyer.order(buyer.row(3), buyer.row(5), buyer.row(7))
    first, second, third = order["purchase_order_rows"]
    body = [
        {"purchase_order_row_id": row["id"], "quantity": row["quantity"], "received_date": date}
        for row, date in ((first, "2026-01-01"), (second, "2026-01-02"))
    ]
    assert (await buyer.api.post("/purchase_order_receive", body)).status == 204
    await buyer.receive((third, 7))
    groups = [group for _, _, group, _ in await buyer.rows(order)]
    assert groups[0] == groups[1] != groups[2]
    assert order["default_group_id"] not in groups
    assert (await buyer.shown(order))["status"] == "RECEIVED"


@pytest.mark.parametrize("way", ["receive", "status"])
async def test_a_first_call_that_receives_everything_keeps_the_default_group(
    way: str, buyer: Buyer
) -> None:
    order = await buyer.order(buyer.row(3), buyer.row(5))
    rows = order["purchase_order_rows"]
    if way == "receive":
        await buyer.receive(*((row, row["quantity"]) for row in rows))
    else:
        await buyer.status(order, "RECEIVED")
    group = order["default_group_id"]
    assert await buyer.rows(order) == [(row["id"], row["quantity"], group, True) for row in rows]


async def test_not_received_undoes_all_receipts_and_merges_rows(
    workshop: Workshop, buyer: Buyer
) -> None:
    before = await workshop.stock(workshop.board)
    order = await buyer.order(buyer.row(10), buyer.row(5, price_per_unit=3))
    first, second = order["purchase_order_rows"]
    await buyer.receive((first, 4))
    part = (await buyer.rows(order))[-1]
    cost = {
        "additional_cost_id": newest(workshop.api.sandbox, "additional_costs"),
        "tax_rate_id": newest(workshop.api.sandbox, "tax_rates"),
        "price": 7,
        "group_id": part[2],
    }
    cost = (await workshop.api.post("/po_additional_cost_rows", cost)).json
    await buyer.receive((first, 6), (second, 5))
    assert (await workshop.stock(workshop.board))[0] == before[0] + 15
    assert (await buyer.status(order, "NOT_RECEIVED")).status == 200
    group = order["default_group_id"]
    assert await buyer.rows(order) == [
        (first["id"], 10, group, False),
        (second["id"], 5, group, False),
    ]
    assert await workshop.stock(workshop.board) == (before[0], before[1], before[2] + 15)
    after = (await workshop.api.get(f"/po_additional_cost_rows/{cost['id']}")).json
    assert after["group_id"] == group


async def test_a_partly_received_order_cannot_become_not_received(buyer: Buyer) -> None:
    order = await buyer.order()
    await buyer.receive((order["purchase_order_rows"][0], 4))
    answer = await buyer.status(order, "NOT_RECEIVED")
    assert (answer.status, answer.codes) == (422, [("/status", "readOnly")])


async def test_a_received_order_refuses_new_rows(buyer: Buyer) -> None:
    order = await buyer.order()
    await buyer.status(order, "RECEIVED")
    body = {**buyer.row(), "purchase_order_id": order["id"]}
    assert (await buyer.api.post("/purchase_order_rows", body)).status == 422


async def test_a_batch_tracked_row_without_batches_has_a_null_batch(buyer: Buyer) -> None:
    store = buyer.api.sandbox.store
    variant = store["variants"].get(buyer.board)
    assert variant is not None
    store["materials"].update(variant["material_id"], {"batch_tracked": True})
    order = await buyer.order()
    await buyer.receive((order["purchase_order_rows"][0], 4))
    rows = (await buyer.shown(order))["purchase_order_rows"]
    shown = {row["quantity"]: row["batch_transactions"] for row in rows}
    assert shown == {6: [], 4: [{"batch_id": None, "quantity": 4}]}


async def test_traceability_overrides_the_batches_of_a_receipt(buyer: Buyer) -> None:
    batches = [await batch_of(buyer.api, buyer.board, name) for name in "AB"]
    order = await buyer.order()
    await buyer.receive(
        (order["purchase_order_rows"][0], 10),
        batch_transactions=[{"batch_id": batches[0], "quantity": 10}],
        traceability=[
            {"batch_id": batches[1], "quantity": "7"},
            {"batch_id": None, "quantity": "3"},
        ],
    )
    [row] = (await buyer.shown(order))["purchase_order_rows"]
    assert [each["batch_id"] for each in row["traceability"]] == [batches[1], None]
    assert row["batch_transactions"] == [
        {"batch_id": batches[1], "quantity": 7},
        {"batch_id": None, "quantity": 3},
    ]
    assert [await in_batch(buyer.api, each) for each in batches] == [0, 7]


async def batch_of(api: Api, variant: Any, name: str = "A") -> Any:
    return (await api.post("/batches", {"batch_number": name, "variant_id": variant})).json["id"]


async def in_batch(api: Api, batch: Any) -> Decimal:
    rows = (await api.get(f"/batch_stocks?batch_id={batch}&include_empty=true")).rows
    return sum((Decimal(row["quantity_in_stock"]) for row in rows), Decimal(0))


# -- purchase orders


async def test_a_patch_of_a_purchase_order_answers_without_its_rows(buyer: Buyer) -> None:
    order = await buyer.order()
    answer = await buyer.status(order, "NOT_RECEIVED")
    assert "purchase_order_rows" not in answer.json
    assert len((await buyer.shown(order))["purchase_order_rows"]) == 1


async def test_deleted_purchase_rows_are_listed_but_hidden_in_their_order(buyer: Buyer) -> None:
    order = await buyer.order(buyer.row(1), buyer.row(2))
    gone, left = (row["id"] for row in order["purchase_order_rows"])
    assert (await buyer.api.delete(f"/purchase_order_rows/{gone}")).status == 204
    path = f"purchase_order_id={order['id']}&include_deleted=true"
    assert set((await buyer.api.get(f"/purchase_order_rows?{path}")).ids) == {gone, left}
    found = await buyer.api.get(f"/purchase_orders?ids={order['id']}&include_deleted=true")
    assert [row["id"] for row in found.rows[0]["purchase_order_rows"]] == [left]


async def test_a_purchase_row_may_have_no_unit_of_purchase(buyer: Buyer) -> None:
    [row] = (await buyer.order())["purchase_order_rows"]
    assert (row["purchase_uom"], row["purchase_uom_conversion_rate"]) == (None, None)


async def test_a_cost_row_has_a_reference_of_at_most_255_characters(buyer: Buyer) -> None:
    order = await buyer.order()
    body = {
        "additional_cost_id": newest(buyer.api.sandbox, "additional_costs"),
        "tax_rate_id": newest(buyer.api.sandbox, "tax_rates"),
        "price": 7,
        "group_id": order["default_group_id"],
        "reference": "r" * 255,
    }
    made = await buyer.api.post("/po_additional_cost_rows", body)
    assert made.json["reference"] == "r" * 255
    long = {**body, "reference": "r" * 256}
    answer = await buyer.api.post("/po_additional_cost_rows", long)
    assert answer.codes == [("/reference", "maxLength")]


async def test_an_outsourced_quantity_is_a_text_on_create_and_a_number_later(buyer: Buyer) -> None:
    order = await buyer.order(entity_type="outsourced", tracking_location_id=buyer.location)
    path, name = "/outsourced_purchase_order_recipe_rows", "planned_quantity_per_unit"
    body = {
        "purchase_order_row_id": order["purchase_order_rows"][0]["id"],
        "ingredient_variant_id": buyer.board,
        name: 1.5,
    }
    made = (await buyer.api.post(path, body)).json
    assert Decimal(made[name]) == Decimal("1.5")
    assert isinstance(made[name], str)
    for answer in (
        await buyer.api.get(f"{path}/{made['id']}"),
        await buyer.api.patch(f"{path}/{made['id']}", {"notes": "Oak"}),
    ):
        assert answer.json[name] == Decimal("1.5")


# -- searches and ranks


async def test_purchase_orders_are_searched_by_their_fields(buyer: Buyer) -> None:
    order = await buyer.order(order_no="PO-live", custom_fields={FIELD: 2})
    other = await buyer.order(order_no="PO-dead", custom_fields={FIELD: 3})
    body: dict[str, Any] = {
        "filter": {"order_no": {"like": "PO-%_e%"}, f"custom_fields.{FIELD}": {"lt": 3}}
    }
    found = await buyer.api.post("/purchase_orders/search", body)
    assert found.ids == [order["id"]]
    assert "purchase_order_rows" not in found.rows[0]
    assert found.rows[0]["total"] == 20
    ids = [order["id"], other["id"]]
    body = {"filter": {"id": {"inq": ids}}, "order": "order_no ASC"}
    found = await buyer.api.post("/purchase_orders/search", body)
    assert found.ids == [other["id"], order["id"]]
    old: dict[str, Any] = {"filter": {"where": {}}}
    assert (await buyer.api.post("/purchase_orders/search", old)).status == 422


async def test_manufacturing_orders_are_searched_by_computed_fields(
    workshop: Workshop,
) -> None:
    begun, whole = await workshop.order(5), await workshop.order(5)
    await workshop.produce(begun, 2)
    await workshop.produce(whole, 5)
    for condition, wanted in (
        ({"completed_quantity": {"between": [1, 4]}}, [begun]),
        ({"remaining_quantity": 0}, [whole]),
        ({"includes_partial_completions": True}, [begun]),
        ({"total_cost": {"gt": 0}, "is_linked_to_sales_order": False}, [whole, begun]),
    ):
        body = {"filter": {"variant_id": workshop.bench, **condition}}
        found = await workshop.api.post("/manufacturing_orders/search", body)
        assert found.ids == [order["id"] for order in wanted], condition


async def test_a_rerank_moves_manufacturing_orders(workshop: Workshop) -> None:
    first, second, done = await workshop.order(), await workshop.order(), await workshop.order()
    await workshop.change(done, status="DONE")
    body = {"order_ids": [first["id"]], "place": {"before_id": second["id"]}}
    answer = await workshop.api.post("/manufacturing_order_rerank", body)
    assert (answer.status, answer.json) == (200, {"order_ids": [first["id"]]})
    path = f"/manufacturing_orders?ids={first['id']}&ids={second['id']}"
    assert (await workshop.api.get(path)).ids == [first["id"], second["id"]]
    for wrong in (done["id"], 7):
        closed = {"order_ids": [wrong], "place": {"position": "top"}}
        assert (await workshop.api.post("/manufacturing_order_rerank", closed)).status == 422


# -- manufacturing


async def test_ingredients_of_productions_are_listed_by_order_and_production(
    workshop: Workshop,
) -> None:
    order = await workshop.order()
    made = [(await workshop.produce(order, quantity)).json for quantity in (1, 2)]
    other = (await workshop.produce(await workshop.order(), 1)).json
    path = "/manufacturing_order_production_ingredients"
    found = await workshop.api.get(f"{path}?manufacturing_order_ids={order['id']}")
    assert set(found.ids) == {each["id"] for one in made for each in one["ingredients"]}
    assert {row["quantity"] for row in found.rows} == {2, 4, 8}
    found = await workshop.api.get(
        f"{path}?production_ids={made[0]['id']}&production_ids={other['id']}"
    )
    assert set(found.ids) == {each["id"] for one in (made[0], other) for each in one["ingredients"]}
    assert {"traceability", "cost"} <= found.rows[0].keys()
    assert "created_at" not in found.rows[0]


async def test_costs_and_times_are_texts_and_null_before_completion(workshop: Workshop) -> None:
    await workshop.operations()
    order = await workshop.order()
    assert (order["material_cost"], order["operations_cost"]) == (None, None)
    [ingredient, *_], [operation, *_] = (
        await workshop.rows("recipe", order),
        await workshop.rows("operation", order),
    )
    assert (ingredient["cost"], ingredient["total_actual_quantity"]) == (None, None)
    assert isinstance(ingredient["planned_quantity_per_unit"], str)
    assert (operation["total_actual_time"], operation["total_actual_cost"]) == (None, None)
    for name in ("cost_parameter", "cost_per_hour", "planned_time_per_unit"):
        assert isinstance(operation[name], str)
    await workshop.change(order, status="DONE")
    [ingredient, *_], [operation, *_] = (
        await workshop.rows("recipe", order),
        await workshop.rows("operation", order),
    )
    for text in (
        ingredient["cost"],
        ingredient["total_actual_quantity"],
        operation["total_actual_time"],
        operation["total_actual_cost"],
    ):
        assert isinstance(text, str)
        assert Decimal(text) > 0


async def test_an_order_may_have_no_sales_order_resource_operator_or_notes(
    workshop: Workshop,
) -> None:
    rows = [{"product_variant_id": workshop.bench, "operation_name": "Waxing"}]
    await workshop.api.post("/product_operation_rows", {"rows": rows})
    order = await workshop.order()
    assert (order["sales_order_id"], order["sales_order_row_id"]) == (None, None)
    [operation] = await workshop.rows("operation", order)
    assert (operation["resource_id"], operation["active_operator_id"]) == (None, None)
    assert (await workshop.rows("recipe", order))[0]["notes"] is None


async def test_traceability_of_a_manufacturing_order_overrides_its_batches(
    workshop: Workshop,
) -> None:
    benches = [await batch_of(workshop.api, workshop.bench, name) for name in "AB"]
    boards = await batch_of(workshop.api, workshop.board)
    made = [{"batch_id": benches[1], "quantity": "1"}]
    older = [{"batch_id": benches[0], "quantity": 1}]
    order = await workshop.order(1, batch_transactions=older, traceability=made)
    assert [each["batch_id"] for each in order["traceability"]] == [benches[1]]
    assert order["batch_transactions"] == [{"batch_id": benches[1], "quantity": 1}]
    row = next(
        row for row in await workshop.rows("recipe", order) if row["variant_id"] == workshop.board
    )
    path = f"/manufacturing_order_recipe_rows/{row['id']}"
    changed = await workshop.api.patch(
        path, {"traceability": [{"batch_id": boards, "quantity": "2"}]}
    )
    assert [each["batch_id"] for each in changed.json["traceability"]] == [boards]
    await workshop.change(order, status="DONE")
    stocks = [await in_batch(workshop.api, each) for each in (*benches, boards)]
    assert stocks == [0, 1, -2]


async def test_traceability_of_a_production_and_its_ingredients_can_change(
    workshop: Workshop,
) -> None:
    first, second = [await batch_of(workshop.api, workshop.bench, name) for name in "AB"]
    boards = [await batch_of(workshop.api, workshop.board, name) for name in "AB"]
    order = await workshop.order()
    row = next(
        row for row in await workshop.rows("recipe", order) if row["variant_id"] == workshop.board
    )
    used = {"manufacturing_order_recipe_row_id": row["id"], "quantity": 2}
    used["traceability"] = [{"batch_id": boards[0], "quantity": 2}]
    items = [{"batch_id": first, "quantity": 1}]
    made = (await workshop.produce(order, 1, traceability=items, ingredients=[used])).json
    moved = {"traceability": [{"batch_id": second, "quantity": 1}]}
    answer = await workshop.api.patch(f"/manufacturing_order_productions/{made['id']}", moved)
    assert [each["batch_id"] for each in answer.json["traceability"]] == [second]
    path = f"/manufacturing_order_production_ingredients/{made['ingredients'][0]['id']}"
    moved = {"traceability": [{"batch_id": boards[1], "quantity": 2}]}
    answer = await workshop.api.patch(path, moved)
    assert [each["batch_id"] for each in answer.json["traceability"]] == [boards[1]]
    stocks = [await in_batch(workshop.api, each) for each in (first, second, *boards)]
    assert stocks == [0, 1, 0, -2]


async def test_operations_of_a_production_take_no_batches(workshop: Workshop) -> None:
    await workshop.operations()
    order = await workshop.order()
    row = (await workshop.rows("operation", order))[0]["id"]
    took: dict[str, Any] = {"manufacturing_order_operation_id": row, "time": 5}
    assert (await workshop.produce(order, 1, operations=[took])).status == 200
    answer = await workshop.produce(order, 1, operations=[{**took, "batch_transactions": []}])
    assert answer.codes == [("/operations/0", "additionalProperties")]


async def test_an_ingredient_of_a_production_needs_a_quantity_above_0(workshop: Workshop) -> None:
    order = await workshop.order()
    row = (await workshop.rows("recipe", order))[0]["id"]
    for quantity, status in ((0, 422), ("0.0", 422), (1, 200)):
        used = [{"manufacturing_order_recipe_row_id": row, "quantity": quantity}]
        assert (await workshop.produce(order, 1, ingredients=used)).status == status


async def test_a_production_refuses_microseconds_and_takes_milliseconds(workshop: Workshop) -> None:
    order = await workshop.order()
    answer = await workshop.produce(order, 1, completed_date="2026-01-01T10:00:00.123456+00:00")
    assert (answer.status, answer.codes) == (422, [("/completed_date", "format")])
    answer = await workshop.produce(order, 1, completed_date="2026-01-01T10:00:00.123Z")
    assert answer.json["production_date"] == "2026-01-01T10:00:00.123Z"


# -- both


async def test_custom_fields_are_an_object_by_definition(workshop: Workshop, buyer: Buyer) -> None:
    fields: dict[str, Any] = {"custom_fields": {FIELD: "Oak"}}
    purchase = await buyer.order(buyer.row(**fields), **fields)
    order = await workshop.order(**fields)
    link = {"manufacturing_order_id": order["id"]}
    recipe = {**link, "variant_id": workshop.board, "planned_quantity_per_unit": 1}
    operation = {**link, "status": "NOT_STARTED", "operation_name": "Waxing"}
    row = next(iter(workshop.api.sandbox.store["bom_rows"]))["id"]
    outsourced = {
        "purchase_order_row_id": purchase["purchase_order_rows"][0]["id"],
        "ingredient_variant_id": workshop.board,
        "planned_quantity_per_unit": 1,
    }
    paths = {
        "/manufacturing_order_recipe_rows": recipe,
        "/manufacturing_order_operation_rows": operation,
        "/outsourced_purchase_order_recipe_rows": outsourced,
        "/purchase_order_rows": {**buyer.row(), "purchase_order_id": purchase["id"]},
    }
    answers = [
        (await workshop.api.post(path, {**body, **fields})).json for path, body in paths.items()
    ]
    answers += [purchase, purchase["purchase_order_rows"][0], order]
    answers.append((await workshop.api.patch(f"/bom_rows/{row}", fields)).json)
    await workshop.operations()
    work = newest(workshop.api.sandbox, "product_operation_rows")
    answers.append((await workshop.api.patch(f"/product_operation_rows/{work}", fields)).json)
    assert [each["custom_fields"] for each in answers] == [{FIELD: "Oak"}] * 9
    array = {"custom_fields": [{"field_name": "Wood", "field_value": "Oak"}]}
    for path, body in paths.items():
        answer = await workshop.api.post(path, {**body, **array})
        assert answer.codes == [("/custom_fields", "type")]


@pytest.mark.parametrize("collection", ["purchase_orders", "manufacturing_orders"])
async def test_a_patch_without_additional_info_wipes_that_of_an_order(
    collection: str, workshop: Workshop, buyer: Buyer
) -> None:
    info = {"additional_info": "Rush"}
    made = await (buyer if collection == "purchase_orders" else workshop).order(**info)
    assert made["additional_info"] == "Rush"
    path = f"/{collection}/{made['id']}"
    await workshop.api.patch(path, {"order_no": "X-1"})
    assert (await workshop.api.get(path)).json["additional_info"] == ""


@pytest.mark.parametrize(
    "collection",
    [
        "purchase_orders",
        "purchase_order_rows",
        "manufacturing_orders",
        "manufacturing_order_recipe_rows",
        "manufacturing_order_operation_rows",
        "manufacturing_order_productions",
    ],
)
async def test_a_deletion_raises_updated_at_and_a_second_one_is_a_404(
    collection: str, workshop: Workshop, buyer: Buyer, clock: ManualClock
) -> None:
    await workshop.operations()
    made = await workshop.order()
    if collection == "manufacturing_order_productions":
        await workshop.produce(made, 1)
    await buyer.order()
    path = f"/{collection}/{newest(workshop.api.sandbox, collection)}"
    clock.advance(60)
    assert (await workshop.api.delete(path)).status == 204
    [row, *_] = (await workshop.api.get(f"/{collection}?include_deleted=true&limit=1")).rows
    assert row["updated_at"] == row["deleted_at"] > row["created_at"]
    assert (await workshop.api.delete(path)).status == 404


async def test_a_patch_of_a_missing_bom_row_is_an_error_of_the_server(api: Api) -> None:
    answer = await api.patch(f"/bom_rows/{MISSING}", {"quantity": 1})
    assert (answer.status, answer.error["code"]) == (500, "ERR_NON_2XX_3XX_RESPONSE")


@pytest.mark.parametrize("answers", [True, False])
async def test_a_new_bom_row_is_answered_or_not(answers: bool, api: Api) -> None:
    if not answers:
        api.sandbox.oddities.bom_rows_answer = False
    row = next(iter(api.sandbox.store["bom_rows"]))
    names = ("product_item_id", "product_variant_id", "ingredient_variant_id")
    made = await api.post("/bom_rows", {name: row[name] for name in names})
    if answers:
        assert (made.status, made.json["id"]) == (200, newest(api.sandbox, "bom_rows"))
    else:
        assert (made.status, made.body) == (204, b"")
