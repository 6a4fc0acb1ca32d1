"""Refreshing one connection, safe against every other process that may be at it.

look -> lease -> look again -> say so in the row -> send once -> store, as long as the row still has
the refresh token that was spent. Who comes after somebody that was not heard of waits a last time
before sending. What is decided is in `refresh.py`, who waits in `keeper.py`.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from attrs import define, evolve, field, frozen

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
from ..line import Line
from ..records import ConnectionRecord, Intent, Standing, new_name
from ..sealing.sealed_rows import Vault, rolled_back
from ..server.answers import OnlyRefreshToken
from ..server.endpoint import Endpoint
from ..server.forms import Registration, Tokens, refresh_form
from ..server.traffic import Traffic, is_busy
from ..turns import Turns
from .found import Found, Moment, put_back
from .refresh import (
    NOT_ACCEPTED,
    Decision,
    Step,
    Timing,
    decide,
    lives,
    needs_person,
    refreshed,
    same_grant,
    with_refusal,
    with_tokens_of,
)

log = logging.getLogger("katana_async")

_FIRST_LOOK = 0.05
_LONGEST_LOOK = 1.0
_SAVES = 5
_LOOKS_AT_ONCE = 10  # or thousands of them would keep a slow store from all who refresh
_INVALID_GRANT = "invalid_grant"

Event = Callable[[str, ConnectionRecord], Awaitable[None]]


@frozen
class _Look:
    found: Found
    decision: Decision


@define(eq=False)
class Refresher:
    """Get usable tokens of a connection.

    Attributes:
        app: Who asks for tokens.
        vault: The rows.
        endpoint: The token endpoint.
        traffic: When it may be asked.
        timing: When to do what.
        clock: Time in this process.
        on_refresh: Hears of each refresh that was stored.
        on_reauthorization_required: Hears once of each connection that was found to be over.
        on_refusal: Hears of each connection whose refreshes begin to be refused, once per reason.
        stopping: True when no new refresh is begun, and nobody is waited for.
        arrived: Fresh tokens that are being stored for the first time.
        refreshes: How often fresh tokens came.
        failures: How often none came, by the reason.
    """

    app: Registration
    vault: Vault
    endpoint: Endpoint
    traffic: Traffic
    timing: Timing
    clock: Clock
    on_refresh: Event
    on_reauthorization_required: Event
    on_refusal: Event | None = None
    stopping: bool = False
    arrived: dict[str, Found] = field(factory=dict[str, Found])
    refreshes: int = 0
    failures: Counter[str] = field(factory=Counter[str])
    _looks: Line = field(factory=lambda: Line(_LOOKS_AT_ONCE))
    _offers: Turns = field(factory=lambda: Turns(_LOOKS_AT_ONCE))
    _kept: dict[str, str] = field(factory=dict[str, str])
    _unsent: dict[str, str] = field(factory=dict[str, str])
    _waited: dict[str, str] = field(factory=dict[str, str])
    _last_calls: dict[str, str] = field(factory=dict[str, str])

    async def usable(
        self, connection_id: str, seen: Found | None, refused: Secret | None
    ) -> Found | KatanaError:
        """Return tokens that can be used, from the row or from the authorization server.

        Args:
            connection_id: Whose.
            seen: What this process found last.
            refused: The access token that the API refused, if that is why.

        Returns:
            What was found; or the error, since frames here have seen tokens.

        Raises:
            KatanaError: The store cannot be read, or the row does not open.
        """
        if seen is not None and seen.unsaved is not None:
            async with self._offers:
                saved = await self.save(connection_id, seen, tries=1)
            if not isinstance(saved, Found) or self._serves(saved, refused):
                return saved
            if saved.unsaved is not None:
                return TokenStoreError(
                    f"connection {connection_id}: the token store does not take its fresh tokens,"
                    " and the access token has ended. It is refreshed once they are stored"
                )
            seen = saved
        pause, waiting_for, since = _FIRST_LOOK, "", 0.0
        leased, leased_since = 0, 0.0
        while True:
            look = await self._look_in_turn(connection_id, seen, refused)
            record, step = look.found.record, look.decision.step
            if step is Step.ADOPT:
                return look.found
            if step is Step.GIVE_UP:
                reason = look.decision.reason or NOT_ACCEPTED
                await self._mark(connection_id, look.found, reason)
                return _over(connection_id, reason)
            if self.stopping:
                return ConfigurationError("this OAuthApp is closed; make a new one")
            if step is Step.ASK:
                if look.found.version != leased:
                    leased, leased_since = look.found.version, self.clock.now()
                # No lease lasts for so long without a word in the row. The store's clock may have
                # been set back; and a lease saves work, it is not what keeps tokens safe.
                stale = self.clock.now() - leased_since >= self.timing.patience
                async with self.traffic.turn(lambda: self.stopping) as trouble:
                    outcome = trouble or await self._asked(
                        connection_id, look.found, seen, refused, stale
                    )
                if (
                    isinstance(outcome, TokenRequestFailed)
                    and is_busy(outcome)
                    and self.traffic.is_waited_for()
                ):
                    continue  # callers wait, each within its deadline
                if outcome is not None:
                    return outcome
            intent = record.intent
            if step is Step.WAIT and intent is not None:
                if intent.attempt != waiting_for:
                    waiting_for, since = intent.attempt, self.clock.now()
                elif self.clock.now() - since >= self.timing.patience:
                    # So it is, whatever the store's clock says: it may have been set back.
                    self._waited[connection_id] = intent.attempt
                    continue
            await self.clock.sleep(pause * jitter())
            pause = min(pause * 1.5, _LONGEST_LOOK)

    async def _asked(
        self,
        connection_id: str,
        found: Found,
        seen: Found | None,
        refused: Secret | None,
        stale: bool,
    ) -> Found | KatanaError | None:
        """Refresh, or leave that to another process; None to look again.

        Args:
            connection_id: Whose.
            found: What the row says.
            seen: What this process found last.
            refused: The access token that the API refused, if that is why.
            stale: Whether another one's lease is not minded.
        """
        if self.stopping:
            return None
        # One that was not freed, or of which nobody knows whether it was had, is had anew.
        owner = self._kept.setdefault(connection_id, new_name())
        if await self.vault.lease(connection_id, owner, self.timing.lease) or stale:
            return await self._under_lease(connection_id, owner, seen, refused)
        del self._kept[connection_id]
        if self._serves(found, refused):
            return found  # another one refreshes it, in good time
        return None

    def _serves(self, found: Found, refused: Secret | None) -> bool:
        now = found.moment.to_store(self.clock.now())
        return found.record.access != refused and lives(found.record, now, self.timing)

    async def _look_in_turn(
        self, connection_id: str, seen: Found | None, refused: Secret | None
    ) -> _Look:
        async with self._looks.turn():
            try:
                return await self._look(connection_id, seen, refused)
            except (TokenStoreError, KeyUnavailable) as error:
                self._looks.in_vain(error)  # the others in line do not wait to hear the same
                raise

    async def _look(self, connection_id: str, seen: Found | None, refused: Secret | None) -> _Look:
        found = await self._find(connection_id)
        if found is None:
            raise _gone(connection_id)
        if seen is not None and put_back(found, seen):
            raise rolled_back(connection_id, seen.version, found.version)
        decision = decide(
            found.record,
            found.moment.store,
            self.timing,
            refused=refused,
            void=(self._unsent.get(connection_id), self._waited.get(connection_id)),
        )
        return _Look(found, decision)

    async def _find(self, connection_id: str) -> Found | None:
        here = self.clock.now()
        opened = await self.vault.connection(connection_id)
        if opened is None:
            return None
        return Found(opened.record, opened.version, Moment(here, opened.now))

    async def _under_lease(
        self, connection_id: str, owner: str, seen: Found | None, refused: Secret | None
    ) -> Found | KatanaError | None:
        """Refresh, if that is still due; None to start over."""
        began, attempt = self.clock.now(), new_name()
        try:
            look = await self._look(connection_id, seen, refused)
            found, token = look.found, look.found.record.refresh
            if look.decision.step is not Step.ASK or token is None:
                return None
            intent = Intent(
                token=found.record.refresh_name or "",
                attempt=attempt,
                at=found.moment.to_store(self.clock.now()),
            )
            follows_another = self._follows_another(connection_id, found.record)
            self._unsent[connection_id] = attempt  # so it stays, if the store fails now
            mine = await self._written(connection_id, found, evolve(found.record, intent=intent))
            if mine is None:
                return None
            if follows_another and not await self._last_call(connection_id, mine):
                return None
            # A process that was stopped meanwhile may have lost the lease, and must not send.
            if self.clock.now() - began + self.timing.answer >= self.timing.lease:
                # The others cannot know that, and would wait for this process.
                await self._written(connection_id, mine, evolve(mine.record, intent=None))
                return None
            self._unsent.pop(connection_id, None)
            asked = self.clock.now()
            until = began + self.timing.lease - self.timing.answer
            outcome = await self.endpoint.ask(refresh_form(self.app, token), until)
            return await self._settled(connection_id, mine, outcome, asked, refused)
        finally:
            await self._release(connection_id, owner)

    def _follows_another(self, connection_id: str, record: ConnectionRecord) -> bool:
        """Whether somebody else said to use this refresh token, and may have what came of it.

        That holds until they had their last call, although our own intent stands in the row then.
        """
        intent, token = record.intent, record.refresh_name or ""
        if (
            intent is not None
            and intent.token == token
            and intent.attempt != self._unsent.get(connection_id)
        ):
            self._last_calls[connection_id] = token
        return self._last_calls.get(connection_id) == token

    async def _last_call(self, connection_id: str, mine: Found) -> bool:
        """Wait whether they are heard of yet, and return whether it stayed quiet.

        It is looked all the while, since a time for which the store was away does not count.
        """
        until = self.clock.now() + self.timing.last_call
        while (left := until - self.clock.now()) > 0:
            await self.clock.sleep(min(left, self.timing.again))
            newest = await self._find(connection_id)
            if newest is None or newest.version != mine.version:
                return False
        self._last_calls.pop(connection_id, None)
        return True

    async def _release(self, connection_id: str, owner: str) -> None:
        try:
            await self.vault.release(connection_id, owner)
            del self._kept[connection_id]
        except TokenStoreError as error:
            log.info("connection %s: its lease runs out by itself: %s", connection_id, error)

    async def _written(
        self, connection_id: str, found: Found, record: ConnectionRecord
    ) -> Found | None:
        """Write the version after the one that was found; None when there is another one."""
        version = found.version + 1
        if not await self.vault.save_connection(connection_id, version, record):
            return None
        return Found(record, version, found.moment)

    async def _settled(
        self,
        connection_id: str,
        mine: Found,
        outcome: Tokens | TokenRequestFailed | ConfigurationError,
        asked: float,
        refused: Secret | None,
    ) -> Found | KatanaError:
        """Write what came of a refresh."""
        if isinstance(outcome, Tokens):
            self.refreshes += 1
        else:
            self.failures[_reason(outcome)] += 1
        if isinstance(outcome, Tokens | OnlyRefreshToken):
            record = refreshed(mine.record, outcome, mine.moment.to_store(asked))
            fresh = evolve(mine, record=record, unsaved=mine.record.refresh_name)
            self.arrived[connection_id] = fresh
            saved = await self.save(connection_id, fresh, tries=_SAVES)
            del self.arrived[connection_id]
            stored = isinstance(saved, Found) and saved.unsaved is None
            return outcome if stored and isinstance(outcome, OnlyRefreshToken) else saved
        if isinstance(outcome, TokenRequestFailed):
            if outcome.error == _INVALID_GRANT:
                return await self._not_accepted(connection_id, mine, outcome)
            if outcome.may_still_happen:
                return outcome  # the intent stays: nobody is to use that token for a while
        # It was not used; or it was, and what came of it is lost for good. Asking again harms none.
        assert mine.record.intent is not None
        self._unsent[connection_id] = mine.record.intent.attempt  # should the store fail now
        record, now = evolve(mine.record, intent=None), mine.moment.to_store(self.clock.now())
        if isinstance(outcome, TokenRequestFailed):
            record = with_refusal(record, outcome, now)
        written = await self._written(connection_id, mine, record)
        if written is None or record.refusal is None:
            return outcome
        if needs_person(record, now, self.timing, refused):
            reason = f"the authorization server refuses to refresh it: {record.refusal.code}"
            await self._mark(connection_id, written, reason)
            return _over(connection_id, reason)
        before = mine.record.refusal
        if self.on_refusal is not None and (before is None or before.code != record.refusal.code):
            await self.on_refusal(connection_id, record)
        return outcome

    async def _not_accepted(
        self, connection_id: str, mine: Found, error: TokenRequestFailed
    ) -> Found | KatanaError:
        """Look again whether someone else has newer tokens; if not, the connection is over."""
        found = await self._find(connection_id)
        if found is None:
            return _gone(connection_id)
        if found.record.refresh_name != mine.record.refresh_name:
            return found
        record = with_refusal(found.record, error, found.moment.store)
        await self._mark(connection_id, evolve(found, record=record), NOT_ACCEPTED)
        return _over(connection_id, NOT_ACCEPTED)

    async def _mark(self, connection_id: str, start: Found, reason: str) -> None:
        """Mark a connection as over, unless someone connected it anew; tell of it once."""
        found: Found | None = start
        while found is not None and same_grant(found.record, start.record):
            if found.record.standing is Standing.REAUTHORIZE:
                return
            over = evolve(found.record, standing=Standing.REAUTHORIZE, reason=reason, intent=None)
            if await self._written(connection_id, found, over) is not None:
                log.warning("%s", _over(connection_id, reason))
                await self.on_reauthorization_required(connection_id, over)
                return
            found = await self._find(connection_id)

    async def save(self, connection_id: str, fresh: Found, *, tries: int) -> Found | KatanaError:
        """Write fresh tokens, as long as the row has a refresh token that was spent before them.

        While the store fails they are held here, and used, and written later: there are no others,
        and using an access token spends nothing.

        Args:
            connection_id: Whose.
            fresh: The tokens; `unsaved` names the refresh token that was spent.
            tries: How often to try before going on without the store.
        """
        found, record = fresh, evolve(fresh.record, intent=None)
        for attempt in range(1, tries + 1):
            try:
                while (saved := await self._written(connection_id, found, record)) is None:
                    newer = await self._find(connection_id)
                    if newer is None:
                        # They are dropped and not revoked: at Auth0 that could end another
                        # connection of the same user.
                        log.info("connection %s: fresh tokens came after its end", connection_id)
                        return _gone(connection_id)
                    if (newer.record.access, newer.record.refresh) == (
                        record.access,
                        record.refresh,
                    ):
                        # It was written, and only the confirmation was lost. What the row says
                        # since, that somebody is about to use this refresh token, has to stay.
                        saved = newer
                        break
                    spent = newer.record.refresh_name == fresh.unsaved
                    if not spent and not put_back(newer, fresh):
                        return newer  # connected anew, or refreshed by someone since
                    found, record = newer, with_tokens_of(newer.record, record)
            except KatanaError as error:
                # Once is enough: they are offered to it every second from then on.
                level = logging.ERROR if attempt == 1 < tries else logging.INFO
                says = "connection %s: fresh tokens are not stored yet: %s"
                log.log(level, says, connection_id, error)
                if attempt < tries:
                    await self.clock.sleep(min(backoff(attempt), self.timing.again))
                continue
            for known in (self._unsent, self._waited, self._last_calls):
                known.pop(connection_id, None)
            await self.on_refresh(connection_id, record)
            return saved
        return fresh


def _reason(error: TokenRequestFailed | ConfigurationError) -> str:
    """Return what failures are counted by."""
    if isinstance(error, ConfigurationError):
        return "configuration"
    if isinstance(error, OnlyRefreshToken):
        return "no_access_token"
    return error.error or ("no_answer" if error.status is None else f"http_{error.status}")


def _gone(connection_id: str) -> NotConnected:
    return NotConnected(
        "there is none, or it was disconnected. Connect the account", connection_id=connection_id
    )


def _over(connection_id: str, reason: str) -> ReauthorizationRequired:
    return ReauthorizationRequired(
        f"{reason}. Let the person connect the account again", connection_id=connection_id
    )
