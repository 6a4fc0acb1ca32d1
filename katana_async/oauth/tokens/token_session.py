"""One connection's state in this process, and the sessions of all connections.

Callers share a flight: the task that gets usable tokens. It is a task of its own, so that a
cancelled caller does not cancel the refresh. `refresher.py` does the work of a flight.
"""

import asyncio
import copy
import logging
import math

from attrs import define, evolve, field, frozen
from yarl import URL

from ...auth import Credential
from ...errors import (
    ConfigurationError,
    KatanaError,
    NotConnected,
    ReauthorizationRequired,
    TokenRequestFailed,
    UnsealError,
)
from ...http.retry import backoff, jitter
from ...loops import OneLoop
from ...secrets import Secret
from ..records import ConnectionRecord
from ..settings import LONGEST_COOL_DOWN
from .refresh import NOT_OFFLINE, StoredTokens
from .refresher import AppContext, Refresher

log = logging.getLogger("katana_async")

_LONGEST_RECHECK = 5.0  # seconds that a caller with a usable token waits for a read of the row
_LOGGED_EVERY = 60.0  # seconds between two log messages about tokens that are not stored
_REMEMBERED = 86_400.0  # seconds after expiry, so that a row from a backup is recognised
_SWEPT_EVERY, _SWEPT_FROM = 3600.0, 1000  # seconds; sessions


@frozen
class HeldTokens:
    """Tokens that this process holds. Times are monotonic seconds.

    Attributes:
        issued_at: Time of the token request, or earlier.
        expires_at: Time from which the token is not sent; None if unknown.
        recheck_at: Time from which the row is read again in the background.
        recheck_deadline: Time from which callers wait for that read, because the connection may
            have ended long ago.
    """

    record: ConnectionRecord
    credential: Credential
    issued_at: float
    expires_at: float | None
    recheck_at: float
    recheck_deadline: float

    def is_usable(self, now: float) -> bool:
        return self.expires_at is None or now < self.expires_at


@frozen
class RecentFailure:
    """The last failure, which callers get without another attempt until the time is over.

    Attributes:
        until: Monotonic seconds.
        count: Consecutive failures.
    """

    error: KatanaError
    until: float
    count: int

    def make_error(self, now: float) -> KatanaError:
        """Return the error for a caller that comes before the next attempt."""
        left = self.until - now
        error = copy.copy(self.error)
        error.args = (f"{self.error} (it is tried again in {math.ceil(left)} s)",)
        if isinstance(error, TokenRequestFailed):
            error.retry_after = left
        return error


Flight = asyncio.Task[HeldTokens | KatanaError]


