"""Manufacturing orders that are made for a row of a sales order."""

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Api, newest

PATH = "/manufacturing_order_make_to_order"


async def sold(api: Api, quantity: int = 3) -> tuple[Any, Any]:
    """Sell something that is made here, as the second row of an order."""
    variant = next(iter(api.sandbox.store["bom_rows"]))["product_variant_id"]
    rows = [{"variant_id": variant, "quantity": each} for each in (1, quantity)]
    body = {
        "customer_id": newest(api.sandbox, "customers"),
        "delivery_date": "2026-02-01T10:00:00Z",
        "sales_order_rows": rows,
    }
    order = (await api.post("/sales_orders", body)).json
    return order, order["sales_order_rows"][1]


async def test_an_order_is_made_for_a_row(api: Api) -> None:
    sale, row = await sold(api)
    made = (await api.post(PATH, {"sales_order_row_id": row["id"]})).json
    assert made["order_no"] == f"{sale['order_no']} / 2"
    assert made["variant_id"] == row["variant_id"]
    assert made["planned_quantity"] == 3
    assert made["location_id"] == row["location_id"]
    assert made["is_linked_to_sales_order"] is True
    assert (made["sales_order_id"], made["sales_order_row_id"]) == (sale["id"], row["id"])
    assert made["sales_order_delivery_deadline"] == sale["delivery_date"]
    linked = await api.get(f"/sales_order_rows?linked_manufacturing_order_id={made['id']}")
    assert linked.ids == [row["id"]]
    found = await api.get("/manufacturing_orders?is_linked_to_sales_order=true")
    assert found.ids == [made["id"]]


async def test_a_row_is_made_to_order_once(api: Api) -> None:
    _, row = await sold(api)
    assert (await api.post(PATH, {"sales_order_row_id": row["id"]})).status == 200
    assert (await api.post(PATH, {"sales_order_row_id": row["id"]})).status == 412
    answer = await api.post(PATH, {"sales_order_row_id": 7})
    assert answer.codes == [("/sales_order_row_id", "reference")]


async def test_unlinking_leaves_both_without_the_other(api: Api) -> None:
    _, row = await sold(api)
    made = (await api.post(PATH, {"sales_order_row_id": row["id"]})).json
    body = {"sales_order_row_id": row["id"]}
    answer = await api.post("/manufacturing_order_unlink", body)
    assert (answer.status, answer.body) == (204, b"")
    order = (await api.get(f"/manufacturing_orders/{made['id']}")).json
    assert order["is_linked_to_sales_order"] is False
    assert order["sales_order_row_id"] is None
    after = (await api.get(f"/sales_order_rows/{row['id']}")).json
    assert after["linked_manufacturing_order_id"] is None
    assert (await api.post("/manufacturing_order_unlink", body)).status == 412


async def test_deleting_the_order_unlinks_it(api: Api) -> None:
    _, row = await sold(api)
    made = (await api.post(PATH, {"sales_order_row_id": row["id"]})).json
    assert (await api.delete(f"/manufacturing_orders/{made['id']}")).status == 204
    assert (await api.post(PATH, {"sales_order_row_id": row["id"]})).status == 200


@pytest.mark.parametrize("gone", ["order", "row"])
async def test_an_order_that_is_not_begun_goes_with_what_it_was_made_for(
    gone: str, api: Api
) -> None:
    sale, row = await sold(api)
    made = (await api.post(PATH, {"sales_order_row_id": row["id"]})).json
    path = f"/sales_orders/{sale['id']}" if gone == "order" else f"/sales_order_rows/{row['id']}"
    assert (await api.delete(path)).status == 204
    assert (await api.get(f"/manufacturing_orders/{made['id']}")).status == 404
    rows = f"/manufacturing_order_recipe_rows?manufacturing_order_id={made['id']}"
    assert (await api.get(rows)).rows == []
    if gone == "row":
        left = api.sandbox.store["sales_orders"].get(sale["id"])
        assert left is not None
        assert left["linked_manufacturing_order_id"] is None


@pytest.mark.parametrize("change", ["order deleted", "row deleted", "another quantity"])
@pytest.mark.parametrize("status", ["BLOCKED", "IN_PROGRESS", "DONE"])
async def test_an_order_that_was_begun_goes_on_without_what_it_was_made_for(
    status: str, change: str, api: Api
) -> None:
    sale, row = await sold(api)
    made = (await api.post(PATH, {"sales_order_row_id": row["id"]})).json
    path = f"/manufacturing_orders/{made['id']}"
    assert (await api.patch(path, {"status": status})).status == 200
    if change == "another quantity":
        changed = await api.patch(f"/sales_order_rows/{row['id']}", {"quantity": 5})
        assert changed.json["linked_manufacturing_order_id"] is None
    elif change == "row deleted":
        assert (await api.delete(f"/sales_order_rows/{row['id']}")).status == 204
    else:
        assert (await api.delete(f"/sales_orders/{sale['id']}")).status == 204
    after = (await api.get(path)).json
    assert (after["status"], after["planned_quantity"]) == (status, 3)
    assert after["is_linked_to_sales_order"] is False
    assert (after["sales_order_id"], after["sales_order_row_id"]) == (None, None)


async def test_an_order_that_is_not_begun_is_for_what_its_row_comes_to(api: Api) -> None:
    _, row = await sold(api)
    made = (await api.post(PATH, {"sales_order_row_id": row["id"]})).json
    needs = made["variant_id"], made["location_id"]
    expected = expected_of(api, *needs)
    path = f"/sales_order_rows/{row['id']}"
    assert (await api.patch(path, {"price_per_unit": 5})).status == 200
    changed = (await api.patch(path, {"quantity": 5})).json
    assert changed["linked_manufacturing_order_id"] == made["id"]
    after = (await api.get(f"/manufacturing_orders/{made['id']}")).json
    assert (after["planned_quantity"], after["is_linked_to_sales_order"]) == (5, True)
    assert expected_of(api, *needs) == expected + 2


def expected_of(api: Api, variant: Any, location: Any) -> Decimal:
    rows = api.sandbox.store["inventory"].children("variant_id", variant)
    [stock] = [row for row in rows if row["location_id"] == location]
    return Decimal(stock["quantity_expected"])


async def test_parts_that_are_made_here_get_orders_when_asked_for(api: Api) -> None:
    sale, row = await sold(api)
    bom = api.sandbox.store["bom_rows"]
    outer = bom.children("product_variant_id", row["variant_id"])[0]
    inner = next(each for each in bom if each["product_variant_id"] != row["variant_id"])
    part = inner["product_variant_id"]
    bom.update(outer["id"], {"ingredient_variant_id": part, "quantity": 2})
    # Something that is made of itself must not be made for ever.
    bom.update(inner["id"], {"ingredient_variant_id": row["variant_id"]})
    body = {"sales_order_row_id": row["id"], "create_subassemblies": True}
    assert (await api.post(PATH, body)).status == 200
    found = await api.get(f"/manufacturing_orders?order_no={sale['order_no']} / 2 / 1")
    assert [(each["variant_id"], each["planned_quantity"]) for each in found.rows] == [(part, 6)]
    assert found.rows[0]["is_linked_to_sales_order"] is False
