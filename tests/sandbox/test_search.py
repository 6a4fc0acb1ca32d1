"""Searches: every comparison, nested conditions, order and pages."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from katana_async.sandbox import Record
from katana_async.sandbox.seeds.settings import CUSTOM_FIELDS

from .conftest import Api, newest

Wanted = Callable[[Record], bool]


async def search(api: Api, collection: str = "sales_orders", **body: Any) -> Any:
    return await api.post(f"/{collection}/search", body)


async def test_a_search_answers_short_records(api: Api) -> None:
    answer = await search(api)
    assert set(answer.rows[0]) == {
        *("id", "order_no", "customer_id", "location_id", "status", "currency", "source"),
        *("total", "created_at", "updated_at"),
    }
    whole = (await api.get("/sales_orders?limit=250")).rows
    assert answer.ids == [row["id"] for row in whole]
    assert [row["total"] for row in answer.rows] == [row["total"] for row in whole]


@pytest.mark.parametrize("collection", ["sales_orders", "sales_order_rows", "customers"])
@pytest.mark.parametrize("body", [{}, {"filter": {}}, {"filter": {"and": [], "or": []}}])
async def test_an_empty_search_finds_everything(api: Api, collection: str, body: Any) -> None:
    answer = await search(api, collection, **body, limit=200)
    assert len(answer.rows) == len(api.sandbox.store[collection])


@pytest.mark.parametrize(
    ("conditions", "wanted"),
    [
        ({"status": "PENDING"}, lambda row: row["status"] == "PENDING"),
        ({"status": {"neq": "PENDING"}}, lambda row: row["status"] != "PENDING"),
        (
            {"status": {"inq": ["PENDING", "PACKED"]}},
            lambda row: row["status"] in ("PENDING", "PACKED"),
        ),
        (
            {"status": {"nin": ["PENDING", "PACKED"]}},
            lambda row: row["status"] not in ("PENDING", "PACKED"),
        ),
        ({"customer_id": {"gt": 4_000_003}}, lambda row: row["customer_id"] > 4_000_003),
        ({"customer_id": {"gte": 4_000_003}}, lambda row: row["customer_id"] >= 4_000_003),
        ({"customer_id": {"lt": 4_000_003}}, lambda row: row["customer_id"] < 4_000_003),
        ({"customer_id": {"lte": 4_000_003}}, lambda row: row["customer_id"] <= 4_000_003),
        (
            {"customer_id": {"between": [4_000_002, 4_000_004]}},
            lambda row: 4_000_002 <= row["customer_id"] <= 4_000_004,
        ),
        (
            {"customer_id": {"gt": 4_000_002, "lt": 4_000_004}},
            lambda row: 4_000_002 < row["customer_id"] < 4_000_004,
        ),
        ({"order_no": {"like": "SO-1%"}}, lambda row: row["order_no"].startswith("SO-1")),
        ({"order_no": {"like": "SO-_"}}, lambda row: len(row["order_no"]) == 4),
        ({"order_no": {"like": "so-1%"}}, lambda row: False),
        ({"order_no": {"ilike": "so-1%"}}, lambda row: row["order_no"].startswith("SO-1")),
        ({"customer_ref": None}, lambda row: row["customer_ref"] is None),
        ({"customer_ref": {"neq": None}}, lambda row: row["customer_ref"] is not None),
        (
            {"created_at": {"gte": "2023-01-01T02:00:00+02:00"}},
            lambda row: row["created_at"] >= "2023-01-01T00:00:00.000Z",
        ),
        (
            {"status": "DELIVERED", "currency": "EUR"},
            lambda row: row["status"] == "DELIVERED" and row["currency"] == "EUR",
        ),
        (
            {
                "or": [
                    {"status": "PENDING"},
                    {"and": [{"status": "DELIVERED"}, {"currency": "EUR"}]},
                ]
            },
            lambda row: (
                row["status"] == "PENDING"
                or (row["status"] == "DELIVERED" and row["currency"] == "EUR")
            ),
        ),
        (
            {f"custom_fields.{CUSTOM_FIELDS[1]}": {"gte": 5}},
            lambda row: (row["custom_fields"] or {}).get(CUSTOM_FIELDS[1], 0) >= 5,
        ),
        (
            {f"custom_fields.{CUSTOM_FIELDS[0]}": {"like": "Door%"}},
            lambda row: CUSTOM_FIELDS[0] in (row["custom_fields"] or {}),
        ),
        ({"order_no": {"gt": 7}}, lambda row: False),
    ],
)
async def test_a_condition_finds_the_records_that_meet_it(
    api: Api, conditions: Any, wanted: Wanted
) -> None:
    rows = list(api.sandbox.store["sales_orders"])
    answer = await search(api, filter=conditions, limit=200)
    assert answer.status == 200
    assert answer.ids == [row["id"] for row in rows if wanted(row)]
    assert len(answer.rows) < len(rows)


async def test_rows_are_searched_by_fields_of_their_order_and_tax_rate_too(api: Api) -> None:
    found = (await search(api, "sales_order_rows", filter={"currency": "EUR"}, limit=200)).rows
    orders = api.sandbox.store["sales_orders"]
    currencies = [orders.get(row["sales_order_id"]) for row in found]
    assert found
    assert {order["currency"] for order in currencies if order} == {"EUR"}
    rate = (await api.get("/tax_rates?is_default_sales=true")).rows[0]["rate"]
    for condition, count in (({"tax_rate": int(rate)}, 50), ({"tax_rate": 99}, 0)):
        assert len((await search(api, "sales_order_rows", filter=condition)).rows) == count


async def test_results_are_in_the_requested_order(api: Api) -> None:
    rows = list(api.sandbox.store["sales_orders"])
    answer = await search(api, order=["currency ASC", "id DESC"], limit=200)
    wanted = sorted(rows, key=lambda row: (row["currency"], -row["id"]))
    assert answer.ids == [row["id"] for row in wanted]
    answer = await search(api, order="customer_ref desc", limit=200)
    last = api.sandbox.store["sales_orders"].get(answer.ids[-1])
    assert last is not None
    assert last["customer_ref"] is None


async def test_results_have_pages(api: Api) -> None:
    whole = (await search(api, limit=200)).ids
    page = await search(api, limit=7, page=2)
    assert page.ids == whole[7:14]
    assert json.loads(page.headers["X-Pagination"])["offset"] == "7"
    assert (await search(api, limit=0)).rows == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"limit": 201}, "/limit"),
        ({"page": 0}, "/page"),
        ({"fields": []}, ""),
        # The form of the body until September 2026.
        ({"filter": {"where": {"status": "PENDING"}}}, "/filter"),
        ({"filter": {"order": "id ASC"}}, "/filter"),
        ({"filter": {"limit": 5}}, "/filter"),
        ({"filter": {"colour": "red"}}, "/filter"),
        ({"filter": {"status": {"near": 1}}}, "/filter/status"),
        ({"filter": {"status": {"inq": "PENDING"}}}, "/filter/status/inq"),
        ({"filter": {"id": {"inq": list(range(101))}}}, "/filter/id/inq"),
        ({"filter": {"id": {"nin": list(range(101))}}}, "/filter/id/nin"),
        ({"filter": {"id": {"between": [1]}}}, "/filter/id/between"),
        ({"filter": {"or": [{"colour": "red"}]}}, "/filter/or/0"),
        ({"filter": {"or": [{"and": [{"or": [{"id": 1}]}]}]}}, "/filter/or/0/and/0/or/0"),
        ({"order": "colour ASC"}, "/order"),
        ({"order": "id SIDEWAYS"}, "/order"),
    ],
)
async def test_an_invalid_search_is_a_422(api: Api, body: Any, path: str) -> None:
    answer = await search(api, **body)
    assert answer.status == 422
    assert [where for where, _ in answer.codes] == [path]


async def test_deleted_orders_are_not_found(api: Api) -> None:
    [first, *_] = (await search(api)).ids
    await api.delete(f"/sales_orders/{first}")
    assert (await search(api, filter={"id": first})).rows == []


async def test_customers_are_found_by_their_fields(api: Api) -> None:
    made = (await api.post("/customers", {"name": "Mari Tamm", "email": "mari@tamm.example"})).json
    [found] = (await search(api, "customers", filter={"email": {"ilike": "MARI@%"}})).rows
    assert found == {name: made[name] for name in found}
    assert not {"addresses", "comment", "discount_rate", "deleted_at"} & set(found)


async def test_variants_are_found_with_the_item_on_request(api: Api) -> None:
    material = newest(api.sandbox, "materials")
    body = {"material_id": material, "sku": "GL", "supplier_item_codes": ["A-1", "A-2"]}
    made = (await api.post("/variants", body)).json
    conditions = {"supplier_item_codes": "A-2", "item_type": "material", "item_id": material}
    [found] = (await search(api, "variants", filter=conditions)).rows
    assert (found["id"], found["item_type"], found["item_id"]) == (made["id"], "material", material)
    assert "item" not in found
    [found] = (await search(api, "variants", filter=conditions, include=["item"])).rows
    assert (found["item"]["id"], found["item"]["type"]) == (material, "material")


@pytest.mark.parametrize("state", ["archived", "deleted"])
async def test_hidden_variants_are_found_on_request(api: Api, state: str) -> None:
    variant = (await api.post("/products", {"name": "A", "variants": [{}]})).json["variants"][0]
    hide = getattr(
        api.sandbox.store["variants"], {"archived": "archive", "deleted": "delete"}[state]
    )
    hide(variant["id"])
    conditions = {"id": variant["id"]}
    assert (await search(api, "variants", filter=conditions)).rows == []
    [found] = (await search(api, "variants", filter=conditions, include=[state])).rows
    assert (found["deleted_at"] is not None) is (state == "deleted")
