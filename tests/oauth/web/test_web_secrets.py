"""No frame of the routes holds a code, state or cookie when a hook, a page or a server fails.

The framework's request holds them, and hooks receive it. Here it belongs to the test, whose frames
`leaks` ignores.
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
    """A request of aiohttp."""

    name: str = field()
    query: str = field(repr=False)
    headers: CIMultiDict[str] = field(repr=False)
    method: str = "GET"

    @property
    def match_info(self) -> dict[str, str]:
        return {"name": self.name}

    @property
    def raw_path(self) -> str:
        return f"/katana/{self.name}?{self.query}"


class Scope(dict[str, Any]):
    """A request of ASGI."""

    def __repr__(self) -> str:
        return "<Scope>"


Send = Callable[..., Awaitable[object]]


async def call_on_aiohttp(
    app: OAuthApp, name: str, query: str, send: object, **options: Any
) -> object:
    [route] = connect_app(app, **options).router.routes()
    headers = CIMultiDict({"Cookie": f"{COOKIE}={BROWSER}", "Host": "app.test"})
    native: Any = Native(name, query, headers)
    return await route.handler(native)


async def call_on_asgi(app: OAuthApp, name: str, query: str, send: Any, **options: Any) -> None:
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


def skip_test_frames(where: TracebackType | None) -> TracebackType | None:
    """Remove the frames of the test, which stand for a server."""
    while where is not None and where.tb_frame.f_globals["__name__"].startswith("tests"):
        where = where.tb_next
    return where


@contextmanager
def recording_secrets() -> Iterator[set[str]]:
    """Collect all new secrets, such as the state of a start."""
    recorded: set[str] = set()
    original = Secret.__init__

    def record(self: Secret, value: str) -> None:
        original(self, value)
        if len(value) >= 20:
            recorded.add(value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Secret, "__init__", record)
        yield recorded


class Broken(Exception):
    """A failure of the test."""


async def fail(*_: object) -> Any:
    raise Broken


async def discard(*_: object) -> None:
    """Ignore the sent message."""


class BrokenPages(DefaultPages):
    def success(self, connection: object) -> str:
        raise Broken

    def error(self, problem: object) -> str:
        raise Broken


FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "allowed at the start": ("start", {"allowed": fail}),
    "user at the start": ("start", {"user": fail}),
    "user": ("callback", {"user": fail}),
    "connection_id": ("start", {"connection_id": fail}),
    "allowed": ("callback", {"allowed": fail}),
    "on_connected": ("callback", {"on_connected": fail}),
    "on_connected, of a user": ("callback", {"on_connected": fail, "user": lambda _: USER}),
    "a page": ("callback", {"pages": BrokenPages()}),
    "an error's page": ("forged", {"pages": BrokenPages()}),
    "a refusal's page": ("callback", {"pages": BrokenPages(), "allowed": lambda _: False}),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("call", [call_on_aiohttp, call_on_asgi])
async def test_no_secret_is_in_our_frames_after_a_failure(
    partner: Partner, call: Send, name: str
) -> None:
    await check_for_leaks(partner, call, *FAILURES[name], discard)


@pytest.mark.parametrize("route", ["start", "callback"])
async def test_no_secret_is_in_our_frames_if_the_browser_is_gone(
    partner: Partner, route: str
) -> None:
    sent: list[str] = []

    async def gone(message: dict[str, Any]) -> None:
        sent.append(message["type"])
        del message  # the server's own frame
        raise Broken

    await check_for_leaks(partner, call_on_asgi, route, {}, gone)
    assert sent == ["http.response.start"]


async def check_for_leaks(
    partner: Partner, call: Send, route: str, options: dict[str, Any], send: object
) -> None:
    app = partner.app(cipher=KeyRing(Key.parse(new_key())))
    session = f"{BROWSER} {USER}" if "user" in options else BROWSER
    callback = partner.oauth.approve(await app.begin(session=session))
    query = urlsplit(callback).query
    values = {name: parse_qs(query)[name][0] for name in ("code", "state")}
    if route == "forged":
        query = query.replace("state=", "state=forged-")
    error: BaseException
    with watching() as watch, recording_secrets() as recorded:
        try:
            await call(app, "start" if route == "start" else "callback", query, send, **options)
        except Broken as caught:
            error = caught.with_traceback(skip_test_frames(caught.__traceback__))
    canaries = [Canary(value=value) for value in {BROWSER, USER, *values.values(), *recorded}]
    assert leaks(canaries, error, watch) == []


@pytest.mark.parametrize("call", [call_on_aiohttp, call_on_asgi])
async def test_a_leak_would_be_found(partner: Partner, call: Send) -> None:
    def leak(native: Any) -> bool:
        taken = native["query_string"].decode() if isinstance(native, Scope) else native.query
        raise Broken(taken)

    with pytest.raises(AssertionError, match="Broken"):
        await check_for_leaks(partner, call, "callback", {"allowed": leak}, discard)
