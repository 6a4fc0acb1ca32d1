"""Fulfillments: their effects on stock and on the order's status."""

from decimal import Decimal

import pytest

from .conftest import Api, newest
from .sales import new_sale


async def test_an_order_commits_stock_and_a_quote_does_not(api: Api) -> None:
    sale = await new_sale(api)
    assert await sale.amounts() == (10, 4)
    quote = await new_sale(api, status="PENDING")
    assert await quote.amounts() == (10, 0)
    await api.patch(f"/sales_orders/{quote.order}", {"status": "NOT_SHIPPED"})
    assert await quote.amounts() == (10, 4)


async def test_committed_stock_follows_the_rows(api: Api) -> None:
    sale = await new_sale(api)
    body = {"sales_order_id": sale.order, "variant_id": sale.item.variant, "quantity": 3}
    added = (await api.post("/sales_order_rows", body)).json
    assert await sale.amounts() == (10, 7)
    await api.patch(f"/sales_order_rows/{added['id']}", {"quantity": 5})
    assert await sale.amounts() == (10, 9)
    await api.patch(f"/sales_order_rows/{added['id']}", {"location_id": sale.item.there})
    assert await sale.amounts() == (10, 4)
    assert (await sale.item.stock(sale.item.there))["committed"] == 5
    await api.delete(f"/sales_order_rows/{added['id']}")
    assert (await sale.item.stock(sale.item.there))["committed"] == 0
    await api.delete(f"/sales_orders/{sale.order}")
    assert await sale.amounts() == (10, 0)


async def test_packing_only_marks_and_delivering_takes_stock_out(api: Api) -> None:
    sale = await new_sale(api)
    path = await sale.new_fulfillment(4, "PACKED")
    assert await sale.amounts() == (10, 4)
    assert await sale.status() == "PACKED"
    changed = (await api.patch(path, {"status": "DELIVERED"})).json
    assert changed["status"] == "DELIVERED"
    assert await sale.amounts() == (6, 0)
    assert await sale.status() == "DELIVERED"
    assert (await sale.read())["picked_date"] == changed["picked_date"]


async def test_an_order_is_delivered_piece_by_piece(api: Api) -> None:
    sale = await new_sale(api)
    seen: list[tuple[str, int, int]] = []
    for quantity, status in ((1, "PACKED"), (1, "DELIVERED"), (2, "DELIVERED")):
        await sale.new_fulfillment(quantity, status)
        seen.append((await sale.status(), *await sale.amounts()))
    assert seen == [
        ("PARTIALLY_PACKED", 10, 4),
        ("PARTIALLY_DELIVERED", 9, 3),
        ("PARTIALLY_DELIVERED", 7, 1),
    ]
    [packed] = (
        await api.get(f"/sales_order_fulfillments?sales_order_id={sale.order}&status=PACKED")
    ).ids
    await api.patch(f"/sales_order_fulfillments/{packed}", {"status": "DELIVERED"})
    assert (await sale.status(), *await sale.amounts()) == ("DELIVERED", 6, 0)


async def test_an_order_that_grows_is_delivered_in_part(api: Api) -> None:
    sale = await new_sale(api)
    await sale.new_fulfillment(4)
    await api.patch(f"/sales_order_rows/{sale.row}", {"quantity": 6})
    assert (await sale.status(), *await sale.amounts()) == ("PARTIALLY_DELIVERED", 6, 2)
    assert (await sale.read())["picked_date"] is None


@pytest.mark.parametrize("how", ["deleted", "packed again"])
async def test_a_delivery_that_is_taken_back_is_in_stock_again(api: Api, how: str) -> None:
    sale = await new_sale(api)
    path = await sale.new_fulfillment(4)
    if how == "deleted":
        assert (await api.delete(path)).status == 204
        assert (await api.get(path)).status == 404
        assert (await api.get(f"{path}?include_deleted=true")).json["deleted_at"]
        assert await sale.status() == "NOT_SHIPPED"
    else:
        await api.patch(path, {"status": "PACKED"})
        assert await sale.status() == "PACKED"
    assert await sale.amounts() == (10, 4)
    assert (await sale.item.stock())["cost"] == 5


@pytest.mark.parametrize("status", ["NOT_SHIPPED", "PENDING"])
@pytest.mark.parametrize(("quantity", "wanted"), [(10, "IN_STOCK"), (11, "NOT_AVAILABLE")])
async def test_availability_is_noted_as_an_order_changes(
    api: Api, status: str, quantity: int, wanted: str
) -> None:
    sale = await new_sale(api, quantity, status=status)
    order = await sale.read()
    assert order["product_availability"] == wanted
    assert order["sales_order_rows"][0]["product_availability"] == wanted
    path = await sale.new_fulfillment(quantity)
    order = await sale.read()
    assert order["product_availability"] == "PICKED"
    assert order["sales_order_rows"][0]["product_availability"] == "PICKED"
    await api.delete(path)
    assert (await sale.read())["product_availability"] == wanted


async def test_a_delivery_is_recorded_as_a_movement_of_the_row(api: Api) -> None:
    sale = await new_sale(api)
    body = {
        "sales_order_id": sale.order,
        "status": "DELIVERED",
        "picked_date": "2026-01-02T10:00:00Z",
        "sales_order_fulfillment_rows": [{"sales_order_row_id": sale.row, "quantity": 3}],
    }
    await api.post("/sales_order_fulfillments", body)
    [movement] = await sale.item.movements(resource_type="SalesOrderRow")
    assert movement["resource_id"] == sale.row
    assert movement["caused_by_resource_id"] == sale.order
    assert movement["caused_by_order_no"] == (await sale.read())["order_no"]
    assert movement["movement_date"] == "2026-01-02T10:00:00.000Z"
    assert (movement["quantity_change"], movement["value_per_unit"]) == (-3, 5)