@define(eq=False)
class TokenSession:
    """One connection's state in this process: its tokens, its last failure, and its tasks.

    Attributes:
        quota: The name of its rate limit, whatever its token.
        held: Tokens that callers get without waiting; None if there are none yet.
        failure: The last failure; None after a success.
        flight: The newest task that gets usable tokens.
        saver: The task that offers fresh tokens to a store that fails.
    """

    refresher: Refresher
    quota: str
    held: HeldTokens | None = None
    failure: RecentFailure | None = None
    flight: Flight | None = None
    saver: asyncio.Task[None] | None = None

    # -- for callers

    async def get_credential(self) -> Credential:
        """Return the credential for a request. Costs nothing while the access token is valid.

        Raises:
            OAuthError: There is none, for the reason that it names.
        """
        held, now = self.held, self._now()
        if held is None or not held.is_usable(now):
            return (await self._land(self._join_flight())).credential
        if now >= held.recheck_at and not self._context.is_stopping:
            flight = self._join_flight()
            if now >= held.recheck_deadline:
                done, _ = await asyncio.wait([flight], timeout=_LONGEST_RECHECK)
                if done:
                    return (await self._land(flight)).credential
                if self.held is held:
                    # One caller has waited. A store that hangs must not delay the others.
                    self.held = evolve(held, recheck_deadline=math.inf)
        return held.credential

    async def replace_rejected(self, credential: Credential) -> bool:
        """Replace a credential that the API rejected; return whether there is another one now."""
        await self._await_flights()
        held = self.held or await self._land(self._join_flight())
        if held.credential.token == credential.token:
            age = self._now() - held.issued_at
            if age < self._context.timing.youngest_refresh(held.record.life):
                return False
            held = await self._land(self._join_flight(credential.token))
        return held.credential.token != credential.token

    async def refresh(self) -> ConnectionRecord:
        """Refresh although the access token is valid, and return the stored record.

        Raises:
            OAuthError: That failed. The access token stays in use while it is valid.
        """
        connection_id = self.refresher.connection_id
        record = (await self._context.read_connection(connection_id)).record
        if record.refresh is None:
            raise ReauthorizationRequired(NOT_OFFLINE, connection_id=connection_id)
        await self._await_flights()
        return (await self._land(self._join_flight(record.access))).record

    # -- state

    def forget(self) -> None:
        """Drop the tokens: the connection was disconnected, or connected anew."""
        self._drop()
        flight = self._current_flight()
        if flight is not None:
            # It may have read the row before. The callers that wait for it get its outcome.
            flight.add_done_callback(lambda _: self._drop())

    def _drop(self) -> None:
        self.failure = None
        if self.refresher.unsaved is None:
            self.held = self.refresher.tokens = None
        elif not self._context.is_stopping:
            # The store does not have these tokens. A read of the row shows whether it should.
            self._join_flight()

    def is_idle(self, now: float) -> bool:
        """Return whether nothing is lost with this object: its tokens expired long ago."""
        if self._current_flight() or self.saver or self.refresher.unsaved:
            return False
        if self.held is None:
            return self.failure is None or now >= self.failure.until
        return self.held.expires_at is not None and now > self.held.expires_at + _REMEMBERED

    async def save_at_close(self) -> None:
        """Offer fresh tokens to the store for the last time."""
        if self.refresher.unsaved is None:
            return
        is_lost = False
        try:
            # Many at once: a store may hang, and a supervisor kills a process that stops slowly.
            async with self._context.saves:
                saved = await self.refresher.save(self.refresher.unsaved, tries=1)
            is_lost = saved.unsaved is not None
        except NotConnected:
            pass
        # A second close must not store them again, unless this one was cancelled.
        self.held = self.refresher.tokens = None
        if is_lost:
            log.error(
                "connection %s: its fresh tokens are lost, since the token store did not take"
                " them before the OAuthApp was closed",
                self.refresher.connection_id,
            )

    # -- flights

    @property
    def _context(self) -> AppContext:
        return self.refresher.context

    def _now(self) -> float:
        return self._context.clock.now()

    def _current_flight(self) -> Flight | None:
        return None if self.flight is None or self.flight.done() else self.flight

    async def _await_flights(self) -> None:
        """Wait for flights that began before: they may find that nothing is due."""
        while (flight := self._current_flight()) is not None:
            await asyncio.wait([flight])

    def _join_flight(
        self, rejected: Secret | None = None, *, despite_failure: bool = False
    ) -> Flight:
        """Return the current flight, or start one.

        Args:
            rejected: The access token that the API rejected, if that is the reason.
            despite_failure: Whether to try although it has failed just now.
        """
        flight = self._current_flight()
        if flight is None:
            flight = self.flight = asyncio.get_running_loop().create_task(
                self._fly(rejected, despite_failure=despite_failure),
                name=f"katana-oauth-{self.refresher.connection_id}",
            )
        return flight

    async def _land(self, flight: Flight) -> HeldTokens:
        # Shielded: a cancelled caller must not cancel the flight of the others.
        outcome = await asyncio.shield(flight)
        if isinstance(outcome, KatanaError):
            # A copy for each caller: a shared error would collect their tracebacks.
            raise copy.copy(outcome)
        return outcome

    async def _fly(
        self, rejected: Secret | None, *, despite_failure: bool
    ) -> HeldTokens | KatanaError:
        """Get usable tokens. The error is returned, because several callers share the task."""
        failure = self.failure
        if failure is not None and self._now() < failure.until and not despite_failure:
            return failure.make_error(self._now())
        try:
            stored = await self.refresher.get_tokens(rejected)
        except KatanaError as error:
            return self._handle_failure(
                error.with_traceback(None), rejected, is_new=not despite_failure
            )
        except asyncio.CancelledError:
            if not self._context.is_stopping:
                raise
            # Cancelled by `close`. The waiting callers are not cancelled.
            return ConfigurationError("this OAuthApp was closed while it refreshed; make a new one")
        self.failure = None
        self.held = self._hold(stored)
        if stored.unsaved is not None and self.saver is None and not self._context.is_stopping:
            self.saver = asyncio.get_running_loop().create_task(
                self._save_until_stored(),
                name=f"katana-oauth-save-{self.refresher.connection_id}",
            )
        return self.held

    def _handle_failure(
        self, error: KatanaError, rejected: Secret | None, *, is_new: bool
    ) -> HeldTokens | KatanaError:
        """Remember a failure; return the held tokens if they are still usable, else the error."""
        if isinstance(error, NotConnected | ReauthorizationRequired):
            self.held = self.failure = self.refresher.tokens = None
            return error
        if isinstance(error, ConfigurationError):
            return error  # it concerns this caller's event loop, say, and not the others'
        connection_id = self.refresher.connection_id
        if not isinstance(error, UnsealError) and connection_id not in str(error):
            error.args = (f"connection {connection_id}: {error}",)
        count = 1 if self.failure is None else self.failure.count + 1
        wait = backoff(count + 1, jitter)
        if isinstance(error, TokenRequestFailed) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, LONGEST_COOL_DOWN))
        self.failure = RecentFailure(error, self._now() + wait, count)
        log.log(logging.WARNING if is_new else logging.INFO, "%s", error)
        held = self.held
        if held is None or rejected is not None or not held.is_usable(self._now()):
            return error
        # The access token is valid: the trouble may be over before it expires.
        until = self.failure.until
        deadline = until + self._context.timing.recheck
        self.held = evolve(held, recheck_at=until, recheck_deadline=deadline)
        return self.held

    def _hold(self, stored: StoredTokens) -> HeldTokens:
        record, timing, now = stored.record, self._context.timing, self._now()
        # A store whose clock was set back, or that replaces another one, has rows from the future.
        # Their tokens were requested now at the latest.
        issued_at = min(stored.to_local(record.issued_at), now)
        recheck_at, expires_at = now + timing.recheck * jitter(), None
        if record.life is not None:
            expires_at = issued_at + record.life - timing.send_margin(record.life)
            ahead = timing.refresh_ahead(record.life)
            # At random, so that one of many processes refreshes and the others find fresh tokens.
            due = issued_at + record.life - ahead * (0.6 + 0.4 * jitter())
            recheck_at = min(recheck_at, max(due, now + ahead / 10))
        if self.held is not None and self.held.credential.token == record.access:
            issued_at = min(issued_at, self.held.issued_at)
        credential = Credential(record.access, self.quota)
        deadline = now + timing.recheck
        return HeldTokens(record, credential, issued_at, expires_at, recheck_at, deadline)

    async def _save_until_stored(self) -> None:
        """Offer fresh tokens to the store until it accepts them, whether there are callers or not.

        After a while, other processes would use the refresh token that was spent for them.
        """
        connection_id = self.refresher.connection_id
        try:
            began = logged_at = self._now()
            while self.refresher.unsaved is not None:
                await self._context.clock.sleep(self._context.timing.save_interval * jitter())
                await asyncio.wait([self._join_flight(despite_failure=True)])
                if (now := self._now()) - logged_at >= _LOGGED_EVERY:
                    logged_at = now
                    log.error(
                        "connection %s: the token store has not taken its fresh tokens for %.0f s",
                        connection_id,
                        now - began,
                    )
            if self.held is not None:
                log.info("connection %s: its fresh tokens are stored", connection_id)
        finally:
            self.saver = None


