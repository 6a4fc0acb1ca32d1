"""One connection's state in this process, and the sessions of all connections.

Callers share a flight: the task that gets usable tokens. It is a task of its own, so that a
cancelled caller does not cancel the refresh. `refresher.py` does the work of a flight.
"""

import asyncio
import copy
import logging
import math

from attrs import define, field, frozen
from yarl import URL

from ... import errors
from ...auth import Credential
from ...http.retry import backoff, jitter
from ...loops import OneLoop
from ...secrets import Secret
from ..records import ConnectionRecord
from ..settings import LONGEST_COOL_DOWN
from .refresh import NOT_OFFLINE, StoredTokens
from .refresher import AppContext, Refresher

log = logging.getLogger("katana_async")

_LONGEST_RECHECK = 5.0  # seconds that a caller with a usable token waits for a read of the row
_KEPT_AFTER_EXPIRY = 86_400.0  # seconds, so that a row from a backup is recognised
_SWEEP_THRESHOLD = 1000  # sessions: idle ones are dropped only when there are so many

Flight = asyncio.Task[StoredTokens | errors.KatanaError]


@define(eq=False)
class TokenSession:
    """One connection's state in this process. Times are monotonic seconds."""

    context: AppContext
    connection_id: str
    quota: str
    refresher: Refresher
    recheck_at: float = 0.0  # from then on the row is read again in the background
    # From then on callers wait for that read, since the connection may have ended long ago.
    recheck_deadline: float = 0.0
    failure: errors.KatanaError | None = None  # the last of `failure_count`; None after a success
    failure_count: int = 0
    retry_at: float = 0.0  # until then callers get the failure without another attempt
    flight: Flight | None = None  # the newest task that gets usable tokens
    saver: asyncio.Task[None] | None = None  # offers fresh tokens to a failing store

    async def get_credential(self) -> Credential:
        """Return a usable access token; raise the errors of `ConnectionAuth.credential`."""
        tokens, now = self.refresher.tokens, self._now()
        if tokens is None or not tokens.is_usable(now, self.context.timing):
            tokens = await self._get_outcome(self._join_flight())
        elif now >= self.recheck_at and not self.context.is_stopping:
            flight = self._join_flight()
            if now >= self.recheck_deadline:
                done, _ = await asyncio.wait([flight], timeout=_LONGEST_RECHECK)
                if done:
                    tokens = await self._get_outcome(flight)
                else:
                    # One caller has waited. A store that hangs must not delay the others.
                    self.recheck_deadline = math.inf
        return Credential(tokens.record.access, self.quota)

    async def replace_rejected(self, credential: Credential) -> bool:
        """Replace a credential that the API rejected; return whether there is another one now."""
        await self._await_flights()
        tokens = self.refresher.tokens or await self._get_outcome(self._join_flight())
        if tokens.record.access == credential.token:
            age = self._now() - tokens.issued_at
            if age < self.context.timing.youngest_refresh(tokens.record.life):
                return False
            tokens = await self._get_outcome(self._join_flight(credential.token))
        return tokens.record.access != credential.token

    async def refresh(self) -> ConnectionRecord:
        """Refresh even if the access token is valid, and return the stored record."""
        record = (await self.context.read_connection(self.connection_id)).record
        if record.refresh is None:
            raise errors.ReauthorizationRequired(NOT_OFFLINE, connection_id=self.connection_id)
        await self._await_flights()
        return (await self._get_outcome(self._join_flight(record.access))).record

    def drop_tokens(self) -> None:
        """Drop the tokens: the connection was disconnected, or connected anew."""
        self._drop()
        flight = self._current_flight()
        if flight is not None:
            # It may have read the row before. Its callers get its outcome all the same.
            flight.add_done_callback(lambda _: self._drop())

    def _drop(self) -> None:
        self.failure = None
        if self.refresher.unsaved is None:
            self.refresher.tokens = None
        elif not self.context.is_stopping:
            # The store does not have these tokens. A read of the row shows whether it should.
            self._join_flight()

    def is_idle(self, now: float) -> bool:
        """Return whether this object may be dropped, since it contains nothing that is needed."""
        if self._current_flight() or self.saver or self.refresher.unsaved:
            return False
        tokens = self.refresher.tokens
        if tokens is None:
            return self.failure is None or now >= self.retry_at
        life = tokens.record.life
        return life is not None and now > tokens.issued_at + life + _KEPT_AFTER_EXPIRY

    async def save_at_close(self) -> None:
        """Offer fresh tokens to the store for the last time."""
        if self.refresher.unsaved is None:
            return
        try:
            # Many at once: a store may hang, and a supervisor kills a process that stops slowly.
            async with self.context.saves:
                saved = await self.refresher.save(self.refresher.unsaved, tries=1)
            is_lost = saved.unsaved is not None
        except errors.NotConnected:
            is_lost = False
        # A second close must not store them again, unless this one was cancelled.
        self.refresher.tokens = None
        if is_lost:
            message = "connection %s: its fresh tokens are lost: the store did not accept them"
            log.error(message, self.connection_id)

    def _now(self) -> float:
        return self.context.clock.now()

    def _current_flight(self) -> Flight | None:
        return None if self.flight is None or self.flight.done() else self.flight

    async def _await_flights(self) -> None:
        """Wait for flights that began before: they may find that nothing is due."""
        while (flight := self._current_flight()) is not None:
            await asyncio.wait([flight])

    def _join_flight(
        self, rejected: Secret | None = None, *, despite_failure: bool = False
    ) -> Flight:
        flight = self._current_flight()
        if flight is None:
            work = self._run_flight(rejected, despite_failure=despite_failure)
            name = f"katana-oauth-{self.connection_id}"
            flight = self.flight = asyncio.create_task(work, name=name)
        return flight

    async def _get_outcome(self, flight: Flight) -> StoredTokens:
        # Shielded: a cancelled caller must not cancel the flight of the others.
        outcome = await asyncio.shield(flight)
        if isinstance(outcome, errors.KatanaError):
            # A copy for each caller: a shared error would collect their tracebacks.
            raise copy.copy(outcome)
        return outcome

    async def _run_flight(
        self, rejected: Secret | None, *, despite_failure: bool
    ) -> StoredTokens | errors.KatanaError:
        """Get usable tokens. The error is returned, because several callers share the task."""
        left = self.retry_at - self._now()
        if self.failure is not None and left > 0 and not despite_failure:
            error = copy.copy(self.failure)
            error.args = (f"{error} (it is tried again in {math.ceil(left)} s)",)
            if isinstance(error, errors.TokenRequestFailed):
                error.retry_after = left
            return error
        try:
            tokens = await self.refresher.get_tokens(rejected)
        except errors.KatanaError as error:
            level = logging.INFO if despite_failure else logging.WARNING
            return self._handle_failure(error.with_traceback(None), rejected, level)
        except asyncio.CancelledError:
            if not self.context.is_stopping:
                raise
            # Cancelled by `close`. The waiting callers are not cancelled.
            return errors.ConfigurationError(
                "this OAuthApp was closed while it refreshed; make a new one"
            )
        self.failure = None
        self._schedule_recheck(tokens)
        if tokens.unsaved is not None and self.saver is None and not self.context.is_stopping:
            name = f"katana-oauth-save-{self.connection_id}"
            self.saver = asyncio.create_task(self._save_until_stored(), name=name)
        return tokens

    def _handle_failure(
        self, error: errors.KatanaError, rejected: Secret | None, level: int
    ) -> StoredTokens | errors.KatanaError:
        """Remember a failure; return the tokens if they are still usable, else the error."""
        if isinstance(error, errors.NotConnected | errors.ReauthorizationRequired):
            self.failure = self.refresher.tokens = None
            return error
        if isinstance(error, errors.ConfigurationError):
            return error  # it may concern only this caller, such as its event loop
        if not isinstance(error, errors.UnsealError) and self.connection_id not in str(error):
            error.args = (f"connection {self.connection_id}: {error}",)
        self.failure_count = 1 if self.failure is None else self.failure_count + 1
        wait = backoff(self.failure_count + 1, jitter)
        if isinstance(error, errors.TokenRequestFailed) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, LONGEST_COOL_DOWN))
        self.failure, self.retry_at = error, self._now() + wait
        log.log(level, "%s", error)
        tokens, timing = self.refresher.tokens, self.context.timing
        if tokens is None or rejected is not None or not tokens.is_usable(self._now(), timing):
            return error
        # The access token is valid: the trouble may be over before it expires.
        self.recheck_at = self.retry_at
        self.recheck_deadline = self.retry_at + timing.recheck
        return tokens

    def _schedule_recheck(self, tokens: StoredTokens) -> None:
        timing, now, life = self.context.timing, self._now(), tokens.record.life
        self.recheck_at = now + timing.recheck * jitter()
        self.recheck_deadline = now + timing.recheck
        if life is not None:
            ahead = timing.refresh_ahead(life)
            # At random, so that one of many processes refreshes and the others find fresh tokens.
            due = tokens.issued_at + life - ahead * (0.6 + 0.4 * jitter())
            self.recheck_at = min(self.recheck_at, max(due, now + ahead / 10))

    async def _save_until_stored(self) -> None:
        """Offer fresh tokens to the store until it accepts them, with or without callers."""
        # Otherwise, other processes would use the spent refresh token again after `patience`.
        try:
            while self.refresher.unsaved is not None:
                await self.context.clock.sleep(self.context.timing.save_interval * jitter())
                await asyncio.wait([self._join_flight(despite_failure=True)])
            if self.refresher.tokens is not None:
                log.info("connection %s: its fresh tokens are stored", self.connection_id)
        finally:
            self.saver = None


