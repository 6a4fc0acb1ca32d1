"""The state of the token endpoint, shared by all connections of an app: pauses and outages."""

import copy
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from attrs import define, field, frozen

from ...errors import TokenRequestFailed
from ...http.clock import Clock
from ...http.retry import backoff
from ..turns import Turns

LONGEST_PAUSE = 60.0
"""Seconds for which callers wait when the endpoint asks for a pause; a longer one is an error."""

_LONGEST_COOL_DOWN = 300.0
_LONGEST_WAIT = 300.0  # seconds of nothing but pauses, after which callers fail
_AT_ONCE = 20  # refreshes: far fewer than aiohttp's pool has connections, so that none waits there
_SLICE = 0.25  # seconds after which the first in line looks whether the app is closed


def is_busy(error: TokenRequestFailed) -> bool:
    """Return whether the endpoint asked to come back later: it carried out nothing."""
    return error.status == 429 or (
        error.error == "temporarily_unavailable" and error.retry_after is not None
    )


def _is_down(error: TokenRequestFailed) -> bool:
    """Return whether the next connection will fare no better."""
    return error.error == "invalid_client" or error.status is None or error.status >= 500


@frozen
class _Trouble:
    """The last trouble with the endpoint.

    Attributes:
        error: The error of the last request.
        busy: Whether callers wait for the pause to end; otherwise the endpoint is down.
        noted: Monotonic seconds at which it was first noted.
        until: Monotonic seconds from which the next request may go.
        times: Requests in a row that met it.
        since: Monotonic seconds at which the first of them met it.
    """

    error: TokenRequestFailed
    busy: bool
    noted: float
    until: float
    times: int
    since: float


@define(eq=False)
class Traffic:
    """Let so many requests go at once; while there is trouble, one after each pause.

    A pause that the endpoint asks for (429) holds for all. When a request fails for a reason that
    is no connection's own (no answer, a gateway's error, `invalid_client`), the others wait for one
    more; when that fails too, they fail with it, without asking, until one gets through.

    Attributes:
        clock: Time in this process.
    """

    clock: Clock
    _turns: Turns = field(factory=lambda: Turns(_AT_ONCE), init=False)
    _first: Turns = field(factory=lambda: Turns(1), init=False)
    _trouble: _Trouble | None = field(default=None, init=False)
    _probing: bool = field(default=False, init=False)

    def note(self, outcome: object, began: float) -> None:
        """Note what came of a request.

        Args:
            outcome: Tokens or an error.
            began: When it was sent, or a little before.
        """
        last = self._trouble
        known = (
            last is not None and began < last.noted
        )  # it could not take the trouble into account
        error = outcome if isinstance(outcome, TokenRequestFailed) else None
        if error is None or not (is_busy(error) or _is_down(error)):
            if not known:
                self._trouble = None
            return
        now, busy = self.clock.now(), is_busy(error)
        if last is None or last.busy is not busy:
            last, known = None, False
        times = 1 if last is None else last.times if known else last.times + 1
        wait = backoff(times, lambda: 0.5)  # never more than what each connection waits by itself
        if busy and error.retry_after is not None:
            wait = min(error.retry_after, _LONGEST_COOL_DOWN)
        until, noted = now + wait, now
        if last is not None and known:
            until, noted = max(until, last.until), last.noted
        error = copy.copy(error).with_traceback(None)
        since = now if last is None else last.since
        self._trouble = _Trouble(error, busy, noted, until, times, since)

    def pause(self) -> float:
        """Return the seconds that are left of a pause which the endpoint asked for."""
        trouble = self._trouble
        return 0.0 if trouble is None or not trouble.busy else trouble.until - self.clock.now()

    def is_waited_for(self) -> bool:
        """Return whether callers wait for the endpoint, which has asked for a pause if any."""
        trouble = self._trouble
        return trouble is None or not trouble.busy or not self._fails(trouble)

    @asynccontextmanager
    async def turn(
        self, stopping: Callable[[], bool]
    ) -> AsyncGenerator[TokenRequestFailed | None, None]:
        """Wait for a turn to send one request, and have it; or give the error to fail with.

        Args:
            stopping: Whether the app is being closed, so that nothing is waited for.
        """
        while True:
            trouble = self._trouble
            if trouble is None:
                async with self._turns:
                    if self._trouble is None:
                        yield None
                        return
                continue
            if self._fails(trouble):
                yield self._again(trouble)
                return
            async with self._first:
                newer = self._trouble
                if newer is None:
                    continue
                if self._fails(newer):
                    yield self._again(newer)
                    return
                while (left := newer.until - self.clock.now()) > 0 and not stopping():
                    await self.clock.sleep(min(left, _SLICE))
                self._probing = True
                try:
                    yield None
                finally:
                    self._probing = False
                return

    def _fails(self, trouble: _Trouble) -> bool:
        now = self.clock.now()
        left = trouble.until - now
        if trouble.busy:
            return left > LONGEST_PAUSE or now - trouble.since > _LONGEST_WAIT
        return trouble.times > 1 and (left > 0 or self._probing)

    def _again(self, trouble: _Trouble) -> TokenRequestFailed:
        """Return the error for a caller that did not ask."""
        left = max(0.0, trouble.until - self.clock.now())
        error = copy.copy(trouble.error)
        error.args = (f"{trouble.error} (the endpoint is asked again in {math.ceil(left)} s)",)
        error.retry_after, error.outcome_unknown, error.may_still_happen = left, False, False
        return error
