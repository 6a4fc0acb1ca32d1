"""The ASGI routes at any mount point, with every interpretation of `root_path`."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from katana_async.oauth.web import connect_asgi
from tests.oauth.partner import Partner


def make_scope(**changes: Any) -> dict[str, Any]:
    """Return the scope of `GET /katana/start`."""
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


async def call(application: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages that an application sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent


async def read_status(application: Any, **changes: Any) -> int:
    started: int = (await call(application, make_scope(**changes)))[0]["status"]
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
        {"path": "/start/start", "root_path": "/start"},
        {"path": "/starts/start", "root_path": "/starts"},
    ],
    ids=str,
)
async def test_the_routes_are_found(routes: Any, given: dict[str, Any]) -> None:
    assert await read_status(routes, **given) == 303


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
async def test_other_paths_are_not_found(routes: Any, given: dict[str, Any]) -> None:
    assert await read_status(routes, **given) == 404


async def test_starlette_and_fastapi_mount_them_at_any_depth(routes: Any) -> None:
    fast = FastAPI()
    fast.mount("/katana", routes)
    starlette = Starlette(routes=[Mount("/a", routes=[Mount("/katana", routes)])])
    assert await read_status(fast) == 303
    # Behind a proxy that removes the first part of the path, and behind one that does not.
    assert await read_status(fast, root_path="/api") == 303
    assert await read_status(fast, root_path="/api", path="/api/katana/start") == 303
    assert await read_status(starlette, path="/a/katana/start") == 303
    assert await read_status(starlette, path="/a/katana/b") == 404


async def test_a_cookie_in_several_headers_is_read(partner: Partner, routes: Any) -> None:
    first, _ = await call(routes, make_scope(path="/start"))
    [cookie] = [value for name, value in first["headers"] if name == b"set-cookie"]
    mine = cookie.partition(b";")[0]
    # HTTP/2 may split the Cookie header (RFC 9113, section 8.2.3).
    given = make_scope(path="/start", headers=[(b"cookie", b"a=b"), (b"Cookie", mine)])
    again, body = await call(routes, given)
    assert (b"set-cookie", cookie) in again["headers"]
    assert body == {"type": "http.response.body", "body": b""}


async def test_a_websocket_is_closed_and_a_lifespan_refused(routes: Any) -> None:
    assert await call(routes, {"type": "websocket", "path": "/start"}) == [
        {"type": "websocket.close"}
    ]
    with pytest.raises(ValueError, match="lifespan"):
        await call(routes, {"type": "lifespan"})