@define(eq=False)
class TokenSessions:
    """The token sessions of an app's connections.

    Attributes:
        loop: The event loop of the app. A session would give out valid tokens in any loop, and
            could not refresh them there.
    """

    context: AppContext
    loop: OneLoop
    _sessions: dict[str, TokenSession] = field(factory=dict[str, TokenSession])
    _swept_at: float = 0.0
    _swept_from: int = _SWEPT_FROM

    def get(self, connection_id: str) -> TokenSession:
        """Return a connection's session, a new one if necessary.

        Raises:
            ConfigurationError: The app belongs to another event loop or process.
        """
        self.loop.check()
        session = self._sessions.get(connection_id)
        if session is None:
            refresher = Refresher(self.context, connection_id)
            session = TokenSession(refresher, self.quota_of(connection_id))
            self._sessions[connection_id] = session
        now = self.context.clock.now()
        if now >= self._swept_at + _SWEPT_EVERY or len(self._sessions) > self._swept_from:
            self._sweep(now, session)
        return session

    def _sweep(self, now: float, used: TokenSession) -> None:
        """Forget sessions that are not used any more."""
        self._sessions = {
            connection_id: session
            for connection_id, session in self._sessions.items()
            if session is used or not session.is_idle(now)
        }
        self._swept_at = now
        self._swept_from = max(_SWEPT_FROM, 2 * len(self._sessions))

    def quota_of(self, connection_id: str) -> str:
        """Return the name of a connection's rate limit, whatever its token."""
        return f"oauth:{self.context.sealed_rows.connection_key(connection_id)}"

    def forget(self, connection_id: str) -> None:
        """Drop a connection's tokens: it was disconnected, or connected anew."""
        session = self._sessions.get(connection_id)
        if session is not None:
            session.forget()

    def unsaved_tokens(self) -> dict[str, StoredTokens]:
        """Return the fresh tokens that the store does not have yet, by connection."""
        sessions = self._sessions.items()
        unsaved = {connection_id: session.refresher.unsaved for connection_id, session in sessions}
        return {connection_id: tokens for connection_id, tokens in unsaved.items() if tokens}

    async def close(self) -> None:
        """Let refreshes end, so that no token is lost, and offer unsaved tokens to the store."""
        self.context.is_stopping = True
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

    Tokens are refreshed before they expire, once for all tasks and processes. Cheap to make.

    Attributes:
        connection_id: The connection's id.
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
            TokenStoreError: The store cannot be read.
            UnsealError: The row does not open.
        """
        return await self._sessions.get(self.connection_id).get_credential()

    async def rejected(self, credential: Credential) -> bool:
        """Refresh a token that the API rejected. Raises as above."""
        return await self._sessions.get(self.connection_id).replace_rejected(credential)
