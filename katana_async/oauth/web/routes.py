"""The routes as an aiohttp application, and as an ASGI application for FastAPI and Starlette."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Unpack

from aiohttp import web
from multidict import CIMultiDict

from ...secrets import Secret
from ..app import OAuthApp
from .browser import BrowserReply, BrowserRequest, read_cookie
from .flow import ConnectFlow, ConnectOptions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


def connect_app(app: OAuthApp, **options: Unpack[ConnectOptions[web.Request]]) -> web.Application:
    """Return the routes, for `add_subapp("/katana", connect_app(app))`.

    The routes are `start`, with the parameter `next` for a path to open afterwards, and the last
    part of the app's `redirect_uri`. The caller closes the app.

    Args:
        app: The app that customers connect. It must belong to the event loop of the server.
        options: See `ConnectOptions`.

    Raises:
        ConfigurationError: The end of the app's `redirect_uri` cannot be the name of a route.
    """
    flow = ConnectFlow(app, **options)

    async def answer(request: web.Request) -> web.Response:
        reply = await flow.answer(_read_request(request))
        return web.Response(
            status=reply.status, headers=CIMultiDict(reply.headers), body=reply.body
        )

    routes = web.Application()
    routes.router.add_route("*", "/{name:.*}", answer)
    return routes


def connect_asgi(app: OAuthApp, **options: Unpack[ConnectOptions[Scope]]) -> ASGIApp:
    """Return the routes, for `FastAPI().mount("/katana", connect_asgi(app))`.

    Routes, arguments and errors are those of `connect_app`.
    """
    flow = ConnectFlow(app, **options)

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            # ASGI: a server takes an exception to mean that there is no lifespan protocol.
            raise ValueError(f"connect_asgi does not support the scope {scope['type']!r}")
        request = _read_scope(scope)
        # A hook may raise, and the traceback would show the scope's query in this frame.
        del scope
        await _send(send, await flow.answer(request))

    return answer


# These are functions so that their frames, which hold the query, have ended when a hook runs.
def _read_request(request: web.Request) -> BrowserRequest[web.Request]:
    target = request.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
    return BrowserRequest(
        method=request.method,
        route=request.match_info["name"],
        query=Secret(target.partition("?")[2]),
        cookie=read_cookie(request.headers.getall("Cookie", [])),
        native=request,
        sites=request.headers.getall("Sec-Fetch-Site", []),
    )


def _read_scope(scope: Scope) -> BrowserRequest[Scope]:
    query: bytes = scope["query_string"]
    return BrowserRequest(
        method=scope["method"],
        route=_path_below_mount(scope).removeprefix("/"),
        query=Secret(query.decode("latin-1")),
        cookie=read_cookie(_header_values(scope["headers"], b"cookie")),
        native=scope,
        sites=_header_values(scope["headers"], b"sec-fetch-site"),
    )


def _path_below_mount(scope: Scope) -> str:
    # In the specification, `path` begins with `root_path`. Behind a proxy that removes the first
    # part of a path, it begins with the end of `root_path`; in Starlette before 0.33, with none.
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    while root:
        if path.startswith(f"{root}/"):
            return path.removeprefix(root)
        _, slash, rest = root[1:].partition("/")
        root = slash + rest
    return path


def _header_values(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name.lower() == wanted]


async def _send(send: Send, reply: BrowserReply) -> None:
    body, headers = reply.body, [*reply.headers, ("content-length", str(len(reply.body)))]
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    start = send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    # The redirect to Katana contains a state, and a server may raise if the browser is gone.
    del reply, headers, encoded
    await start
    await send({"type": "http.response.body", "body": body})
