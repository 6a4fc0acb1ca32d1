"""The examples of the page about connecting on the web, with both frameworks."""

import ast
import re
import socket
import textwrap
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from fastapi import FastAPI

from katana_async import ApiKey
from katana_async.errors import ConfigurationError
from katana_async.oauth.web.pages import PROBLEMS
from tests.oauth.partner import Partner
from tests.oauth.web.site import Browser, Site, serve_aiohttp, serve_asgi
from tests.pages import python_blocks, read_page

PAGE = "docs/oauth-web.md"


@asynccontextmanager
async def serve_with_lifespan(site: FastAPI, sock: socket.socket) -> AsyncIterator[None]:
    async with site.router.lifespan_context(site), serve_asgi(site, sock):
        yield


@pytest.mark.parametrize("framework", ["aiohttp", "fastapi"])
async def test_the_examples_of_the_page_run(
    partner: Partner, framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    app, katana = partner.app(redirect_uri=f"{url}/katana/callback"), partner.client()
    ran: list[Any] = []
    monkeypatch.setattr(web, "run_app", lambda site, **_: ran.append(site))
    names: dict[str, Any] = {
        "app": app,
        "katana": katana,
        "signed_in": lambda request: True,
        "user_of": lambda request: "alice",
        "tenant_of": lambda request: "tenant-42",
        "render": lambda template, **shown: f"{template} {shown}",
    }
    # All blocks become one function, since each uses the names of those before it.
    blocks = python_blocks(PAGE)
    source = f"def page():\n{textwrap.indent(chr(10).join(blocks), '    ')}\n    return locals()"
    exec(compile(ast.parse(source), PAGE, "exec"), names)
    made = names["page"]()
    assert len(blocks) == 3

    async with AsyncExitStack() as stack:
        if framework == "aiohttp":
            await stack.enter_async_context(serve_aiohttp(ran[0], sock))
        else:
            await stack.enter_async_context(serve_with_lifespan(made["site"], sock))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        )
        page = await Site(partner, app, url, session).connect(Browser(session, url))
        assert (page.status, page.title) == (200, "Katana is connected")
        [connection] = [connection async for connection in app.connections()]
        assert connection.id == "tenant-42"
    with pytest.raises(ConfigurationError, match="closed"):
        await app.begin(session="a browser")
    with pytest.raises(ConfigurationError, match="closed"):
        await katana.with_auth(ApiKey("a-key")).products.list().count()

    pages = made["OurPages"]()
    assert pages.success(connection).startswith("connected.html")
    assert pages.error(PROBLEMS["not_allowed"]).startswith("not-connected.html")


def test_the_page_lists_each_kind_of_problem_with_its_status() -> None:
    rows = re.findall(
        r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| ([\d, ]+) \|",
        read_page(PAGE),
        re.MULTILINE,
    )
    listed = {
        kind: int(status)
        for kinds, statuses in rows
        for kind, status in zip(re.findall("[a-z_]+", kinds), statuses.split(", "), strict=True)
    }
    assert listed == {kind: problem.status for kind, problem in PROBLEMS.items()}
