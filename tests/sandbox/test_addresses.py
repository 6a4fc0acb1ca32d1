"""Suppliers, and the addresses of customers, suppliers and sales orders; shipping fees."""

from typing import Any

import pytest

from .conftest import Api, newest
from .sales import new_sale

OWNERS = ["customer", "supplier", "sales_order"]
SHOWN = {
    "customer": "default_billing_id",
    "supplier": "default_address_id",
    "sales_order": "billing_address_id",
}


async def new_owner(api: Api, owner: str, addresses: list[Any]) -> Any:
    if owner == "sales_order":
        sale = await new_sale(api, addresses=addresses)
        return await sale.read()
    made = (await api.post(f"/{owner}s", {"name": "Luke", "addresses": addresses})).json
    return await read_owner(api, owner, made["id"])


async def read_owner(api: Api, owner: str, id: int) -> Any:
    [found] = (await api.get(f"/{owner}s?ids={id}")).rows
    return found


def body(owner: str, **fields: Any) -> dict[str, Any]:
    kind = {} if owner == "supplier" else {"entity_type": "billing"}
    return {**kind, **fields}


@pytest.mark.parametrize("owner", OWNERS)
async def test_an_address_is_its_owners_and_read_by_itself(api: Api, owner: str) -> None:
    made = await new_owner(api, owner, [body(owner, city="Riga")])
    [address] = made["addresses"]
    found = await api.get(f"/{owner}_addresses?{owner}_ids={made['id']}&city=Riga")
    assert found.rows == [{**address, "deleted_at": None}]
    assert address[f"{owner}_id"] == made["id"]
    assert made[SHOWN[owner]] == address["id"]


@pytest.mark.parametrize("owner", OWNERS)
async def test_the_owner_shows_a_changed_address(api: Api, owner: str) -> None:
    made = await new_owner(api, owner, [body(owner, city="Riga")])
    path = f"/{owner}_addresses/{made['addresses'][0]['id']}"
    assert (await api.patch(path, {"city": "Tartu", "zip": None})).json["city"] == "Tartu"
    [address] = (await read_owner(api, owner, made["id"]))["addresses"]
    assert (address["city"], address["zip"]) == ("Tartu", None)


@pytest.mark.parametrize("owner", OWNERS)
async def test_an_owner_shows_the_oldest_address_that_is_left(api: Api, owner: str) -> None:
    made = await new_owner(api, owner, [])
    assert made[SHOWN[owner]] is None
    ids: list[Any] = []
    for city in ("Riga", "Tartu"):
        link = {f"{owner}_id": made["id"], "city": city}
        ids.append((await api.post(f"/{owner}_addresses", body(owner, **link))).json["id"])
    for left in (ids[0], ids[1], None):
        shown = await read_owner(api, owner, made["id"])
        assert shown[SHOWN[owner]] == left
        if left is not None:
            assert (await api.delete(f"/{owner}_addresses/{left}")).status == 204
    assert (await read_owner(api, owner, made["id"]))["addresses"] == []
    gone = f"/{owner}_addresses?{owner}_ids={made['id']}"
    assert (await api.get(gone)).rows == []
    assert len((await api.get(f"{gone}&include_deleted=true")).rows) == 2


@pytest.mark.parametrize("owner", OWNERS)
async def test_addresses_go_with_their_owner(api: Api, owner: str) -> None:
    made = await new_owner(api, owner, [body(owner)])
    assert (await api.delete(f"/{owner}s/{made['id']}")).status == 204
    assert (await api.get(f"/{owner}_addresses?{owner}_ids={made['id']}")).rows == []


@pytest.mark.parametrize("owner", OWNERS)
async def test_an_address_is_of_somebody_who_is_there(api: Api, owner: str) -> None:
    answer = await api.post(f"/{owner}_addresses", body(owner, **{f"{owner}_id": 7}))
    assert answer.codes == [(f"/{owner}_id", "reference")]


@pytest.mark.parametrize("owner", OWNERS)
async def test_seeded_addresses_are_those_that_their_owners_show(api: Api, owner: str) -> None:
    shown = 0
    for each in (await api.get(f"/{owner}s?limit=250")).rows:
        ids = [address["id"] for address in each["addresses"]]
        assert each[SHOWN[owner]] == (ids[0] if ids else None)
        shown += bool(ids)
    assert shown > 1


