"""Writes of sales orders and purchase orders, and their effects."""

from decimal import Decimal
from typing import Any

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Api, newest


async def sales_order(api: Api, **fields: Any) -> Any:
    row = {"variant_id": newest(api.sandbox, "variants"), "quantity": 2, "price_per_unit": 10.25}
    customer = newest(api.sandbox, "customers")
    return await api.post(
        "/sales_orders", {"customer_id": customer, "sales_order_rows": [row], **fields}
    )


async def test_a_sales_order_is_numbered_priced_and_added_up(api: Api) -> None:
    made = (await sales_order(api, currency="EUR")).json
    orders = len(api.sandbox.store["sales_orders"])
    assert made["order_no"] == f"SO-{orders}"
    assert made["status"] == "NOT_SHIPPED"
    assert made["source"] == "API"
    assert made["total"] == Decimal("20.5")
    rate = made["conversion_rate"]
    assert made["total_in_base_currency"] == round(Decimal("20.5") / rate, 10).normalize()
    [row] = made["sales_order_rows"]
    assert row["location_id"] == made["location_id"]
    body = {"sales_order_id": made["id"], "variant_id": row["variant_id"], "quantity": 1}
    added = (
        await api.post("/sales_order_rows", {**body, "total_discount": 1.5, "price_per_unit": 9})
    ).json
    assert added["total_discount"] == "1.50"
    assert (await api.get(f"/sales_orders/{made['id']}")).json["total"] == 28
    assert (await api.delete(f"/sales_order_rows/{added['id']}")).status == 204
    assert (await api.get(f"/sales_orders/{made['id']}")).json["total"] == Decimal("20.5")


async def test_the_price_of_a_row_is_by_default_the_variants_sales_price(api: Api) -> None:
    made = (await api.post("/products", {"name": "A", "variants": [{"sales_price": 12.34}]})).json
    row = {"variant_id": made["variants"][0]["id"], "quantity": 3}
    order = (await sales_order(api, sales_order_rows=[row])).json
    assert Decimal(order["sales_order_rows"][0]["price_per_unit"]) == Decimal("12.34")
    assert order["total"] == Decimal("37.02")


async def test_only_a_fulfillment_delivers_a_sales_order(api: Api, clock: ManualClock) -> None:
    made = (await sales_order(api)).json
    path = f"/sales_orders/{made['id']}"
    clock.advance(60)
    answer = await api.patch(path, {"status": "DELIVERED"})
    assert answer.status == 200
    assert answer.json["status"] == "NOT_SHIPPED"
    assert answer.json["updated_at"] == made["updated_at"]
    assert (await api.patch(path, {"status": "PACKED"})).json["status"] == "PACKED"


async def test_ecommerce_fields_of_an_order_cannot_change(api: Api) -> None:
    made = (await sales_order(api, ecommerce_order_id="19")).json
    assert made["ecommerce_order_id"] == "19"
    answer = await api.patch(f"/sales_orders/{made['id']}", {"ecommerce_order_id": "20"})
    assert answer.codes == [("", "additionalProperties")]


@pytest.mark.parametrize("when", ["2026-02-01T10:00:00", "2026-02-01 10:00", "soon"])
async def test_a_time_without_an_offset_is_a_422(api: Api, when: str) -> None:
    answer = await sales_order(api, delivery_date=when)
    assert answer.status == 422
    assert answer.codes == [("/delivery_date", "format")]


async def test_times_are_kept_in_utc(api: Api) -> None:
    made = (await sales_order(api, delivery_date="2026-02-01T10:00:00+02:00")).json
    assert made["delivery_date"] == "2026-02-01T08:00:00.000Z"


async def test_an_order_must_refer_to_existing_records(api: Api) -> None:
    assert (await sales_order(api, customer_id=7)).codes == [("/customer_id", "reference")]
    rows = [{"variant_id": 7, "quantity": 1}]
    answer = await sales_order(api, sales_order_rows=rows)
    assert answer.codes == [("/sales_order_rows/0/variant_id", "reference")]


async def test_the_tax_rate_of_a_row_must_exist(api: Api) -> None:
    variant = newest(api.sandbox, "variants")
    rows = [{"variant_id": variant, "quantity": 1, "tax_rate_id": 7}]
    answer = await sales_order(api, sales_order_rows=rows)
    assert answer.codes == [("/sales_order_rows/0/tax_rate_id", "reference")]
    rows[0]["price_per_unit"] = 1
    names = {"supplier_id": "suppliers", "location_id": "locations"}
    body = {name: newest(api.sandbox, table) for name, table in names.items()}
    answer = await api.post("/purchase_orders", {**body, "purchase_order_rows": rows})
    assert answer.codes == [("/purchase_order_rows/0/tax_rate_id", "reference")]
    order = newest(api.sandbox, "sales_orders")
    fee = {"sales_order_id": order, "amount": "5.00", "tax_rate_id": 7}
    answer = await api.post("/sales_order_shipping_fee", fee)
    assert answer.codes == [("/tax_rate_id", "reference")]


