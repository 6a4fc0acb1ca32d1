"""An app belongs to the loop of its first use: another one is an error at once, with the remedy."""

import asyncio
import sys
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI

import katana_async
from katana_async import ConfigurationError, KatanaClient
from katana_async.oauth import AuthorizationServer, InsecurePlaintext, MemoryTokenStore, OAuthApp
from katana_async.sandbox import Sandbox
from tests.oauth.pages import oauth_here
from tests.oauth.partner import BROWSER
from tests.pages import python_blocks

PAGE = "docs/deployment.md"


async def collect(given: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in given]


USES: dict[str, Callable[[OAuthApp], Awaitable[Any]]] = {
    "credential": lambda app: app.auth("tenant").credential(),
    "begin": lambda app: app.begin(session=BROWSER),
    "complete": lambda app: app.complete("?state=a&code=b", session=BROWSER),
    "connection": lambda app: app.connection("tenant"),
    "connections": lambda app: collect(app.connections()),
    "rotate_keys": lambda app: collect(app.rotate_keys()),
    "disconnect": lambda app: app.disconnect("tenant"),
}


@pytest.fixture
def here() -> Iterator[Sandbox]:
    """Give a sandbox in a loop of another thread, as Katana is."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    sandbox = asyncio.run_coroutine_threadsafe(Sandbox(products=5).start(), loop).result(20)
    yield sandbox
    asyncio.run_coroutine_threadsafe(sandbox.stop(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def make_app(sandbox: Sandbox) -> OAuthApp:
    oauth = sandbox.oauth
    return OAuthApp(
        client_id=oauth.client.client_id,
        client_secret=oauth.client.client_secret,
        redirect_uri="http://127.0.0.1:8000/callback",
        store=MemoryTokenStore(),  # used from any loop: it finds out nothing
        cipher=InsecurePlaintext(),
        server=AuthorizationServer(
            authorize_url=oauth.authorize_url,
            token_url=oauth.token_url,
            revoke_url=oauth.revoke_url,
            api_url=sandbox.base_url,
        ),
    )


async def connect(sandbox: Sandbox, app: OAuthApp, connection_id: str = "tenant") -> None:
    url = await app.begin(session=BROWSER, connection_id=connection_id)
    await app.complete(sandbox.oauth.approve(url), session=BROWSER)
    await app.auth(connection_id).credential()  # it is held in this process from now on


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_the_first_use_in_another_loop_is_an_error_that_names_the_remedy(
    here: Sandbox, use: Callable[[OAuthApp], Awaitable[Any]]
) -> None:
    app = make_app(here)

    async def again() -> None:
        with pytest.raises(ConfigurationError, match="another event loop") as told:
            await use(app)
        assert "in the coroutine that asyncio.run() runs, or in the lifespan" in str(told.value)
        assert "docs/deployment.md" in str(told.value)

    with asyncio.Runner() as one, asyncio.Runner() as other:
        one.run(connect(here, app))
        other.run(again())
        one.run(app.close())


def test_the_error_names_a_closed_loop(here: Sandbox) -> None:
    app = make_app(here)
    asyncio.run(app.begin(session=BROWSER))
    with pytest.raises(ConfigurationError, match="another event loop, which is closed"):
        asyncio.run(app.begin(session=BROWSER))


def test_an_app_that_was_made_outside_of_any_loop_works_in_the_first(here: Sandbox) -> None:
    app = make_app(here)

    async def all_of_it() -> None:
        async with app:
            await connect(here, app)
            assert (await app.connection("tenant")).id == "tenant"

    asyncio.run(all_of_it())


def test_the_code_of_the_page_about_deployment_runs(
    here: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oauth_here(here, tmp_path, monkeypatch)
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///ignored")

    class Katana(KatanaClient):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{"base_url": here.base_url, **options})

    monkeypatch.setattr(katana_async, "KatanaClient", Katana)
    signals: Any = types.ModuleType("celery.signals")
    started: list[Any] = []
    stopped: list[Any] = []
    signals.worker_process_init = types.SimpleNamespace(connect=started.append)
    signals.worker_process_shutdown = types.SimpleNamespace(connect=stopped.append)
    monkeypatch.setitem(sys.modules, "celery.signals", signals)

    names: dict[str, Any] = {}
    for block in python_blocks(PAGE):
        exec(compile(block, PAGE, "exec"), names)

    async def connect_tenant() -> None:
        async with names["make_app"]() as app:
            await connect(here, app, "tenant-42")

    asyncio.run(connect_tenant())
    for _ in range(2):  # each call has a loop of its own
        assert names["count_products_task"]("tenant-42") == 5
        assert names["handler"]({"connection_id": "tenant-42"}, None) == 5
    started[0]()
    for _ in range(2):  # all calls have one loop
        assert names["count_task"]("tenant-42") == 5
    stopped[0]()

    async def count_products(site: FastAPI) -> None:
        async with site.router.lifespan_context(site):
            katana = site.state.katana.with_auth(site.state.app.auth("tenant-42"))
            assert await katana.products.list().count() == 5

    asyncio.run(count_products(names["site"]))
