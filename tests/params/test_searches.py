"""The requests of searches, and refused conditions."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.api.documented_server import encode
from tests.request_validation import validate_request

from .example_transport import Client, ExampleTransport

ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEARCHES = [
    "customers",
    "manufacturing_orders",
    "purchase_orders",
    "sales_order_rows",
    "sales_orders",
    "variants",
]


def sent(katana: ExampleTransport) -> dict[str, Any]:
    """Return the body of the last request, with numbers as their text."""
    content = katana.requests[-1].body
    assert content is not None
    found: dict[str, Any] = json.loads(content, parse_float=str)
    return found


@pytest.mark.parametrize("attribute", SEARCHES)
async def test_searches_are_valid_on_the_wire(attribute: str, katana: ExampleTransport) -> None:
    search = getattr(Client(katana), attribute).search
    pages = search(
        where={
            "id": {"between": [1, 9], "neq": 5},
            "created_at": {"gt": NOW.astimezone(timezone(timedelta(hours=2)))},
            "or": [{"updated_at": None}, {f"custom_fields.{ID}": {"like": "%x%"}}],
            "and": [{"or": [{"id": {"nin": (1, None)}}]}],
            "custom_fields.third": {"inq": ["a", None]},
        },
        custom_fields={ID: {"gte": Decimal("0.10")}, "another": None},
        order=("created_at DESC", "id ASC"),
    )
    await pages.page(2)
    (request,) = katana.requests
    assert (request.method, request.path) == ("POST", f"/{attribute}/search")
    assert request.body is not None
    assert validate_request("POST", request.path, [], json.loads(request.body)) is None
    assert sent(katana) == {
        "filter": {
            "id": {"between": [1, 9], "neq": 5},
            "created_at": {"gt": "2026-11-23T12:00:00.000Z"},
            "or": [{"updated_at": None}, {f"custom_fields.{ID}": {"like": "%x%"}}],
            "and": [{"or": [{"id": {"nin": [1, None]}}]}],
            "custom_fields.third": {"inq": ["a", None]},
            f"custom_fields.{ID}": {"gte": "0.10"},
            "custom_fields.another": None,
        },
        "order": ["created_at DESC", "id ASC"],
        "page": 2,
        "limit": 200,
    }


@pytest.mark.parametrize("attribute", SEARCHES)
async def test_a_search_without_conditions_sends_only_the_page(
    attribute: str, katana: ExampleTransport
) -> None:
    await getattr(Client(katana), attribute).search().page(1, limit=5)
    assert katana.requests[-1].body == b'{"filter":{},"page":1,"limit":5}'


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_a_search_of_variants_can_include_more(katana: ExampleTransport) -> None:
    variants = Client(katana).variants
    (found,) = (await variants.search(include=["item", "archived"]).page(1)).items
    assert sent(katana)["include"] == ["item", "archived"]
    assert found.item is not None
    assert (found.item.id, found.item_id, found.item_type) == (1, 1, "product")
    one: Any = "item"
    with pytest.raises(TypeError, match="include takes a list"):
        variants.search(include=one)


@pytest.mark.parametrize(
    ("order", "total"),
    [
        ("created_at DESC", ["created_at DESC", "id DESC"]),
        ("created_at desc", ["created_at desc", "id desc"]),
        (["status", "updated_at ASC"], ["status", "updated_at ASC", "id ASC"]),
        (("status",), ["status", "id"]),
        ("id DESC", ["id DESC"]),
        ("ID", ["ID"]),
        (["id", "status DESC"], ["id", "status DESC"]),
    ],
)
async def test_an_order_ends_with_the_id_so_that_no_two_records_are_equal_in_it(
    order: Any, total: list[str], katana: ExampleTransport
) -> None:
    await Client(katana).sales_orders.search(order=order).page(1)
    assert sent(katana)["order"] == total


@pytest.mark.parametrize("order", ["", " ", [None], [7], 7, ["id", ""]])
def test_an_order_that_is_no_text_is_refused(order: Any, katana: ExampleTransport) -> None:
    with pytest.raises(TypeError, match="order takes texts such as 'created_at DESC'"):
        Client(katana).sales_orders.search(order=order)


async def test_records_that_are_equal_but_for_the_id_are_all_read_once(
    katana: ExampleTransport,
) -> None:
    rows = [{"id": n, "variant_id": 1, "quantity": 1} for n in range(450)]

    class Searched(ExampleTransport):
        """Sorts by the given order; without the id, equal records swap at each read."""

        turned = False

        async def send(self, request: Any) -> Any:
            asked = json.loads(request.body)
            self.turned = not self.turned
            by_id = any(key.split()[0] == "id" for key in asked["order"])
            found = sorted(rows, key=lambda row: row["id"] if by_id or self.turned else -row["id"])
            first = (asked["page"] - 1) * asked["limit"]
            self.answer = encode({"data": found[first : first + asked["limit"]]})
            return await super().send(request)

    searched = Searched()
    search = Client(searched).sales_order_rows.search(order="quantity")
    assert [row.id async for row in search] == list(range(450))


def test_a_misspelt_argument_of_a_search_is_refused(katana: ExampleTransport) -> None:
    with pytest.raises(TypeError, match=r"unknown name 'wher' \(Search\): did you mean 'where'\?"):
        Client(katana).sales_orders.search(wher={})  # type: ignore[call-arg]  # what is tested
    with pytest.raises(TypeError, match="did you mean 'include'"):
        Client(katana).variants.search(includes=["item"])  # type: ignore[call-arg]  # as above


def test_a_misspelt_field_of_a_search_is_refused_before_sending(katana: ExampleTransport) -> None:
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
        ({"custom_fields": {"like": "x"}}, r"unknown name 'where\.custom_fields'"),
        ({"id": {"inq": 7}}, r"where\.id\.inq takes a list, not int"),
    ],
)
def test_a_misspelt_condition_is_refused_however_deep_it_is(
    where: Any, problem: str, katana: ExampleTransport
) -> None:
    with pytest.raises(TypeError, match=problem):
        Client(katana).sales_orders.search(where=where)


def test_a_comparator_that_a_field_with_fixed_values_lacks_is_refused(
    katana: ExampleTransport,
) -> None:
    client = Client(katana)
    with pytest.raises(TypeError, match=r"where\.status\.like.*ChoiceComparator"):
        client.manufacturing_orders.search(where={"status": {"like": "D%"}})  # type: ignore[arg-type]  # what is tested
    with pytest.raises(TypeError, match=r"where\.item_type\.gt.*ChoiceComparator"):
        client.variants.search(where={"item_type": {"gt": "material"}})  # type: ignore[arg-type]  # what is tested


def test_a_condition_on_a_custom_field_is_checked_too(katana: ExampleTransport) -> None:
    wrong: Any = {"in": [1]}
    with pytest.raises(TypeError, match=rf"where\.custom_fields\.{ID}\.in.*'nin'"):
        Client(katana).sales_orders.search(custom_fields={ID: wrong})


@pytest.mark.parametrize("attribute", SEARCHES)
def test_more_than_katana_takes_is_refused_before_sending(
    attribute: str, katana: ExampleTransport
) -> None:
    search = getattr(Client(katana), attribute).search
    several = list(range(1, 102))
    for word in ("inq", "nin"):
        problem = rf"id\.{word} has 101 values, and Katana takes 100 at most: split the search"
        for where in ({"id": {word: several}}, {"or": [{"id": {word: tuple(several)}}]}):
            with pytest.raises(ValueError, match=problem):
                search(where=where)
        with pytest.raises(ValueError, match=rf"where\.custom_fields\.{ID}\.{word} has 101"):
            search(custom_fields={ID: {word: several}})
    deep = {"and": [{"or": [{"and": [{"id": 1}]}]}]}
    with pytest.raises(ValueError, match=r"where\.and\[0\]\.or\[0\]\.and is nested too deeply"):
        search(where=deep)
    search(where={"id": {"inq": several[:100]}})
    search(where={"and": [{"or": [{"id": 1}]}]})


@pytest.mark.parametrize(
    "where",
    [
        {"created_at": {"gt": NOW.replace(tzinfo=None)}},
        {"created_at": {"gt": "2026-11-23T12:00:00"}},
        {"created_at": NOW.replace(tzinfo=None)},
        {"or": [{"created_at": {"between": ["2026-11-23", "2026-11-24"]}}]},
    ],
)
def test_an_aware_time_is_wanted_in_a_search_too(where: Any, katana: ExampleTransport) -> None:
    with pytest.raises(ValueError, match="offset"):
        Client(katana).sales_orders.search(where=where)
