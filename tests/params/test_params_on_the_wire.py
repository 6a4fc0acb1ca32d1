"""What every method really sends is valid against the gateway document."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, is_typeddict
from urllib.parse import unquote
from uuid import UUID

import pytest
from jsonschema import Draft7Validator

from katana_async.http.messages import Request, Response
from katana_async.http.pages import Pages
from katana_async.http.stats import Stats
from katana_async.http.wire import Wire
from katana_async.resources import Resources, load
from katana_async.resources.operations import Operation, operations

from .gateway import (
    DATE_FILTERS,
    DATES,
    PAGING,
    Gateway,
    fields_of,
    function_of,
    keywords_of,
    wire_of,
    without_null,
)

ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARKED: dict[Wire, object] = {
    Wire.NUMBER: Decimal("1.10"),
    Wire.NUMERIC_STRING: Decimal("20.5"),
    Wire.INSTANT: NOW,
    Wire.DAY: date(2026, 11, 23),
}
PLAIN: dict[Any, object] = {int: 1, bool: True, str: "abc-123", UUID: ID}


class FakeKatana:
    """Answers with Katana's own examples, and remembers what it was asked."""

    def __init__(self, examples: dict[str, Any]) -> None:
        self.stats = Stats()
        self.requests: list[Request] = []
        self._examples = examples

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self._examples.get(f"{request.method} {template(request.path)}")
        user = {"id": 1, "email": "a@example.com", "firstName": "A", "lastName": "B"}
        example = answer["examples"][:1] if answer else [user]
        return Response(200, {}, json.dumps(example[0]).encode() if example else b"")


class Client(Resources):
    def __init__(self, http: FakeKatana) -> None:
        self._http = http


@pytest.fixture
def katana(shared_api: Path) -> FakeKatana:
    return FakeKatana(json.loads((shared_api / "response-examples.json").read_text()))


def template(path: str) -> str:
    """Return a path with `{id}` where an id stands."""
    parts = path.split("/")
    return "/".join("{id}" if part.isdigit() or part == str(ID) else part for part in parts)


def sample(hint: Any, nulls: bool) -> object:
    """Make a value of an annotation: null where it may be, or all that it can hold."""
    members, nullable = without_null(hint)
    if nullable and nulls:
        return None
    kind = next((member for member in members if get_origin(member) is Literal), members[0])
    if wire_of(kind) is not None:
        return MARKED[wire_of(kind)]
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is list:
        return [sample(get_args(kind)[0], nulls)]
    if get_origin(kind) is Mapping:
        return {str(ID): Decimal("5.50")}
    if is_typeddict(kind):
        return arguments(kind, nulls=nulls)
    return PLAIN[kind]


def arguments(typed_dict: Any, *, nulls: bool = False, least: bool = False) -> dict[str, object]:
    """Make keyword arguments: all, all with nulls, or no more than required."""
    return {
        name: sample(hint, nulls)
        for name, hint in fields_of(typed_dict).items()
        if not least or name in typed_dict.__required_keys__
    }


def validator(schema: dict[str, Any]) -> Draft7Validator:
    """Return a validator, with what OpenAPI 3.0 says differently put into JSON Schema's words."""

    def translate(part: Any) -> Any:
        if isinstance(part, list):
            return [translate(item) for item in part]
        if not isinstance(part, dict):
            return part
        changed = {name: translate(value) for name, value in part.items()}
        if changed.get("nullable") is True:
            changed["type"] = [changed["type"], "null"]
        if changed.get("exclusiveMinimum") is True:
            changed["exclusiveMinimum"] = changed.pop("minimum")
        return changed

    return Draft7Validator(translate(schema))


def positional(operation: Operation) -> list[object]:
    if operation.python_method == "create_many":
        return [[{"product_item_id": 1, "product_variant_id": 2, "ingredient_variant_id": 3}]]
    if "{id}" not in operation.path:
        return []
    return [ID if operation.attribute == "bom_rows" else 7]


async def call(katana: FakeKatana, operation: Operation, keywords: dict[str, object]) -> Request:
    """Call a method and return the request that carries the operation."""
    collection = getattr(Client(katana), operation.attribute)
    result = getattr(collection, operation.python_method)(*positional(operation), **keywords)
    await (result.page(1) if isinstance(result, Pages) else result)
    return katana.requests[-1]


BODIES = [
    operation
    for operation in operations()
    if operation.method in ("POST", "PATCH") and keywords_of(function_of(operation)) is not None
]
READS = [operation for operation in operations() if operation.method == "GET"]


@pytest.mark.parametrize("mode", ["full", "nulls", "least"])
@pytest.mark.parametrize("operation", BODIES, ids=lambda one: f"{one.method} {one.path}")
async def test_bodies_are_valid_on_the_wire(
    operation: Operation, mode: str, katana: FakeKatana, gateway: Gateway
) -> None:
    shape = keywords_of(function_of(operation))
    keywords = arguments(shape, nulls=mode == "nulls", least=mode == "least")
    if not keywords:
        keywords = dict(list(arguments(shape).items())[:1])  # an update of nothing is refused
    request = await call(katana, operation, keywords)
    assert (request.method, template(request.path)) == (operation.method, operation.path)
    schema = gateway.body(operation.method, operation.path)
    assert schema is not None
    assert request.body is not None
    sent = json.loads(request.body)
    validator(schema).validate(sent)
    # Of the preserved fields, an update sends what it has read.
    preserved = set(load(operation.attribute).preserves) if operation.method == "PATCH" else set()
    assert sent.keys() - preserved == keywords.keys() - preserved


