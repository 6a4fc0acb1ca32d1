"""Connections as callers see them, and what is done with all of them: list, seal anew."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum

from attrs import asdict, field, frozen

from ...errors import KeyUnavailable, UnsealError
from ..records import Account, ConnectionRecord, Standing
from ..sealing.sealed_rows import Vault, is_kept
from ..stores.base import Row


class Status(StrEnum):
    """Whether a connection can be used."""

    CONNECTED = "connected"
    """It can."""

    FAILING = "failing"
    """Its refreshes are refused, and tried again: see `Connection.error`."""

    REAUTHORIZE = "reauthorize"
    """A person has to connect the account again."""

    UNREADABLE = "unreadable"
    """Its row does not open, or not right now. It may be fine: see `Connection.reason`."""


@frozen(kw_only=True)
class Connection:
    """One connected account.

    Attributes:
        id: What it is called here.
        status: Whether it can be used.
        reason: Why it cannot, in a sentence.
        account: Whose it is; None when Katana did not say, or the row does not open.
        scopes: What its tokens may do.
        connected_at: When a person connected it last, by the store's clock.
        refreshed_at: When its tokens were refreshed last; None when they never were.
        expires_at: When its access token ends; None when that is not known. It is refreshed ahead.
        error: OAuth's code for why its refreshes are refused, such as `mfa_required`; None when the
            last one that was answered brought tokens.
        failing_since: When one was refused for that first.
        failed_at: When one was refused for that last.
    """

    id: str
    status: Status
    reason: str | None = None
    account: Account | None = None
    scopes: tuple[str, ...] = ()
    connected_at: datetime | None = None
    refreshed_at: datetime | None = None
    expires_at: datetime | None = None
    error: str | None = None
    failing_since: datetime | None = None
    failed_at: datetime | None = None

    @property
    def name(self) -> str:
        """What to call it before people: the account's name, or the id where that is not known."""
        return (self.account and self.account.name) or self.id


@frozen(kw_only=True)
class Completed(Connection):
    """A connection that a callback made or mended.

    Attributes:
        return_to: Where the person wanted to go afterwards, as `begin` was told.
        repeated: True when this very callback had been taken before: a reload, or a double click.
        previous_account: Whose account the connection was for until now, where `any_account` let
            another one take its place, or one that is not known to be the same; otherwise None.
    """

    return_to: str | None = None
    repeated: bool = False
    previous_account: Account | None = None


@frozen(kw_only=True)
class OAuthStats:
    """What an app has done so far in this process, in numbers.

    Attributes:
        refreshes: How often fresh tokens came.
        failures: How often a refresh failed, by OAuth's code (`invalid_grant`, `invalid_client`);
            otherwise `http_` and the status, `no_answer`, `no_access_token` or `configuration`.
        unsaved: How many connections have fresh tokens just now that the store did not take yet.
            They are lost if the process ends before it does: raise an alarm if this lasts.
    """

    refreshes: int
    failures: Mapping[str, int]
    unsaved: int


def connection_of(connection_id: str, record: ConnectionRecord) -> Connection:
    """Return what callers may see of a record."""
    refusal = record.refusal
    status = Status.CONNECTED if refusal is None else Status.FAILING
    return Connection(
        id=connection_id,
        status=Status.REAUTHORIZE if record.standing is Standing.REAUTHORIZE else status,
        reason=record.reason or (None if refusal is None else refusal.message),
        account=record.account,
        scopes=record.scopes,
        connected_at=_time(record.connected_at),
        refreshed_at=_time(record.refreshed_at),
        expires_at=_time(record.expires_at),
        error=None if refusal is None else refusal.code,
        failing_since=None if refusal is None else _time(refusal.since),
        failed_at=None if refusal is None else _time(refusal.at),
    )


def completed(
    connection: Connection,
    return_to: str | None,
    previous_account: Account | None,
    *,
    repeated: bool,
) -> Completed:
    """Return a connection with what only its callback knows."""
    return Completed(
        **asdict(connection, recurse=False),
        return_to=return_to,
        repeated=repeated,
        previous_account=previous_account,
    )


def _time(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None  # a life that ends after the year 9999


async def listed(vault: Vault, status: Status | None) -> AsyncIterator[Connection]:
    """Give every connection, or those of a status; one that does not open now is unreadable."""
    async for connection_id, row in vault.rows():
        if not is_kept(row):
            continue
        await asyncio.sleep(0)  # many come at once, and opening them takes the loop's time
        try:
            connection = connection_of(connection_id, await vault.opened(connection_id, row))
        except (UnsealError, KeyUnavailable) as error:
            connection = Connection(id=connection_id, status=Status.UNREADABLE, reason=str(error))
        if status is None or connection.status is status:
            yield connection


@frozen(kw_only=True)
class KeyRotation:
    """What sealing all rows anew did.

    Attributes:
        resealed: How many rows were sealed with the current key.
        current: How many were already.
        unreadable: The ids of the connections whose rows do not open, or not right now since a KMS
            is away, and why. They are untouched: mend what is wrong, and begin again.
    """

    resealed: int = 0
    current: int = 0
    unreadable: tuple[tuple[str, str], ...] = field(default=())


async def rotated(vault: Vault) -> AsyncIterator[KeyRotation]:
    """Seal every row with the current key, one after the other, and tell how far it is."""
    await vault.cipher.load()  # a key that was added just now is the current one
    resealed = current = 0
    unreadable: list[tuple[str, str]] = []
    async for connection_id, row in vault.rows():
        try:
            outcome = await _reseal(vault, connection_id, row)
        except (UnsealError, KeyUnavailable) as error:
            unreadable.append((connection_id, str(error)))
            outcome = None
        resealed += outcome is True
        current += outcome is False
        yield KeyRotation(resealed=resealed, current=current, unreadable=tuple(unreadable))


async def _reseal(vault: Vault, connection_id: str, found: Row) -> bool | None:
    """Return whether a row was sealed anew, or was current; None when it is gone."""
    row: Row | None = found if is_kept(found) else None
    while row is not None:
        if vault.cipher.is_current(row.data):
            return False
        if await vault.reseal(connection_id, row):
            return True
        row = await vault.row(connection_id)  # it was refreshed since
    return None
