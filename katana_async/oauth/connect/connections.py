"""Connections as callers see them: made from tokens, listed, sealed with a new key; listeners."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime

from attrs import evolve, frozen

from ...errors import AlreadyConnected, KeyUnavailable, UnsealError
from ...secrets import Secret, kind_of
from ..records import Account, ConnectionRecord, Status, make_id
from ..sealing.sealed_rows import SealedRows, holds_connection
from ..server.answers import Tokens
from ..stores.base import Row
from ..tokens.refresher import AppContext
from .identity import AccountReader

log = logging.getLogger("katana_async")


@frozen(kw_only=True)
class Connection:
    """One connected account.

    Attributes:
        id: The id that `begin` or `adopt` was given, or a new one.
        reason: The reason, as a sentence, if it cannot be used or its refreshes fail.
        account: The Katana account; None if Katana did not show it, or the row does not open.
        connected_at: Time of the last connect by a person, by the store's clock.
        refreshed_at: Time of the last refresh; None if there was none.
        expires_at: Expiry of the access token; None if unknown. It is refreshed before that.
        error: OAuth's code for the refusal of its refreshes, such as `mfa_required`; None if the
            last answer contained tokens.
        failing_since: Time of the first refused refresh.
        failed_at: Time of the last refused refresh.
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
        """The name to show to people: the account's, or the id if that is unknown."""
        return (self.account and self.account.name) or self.id


@frozen(kw_only=True)
class Completed(Connection):
    """A connection that a callback made, or connected again.

    Attributes:
        return_to: The text that `begin` was given.
        repeated: True if the same callback was completed before: a reload, or a double click.
        previous_account: The connection's former account, if `any_account` allowed another one to
            replace it, or one that may be another; otherwise None.
    """

    return_to: str | None = None
    repeated: bool = False
    previous_account: Account | None = None


@frozen(kw_only=True)
class OAuthStats:
    """Counters of an app in this process.

    Attributes:
        refreshes: Refreshes that brought fresh tokens.
        failures: Refreshes that failed, by OAuth's code (`invalid_grant`, `invalid_client`);
            otherwise `http_` and the status, `no_answer`, `no_access_token` or `configuration`.
        unsaved: Connections whose fresh tokens the store does not have yet. The tokens are lost if
            the process ends before it does: raise an alarm if this lasts.
    """

    refreshes: int
    failures: Mapping[str, int]
    unsaved: int


@frozen(kw_only=True)
class KeyRotation:
    """The progress of sealing all rows with the current key.

    Attributes:
        resealed: Rows that were sealed with the current key.
        current: Rows that it had sealed already.
        unreadable: The ids of connections whose rows do not open, or not right now because a KMS
            fails, each with the reason. They are unchanged: fix the cause, and begin again.
    """

    resealed: int = 0
    current: int = 0
    unreadable: tuple[tuple[str, str], ...] = ()


def make_connection(connection_id: str, record: ConnectionRecord) -> Connection:
    refusal, status, reason = record.refusal, record.standing, record.reason
    if refusal is not None:
        reason = reason or refusal.message
        status = Status.FAILING if status is Status.CONNECTED else status
    return Connection(
        id=connection_id,
        status=status,
        reason=reason,
        account=record.account,
        scopes=record.scopes,
        connected_at=_to_datetime(record.connected_at),
        refreshed_at=_to_datetime(record.refreshed_at),
        expires_at=_to_datetime(record.expires_at),
        error=refusal.code if refusal else None,
        failing_since=_to_datetime(refusal.since if refusal else None),
        failed_at=_to_datetime(refusal.at if refusal else None),
    )


