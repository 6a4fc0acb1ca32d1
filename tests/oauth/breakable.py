"""Stores that fail, or do not answer, while a test wants it."""

import asyncio
from typing import Any, Literal

from katana_async.oauth import MemoryTokenStore, OAuthApp
from tests.oauth.partner import Partner


class Breakable(MemoryTokenStore):
    """A store whose writes of connections, or reads, fail while `broken` is set."""

    broken: Literal["write", "read"] | None = None

    async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
        if self.broken == "write" and "/connections/" in key:
            raise ConnectionError("the database is away")
        return await super().write(key, *args, **kwargs)

    async def read(self, key: str) -> Any:
        if self.broken == "read":
            raise ConnectionError("the database is away")
        return await super().read(key)


class Silent(MemoryTokenStore):
    """A store that does not answer while `silent` is set, like a network that drops packets.

    Attributes:
        silent: The operation without an answer.
        swallowed: The number of such operations.
    """

    silent: Literal["write", "read"] | None = None
    swallowed = 0

    async def write(self, *args: Any, **kwargs: Any) -> bool:
        await self._swallow("write")
        return await super().write(*args, **kwargs)

    async def read(self, key: str) -> Any:
        await self._swallow("read")
        return await super().read(key)

    async def _swallow(self, operation: str) -> None:
        if self.silent == operation:
            self.swallowed += 1
            await asyncio.Event().wait()


def breakable(partner: Partner) -> Breakable:
    """Give the partner a store that can fail."""
    partner.store = Breakable(clock=partner.server_clock.time)
    return partner.store  # type: ignore[no-any-return]  # made just above


async def fail_to_store(partner: Partner) -> tuple[OAuthApp, str, Breakable]:
    """Return an app with fresh tokens that its store does not accept."""
    store = breakable(partner)
    app, connection_id = await partner.expired()
    asking = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)  # its intent was stored
    store.broken = "write"
    await partner.while_time_passes(asking, step=0.2)
    return app, connection_id, store
