"""The two handles that every test of a token store has, and what a subclass of the suite says."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from ..oauth.stores.base import TokenStore

__all__ = ["LONG", "SOON", "Pair", "TwoHandles"]

SOON = 0.2
"""Seconds after which what expires soon does."""

LONG = 600.0
"""Seconds that no test lasts."""

Pair = tuple[TokenStore, TokenStore]


class TwoHandles:
    """Open two handles to the same rows, as two processes would."""

    machine_examples = 25
    """How many programs the comparison with the model tries."""

    one_clock = False
    """Whether all who reach the store have one clock, being of one process or of one host.

    Only then may it be theirs that the store goes by; then the tests in which the clocks of two
    clients differ are skipped. What a database's own clock decides needs no such leave.
    """

    async def open(self) -> TokenStore:
        """Return a handle, in the running event loop. The suite closes it.

        It is called twice for a test, and both handles must reach the same rows. A store that has
        only one handle, such as one in memory, is returned twice.
        """
        raise NotImplementedError

    async def advance(self, seconds: float) -> None:
        """Let the store's time pass. Without a clock that can be moved, it really passes."""
        await asyncio.sleep(seconds)

    @property
    def can_advance(self) -> bool:
        """Whether `advance` was overridden, and costs no time."""
        return type(self).advance is not TwoHandles.advance

    @pytest_asyncio.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        """Give the two handles."""
        one, other = await self.open(), await self.open()
        yield one, other
        await one.close()
        await other.close()

    @pytest.fixture
    def key(self) -> str:
        """Give a key that no other test has, and that is no other's beginning."""
        return f"suite-{uuid4().hex}"

    async def _holds(self, store: TokenStore, key: str, version: int, data: bytes) -> None:
        row = await store.read(key)
        assert row is not None
        assert type(row.data) is bytes
        assert (row.version, row.data) == (version, data)
