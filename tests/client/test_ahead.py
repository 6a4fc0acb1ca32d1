"""Calls with undeclared headers, parameters and fields, and the responses of calls."""

import asyncio
import copy
import json
import pickle
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import define

from katana_async import (
    ApiKey,
    KatanaClient,
    NotFound,
    Response,
    ValidationFailed,
    WithResponse,
)
from katana_async.http import answers
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import Sandbox, faults
from tests.client.conftest import MakeClient
from tests.client.peers import Peer, header, http, peer


@define
class Sent:
    """A request that the server received."""

    raw: bytes

    @property
    def line(self) -> tuple[str, str]:
        method, target, _ = self.raw.split(b" ", 2)
        return method.decode(), urlsplit(target.decode()).path.removeprefix("/v1")

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.raw.split(b" ", 2)[1].decode()).query)

    @property
    def body(self) -> Any:
        text = self.raw.partition(b"\r\n\r\n")[2]
        return json.loads(text, parse_float=Decimal) if text else None

    def header(self, name: str) -> str | None:
        value = header(self.raw, name.lower().encode())
        return None if value is None else value.decode()


@define
class Ahead:
    """A Katana with fields that no model has, and a client of it."""

    katana: KatanaClient
    peer: Peer

    @property
    def sent(self) -> list[Sent]:
        return [Sent(raw) for raw in self.peer.requests]

    @property
    def last(self) -> Sent:
        return self.sent[-1]


def answer(request: bytes) -> bytes:
    method, path = Sent(request).line
    if method == "DELETE":
        return http("204 No Content", b"")
    record = {
        "id": 7,
        "name": "Table",
        "type": "product",
        "additional_info": "Oak",
        "brand_new": {"score": 1.10},
    }
    listed = path.count("/") == 1 and method == "GET"
    body = {"data": [record]} if listed or path.endswith("/search") else record
    number = ("X-Request-Id", f"request-{method}-{path}".encode())
    return http("200 OK", json.dumps(body).encode(), number)


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Ahead]:
    async with (
        peer(answer) as server,
        KatanaClient(
            auth=ApiKey("k" * 20),
            base_url=f"http://{server.address}/v1",
            limits=ProcessLimits(10_000),
            **options,
        ) as katana,
    ):
        yield Ahead(katana, server)


@pytest.fixture
async def ahead() -> AsyncIterator[Ahead]:
    async with serving() as running:
        yield running


# ---- Requests ----------------------------------------------------------------------------------


async def test_a_typed_call_sends_an_extra_field_header_and_parameter(
    ahead: Ahead,
) -> None:
    client = ahead.katana.with_options(
        extra_headers={"X-New-Header": "on", "user-agent": "shop/1.0"},
        extra_query={"new_parameter": [1, 2], "since": datetime(2026, 1, 31, tzinfo=UTC)},
        extra_body={"new_field": Decimal("1.10"), "at": datetime(2026, 1, 31, tzinfo=UTC)},
    )
    await client.price_lists.create(name="Retail")
    sent = ahead.last
    assert sent.line == ("POST", "/price_lists")
    assert sent.header("X-New-Header") == "on"
    assert sent.header("User-Agent") == "shop/1.0"
    assert sent.raw.lower().count(b"user-agent:") == 1
    assert sent.header("Authorization") == f"Bearer {'k' * 20}"
    assert sent.query[:2] == [("new_parameter", "1"), ("new_parameter", "2")]
    assert dict(sent.query)["since"].startswith("2026-01-31T00:00:00")
    assert sent.body.pop("at").startswith("2026-01-31T00:00:00")
    assert {**sent.body, "at": None} == {"name": "Retail", "new_field": Decimal("1.10"), "at": None}
    assert b'"new_field":1.10' in sent.raw

    await ahead.katana.price_lists.create(name="Retail")
    assert ahead.last.body == {"name": "Retail"}
    assert not ahead.last.query
    assert ahead.last.header("X-New-Header") is None