@pytest.mark.parametrize("operation", READS, ids=lambda one: one.path)
async def test_queries_are_declared_on_the_wire(
    operation: Operation, katana: FakeKatana, gateway: Gateway
) -> None:
    shape = keywords_of(function_of(operation))
    request = await call(katana, operation, arguments(shape) if shape is not None else {})
    assert (request.method, template(request.path)) == (operation.method, operation.path)
    declared = gateway.parameters(operation.method, operation.path)
    if declared.pop(PAGING, None) is not None:
        declared |= {"page": {"type": "integer"}, "limit": {"type": "integer"}}
    if declared.pop(DATES, None) is not None:
        declared |= {name: {"type": "string"} for name in DATE_FILTERS}
    sent = dict(request.query)
    assert sent.keys() == declared.keys()
    for name, text in sent.items():
        schema = declared[name].get("items", declared[name])
        is_text = schema["type"] == "string"
        validator(schema).validate(unquote(text) if is_text else json.loads(text))


async def test_a_batch_of_bom_rows_is_valid_on_the_wire(
    katana: FakeKatana, gateway: Gateway
) -> None:
    (operation,) = (one for one in operations() if one.python_method == "create_many")
    request = await call(katana, operation, {})
    schema = gateway.body(operation.method, operation.path)
    assert schema is not None
    assert request.body is not None
    validator(schema).validate(json.loads(request.body))


@pytest.mark.parametrize("attribute", ["sales_orders", "sales_order_rows"])
async def test_searches_are_valid_on_the_wire(
    attribute: str, katana: FakeKatana, gateway: Gateway
) -> None:
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
    schema = gateway.body("POST", f"/{attribute}/search")
    assert schema is not None
    assert request.body is not None
    sent = json.loads(request.body, parse_float=str)
    validator(schema).validate(json.loads(request.body))
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
        Client(katana).sales_orders.search(where={"statuss": "PENDING"})  # type: ignore[typeddict-unknown-key]  # what is tested


def test_an_aware_time_is_wanted_in_a_search_too(katana: FakeKatana) -> None:
    with pytest.raises(ValueError, match="offset"):
        Client(katana).sales_orders.search(where={"created_at": {"gt": NOW.replace(tzinfo=None)}})


@pytest.mark.parametrize("attribute", ["products", "materials", "purchase_orders", "sales_orders"])
async def test_an_update_sends_along_the_information_that_it_would_wipe(
    attribute: str, katana: FakeKatana
) -> None:
    collection = getattr(Client(katana), attribute)
    field = "currency" if attribute.endswith("orders") else "uom"  # one that each kind has
    await collection.update(7, **{field: "EUR"})
    read, write = katana.requests
    assert (read.method, read.path) == ("GET", f"/{attribute}/7")
    assert write.body is not None
    example = json.loads((await katana.send(read)).content)
    assert json.loads(write.body) == {field: "EUR", "additional_info": example["additional_info"]}


@pytest.mark.parametrize("attribute", ["products", "materials", "purchase_orders", "sales_orders"])
async def test_an_update_that_need_not_preserve_is_one_request(
    attribute: str, katana: FakeKatana
) -> None:
    collection = getattr(Client(katana), attribute)
    field = "order_no" if attribute.endswith("orders") else "name"  # one that each kind has
    await collection.update(7, preserve=False, **{field: "X"})
    await collection.update(7, additional_info="new")
    assert [request.method for request in katana.requests] == ["PATCH", "PATCH"]


async def test_rows_of_a_price_list_come_back_as_many(katana: FakeKatana) -> None:
    rows = await Client(katana).price_list_rows.create(
        price_list_id=2,
        price_list_rows=[{"variant_id": 1, "adjustment_method": "fixed", "amount": Decimal("0.1")}],
    )
    assert [row.price_list_id for row in rows] == [2, 2, 2]
    assert katana.requests[0].body is not None
    assert b'"amount":0.1' in katana.requests[0].body


async def test_a_bom_row_that_is_made_without_an_answer_is_none(katana: FakeKatana) -> None:
    row = await Client(katana).bom_rows.create(
        product_item_id=1, product_variant_id=2, ingredient_variant_id=3
    )
    assert row is None


async def test_what_has_no_call_of_its_own_is_got_through_the_list(katana: FakeKatana) -> None:
    client = Client(katana)
    assert (await client.customers.get(12345)).name == "Luke Skywalker"
    assert (await client.bin_locations.get(12345)).label == "Bin-2"
    assert (await client.bom_rows.get(str(ID))).id == ID
    assert [request.query for request in katana.requests] == [
        (("ids", "12345"),),
        (("ids", "12345"),),
        (("id", str(ID)),),
    ]


async def test_returnable_items_stay_within_their_order(katana: FakeKatana) -> None:
    items = await Client(katana).sales_orders.returnable_items(7)
    assert [item.available_for_return_quantity for item in items] == [2, 2]
    with pytest.raises(ValueError, match="not an id"):
        await Client(katana).sales_orders.returnable_items("7/../8")  # type: ignore[arg-type]  # what is tested
