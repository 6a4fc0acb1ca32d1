"""A partner's product on FastAPI: its customers connect their Katana accounts, and it uses them.

    pip install fastapi uvicorn
    python examples/fastapi_partner.py --sandbox

needs nothing else: Katana, its consent page too, is a sandbox in the same process. For Katana
itself leave `--sandbox` out and set

    KATANA_CLIENT_ID, KATANA_CLIENT_SECRET   as Katana registered the app
    KATANA_REDIRECT_URI                      likewise, such as https://app.example.com/katana/callback
    KATANA_TOKEN_KEY                         what tokens are sealed with; `new_key()` makes one

The extra `sql` is needed then. Open the site under the redirect URI's host, or the browser comes
back without the cookie that it needs. There is no sign-in here: see `allowed` below.
"""

import argparse
import asyncio
import hmac
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from html import escape
from typing import Any
from urllib.parse import parse_qs, urljoin

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from katana_async import KatanaClient
from katana_async.errors import ConfigurationError, KatanaError, NotConnected
from katana_async.oauth import (
    AuthorizationServer,
    Connection,
    KeyRing,
    MemoryTokenStore,
    OAuthApp,
    SQLTokenStore,
    Status,
    new_key,
)
from katana_async.oauth.web import connect_asgi
from katana_async.sandbox import Sandbox

FORM_COOKIE = "__Host-form"

Scope = MutableMapping[str, Any]


def make_site(app: OAuthApp, katana: KatanaClient) -> FastAPI:
    """Return the partner's site, which closes what it is given when it ends.

    Args:
        app: What accounts are connected with.
        katana: Calls Katana, for all of them.
    """

    @asynccontextmanager
    async def closing(_site: FastAPI) -> AsyncIterator[None]:
        # A refresh that is going on ends first: cut, it would cost its connection.
        async with app, katana:
            yield

    site = FastAPI(openapi_url=None, lifespan=closing)

    def allowed(_scope: Scope) -> bool:
        # Yours: is somebody signed in, and may they do this? Your session's cookie must be
        # SameSite=Lax and not Strict, or it is missing when the browser comes back from Katana.
        # Where people sign in, give `user=` too: what one began, the next is not to finish.
        return True

    async def connection_id(scope: Scope) -> str | None:
        # Yours: the id of the tenant who is signed in, so that each has one connection. Here there
        # are no tenants, and every connection is a new one unless it is to be mended: the place to
        # go to afterwards tells, since "Try again" on the pages that say what went wrong keeps it.
        mend = Request(scope).query_params.get("next", "").removeprefix("/connections/")
        return mend if mend in {known.id async for known in app.connections()} else None

    site.mount("/katana", connect_asgi(app, allowed=allowed, connection_id=connection_id))

    @site.get("/")
    async def show_connections(request: Request) -> Response:
        form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
        rows = [row(connection, form_token) async for connection in app.connections()]
        response = page(
            "Connections",
            f"<ul>{''.join(rows)}</ul>" if rows else "<p>No Katana account is connected yet.</p>",
            '<p><a class="button" href="/katana/start?next=/">Connect Katana</a></p>',
        )
        # A page of another site can send our form, but it cannot know what is in this cookie.
        response.set_cookie(FORM_COOKIE, form_token, secure=True, httponly=True, samesite="lax")
        return response

    @site.get("/connections/{connection_id}")
    async def show_connection(connection_id: str) -> Response:
        try:
            connection = await app.connection(connection_id)
            theirs = katana.with_auth(app.auth(connection_id))
            count = await theirs.products.list().count()
            products = await theirs.products.list().collect(limit=5)
        except (NotConnected, ValueError):  # there is none, or it cannot be an id
            return page("There is no such connection", BACK, status=404)
        except KatanaError as error:
            # ReauthorizationRequired, say: the list offers to connect again.
            return page("That did not work", f"<p>{escape(str(error))}</p>", BACK, status=502)
        names = "".join(f"<li>{escape(product.name)}</li>" for product in products)
        name = connection.name
        return page(name, f"<p>{count} products, such as</p><ul>{names}</ul>", BACK)

    @site.post("/connections/{connection_id}/disconnect")
    async def disconnect(request: Request, connection_id: str) -> Response:
        form = parse_qs((await request.body()).decode("ascii", "replace"))
        sent, ours = form.get("token", [""])[0], request.cookies.get(FORM_COOKIE)
        if not ours or not same(sent, ours):
            raise HTTPException(403)
        with suppress(NotConnected, ValueError):  # somebody was faster
            await app.disconnect(connection_id)
        return RedirectResponse("/", 303)

    @site.get("/style.css")
    async def style() -> Response:
        return PlainTextResponse(STYLE, media_type="text/css")

    @site.middleware("http")
    async def guard(
        request: Request, handler: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await handler(request)
        # The routes below /katana have their own, which stay.
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
        )
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return site


