"""Fixtures: a sandbox and its clients."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from katana_async import ApiKey, KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import Sandbox
from tests import request_validation

MakeClient = Callable[..., KatanaClient]


@pytest.fixture(autouse=True)
def check_requests_against_katanas_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check every request that reached a sandbox of the test against Katana's document."""
    stop = Sandbox.stop

    async def judge(sandbox: Sandbox) -> None:
        await stop(sandbox)
        request_validation.assert_valid_requests(sandbox.journal)

    monkeypatch.setattr(Sandbox, "stop", judge)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(products=20, rate_limit=None) as running:
        yield running


@pytest.fixture
async def make_client(sandbox: Sandbox) -> AsyncIterator[MakeClient]:
    """A function that makes clients without backoff, with limits of their own."""
    async with AsyncExitStack() as stack:

        def make(**settings: Any) -> KatanaClient:
            defaults: dict[str, Any] = {
                "auth": ApiKey(sandbox.api_key),
                "base_url": sandbox.base_url,
                "limits": ProcessLimits(),
            }
            client = KatanaClient(**(defaults | settings))
            client._http.rng = lambda: 0.0
            stack.push_async_callback(client.close)
            return client

        yield make


@pytest.fixture
def katana(make_client: MakeClient) -> KatanaClient:
    return make_client()
