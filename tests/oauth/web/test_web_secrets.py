"""Codes, states and cookies are in no frame of the routes when a hook, a page or a server fails.

The framework's own request has them, and hooks are given it: here it is the test's, where `leaks`
does not look.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import define, field
from multidict import CIMultiDict

from katana_async import Secret
from katana_async.oauth import Key, KeyRing, OAuthApp
from katana_async.oauth.sealing.keys import new_key
from katana_async.oauth.web import DefaultPages, connect_app, connect_asgi
from tests.client.leaks import Canary, leaks, watching
from tests.oauth.partner import Partner
from tests.oauth.web.site import COOKIE

USER = "user-0123456789-0123456789"
BROWSER = "cookie-0123456789-0123456789-0123456789-abc"


@define
class Native:
    """A request of aiohttp's."""

    name: str = field()
    query: str = field(repr=False)
    headers: CIMultiDict[str] = field(repr=False)
    method: str = "GET"

    @property
    def match_info(self) -> dict[str, str]:
        return {"name": self.name}

    @property
    def path(self) -> str:
        return f"/katana/{self.name}"

    @property
    def raw_path(self) -> str:
        return f"{self.path}?{self.query}"


class Scope(dict[str, Any]):
    """A request of ASGI's."""

    def __repr__(self) -> str:
        return "<Scope>"


Ask = Callable[..., Awaitable[object]]


async def on_aiohttp(app: OAuthApp, name: str, query: str, send: object, **options: Any) -> object:
    [route] = connect_app(app, **options).router.routes()
    headers = CIMultiDict({"Cookie": f"{COOKIE}={BROWSER}", "Host": "app.test"})
    native: Any = Native(name, query, headers)
    return await route.handler(native)


async def on_asgi(app: OAuthApp, name: str, query: str, send: Any, **options: Any) -> None:
    async def receive() -> dict[str, Any]:
        return {}

    scope = Scope(
        type="http",
        method="GET",
        path=f"/katana/{name}",
        root_path="/katana",
        query_string=query.encode(),
        headers=[(b"cookie", f"{COOKIE}={BROWSER}".encode()), (b"host", b"app.test")],
    )
    await connect_asgi(app, **options)(scope, receive, send)


def without_tests(where: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of the test, which hold what a server would hold."""
    while where is not None and where.tb_frame.f_globals["__name__"].startswith("tests"):
        where = where.tb_next
    return where


@contextmanager
def noting() -> Iterator[set[str]]:
    """Note what becomes a secret: the state that a start has made."""
    noted: set[str] = set()
    make = Secret.__init__

    def note(self: Secret, value: str) -> None:
        make(self, value)
        if len(value) >= 20:
            noted.add(value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Secret, "__init__", note)
        yield noted


class Broken(Exception):
    """What fails."""


async def fails(*_: object) -> Any:
    raise Broken


async def takes(*_: object) -> None:
    """Take what is sent."""


class BrokenPages(DefaultPages):
    def success(self, connection: object) -> str:
        raise Broken

    def error(self, problem: object) -> str:
        raise Broken


FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "allowed at the start": ("start", {"allowed": fails}),
    "user at the start": ("start", {"user": fails}),
    "user": ("callback", {"user": fails}),
    "connection_id": ("start", {"connection_id": fails}),
    "allowed": ("callback", {"allowed": fails}),
    "on_connected": ("callback", {"on_connected": fails}),
    "on_connected, of a user": ("callback", {"on_connected": fails, "user": lambda _: USER}),
    "a page": ("callback", {"pages": BrokenPages()}),
    "an error's page": ("forged", {"pages": BrokenPages()}),
    "a refusal's page": ("callback", {"pages": BrokenPages(), "allowed": lambda _: False}),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("ask", [on_aiohttp, on_asgi])
async def test_no_secret_is_in_our_frames_when_what_fails_is(
    partner: Partner, ask: Ask, name: str
) -> None:
    await nothing_leaks(partner, ask, *FAILURES[name], takes)


@pytest.mark.parametrize("route", ["start", "callback"])
async def test_no_secret_is_in_our_frames_when_the_browser_is_gone(
    partner: Partner, route: str
) -> None:
    sent: list[str] = []

    async def gone(message: dict[str, Any]) -> None:
        sent.append(message["type"])
        del message  # the server's own frame
        raise Broken

    await nothing_leaks(partner, on_asgi, route, {}, gone)
    assert sent == ["http.response.start"]


async def nothing_leaks(
    partner: Partner, ask: Ask, route: str, options: dict[str, Any], send: object
) -> None:
    app = partner.app(cipher=KeyRing(Key.parse(new_key())))
    session = f"{BROWSER} {USER}" if "user" in options else BROWSER
    callback = partner.oauth.approve(await app.begin(session=session))
    query = urlsplit(callback).query
    values = {name: parse_qs(query)[name][0] for name in ("code", "state")}
    if route == "forged":
        query = query.replace("state=", "state=forged-")
    error: BaseException
    with watching() as watch, noting() as noted:
        try:
            await ask(app, "start" if route == "start" else "callback", query, send, **options)
        except Broken as caught:
            error = caught.with_traceback(without_tests(caught.__traceback__))
    canaries = [Canary(value=value) for value in {BROWSER, USER, *values.values(), *noted}]
    assert leaks(canaries, error, watch) == []


@pytest.mark.parametrize("ask", [on_aiohttp, on_asgi])
async def test_what_is_looked_for_would_be_found(partner: Partner, ask: Ask) -> None:
    def keeps(native: Any) -> bool:
        taken = native["query_string"].decode() if isinstance(native, Scope) else native.query
        raise Broken(taken)

    with pytest.raises(AssertionError, match="Broken"):
        await nothing_leaks(partner, ask, "callback", {"allowed": keeps}, takes)