async def test_extras_are_replaced_and_cleared(ahead: Ahead) -> None:
    first = ahead.katana.with_options(
        extra_headers={"X-A": "1"}, extra_query={"a": 1}, extra_body={"a": 1}
    )
    second = first.with_options(
        extra_headers={"X-B": "2"}, extra_query={"b": 2}, extra_body={"b": 2}
    )
    await second.price_lists.create(name="Retail")
    assert (ahead.last.header("X-A"), ahead.last.header("X-B")) == (None, "2")
    assert ahead.last.query == [("b", "2")]
    assert ahead.last.body == {"name": "Retail", "b": 2}
    cleared = second.with_options(extra_headers=None, extra_query=None, extra_body=None)
    await cleared.price_lists.create(name="Retail")
    assert ahead.last.header("X-B") is None
    assert not ahead.last.query
    assert ahead.last.body == {"name": "Retail"}


async def test_a_client_can_have_extras_from_the_start() -> None:
    async with serving(extra_headers={"X-Source": "shop"}) as ahead:
        await ahead.katana.products.get(7)
        assert ahead.last.header("X-Source") == "shop"


async def test_extras_are_copied_when_they_are_set(ahead: Ahead) -> None:
    values: dict[str, Any] = {"tags": ["new"]}
    client = ahead.katana.with_options(extra_body=values, extra_query=values)
    values["tags"].append("later")
    values["more"] = 1
    await client.price_lists.create(name="Retail")
    assert ahead.last.body == {"name": "Retail", "tags": ["new"]}
    assert ahead.last.query == [("tags", "new")]


async def test_an_extra_replaces_a_typed_value(ahead: Ahead) -> None:
    client = ahead.katana.with_options(extra_body={"name": "Mine"}, extra_query={"name": "Mine"})
    await client.price_lists.update(7, name="Typed", is_active=True)
    assert ahead.last.body == {"name": "Mine", "is_active": True}
    await client.products.list(name="Typed", is_sellable=True).page(1, limit=5)
    assert sorted(ahead.last.query) == [
        ("is_sellable", "true"),
        ("limit", "5"),
        ("name", "Mine"),
        ("page", "1"),
    ]


async def test_extra_fields_go_into_every_object_of_an_array(ahead: Ahead) -> None:
    client = ahead.katana.with_options(extra_body={"new": True})
    await client.variants.unlink_bins([{"variant_id": n, "location_id": 2} for n in (1, 2)])
    assert ahead.last.body == [
        {"variant_id": 1, "location_id": 2, "new": True},
        {"variant_id": 2, "location_id": 2, "new": True},
    ]
    await client.request("POST", "/new", json=[{"a": 1}, {"b": 2}, 3])
    assert ahead.last.body == [{"a": 1, "new": True}, {"b": 2, "new": True}, 3]
    await client.request("POST", "/new", json="text")
    assert ahead.last.body == "text"


async def test_a_request_without_a_body_gets_no_extra_fields(ahead: Ahead) -> None:
    client = ahead.katana.with_options(extra_body={"new": True})
    await client.products.get(7)
    assert ahead.last.body is None
    await client.price_lists.delete(7)
    assert ahead.last.line == ("DELETE", "/price_lists/7")
    assert ahead.last.body is None


async def test_an_update_of_extra_fields_alone_is_sent(ahead: Ahead) -> None:
    await ahead.katana.with_options(extra_body={"new": True}).price_lists.update(7)
    assert ahead.last.line == ("PATCH", "/price_lists/7")
    assert ahead.last.body == {"new": True}
    with pytest.raises(ValueError, match="nothing to change"):
        await ahead.katana.price_lists.update(7)


async def test_an_extra_field_that_an_update_would_preserve_is_not_read_first(
    ahead: Ahead,
) -> None:
    await ahead.katana.with_options(extra_body={"additional_info": "New"}).products.update(7)
    assert [sent.line[0] for sent in ahead.sent] == ["PATCH"]
    assert ahead.last.body == {"additional_info": "New"}
    await ahead.katana.with_options(extra_body={"new": True}).products.update(7)
    assert ahead.last.body == {"additional_info": "Oak", "new": True}


async def test_extra_fields_are_added_beside_the_filter_of_a_search(ahead: Ahead) -> None:
    orders = ahead.katana.with_options(extra_body={"include": ["new"]}).sales_orders
    assert [order["id"] async for order in orders.search(where={"id": 1}).raw()] == [7]
    assert ahead.last.body["include"] == ["new"]
    assert "filter" in ahead.last.body
    assert "include" not in ahead.last.body["filter"]
    for name in ("limit", "page"):
        orders = ahead.katana.with_options(extra_body={name: 3}).sales_orders
        with pytest.raises(ValueError, match="the walk over it chooses"):
            assert [order["id"] async for order in orders.search(where={"id": 1}).raw()] == [7]
    await ahead.katana.with_options(extra_body={"page": 3}).price_lists.create(name="A")
    assert ahead.last.body == {"name": "A", "page": 3}