def row(connection: Connection, form_token: str) -> str:
    """Return a connection in the list."""
    name = connection.name
    link = f"/connections/{escape(connection.id)}"
    mend = ""
    if connection.status is Status.REAUTHORIZE:
        mend = f'<a href="/katana/start?next={link}">Connect again</a>'
    return f"""<li>
<div><a href="{link}"><strong>{escape(name)}</strong></a>
<span class="{connection.status}">{connection.status}</span> {mend}</div>
<form method="post" action="{link}/disconnect">
<input type="hidden" name="token" value="{escape(form_token)}"><button>Disconnect</button></form>
</li>"""


def same(one: str, other: str) -> bool:
    """Compare two secrets, in a time that says nothing about them."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


# ---- pages ------------------------------------------------------------------------------------

BACK = '<p><a href="/">Back to the connections</a></p>'

STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
main { max-width: 36rem; margin: 0 auto; padding: .5rem 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem } a { color: inherit } form { flex: none }
ul { padding: 0 } li { list-style: none; border-top: 1px solid #8886; padding: .75rem 0 }
li:has(form) { display: flex; align-items: center; justify-content: space-between; gap: 1rem }
span { border: 1px solid; border-radius: 1rem; padding: .05rem .6rem; font-size: .8125rem }
.connected { color: light-dark(#14684f, #58c9a2) }
.reauthorize, .unreadable { color: light-dark(#a13a1e, #f0916f) }
.button, button { font: inherit; border: 1px solid #8886; border-radius: .5rem; cursor: pointer }
.button { display: inline-block; padding: .6rem 1rem; background: #14684f; color: #fff;
  text-decoration: none; font-weight: 600 }
button { padding: .3rem .8rem; background: none; color: inherit }
"""


def page(title: str, *content: str, status: int = 200) -> HTMLResponse:
    """Return a page."""
    text = f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css"><main><h1>{escape(title)}</h1>{"".join(content)}</main>"""
    return HTMLResponse(text, status)


# ---- running it -------------------------------------------------------------------------------

VARIABLES = ("KATANA_CLIENT_ID", "KATANA_CLIENT_SECRET", "KATANA_REDIRECT_URI", "KATANA_TOKEN_KEY")


async def against_sandbox(port: int) -> tuple[OAuthApp, KatanaClient]:
    """Connect accounts of a sandbox that begins and ends with this process."""
    sandbox = await Sandbox(rate_limit=None).start()
    sandbox.oauth.add_account(name="Oak & Sons", email="olga@oak.example")
    key = new_key()
    app = OAuthApp(
        client_id=sandbox.oauth.client.client_id,
        client_secret=sandbox.oauth.client.client_secret,
        redirect_uri=f"http://localhost:{port}/katana/callback",
        store=MemoryTokenStore(),
        cipher=KeyRing.from_source(lambda: key),
        server=AuthorizationServer(
            authorize_url=sandbox.oauth.authorize_url,
            token_url=sandbox.oauth.token_url,
            revoke_url=sandbox.oauth.revoke_url,
            api_url=sandbox.base_url,
        ),
    )
    return app, KatanaClient(auth=None, base_url=sandbox.base_url)


def against_katana() -> tuple[OAuthApp, KatanaClient]:
    """Connect accounts of Katana's."""
    app = OAuthApp(
        client_id=os.environ["KATANA_CLIENT_ID"],
        client_secret=os.environ["KATANA_CLIENT_SECRET"],
        redirect_uri=os.environ["KATANA_REDIRECT_URI"],
        store=SQLTokenStore.sqlite("katana-connections.sqlite"),
        cipher=KeyRing.from_env(),
    )
    return app, KatanaClient(auth=None)


def prepare() -> tuple[bool, socket.socket]:
    """Return whether to use the sandbox, and what to listen on; say so when that cannot work."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sandbox", action="store_true", help="against a Katana that runs here")
    arguments.add_argument("--port", type=int, default=8000, help="0 for any that is free")
    given = arguments.parse_args()
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing and not given.sandbox:
        arguments.error(f"set {', '.join(missing)}, or use --sandbox: Katana is not needed then")
    try:
        return given.sandbox, socket.create_server(("127.0.0.1", given.port))
    except (OSError, OverflowError) as error:
        arguments.error(f"cannot listen on port {given.port}: {error}. Choose another with --port")


async def main() -> None:
    """Serve until Ctrl-C or SIGTERM."""
    sandbox, listening = prepare()
    port = listening.getsockname()[1]
    app, katana = await against_sandbox(port) if sandbox else against_katana()
    # Without the log of requests: the addresses of callbacks hold codes.
    server = uvicorn.Server(uvicorn.Config(make_site(app, katana), access_log=False))
    print(urljoin(app.redirect_uri, "/"), flush=True)
    # The site closes both. `async with` here would not: uvicorn ends by sending itself the signal
    # once more, and a SIGTERM ends the process before anything after this line is done.
    await server.serve(sockets=[listening])


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except ConfigurationError as error:  # a variable that cannot work: the message names it
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        pass
