"""A partner and its customers' Katana."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from katana_async.sandbox import ManualClock, Sandbox
from tests.oauth.partner import Partner


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    clock = ManualClock()
    async with (
        Sandbox(products=5, rate_limit=None, clock=clock) as sandbox,
        AsyncExitStack() as stack,
    ):
        yield Partner(sandbox, stack, clock)
