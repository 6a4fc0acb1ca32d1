"""Ending a connection: it is forgotten, and its tokens are revoked on request."""

import asyncio
import logging
from collections.abc import Collection

from attrs import define, field

from ...errors import NotConnected, TokenStoreError, UnsealError
from ...http.clock import Clock
from ...http.retry import backoff
from ..finishing import finished
from ..records import Account, ConnectionRecord, new_name
from ..sealing.sealed_rows import Opened, Vault
from ..server.endpoint import Endpoint, Revocation
from ..server.forms import Registration, revoke_form
from ..tokens.refresh import Timing
from ..tokens.token_session import Keeper
from .connections import listed

_LOOKS = 4  # at a row, to see whether a write was done whose confirmation was lost

log = logging.getLogger("katana_async")


@define(eq=False)
class Disconnecting:
    """Forget connections, and revoke their tokens on request.

    Attributes:
        app: Whose they are.
        vault: The rows.
        endpoint: Revokes.
        keeper: Holds tokens in this process.
        timing: For how long a refresh is waited for.
        clock: Time in this process.
    """

    app: Registration
    vault: Vault
    endpoint: Endpoint
    keeper: Keeper
    timing: Timing
    clock: Clock
    _going_on: set[asyncio.Task[Revocation]] = field(factory=set[asyncio.Task[Revocation]])

    async def disconnect(
        self, connection_id: str, *, revoke: bool, together_with: Collection[str]
    ) -> Revocation:
        """Disconnect, to the end even if the caller is cancelled.

        Or a browser that went away would leave tokens that work, and nobody who knows them.
        """
        task = asyncio.get_running_loop().create_task(
            self._disconnect(connection_id, together_with if revoke else None),
            name="katana-oauth-disconnect",
        )
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        return await finished(
            task, f"connection {connection_id}: disconnecting it failed when the caller was gone"
        )

    async def close(self) -> None:
        """Let what is going on end."""
        if self._going_on:
            await asyncio.wait(self._going_on, timeout=3 * self.endpoint.timeout)

    async def _disconnect(self, connection_id: str, leaving: Collection[str] | None) -> Revocation:
        """Forget a connection; revoke its tokens unless `leaving`, who else goes, is None."""
        attempt = new_name()
        leased = await self._lease(connection_id, attempt)
        fresh = self.keeper.unstored(connection_id)  # newer tokens than the row has
        try:
            forgotten = await self._forget(connection_id)
        finally:
            if leased:
                await self._release(connection_id, attempt)
        if leaving is None:
            return Revocation.NOT_ASKED
        record = fresh if fresh or forgotten is None else forgotten.record
        outcome = Revocation.FAILED if record is None else await self._revoke(record, leaving)
        if outcome in (Revocation.FAILED, Revocation.SHARED):
            log.warning(
                "connection %s: forgotten, but its tokens were not revoked (%s)",
                connection_id,
                outcome,
            )
        return outcome

    async def _revoke(self, record: ConnectionRecord, leaving: Collection[str]) -> Revocation:
        """Revoke tokens, unless that could end another connection.

        At Auth0 a grant is of a user and an app: revoking one refresh token may end all of it.
        """
        account = record.account or Account()
        try:
            async for other in listed(self.vault, None):
                if other.id not in leaving and account.may_share_user(other.account or Account()):
                    return Revocation.SHARED
        except TokenStoreError:
            return Revocation.FAILED
        return await self.endpoint.revoke(revoke_form(self.app, *record.revocable))

    async def _lease(self, connection_id: str, attempt: str) -> bool:
        """Wait for a refresh that is going on: its tokens are the ones to revoke."""
        until = self.clock.now() + self.timing.timeout
        while not await self.vault.lease(connection_id, attempt, self.timing.lease):
            if self.clock.now() >= until:
                return False  # what it brings is dropped, as the row is gone then
            await self.clock.sleep(0.1)
        return True

    async def _release(self, connection_id: str, attempt: str) -> None:
        try:
            await self.vault.release(connection_id, attempt)
        except TokenStoreError as error:
            # Not raised: the connection is forgotten, and its tokens are still to be revoked.
            log.info("connection %s: its lease runs out by itself: %s", connection_id, error)

    async def _forget(self, connection_id: str) -> Opened[ConnectionRecord] | None:
        """Forget what the row says, and return it; None when it did not open."""
        while True:
            row = await self.vault.row(connection_id)
            if row is None:
                self.keeper.forget(connection_id)
                raise NotConnected("there is none", connection_id=connection_id)
            try:
                opened = await self.vault.connection(connection_id)
            except UnsealError as error:
                log.warning("forgetting what does not open: %s", error)
                opened = None
            version = row.version if opened is None else opened.version
            if await self._forgotten(connection_id, version):
                self.keeper.forget(connection_id)
                return opened

    async def _forgotten(self, connection_id: str, version: int) -> bool:
        try:
            return await self.vault.forget_connection(connection_id, version)
        except TokenStoreError:
            # It may have been done all the same, and then the tokens are known to nobody but us.
            for attempt in range(1, _LOOKS + 1):
                await self.clock.sleep(backoff(attempt))
                try:
                    if await self.vault.row(connection_id) is None:
                        return True
                except TokenStoreError:
                    continue
                break
            self.keeper.forget(connection_id)
            raise
