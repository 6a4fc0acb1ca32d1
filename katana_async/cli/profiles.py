"""Which app, and which addresses, each connection was made with: what its refreshes need.

A profile is a sealed row beside its connection's, so that later commands need no variables.
"""

from typing import Any

import msgspec
from attrs import define, frozen

from ..errors import UnsealError
from ..http.settings import HTTPSettings
from ..oauth.app import OAuthApp
from ..oauth.sealing.cipher import Cipher
from ..oauth.sealing.envelope import Binding
from ..oauth.settings import AuthorizationServer, RefreshTiming
from ..oauth.stores import TokenStore
from ..oauth.stores.base import Row
from ..secrets import Secret
from .proxies import proxy_for

LOGIN_URL = "https://login.katanamrp.com"

_FORMAT = 1
_OWNER = "katana-async"  # what stands for a client id where a row belongs to none
PREFIX = "cli/profiles/"


@frozen(kw_only=True)
class Profile:
    """What a connection was made with.

    Attributes:
        client_id: The app.
        client_secret: Its secret.
        redirect_uri: As it was at the last login; Katana wants it with each refresh.
        redirect_port: The port that was asked for; 0 for any that is free.
        login_url: The authorization server.
        api_url: The API that its tokens are for.
    """

    client_id: str
    client_secret: Secret
    redirect_uri: str
    redirect_port: int
    login_url: str
    api_url: str

    def app(self, store: TokenStore, cipher: Cipher, *, state_life: float = 600.0) -> OAuthApp:
        """Return the app, which closes the store with itself.

        Raises:
            ConfigurationError: An address cannot be used.
        """
        return OAuthApp(
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uri=self.redirect_uri,
            store=store,
            cipher=cipher,
            server=AuthorizationServer(
                authorize_url=f"{self.login_url}/authorize",
                token_url=f"{self.login_url}/oauth/token",
                revoke_url=f"{self.login_url}/oauth/revoke",
                api_url=self.api_url,
            ),
            timing=RefreshTiming(state_life=state_life),
            http=HTTPSettings(proxy=proxy_for(self.login_url)),
        )


@define(eq=False)
class Profiles:
    """The profiles in a store.

    Attributes:
        store: Where they are.
        cipher: What seals them.
    """

    store: TokenStore
    cipher: Cipher

    async def read(self, name: str) -> Profile | None:
        """Return the profile of a connection, or None when there is none.

        Raises:
            UnsealError: It does not open.
        """
        row = await self.store.read(PREFIX + name)
        return None if row is None else await self._open(name, row)

    async def write(self, name: str, profile: Profile) -> None:
        """Write the profile of a connection, whatever was there."""
        while True:
            row = await self.store.read(PREFIX + name)
            version = 1 if row is None else row.version + 1
            if await self._save(name, version, profile):
                return

    async def delete(self, name: str) -> bool:
        """Delete the profile of a connection, and return whether there was one."""
        while (row := await self.store.read(PREFIX + name)) is not None:
            if await self.store.delete(PREFIX + name, row.version):
                return True
        return False

    async def reseal(self, name: str) -> bool:
        """Seal a profile with the current key, and return whether it was not yet.

        Raises:
            UnsealError: It does not open.
        """
        while (row := await self.store.read(PREFIX + name)) is not None:
            if self.cipher.is_current(row.data):
                return False
            if await self._save(name, row.version + 1, await self._open(name, row)):
                return True
        return False

    async def _save(self, name: str, version: int, profile: Profile) -> bool:
        sealed = await self.cipher.seal(_written(profile), _binding(name, version))
        return await self.store.write(PREFIX + name, version, sealed)

    async def _open(self, name: str, row: Row) -> Profile:
        data = await self.cipher.open(row.data, _binding(name, row.version))
        profile = _parsed(data)
        del data  # the traceback of what is raised next holds this frame
        if profile is None:
            raise UnsealError(
                f"the app of connection {name} opens, but was written by another version of"
                " katana_async: update this one"
            )
        return profile


def _binding(name: str, version: int) -> Binding:
    return Binding(_OWNER, PREFIX + name, version)


def _written(profile: Profile) -> bytes:
    return msgspec.json.encode({"format": _FORMAT, "profile": profile}, enc_hook=_reveal)


def _parsed(data: bytes) -> Profile | None:
    try:
        envelope = msgspec.json.decode(data, type=dict[str, Any])
        if envelope.get("format") == _FORMAT:
            return msgspec.convert(envelope.get("profile"), Profile, dec_hook=_conceal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    return None


def _reveal(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _conceal(kind: type[Any], value: object) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(kind.__name__)
