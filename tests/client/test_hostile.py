"""Hostile ids, paths, redirects, cookies: a key stays with its resource, host and tenant."""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import (
    Any,
    Literal,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from urllib.parse import parse_qsl
from uuid import UUID

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from yarl import URL

from katana_async import APIError, ApiKey, KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.resources import RESOURCES, load
from katana_async.sandbox import Sandbox, faults
from tests.client.conftest import MakeClient

A_UUID = "0b2a1f3e-5d4c-4b6a-8978-0123456789ab"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Spy(aiohttp.TCPConnector):
    """A connector that records the addresses of its connections."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[URL] = []

    async def connect(self, req: aiohttp.ClientRequest, *args: Any, **kwargs: Any) -> Any:
        self.asked.append(req.url)
        return await super().connect(req, *args, **kwargs)


class ClientSpy:
    """A client with its sandbox, and every address that it connected to."""

    def __init__(self, sandbox: Sandbox, katana: KatanaClient, spy: Spy) -> None:
        self.sandbox, self.katana, self.spy = sandbox, katana, spy

    async def call(self, call: Callable[[], Awaitable[object]]) -> list[str] | None:
        """Return the targets of a call's requests; None if the call was refused unsent."""
        self.sandbox.journal.clear()
        self.spy.asked.clear()
        refused = False
        try:
            await call()
        except APIError:
            pass
        except (TypeError, ValueError):
            refused = True
        targets = [seen.target for seen in self.sandbox.journal]
        assert {str(url.origin()) for url in self.spy.asked} <= {self.origin}
        assert [url.raw_path_qs for url in self.spy.asked] == targets
        assert {seen.key_id for seen in self.sandbox.journal} <= {
            self.sandbox.key_id(self.sandbox.api_key)
        }
        assert not any("evil" in name for seen in self.sandbox.journal for name in seen.headers)
        assert not (refused and targets)
        return None if refused else targets

    @property
    def origin(self) -> str:
        return str(URL(self.sandbox.base_url).origin())


@pytest.fixture
async def client_spy(sandbox: Sandbox) -> AsyncIterator[ClientSpy]:
    spy = Spy()
    async with aiohttp.ClientSession(connector=spy) as session:
        katana = KatanaClient(
            auth=ApiKey(sandbox.api_key),
            base_url=sandbox.base_url,
            session=session,
            limits=ProcessLimits(limit=1_000_000),
            retries=0,
        )
        yield ClientSpy(sandbox, katana, spy)
        await katana.close()
    sandbox.journal.clear()  # some of these requests are no operations of Katana


# ---- Ids ---------------------------------------------------------------------------------------


def methods() -> list[tuple[str, str]]:
    """List every method that takes an id."""
    return [
        (attribute, name)
        for attribute in sorted(RESOURCES)
        for name, function in inspect.getmembers(load(attribute), inspect.isfunction)
        if not name.startswith("_") and "id" in inspect.signature(function).parameters
    ]


class EvilInt(int):
    def __str__(self) -> str:
        return "../customers/1"

    __repr__ = __format__ = __str__  # type: ignore[assignment]  # the point


class EvilText(str):
    def __str__(self) -> str:
        return "../customers/1"

    def __format__(self, spec: str) -> str:
        return "../customers/1"


class EvilUUID(UUID):
    def __str__(self) -> str:
        return "../customers/1"


class Anything:
    def __str__(self) -> str:
        return "1"

    def __int__(self) -> int:
        return 1

    __index__ = __int__


PIECES = [
    "..", ".", "/", "//", "\\", "@", ":", "?", "#", ";", "%", "%2e%2e", "%2f", "%00", "%0d%0a",
    "\r\n", "\n", "\t", " ", "\0", "\x7f", "\u2028", "\u2024\u2024", "\uff0e\uff0e", "\uff0f",
    "\u0661", "\udcff", "evil.example", "//evil.example", "@evil.example", "http://evil.example",
    "X-Evil: 1", " HTTP/1.1\r\nX-Evil: 1\r\n\r\n", "customers", "1", "7", "-1", "+1", "0x1", "1e3",
    "1_0", A_UUID, "",
]  # fmt: skip

TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.text(max_size=12),
    st.uuids().map(str),
    st.uuids().map(lambda uuid: f"urn:uuid:{{{uuid.hex.upper()}}}"),
)