async def test_rows_go_with_their_order(api: Api) -> None:
    made = (await sales_order(api)).json
    [row] = made["sales_order_rows"]
    assert (await api.delete(f"/sales_orders/{made['id']}")).status == 204
    assert (await api.get(f"/sales_order_rows/{row['id']}")).status == 404
    found = await api.get(f"/sales_order_rows?sales_order_ids={made['id']}&include_deleted=true")
    assert found.ids == [row["id"]]


async def test_only_delivered_orders_have_returnable_items(api: Api) -> None:
    made = (await sales_order(api)).json
    assert (await api.get(f"/sales_orders/{made['id']}/returnable_items")).json == []
    delivered = next(
        row for row in api.sandbox.store["sales_orders"] if row["status"] == "DELIVERED"
    )
    items = (await api.get(f"/sales_orders/{delivered['id']}/returnable_items")).json
    assert items
    assert len(items[0]["quantity_sold"].partition(".")[2]) == 20


async def purchase_order(api: Api, **fields: Any) -> Any:
    sandbox = api.sandbox
    location = newest(sandbox, "locations")
    row = {"variant_id": newest(sandbox, "variants"), "quantity": 4, "price_per_unit": 2.5}
    return await api.post(
        "/purchase_orders",
        {
            "supplier_id": newest(sandbox, "suppliers"),
            "location_id": location,
            "purchase_order_rows": [{**row, "location_id": location}],
            **fields,
        },
    )


async def test_rows_that_come_with_a_purchase_order_lose_their_location(api: Api) -> None:
    made = (await purchase_order(api, currency="USD")).json
    assert made["purchase_order_rows"][0]["location_id"] is None
    assert made["total"] == 10
    assert made["order_no"] == f"PO-{len(api.sandbox.store['purchase_orders'])}"


async def test_a_changed_purchase_order_is_answered_without_its_rows(api: Api) -> None:
    made = (await purchase_order(api)).json
    changed = (await api.patch(f"/purchase_orders/{made['id']}", {"status": "RECEIVED"})).json
    assert "purchase_order_rows" not in changed
    read = (await api.get(f"/purchase_orders/{made['id']}?extend=supplier")).json
    assert read["purchase_order_rows"][0]["received_date"] == "2026-01-05T08:00:00.000Z"
    assert read["supplier"]["id"] == made["supplier_id"]


async def test_dates_of_a_purchase_order_may_be_plain_dates(api: Api) -> None:
    made = (await purchase_order(api, expected_arrival_date="2026-02-01")).json
    assert made["expected_arrival_date"] == "2026-02-01T00:00:00.000Z"


async def test_an_outsourced_order_has_a_tracking_location(api: Api) -> None:
    answer = await purchase_order(api, entity_type="outsourced")
    assert answer.codes == [("", "required")]
    location = newest(api.sandbox, "locations")
    made = await purchase_order(api, entity_type="outsourced", tracking_location_id=location)
    assert made.json["tracking_location_id"] == location


@pytest.mark.parametrize("collection", ["sales_orders", "purchase_orders"])
async def test_another_currency_brings_another_rate(api: Api, collection: str) -> None:
    make = sales_order if collection == "sales_orders" else purchase_order
    made = (await make(api, currency="USD")).json
    assert made["total_in_base_currency"] == made["total"]
    path = f"/{collection}/{made['id']}"
    assert (await api.patch(path, {"currency": "GBP"})).json["currency"] == "GBP"
    read = (await api.get(path)).json
    assert read["total"] == made["total"]
    assert read["total_in_base_currency"] == round(read["total"] / Decimal("0.79"), 10).normalize()


async def test_a_rate_of_choice_is_kept(api: Api) -> None:
    made = (await sales_order(api, currency="USD")).json
    date = "2026-01-01T00:00:00.000Z"
    body = {"currency": "EUR", "conversion_rate": 2, "conversion_date": date}
    path = f"/sales_orders/{made['id']}"
    changed = (await api.patch(path, body)).json
    assert (changed["conversion_rate"], changed["conversion_date"]) == (2, date)
    assert (await api.get(path)).json["total_in_base_currency"] == Decimal("10.25")


@pytest.mark.parametrize(
    ("collection", "field"),
    [
        ("sales_orders", "customer_id"),
        ("sales_orders", "location_id"),
        ("purchase_orders", "supplier_id"),
        ("purchase_orders", "location_id"),
        ("purchase_orders", "tracking_location_id"),
        ("sales_order_rows", "variant_id"),
        ("sales_order_rows", "location_id"),
        ("sales_order_rows", "tax_rate_id"),
        ("purchase_order_rows", "tax_rate_id"),
        ("price_list_rows", "variant_id"),
        ("products", "default_supplier_id"),
        ("bom_rows", "ingredient_variant_id"),
    ],
)
async def test_a_change_must_refer_to_existing_records(
    api: Api, collection: str, field: str
) -> None:
    record = newest(api.sandbox, collection)
    answer = await api.patch(f"/{collection}/{record}", {field: 7})
    assert answer.status == 422
    assert answer.codes == [(f"/{field}", "reference")]
