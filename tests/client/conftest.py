"""A sandbox and clients on it."""

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
def whatever_is_sent_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold all that reached any sandbox of a test against Katana's own document."""
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
    """Make clients that wait for no backoff and share their limits with no other test."""
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
