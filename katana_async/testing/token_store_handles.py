"""The base class of the token store tests: two handles, and the settings of a subclass."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from ..oauth.stores.base import TokenStore

__all__ = ["LONG", "SOON", "Pair", "TwoHandles"]

SOON = 0.2
"""A short time to live, in seconds."""

LONG = 600.0
"""Seconds, longer than any test."""

Pair = tuple[TokenStore, TokenStore]


class TwoHandles:
    """Open two handles to the same rows, as two processes would."""

    machine_examples = 25
    """The number of programs for the comparison with the model."""

    one_clock = False
    """Whether all clients of the store share one clock: those of one process, or of one host.

    Set it if the store uses its clients' clock. The tests with two different clocks are skipped
    then. A store that uses the clock of a database does not need it.
    """

    async def open(self) -> TokenStore:
        """Return a handle to the store, in the running event loop. The suite closes it.

        Each test calls this twice, and both handles must reach the same rows. A store with a single
        handle, such as one in memory, may be returned twice.
        """
        raise NotImplementedError

    async def advance(self, seconds: float) -> None:
        """Advance the store's clock. By default, wait in real time."""
        await asyncio.sleep(seconds)

    @property
    def can_advance(self) -> bool:
        """Whether `advance` is overridden, and takes no real time."""
        return type(self).advance is not TwoHandles.advance

    @pytest_asyncio.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        """Yield two handles."""
        one, other = await self.open(), await self.open()
        yield one, other
        await one.close()
        await other.close()

    @pytest.fixture
    def key(self) -> str:
        """Return a key of this test only, which is not a prefix of another key."""
        return f"suite-{uuid4().hex}"

    async def _check_row(self, store: TokenStore, key: str, version: int, data: bytes) -> None:
        row = await store.read(key)
        assert row is not None
        assert type(row.data) is bytes
        assert (row.version, row.data) == (version, data)
