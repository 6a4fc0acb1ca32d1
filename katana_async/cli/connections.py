"""Connections that `login` made: their storage, and the commands `connections` and `logout`.

They are in an SQLite file in the user's data directory. Each has two encrypted rows: its tokens,
which `OAuthApp` reads and writes, and its profile, which holds the app's credentials and addresses,
so that later commands need no variables. A profile without tokens is no connection: its login was
interrupted.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from attrs import define

from ..errors import NotConnected, UnsealError
from ..http.settings import HTTPSettings
from ..oauth import (
    AuthorizationServer,
    Binding,
    Connection,
    KeyRing,
    OAuthApp,
    RefreshTiming,
    Revocation,
    SQLTokenStore,
)
from ..secrets import Secret
from .client import proxy_for
from .columns import Record
from .errors import Failed, UsageError, print_error
from .options import Output
from .output import Writer, make_writer
from .runner import run_async
from .token_key import read_token_key

CONNECTION_VARIABLE = "KATANA_CONNECTION"
LOGIN_URL = "https://login.katanamrp.com"

_PROFILES = "cli/profiles/"
_OWNER = "katana-async"  # in the place of a client id, since profiles belong to no app


def connection_name(given: str | None) -> str:
    """Return a connection's name: the given one, else that in KATANA_CONNECTION, else `default`."""
    if given == "":
        raise UsageError("the name of the connection is empty")
    return given or os.environ.get(CONNECTION_VARIABLE) or "default"


def database_path() -> Path:
    """Return the file that contains the connections."""
    import platformdirs

    try:
        directory = platformdirs.user_data_path("katana-async", appauthor=False)
    except RuntimeError:
        directory = Path("~")
    if not directory.is_absolute():
        raise Failed("there is no home directory to keep connections in: set HOME")
    return directory / "connections.db"


def _protect_files(path: Path) -> None:
    """Create the directory (0700) and the file (0600), or take the rights of others away.

    SQLite gives the files beside the database (-wal, -shm) the mode of the database.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_uid != os.geteuid():
            raise PermissionError(1, "it belongs to another user")
        path.parent.chmod(0o700)
        path.touch(mode=0o600)
        path.chmod(0o600)
    except OSError as error:
        raise Failed(f"cannot keep connections in {path.parent}: {error.strerror}") from None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The app that a connection was made with."""

    client_id: str
    client_secret: Secret
    redirect_uri: str  # of the last login; Katana requires it for refreshes
    redirect_port: int  # the one that was asked for; 0 for any free one
    login_url: str
    api_url: str


class _StoredProfile(msgspec.Struct, frozen=True):
    format: Literal[1]
    profile: Profile


def _encode(profile: Profile) -> bytes:
    return msgspec.json.encode(_StoredProfile(1, profile), enc_hook=Secret.reveal)


def _decode(data: bytes) -> Profile | None:
    """Return a stored profile; None if another version wrote it."""
    try:
        stored = msgspec.json.decode(
            data, type=_StoredProfile, dec_hook=lambda _type, text: Secret(text)
        )
    except ValueError:
        return None
    return stored.profile


@define(eq=False)
class Profiles:
    """The profiles of all connections, and the apps that use them."""

    _store: SQLTokenStore
    _cipher: KeyRing

    async def names(self) -> list[str]:
        """Return the names of all profiles."""
        return sorted([key.removeprefix(_PROFILES) async for key, _ in self._store.rows(_PROFILES)])

    async def find(self, name: str) -> tuple[Profile, Connection] | None:
        """Return a connection with its profile; None without tokens."""
        row = await self._store.read(_PROFILES + name)
        if row is None:
            return None
        profile = _decode(await self._cipher.open(row.data, _bind(name, row.version)))
        if profile is None:
            raise UnsealError(f"the profile of connection {name} has another format")
        async with self.make_app(profile) as app:
            try:
                return profile, await app.connection(name)
            except NotConnected:
                return None

    async def write(self, name: str, profile: Profile) -> None:
        """Store a connection's profile, or replace it."""
        written = False
        while not written:
            row = await self._store.read(_PROFILES + name)
            version = row.version + 1 if row else 1
            sealed = await self._cipher.seal(_encode(profile), _bind(name, version))
            written = await self._store.write(_PROFILES + name, version, sealed)

    async def delete(self, name: str) -> None:
        """Delete a connection's profile."""
        while (row := await self._store.read(_PROFILES + name)) is not None:
            await self._store.write(_PROFILES + name, row.version + 1, b"", ttl=0.0)

    def make_app(self, profile: Profile, *, state_life: float = 600.0) -> OAuthApp:
        """Return the app of a profile. It has a store of its own, which it closes."""
        return OAuthApp(
            client_id=profile.client_id,
            client_secret=profile.client_secret,
            redirect_uri=profile.redirect_uri,
            store=SQLTokenStore.sqlite(database_path()),
            cipher=self._cipher,
            server=AuthorizationServer(
                authorize_url=f"{profile.login_url}/authorize",
                token_url=f"{profile.login_url}/oauth/token",
                revoke_url=f"{profile.login_url}/oauth/revoke",
                api_url=profile.api_url,
            ),
            timing=RefreshTiming(state_life=state_life),
            http=HTTPSettings(proxy=proxy_for(profile.login_url)),
        )


