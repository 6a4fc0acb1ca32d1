"""Everything that is kept of connections on this machine, opened: the store, the keys, profiles."""

import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from attrs import define

from ..errors import ConfigurationError, KatanaError, KeyUnavailable, UnsealError
from ..oauth.sealing.cipher import Cipher
from ..oauth.sealing.envelope import Binding
from ..oauth.sealing.key_ring import KeyRing
from ..oauth.sealing.sealed_rows import SealedRows
from ..oauth.stores import SQLTokenStore, TokenStore
from .keys import KeyringFails, key_place
from .problems import Failed, advised
from .profiles import PREFIX, Profile, Profiles
from .storage import InUse, data_directory, database, in_use, prepare

_CONNECTION = re.compile(r"[0-9a-f]+/connections/(.+)")


def connected(key: str) -> str | None:
    """Return which connection a row is, of whatever app; None when it is something else."""
    found = _CONNECTION.fullmatch(key)
    return found[1] if found else None


@define(eq=False)
class Home:
    """What is kept on this machine.

    Attributes:
        directory: Where.
        store: The rows.
        cipher: The keys.
        profiles: Which app each connection was made with.
        in_use: This process's share of it.
    """

    directory: Path
    store: TokenStore
    cipher: Cipher
    profiles: Profiles
    in_use: InUse

    def new_store(self) -> TokenStore:
        """Return the store once more, for an app, which closes its own."""
        return SQLTokenStore.sqlite(database(self.directory))

    def vault(self, profile: Profile) -> SealedRows:
        """Return the connections of a profile's app."""
        return SealedRows(self.store, self.cipher, profile.client_id)

    async def names(self) -> list[str]:
        """Return the names of all connections.

        A profile alone is none: a process was killed between writing it and the tokens.
        """
        keys = [key async for key in self.store.keys("")]
        rows = {connected(key) for key in keys}
        begun = [key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX)]
        return sorted(name for name in begun if name in rows)

    async def none_such(self, name: str) -> Failed:
        """Return the error that there is no connection of a name."""
        names = ", ".join(await self.names())
        there = f"; there are {names}" if names else ""
        return Failed(f"there is no connection {name!r}{there}")


class Keyless:
    """What stands in for keys that are not to be had: it opens nothing, and says why."""

    def __init__(self, problem: str, *, for_now: bool) -> None:
        self._problem = problem
        self._for_now = for_now

    def insist(self) -> None:
        """Fail if the keys may be had at another time.

        Raises:
            Failed: So it is.
        """
        if self._for_now:
            raise Failed(self._problem)

    async def seal(self, data: bytes, binding: Binding) -> bytes:
        del data  # the traceback of what is raised next holds this frame
        raise KeyUnavailable(self._problem)

    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        raise UnsealError(self._problem)

    def is_current(self, sealed: bytes) -> bool:
        return False

    async def load(self) -> None:
        raise KeyUnavailable(self._problem)


@define(eq=False)
class Place:
    """Where connections are kept, with all that may need asking for at hand.

    Attributes:
        directory: Where.
        cipher: The keys.
        in_use: This process's share of it.
    """

    directory: Path
    cipher: KeyRing | Keyless
    in_use: InUse

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Home]:
        """Open it."""
        store = SQLTokenStore.sqlite(database(self.directory))
        try:
            yield Home(
                self.directory, store, self.cipher, Profiles(store, self.cipher), self.in_use
            )
        finally:
            await store.close()


@contextmanager
def claimed(*, create: bool = False, without_keys: bool = False) -> Generator[Place]:
    """Have the place where connections are kept.

    Outside of an event loop: keyrings ask for passwords and locks wait, and Ctrl-C ends that.

    Args:
        create: Make a key when there is none.
        without_keys: Go on where there are no keys: then no row opens.

    Raises:
        Failed: It cannot be used, belongs to somebody else, or there is no key.
        ConfigurationError: KATANA_TOKEN_KEY is not usable.
    """
    directory = data_directory()
    prepare(directory)
    with in_use(directory) as share:
        try:
            cipher: KeyRing | Keyless = key_place(directory).ring(create=create)
        except (Failed, ConfigurationError) as error:
            if not without_keys:
                raise
            says = advised(error) if isinstance(error, KatanaError) else str(error)
            cipher = Keyless(says, for_now=isinstance(error, KeyringFails))
        yield Place(directory, cipher, share)
