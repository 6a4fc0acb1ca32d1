"""Keeps the tokens of many connections usable in this process: one flight per connection at a time.

Callers share a flight. It is a task of its own, so that a caller who is cancelled takes no refresh
with it. What a flight does is in `refresher.py`.
"""

import asyncio
import copy
import logging
import math

from attrs import define, evolve, field, frozen

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
from .found import Found
from .refresh import NOT_OFFLINE
from .refresher import Refresher

log = logging.getLogger("katana_async")

# A server may ask for a day, and while nothing is tried a person's mending is not noticed either.
_LONGEST_COOL_DOWN = 300.0

_MANY = 1000

_LONGEST_LOOK = 5.0  # seconds for which a caller who has a usable token waits for a look at the row

_SAVED_AT_ONCE = 20  # when the app is closed

_REMEMBERED = 86_400.0  # seconds after their end, so that a row which is put back is noticed
_CLEANED_EVERY = 3600.0

_SAID_AGAIN = 60.0  # seconds after which the log says again that something lasts


@frozen
class Held:
    """What this process holds of a connection. Times are this process's clock.

    Attributes:
        found: The tokens.
        credential: What requests are sent with.
        issued: When the access token was asked for, or earlier.
        ends: When it is no longer sent; None when that is not known.
        look: When the row is to be looked at again, while nobody waits.
        overdue: From when on a caller waits for that: the connection may have ended long ago.
    """

    found: Found
    credential: Credential
    issued: float
    ends: float | None
    look: float
    overdue: float

    def usable(self, now: float) -> bool:
        """Whether the access token can be sent."""
        return self.ends is None or now < self.ends


@frozen
class _Failed:
    """A failure, and until when nothing is tried."""

    error: KatanaError
    until: float
    times: int

    def again(self, now: float) -> KatanaError:
        """Return the failure for one who comes before anything is tried again."""
        left = self.until - now
        error = copy.copy(self.error)
        error.args = (f"{self.error} (it is tried again in {math.ceil(left)} s)",)
        if isinstance(error, TokenRequestFailed):
            error.retry_after = left
        return error


Flight = asyncio.Task[Held | KatanaError]