async def test_no_more_is_shipped_than_was_ordered(api: Api) -> None:
    sale = await new_sale(api)
    await sale.new_fulfillment(3, "PACKED")
    answer = await sale.ship(2)
    assert answer.status == 422
    assert answer.codes == [("/sales_order_fulfillment_rows/0/quantity", "maximum")]
    assert await sale.amounts() == (10, 4)
    answer = await api.patch(f"/sales_order_rows/{sale.row}", {"quantity": 2})
    assert answer.codes == [("/quantity", "minimum")]


async def test_a_fulfillment_ships_rows_of_its_order(api: Api) -> None:
    sale, other = await new_sale(api), await new_sale(api)
    answer = await sale.ship(1, sales_order_row_id=other.row)
    assert answer.codes == [("/sales_order_fulfillment_rows/0/sales_order_row_id", "reference")]
    answer = await sale.ship(1, batch_transactions=[{"batch_id": 7, "quantity": 1}])
    [(path, code)] = answer.codes
    assert (path.rsplit("/", 1)[1], code) == ("batch_id", "reference")


async def test_orders_and_rows_with_a_fulfillment_cannot_be_deleted(api: Api) -> None:
    sale = await new_sale(api)
    path = await sale.new_fulfillment(1, "PACKED")
    assert (await api.delete(f"/sales_order_rows/{sale.row}")).status == 412
    assert (await api.delete(f"/sales_orders/{sale.order}")).status == 412
    await api.delete(path)
    assert (await api.delete(f"/sales_orders/{sale.order}")).status == 204


async def test_the_status_of_an_order_with_fulfillments_is_theirs(api: Api) -> None:
    sale = await new_sale(api)
    await sale.new_fulfillment(4)
    answer = await api.patch(f"/sales_orders/{sale.order}", {"status": "NOT_SHIPPED"})
    assert (answer.status, answer.json["status"]) == (200, "DELIVERED")
    assert await sale.amounts() == (6, 0)


async def test_a_delivery_takes_the_batch_it_names(api: Api) -> None:
    sale = await new_sale(api)
    body = {"batch_number": "B", "variant_id": sale.item.variant}
    batch = (await api.post("/batches", body)).json["id"]

    async def left() -> Decimal:
        query = f"batch_id={batch}&location_id={sale.item.here}&include_empty=true"
        [row] = (await api.get(f"/batch_stocks?{query}")).rows
        return Decimal(row["quantity_in_stock"])

    made = (await sale.ship(2, batch_transactions=[{"batch_id": batch, "quantity": 2}])).json
    [row] = made["sales_order_fulfillment_rows"]
    assert row["batch_transactions"] == [{"batch_id": batch, "quantity": 2}]
    assert row["traceability"][0]["batch_id"] == batch
    assert await left() == -2
    await api.delete(f"/sales_order_fulfillments/{made['id']}")
    assert await left() == 0


async def test_each_answer_has_fields_of_its_own(api: Api) -> None:
    sale = await new_sale(api)
    made = (await sale.ship(1, "PACKED")).json
    assert "invoice_status" not in made
    assert "packer_id" not in made
    path = f"/sales_order_fulfillments/{made['id']}"
    packer = newest(api.sandbox, "operators")
    changed = (await api.patch(path, {"packer_id": packer})).json
    assert changed["packer_id"] == packer
    assert "id" not in changed["sales_order_fulfillment_rows"][0]
    assert (await api.get(path)).json["invoice_status"] == "NOT_INVOICED"
    assert (await api.patch(path, {"packer_id": 7})).codes == [("/packer_id", "reference")]


async def test_fulfillments_are_filtered_by_when_they_were_picked(api: Api) -> None:
    everything = (await api.get("/sales_order_fulfillments?limit=250")).rows
    dates = sorted(each["picked_date"] for each in everything)
    middle = dates[len(dates) // 2]
    found = await api.get(f"/sales_order_fulfillments?limit=250&picked_date_min={middle}")
    assert sorted(each["picked_date"] for each in found.rows) == dates[dates.index(middle) :]


async def test_seeded_orders_have_fulfillments_by_their_status(api: Api) -> None:
    for order in (await api.get("/sales_orders?limit=250")).rows:
        found = await api.get(f"/sales_order_fulfillments?sales_order_id={order['id']}")
        wanted = [order["status"]] if order["status"] in ("PACKED", "DELIVERED") else []
        assert [each["status"] for each in found.rows] == wanted
        for each in found.rows:
            shipped = each["sales_order_fulfillment_rows"]
            rows = {row["id"]: row["quantity"] for row in order["sales_order_rows"]}
            assert {row["sales_order_row_id"]: row["quantity"] for row in shipped} == rows


async def test_an_invoice_has_the_id_of_its_fulfillment(api: Api) -> None:
    rows = (await api.get("/sales_order_accounting_metadata")).rows
    assert rows
    one = rows[0]
    fulfillment = (await api.get(f"/sales_order_fulfillments/{one['fulfillment_id']}")).json
    assert fulfillment["sales_order_id"] == one["sales_order_id"]
    for name in ("fulfillment_id", "sales_order_id"):
        found = await api.get(f"/sales_order_accounting_metadata?{name}={one[name]}")
        assert found.ids == [one["id"]]