IDS = st.one_of(
    TEXTS,
    TEXTS.map(EvilText),
    TEXTS.map(lambda text: text.encode("utf-8", "replace")),
    st.integers(),
    st.integers(min_value=10**9, max_value=10**40),
    st.integers(0, 9).map(EvilInt),
    st.booleans(),
    st.none(),
    st.floats(),
    st.decimals(),
    st.uuids(),
    st.just(EvilUUID(A_UUID)),
    st.just(Anything()),
    st.lists(st.integers(1, 9), max_size=2),
)


def canonical(given: object) -> str | None:
    """Return the canonical text of an id, or None if it is invalid; independent of the SDK."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int):
        return int.__repr__(given) if given > 0 else None
    if isinstance(given, UUID):
        return UUID.__str__(given)
    return None


def value_of(hint: Any) -> object:
    """Make a value that an annotation allows."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for member in members:
        if get_origin(member) is Literal:
            return get_args(member)[0]
        if get_origin(member) is list:
            (item,) = get_args(member)
            return [] if is_typeddict(item) else [value_of(item)]
    samples = {datetime: NOW, date: NOW.date(), bool: True, int: 1, str: "x"}
    return next(value for kind, value in samples.items() if kind in members)


@cache
def arguments_of(attribute: str, name: str) -> Mapping[str, Any]:
    """Return the arguments of a method besides the id: the required ones, or a field to change."""
    hints = get_type_hints(getattr(load(attribute), name), include_extras=True).values()
    shape = next((get_args(hint)[0] for hint in hints if get_origin(hint) is Unpack), None)
    if shape is None:
        return {}
    fields = get_type_hints(shape)
    return {field: value_of(fields[field]) for field in shape.__required_keys__ or [*fields][:1]}


async def check_id(client_spy: ClientSpy, attribute: str, name: str, given: object) -> None:
    collection = getattr(client_spy.katana, attribute)
    method = getattr(collection, name)
    targets = await client_spy.call(lambda: method(given, **arguments_of(attribute, name)))
    if targets is None:
        return
    assert targets
    wanted = canonical(given)
    for target in targets:
        path, _, query = target.partition("?")
        below = path.removeprefix(f"/v1{type(collection).path}")
        assert below != path, target
        found = re.fullmatch(
            r"/([0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(/[a-z_]+)?", below
        )
        if found is None:  # the one that is found through a list
            assert below == "", target
            ids = [value for _, value in parse_qsl(query, strict_parsing=True)]
            assert len(ids) == 1
            segment = ids[0]
        else:
            segment = found[1]
        if wanted is None:  # a text: only a UUID can be one
            assert segment == str(UUID(segment))
            assert isinstance(given, str)
        else:
            assert segment == wanted


SEARCH = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize(("attribute", "name"), methods())
@SEARCH
@given(given=IDS)
async def test_an_id_never_leaves_its_collection(
    attribute: str, name: str, given: object, client_spy: ClientSpy
) -> None:
    await check_id(client_spy, attribute, name, given)


NO_IDS: list[Any] = [
    "..", "../customers/1", "1/../../customers/1", "//evil.example", "@evil.example",
    "1\r\nX-Evil: 1", "%2e%2e", "1%2f..", "\\..\\customers", "\u0661", "1", " 1", "", "1?x=1",
    "1#x", 0, -1, 10**5000, True, False, None, b"1", 1.0, float("nan"), Decimal(1), EvilText("1"),
    EvilText(A_UUID[:-1]), Anything(), [1], {}, ("1",), A_UUID.encode(),
]  # fmt: skip


@pytest.mark.parametrize(("attribute", "name"), methods())
async def test_a_value_that_is_no_id_is_refused_unsent(
    attribute: str, name: str, client_spy: ClientSpy
) -> None:
    method = getattr(getattr(client_spy.katana, attribute), name)
    for no_id in NO_IDS:
        targets = await client_spy.call(lambda: method(no_id, **arguments_of(attribute, name)))
        assert targets is None, f"{type(no_id)}: {targets}"


@pytest.mark.parametrize(("attribute", "name"), methods())
async def test_a_valid_id_reaches_its_collection(
    attribute: str, name: str, client_spy: ClientSpy
) -> None:
    hint = get_type_hints(getattr(load(attribute), name))["id"]
    await check_id(client_spy, attribute, name, 999_999 if hint is int else UUID(A_UUID))
    assert client_spy.sandbox.journal


# ---- Paths, queries and methods ----------------------------------------------------------------

PATHS = st.one_of(
    TEXTS, TEXTS.map(lambda text: f"/{text}"), TEXTS.map(lambda text: f"/products/{text}")
)


