"""The browser's part of a login: open the login page, and receive the callback (RFC 8252, 7.3)."""

import os
import subprocess  # nosec B404 - to start Python itself
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from threading import Thread

from aiohttp import web

from ..http.messages import printable
from .errors import UsageError

HOST = "127.0.0.1"
PATH = "/callback"

_SHUTDOWN = 2.0  # seconds for the browser to read the last page

_OPEN = "import sys, webbrowser; webbrowser.open(sys.stdin.read())"

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<h1>{title}</h1>
<p>You can close this window. {text}</p>
</html>
"""
# Fixed texts: nothing of a request is ever in them. The empty icon keeps browsers from asking for
# one at a port that is closed by then.
_CONNECTED = _PAGE.format(title="Connected to Katana", text="The terminal shows the account.")
_FAILED = _PAGE.format(title="Not connected", text="The terminal shows the reason.")

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def show_login_page(url: str, port: int, *, browser: bool) -> None:
    """Write the address of the login page on stderr, and open the browser if that is wanted."""
    lines = [f"Open this address in your browser:\n\n  {printable(url, 4_000)}\n"]
    if browser:
        Thread(target=_open, args=[url], name="katana-browser", daemon=True).start()
        lines[0] = f"Your browser should open. Otherwise, {lines[0][:1].lower()}{lines[0][1:]}"
    if "SSH_CONNECTION" in os.environ:
        lines.append(
            "The browser must reach this machine. From the browser's machine, connect with:\n\n"
            f"  ssh -L {port}:{HOST}:{port} ...\n"
        )
    lines.append("Waiting for your approval. Ctrl-C cancels.")
    print("\n".join(lines), file=sys.stderr, flush=True)


def _open(url: str) -> None:
    """Open an address with a process that gives the browser neither our input nor our output.

    A browser with our output writes into it, and keeps a pipe open until it is closed. The address
    goes to the process on its input, since other users of the machine see its arguments.
    """
    subprocess.run(  # noqa: S603 - no shell, and no text of a stranger's # nosec B603
        [sys.executable, "-I", "-c", _OPEN],
        input=url.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is not for the browser
        check=False,
    )


@asynccontextmanager
async def receive_callback(
    port: int, complete: Callable[[str], Awaitable[bool]]
) -> AsyncGenerator[int]:
    """Listen for the callback on 127.0.0.1 while the block runs; yield the port.

    `complete` is called with the query of each callback, and returns whether it made a connection.
    The result decides the page that the browser shows.
    """

    async def answer(request: web.Request) -> web.Response:
        connected = await complete(request.rel_url.raw_query_string)
        response = web.Response(
            status=200 if connected else 400,
            text=_CONNECTED if connected else _FAILED,
            content_type="text/html",
            headers=_HEADERS,
        )
        response.force_close()
        return response

    app = web.Application()
    app.router.add_get(PATH, answer, allow_head=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            raise UsageError(
                f"cannot listen on {HOST}:{port}: {error.strerror}. End the program that listens"
                " there (another login?), or use another port of the app with --redirect-port"
            ) from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
