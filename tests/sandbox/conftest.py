"""Fixtures of the sandbox's tests: a small sandbox with a manual clock, and a plain client."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from attrs import frozen

from katana_async.sandbox import ManualClock, Sandbox


@frozen
class Answer:
    """An answer of the API."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)

    @property
    def rows(self) -> list[Any]:
        rows: list[Any] = self.json["data"]
        return rows

    @property
    def ids(self) -> list[Any]:
        return [row["id"] for row in self.rows]

    @property
    def error(self) -> Any:
        """The error body, wrapped or not."""
        return self.json.get("error", self.json)

    @property
    def codes(self) -> list[tuple[str, str]]:
        """The path and code of each detail of an error."""
        return [(detail["path"], detail["code"]) for detail in self.error["details"]]


class Api:
    """A plain client of the API, without the SDK."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self.session = session
        self.sandbox = sandbox

    async def __call__(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any
    ) -> Answer:
        headers = {"Authorization": f"Bearer {key or self.sandbox.api_key}"}
        headers |= options.pop("headers", {})
        url = self.sandbox.base_url + path
        async with self.session.request(
            method, url, json=body, headers=headers, allow_redirects=False, **options
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **options: Any) -> Answer:
        return await self("GET", path, **options)

    async def post(self, path: str, body: Any, **options: Any) -> Answer:
        return await self("POST", path, body, **options)

    async def patch(self, path: str, body: Any, **options: Any) -> Answer:
        return await self("PATCH", path, body, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self("DELETE", path, **options)


def newest(sandbox: Sandbox, table: str) -> Any:
    """Return the id of a table's newest record."""
    return sandbox.store[table].ids()[0]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def sandbox(clock: ManualClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(products=120, rate_limit=None, clock=clock) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as opened:
        yield opened


@pytest.fixture
def api(session: aiohttp.ClientSession, sandbox: Sandbox) -> Api:
    return Api(session, sandbox)
