"""The state of the token endpoint, shared by all connections of an app: pauses and outages."""

import asyncio
import copy
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from attrs import define, field, frozen

from ...errors import TokenRequestFailed
from ...http.clock import Clock
from ...http.retry import backoff
from .. import settings

_CLOSING_CHECK = 0.25  # seconds between two checks, during a pause, whether the app is closing


def is_busy(error: TokenRequestFailed) -> bool:
    """Return whether the endpoint asked to come back later: it did nothing with the request."""
    return error.status == 429 or (
        error.error == "temporarily_unavailable" and error.retry_after is not None
    )


def _is_trouble(error: TokenRequestFailed) -> bool:
    """Return whether requests of other connections will fail for the same reason."""
    is_down = error.error == "invalid_client" or error.status is None or error.status >= 500
    return is_down or is_busy(error)


@frozen
class _Trouble:
    """A pause that the endpoint asked for, or an outage. Times are monotonic seconds."""

    error: TokenRequestFailed
    since: float  # the first of the consecutive `failures`
    noted_at: float  # the last of them
    until: float  # the earliest time of the next request
    failures: int

    @property
    def is_pause(self) -> bool:
        return is_busy(self.error)


@define(eq=False)
class EndpointTraffic:
    """Limit the requests to the endpoint; a circuit breaker while it is in trouble.

    A pause that the endpoint asks for (429) holds for all connections. Another failure that
    concerns them all is no answer, a gateway's error, or `invalid_client`. After the first one,
    callers wait for one more request, the probe. If that fails too, callers fail at once with its
    error, except for one probe after each pause, until one succeeds.
    """

    clock: Clock
    _slots: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(settings.REFRESHES_AT_ONCE))
    _probe: asyncio.Lock = field(factory=asyncio.Lock)
    _trouble: _Trouble | None = None

    def record(self, outcome: object, began: float) -> None:
        """Record the outcome of a request, tokens or an error, and when it began."""
        last, now = self._trouble, self.clock.now()
        if last is not None and began < last.noted_at:
            return  # the request began before the trouble was noted, and shows nothing new about it
        if not isinstance(outcome, TokenRequestFailed) or not _is_trouble(outcome):
            self._trouble = None
            return
        since, failures = now, 1
        if last is not None and last.is_pause is is_busy(outcome):
            since, failures = last.since, last.failures + 1
        wait = backoff(failures, lambda: 0.5)  # not longer than the backoff of each connection
        if is_busy(outcome) and outcome.retry_after is not None:
            wait = min(outcome.retry_after, settings.LONGEST_COOL_DOWN)
        self._trouble = _Trouble(copy.copy(outcome), since, now, now + wait, failures)

    def remaining_pause(self) -> float:
        """Return the seconds that are left of a pause which the endpoint asked for."""
        return self._left() if self._trouble is not None and self._trouble.is_pause else 0.0

    def admits_callers(self, *, is_probed: bool = False) -> bool:
        """Return whether callers may send a request, at once or after a wait; else they fail."""
        trouble, left = self._trouble, self._left()
        if trouble is None:
            return True
        if trouble.is_pause:
            lasted = self.clock.now() - trouble.since
            return left <= settings.LONGEST_PAUSE and lasted <= settings.LONGEST_PAUSES_IN_A_ROW
        # `is_probed`: a request is under way that will show the end of the outage.
        return trouble.failures == 1 or (left == 0 and not is_probed)

    @asynccontextmanager
    async def slot(self, is_stopping: Callable[[], bool]) -> AsyncGenerator[None, None]:
        """Wait until a request may be sent, or the app is closing, and hold the request's slot."""
        while True:
            is_probe = self._trouble is not None
            self._raise_unless_admitted(is_probed=self._probe.locked())
            async with self._probe if is_probe else self._slots:
                if is_probe:
                    self._raise_unless_admitted(is_probed=False)
                    while self._left() > 0 and not is_stopping():
                        await self.clock.sleep(min(self._left(), _CLOSING_CHECK))
                # Trouble may have begun or ended during the wait.
                if is_probe is (self._trouble is not None):
                    yield
                    return

    def _left(self) -> float:
        return 0.0 if self._trouble is None else max(0.0, self._trouble.until - self.clock.now())

    def _raise_unless_admitted(self, *, is_probed: bool) -> None:
        """Raise the last error if the endpoint is down, or asked for a pause that is too long."""
        if self._trouble is None or self.admits_callers(is_probed=is_probed):
            return
        left, error = self._left(), copy.copy(self._trouble.error)
        error.args = (f"{error} (the endpoint is asked again in {math.ceil(left)} s)",)
        error.retry_after, error.outcome_unknown, error.may_still_happen = left, False, False
        raise error