async def test_a_supplier_is_made_changed_and_deleted(api: Api) -> None:
    made = (await api.post("/suppliers", {"name": "Luke", "currency": "EUR"})).json
    assert (made["currency"], made["addresses"]) == ("EUR", [])
    changed = (await api.patch(f"/suppliers/{made['id']}", {"phone": "1", "comment": None})).json
    assert changed["phone"] == "1"
    assert "addresses" not in changed
    assert (await api.get("/suppliers?phone=1")).ids == [made["id"]]
    assert (await api.delete(f"/suppliers/{made['id']}")).status == 204
    assert (await api.get("/suppliers?name=Luke")).rows == []


async def test_a_supplier_with_orders_cannot_be_deleted(api: Api) -> None:
    order = api.sandbox.store["purchase_orders"].get(newest(api.sandbox, "purchase_orders"))
    assert order is not None
    assert (await api.delete(f"/suppliers/{order['supplier_id']}")).status == 412


async def test_customers_are_put_on_a_price_list_several_at_once(api: Api) -> None:
    prices = (await api.post("/price_lists", {"name": "Friends"})).json["id"]
    ids = api.sandbox.store["customers"].ids()[:3]
    wanted = [{"customer_id": each} for each in ids[:2]]
    made = await api.post(
        "/price_list_customers", {"price_list_id": prices, "price_list_customers": wanted}
    )
    assert [each["customer_id"] for each in made.json] == ids[:2]
    path = f"/price_list_customers/{made.json[0]['id']}"
    assert (await api.patch(path, {"customer_id": ids[2]})).json["customer_id"] == ids[2]
    found = await api.get(f"/price_list_customers?price_list_ids={prices}&customer_ids={ids[2]}")
    assert found.ids == [made.json[0]["id"]]
    wrong = {"price_list_id": prices, "price_list_customers": [{"customer_id": 7}]}
    answer = await api.post("/price_list_customers", wrong)
    assert answer.codes == [("/price_list_customers/0/customer_id", "reference")]
    assert (await api.delete(path)).status == 204
    assert (await api.delete(f"/price_lists/{prices}")).status == 204
    assert (await api.get(f"/price_list_customers?price_list_ids={prices}")).rows == []


async def test_a_deleted_customer_is_on_no_price_list(api: Api) -> None:
    customer = (await api.post("/customers", {"name": "Leia"})).json["id"]
    body = {
        "price_list_id": newest(api.sandbox, "price_lists"),
        "price_list_customers": [{"customer_id": customer}],
    }
    await api.post("/price_list_customers", body)
    await api.delete(f"/customers/{customer}")
    assert (await api.get(f"/price_list_customers?customer_ids={customer}")).rows == []


async def test_an_order_shows_its_shipping_fee(api: Api) -> None:
    sale = await new_sale(api)
    assert (await sale.read())["shipping_fee"] == {}
    body = {"sales_order_id": sale.order, "amount": "3.140", "description": "By van"}
    made = (await api.post("/sales_order_shipping_fee", body)).json
    assert str(made["amount"]) == "3.14"
    shown = (await sale.read())["shipping_fee"]
    assert (shown["amount"], shown["id"]) == ("3.1400000000", made["id"])
    path = f"/sales_order_shipping_fee/{made['id']}"
    assert (await api.patch(path, {"description": "By ship"})).codes == [("", "required")]
    changed = (await api.patch(path, {"amount": "5", "description": "By ship"})).json
    assert (changed["amount"], changed["description"]) == ("5.0000000000", "By ship")
    found = await api.get(f"/sales_order_shipping_fee?sales_order_id={sale.order}")
    assert found.rows == [changed]
    assert (await api.delete(path)).status == 204
    assert (await sale.read())["shipping_fee"] == {}


@pytest.mark.parametrize("amount", ["much", "NaN", ""])
async def test_a_shipping_fee_is_text_that_spells_a_number(api: Api, amount: str) -> None:
    body = {"sales_order_id": newest(api.sandbox, "sales_orders"), "amount": amount}
    answer = await api.post("/sales_order_shipping_fee", body)
    assert answer.status == 422
    assert answer.codes == [("/amount", "format")]
