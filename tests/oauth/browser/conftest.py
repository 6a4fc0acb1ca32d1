"""A real browser, the examples' sites, and a Katana whose clock tests move."""

import importlib
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from katana_async.http.clock import SystemClock
from katana_async.sandbox import ManualClock, Sandbox
from tests.oauth.browser.desk import Desk
from tests.oauth.partner import Partner
from tests.oauth.web.site import serve_aiohttp, serve_asgi
from tests.services import is_missing

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Give a Chromium without a window and without a profile."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        is_missing("no Chromium (Debian's package chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


def load_example(name: str) -> Any:
    """Return an example as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)  # as in `python examples/NAME.py`
        return importlib.import_module(name)


SERVERS: dict[str, Any] = {"aiohttp_partner": serve_aiohttp, "fastapi_partner": serve_asgi}


@pytest_asyncio.fixture(loop_scope="module", params=sorted(SERVERS))
async def desk(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """Give a browser at an example's site. Site and Katana are two sites to it."""
    clock = ManualClock()
    async with (
        Sandbox(products=20, rate_limit=None, clock=clock) as sandbox,
        AsyncExitStack() as stack,
    ):
        partner = Partner(sandbox, stack, clock)
        sock = socket.create_server(("127.0.0.1", 0))
        url = f"http://localhost:{sock.getsockname()[1]}"
        app = partner.app(redirect_uri=f"{url}/katana/callback", clock=SystemClock())
        site = load_example(request.param).make_site(app, partner.client())
        await stack.enter_async_context(SERVERS[request.param](site, sock))
        desk = Desk(partner, url, chromium)
        try:
            yield desk
        finally:
            await desk.close()
        assert desk.complaints == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Give the folder for screenshots: KATANA_TEST_SCREENSHOTS, or one that is thrown away."""
    folder = Path(os.environ.get("KATANA_TEST_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
