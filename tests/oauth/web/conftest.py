"""A partner's site, in aiohttp and in Starlette."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.oauth.partner import Partner
from tests.oauth.web.site import SERVERS, Open, Site


@pytest.fixture(params=sorted(SERVERS))
async def open_site(partner: Partner, request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Yield a function that opens a site, from settings of the app and options of the routes."""
    session = await partner.stack.enter_async_context(
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    )

    async def open_with(settings: dict[str, Any] | None = None, **options: Any) -> Site:
        sock = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        app = partner.app(**{"redirect_uri": f"{url}/katana/callback", **(settings or {})})
        await partner.stack.enter_async_context(SERVERS[request.param](app, sock, options))
        return Site(partner, app, url, session)

    yield open_with
    await session.close()


@pytest.fixture
async def site(open_site: Open) -> Site:
    """Return a site with default options."""
    return await open_site()