@SEARCH
@given(path=PATHS)
async def test_a_path_is_sent_unchanged_or_refused(path: str, client_spy: ClientSpy) -> None:
    targets = await client_spy.call(lambda: client_spy.katana.request("GET", path))
    assert targets in (None, [f"/v1{path}"])
    if targets:
        assert URL(f"http://x/v1{path}").raw_path == f"/v1{path}"  # nothing for a parser to resolve


NO_PATHS: list[Any] = [
    "products", "//evil.example", "///evil.example", "/\\evil.example", "@evil.example", "/..",
    "/../v2", "/products/..", "/products/../customers", "/./products", "/products/%2e%2e/customers",
    "/products//7", "/products/7?x=1", "/products/7#x", "/products/7 HTTP/1.1\r\nX-Evil: 1",
    "/products\n", "/products/\u0661", "http://evil.example/", "https:/products", ":8080/products",
    "/", "", "/products/", "/prod ucts", "/products;x=1", "/a:b@evil.example/", "/\ud800", None,
    b"/products", 7, ["/products"],
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
async def test_an_invalid_path_is_refused_unsent(method: str, client_spy: ClientSpy) -> None:
    for path in NO_PATHS:
        assert await client_spy.call(lambda: client_spy.katana.request(method, path)) is None, path


NO_METHODS = ["", "GET ", "GET\r\nX-Evil: 1", "GET /evil", "CONNECT", "TRACE", "\xc4T"]


@pytest.mark.parametrize("method", NO_METHODS)
async def test_an_invalid_method_is_refused(method: str, client_spy: ClientSpy) -> None:
    assert await client_spy.call(lambda: client_spy.katana.request(method, "/products")) is None


QUERIES = st.dictionaries(
    TEXTS, st.one_of(TEXTS, st.lists(TEXTS, min_size=1, max_size=3)), max_size=3
)


@SEARCH
@given(query=QUERIES)
async def test_a_query_arrives_as_it_was_given(
    query: dict[str, Any], client_spy: ClientSpy
) -> None:
    pairs = [
        (name, item)
        for name, value in query.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    targets = await client_spy.call(
        lambda: client_spy.katana.request("GET", "/products", query=query)
    )
    if any("\ud800" <= character <= "\udfff" for pair in pairs for character in "".join(pair)):
        assert targets is None  # half a character cannot be sent
        return
    [seen] = client_spy.sandbox.journal
    assert seen.path == "/products"
    assert seen.query == pairs


# ---- Redirects and cookies ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("lent", [False, True])
async def test_the_key_never_follows_a_redirect(
    status: int, lent: bool, sandbox: Sandbox, make_client: MakeClient
) -> None:
    async with Sandbox(products=1) as elsewhere, aiohttp.ClientSession() as session:
        katana = make_client(session=session) if lent else make_client()
        places = [
            elsewhere.base_url,
            f"//127.0.0.1:{elsewhere.port}/",
            f"http://localhost:{elsewhere.port}",
        ]
        for place in [*places, f"{sandbox.base_url}/customers", "/v1/customers", "../customers"]:
            sandbox.journal.clear()
            sandbox.faults.add(faults.Redirect(location=place, status=status), times=3)
            for call in (
                katana.products.get(1),
                katana.price_lists.create(name="x"),
                katana.request("DELETE", "/products/1"),
            ):
                with pytest.raises(APIError, match="a redirect, which is never followed"):
                    await call
            assert len(sandbox.journal) == 3
        assert elsewhere.connections.opened == 0


async def read_in_turns(katana: KatanaClient, sandbox: Sandbox) -> None:
    sandbox.oddities.set_cookie = True
    tenants = [katana, *(katana.with_auth(ApiKey(sandbox.add_key())) for _ in range(3))]
    for _ in range(2):
        await asyncio.gather(*(tenant.factory.get() for tenant in tenants))
        for tenant in tenants:
            await tenant.customers.list().page(1)
    assert len({seen.key_id for seen in sandbox.journal}) == 4
    assert not any(seen.cookies for seen in sandbox.journal)


async def test_tenants_on_one_session_get_no_cookies_of_each_other(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    await read_in_turns(katana, sandbox)


async def test_tenants_on_a_lent_session_with_a_jar_get_no_cookies_of_each_other(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # one that takes cookies from an address without a name
    async with aiohttp.ClientSession(cookie_jar=jar, cookies={"own": "1"}) as session:
        await read_in_turns(make_client(session=session), sandbox)
    assert any(cookie.key == "katana_tenant" for cookie in jar)  # so there was one to send
