"""The receiver of the authorization callback on this machine (RFC 8252, section 7.3).

It listens on 127.0.0.1 only, answers one path only, and only to requests that name it as their
host: a page of another site that has its name resolved to 127.0.0.1 gets nothing.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from attrs import define, field

from . import loopback_pages
from .loopback_pages import Page
from .problems import UsageProblem

HOST = "127.0.0.1"
HTTP_PORT = 80
PATH = "/callback"

_SHUTDOWN = 2.0  # seconds for a browser to take the page

# What aiohttp would log is of a stranger's making, and a callback's address holds a code.
_SILENT = logging.getLogger("katana_async.cli.loopback")
_SILENT.disabled = True


@define(eq=False)
class Callback:
    """A request to the callback's path, which waits for its page.

    Attributes:
        query: What came back, as it was written.
    """

    query: str
    _page: asyncio.Future[Page] = field(repr=False)

    def answer(self, page: Page) -> None:
        """Show a page in the browser."""
        if not self._page.done():
            self._page.set_result(page)


@define(eq=False)
class Receiver:
    """What listens.

    Attributes:
        port: Where.
    """

    port: int = 0
    _callbacks: asyncio.Queue[Callback] = field(factory=asyncio.Queue[Callback])

    @property
    def redirect_uri(self) -> str:
        """Where the authorization server sends the browser back to."""
        return f"http://{HOST}:{self.port}{PATH}"

    async def next(self) -> Callback:
        """Return the next callback."""
        return await self._callbacks.get()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        page = await self._page(request)
        response = web.Response(
            status=page.status,
            body=page.content,
            headers=loopback_pages.HEADERS,
            content_type="text/html",
            charset="utf-8",
        )
        response.force_close()
        return response

    async def _page(self, request: web.BaseRequest) -> Page:
        if not self._is_named(request.headers.getall("Host", [])):
            return loopback_pages.OTHER_HOST
        if request.path != PATH:
            return loopback_pages.NOT_FOUND
        if request.method != "GET":
            return loopback_pages.NOT_ALLOWED
        page: asyncio.Future[Page] = asyncio.get_running_loop().create_future()
        self._callbacks.put_nowait(Callback(request.rel_url.raw_query_string, page))
        return await page

    def _is_named(self, hosts: list[str]) -> bool:
        # http's own port goes without saying, and browsers do not say it.
        return hosts == [f"{HOST}:{self.port}"] or (self.port == HTTP_PORT and hosts == [HOST])

    def leave(self) -> None:
        """Let no browser wait that nobody will answer."""
        while not self._callbacks.empty():
            self._callbacks.get_nowait().answer(loopback_pages.FAILED)


@asynccontextmanager
async def receiving(port: int) -> AsyncGenerator[Receiver]:
    """Listen for the callback while the block runs.

    Args:
        port: Where; 0 for any that is free.

    Raises:
        UsageProblem: The port is taken, or not ours to use.
    """
    receiver = Receiver()
    server = web.Server(receiver.handle, access_log=None, logger=_SILENT)
    runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            raise UsageProblem(_refused(port, error)) from None
        receiver.port = runner.addresses[0][1]
        yield receiver
    finally:
        receiver.leave()
        await runner.cleanup()


def _refused(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {HOST} is taken: end what listens there (another login?), or name"
            " another port that is registered for the app with --redirect-port"
        )
    return f"cannot listen on {HOST}:{port}: {error.strerror}"
