"""Refresh one connection, safely against every other process that may do the same.

Read the row, take the lease, read again, announce the intent in the row, send once, and store the
tokens as long as the row still has the refresh token that was spent. `refresh.py` decides,
`token_session.py` lets callers wait.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto

from attrs import define, evolve, field

from ...errors import (
    ConfigurationError,
    KatanaError,
    KeyUnavailable,
    NotConnected,
    ReauthorizationRequired,
    TokenRequestFailed,
    TokenStoreError,
)
from ...http.clock import Clock
from ...http.retry import backoff, jitter
from ...secrets import Secret
from ..concurrency import FailFastQueue
from ..records import ConnectionRecord, Intent, Standing, make_id
from ..sealing.sealed_rows import SealedRows, make_rollback_error
from ..server.answers import OnlyRefreshToken, Tokens
from ..server.endpoint import TokenEndpoint
from ..server.forms import ClientRegistration, make_refresh_form
from ..server.traffic import EndpointTraffic, is_busy
from ..settings import ROW_READS_AT_ONCE, RefreshTiming
from .refresh import (
    NOT_ACCEPTED,
    ClockPair,
    Decision,
    Step,
    StoredTokens,
    decide,
    is_rollback,
    is_same_grant,
    is_sendable,
    needs_person,
    with_answer,
    with_refusal,
    with_tokens_of,
)

log = logging.getLogger("katana_async")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between two reads of a row
_SAVES = 5


class ConnectionEvent(Enum):
    """An event that listeners are notified of."""

    REFRESHED = auto()
    """Fresh tokens were stored."""

    REFRESH_FAILED = auto()
    """The token endpoint began to refuse refreshes, or does it with another code than before."""

    REAUTHORIZATION_REQUIRED = auto()
    """A person must connect the account again. Once for each end of a connection."""


Notify = Callable[[ConnectionEvent, str, ConnectionRecord], None]


@define(eq=False)
class RefreshState:
    """The part of a connection's state in this process that concerns its refreshes.

    Attributes:
        lease_owner: The name under which this process may hold the lease. It is kept until a
            release was confirmed, so that the process can take its own lease again.
        unsent_attempt: An attempt of this process whose intent is in the row, or may be, and that
            certainly was not sent.
        overdue_attempt: Another process's attempt that this one has awaited for `patience` by its
            own clock.
        last_call_for: The fingerprint of a refresh token that another process announced to use: it
            is entitled to a last call, although the row has an intent of this process now.
        arrived: Fresh tokens that are being stored for the first time.
    """

    connection_id: str
    lease_owner: str | None = None
    unsent_attempt: str | None = None
    overdue_attempt: str | None = None
    last_call_for: str | None = None
    arrived: StoredTokens | None = None


@define
class _Stopwatch:
    """Measures how long a value has stayed the same."""

    value: object = None
    since: float = 0.0

    def has_stayed(self, value: object, now: float, seconds: float) -> bool:
        if value != self.value:
            self.value, self.since = value, now
        return now - self.since >= seconds


@define(eq=False)
class Refresher:
    """Get usable tokens, for all connections of an app.

    Attributes:
        is_stopping: Set when no new refresh may begin, and nothing is awaited any more.
        refreshes: Answers with fresh tokens so far.
        failures: Answers without, by their reason.
    """

    client: ClientRegistration
    sealed_rows: SealedRows
    endpoint: TokenEndpoint
    traffic: EndpointTraffic
    timing: RefreshTiming
    clock: Clock
    notify: Notify
    is_stopping: bool = False
    refreshes: int = 0
    failures: Counter[str] = field(factory=Counter[str])
    _reads: FailFastQueue = field(factory=lambda: FailFastQueue(ROW_READS_AT_ONCE))
    _saves: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(ROW_READS_AT_ONCE))

    async def get_tokens(
        self, state: RefreshState, seen: StoredTokens | None, rejected: Secret | None
    ) -> StoredTokens:
        """Return usable tokens, from the row or from the authorization server.

        Args:
            state: The connection's state in this process.
            seen: The tokens that this process had last.
            rejected: The access token that the API rejected, if that is the reason to ask.

        Raises:
            KatanaError: The connection has ended, or its tokens cannot be had now.
        """
        if seen is not None and seen.unsaved is not None:
            async with self._saves:
                seen = await self.save(state, seen, tries=1)
            if self._is_usable(seen, rejected):
                return seen
            if seen.unsaved is not None:
                raise TokenStoreError(
                    f"connection {state.connection_id}: the token store does not take its fresh"
                    " tokens, and the access token has ended. It is refreshed once they are stored"
                )
        pause, lease_watch, intent_watch = _FIRST_PAUSE, _Stopwatch(), _Stopwatch()
        patience = self.timing.patience
        while True:
            found, decision = await self._read_in_turn(state, seen, rejected)
            if decision.step is Step.USE:
                return found
            if decision.step is Step.GIVE_UP:
                raise await self._end(state, found, decision.reason or NOT_ACCEPTED)
            if self.is_stopping:
                raise ConfigurationError("this OAuthApp is closed; make a new one")
            now, intent = self.clock.now(), found.record.intent
            if decision.step is Step.REFRESH:
                # No lease lasts for so long while the row stays the same. The store's clock may
                # have been set back. The intent protects the token; a lease only saves work.
                ignore_lease = lease_watch.has_stayed(found.version, now, patience)
                try:
                    async with self.traffic.slot(lambda: self.is_stopping):
                        fresh = await self._refresh(state, found, seen, rejected, ignore_lease)
                except TokenRequestFailed as error:
                    if is_busy(error) and self.traffic.is_awaited():
                        continue  # callers wait, each within its deadline
                    raise
                if fresh is not None:
                    return fresh
            elif intent is not None and intent_watch.has_stayed(intent.attempt, now, patience):
                # The store's clock may have been set back. This process waited `patience` by its
                # own clock, so the intent is void.
                state.overdue_attempt = intent.attempt
                continue
            await self.clock.sleep(pause * jitter())
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    # -- reading and writing the row

    async def _read_in_turn(
        self, state: RefreshState, seen: StoredTokens | None, rejected: Secret | None
    ) -> tuple[StoredTokens, Decision]:
        async with self._reads.slot():
            try:
                return await self._read_and_decide(state, seen, rejected)
            except (TokenStoreError, KeyUnavailable) as error:
                self._reads.fail_waiters(error)
                raise

    async def _read_and_decide(
        self, state: RefreshState, seen: StoredTokens | None, rejected: Secret | None
    ) -> tuple[StoredTokens, Decision]:
        found = await self._read(state)
        if found is None:
            raise _not_connected(state)
        if seen is not None and is_rollback(found, seen):
            raise make_rollback_error(state.connection_id, seen.version, found.version)
        void = (state.unsent_attempt, state.overdue_attempt)
        decision = decide(
            found.record, found.read_at.store, self.timing, rejected=rejected, void=void
        )
        return found, decision

    async def _read(self, state: RefreshState) -> StoredTokens | None:
        local = self.clock.now()
        opened = await self.sealed_rows.read_connection(state.connection_id)
        if opened is None:
            return None
        return StoredTokens(opened.record, opened.version, ClockPair(local, opened.now))

    async def _write(
        self, state: RefreshState, found: StoredTokens, record: ConnectionRecord
    ) -> StoredTokens | None:
        """Write the row's next version; None if another process has written it."""
        version = found.version + 1
        if not await self.sealed_rows.save_connection(state.connection_id, version, record):
            return None
        return StoredTokens(record, version, found.read_at)

    def _is_usable(self, tokens: StoredTokens, rejected: Secret | None) -> bool:
        now = tokens.read_at.to_store(self.clock.now())
        return tokens.record.access != rejected and is_sendable(tokens.record, now, self.timing)

    # -- refreshing

    async def _refresh(
        self,
        state: RefreshState,
        found: StoredTokens,
        seen: StoredTokens | None,
        rejected: Secret | None,
        ignore_lease: bool,
    ) -> StoredTokens | None:
        """Refresh, or leave that to the process that has the lease; None to read the row again."""
        if self.is_stopping:
            return None
        owner = state.lease_owner = state.lease_owner or make_id()
        lease = self.sealed_rows.lease(state.connection_id, owner, self.timing.lease)
        if await lease or ignore_lease:
            return await self._refresh_under_lease(state, owner, seen, rejected)
        state.lease_owner = None
        return found if self._is_usable(found, rejected) else None

    async def _refresh_under_lease(
        self,
        state: RefreshState,
        owner: str,
        seen: StoredTokens | None,
        rejected: Secret | None,
    ) -> StoredTokens | None:
        began = self.clock.now()
        try:
            found, decision = await self._read_and_decide(state, seen, rejected)
            refresh_token = found.record.refresh
            if decision.step is not Step.REFRESH or refresh_token is None:
                return None
            announced = await self._announce(state, found)
            if announced is None:
                return None
            # A process that was stopped meanwhile may have lost the lease, and must not send.
            if self.clock.now() - began + self.timing.longest_answer >= self.timing.lease:
                # Withdraw the intent, or the other processes would wait for this one.
                await self._write(state, announced, evolve(announced.record, intent=None))
                return None
            state.unsent_attempt = None
            requested_at = self.clock.now()
            until = began + self.timing.lease - self.timing.longest_answer
            form = make_refresh_form(self.client, refresh_token)
            outcome = await self.endpoint.request_tokens(form, until)
            return await self._settle(state, announced, outcome, requested_at, rejected)
        finally:
            await self._release(state, owner)

    async def _announce(self, state: RefreshState, found: StoredTokens) -> StoredTokens | None:
        """Write the intent to use the refresh token; None if another process was faster."""
        token = found.record.refresh_fingerprint or ""
        now = found.read_at.to_store(self.clock.now())
        intent = Intent(token=token, attempt=make_id(), at=now)
        before = found.record.intent
        if before is not None and before.token == token and before.attempt != state.unsent_attempt:
            state.last_call_for = token
        state.unsent_attempt = intent.attempt  # before the write, whose confirmation may be lost
        announced = await self._write(state, found, evolve(found.record, intent=intent))
        if announced is None:
            return None
        if state.last_call_for == token and not await self._wait_last_call(state, announced):
            return None
        return announced

    async def _wait_last_call(self, state: RefreshState, announced: StoredTokens) -> bool:
        """Wait for the tokens of a process with an earlier intent; return whether none came.

        The row is read all the while: time during which the store fails does not count.
        """
        until = self.clock.now() + self.timing.last_call
        while (left := until - self.clock.now()) > 0:
            await self.clock.sleep(min(left, self.timing.save_interval))
            newest = await self._read(state)
            if newest is None or newest.version != announced.version:
                return False
        state.last_call_for = None
        return True

    async def _release(self, state: RefreshState, owner: str) -> None:
        try:
            await self.sealed_rows.release(state.connection_id, owner)
            state.lease_owner = None
        except TokenStoreError as error:
            log.info("connection %s: its lease runs out by itself: %s", state.connection_id, error)

    # -- the outcome of a refresh

    async def _settle(
        self,
        state: RefreshState,
        announced: StoredTokens,
        outcome: Tokens | TokenRequestFailed | ConfigurationError,
        requested_at: float,
        rejected: Secret | None,
    ) -> StoredTokens:
        """Write the outcome of a refresh to the row.

        Raises:
            KatanaError: The outcome, if it is an error.
        """
        if isinstance(outcome, Tokens):
            self.refreshes += 1
        else:
            self.failures[_failure_name(outcome)] += 1
        if isinstance(outcome, Tokens | OnlyRefreshToken):
            requested = announced.read_at.to_store(requested_at)
            record = with_answer(announced.record, outcome, requested)
            spent = announced.record.refresh_fingerprint
            state.arrived = evolve(announced, record=record, unsaved=spent)
            saved = await self.save(state, state.arrived, tries=_SAVES)
            if isinstance(outcome, OnlyRefreshToken) and saved.unsaved is None:
                raise outcome
            return saved
        if isinstance(outcome, TokenRequestFailed):
            if outcome.error == "invalid_grant":
                return await self._handle_invalid_grant(state, announced, outcome)
            if outcome.may_still_happen:
                raise outcome  # the intent stays, so that no process uses the token for a while
        # The token was not used; or it was, and its successor is lost, so using it again harms
        # nothing.
        assert announced.record.intent is not None
        state.unsent_attempt = announced.record.intent.attempt  # if the store fails now
        now = announced.read_at.to_store(self.clock.now())
        record = evolve(announced.record, intent=None)
        if isinstance(outcome, TokenRequestFailed):
            record = with_refusal(record, outcome, now)
        written = await self._write(state, announced, record)
        if written is None or record.refusal is None:
            raise outcome
        if needs_person(record, now, self.timing, rejected):
            reason = f"the authorization server refuses to refresh it: {record.refusal.code}"
            raise await self._end(state, written, reason)
        before = announced.record.refusal
        if before is None or before.code != record.refusal.code:
            self.notify(ConnectionEvent.REFRESH_FAILED, state.connection_id, record)
        raise outcome

    async def _handle_invalid_grant(
        self, state: RefreshState, announced: StoredTokens, error: TokenRequestFailed
    ) -> StoredTokens:
        """Return newer tokens from the row; if it has none, the connection has ended."""
        found = await self._read(state)
        if found is None:
            raise _not_connected(state)
        if found.record.refresh_fingerprint != announced.record.refresh_fingerprint:
            return found
        record = with_refusal(found.record, error, found.read_at.store)
        raise await self._end(state, evolve(found, record=record), NOT_ACCEPTED)

    async def _end(
        self, state: RefreshState, ended: StoredTokens, reason: str
    ) -> ReauthorizationRequired:
        """Write that a connection has ended, unless it was connected anew; return the error."""
        error = ReauthorizationRequired(
            f"{reason}. Let the person connect the account again",
            connection_id=state.connection_id,
        )
        found: StoredTokens | None = ended
        while found is not None and is_same_grant(found.record, ended.record):
            if found.record.standing is Standing.REAUTHORIZE:
                break
            record = evolve(found.record, standing=Standing.REAUTHORIZE, reason=reason, intent=None)
            if await self._write(state, found, record) is not None:
                log.warning("%s", error)
                self.notify(ConnectionEvent.REAUTHORIZATION_REQUIRED, state.connection_id, record)
                break
            found = await self._read(state)
        return error

    async def save(self, state: RefreshState, fresh: StoredTokens, *, tries: int) -> StoredTokens:
        """Store fresh tokens, as long as the row has the refresh token that was spent for them.

        Args:
            state: The connection's state in this process.
            fresh: The tokens; `unsaved` is the fingerprint of the refresh token that was spent.
            tries: After so many failures of the store, go on without it: an access token can be
                used without the store, and these tokens are the only good ones.

        Returns:
            The tokens as stored, or newer ones from the row, or `fresh` while the store fails.

        Raises:
            NotConnected: The connection was disconnected.
        """
        for attempt in range(1, tries + 1):
            try:
                saved = await self._replace_spent(state, fresh)
            except KatanaError as error:
                # An error is logged once; the session offers the tokens to the store every second.
                level = logging.ERROR if attempt == 1 < tries else logging.INFO
                message = "connection %s: fresh tokens are not stored yet: %s"
                log.log(level, message, state.connection_id, error)
                if attempt < tries:
                    await self.clock.sleep(min(backoff(attempt), self.timing.save_interval))
                continue
            state.arrived = None
            if saved is None:
                # They are not revoked: at Auth0 that could end another connection of the user.
                log.info("connection %s: fresh tokens came after its end", state.connection_id)
                raise _not_connected(state)
            if _has_same_tokens(saved, fresh):
                state.unsent_attempt = state.overdue_attempt = state.last_call_for = None
                self.notify(ConnectionEvent.REFRESHED, state.connection_id, saved.record)
            return saved
        return fresh

    async def _replace_spent(self, state: RefreshState, fresh: StoredTokens) -> StoredTokens | None:
        """Write fresh tokens over spent ones; None if the connection was disconnected."""
        found, record = fresh, evolve(fresh.record, intent=None)
        while (saved := await self._write(state, found, record)) is None:
            newer = await self._read(state)
            if newer is None:
                return None
            if _has_same_tokens(newer, fresh):
                # They were written, and only the confirmation was lost. What was written since must
                # stay: another process's intent to use this refresh token.
                return newer
            is_spent = newer.record.refresh_fingerprint == fresh.unsaved
            if not is_spent and not is_rollback(newer, fresh):
                return newer  # connected anew, or refreshed by another process
            found, record = newer, with_tokens_of(newer.record, record)
        return saved


def _has_same_tokens(one: StoredTokens, other: StoredTokens) -> bool:
    first, second = one.record, other.record
    return (first.access, first.refresh) == (second.access, second.refresh)


def _failure_name(error: TokenRequestFailed | ConfigurationError) -> str:
    """Return the name under which failures are counted."""
    if isinstance(error, ConfigurationError):
        return "configuration"
    if isinstance(error, OnlyRefreshToken):
        return "no_access_token"
    return error.error or ("no_answer" if error.status is None else f"http_{error.status}")


def _not_connected(state: RefreshState) -> NotConnected:
    return NotConnected(
        "there is none, or it was disconnected. Connect the account",
        connection_id=state.connection_id,
    )
