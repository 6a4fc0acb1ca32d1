"""The ASGI routes wherever they are mounted, by every reading of `root_path` that there was."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from katana_async.oauth.web import connect_asgi
from tests.oauth.partner import Partner


def scope(**changes: Any) -> dict[str, Any]:
    """Return what a server gives for `GET /katana/start`."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 50000),
        "path": "/katana/start",
        "raw_path": b"/katana/start",
        "root_path": "",
        "query_string": b"",
        "headers": [],
        **changes,
    }


async def ask(application: Any, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages that an application sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(asked, receive, send)
    return sent


async def status(application: Any, **changes: Any) -> int:
    started: int = (await ask(application, scope(**changes)))[0]["status"]
    return started


@pytest.fixture
def routes(partner: Partner) -> Any:
    return connect_asgi(partner.app())


@pytest.mark.parametrize(
    "given",
    [
        {"path": "/start"},  # served by itself
        {"root_path": "/katana"},  # the specification, and Starlette since 0.35
        {"root_path": "/katana/"},
        {"path": "/api/katana/start", "root_path": "/api/katana"},
        {"path": "/start", "root_path": "/katana"},  # Starlette before 0.33
        {"path": "/start", "root_path": "/start"},
        {"route_root_path": "/katana", "route_path": "/start"},  # Starlette 0.33 and 0.34
        {"path": "/start/start", "root_path": "/start"},
        {"path": "/starts/start", "root_path": "/starts"},
    ],
    ids=str,
)
async def test_the_routes_are_found(routes: Any, given: dict[str, Any]) -> None:
    assert await status(routes, **given) == 303


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"path": "/katana", "root_path": "/katana"},
        {"path": "/katana/", "root_path": "/katana"},
        {"path": "/katanastart", "root_path": "/katana"},
        {"path": "/katana/start/", "root_path": "/katana"},
        {"path": ""},
    ],
    ids=str,
)
async def test_nothing_else_is_found(routes: Any, given: dict[str, Any]) -> None:
    assert await status(routes, **given) == 404


async def test_starlette_and_fastapi_mount_them_at_any_depth(routes: Any) -> None:
    fast = FastAPI()
    fast.mount("/katana", routes)
    starlette = Starlette(routes=[Mount("/a", routes=[Mount("/katana", routes)])])
    assert await status(fast) == 303
    # Behind a proxy that takes a beginning off the path, and behind one that does not.
    assert await status(fast, root_path="/api") == 303
    assert await status(fast, root_path="/api", path="/api/katana/start") == 303
    assert await status(starlette, path="/a/katana/start") == 303
    assert await status(starlette, path="/a/katana/b") == 404


async def test_a_cookie_in_several_headers_is_read(partner: Partner, routes: Any) -> None:
    first, _ = await ask(routes, scope(path="/start"))
    [cookie] = [value for name, value in first["headers"] if name == b"set-cookie"]
    mine = cookie.partition(b";")[0]
    # HTTP/2 may split what HTTP/1 has in one header (RFC 9113, section 8.2.3).
    given = scope(path="/start", headers=[(b"cookie", b"a=b"), (b"Cookie", mine)])
    again, body = await ask(routes, given)
    assert (b"set-cookie", cookie) in again["headers"]
    assert body == {"type": "http.response.body", "body": b""}


async def test_a_websocket_is_closed_and_a_lifespan_refused(routes: Any) -> None:
    assert await ask(routes, {"type": "websocket", "path": "/start"}) == [
        {"type": "websocket.close"}
    ]
    with pytest.raises(ValueError, match="lifespan"):
        await ask(routes, {"type": "lifespan"})
