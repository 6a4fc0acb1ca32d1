"""Manufacturing orders for a row of a sales order."""

from typing import Any

import pytest

from .conftest import Api, newest

PATH = "/manufacturing_order_make_to_order"


async def sold(api: Api, quantity: int = 3) -> tuple[Any, Any]:
    """Create a sales order whose second row is of a manufactured variant."""
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
async def test_an_order_is_unlinked_when_its_sales_order_row_is_deleted(
    gone: str, api: Api
) -> None:
    sale, row = await sold(api)
    made = (await api.post(PATH, {"sales_order_row_id": row["id"]})).json
    path = f"/sales_orders/{sale['id']}" if gone == "order" else f"/sales_order_rows/{row['id']}"
    assert (await api.delete(path)).status == 204
    after = (await api.get(f"/manufacturing_orders/{made['id']}")).json
    assert after["is_linked_to_sales_order"] is False
    assert (after["sales_order_id"], after["sales_order_row_id"]) == (None, None)
    if gone == "row":
        left = api.sandbox.store["sales_orders"].get(sale["id"])
        assert left is not None
        assert left["linked_manufacturing_order_id"] is None
