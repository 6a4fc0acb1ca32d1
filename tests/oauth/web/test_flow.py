"""The flow on plain data: whatever a browser sends, the answer is one of those documented."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from katana_async import Secret
from katana_async.errors import NotConnected
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore, OAuthApp
from katana_async.oauth.web.cookie import read_cookie
from katana_async.oauth.web.flow import ConnectFlow, Hooks
from katana_async.oauth.web.messages import Reply, Request
from tests.oauth.web.site import COOKIE

BYTES = st.text(st.characters(max_codepoint=255), max_size=60)
NAMES = st.sampled_from(["code", "state", "error", "error_description", "iss", "next", "x"])
PAIRS = st.tuples(NAMES, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
QUERIES = st.one_of(BYTES, st.lists(PAIRS).map(urlencode))
COOKIES = st.lists(
    st.one_of(BYTES, BYTES.map(f"{COOKIE}=".__add__), st.just(f"{COOKIE}={'a' * 43}")), max_size=3
)


def flow(**hooks: Any) -> ConnectFlow[str]:
    app = OAuthApp(
        client_id="client",
        client_secret="secret",
        redirect_uri="https://app.test/katana/callback",
        store=MemoryTokenStore(),
        cipher=InsecurePlaintext(),
    )
    return ConnectFlow(app, Hooks(**hooks))


def asked(name: str, query: str = "", *cookies: str, method: str = "GET") -> Request[str]:
    return Request(
        method=method,
        name=name,
        query=Secret(query),
        browser=read_cookie(cookies),
        native="the request",
    )


def is_well_formed(reply: Reply) -> bool:
    """Whether every header is ASCII on one line, and the page says what kind it is."""
    headers = dict(reply.headers)
    return all(value.isascii() and value.isprintable() for value in headers.values()) and bool(
        reply.body
    ) == ("Content-Type" in headers)


@given(QUERIES, COOKIES, st.one_of(st.sampled_from(["GET", "HEAD", "POST"]), BYTES))
async def test_whatever_comes_as_a_callback_is_refused_with_a_page(
    query: str, cookies: list[str], method: str
) -> None:
    reply = await flow().answer(asked("callback", query, *cookies, method=method))
    assert reply.status == (400 if method == "GET" else 405)
    assert is_well_formed(reply)


@given(QUERIES, COOKIES)
async def test_whatever_comes_to_the_start_begins_or_is_refused(
    query: str, cookies: list[str]
) -> None:
    reply = await flow().answer(asked("start", query, *cookies))
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
    reply = await flow().answer(asked(name))
    assert (reply.status, is_well_formed(reply)) == (404, True)


async def test_nothing_secret_is_in_a_repr() -> None:
    cookie = f"{COOKIE}={'c' * 43}"
    request = asked("callback", "code=canary&state=canary", cookie)
    reply = await flow().answer(asked("start", "", cookie))
    for shown in (repr(request), repr(reply)):
        assert "canary" not in shown
        assert "ccc" not in shown


async def test_hooks_are_given_the_frameworks_own_request() -> None:
    seen: list[str] = []

    def allowed(given: str) -> bool:
        seen.append(given)
        return True

    made = flow(allowed=allowed, user=seen.append, connection_id=seen.append)
    assert (await made.answer(asked("start"))).status == 303
    assert seen == ["the request"] * 3


async def test_what_a_hook_raises_is_not_taken_for_a_problem_with_katana() -> None:
    def fails(given: str) -> Any:
        raise NotConnected("yours", connection_id="yours")

    for hooks in ({"allowed": fails}, {"user": fails}, {"connection_id": fails}):
        with pytest.raises(NotConnected, match="yours"):
            await flow(**hooks).answer(asked("start"))


@pytest.mark.parametrize("given", ["", "a b", "-a", "a" * 129, 7, b"tenant", True])
async def test_what_is_no_id_is_said_to_come_from_the_hook(given: Any) -> None:
    async def named(_: str) -> Any:
        return given

    for hook in (named, lambda _: given):
        with pytest.raises((TypeError, ValueError)) as raised:
            await flow(connection_id=hook).answer(asked("start"))
        says = str(raised.value)
        assert says.startswith("the hook connection_id= returned what is no id: ")
        assert says.endswith("It has to return text, or None for a new id")
        assert isinstance(given, str) or type(given).__name__ in says


@pytest.mark.parametrize("given", [7, b"alice", True, object()])
@pytest.mark.parametrize("route", ["start", "callback"])
async def test_a_user_that_is_no_text_is_said_to_come_from_the_hook(route: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"^the hook user= .* not {type(given).__name__}$"):
        await flow(user=lambda _: given).answer(asked(route, "code=a&state=b"))
