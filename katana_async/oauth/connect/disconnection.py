"""Disconnect a connection, and revoke its tokens on request."""

import logging
from collections.abc import Collection
from contextlib import suppress

from ...errors import NotConnected, TokenStoreError, UnsealError
from ...http.retry import backoff
from ..records import Account, ConnectionRecord, make_id
from ..server.endpoint import Revocation
from ..server.forms import make_revoke_form
from ..tokens.refresher import AppContext
from ..tokens.token_session import TokenSessions
from .connections import list_connections

log = logging.getLogger("katana_async")

_READ_ATTEMPTS = 4  # to detect whether a write took effect whose confirmation was lost


async def disconnect(
    sessions: TokenSessions, connection_id: str, *, revoke: bool, together_with: Collection[str]
) -> Revocation:
    context = sessions.context
    rows, clock, timing = context.sealed_rows, context.clock, context.timing
    owner, until = make_id(), clock.now() + timing.timeout
    # Await a refresh in progress, to revoke its tokens. A longer one finds no row and drops them.
    while not (has_lease := await rows.lease(connection_id, owner, timing.lease)):
        if clock.now() >= until:
            break
        await clock.sleep(0.1)
    unsaved = sessions.get(connection_id).refresher.unsaved
    try:
        record = await _delete(sessions, connection_id)
    finally:
        if has_lease:
            await context.release(connection_id, owner)
    if not revoke:
        return Revocation.NOT_ASKED
    record = record if unsaved is None else unsaved.record
    outcome = await _revoke(context, record, together_with) if record else Revocation.FAILED
    if outcome in (Revocation.FAILED, Revocation.SHARED):
        message = "connection %s: disconnected, but its tokens were not revoked (%s)"
        log.warning(message, connection_id, outcome)
    return outcome


async def _revoke(
    context: AppContext, record: ConnectionRecord, together_with: Collection[str]
) -> Revocation:
    """Revoke tokens, unless another connection may have the same user: at Auth0, that ends both."""
    account = record.account or Account()
    try:
        async for other in list_connections(context.sealed_rows, None):
            shares_user = account.may_share_user(other.account or Account())
            if shares_user and other.id not in together_with:
                return Revocation.SHARED
    except TokenStoreError:
        return Revocation.FAILED
    # The refresh token, if there is one: the others end with it (RFC 7009).
    hint = "access_token" if record.refresh is None else "refresh_token"
    token = record.refresh or record.access
    return await context.endpoint.revoke(make_revoke_form(context.client, token, hint))


async def _delete(sessions: TokenSessions, connection_id: str) -> ConnectionRecord | None:
    """Delete a connection, and return its record; None if its row did not open."""
    rows = sessions.context.sealed_rows
    while True:
        row = await rows.read_row(connection_id)
        if row is None:
            sessions.get(connection_id).drop_tokens()
            raise NotConnected("there is none", connection_id=connection_id)
        record = None
        try:
            record = await rows.open_connection(connection_id, row)
        except UnsealError as error:
            log.warning("deleting a connection whose row does not open: %s", error)
        if await _overwrite(sessions, connection_id, row.version):
            sessions.get(connection_id).drop_tokens()
            return record


async def _overwrite(sessions: TokenSessions, connection_id: str, version: int) -> bool:
    rows = sessions.context.sealed_rows
    try:
        return await rows.delete_connection(connection_id, version)
    except TokenStoreError:
        # If the write took effect, the tokens are stored nowhere, and must be revoked now.
        for attempt in range(1, _READ_ATTEMPTS + 1):
            await sessions.context.clock.sleep(backoff(attempt))
            with suppress(TokenStoreError):
                if await rows.read_row(connection_id) is None:
                    return True
                break
        sessions.get(connection_id).drop_tokens()
        raise
