"""The flow on plain data: every request gets a documented reply."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from katana_async import Secret
from katana_async.errors import NotConnected
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore, OAuthApp
from katana_async.oauth.web.browser import BrowserReply, BrowserRequest, read_cookie
from katana_async.oauth.web.flow import ConnectFlow
from tests.oauth.web.site import COOKIE

BYTES = st.text(st.characters(max_codepoint=255), max_size=60)
NAMES = st.sampled_from(["code", "state", "error", "error_description", "iss", "next", "x"])
PAIRS = st.tuples(NAMES, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
QUERIES = st.one_of(BYTES, st.lists(PAIRS).map(urlencode))
COOKIES = st.lists(
    st.one_of(BYTES, BYTES.map(f"{COOKIE}=".__add__), st.just(f"{COOKIE}={'a' * 43}")), max_size=3
)


def make_flow(**hooks: Any) -> ConnectFlow[str]:
    app = OAuthApp(
        client_id="client",
        client_secret="secret",
        redirect_uri="https://app.test/katana/callback",
        store=MemoryTokenStore(),
        cipher=InsecurePlaintext(),
    )
    return ConnectFlow(app, **hooks)


def make_request(
    route: str, query: str = "", *cookies: str, method: str = "GET"
) -> BrowserRequest[str]:
    return BrowserRequest(
        method=method,
        route=route,
        query=Secret(query),
        cookie=read_cookie(cookies),
        native="the request",
    )


def is_well_formed(reply: BrowserReply) -> bool:
    """Return whether all headers are ASCII on one line, and a body has a content type."""
    headers = dict(reply.headers)
    return all(value.isascii() and value.isprintable() for value in headers.values()) and bool(
        reply.body
    ) == ("Content-Type" in headers)


@given(QUERIES, COOKIES, st.one_of(st.sampled_from(["GET", "HEAD", "POST"]), BYTES))
async def test_any_callback_that_was_not_begun_gets_a_page(
    query: str, cookies: list[str], method: str
) -> None:
    reply = await make_flow().answer(make_request("callback", query, *cookies, method=method))
    assert reply.status == (400 if method == "GET" else 405)
    assert is_well_formed(reply)


@given(QUERIES, COOKIES)
async def test_any_start_begins_or_gets_a_page(query: str, cookies: list[str]) -> None:
    reply = await make_flow().answer(make_request("start", query, *cookies))
    assert reply.status in (303, 400)
    assert is_well_formed(reply)
    headers = dict(reply.headers)
    if reply.status == 303:
        assert headers["Location"].startswith("https://login.katanamrp.com/authorize?")
        assert re.match(rf"{COOKIE}=[A-Za-z0-9_-]{{43}}; ", headers["Set-Cookie"])
    else:
        assert "Set-Cookie" not in headers


@given(BYTES)
async def test_no_other_name_is_a_route(name: str) -> None:
    reply = await make_flow().answer(make_request(name))
    assert (reply.status, is_well_formed(reply)) == (404, True)


async def test_nothing_secret_is_in_a_repr() -> None:
    cookie = f"{COOKIE}={'c' * 43}"
    request = make_request("callback", "code=canary&state=canary", cookie)
    reply = await make_flow().answer(make_request("start", "", cookie))
    for shown in (repr(request), repr(reply)):
        assert "canary" not in shown
        assert "ccc" not in shown


async def test_hooks_receive_the_frameworks_request() -> None:
    requests: list[str] = []

    def is_allowed(given: str) -> bool:
        requests.append(given)
        return True

    flow = make_flow(allowed=is_allowed, user=requests.append, connection_id=requests.append)
    assert (await flow.answer(make_request("start"))).status == 303
    assert requests == ["the request"] * 3


async def test_an_exception_of_a_hook_gets_no_page() -> None:
    def fails(given: str) -> Any:
        raise NotConnected("yours", connection_id="yours")

    for hooks in ({"allowed": fails}, {"user": fails}, {"connection_id": fails}):
        with pytest.raises(NotConnected, match="yours"):
            await make_flow(**hooks).answer(make_request("start"))


@pytest.mark.parametrize("given", ["", "a b", "-a", "a" * 129, 7, b"tenant", True])
async def test_an_invalid_id_from_the_hook_is_refused(given: Any) -> None:
    async def connection_id(_: str) -> Any:
        return given

    for hook in (connection_id, lambda _: given):
        with pytest.raises((TypeError, ValueError)) as raised:
            await make_flow(connection_id=hook).answer(make_request("start"))
        message = str(raised.value)
        assert message.startswith(("a connection's id is a str", "not an id of a connection"))
        assert isinstance(given, str) or type(given).__name__ in message


@pytest.mark.parametrize("given", [7, b"alice", True, object()])
@pytest.mark.parametrize("route", ["start", "callback"])
async def test_the_error_for_a_user_of_another_type_names_the_hook(route: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"^the hook user= .* not {type(given).__name__}$"):
        await make_flow(user=lambda _: given).answer(make_request(route, "code=a&state=b"))
