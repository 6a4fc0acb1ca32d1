"""Searches: every comparison, conditions in conditions, order and pages."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from katana_async.sandbox import Record
from katana_async.sandbox.seeds.settings import CUSTOM_FIELDS

from .conftest import Api

Wanted = Callable[[Record], bool]


async def search(api: Api, where: Any = None, **filter: Any) -> Any:
    body = {"filter": filter if where is None else {"where": where, **filter}}
    return await api.post("/sales_orders/search", body)


async def test_a_search_answers_short_records_with_strings_for_numbers(api: Api) -> None:
    answer = await search(api)
    assert set(answer.rows[0]) == {
        "id",
        "order_no",
        "customer_id",
        "status",
        "currency",
        "source",
        "total",
        "created_at",
        "updated_at",
    }
    whole = (await api.get("/sales_orders?limit=250")).rows
    assert answer.ids == [row["id"] for row in whole]
    assert [Decimal(row["total"]) for row in answer.rows] == [row["total"] for row in whole]
    rows = (await api.post("/sales_order_rows/search", {})).rows
    assert isinstance(rows[0]["quantity"], str)
    assert isinstance(rows[0]["price_per_unit"], str)


async def test_an_empty_search_finds_everything(api: Api) -> None:
    count = len(api.sandbox.store["sales_orders"])
    bodies: list[dict[str, Any]] = [{}, {"filter": {}}, {"filter": {"where": {}}}]
    for body in bodies:
        assert len((await api.post("/sales_orders/search", body)).rows) == count


@pytest.mark.parametrize(
    ("where", "wanted"),
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
            lambda row: row["custom_fields"] is not None,
        ),
        ({"order_no": {"gt": 7}}, lambda row: False),
    ],
)
async def test_a_condition_finds_what_it_says(api: Api, where: Any, wanted: Wanted) -> None:
    rows = list(api.sandbox.store["sales_orders"])
    answer = await search(api, where, limit=200)
    assert answer.status == 200
    assert answer.ids == [row["id"] for row in rows if wanted(row)]
    assert len(answer.rows) < len(rows)


async def test_rows_are_searched_by_what_their_order_says_too(api: Api) -> None:
    body = {"filter": {"where": {"currency": "EUR"}, "limit": 200}}
    found = (await api.post("/sales_order_rows/search", body)).rows
    orders = api.sandbox.store["sales_orders"]
    currencies = [orders.get(row["sales_order_id"]) for row in found]
    assert found
    assert {order["currency"] for order in currencies if order} == {"EUR"}


async def test_results_come_in_the_order_asked_for(api: Api) -> None:
    rows = list(api.sandbox.store["sales_orders"])
    answer = await search(api, order=["currency ASC", "id DESC"], limit=200)
    wanted = sorted(rows, key=lambda row: (row["currency"], -row["id"]))
    assert answer.ids == [row["id"] for row in wanted]
    answer = await search(api, order="customer_ref desc", limit=200)
    last = answer.ids[-1]
    order = api.sandbox.store["sales_orders"].get(last)
    assert order is not None
    assert order["customer_ref"] is None


async def test_results_come_in_pages(api: Api) -> None:
    whole = (await search(api, limit=200)).ids
    page = await search(api, limit=7, page=2)
    assert page.ids == whole[7:14]
    assert json.loads(page.headers["X-Pagination"])["offset"] == "7"
    assert (await search(api, limit=0)).rows == []


@pytest.mark.parametrize(
    ("filter", "path"),
    [
        ({"limit": 201}, "/filter/limit"),
        ({"page": 0}, "/filter/page"),
        ({"fields": []}, "/filter"),
        ({"where": {"colour": "red"}}, "/filter/where"),
        ({"where": {"status": {"near": 1}}}, "/filter/where/status"),
        ({"where": {"status": {"inq": "PENDING"}}}, "/filter/where/status/inq"),
        ({"where": {"id": {"between": [1]}}}, "/filter/where/id/between"),
        ({"where": {"or": [{"colour": "red"}]}}, "/filter/where/or/0"),
        ({"order": "colour ASC"}, "/filter/order"),
        ({"order": "id SIDEWAYS"}, "/filter/order"),
    ],
)
async def test_a_search_that_makes_no_sense_is_a_422(api: Api, filter: Any, path: str) -> None:
    answer = await api.post("/sales_orders/search", {"filter": filter})
    assert answer.status == 422
    assert [where for where, _ in answer.codes] == [path]


async def test_deleted_orders_are_not_found(api: Api) -> None:
    [first, *_] = (await search(api)).ids
    await api.delete(f"/sales_orders/{first}")
    assert (await search(api, {"id": first})).rows == []
