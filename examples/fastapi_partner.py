"""A partner's site on FastAPI: its customers connect their Katana accounts, and it uses them.

    pip install fastapi uvicorn
    python examples/fastapi_partner.py --sandbox

A sandbox in the same process replaces Katana and its consent page. To use Katana itself, omit
`--sandbox` and set

    KATANA_CLIENT_ID, KATANA_CLIENT_SECRET   as Katana registered the app
    KATANA_REDIRECT_URI                      likewise, such as https://app.example.com/katana/callback
    KATANA_TOKEN_KEY                         encrypts the stored tokens; `new_key()` makes one

This needs the extra `sql`. Open the site under the redirect URI's host: the browser sends the
cookie of the flow only to that host. The example has no sign-in: see `is_allowed` below.
`partner_shared.py` contains the settings and the HTML.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from html import escape
from typing import Any
from urllib.parse import parse_qs, urljoin

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
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
from katana_async.oauth.web import connect_asgi

Scope = MutableMapping[str, Any]


def make_site(app: OAuthApp, katana: KatanaClient) -> FastAPI:
    """Return the partner's site. It closes `app` and `katana` when it ends.

    Args:
        app: Connects the customers' accounts.
        katana: The client for the calls of all connections.
    """

    @asynccontextmanager
    async def close_after(_site: FastAPI) -> AsyncIterator[None]:
        # Closing waits for a running refresh: an interrupted one can end its connection.
        async with app, katana:
            yield

    site = FastAPI(openapi_url=None, lifespan=close_after)

    def is_allowed(_scope: Scope) -> bool:
        # Replace this: check that a user is signed in and may connect accounts. Your session's
        # cookie must be SameSite=Lax: the browser omits a Strict one when it returns from Katana.
        # Pass `user=` too, so that no other user can finish a flow that this one began.
        return True

    async def connection_id(scope: Scope) -> str | None:
        # Replace this: return the id of the signed-in tenant, so that each has one connection.
        # This example has no tenants, and each connection is a new one unless `next` names one
        # to reconnect. "Try again" on the error pages keeps `next`.
        target = Request(scope).query_params.get("next", "").removeprefix("/connections/")
        return target if target in {each.id async for each in app.connections()} else None

    site.mount("/katana", connect_asgi(app, allowed=is_allowed, connection_id=connection_id))

    @site.get("/")
    async def show_connections(request: Request) -> Response:
        form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
        connections = [connection async for connection in app.connections()]
        response = HTMLResponse(render_connections(connections, form_token))
        # A page of another site can send our form, but it cannot read this cookie.
        response.set_cookie(FORM_COOKIE, form_token, secure=True, httponly=True, samesite="lax")
        return response

    @site.get("/connections/{connection_id}")
    async def show_connection(connection_id: str) -> Response:
        try:
            connection = await app.connection(connection_id)
            theirs = katana.with_auth(app.auth(connection_id))
            count = await theirs.products.list().count()
            products = await theirs.products.list().collect(limit=5)
        except (NotConnected, ValueError):  # ValueError: this cannot be an id
            return HTMLResponse(render_page("There is no such connection", BACK), 404)
        except KatanaError as error:
            # For example ReauthorizationRequired: the list has a link to connect again.
            content = f"<p>{escape(str(error))}</p>"
            return HTMLResponse(render_page("The call failed", content, BACK), 502)
        names = [product.name for product in products]
        return HTMLResponse(render_products(connection.name, count, names))

    @site.post("/connections/{connection_id}/disconnect")
    async def disconnect(request: Request, connection_id: str) -> Response:
        form = parse_qs((await request.body()).decode("ascii", "replace"))
        sent, expected = form.get("token", [""])[0], request.cookies.get(FORM_COOKIE)
        if not expected or not is_same_secret(sent, expected):
            raise HTTPException(403)
        with suppress(NotConnected, ValueError):  # another request disconnected it first
            await app.disconnect(connection_id)
        return RedirectResponse("/", 303)

    @site.get("/style.css")
    async def show_style() -> Response:
        return PlainTextResponse(STYLE, media_type="text/css")

    @site.middleware("http")
    async def add_headers(
        request: Request, handler: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await handler(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return site


async def main() -> None:
    """Serve until Ctrl-C or SIGTERM."""
    sandbox, listener = read_arguments()
    app, katana = await open_app(listener.getsockname()[1], sandbox=sandbox)
    # No access log: the addresses of callbacks contain authorization codes.
    server = uvicorn.Server(uvicorn.Config(make_site(app, katana), access_log=False))
    print(urljoin(app.redirect_uri, "/"), flush=True)
    # The site closes both. `async with` here would not: uvicorn ends by sending itself the signal
    # again, and SIGTERM ends the process before the lines after this one run.
    await server.serve(sockets=[listener])


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except ConfigurationError as error:  # the message names the invalid variable
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        pass