def _to_datetime(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


async def list_connections(
    sealed_rows: SealedRows, status: Status | None
) -> AsyncIterator[Connection]:
    async for connection_id, row in sealed_rows.iterate():
        if not holds_connection(row):
            continue
        await asyncio.sleep(0)  # rows come in batches, and opening them must not block the loop
        try:
            record = await sealed_rows.open_connection(connection_id, row)
            connection = make_connection(connection_id, record)
        except (UnsealError, KeyUnavailable) as error:
            connection = Connection(id=connection_id, status=Status.UNREADABLE, reason=str(error))
        if status is None or connection.status is status:
            yield connection


async def rotate_keys(sealed_rows: SealedRows) -> AsyncIterator[KeyRotation]:
    await sealed_rows.cipher.load()  # a key that was added just now is the current one
    progress: KeyRotation = KeyRotation()
    async for connection_id, found in sealed_rows.iterate():
        row: Row | None = found
        try:
            while holds_connection(row):
                if sealed_rows.cipher.is_current(row.data):
                    progress = evolve(progress, current=progress.current + 1)
                    break
                record = await sealed_rows.open_connection(connection_id, row)
                if await sealed_rows.save_connection(connection_id, row.version + 1, record):
                    progress = evolve(progress, resealed=progress.resealed + 1)
                    break
                row = await sealed_rows.read_row(connection_id)  # another process has written it
        except (UnsealError, KeyUnavailable) as error:
            unreadable = (*progress.unreadable, (connection_id, str(error)))
            progress = evolve(progress, unreadable=unreadable)
        yield progress


def parse_tokens_to_adopt(refresh: object, access: object, life: object) -> Tokens | Exception:
    """Check tokens from another system; return the error to raise: this frame has tokens."""
    secrets: list[Secret] = []
    # Without an access token: an expired one, so that the refresh token is used.
    given = {"refresh_token": refresh, "access_token": "expired" if access is None else access}
    for name, value in given.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if not isinstance(text, str):
            return TypeError(f"{name} is text, not {kind_of(value)}")
        if not (text.isascii() and text.isprintable() and text.strip() == text != ""):
            return ValueError(f"{name} is empty, or has a character that no token has")
        secrets.append(Secret(text))
    if not isinstance(life, int | float | None):
        return TypeError(f"expires_in is a number of seconds, not {kind_of(life)}")
    if life is not None and (access is None or not 0 <= life < 10**9):
        return ValueError("expires_in is the remaining seconds of access_token, at least 0")
    return Tokens(secrets[1], secrets[0], 0.0 if access is None else life, None)


async def adopt(connection_id: str, tokens: Tokens, accounts: AccountReader) -> Connection:
    context, session = accounts.sessions.context, accounts.sessions.get(connection_id)
    await _store(connection_id, tokens, context)
    session.drop_tokens()
    await session.get_credential()
    account = await accounts.read(connection_id)
    while True:
        opened = await context.read_connection(connection_id)
        account, version = account.completed_by(opened.record.account), opened.version + 1
        record = evolve(opened.record, account=account.known)
        if await context.sealed_rows.save_connection(connection_id, version, record):
            return make_connection(connection_id, record)


async def _store(connection_id: str, tokens: Tokens, context: AppContext) -> None:
    while True:
        version, before = await context.sealed_rows.read_latest(connection_id)
        if before is not None:
            if before.record.refresh == tokens.refresh:
                return  # an earlier run has stored them
            raise AlreadyConnected(
                "its tokens may be newer than those. Disconnect it first, or choose another id",
                connection_id=connection_id,
            )
        now = await context.sealed_rows.now()
        record = ConnectionRecord(
            birth=make_id(),
            access=tokens.access,
            refresh=tokens.refresh,
            # Of unknown age: old enough to be refreshed if the API rejects it.
            issued_at=0.0 if tokens.life is None else now,
            life=tokens.life,
            scopes=context.client.scopes,
            account=None,
            connected_at=now,
        )
        if await context.sealed_rows.save_connection(connection_id, version + 1, record):
            return


Listener = Callable[[Connection], Awaitable[None] | None]


async def call_listener(listener: Listener, connection: Connection) -> None:
    try:
        outcome = listener(connection)
        if inspect.isawaitable(outcome):
            await outcome
    except Exception:
        log.exception("connection %s: a listener failed", connection.id)
