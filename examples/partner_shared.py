"""Parts that both examples need: the settings, the sandbox and the HTML of the pages.

`aiohttp_partner.py` and `fastapi_partner.py` import this file; their routes use a framework, and
nothing here does.
"""

import argparse
import hmac
import os
import socket
from html import escape

from katana_async import KatanaClient
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
from katana_async.sandbox import Sandbox

VARIABLES = ("KATANA_CLIENT_ID", "KATANA_CLIENT_SECRET", "KATANA_REDIRECT_URI", "KATANA_TOKEN_KEY")

FORM_COOKIE = "__Host-form"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
"""For every page. The routes below /katana set their own, which stay."""


# ---- settings ---------------------------------------------------------------------------------


def read_arguments() -> tuple[bool, socket.socket]:
    """Parse the command line and listen on its port; exit with status 2 if either fails.

    Returns:
        Whether to use the sandbox, and the listening socket.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--sandbox", action="store_true", help="use a sandbox in this process")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free port")
    arguments = parser.parse_args()
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing and not arguments.sandbox:
        parser.error(f"set {', '.join(missing)}, or use --sandbox: Katana is not needed then")
    try:
        return arguments.sandbox, socket.create_server(("127.0.0.1", arguments.port))
    except (OSError, OverflowError) as error:
        parser.error(f"cannot listen on port {arguments.port}: {error}. Choose another with --port")


async def open_app(port: int, *, sandbox: bool) -> tuple[OAuthApp, KatanaClient]:
    """Return the app and the client, for a new sandbox or for Katana."""
    return await open_sandbox_app(port) if sandbox else open_katana_app()


async def open_sandbox_app(port: int) -> tuple[OAuthApp, KatanaClient]:
    """Start a sandbox that ends with this process; return an app and a client for it."""
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


def open_katana_app() -> tuple[OAuthApp, KatanaClient]:
    """Return an app and a client for Katana, with the settings of the environment variables."""
    app = OAuthApp(
        client_id=os.environ["KATANA_CLIENT_ID"],
        client_secret=os.environ["KATANA_CLIENT_SECRET"],
        redirect_uri=os.environ["KATANA_REDIRECT_URI"],
        store=SQLTokenStore.sqlite("katana-connections.sqlite"),
        cipher=KeyRing.from_env(),
    )
    return app, KatanaClient(auth=None)


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


def render_page(title: str, *content: str) -> str:
    """Return the HTML of a page. Only the title is escaped here."""
    return f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css"><main><h1>{escape(title)}</h1>{"".join(content)}</main>"""


def render_connections(connections: list[Connection], form_token: str) -> str:
    """Return the page with all connections."""
    rows = "".join(_render_row(connection, form_token) for connection in connections)
    return render_page(
        "Connections",
        f"<ul>{rows}</ul>" if rows else "<p>No Katana account is connected yet.</p>",
        '<p><a class="button" href="/katana/start?next=/">Connect Katana</a></p>',
    )


def _render_row(connection: Connection, form_token: str) -> str:
    link = f"/connections/{escape(connection.id)}"
    reconnect = ""
    if connection.status is Status.REAUTHORIZE:
        reconnect = f'<a href="/katana/start?next={link}">Connect again</a>'
    return f"""<li>
<div><a href="{link}"><strong>{escape(connection.name)}</strong></a>
<span class="{connection.status}">{connection.status}</span> {reconnect}</div>
<form method="post" action="{link}/disconnect">
<input type="hidden" name="token" value="{escape(form_token)}"><button>Disconnect</button></form>
</li>"""


def render_products(name: str, count: int, products: list[str]) -> str:
    """Return the page of a connection, with the names of some of its products."""
    items = "".join(f"<li>{escape(product)}</li>" for product in products)
    return render_page(name, f"<p>{count} products, such as</p><ul>{items}</ul>", BACK)


def is_same_secret(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
