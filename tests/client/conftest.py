"""A sandbox and clients on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from katana_async import ApiKey, KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import Sandbox
from tests.client import gateway

MakeClient = Callable[..., KatanaClient]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A small sandbox; what reached it in the test is held against Katana's own document."""
    async with Sandbox(products=20, rate_limit=None) as running:
        yield running
        for seen in running.journal:
            complaint = gateway.complaint(seen)
            assert complaint is None, f"{seen.method} {seen.target}: {complaint}"


@pytest.fixture
async def make_client(sandbox: Sandbox) -> AsyncIterator[MakeClient]:
    """Make clients that wait for no backoff and share their limits with no other test."""
    async with AsyncExitStack() as stack:

        def make(**settings: Any) -> KatanaClient:
            defaults = {
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
