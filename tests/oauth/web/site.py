"""A partner's site with the routes mounted, and browsers that visit it."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import aiohttp
import uvicorn
from aiohttp import web
from attrs import define, field
from multidict import CIMultiDictProxy
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from katana_async.oauth import OAuthApp
from katana_async.oauth.web import connect_app, connect_asgi
from tests.oauth.partner import Partner

COOKIE = "__Host-katana_connect"

Serve = Callable[[OAuthApp, socket.socket, dict[str, Any]], Any]


class _Server(uvicorn.Server):
    """A server without signal handlers, which belong to pytest."""

    capture_signals = nullcontext  # type: ignore[assignment]  # stands in for a method


@asynccontextmanager
async def serve_asgi(application: Any, sock: socket.socket) -> AsyncIterator[None]:
    """Serve an ASGI application."""
    server = _Server(uvicorn.Config(application, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def serve_aiohttp(application: web.Application, sock: socket.socket) -> AsyncIterator[None]:
    """Serve an aiohttp application."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_on_aiohttp(
    app: OAuthApp, sock: socket.socket, options: dict[str, Any]
) -> AsyncIterator[None]:
    """Serve the routes within an aiohttp application."""

    async def settings_page(request: web.Request) -> web.Response:
        return web.Response(text="afterwards")

    application = web.Application()
    application.router.add_get("/settings", settings_page)
    application.add_subapp("/katana", connect_app(app, **options))
    async with serve_aiohttp(application, sock):
        yield


@asynccontextmanager
async def open_on_starlette(
    app: OAuthApp, sock: socket.socket, options: dict[str, Any]
) -> AsyncIterator[None]:
    """Serve the routes within a Starlette application on uvicorn."""

    async def settings_page(request: Any) -> PlainTextResponse:
        return PlainTextResponse("afterwards")

    routes = [Route("/settings", settings_page), Mount("/katana", connect_asgi(app, **options))]
    async with serve_asgi(Starlette(routes=routes), sock):
        yield


@define
class Page:
    """A page as a browser received it."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        assert found, self.text
        return found[1]


@define
class Browser:
    """A browser that keeps the cookie of the routes."""

    session: aiohttp.ClientSession
    site: str
    cookie: str | None = None

    async def get(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> Page:
        """Request a path of the site, or a whole address."""
        sent = dict(headers or {})
        if self.cookie is not None and "Cookie" not in sent:
            sent["Cookie"] = f"{COOKIE}={self.cookie}"
        url = path if "://" in path else f"{self.site}{path}"
        async with self.session.request(
            method, url, headers=sent, allow_redirects=False
        ) as response:
            page = Page(response.status, response.headers, await response.text())
        found = re.match(rf"{COOKIE}=([^;]*);", page.headers.get("Set-Cookie", ""))
        if found:
            self.cookie = found[1]
        return page

    async def begin(self, query: str = "") -> str:
        """Open the start, and return the address of the redirect."""
        page = await self.get(f"/katana/start{query}")
        assert page.status == 303, page.text
        return page.location


@define(eq=False)
class Site:
    """A partner's site."""

    partner: Partner
    app: OAuthApp
    url: str
    session: aiohttp.ClientSession
    native: list[Any] = field(factory=list)

    def browser(self) -> Browser:
        """Return a browser without cookies."""
        return Browser(self.session, self.url)

    async def connect(self, browser: Browser, query: str = "", account: Any = None) -> Page:
        """Connect an account: begin, approve, and follow the callback."""
        url = await browser.begin(query)
        return await browser.get(self.partner.oauth.approve(url, account))


Open = Callable[..., Awaitable[Site]]
SERVERS = {"aiohttp": open_on_aiohttp, "starlette": open_on_starlette}
