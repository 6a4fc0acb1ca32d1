"""A partner's site on aiohttp: its customers connect their Katana accounts, and it uses them.

    python examples/aiohttp_partner.py --sandbox

needs only this project: a sandbox in the same process replaces Katana and its consent page. To use
Katana itself, omit `--sandbox` and set

    KATANA_CLIENT_ID, KATANA_CLIENT_SECRET   as Katana registered the app
    KATANA_REDIRECT_URI                      likewise, such as https://app.example.com/katana/callback
    KATANA_TOKEN_KEY                         encrypts the stored tokens; `new_key()` makes one

This needs the extra `sql`. Open the site under the redirect URI's host: the browser sends the
cookie of the flow only to that host. The example has no sign-in: see `is_allowed` below.
`partner_shared.py` contains the settings and the HTML.
"""

import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from html import escape
from urllib.parse import urljoin

from aiohttp import web
from aiohttp.typedefs import Handler
from partner_shared import (
    BACK,
    FORM_COOKIE,
    HEADERS,
    STYLE,
    is_same_secret,
    open_app,
    read_arguments,
    render_connections,
    render_page,
    render_products,
)

from katana_async import KatanaClient
from katana_async.errors import ConfigurationError, KatanaError, NotConnected
from katana_async.oauth import OAuthApp
from katana_async.oauth.web import connect_app

APP = web.AppKey("app", OAuthApp)
KATANA = web.AppKey("katana", KatanaClient)


def make_site(app: OAuthApp, katana: KatanaClient) -> web.Application:
    """Return the partner's site. It closes `app` and `katana` when it ends.

    Args:
        app: Connects the customers' accounts.
        katana: The client for the calls of all connections.
    """

    def is_allowed(_request: web.Request) -> bool:
        # Replace this: check that a user is signed in and may connect accounts. Your session's
        # cookie must be SameSite=Lax: the browser omits a Strict one when it returns from Katana.
        # Pass `user=` too, so that no other user can finish a flow that this one began.
        return True

    async def connection_id(request: web.Request) -> str | None:
        # Replace this: return the id of the signed-in tenant, so that each has one connection.
        # This example has no tenants, and each connection is a new one unless `next` names one
        # to reconnect. "Try again" on the error pages keeps `next`.
        target = request.query.get("next", "").removeprefix("/connections/")
        return target if target in {each.id async for each in app.connections()} else None

    async def close_after(_site: web.Application) -> AsyncIterator[None]:
        # Closing waits for a running refresh: an interrupted one can end its connection.
        async with app, katana:
            yield

    site = web.Application(middlewares=[add_headers])
    site.cleanup_ctx.append(close_after)
    site[APP], site[KATANA] = app, katana
    site.router.add_get("/", show_connections)
    site.router.add_get("/style.css", show_style)
    site.router.add_get("/connections/{id}", show_connection)
    site.router.add_post("/connections/{id}/disconnect", disconnect)
    site.add_subapp("/katana", connect_app(app, allowed=is_allowed, connection_id=connection_id))
    return site


async def show_connections(request: web.Request) -> web.Response:
    """List the connections."""
    form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    connections = [connection async for connection in request.app[APP].connections()]
    response = respond(render_connections(connections, form_token))
    # A page of another site can send our form, but it cannot read this cookie.
    response.set_cookie(FORM_COOKIE, form_token, secure=True, httponly=True, samesite="Lax")
    return response


async def show_connection(request: web.Request) -> web.Response:
    """Call Katana with a connection."""
    app, connection_id = request.app[APP], request.match_info["id"]
    try:
        connection = await app.connection(connection_id)
        katana = request.app[KATANA].with_auth(app.auth(connection_id))
        count = await katana.products.list().count()
        products = await katana.products.list().collect(limit=5)
    except (NotConnected, ValueError):  # ValueError: this cannot be an id
        return respond(render_page("There is no such connection", BACK), status=404)
    except KatanaError as error:
        # For example ReauthorizationRequired: the list has a link to connect again.
        content = f"<p>{escape(str(error))}</p>"
        return respond(render_page("The call failed", content, BACK), status=502)
    names = [product.name for product in products]
    return respond(render_products(connection.name, count, names))


async def disconnect(request: web.Request) -> web.Response:
    """Disconnect an account if the form of our own page asks for it."""
    sent, expected = (await request.post()).get("token"), request.cookies.get(FORM_COOKIE)
    if not expected or not isinstance(sent, str) or not is_same_secret(sent, expected):
        raise web.HTTPForbidden
    with suppress(NotConnected, ValueError):  # another request disconnected it first
        await request.app[APP].disconnect(request.match_info["id"])
    raise web.HTTPSeeOther("/")


async def show_style(_request: web.Request) -> web.Response:
    """Return the style sheet of the pages."""
    return web.Response(text=STYLE, content_type="text/css")


def respond(html: str, status: int = 200) -> web.Response:
    """Return a page."""
    return web.Response(text=html, content_type="text/html", status=status)


@web.middleware
async def add_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the security headers to each response that lacks them."""
    response = await handler(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def open_site(port: int, *, sandbox: bool) -> web.Application:
    """Return the site, and print its address."""
    app, katana = await open_app(port, sandbox=sandbox)
    site = make_site(app, katana)
    print(urljoin(app.redirect_uri, "/"), flush=True)
    return site


def main() -> None:
    """Serve until Ctrl-C or SIGTERM. `run_app` handles both, and closes the site."""
    sandbox, listener = read_arguments()
    site = open_site(listener.getsockname()[1], sandbox=sandbox)
    # No access log: the addresses of callbacks contain authorization codes.
    web.run_app(site, sock=listener, access_log=None, print=None)


if __name__ == "__main__":
    try:
        main()
    except ConfigurationError as error:  # the message names the invalid variable
        print(error, file=sys.stderr)
        sys.exit(2)