def _bind(name: str, version: int) -> Binding:
    return Binding(_OWNER, _PROFILES + name, version)


@asynccontextmanager
async def open_profiles(cipher: KeyRing) -> AsyncGenerator[Profiles]:
    """Open the store while the block runs, and create it if there is none."""
    path = database_path()
    _protect_files(path)
    store = SQLTokenStore.sqlite(path)
    try:
        yield Profiles(store, cipher)
    finally:
        await store.close()


def connection_record(profile: Profile, connection: Connection) -> Record:
    """Return the fields that are shown of a connection: no token, no secret."""
    account = connection.account
    return {
        "id": connection.id,
        "account": account.name if account else None,
        "email": account.email if account else None,
        "status": str(connection.status),
        "reason": connection.reason,
        "scopes": " ".join(connection.scopes),
        "connected_at": _format_time(connection.connected_at),
        "refreshed_at": _format_time(connection.refreshed_at),
        "expires_at": _format_time(connection.expires_at),
        "api": profile.api_url,
        "client_id": profile.client_id,
    }


def _format_time(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def list_connections(output: Output) -> None:
    """Write every connection."""
    writer = make_writer(output, "connections")
    if database_path().exists():
        run_async(_list_connections(read_token_key(), writer))
    writer.close()


async def _list_connections(cipher: KeyRing, writer: Writer) -> None:
    async with open_profiles(cipher) as profiles:
        for name in await profiles.names():
            if (found := await profiles.find(name)) is not None:
                writer.write(connection_record(*found))


def log_out(name: str | None, output: Output) -> bool:
    """Delete a connection, or all without a name; return False if tokens could not be revoked."""
    writer = make_writer(output, "logout")
    succeeded = True
    if database_path().exists():
        succeeded = run_async(_log_out(read_token_key(), name, writer))
    elif name is not None:
        raise _no_connection(name)
    writer.close()
    return succeeded


async def _log_out(cipher: KeyRing, name: str | None, writer: Writer) -> bool:
    succeeded = True
    async with open_profiles(cipher) as profiles:
        names = await profiles.names() if name is None else [name]
        for each in names:
            # Tokens that cannot be decrypted cannot be revoked: this raises, and deletes nothing.
            if (found := await profiles.find(each)) is not None:
                async with profiles.make_app(found[0]) as app:
                    outcome = await app.disconnect(each, revoke=True, together_with=names)
                writer.write({"id": each, "tokens": str(outcome)})
                succeeded = succeeded and outcome is not Revocation.FAILED
                if outcome in _NOT_REVOKED:
                    print_error(f"connection {each} was deleted here. {_NOT_REVOKED[outcome]}")
            # Last: without its profile, a connection could not be revoked by a second try.
            await profiles.delete(each)
            if found is None and name is not None:
                raise _no_connection(name)
    return succeeded


_NOT_REVOKED = {
    Revocation.FAILED: "Its tokens could not be revoked: remove the app from the account in Katana",
    Revocation.SHARED: "Its tokens were not revoked, since another connection may be of the same"
    " user and would end too",
}


def _no_connection(name: str) -> Failed:
    return Failed(f"there is no connection {name!r}; 'katana-async connections' lists them")
