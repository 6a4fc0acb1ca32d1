"""Stores that fail, or say nothing, when a test says so."""

import asyncio
from typing import Any, Literal

from katana_async.oauth import MemoryTokenStore, OAuthApp
from tests.oauth.partner import Partner


class Breakable(MemoryTokenStore):
    """A store that fails at writing connections, or at reading, when told to."""

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
    """A store that swallows what it is asked, as a network may, when told to.

    Attributes:
        silent: What is swallowed.
        swallowed: How often something was.
    """

    silent: Literal["write", "read"] | None = None
    swallowed = 0

    async def write(self, *args: Any, **kwargs: Any) -> bool:
        await self._heard("write")
        return await super().write(*args, **kwargs)

    async def read(self, key: str) -> Any:
        await self._heard("read")
        return await super().read(key)

    async def _heard(self, operation: str) -> None:
        if self.silent == operation:
            self.swallowed += 1
            await asyncio.Event().wait()


def breakable(partner: Partner) -> Breakable:
    """Put such a store into the partner's hands."""
    partner.store = Breakable(clock=partner.server_clock.time)
    return partner.store  # type: ignore[no-any-return]  # made just above


async def unstored(partner: Partner) -> tuple[OAuthApp, str, Breakable]:
    """Return an app that has fresh tokens which its store does not take."""
    store = breakable(partner)
    app, connection_id = await partner.expired()
    asking = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)  # what it is about to do was stored
    store.broken = "write"
    await partner.while_time_passes(asking, step=0.2)
    return app, connection_id, store