@define(eq=False)
class TokenSessions:
    """The sessions of an app's connections, which are made on first use."""

    context: AppContext
    # Checked for each session: in another loop, it could return tokens, but not refresh them.
    loop: OneLoop
    _sessions: dict[str, TokenSession] = field(factory=dict[str, TokenSession])
    _sweep_from: int = _SWEEP_THRESHOLD

    def get(self, connection_id: str) -> TokenSession:
        self.loop.check()
        session = self._sessions.get(connection_id)
        if session is None:
            if len(self._sessions) >= self._sweep_from:
                self._drop_idle_sessions()
            quota = f"oauth:{self.context.sealed_rows.connection_key(connection_id)}"
            refresher = Refresher(self.context, connection_id)
            session = TokenSession(self.context, connection_id, quota, refresher)
            self._sessions[connection_id] = session
        return session

    def _drop_idle_sessions(self) -> None:
        now, all_sessions = self.context.clock.now(), self._sessions.items()
        self._sessions = {name: each for name, each in all_sessions if not each.is_idle(now)}
        self._sweep_from = max(_SWEEP_THRESHOLD, 2 * len(self._sessions))

    def count_unsaved(self) -> int:
        return sum(session.refresher.unsaved is not None for session in self._sessions.values())

    async def close(self) -> None:
        """Let refreshes end, so that no token is lost, and offer unsaved tokens to the store."""
        sessions = list(self._sessions.values())
        for session in sessions:
            if session.saver is not None:
                session.saver.cancel()
        flights = [session.flight for session in sessions if session.flight is not None]
        if flights:
            await asyncio.wait(flights, timeout=self.context.timing.lease)
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        await asyncio.gather(*(session.save_at_close() for session in sessions))


@frozen
class ConnectionAuth:
    """Authenticate as a connected account: `katana.with_auth(app.auth(connection.id))`.

    Tokens are refreshed before they expire, once for all tasks and processes. It may be made anew
    for each use.

    Attributes:
        api_url: The address that its tokens may be sent to.
    """

    connection_id: str
    api_url: URL
    _sessions: TokenSessions = field(repr=False)

    async def credential(self) -> Credential:
        """Return a usable access token.

        Raises:
            ReauthorizationRequired: A person must connect the account again.
            NotConnected: There is no such connection.
            TokenRequestFailed: The token had to be refreshed, and the refresh failed.
        """
        return await self._sessions.get(self.connection_id).get_credential()

    async def rejected(self, credential: Credential) -> bool:
        """Refresh a token that the API rejected, and return whether there is another one now.

        Raises the errors of `credential`.
        """
        return await self._sessions.get(self.connection_id).replace_rejected(credential)
