"""The routes as an ASGI application, to be mounted in FastAPI, Starlette and the like."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from ...secrets import Secret
from ..app import OAuthApp
from ..connect.connections import Completed
from .cookie import read_cookie
from .flow import ConnectFlow, Hooks
from .messages import Reply, Request, Seen
from .pages import Pages

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


def connect_asgi(
    app: OAuthApp,
    *,
    allowed: Callable[[Scope], Awaitable[bool] | bool] | None = None,
    user: Callable[[Scope], Awaitable[str | None] | str | None] | None = None,
    connection_id: Callable[[Scope], Awaitable[str | None] | str | None] | None = None,
    any_account: Callable[[Scope], Awaitable[bool] | bool] | None = None,
    on_connected: Callable[[Scope, Completed], Awaitable[None] | None] | None = None,
    pages: Pages | None = None,
    allow_cross_site: str | None = None,
) -> ASGIApp:
    """Return the routes, for `FastAPI().mount("/katana", connect_asgi(app))`.

    They are `start`, with the parameter `next` for a path to go to afterwards, and the last part of
    the app's `redirect_uri`. The app is yours to close. What a hook raises is answered by whatever
    the routes are mounted in.

    Args:
        app: Connects the accounts.
        allowed: Whether whoever asks may: False is answered with a page that says 403. It and the
            other hooks are given the ASGI scope: `starlette.requests.Request(scope)` reads it.
        user: Who is signed in, as text; None for nobody. What one person began, no other finishes
            then in the same browser.
        connection_id: What to call the connection, such as the id of the tenant who is signed in;
            None for a new id.
        any_account: Whether another account may take the place of the one that is connected; is
            asked at the start. True once the person has said so on a page of yours.
        on_connected: Is told of each connection; when a person reloads, again, and it is
            `repeated`: an owner that is written down already must stay.
        pages: Other pages than `DefaultPages()`.
        allow_cross_site: The reason why another site may send browsers to `start`, in a few words
            for the log, such as "the marketplace links here". None: they are shown a page on which
            the person decides.

    Raises:
        ConfigurationError: An argument is not what it has to be, or the end of the app's
            `redirect_uri` cannot be the name of a route.
    """
    hooks = Hooks(
        allowed=allowed,
        user=user,
        connection_id=connection_id,
        any_account=any_account,
        on_connected=on_connected,
    )
    flow = ConnectFlow(app, hooks, pages, allow_cross_site)

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            # What the specification asks for: the server takes it that there is no lifespan here.
            raise ValueError(f"there is nothing here for {scope['type']!r}")
        request = _read(scope)
        # The scope shows the query to whatever prints the locals of frames, and hooks may raise.
        del scope
        await _send(send, await flow.answer(request))

    return answer


def _read(scope: Scope) -> Request[Scope]:
    query: bytes = scope["query_string"]
    return Request(
        method=scope["method"],
        name=_below_root(scope).removeprefix("/"),
        query=Secret(query.decode("latin-1")),
        browser=read_cookie(_values(scope["headers"], b"cookie")),
        native=scope,
        seen=Seen(
            hosts=_values(scope["headers"], b"host"),
            forwarded=_values(scope["headers"], b"x-forwarded-host"),
            path=scope["path"],
        ),
        sites=_values(scope["headers"], b"sec-fetch-site"),
    )


def _below_root(scope: Scope) -> str:
    """Return the path below the place where the routes are mounted.

    By the specification, and in Starlette since 0.35, `path` begins with `root_path`. Starlette
    before 0.33 took it off, as WSGI does, and 0.33 put what is left into `route_path`. Behind a
    proxy that takes the beginning of a path off, only the end of `root_path` is in it.
    """
    path: str = scope.get("route_path") or scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    while root:
        if path.startswith(f"{root}/"):
            return path.removeprefix(root)
        _, slash, rest = root[1:].partition("/")
        root = slash + rest
    return path


def _values(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name.lower() == wanted]


async def _send(send: Send, reply: Reply) -> None:
    body = reply.body
    sending = send(_head(reply))
    # What leads to Katana has a state in it, and a server may raise when its browser is gone.
    del reply
    await sending
    await send({"type": "http.response.body", "body": body})


def _head(reply: Reply) -> Message:
    headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}
