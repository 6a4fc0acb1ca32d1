"""Purchase orders: their rows, costs and effects on stock."""

from decimal import Decimal
from typing import Any

import pytest

from katana_async.sandbox import Sandbox
from tests.sandbox.conftest import Api, newest


class Stock:
    """The stock of a variant in a location, read from the API."""

    def __init__(self, api: Api, variant: int, location: int) -> None:
        self.api, self.variant, self.location = api, variant, location

    async def __call__(self) -> tuple[Decimal, Decimal, Decimal]:
        """Return the quantity in stock, the expected quantity and the average cost."""
        path = f"/inventory?variant_id={self.variant}&location_id={self.location}"
        (row,) = (await self.api.get(path)).rows
        names = ("quantity_in_stock", "quantity_expected", "average_cost")
        in_stock, expected, cost = (Decimal(row[name]) for name in names)
        return in_stock, expected, cost

    async def movements(self) -> list[Any]:
        found = await self.api.get(f"/inventory_movements?variant_ids={self.variant}&limit=250")
        return [
            (move["resource_type"], Decimal(move["quantity_change"]), move["caused_by_order_no"])
            for move in found.rows
            if move.get("caused_by_order_no") == "PO-T"
        ]


@pytest.fixture
def stock(api: Api, sandbox: Sandbox) -> Stock:
    return Stock(api, newest(sandbox, "variants"), newest(sandbox, "locations"))


async def order(
    api: Api, sandbox: Sandbox, stock: Stock, *rows: dict[str, Any], **more: Any
) -> Any:
    body = {
        "order_no": "PO-T",
        "supplier_id": newest(sandbox, "suppliers"),
        "location_id": stock.location,
        "purchase_order_rows": [
            {"variant_id": stock.variant, "quantity": 10, "price_per_unit": 2, **row}
            for row in rows or ({},)
        ],
        "currency": "USD",
        **more,
    }
    answer = await api.post("/purchase_orders", body)
    assert answer.status == 200, answer.json
    return answer.json


async def test_an_order_is_expected_until_it_is_received(
    api: Api, sandbox: Sandbox, stock: Stock
) -> None:
    in_stock, expected, _ = await stock()
    made = await order(api, sandbox, stock)
    assert (await stock())[:2] == (in_stock, expected + 10)
    row = made["purchase_order_rows"][0]
    body = {"purchase_order_row_id": row["id"], "quantity": 10}
    answer = await api.post("/purchase_order_receive", body)
    assert (answer.status, answer.body) == (204, b"")
    assert (await stock())[:2] == (in_stock + 10, expected)
    assert await stock.movements() == [("PurchaseOrderRow", 10, "PO-T")]
    assert (await api.get(f"/purchase_orders/{made['id']}")).json["status"] == "RECEIVED"


async def test_a_draft_is_not_expected_until_it_is_placed(
    api: Api, sandbox: Sandbox, stock: Stock
) -> None:
    before = await stock()
    made = await order(api, sandbox, stock, status="DRAFT")
    assert await stock() == before
    await api.patch(f"/purchase_orders/{made['id']}", {"status": "NOT_RECEIVED"})
    assert (await stock())[1] == before[1] + 10


async def test_a_row_that_comes_in_part_leaves_the_rest_to_come(
    api: Api, sandbox: Sandbox, stock: Stock
) -> None:
    in_stock, expected, _ = await stock()
    made = await order(api, sandbox, stock)
    received = {
        "purchase_order_row_id": made["purchase_order_rows"][0]["id"],
        "quantity": 4,
        "received_date": "2026-03-01",
        "batch_transactions": [{"batch_id": None, "quantity": 4}],
    }
    assert (await api.post("/purchase_order_receive", [received])).status == 204
    assert (await stock())[:2] == (in_stock + 4, expected + 6)
    shown = (await api.get(f"/purchase_orders/{made['id']}")).json
    assert shown["status"] == "PARTIALLY_RECEIVED"
    come, rest = sorted(shown["purchase_order_rows"], key=lambda row: int(row["quantity"]))
    assert (come["quantity"], come["received_date"]) == (4, "2026-03-01T00:00:00.000Z")
    assert (rest["quantity"], rest["received_date"]) == (6, None)


async def test_receiving_an_order_by_its_status_and_taking_that_back(
    api: Api, sandbox: Sandbox, stock: Stock
) -> None:
    before = await stock()
    made = await order(api, sandbox, stock, {}, {"quantity": 5})
    path = f"/purchase_orders/{made['id']}"
    await api.patch(path, {"status": "RECEIVED"})
    assert (await stock())[:2] == (before[0] + 15, before[1])
    await api.patch(path, {"status": "NOT_RECEIVED"})
    assert (await stock())[:2] == (before[0], before[1] + 15)
    assert (await api.delete(path)).status == 204
    assert (await stock())[:2] == before[:2]
    for row in made["purchase_order_rows"]:
        assert (await api.get(f"/purchase_order_rows/{row['id']}")).status == 404


