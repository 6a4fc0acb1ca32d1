"""Sales returns: returnable quantities, and effects on stock."""

from decimal import Decimal
from typing import Any

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Api
from .sales import Sale, new_sale


async def new_return(sale: Sale, quantity: Any = 1, **fields: Any) -> Any:
    """Create a return with one row, and return the answer for the row."""
    body = {"sales_order_id": sale.order, "return_location_id": sale.item.here}
    made = (await sale.api.post("/sales_returns", body)).json
    [item, *_] = await sale.returnable()
    row = {
        "sales_return_id": made["id"],
        "variant_id": item["variant_id"],
        "fulfillment_row_id": item["fulfillment_row_id"],
        "quantity": quantity,
        **fields,
    }
    return await sale.api.post("/sales_return_rows", row)


async def test_a_return_takes_after_its_order(api: Api) -> None:
    sale = await new_sale(api, currency="EUR")
    await sale.new_fulfillment(4)
    order = await sale.read()
    row = (await new_return(sale, "2.00")).json
    assert (row["quantity"], row["net_price_per_unit"]) == ("2.00", "20.0000000000")
    assert row["sales_order_row_id"] == sale.row
    assert row["restock_location_id"] == sale.item.here
    made = (await api.get(f"/sales_returns/{row['sales_return_id']}")).json
    returns = len(api.sandbox.store["sales_returns"])
    assert (made["order_no"], made["status"]) == (f"RO-{returns}", "NOT_RETURNED")
    assert (made["customer_id"], made["currency"]) == (order["customer_id"], "EUR")


async def test_restocking_a_return_puts_stock_back_and_can_be_taken_back(
    api: Api, clock: ManualClock
) -> None:
    sale = await new_sale(api)
    await sale.new_fulfillment(4)
    row = (await new_return(sale, 3)).json
    path = f"/sales_returns/{row['sales_return_id']}"
    clock.advance(60)
    marked = (await api.patch(path, {"status": "RETURNED_ALL"})).json
    assert marked["return_date"] == "2026-01-05T08:01:00.000Z"
    assert await sale.amounts() == (6, 0)
    await api.patch(path, {"status": "RESTOCKED_ALL"})
    assert await sale.amounts() == (9, 0)
    assert (await api.patch(path, {"status": "NOT_RETURNED"})).json["return_date"] is None
    assert await sale.amounts() == (6, 0)


async def test_rows_of_a_restocked_return_move_stock_at_once(api: Api) -> None:
    sale = await new_sale(api)
    await sale.new_fulfillment(4)
    row = (await new_return(sale, 1)).json
    path = f"/sales_returns/{row['sales_return_id']}"
    await api.patch(path, {"status": "RESTOCKED_ALL"})
    row_path = f"/sales_return_rows/{row['id']}"
    await api.patch(row_path, {"quantity": 2})
    assert await sale.amounts() == (8, 0)
    await api.patch(row_path, {"restock_location_id": sale.item.there})
    assert await sale.amounts() == (6, 0)
    assert await sale.item.in_stock(sale.item.there) == 2
    moves = len(await sale.item.movements())
    reason = (await api.get("/sales_returns/return_reasons")).json[0]["id"]
    assert (await api.patch(row_path, {"reason_id": reason})).json["reason_id"] == reason
    assert len(await sale.item.movements()) == moves
    added = {name: row[name] for name in ("sales_return_id", "variant_id", "fulfillment_row_id")}
    await api.post("/sales_return_rows", {**added, "quantity": 1})
    assert await sale.amounts() == (7, 0)
    assert (await api.delete(row_path)).status == 204
    assert await sale.item.in_stock(sale.item.there) == 0
    assert (await api.delete(path)).status == 204
    assert await sale.amounts() == (6, 0)
    assert (
        await api.get(f"/sales_return_rows?sales_return_id={row['sales_return_id']}")
    ).rows == []


