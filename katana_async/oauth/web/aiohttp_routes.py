"""The routes as an application of aiohttp's, to be mounted in another."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import CIMultiDict

from ...secrets import Secret
from ..app import OAuthApp
from ..connect.connections import Completed
from .cookie import read_cookie
from .flow import ConnectFlow, Hooks
from .messages import Request, Seen
from .pages import Pages


def connect_app(
    app: OAuthApp,
    *,
    allowed: Callable[[web.Request], Awaitable[bool] | bool] | None = None,
    user: Callable[[web.Request], Awaitable[str | None] | str | None] | None = None,
    connection_id: Callable[[web.Request], Awaitable[str | None] | str | None] | None = None,
    any_account: Callable[[web.Request], Awaitable[bool] | bool] | None = None,
    on_connected: Callable[[web.Request, Completed], Awaitable[None] | None] | None = None,
    pages: Pages | None = None,
    allow_cross_site: str | None = None,
) -> web.Application:
    """Return the routes, for `add_subapp("/katana", connect_app(app))`.

    They are `start`, with the parameter `next` for a path to go to afterwards, and the last part of
    the app's `redirect_uri`. The app is yours to close. What a hook raises, such as
    `web.HTTPFound("/login")`, is answered by aiohttp.

    Args:
        app: Connects the accounts.
        allowed: Whether whoever asks may: False is answered with a page that says 403.
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

    async def answer(request: web.Request) -> web.Response:
        reply = await flow.answer(_read(request))
        return web.Response(
            status=reply.status, headers=CIMultiDict(reply.headers), body=reply.body
        )

    routes = web.Application()
    routes.router.add_route("*", "/{name:.*}", answer)
    return routes


def _read(request: web.Request) -> Request[web.Request]:
    # Here and not where hooks are awaited: the frame that holds the query has to be gone by then.
    target = request.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
    return Request(
        method=request.method,
        name=request.match_info["name"],
        query=Secret(target.partition("?")[2]),
        browser=read_cookie(request.headers.getall("Cookie", [])),
        native=request,
        seen=Seen(
            hosts=request.headers.getall("Host", []),
            forwarded=request.headers.getall("X-Forwarded-Host", []),
            path=request.path,
        ),
        sites=request.headers.getall("Sec-Fetch-Site", []),
    )
