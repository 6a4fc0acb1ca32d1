"""`connections` and `logout`: what is connected, and how it ends."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from attrs import frozen

from ..errors import (
    KatanaError,
    KeyUnavailable,
    NotConnected,
    UnknownKey,
    UnsealError,
    WrongKey,
)
from ..oauth.connect.connections import Connection, Status, make_connection
from ..oauth.server.endpoint import Revocation
from ..oauth.stores import TokenStore
from .formats import Output, chosen
from .home import Home, Keyless, Place, claimed, connected
from .output import Record, Writer, writer
from .problems import Failed, advised, command_for, complain
from .profiles import Profile
from .running import do, writing
from .storage import kept


def record_of(connection: Connection, profile: Profile | None) -> Record:
    """Return what is shown of a connection. No token, no secret."""
    account = connection.account
    return {
        "id": connection.id,
        "account": account.name if account else None,
        "email": account.email if account else None,
        "status": str(connection.status),
        "reason": connection.reason,
        "scopes": " ".join(connection.scopes),
        "connected_at": _text(connection.connected_at),
        "refreshed_at": _text(connection.refreshed_at),
        "expires_at": _text(connection.expires_at),
        "api": profile.api_url if profile else None,
        "client_id": profile.client_id if profile else None,
    }


def _text(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def list_connections(output: Output | None) -> None:
    """Write every connection; those that do not open, with the reason.

    Raises:
        Failed: None can be kept where they would be.
    """
    target = writer(chosen(output), "connections")
    if kept():
        with claimed(without_keys=True) as place:
            do(_write_all(place, target))
    with writing():
        target.close()


async def _write_all(place: Place, target: Writer) -> None:
    async with place.opened() as home:
        for name in await home.names():
            record = await _listed(home, name)
            if record is not None:
                target.write(record)


async def _listed(home: Home, name: str) -> Mapping[str, Any] | None:
    profile: Profile | None = None
    try:
        profile = await home.profiles.read(name)
        if profile is None:
            return None
        opened_row = await home.vault(profile).read_connection(name)
    except (UnsealError, KeyUnavailable) as error:
        unreadable = Connection(id=name, status=Status.UNREADABLE, reason=advised(error))
        return record_of(unreadable, profile)
    if opened_row is None:
        return None  # the profile is of another app than the tokens: of none
    return record_of(make_connection(name, opened_row.record), profile)


@frozen
class _Left:
    """How a connection ended.

    Attributes:
        name: Its name.
        tokens: What became of its tokens.
        reason: Why they could not be revoked, where that is known.
    """

    name: str
    tokens: Revocation
    reason: str | None = None


def log_out(name: str, *, every: bool, force: bool, output: Output | None) -> bool:
    """Forget connections and revoke their tokens.

    Args:
        name: Which, unless it is every one.
        every: Whether it is.
        force: Also forget what does not open, whose tokens nobody can revoke then.
        output: How it is shown.

    Returns:
        Whether each ended as it should.

    Raises:
        Failed: There is no such connection, or none can be kept where they would be.
    """
    target = writer(chosen(output), "logout")
    well = True
    if kept():
        with claimed(without_keys=True) as place:
            if isinstance(place.cipher, Keyless):
                place.cipher.insist()  # what is forgotten without its key is never revoked
            well = do(_leave_all(place, None if every else name, target, force=force))
    elif not every:
        raise Failed(f"there is no connection {name!r}")
    with writing():
        target.close()
    return well


async def _leave_all(place: Place, name: str | None, target: Writer, *, force: bool) -> bool:
    """End one connection, or all, and return whether each ended as it should."""
    well = True
    async with place.opened() as home:
        names = await home.names()
        if name is not None and name not in names:
            await home.profiles.delete(name)  # of a login that was killed, if there is any
            raise await home.none_such(name)
        leaving = names if name is None else [name]
        for each in leaving:
            try:
                left = await _leave(home, each, leaving, force=force)
            except KatanaError as error:
                complain(_kept(error, each))
                well = False
                continue
            if left is None:
                continue
            target.write({"id": each, "tokens": str(left.tokens)})
            if left.tokens is Revocation.FAILED:
                complain(_not_revoked(left))
                well = False
            elif left.tokens is Revocation.SHARED:
                complain(_SHARED.format(name=each))
    return well


_SHARED = (
    "{name} is forgotten here. Its tokens were not revoked, since another connection may be of the"
    " same user, and end with them"
)


def _not_revoked(left: _Left) -> str:
    why = f", since {left.reason}" if left.reason else ""
    return (
        f"{left.name} is forgotten here, but its tokens could not be revoked{why}. To end them,"
        " remove the app from the account in Katana"
    )


def _unread(error: KatanaError) -> str:
    """Return why a row did not open; the error's own advice would come too late for it."""
    if isinstance(error, UnknownKey | WrongKey):
        return f"they were encrypted with the key {error.key_name!r}, which is not at hand"
    return "what was kept of them does not open, or no key is at hand"


def _kept(error: KatanaError, name: str) -> str:
    """Return why a connection was not forgotten, and how it can be."""
    said = advised(error)
    if not isinstance(error, UnsealError):
        return said
    force = command_for("logout --force", name)
    return f"{said}. If that cannot be, forget it without revoking its tokens: {force}"


async def _leave(home: Home, name: str, leaving: Sequence[str], *, force: bool) -> _Left | None:
    """End one connection; None when its login had been cut off, and there was none yet."""
    try:
        profile = await home.profiles.read(name)
    except (UnsealError, KeyUnavailable) as error:
        if not force:
            raise
        # Without it, nobody knows which app it was, and so neither where its row is.
        await _forget_rows(home.store, name)
        left: _Left | None = _Left(name, Revocation.FAILED, _unread(error))
    else:
        if profile is None:
            raise await home.none_such(name)
        left = await _disconnect(home, profile, name, leaving, force=force)
    # Last: a connection without its profile could not be revoked by a second try.
    await home.profiles.delete(name)
    return left


async def _disconnect(
    home: Home, profile: Profile, name: str, leaving: Sequence[str], *, force: bool
) -> _Left | None:
    reason: str | None = None
    async with profile.app(home.new_store(), home.cipher) as app:
        try:
            await app.connection(name)
        except UnsealError as error:
            if not force:
                raise
            reason = _unread(error)
        except NotConnected:
            return None
        with suppress(NotConnected):  # somebody else was faster
            tokens = await app.disconnect(name, revoke=True, together_with=leaving)
            return _Left(name, tokens, reason)
    return None


async def _forget_rows(store: TokenStore, name: str) -> None:
    """Delete a connection's row, whatever app it is of."""
    async for key in store.keys(""):
        if connected(key) != name:
            continue
        while (row := await store.read(key)) is not None:
            if await store.delete(key, row.version):
                break