async def test_units_of_purchase_become_units_of_stock_at_their_cost(
    api: Api, sandbox: Sandbox, stock: Stock
) -> None:
    in_stock, _, cost = await stock()
    price = {"quantity": 2, "price_per_unit": 30, "purchase_uom": "box"}
    row = {**price, "purchase_uom_conversion_rate": 10}
    made = await order(api, sandbox, stock, row, currency="EUR")
    await api.patch(f"/purchase_orders/{made['id']}", {"status": "RECEIVED"})
    after, _, average = await stock()
    assert after == in_stock + 20
    rate = Decimal(made["purchase_order_rows"][0]["conversion_rate"])
    paid = 30 / rate / 10
    if in_stock > 0:
        assert average == pytest.approx((in_stock * cost + 20 * paid) / after)
    else:
        assert average == pytest.approx(paid)


async def test_added_changed_and_deleted_rows_change_expected_stock(
    api: Api, sandbox: Sandbox, stock: Stock
) -> None:
    before = await stock()
    made = await order(api, sandbox, stock)
    row = {"purchase_order_id": made["id"], "variant_id": stock.variant}
    answer = await api.post("/purchase_order_rows", {**row, "quantity": 3, "price_per_unit": 1})
    path = f"/purchase_order_rows/{answer.json['id']}"
    assert answer.json["group_id"] == made["default_group_id"]
    assert (await stock())[1] == before[1] + 13
    await api.patch(path, {"quantity": 8})
    assert (await stock())[1] == before[1] + 18
    listed = await api.get(f"/purchase_order_rows?purchase_order_id={made['id']}")
    assert len(listed.rows) == 2
    assert (await api.delete(path)).status == 204
    assert (await stock())[1] == before[1] + 10


async def test_missing_rows_cannot_be_received(api: Api) -> None:
    answer = await api.post(
        "/purchase_order_receive", [{"purchase_order_row_id": 1, "quantity": 1}]
    )
    assert answer.status == 422
    assert answer.codes == [("/0/purchase_order_row_id", "reference")] or answer.codes
    assert (await api.post("/purchase_order_receive", [])).status == 422
    assert (await api.post("/purchase_order_receive", {"quantity": 1})).status == 422


async def test_additional_costs_are_in_the_currency_of_their_order(
    api: Api, sandbox: Sandbox, stock: Stock
) -> None:
    made = await order(api, sandbox, stock, currency="EUR")
    body = {
        "additional_cost_id": newest(sandbox, "additional_costs"),
        "group_id": made["default_group_id"],
        "tax_rate_id": newest(sandbox, "tax_rates"),
        "price": 92,
    }
    row = (await api.post("/po_additional_cost_rows", body)).json
    assert (row["currency"], row["price_in_base"]) == ("EUR", 100)
    path = f"/po_additional_cost_rows/{row['id']}"
    changed = await api.patch(path, {"price": 46, "distribution_method": "NON_DISTRIBUTED"})
    assert (changed.json["price_in_base"], changed.json["name"]) == (50, row["name"])
    by_currency = await api.get("/po_additional_cost_rows?currency=EUR")
    assert by_currency.ids == [row["id"]]
    assert (await api.delete(path)).status == 204
    refused = await api.post("/po_additional_cost_rows", {**body, "group_id": 999_999_999})
    assert refused.status == 422


async def test_an_outsourced_row_has_ingredients(api: Api, sandbox: Sandbox, stock: Stock) -> None:
    made = await order(
        api, sandbox, stock, entity_type="outsourced", tracking_location_id=stock.location
    )
    row_id = made["purchase_order_rows"][0]["id"]
    body = {
        "purchase_order_row_id": row_id,
        "ingredient_variant_id": stock.variant,
        "planned_quantity_per_unit": Decimal("1.5").__float__(),
    }
    ingredient = (await api.post("/outsourced_purchase_order_recipe_rows", body)).json
    assert ingredient["purchase_order_id"] == made["id"]
    path = f"/outsourced_purchase_order_recipe_rows?purchase_order_id={made['id']}"
    assert (await api.get(path)).ids == [ingredient["id"]]


async def test_bills_are_found_by_their_order(api: Api) -> None:
    bills = (await api.get("/purchase_order_accounting_metadata")).rows
    wanted = bills[0]["purchaseOrderId"]
    found = await api.get(f"/purchase_order_accounting_metadata?purchase_order_id={wanted}")
    assert found.rows == bills[:1]
