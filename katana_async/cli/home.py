"""Everything that is kept of connections on this machine, opened: the store, the keys, profiles."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define

from ..errors import ConfigurationError, KeyUnavailable, UnsealError
from ..oauth.cipher import Binding, Cipher
from ..oauth.keyring import KeyRing
from ..oauth.stores import SQLTokenStore, TokenStore
from ..oauth.vault import Vault
from .keys import key_place
from .problems import Failed
from .profiles import Profile, Profiles
from .storage import InUse, data_directory, database, in_use, prepare


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

    def vault(self, profile: Profile) -> Vault:
        """Return the connections of a profile's app."""
        return Vault(self.store, self.cipher, profile.client_id)

    async def names(self) -> list[str]:
        """Return the names of all connections."""
        return sorted([name async for name in self.profiles.names()])

    async def none_such(self, name: str) -> Failed:
        """Return the error that there is no connection of a name."""
        names = ", ".join(await self.names())
        there = f"; there are {names}" if names else ""
        return Failed(f"there is no connection {name!r}{there}")


class Keyless:
    """What stands in for keys that are not to be had: it opens nothing, and says why."""

    def __init__(self, problem: str) -> None:
        self._problem = problem

    async def seal(self, data: bytes, binding: Binding) -> bytes:
        del data  # the traceback of what is raised next holds this frame
        raise KeyUnavailable(self._problem)

    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        raise UnsealError(self._problem)

    def is_current(self, sealed: bytes) -> bool:
        return False

    async def load(self) -> None:
        raise KeyUnavailable(self._problem)


def kept() -> bool:
    """Tell whether there is anything. It makes nothing, and asks no keyring."""
    try:
        return database(data_directory()).exists()
    except OSError:  # a directory above it is closed to us
        return False


@asynccontextmanager
async def opened(*, create: bool = False, without_keys: bool = False) -> AsyncGenerator[Home]:
    """Open what is kept on this machine.

    Args:
        create: Make a key when there is none.
        without_keys: Go on where there are no keys: then no row opens.

    Raises:
        Failed: It belongs to somebody else, or there is no key.
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
            cipher = Keyless(str(error))
        store = SQLTokenStore.sqlite(database(directory))
        try:
            yield Home(directory, store, cipher, Profiles(store, cipher), share)
        finally:
            await store.close()
