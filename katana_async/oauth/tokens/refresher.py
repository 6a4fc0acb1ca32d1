"""Refresh one connection, safely against every other process that may do the same.

Read the row, take the lease, read again, announce the intent in the row, send once, and store the
tokens as long as the row still has the refresh token that was spent. `refresh.py` decides,
`token_session.py` lets callers wait.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Literal

from attrs import define, evolve, field

from ... import errors
from ...http.clock import Clock
from ...http.retry import backoff, jitter
from ...secrets import Secret
from ..concurrency import BackgroundTasks, FailFastQueue
from ..records import ConnectionRecord, Intent, Status, make_id
from ..sealing.envelope import START_OVER
from ..sealing.sealed_rows import SealedRows, StoredRecord
from ..server.answers import OnlyRefreshToken, TokenOutcome, Tokens
from ..server.endpoint import TokenEndpoint
from ..server.forms import ClientRegistration, make_refresh_form
from ..server.traffic import is_busy
from ..settings import REFRESHES_AT_ONCE, ROW_READS_AT_ONCE, RefreshTiming
from . import refresh
from .refresh import Step, StoredTokens

log = logging.getLogger("katana_async")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between two reads of a row
_SAVE_ATTEMPTS = 5


# Listeners are notified when fresh tokens are stored; when the token endpoint begins to refuse
# refreshes, or to give another reason; and once for each end of a connection.
ConnectionEvent = Literal["on_refresh", "on_refresh_failed", "on_reauthorization_required"]


@define(eq=False)
class AppContext:
    """The parts of an app that its connections share."""

    client: ClientRegistration
    sealed_rows: SealedRows
    endpoint: TokenEndpoint
    timing: RefreshTiming
    clock: Clock
    notify: Callable[[ConnectionEvent, str, ConnectionRecord], None]
    is_stopping: bool = False  # no new refresh may begin, and nothing is awaited any more
    refreshes: int = 0
    failures: Counter[str] = field(factory=Counter[str])  # refreshes without tokens, by reason
    tasks: BackgroundTasks = field(factory=BackgroundTasks)
    # For reads of rows before a refresh, and for repeated writes of fresh tokens.
    reads: FailFastQueue = field(factory=lambda: FailFastQueue(ROW_READS_AT_ONCE))
    saves: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(REFRESHES_AT_ONCE))

    async def read_connection(self, connection_id: str) -> StoredRecord[ConnectionRecord]:
        opened = await self.sealed_rows.read_connection(connection_id)
        if opened is None:
            raise errors.NotConnected(
                "there is none. Connect the account", connection_id=connection_id
            )
        return opened

    async def release(self, connection_id: str, owner: str) -> None:
        try:
            await self.sealed_rows.release(connection_id, owner)
        except errors.TokenStoreError as error:
            log.info(
                "connection %s: its lease was not released, and expires: %s", connection_id, error
            )

    def count(self, outcome: TokenOutcome) -> None:
        if isinstance(outcome, Tokens):
            self.refreshes += 1
        elif not isinstance(outcome, errors.TokenRequestFailed):
            is_partial = isinstance(outcome, OnlyRefreshToken)
            self.failures["no_access_token" if is_partial else "configuration"] += 1
        else:
            status = "no_answer" if outcome.status is None else f"http_{outcome.status}"
            self.failures[outcome.error or status] += 1


@define(eq=False)
class Refresher:
    """Refresh one connection. Its `TokenSession` calls `get_tokens` in one task at a time."""

    context: AppContext
    connection_id: str
    # The tokens that this process had last, unsaved ones included.
    tokens: StoredTokens | None = None
    # Always the same, so that it can take its own lease again after a release that failed.
    lease_owner: str = field(factory=make_id)
    # The attempt of an intent in the row to ignore: one of this process that certainly was not sent
    # or has its answer, or another process's, awaited for `patience` by this process's clock.
    void_attempt: str | None = None
    # The fingerprint of a refresh token whose use another process announced earlier. Before this
    # process sends it, it waits for `last_call`, although the row now has its own intent.
    last_call_for: str | None = None

    @property
    def unsaved(self) -> StoredTokens | None:
        """Fresh tokens that the store does not have yet."""
        return self.tokens if self.tokens and self.tokens.unsaved is not None else None

    async def get_tokens(self, rejected: Secret | None) -> StoredTokens:
        """Return usable tokens, from the row or the server, other than those that were rejected."""
        context, timing = self.context, self.context.timing
        if self.unsaved is not None:
            async with context.saves:
                saved = await self.save(self.unsaved, tries=1)
            if self._is_usable(saved, rejected):
                return saved
            if saved.unsaved is not None:
                raise errors.TokenStoreError(
                    "the token store does not accept its fresh tokens, and the access token has"
                    " expired"
                )
        pause, version, unchanged_since = _FIRST_PAUSE, 0, 0.0
        while True:
            async with context.reads.slot(errors.TokenStoreError, errors.KeyUnavailable):
                found, step = await self._read_and_decide(rejected)
            if step is Step.USE:
                self.tokens = found
                return found
            if step is Step.GIVE_UP:
                raise await self._end(found, refresh.reason_to_give_up(found.record))
            if context.is_stopping:
                raise errors.ConfigurationError("this OAuthApp is closed; make a new one")
            now, intent = context.clock.now(), found.record.intent
            if found.version != version:
                version, unchanged_since = found.version, now
            # The store's clock may have been set back. This process waited `patience` by its own
            # clock, so the intent in the row is void, and so is a lease: it only saves work.
            is_stuck = now - unchanged_since >= timing.patience
            if step is Step.REFRESH:
                try:
                    async with context.endpoint.traffic.slot(lambda: context.is_stopping):
                        fresh = await self._refresh(found, rejected, ignore_lease=is_stuck)
                except errors.TokenRequestFailed as error:
                    if is_busy(error) and context.endpoint.traffic.admits_callers():
                        continue  # callers wait, each within its deadline
                    raise
                if fresh is not None:
                    self.tokens = fresh
                    return fresh
            elif intent is not None and is_stuck:
                self.void_attempt, self.last_call_for = intent.attempt, intent.token
                continue
            await context.clock.sleep(pause * jitter())
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def _read_and_decide(self, rejected: Secret | None) -> tuple[StoredTokens, Step]:
        found, seen = await self._read(), self.tokens
        if seen is not None and refresh.is_rollback(found, seen):
            raise errors.RowRolledBack(
                f"connection {self.connection_id}: the row is version {found.version}, but version"
                f" {seen.version} was here before: a backup was restored, or a replica lags. Its"
                " refresh token is probably spent, and using it would end the connection:"
                f" {START_OVER}"
            )
        now, timing, void = found.store_time, self.context.timing, self.void_attempt
        return found, refresh.decide(found.record, now, timing, rejected=rejected, void=void)

    async def _read(self) -> StoredTokens:
        read_at, seen = self.context.clock.now(), self.tokens
        opened = await self.context.read_connection(self.connection_id)
        # A store whose clock was set back, or that replaces another one, has rows from the future.
        # Their tokens were requested now at the latest.
        issued_at = read_at + min(0.0, opened.record.issued_at - opened.now)
        if seen is not None and seen.record.access == opened.record.access:
            issued_at = min(issued_at, seen.issued_at)
        return StoredTokens(opened.record, opened.version, read_at, opened.now, issued_at)

    async def _write(self, found: StoredTokens, record: ConnectionRecord) -> StoredTokens | None:
        """Write the row's next version; None if another process has written it."""
        version = found.version + 1
        if not await self.context.sealed_rows.save_connection(self.connection_id, version, record):
            return None
        return evolve(found, record=record, version=version, unsaved=None)

    def _is_usable(self, tokens: StoredTokens, rejected: Secret | None) -> bool:
        now, timing = self.context.clock.now(), self.context.timing
        return tokens.record.access != rejected and tokens.is_usable(now, timing)

    async def _refresh(
        self, found: StoredTokens, rejected: Secret | None, *, ignore_lease: bool
    ) -> StoredTokens | None:
        """Refresh, or leave it to the process with the lease; None to read the row again."""
        context = self.context
        if context.is_stopping:
            return None
        owner, seconds = self.lease_owner, context.timing.lease
        has_lease = await context.sealed_rows.lease(self.connection_id, owner, seconds)
        if not has_lease and not ignore_lease:
            return found if self._is_usable(found, rejected) else None
        try:
            return await self._refresh_under_lease(rejected)
        finally:
            await context.release(self.connection_id, owner)

    async def _refresh_under_lease(self, rejected: Secret | None) -> StoredTokens | None:
        context, timing, began = self.context, self.context.timing, self.context.clock.now()
        found, step = await self._read_and_decide(rejected)
        refresh_token = found.record.refresh
        if step is not Step.REFRESH or refresh_token is None:
            return None
        announced = await self._announce(found)
        if announced is None:
            return None
        # A process that was stopped meanwhile may have lost the lease, and must not send.
        until = began + timing.lease - timing.longest_answer
        requested_at = context.clock.now()
        if requested_at >= until:
            # Withdraw the intent, or the other processes would wait for this one.
            await self._write(announced, evolve(announced.record, intent=None))
            return None
        self.void_attempt = None
        form = make_refresh_form(context.client, refresh_token)
        outcome = await context.endpoint.request_tokens(form, until)
        return await self._settle(announced, outcome, requested_at, rejected)

    async def _announce(self, found: StoredTokens) -> StoredTokens | None:
        """Write the intent to use the refresh token; None if another process was faster."""
        token = found.record.refresh_fingerprint or ""
        now = found.to_store(self.context.clock.now())
        intent, before = Intent(token=token, attempt=make_id(), at=now), found.record.intent
        if before is not None and before.token == token and before.attempt != self.void_attempt:
            self.last_call_for = token
        self.void_attempt = intent.attempt  # before the write, whose confirmation may be lost
        announced = await self._write(found, evolve(found.record, intent=intent))
        if announced is None or self.last_call_for != token:
            return announced
        # Await the other process's tokens. If the store fails meanwhile, so does this attempt.
        clock, timing = self.context.clock, self.context.timing
        until = clock.now() + timing.last_call
        while (left := until - clock.now()) > 0:
            await clock.sleep(min(left, timing.save_interval))
            if (await self._read()).version != announced.version:
                return None
        self.last_call_for = None
        return announced

    async def _settle(
        self,
        announced: StoredTokens,
        outcome: TokenOutcome,
        requested_at: float,
        rejected: Secret | None,
    ) -> StoredTokens:
        """Write the outcome of a refresh to the row, and raise it if it is an error."""
        context, before = self.context, announced.record
        context.count(outcome)
        if isinstance(outcome, Tokens | OnlyRefreshToken):
            record = refresh.with_answer(before, outcome, announced.to_store(requested_at))
            issued_at = requested_at if isinstance(outcome, Tokens) else announced.issued_at
            spent = before.refresh_fingerprint
            fresh = evolve(announced, record=record, issued_at=issued_at, unsaved=spent)
            saved = await self.save(fresh, tries=_SAVE_ATTEMPTS)
            if isinstance(outcome, OnlyRefreshToken) and saved.unsaved is None:
                raise outcome.error
            return saved
        if isinstance(outcome, errors.TokenRequestFailed) and outcome.error == "invalid_grant":
            found = await self._read()
            if found.record.refresh != before.refresh:
                return found  # connected anew, or refreshed by another process
            record = refresh.with_refusal(found.record, outcome, found.store_time)
            raise await self._end(evolve(found, record=record), refresh.NOT_ACCEPTED)
        if isinstance(outcome, errors.TokenRequestFailed) and outcome.may_still_happen:
            raise outcome  # the intent stays, so that no process uses the token for a while
        # The token was not used; or its successor is lost, so using it again harms nothing.
        assert before.intent is not None
        self.void_attempt = before.intent.attempt  # if the store fails now
        now, record = announced.to_store(context.clock.now()), evolve(before, intent=None)
        if isinstance(outcome, errors.TokenRequestFailed):
            record = refresh.with_refusal(record, outcome, now)
        written = await self._write(announced, record)
        if written is None or record.refusal is None:
            raise outcome
        if refresh.needs_person(record, now, context.timing, rejected):
            reason = f"the authorization server refuses to refresh it: {record.refusal.code}"
            raise await self._end(written, reason)
        if before.refusal is None or before.refusal.code != record.refusal.code:
            context.notify("on_refresh_failed", self.connection_id, record)
        raise outcome

    async def _end(self, ended: StoredTokens, reason: str) -> errors.ReauthorizationRequired:
        """Write that a connection has ended, unless it was connected anew; return the error."""
        error = errors.ReauthorizationRequired(
            f"{reason}. Let the person connect the account again", connection_id=self.connection_id
        )
        found = ended
        while found.record.standing is Status.CONNECTED:
            if not refresh.is_same_grant(found.record, ended.record):
                break
            record = evolve(found.record, standing=Status.REAUTHORIZE, reason=reason, intent=None)
            if await self._write(found, record) is not None:
                log.warning("%s", error)
                self.context.notify("on_reauthorization_required", self.connection_id, record)
                break
            found = await self._read()
        return error

    async def save(self, fresh: StoredTokens, *, tries: int) -> StoredTokens:
        """Store fresh tokens unless the row has newer ones, and return those to use from now on."""
        self.tokens = fresh
        for attempt in range(1, tries + 1):
            try:
                saved = self.tokens = await self._replace_spent(fresh)
            except errors.NotConnected:
                # They are not revoked: at Auth0 that could end another connection of the user.
                log.info(
                    "connection %s: fresh tokens arrived after its disconnect", self.connection_id
                )
                raise
            except errors.KatanaError as error:
                # An error is logged once; the session offers the tokens to the store every second.
                level = logging.ERROR if attempt == 1 < tries else logging.INFO
                message = "connection %s: fresh tokens are not stored yet: %s"
                log.log(level, message, self.connection_id, error)
                if attempt < tries:
                    pause = min(backoff(attempt), self.context.timing.save_interval)
                    await self.context.clock.sleep(pause)
                continue
            if _has_same_tokens(saved, fresh):
                self.void_attempt = self.last_call_for = None
                self.context.notify("on_refresh", self.connection_id, saved.record)
            return saved
        return fresh  # not stored, but the only good ones

    async def _replace_spent(self, fresh: StoredTokens) -> StoredTokens:
        """Write fresh tokens over the spent ones, unless the row has newer ones: return those."""
        found, record = fresh, evolve(fresh.record, intent=None)
        while (saved := await self._write(found, record)) is None:
            newer = await self._read()
            if _has_same_tokens(newer, fresh):
                # They were written, and only the confirmation was lost. A later write must stay,
                # such as another process's intent to use this refresh token.
                return newer
            is_spent = newer.record.refresh_fingerprint == fresh.unsaved
            if not is_spent and not refresh.is_rollback(newer, fresh):
                return newer  # connected anew, or refreshed by another process
            found, record = newer, refresh.with_tokens_of(newer.record, record)
        return evolve(saved, issued_at=fresh.issued_at)


def _has_same_tokens(one: StoredTokens, other: StoredTokens) -> bool:
    first, second = one.record, other.record
    return (first.access, first.refresh) == (second.access, second.refresh)
