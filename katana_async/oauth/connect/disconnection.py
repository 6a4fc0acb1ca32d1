"""Disconnect a connection, and revoke its tokens on request."""

import logging
from collections.abc import Collection

from attrs import define

from ...errors import NotConnected, TokenStoreError, UnsealError
from ...http.retry import backoff
from ..records import Account, ConnectionRecord, make_id
from ..server.endpoint import Revocation
from ..server.forms import make_revoke_form
from ..tokens.refresher import AppContext
from ..tokens.token_session import TokenSessions
from .connections import list_connections

log = logging.getLogger("katana_async")

_CHECKS = 4  # reads of a row, to find out whether a write was done whose confirmation was lost


@define(eq=False)
class Disconnector:
    """Disconnects connections."""

    context: AppContext
    sessions: TokenSessions

    async def disconnect(
        self, connection_id: str, *, revoke: bool, together_with: Collection[str]
    ) -> Revocation:
        """Disconnect a connection; also if the caller is cancelled.

        Otherwise a browser that goes away would leave valid tokens that are stored nowhere.
        """
        return await self.context.tasks.run(
            self._disconnect(connection_id, revoke, together_with),
            "katana-oauth-disconnect",
            f"connection {connection_id}: disconnecting it failed when the caller was gone",
        )

    async def _disconnect(
        self, connection_id: str, revoke: bool, together_with: Collection[str]
    ) -> Revocation:
        rows, clock, timing = self.context.sealed_rows, self.context.clock, self.context.timing
        owner, until = make_id(), clock.now() + timing.timeout
        # A refresh in progress is awaited: its tokens are the ones to revoke. One that takes longer
        # finds no row, and its tokens are dropped.
        while not (has_lease := await rows.lease(connection_id, owner, timing.lease)):
            if clock.now() >= until:
                break
            await clock.sleep(0.1)
        unsaved = self.sessions.unsaved_tokens().get(connection_id)
        try:
            stored = await self._forget(connection_id)
        finally:
            if has_lease:
                await self.context.release(connection_id, owner)
        if not revoke:
            return Revocation.NOT_ASKED
        record = stored if unsaved is None else unsaved.record
        outcome = Revocation.FAILED if record is None else await self._revoke(record, together_with)
        if outcome in (Revocation.FAILED, Revocation.SHARED):
            log.warning(
                "connection %s: forgotten, but its tokens were not revoked (%s)",
                connection_id,
                outcome,
            )
        return outcome

    async def _revoke(self, record: ConnectionRecord, together_with: Collection[str]) -> Revocation:
        """Revoke tokens, unless that could end another connection.

        Auth0 grants an app access per user: revoking one refresh token may end the whole grant.
        """
        account = record.account or Account()
        try:
            async for other in list_connections(self.context.sealed_rows, None):
                shares_user = account.may_share_user(other.account or Account())
                if shares_user and other.id not in together_with:
                    return Revocation.SHARED
        except TokenStoreError:
            return Revocation.FAILED
        form = make_revoke_form(self.context.client, *record.revocable)
        return await self.context.endpoint.revoke(form)

    async def _forget(self, connection_id: str) -> ConnectionRecord | None:
        """Forget a connection, and return its record; None if its row did not open."""
        rows = self.context.sealed_rows
        while True:
            row = await rows.read_row(connection_id)
            if row is None:
                self.sessions.forget(connection_id)
                raise NotConnected("there is none", connection_id=connection_id)
            record = None
            try:
                record = await rows.open_connection(connection_id, row)
            except UnsealError as error:
                log.warning("forgetting what does not open: %s", error)
            if await self._overwrite(connection_id, row.version):
                self.sessions.forget(connection_id)
                return record

    async def _overwrite(self, connection_id: str, version: int) -> bool:
        """Overwrite the row if it has this version; return whether that was done."""
        rows = self.context.sealed_rows
        try:
            return await rows.forget_connection(connection_id, version)
        except TokenStoreError:
            # If it was done all the same, the tokens are stored nowhere, and must be revoked.
            for attempt in range(1, _CHECKS + 1):
                await self.context.clock.sleep(backoff(attempt))
                try:
                    if await rows.read_row(connection_id) is None:
                        return True
                except TokenStoreError:
                    continue
                break
            self.sessions.forget(connection_id)
            raise