@define(eq=False)
class Keeper:
    """Keep tokens usable.

    Attributes:
        refresher: Gets them.
        here: The event loop of the app. Tokens that live would be given out in any loop, and then
            none could be refreshed there.
    """

    refresher: Refresher
    here: OneLoop
    _held: dict[str, Held] = field(factory=dict[str, Held])
    _failed: dict[str, _Failed] = field(factory=dict[str, _Failed])
    _flights: dict[str, Flight] = field(factory=dict[str, Flight])
    _savers: dict[str, asyncio.Task[None]] = field(factory=dict[str, asyncio.Task[None]])
    _cleaned: float = 0.0

    async def credential(self, connection_id: str) -> Credential:
        """Return what a request is sent with now. Costs nothing while the access token lives.

        Raises:
            OAuthError: There is none to be had, and why.
        """
        self.here.check()
        held = self._held.get(connection_id)
        now = self._now()
        if held is not None and held.usable(now):
            if now >= held.look and not self.refresher.stopping:
                flight = self._fly(connection_id, None)
                if now >= held.overdue:
                    held = await self._looked(connection_id, held, flight)
            return held.credential
        return (await self._landed(connection_id, None)).credential

    async def rejected(self, connection_id: str, credential: Credential) -> bool:
        """Hear that the API refused an access token, and return whether there is another now."""
        self.here.check()
        while self._flying(connection_id) is not None:
            # It began before this was known: what it finds may be the same token, or another.
            await asyncio.shield(self._fly(connection_id, None))
        held = self._held.get(connection_id)
        if held is None:
            held = await self._landed(connection_id, None)
        if held.credential.token == credential.token:
            timing = self.refresher.timing
            if self._now() - held.issued < timing.young(held.found.record.life):
                return False
            held = await self._landed(connection_id, credential.token)
        return held.credential.token != credential.token

    async def refresh(self, connection_id: str) -> ConnectionRecord:
        """Refresh a connection although its access token lives, and return what is stored then.

        Raises:
            OAuthError: That failed. The access token is used for as long as it lives.
        """
        opened = await self.refresher.vault.connection(connection_id)
        if opened is None:
            raise NotConnected("there is none", connection_id=connection_id)
        if opened.record.refresh is None:
            raise ReauthorizationRequired(NOT_OFFLINE, connection_id=connection_id)
        while (flight := self._flying(connection_id)) is not None:
            await asyncio.wait([flight])  # it began before, and may find that nothing is due
        return (await self._landed(connection_id, opened.record.access)).found.record

    def unstored(self, connection_id: str) -> ConnectionRecord | None:
        """Return what this process has of a connection that the store did not take, if anything."""
        held = self._held.get(connection_id)
        found = None if held is None else held.found
        return None if found is None or found.unsaved is None else found.record

    @property
    def unsaved(self) -> int:
        """How many connections have fresh tokens that the store did not take yet."""
        held = {each for each, it in self._held.items() if it.found.unsaved is not None}
        return len(held | self.refresher.arrived.keys())

    def forget(self, connection_id: str) -> None:
        """Drop what this process holds of a connection: it was disconnected, or connected anew."""
        self._drop(connection_id)
        flight = self._flying(connection_id)
        if flight is not None:
            # It may have read the row before that. Those who wait for it get what it brings.
            flight.add_done_callback(lambda _: self._drop(connection_id))

    def _drop(self, connection_id: str) -> None:
        self._failed.pop(connection_id, None)
        held = self._held.get(connection_id)
        if held is None or held.found.unsaved is None:
            self._held.pop(connection_id, None)
        elif not self.refresher.stopping:
            # The store does not have these. Whether it ever will is for a look at the row.
            self._fly(connection_id, None)

    def quota(self, connection_id: str) -> str:
        """Return the name under which a connection's rate limit is kept, whatever its token."""
        return f"oauth:{self.refresher.vault.connection_key(connection_id)}"

    async def close(self) -> None:
        """Let refreshes end, so that none is lost, and try once more to store what is not."""
        self.refresher.stopping = True
        for saver in self._savers.values():
            saver.cancel()
        flights = list(self._flights.values())
        if flights:
            await asyncio.wait(flights, timeout=self.refresher.timing.lease)
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        unsaved = {
            connection_id: held.found
            for connection_id, held in self._held.items()
            if held.found.unsaved is not None
        }
        unsaved |= self.refresher.arrived
        # Many at once: a store may hang, and whoever stops this process does not wait for long.
        turns = asyncio.Semaphore(_SAVED_AT_ONCE)
        await asyncio.gather(*(self._saved_at_last(*each, turns) for each in unsaved.items()))

    async def _saved_at_last(
        self, connection_id: str, found: Found, turns: asyncio.Semaphore
    ) -> None:
        async with turns:
            outcome = await self.refresher.save(connection_id, found, tries=1)
        # Not to be stored once more by a second close; but so if this one was cut.
        self._held.pop(connection_id, None)
        self.refresher.arrived.pop(connection_id, None)
        if isinstance(outcome, Found) and outcome.unsaved is not None:
            log.error(
                "connection %s: its fresh tokens are lost, since the token store did not take"
                " them before the OAuthApp was closed",
                connection_id,
            )

    def _now(self) -> float:
        return self.refresher.clock.now()

    async def _landed(
        self, connection_id: str, refused: Secret | None, flight: Flight | None = None
    ) -> Held:
        # Shielded: a cancelled caller must not take the tokens away from the others.
        outcome = await asyncio.shield(flight or self._fly(connection_id, refused))
        if isinstance(outcome, KatanaError):
            # Each caller gets an error of its own: a shared one would collect their tracebacks.
            raise copy.copy(outcome)
        return outcome

    async def _looked(self, connection_id: str, held: Held, flight: Flight) -> Held:
        """Wait for a look at the row, if it does not take too long: what is held can be used."""
        done, _ = await asyncio.wait([flight], timeout=_LONGEST_LOOK)
        if done:
            return await self._landed(connection_id, None, flight)
        if self._held.get(connection_id) is held:
            # Once is enough, or a store that hangs would hold up everybody.
            self._held[connection_id] = evolve(held, overdue=math.inf)
        return held

    def _flying(self, connection_id: str) -> Flight | None:
        flight = self._flights.get(connection_id)
        return None if flight is None or flight.done() else flight

    def _fly(self, connection_id: str, refused: Secret | None, *, anyway: bool = False) -> Flight:
        """Return the flight that is in the air, or one that begins now.

        Args:
            connection_id: Whose tokens are to be had.
            refused: The access token that the API refused, if that is why.
            anyway: Ask even though it failed just now.
        """
        flight = self._flying(connection_id)
        if flight is None:
            flight = self._flights[connection_id] = asyncio.get_running_loop().create_task(
                self._flight(connection_id, refused, anyway=anyway),
                name=f"katana-oauth-{connection_id}",
            )
            flight.add_done_callback(lambda done: self._landing(connection_id, done))
        return flight

    def _landing(self, connection_id: str, flight: Flight) -> None:
        if self._flights.get(connection_id) is flight:
            del self._flights[connection_id]

    async def _flight(
        self, connection_id: str, refused: Secret | None, *, anyway: bool
    ) -> Held | KatanaError:
        failed = self._failed.get(connection_id)
        if failed is not None and self._now() < failed.until and not anyway:
            return failed.again(self._now())
        held = self._held.get(connection_id)
        outcome = await self._asked(connection_id, held, refused)
        if isinstance(outcome, Found):
            self._failed.pop(connection_id, None)
            self._clean()
            held = self._held[connection_id] = self._holding(connection_id, outcome)
            if outcome.unsaved is not None and not self.refresher.stopping:
                self._save_until_saved(connection_id)
            return held
        if isinstance(outcome, NotConnected | ReauthorizationRequired):
            self._held.pop(connection_id, None)
            self._failed.pop(connection_id, None)
            return outcome
        if isinstance(outcome, ConfigurationError):
            return outcome  # of this caller's loop, say: the others may fare better
        _name(outcome, connection_id)
        failed = self._failed[connection_id] = self._failing(outcome, failed)
        level = logging.INFO if anyway else logging.WARNING  # it was said when it began
        log.log(level, "%s", outcome)
        if held is not None and refused is None and held.usable(self._now()):
            # The access token lives: the trouble may be over before it ends.
            overdue = failed.until + self.refresher.timing.recheck
            held = self._held[connection_id] = evolve(held, look=failed.until, overdue=overdue)
            return held
        return outcome

    def _save_until_saved(self, connection_id: str) -> None:
        """See to it that tokens which the store does not take are stored once it is back.

        Whether anybody calls or not: when the others have waited for long enough, they use the
        refresh token that was spent for these.
        """
        if connection_id in self._savers:
            return
        saver = self._savers[connection_id] = asyncio.get_running_loop().create_task(
            self._saving(connection_id), name=f"katana-oauth-save-{connection_id}"
        )
        saver.add_done_callback(lambda _: self._savers.pop(connection_id, None))

    async def _saving(self, connection_id: str) -> None:
        began = said = self._now()
        while (held := self._held.get(connection_id)) and held.found.unsaved is not None:
            await self.refresher.clock.sleep(self.refresher.timing.again * jitter())
            await asyncio.wait([self._fly(connection_id, None, anyway=True)])
            if (now := self._now()) - said >= _SAID_AGAIN:
                said = now
                log.error(
                    "connection %s: the token store has not taken its fresh tokens for %.0f s",
                    connection_id,
                    now - began,
                )
        if held is not None:
            log.info("connection %s: its fresh tokens are stored", connection_id)

    async def _asked(
        self, connection_id: str, held: Held | None, refused: Secret | None
    ) -> Found | KatanaError:
        seen = None if held is None else held.found
        try:
            return await self.refresher.usable(connection_id, seen, refused)
        except KatanaError as error:
            return error.with_traceback(None)
        except asyncio.CancelledError:
            if not self.refresher.stopping:
                raise
        # Cancelled by `close`. Those who wait for it are not, and must not be told that they are.
        return ConfigurationError("this OAuthApp was closed while it refreshed; make a new one")

    def _clean(self) -> None:
        """Forget tokens that ended long ago, of connections that nobody calls as any more."""
        now = self._now()
        if now < self._cleaned + _CLEANED_EVERY:
            return
        self._cleaned = now
        for connection_id, held in list(self._held.items()):
            if (
                held.found.unsaved is None
                and held.ends is not None
                and held.ends < now - _REMEMBERED
            ):
                del self._held[connection_id]

    def _failing(self, error: KatanaError, before: _Failed | None) -> _Failed:
        """Return until when callers by the dozen are told the same without asking again."""
        if len(self._failed) >= _MANY:  # of ids that nobody asks for again, say
            now = self._now()
            self._failed = {each: it for each, it in self._failed.items() if now < it.until}
        times = 1 if before is None else before.times + 1
        wait = backoff(times + 1, jitter)
        if isinstance(error, TokenRequestFailed) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, _LONGEST_COOL_DOWN))
        return _Failed(error, self._now() + wait, times)

    def _holding(self, connection_id: str, found: Found) -> Held:
        record, timing, now = found.record, self.refresher.timing, self._now()
        # A store whose clock was set back, or that another one stands in for, has rows from the
        # future. Their tokens were not asked for later than now.
        issued = min(found.moment.to_here(record.issued_at), now)
        look = now + timing.recheck * jitter()
        ends = None
        if record.life is not None:
            ends = issued + record.life - timing.margin(record.life)
            ahead = timing.ahead(record.life)
            # Spread, so that of many processes one refreshes and the others find it done.
            due = issued + record.life - ahead * (0.6 + 0.4 * jitter())
            look = min(look, max(due, now + ahead / 10))
        before = self._held.get(connection_id)
        if before is not None and before.credential.token == record.access:
            issued = min(issued, before.issued)
        credential = Credential(record.access, self.quota(connection_id))
        return Held(found, credential, issued, ends, look, overdue=now + timing.recheck)


def _name(error: KatanaError, connection_id: str) -> None:
    """Let an error say whose it is, as those of one connection do by themselves."""
    if not isinstance(error, UnsealError) and connection_id not in str(error):
        error.args = (f"connection {connection_id}: {error}",)
