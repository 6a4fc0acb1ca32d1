"""A store that writes, with a connection's tokens, the profile that they need.

Neither may be there without the other, however a login ends: tokens without their profile could be
neither refreshed nor revoked, and a profile without tokens is of a connection that nobody made.
"""

from collections.abc import AsyncIterator

from attrs import define

from ..oauth.sealing.sealed_rows import holds_connection
from ..oauth.stores import TokenStore
from ..oauth.stores.base import Row
from .profiles import Profile, Profiles


@define(eq=False)
class ProfiledStore:
    """A store for one login.

    It is here, below what exchanges the code, that tokens are stored even when Ctrl-C has ended the
    login meanwhile.

    Attributes:
        store: Where everything is kept.
        profiles: Where the profile is.
        name: What the connection is called.
        row: The key of its row.
        profile: What it is made with.
    """

    store: TokenStore
    profiles: Profiles
    name: str
    row: str
    profile: Profile

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        begins = key == self.row and not holds_connection(await self.store.read(key))
        if begins:
            # Before: killed in between, what is left counts as nothing, and has cost no tokens.
            await self.profiles.write(self.name, self.profile)
        written = await self.store.write(key, version, data, ttl=ttl)
        if key == self.row and not begins and written:
            # After: until then the tokens are those of the login before.
            await self.profiles.write(self.name, self.profile)
        return written

    async def read(self, key: str) -> Row | None:
        return await self.store.read(key)

    async def delete(self, key: str, version: int) -> bool:
        return await self.store.delete(key, version)

    def keys(self, prefix: str) -> AsyncIterator[str]:
        return self.store.keys(prefix)

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        return await self.store.lease(key, owner, seconds)

    async def release(self, key: str, owner: str) -> bool:
        return await self.store.release(key, owner)

    async def now(self) -> float:
        return await self.store.now()

    async def close(self) -> None:
        await self.store.close()
