"""A sandbox with a clock that tests move, and a client whose clock follows it."""

from collections.abc import AsyncIterator

import pytest

from katana_async import ApiKey, KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import ManualClock, Sandbox
from tests.changes.account import FollowedClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def sandbox(clock: ManualClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(products=20, clock=clock, rate_limit=None) as running:
        yield running


@pytest.fixture
async def katana(sandbox: Sandbox, clock: ManualClock) -> AsyncIterator[KatanaClient]:
    key = ApiKey(sandbox.api_key)
    limits = ProcessLimits()
    async with KatanaClient(key, base_url=sandbox.base_url, limits=limits) as client:
        client._http.clock = FollowedClock(clock)
        yield client