async def test_the_returnable_quantity_is_the_delivered_less_the_returned(api: Api) -> None:
    sale = await new_sale(api)
    assert await sale.returnable() == []
    await sale.new_fulfillment(1, "PACKED")
    assert await sale.returnable() == []
    await sale.new_fulfillment(3)
    [item] = await sale.returnable()
    assert (item["variant_id"], item["available_for_return_quantity"]) == (sale.item.variant, "3")
    assert item["quantity_sold"] == "3.00000000000000000000"
    row = (await new_return(sale, 2)).json
    [item] = await sale.returnable()
    assert item["available_for_return_quantity"] == "1"
    answer = await api.patch(f"/sales_return_rows/{row['id']}", {"quantity": 4})
    assert answer.codes == [("/quantity", "maximum")]
    await api.patch(f"/sales_return_rows/{row['id']}", {"quantity": 3})
    assert await sale.returnable() == []
    await api.delete(f"/sales_return_rows/{row['id']}")
    [item] = await sale.returnable()
    assert item["available_for_return_quantity"] == "3"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("quantity", 3, "maximum"),
        ("variant_id", 7, "reference"),
        ("fulfillment_row_id", 7, "reference"),
        ("reason_id", 7, "reference"),
        ("restock_location_id", 7, "reference"),
        ("sales_return_id", 7, "reference"),
        ("quantity", "0.0", "not"),
        ("quantity", -1, "minimum"),
    ],
)
async def test_only_delivered_quantities_can_be_returned(
    api: Api, field: str, value: Any, code: str
) -> None:
    sale = await new_sale(api)
    await sale.new_fulfillment(2)
    answer = await new_return(sale, **{"quantity": 1, field: value})
    assert answer.status == 422
    assert answer.codes == [(f"/{field}", code)]


async def test_a_fulfillment_with_returned_stock_stays_delivered(api: Api) -> None:
    sale = await new_sale(api)
    path = await sale.new_fulfillment(4)
    row = (await new_return(sale)).json
    assert (await api.delete(path)).status == 412
    assert (await api.patch(path, {"status": "PACKED"})).status == 412
    await api.delete(f"/sales_return_rows/{row['id']}")
    assert (await api.delete(path)).status == 204
    # The return has no rows any more, but still belongs to the order.
    assert (await api.delete(f"/sales_orders/{sale.order}")).status == 412


async def test_returns_are_filtered_by_status_and_dates(api: Api) -> None:
    everything = (await api.get("/sales_returns")).rows
    back = [each["id"] for each in everything if each["status"] == "RESTOCKED_ALL"]
    assert (await api.get("/sales_returns?status=RESTOCKED_ALL")).ids == back
    assert (await api.get("/sales_returns?status=LOST")).status == 400
    assert (await api.get("/sales_returns?order_return_date_min=2021-01-01")).ids == back
    newest_one = everything[0]
    since = f"order_created_date_min={newest_one['order_created_date']}"
    assert (await api.get(f"/sales_returns?{since}")).ids == [newest_one["id"]]


async def test_batches_that_no_return_claims_are_unassigned(api: Api) -> None:
    sale = await new_sale(api)
    body = {"batch_barcode": "4740", "variant_id": sale.item.variant}
    first, second = [
        (await api.post("/batches", {**body, "batch_number": name})).json["id"] for name in "BC"
    ]
    shipped = [{"batch_id": first, "quantity": 3}, {"batch_id": second, "quantity": 1}]
    await sale.ship(4, batch_transactions=shipped)
    row = (await new_return(sale, 2)).json
    path = f"/sales_return_rows/{row['id']}"
    both = (await api.get(f"{path}/unassigned_batch_transactions")).json
    assert {each["batch_id"]: each["quantity"] for each in both} == {first: "3.00", second: "1.00"}
    batches = [{"batch_id": first, "quantity": 1}, {"batch_id": second, "quantity": 1}]
    changed = (await api.patch(path, {"batch_transactions": batches})).json
    assert changed["batch_transactions"] == batches
    # A single batch is an object, as in Katana's example.
    unassigned = (await api.get(f"{path}/unassigned_batch_transactions")).json
    assert (unassigned["batch_id"], unassigned["quantity"]) == (first, "2.00")
    assert (unassigned["batch_number"], unassigned["barcode"]) == ("B", "4740")
    await api.patch(f"/sales_returns/{row['sales_return_id']}", {"status": "RESTOCKED_ALL"})
    query = f"batch_id={first}&location_id={sale.item.here}&include_empty=true"
    [stock] = (await api.get(f"/batch_stocks?{query}")).rows
    assert Decimal(stock["quantity_in_stock"]) == -2