async def test_every_page_of_a_walk_is_requested_with_the_extras(ahead: Ahead) -> None:
    client = ahead.katana.with_options(extra_query={"new": 1}, extra_headers={"X-New": "1"})
    assert len(await client.products.list().collect()) == 1
    assert dict(ahead.last.query)["new"] == "1"
    assert ahead.last.header("X-New") == "1"


async def test_request_takes_headers(ahead: Ahead) -> None:
    client = ahead.katana.with_options(extra_headers={"X-A": "option", "X-B": "option"})
    response = await client.request("GET", "/new_thing", headers={"x-a": "call"})
    assert (ahead.last.header("X-A"), ahead.last.header("X-B")) == ("call", "option")
    assert response.request_id == "request-GET-/new_thing"
    with pytest.raises(ValueError, match="with_auth"):
        await client.request("GET", "/new_thing", headers={"Authorization": "Bearer x"})
    assert len(ahead.sent) == 1


OWNED = (
    "Authorization proxy-authorization HOST Content-Length content-type Transfer-Encoding"
    " Connection Cookie Accept-Encoding Accept Expect TE Upgrade Keep-Alive Trailer"
    " Proxy-Connection Content-Encoding"
)


@pytest.mark.parametrize("name", OWNED.split())
def test_headers_that_the_sdk_owns_are_refused_by_name(name: str) -> None:
    katana = KatanaClient(auth=None)
    with pytest.raises(ValueError, match=f"cannot set '{name}': .+"):
        katana.with_options(extra_headers={name: "x"})


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"extra_headers": {"X A": "x"}}, ValueError, "no header can have"),
    ({"extra_headers": {"": "x"}}, ValueError, "no header can have"),
    ({"extra_headers": {"X-A\r\nX-B": "x"}}, ValueError, "no header can have"),
    ({"extra_headers": {"Größe": "x"}}, ValueError, "no header can have"),
    ({"extra_headers": {7: "x"}}, ValueError, "no header can have"),
    ({"extra_headers": {"X-A": "x\r\nX-B: y"}}, ValueError, "'X-A' takes one line"),
    ({"extra_headers": {"X-A": "ü"}}, ValueError, "'X-A' takes one line"),
    ({"extra_headers": {"X-A": " x"}}, ValueError, "'X-A' takes one line"),
    ({"extra_headers": {"X-A": ""}}, ValueError, "'X-A' takes one line"),
    ({"extra_headers": {"X-A": 1}}, TypeError, "'X-A' takes a text, not int"),
    ({"extra_headers": {"X-A": None}}, TypeError, "'X-A' takes a text, not NoneType"),
    ({"extra_headers": {"X-A": "1", "x-a": "2"}}, ValueError, "twice"),
    ({"extra_headers": [("X-A", "1")]}, TypeError, "takes a dict of names and texts, not list"),
    ({"extra_query": {"limit": 5}}, ValueError, "'limit': the walk over a list chooses it"),
    ({"extra_query": {"page": 5}}, ValueError, "'page': the walk over a list chooses it"),
    ({"extra_query": {"a": None}}, ValueError, "'a' is None"),
    ({"extra_query": {"a": []}}, ValueError, "'a' is empty"),
    ({"extra_query": {"a": {}}}, TypeError, "'a' cannot be a dict"),
    ({"extra_query": {"\ud800": 1}}, ValueError, "not a printable text"),
    ({"extra_query": "a=1"}, TypeError, "takes a dict, not str"),
    ({"extra_body": {"a": object()}}, TypeError, "a cannot be a object"),
    ({"extra_body": {"a": float("nan")}}, ValueError, "a is nan"),
    ({"extra_body": {"a": datetime(2026, 1, 31)}}, ValueError, "without an offset"),
    ({"extra_body": {1: 2}}, ValueError, "not a printable text"),
    ({"extra_body": [1]}, TypeError, "takes a dict, not list"),
    ({"custom_fields_format": "new"}, ValueError, "one of default, legacy, or None"),
    ({"custom_fields_format": ""}, ValueError, "one of default, legacy, or None"),
]


