"""The routes as an aiohttp application."""

from typing import Unpack

from aiohttp import web
from multidict import CIMultiDict

from ...secrets import Secret
from ..app import OAuthApp
from .browser import BrowserRequest, read_cookie
from .flow import ConnectFlow, ConnectOptions


def connect_app(app: OAuthApp, **options: Unpack[ConnectOptions[web.Request]]) -> web.Application:
    """Return the routes, for `add_subapp("/katana", connect_app(app))`.

    The routes are `start`, with the parameter `next` for a path to open afterwards, and the last
    part of the app's `redirect_uri`. The caller closes the app.

    Args:
        app: Connects the accounts.
        options: See `ConnectOptions`.

    Raises:
        ConfigurationError: A hook is not callable, or the end of the app's `redirect_uri` cannot be
            the name of a route.
    """
    flow = ConnectFlow(app, **options)

    async def answer(request: web.Request) -> web.Response:
        reply = await flow.answer(_read(request))
        return web.Response(
            status=reply.status, headers=CIMultiDict(reply.headers), body=reply.body
        )

    routes = web.Application()
    routes.router.add_route("*", "/{name:.*}", answer)
    return routes


def _read(request: web.Request) -> BrowserRequest[web.Request]:
    # A function of its own: no frame with the query may be alive while a hook runs.
    target = request.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
    return BrowserRequest(
        method=request.method,
        route=request.match_info["name"],
        query=Secret(target.partition("?")[2]),
        cookie=read_cookie(request.headers.getall("Cookie", [])),
        native=request,
        sites=request.headers.getall("Sec-Fetch-Site", []),
    )
