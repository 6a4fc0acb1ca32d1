"""Disconnect a connection, and revoke its tokens on request."""

import logging
from collections.abc import Collection

from attrs import define, field

from ...errors import NotConnected, TokenStoreError, UnsealError
from ...http.clock import Clock
from ...http.retry import backoff
from ..concurrency import BackgroundTasks
from ..records import Account, ConnectionRecord, make_id
from ..sealing.sealed_rows import SealedRows
from ..server.endpoint import Revocation, TokenEndpoint
from ..server.forms import ClientRegistration, make_revoke_form
from ..settings import RefreshTiming
from ..tokens.token_session import TokenSessions
from .connections import list_connections

log = logging.getLogger("katana_async")

_CHECKS = 4  # reads of a row, to find out whether a write was done whose confirmation was lost


@define(eq=False)
class Disconnector:
    """Disconnects connections."""

    client: ClientRegistration
    sealed_rows: SealedRows
    endpoint: TokenEndpoint
    sessions: TokenSessions
    timing: RefreshTiming
    clock: Clock
    _tasks: BackgroundTasks = field(factory=BackgroundTasks)

    async def disconnect(
        self, connection_id: str, *, revoke: bool, together_with: Collection[str]
    ) -> Revocation:
        """Disconnect a connection; also if the caller is cancelled.

        Otherwise a browser that goes away would leave valid tokens that are stored nowhere.
        """
        return await self._tasks.run(
            self._disconnect(connection_id, revoke, together_with),
            "katana-oauth-disconnect",
            f"connection {connection_id}: disconnecting it failed when the caller was gone",
        )

    async def close(self) -> None:
        """Wait for the disconnections in progress."""
        await self._tasks.wait(3 * self.timing.timeout)

    async def _disconnect(
        self, connection_id: str, revoke: bool, together_with: Collection[str]
    ) -> Revocation:
        owner = make_id()
        has_lease = await self._take_lease(connection_id, owner)
        record = self.sessions.unsaved_record(connection_id)  # newer tokens than the row's
        try:
            stored = await self._forget(connection_id)
        finally:
            if has_lease:
                await self._release(connection_id, owner)
        if not revoke:
            return Revocation.NOT_ASKED
        record = record or stored
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
            async for other in list_connections(self.sealed_rows, None):
                shares_user = account.may_share_user(other.account or Account())
                if shares_user and other.id not in together_with:
                    return Revocation.SHARED
        except TokenStoreError:
            return Revocation.FAILED
        return await self.endpoint.revoke(make_revoke_form(self.client, *record.revocable))

    async def _take_lease(self, connection_id: str, owner: str) -> bool:
        """Wait for a refresh in progress: its tokens are the ones to revoke."""
        until = self.clock.now() + self.timing.timeout
        while not await self.sealed_rows.lease(connection_id, owner, self.timing.lease):
            if self.clock.now() >= until:
                return False  # its tokens are dropped, because the row is gone by then
            await self.clock.sleep(0.1)
        return True

    async def _release(self, connection_id: str, owner: str) -> None:
        try:
            await self.sealed_rows.release(connection_id, owner)
        except TokenStoreError as error:
            # Not raised: the connection is forgotten, and its tokens are still to be revoked.
            log.info("connection %s: its lease runs out by itself: %s", connection_id, error)

    async def _forget(self, connection_id: str) -> ConnectionRecord | None:
        """Forget a connection, and return its record; None if its row did not open."""
        while True:
            row = await self.sealed_rows.read_row(connection_id)
            if row is None:
                self.sessions.forget(connection_id)
                raise NotConnected("there is none", connection_id=connection_id)
            record, version = None, row.version
            try:
                opened = await self.sealed_rows.read_connection(connection_id)
                if opened is not None:
                    record, version = opened.record, opened.version
            except UnsealError as error:
                log.warning("forgetting what does not open: %s", error)
            if await self._overwrite(connection_id, version):
                self.sessions.forget(connection_id)
                return record

    async def _overwrite(self, connection_id: str, version: int) -> bool:
        """Overwrite the row if it has this version; return whether that was done."""
        try:
            return await self.sealed_rows.forget_connection(connection_id, version)
        except TokenStoreError:
            # If it was done all the same, the tokens are stored nowhere, and must be revoked.
            for attempt in range(1, _CHECKS + 1):
                await self.clock.sleep(backoff(attempt))
                try:
                    if await self.sealed_rows.read_row(connection_id) is None:
                        return True
                except TokenStoreError:
                    continue
                break
            self.sessions.forget(connection_id)
            raise