@pytest.mark.parametrize(("options", "kind", "message"), WRONG)
def test_an_extra_that_cannot_be_sent_is_refused_when_it_is_set(
    options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    katana = KatanaClient(auth=None)
    with pytest.raises(kind, match=message):
        katana.with_options(**options)
    with pytest.raises(kind, match=message):
        KatanaClient(auth=None, **options)


# ---- The form of custom fields -----------------------------------------------------------------

ITEMS = ("products", "materials", "services", "variants")


@pytest.mark.parametrize("chosen", ["default", "legacy"])
async def test_seventeen_operations_carry_the_format_of_custom_fields(
    ahead: Ahead, chosen: Any
) -> None:
    client = ahead.katana.with_options(custom_fields_format=chosen)
    for name in ITEMS:
        collection = getattr(client, name)
        await collection.list().page(1)
        await collection.get(7)
        await client.request("POST", f"/{name}", json={})
        await client.request("PATCH", f"/{name}/7", json={})
    await client.request("POST", "/variants/search", json={"filter": {}})
    assert [sent.header("X-Custom-Fields-Format") for sent in ahead.sent] == [chosen] * 17
    assert len({sent.line for sent in ahead.sent}) == 17


async def test_no_other_operation_carries_the_format_of_custom_fields(ahead: Ahead) -> None:
    client = ahead.katana.with_options(custom_fields_format="default")
    for name in ITEMS:
        await getattr(client, name).delete(7)
    await client.price_lists.get(7)
    await client.variants.unlink_bins([{"variant_id": 1, "location_id": 2}])
    await client.request("GET", "/products/7/new_thing")
    for name in ("products", "sales_orders", "custom_field_definitions"):
        await client.request("POST", f"/{name}/search", json={})
    await client.with_options(custom_fields_format=None).products.get(7)
    await ahead.katana.products.get(7)
    assert {sent.header("X-Custom-Fields-Format") for sent in ahead.sent} == {None}


async def test_an_extra_header_overrides_the_format_of_custom_fields(ahead: Ahead) -> None:
    client = ahead.katana.with_options(custom_fields_format="default")
    extra = client.with_options(extra_headers={"x-custom-fields-format": "newest"})
    await extra.products.get(7)
    assert ahead.last.header("X-Custom-Fields-Format") == "newest"
    assert ahead.last.raw.lower().count(b"x-custom-fields-format") == 1


# ---- Responses ---------------------------------------------------------------------------------


async def test_with_response_returns_the_answer_of_a_typed_call(ahead: Ahead) -> None:
    answer = await ahead.katana.with_response(ahead.katana.products.get(7))
    assert answer.value.name == "Table"
    assert not hasattr(answer.value, "brand_new")
    assert answer.response.json()["brand_new"] == {"score": Decimal("1.1")}
    assert answer.response.status == 200
    assert answer.response.request_id == "request-GET-/products/7"
    assert answer.response.headers["content-type"] == "application/json"
    assert answer.responses == (answer.response,)


async def test_headers_are_found_by_their_name_in_any_case() -> None:
    key = "k" * 20

    async def read(value: str) -> Response:
        sent = [("X-Note", value.encode()), ("X-Note", b"second")]
        async with (
            peer(lambda _: http("200 OK", b"{}", *sent)) as server,
            KatanaClient(auth=ApiKey(key), base_url=f"http://{server.address}/v1") as katana,
        ):
            return await katana.request("GET", "/factory")

    response, masked = await read("first"), await read(f"key {key}")
    for name in ("x-note", "X-Note", "X-NOTE"):
        assert response.headers[name] == "first"
        assert masked.headers[name] == "key ***"
    assert pickle.loads(pickle.dumps(response)) == response
    assert copy.deepcopy(response) == response


async def test_an_update_that_reads_first_has_both_answers(ahead: Ahead) -> None:
    answer = await ahead.katana.with_response(ahead.katana.products.update(7, name="Table"))
    ids = [response.request_id for response in answer.responses]
    assert ids == ["request-GET-/products/7", "request-PATCH-/products/7"]
    assert answer.response.request_id == ids[-1]


async def test_any_client_returns_the_answer_of_a_derived_client(ahead: Ahead) -> None:
    client = ahead.katana.with_options(extra_headers={"X-A": "1"}).with_auth(ApiKey("l" * 20))
    answer = await ahead.katana.with_response(client.products.get(7))
    assert answer.value.id == 7
    assert answer.response.status == 200


async def test_a_delete_has_an_answer_too(ahead: Ahead) -> None:
    answer = await ahead.katana.with_response(ahead.katana.price_lists.delete(7))
    assert answer.value is None
    assert (answer.response.status, answer.response.text) == (204, "")


async def test_a_page_has_its_answer(ahead: Ahead) -> None:
    products = ahead.katana.products.list()
    page = await products.page(1)
    assert page.response.json()["data"][0]["brand_new"] == {"score": Decimal("1.1")}
    assert page.response.request_id == "request-GET-/products"
    assert [page.response.status async for page in products.pages()] == [200]
    assert (await ahead.katana.with_response(products.page(1))).response == page.response


async def test_a_collected_walk_has_one_answer_for_each_page(
    make_client: MakeClient,
) -> None:
    async with Sandbox(products=900, rate_limit=None) as sandbox:
        katana = make_client(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url)
        answer = await katana.with_response(katana.products.list().collect())
        assert len(answer.value) == 900
        assert len(answer.responses) == len(sandbox.journal) > 3


async def test_concurrent_and_nested_calls_have_their_own_answers(ahead: Ahead) -> None:
    katana = ahead.katana

    async def call_nested(number: int) -> WithResponse[Any]:
        await katana.products.get(number + 100)
        return await katana.with_response(katana.products.get(number))

    answers = await asyncio.gather(*(katana.with_response(call_nested(n)) for n in range(1, 9)))
    for number, outer in enumerate(answers, start=1):
        ids = [response.request_id for response in outer.responses]
        assert ids == [
            f"request-GET-/products/{number + 100}",
            f"request-GET-/products/{number}",
        ]
        assert [response.request_id for response in outer.value.responses] == ids[1:]


async def test_the_answers_of_a_calls_tasks_belong_to_the_call(ahead: Ahead) -> None:
    async def both() -> list[Any]:
        calls = [ahead.katana.products.get(number) for number in (1, 2)]
        return await asyncio.gather(*calls)

    answer = await ahead.katana.with_response(both())
    ids = {response.request_id for response in answer.responses}
    assert ids == {"request-GET-/products/1", "request-GET-/products/2"}


async def test_a_task_that_outlives_its_call_adds_no_answer(ahead: Ahead) -> None:
    go = asyncio.Event()
    tasks: list[asyncio.Task[Any]] = []

    async def later() -> None:
        await go.wait()
        await ahead.katana.products.get(2)

    async def leave() -> Any:
        tasks.append(asyncio.create_task(later()))
        return await ahead.katana.products.get(1)

    answer = await ahead.katana.with_response(leave())
    go.set()
    await asyncio.gather(*tasks)
    assert len(answer.responses) == 1


async def test_a_failed_call_adds_no_answer_to_the_next_call(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    with pytest.raises(NotFound) as caught:
        await katana.with_response(katana.products.get(999_999))
    assert caught.value.status == 404
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await katana.with_response(katana.factory.get())
    assert answers._current.get() == ()
    answer = await katana.with_response(katana.factory.get())
    assert len(answer.responses) == 1


async def test_only_the_last_answer_of_a_repeated_request_counts(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.Empty(status=500), times=1)
    answer = await katana.with_response(katana.factory.get())
    assert [response.status for response in answer.responses] == [200]
    assert len(sandbox.journal) == 2


async def test_an_argument_that_is_no_call_is_refused_with_the_remedy(ahead: Ahead) -> None:
    katana = ahead.katana
    wrong: Any = katana.products.list()
    with pytest.raises(TypeError, match=r"not a list, .*\.page\(1\) or \.collect\(\)"):
        await katana.with_response(wrong)
    wrong = katana.products.get
    with pytest.raises(TypeError, match=r"such as katana\.products\.get"):
        await katana.with_response(wrong)
    task = asyncio.create_task(katana.products.get(7))
    with pytest.raises(TypeError, match="the call itself, not a task or future"):
        await katana.with_response(task)
    assert (await task).id == 7

    class Wrapped(Awaitable[Any]):
        def __await__(self) -> Any:
            return task.__await__()

    with pytest.raises(RuntimeError, match="the call itself"):
        await katana.with_response(Wrapped())


async def test_the_sandbox_refuses_a_field_that_katana_does_not_have(katana: KatanaClient) -> None:
    with pytest.raises(ValidationFailed, match="brand_new"):
        await katana.with_options(extra_body={"brand_new": 1}).price_lists.create(name="Retail")
