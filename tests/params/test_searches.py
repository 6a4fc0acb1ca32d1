"""What a search sends, and what it refuses to."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.gateway import verdict

from .katana import Client, FakeKatana

ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("attribute", ["sales_orders", "sales_order_rows"])
async def test_searches_are_valid_on_the_wire(attribute: str, katana: FakeKatana) -> None:
    search = getattr(Client(katana), attribute).search
    pages = search(
        where={
            "id": {"between": [1, 9], "neq": 5},
            "created_at": {"gt": NOW},
            "or": [{"currency": "EUR"}, {f"custom_fields.{ID}": {"like": "%x%"}}],
            "custom_fields.third": {"inq": ["a", None]},
        },
        custom_fields={ID: {"gte": Decimal("0.10")}, "another": None},
        order=("created_at DESC", "id ASC"),
    )
    await pages.page(2)
    (request,) = katana.requests
    assert (request.method, request.path) == ("POST", f"/{attribute}/search")
    assert request.body is not None
    sent = json.loads(request.body, parse_float=str)
    assert verdict("POST", request.path, [], json.loads(request.body)) is None
    assert sent["filter"]["where"] == {
        "id": {"between": [1, 9], "neq": 5},
        "created_at": {"gt": "2026-11-23T12:00:00+00:00"},
        "or": [{"currency": "EUR"}, {f"custom_fields.{ID}": {"like": "%x%"}}],
        "custom_fields.third": {"inq": ["a", None]},
        f"custom_fields.{ID}": {"gte": "0.10"},
        "custom_fields.another": None,
    }
    assert sent["filter"]["order"] == ["created_at DESC", "id ASC"]


@pytest.mark.parametrize("attribute", ["sales_orders", "sales_order_rows"])
async def test_a_search_for_everything_says_nothing_but_its_page(
    attribute: str, katana: FakeKatana
) -> None:
    await getattr(Client(katana), attribute).search().page(1, limit=5)
    assert katana.requests[-1].body == b'{"filter":{"page":1,"limit":5}}'


def test_a_misspelt_field_of_a_search_is_refused_before_sending(katana: FakeKatana) -> None:
    with pytest.raises(TypeError, match=r"where\.statuss.*did you mean 'status'"):
        Client(katana).sales_orders.search(where={"statuss": "PENDING"})  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ({"or": [{"currency": "EUR"}, {"statuss": "x"}]}, r"where\.or\[1\]\.statuss.*'status'"),
        ({"and": [{"or": [{"id": {"gtt": 1}}]}]}, r"where\.and\[0\]\.or\[0\]\.id\.gtt.*'gt'"),
        ({"or": {"status": "x"}}, r"where\.or takes a list, not dict"),
        ({"or": ["status"]}, r"where\.or\[0\] takes a dict of conditions, not str"),
        ([{"status": "x"}], "where takes a dict of conditions, not list"),
        ({f"custom_fields.{ID}": {"in": [1]}}, rf"where\.custom_fields\.{ID}\.in.*'nin'"),
        ({"status": {"in": ["x"]}}, r"where\.status\.in.*'nin'"),
    ],
)
def test_a_misspelt_condition_is_refused_however_deep_it_is(
    where: Any, problem: str, katana: FakeKatana
) -> None:
    with pytest.raises(TypeError, match=problem):
        Client(katana).sales_orders.search(where=where)


def test_a_condition_on_a_custom_field_is_checked_too(katana: FakeKatana) -> None:
    wrong: Any = {"in": [1]}
    with pytest.raises(TypeError, match=rf"where\.custom_fields\.{ID}\.in.*'nin'"):
        Client(katana).sales_orders.search(custom_fields={ID: wrong})


def test_an_aware_time_is_wanted_in_a_search_too(katana: FakeKatana) -> None:
    with pytest.raises(ValueError, match="offset"):
        Client(katana).sales_orders.search(where={"created_at": {"gt": NOW.replace(tzinfo=None)}})
