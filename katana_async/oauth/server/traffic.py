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
from ..settings import (
    LONGEST_COOL_DOWN,
    LONGEST_PAUSE,
    LONGEST_PAUSES_IN_A_ROW,
    REFRESHES_AT_ONCE,
)

_CLOSING_CHECK = 0.25  # seconds between two checks, during a pause, whether the app is closing


def is_busy(error: TokenRequestFailed) -> bool:
    """Return whether the endpoint asked to come back later: it did nothing with the request."""
    return error.status == 429 or (
        error.error == "temporarily_unavailable" and error.retry_after is not None
    )


def _is_down(error: TokenRequestFailed) -> bool:
    """Return whether requests of other connections will fail for the same reason."""
    return error.error == "invalid_client" or error.status is None or error.status >= 500


@frozen
class _Trouble:
    """The last pause or outage. Times are monotonic seconds.

    Attributes:
        error: The error of the last request.
        is_pause: Whether callers wait until it is over; otherwise the endpoint is down.
        noted_at: Time of its first record.
        until: Earliest time of the next request.
        failures: Consecutive requests that met it.
        since: Time of the first of these requests.
    """

    error: TokenRequestFailed
    is_pause: bool
    noted_at: float
    until: float
    failures: int
    since: float


@define(eq=False)
class EndpointTraffic:
    """Limit the requests to the endpoint; while it is in trouble, let one go after each pause.

    A pause that the endpoint asks for (429) holds for all connections. When a request fails for a
    reason that concerns every connection (no answer, a gateway's error, `invalid_client`), the
    others wait for one more request. If that fails too, they fail with it, without a request, until
    one succeeds.
    """

    clock: Clock
    _slots: asyncio.Semaphore = field(init=False)
    _probe: asyncio.Semaphore = field(init=False)
    _trouble: _Trouble | None = field(default=None, init=False)
    _is_probing: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._slots = asyncio.Semaphore(REFRESHES_AT_ONCE)
        self._probe = asyncio.Semaphore(1)

    def record(self, outcome: object, began: float) -> None:
        """Record the outcome of a request, tokens or an error, and when it began."""
        last = self._trouble
        # A request that began before the trouble was recorded shows nothing new about it.
        is_known = last is not None and began < last.noted_at
        error = outcome if isinstance(outcome, TokenRequestFailed) else None
        if error is None or not (is_busy(error) or _is_down(error)):
            if not is_known:
                self._trouble = None
            return
        now, is_pause = self.clock.now(), is_busy(error)
        if last is None or last.is_pause is not is_pause:
            last, is_known = None, False
        failures = 1 if last is None else last.failures if is_known else last.failures + 1
        wait = backoff(failures, lambda: 0.5)  # at most as long as each connection waits by itself
        if is_pause and error.retry_after is not None:
            wait = min(error.retry_after, LONGEST_COOL_DOWN)
        until, noted_at = now + wait, now
        if last is not None and is_known:
            until, noted_at = max(until, last.until), last.noted_at
        self._trouble = _Trouble(
            copy.copy(error).with_traceback(None),
            is_pause,
            noted_at,
            until,
            failures,
            since=now if last is None else last.since,
        )

    def remaining_pause(self) -> float:
        """Return the seconds that are left of a pause which the endpoint asked for."""
        trouble = self._trouble
        return 0.0 if trouble is None or not trouble.is_pause else trouble.until - self.clock.now()

    def is_awaited(self) -> bool:
        """Return whether callers wait for the endpoint, or there is nothing to wait for."""
        trouble = self._trouble
        return trouble is None or not trouble.is_pause or not self._fails_callers(trouble)

    @asynccontextmanager
    async def slot(self, is_stopping: Callable[[], bool]) -> AsyncGenerator[None, None]:
        """Wait until a request may be sent, and hold its slot.

        Args:
            is_stopping: Returns whether the app is closing, so that no pause is awaited.

        Raises:
            TokenRequestFailed: The endpoint is down, or asked for a pause that is too long.
        """
        while True:
            trouble = self._trouble
            if trouble is None:
                async with self._slots:
                    if self._trouble is None:
                        yield
                        return
                continue
            self._raise_if_hopeless(trouble)
            async with self._probe:
                trouble = self._trouble
                if trouble is None:
                    continue  # it ended meanwhile
                self._raise_if_hopeless(trouble)
                while (left := trouble.until - self.clock.now()) > 0 and not is_stopping():
                    await self.clock.sleep(min(left, _CLOSING_CHECK))
                self._is_probing = True
                try:
                    yield
                finally:
                    self._is_probing = False
                return

    def _fails_callers(self, trouble: _Trouble) -> bool:
        now = self.clock.now()
        left = trouble.until - now
        if trouble.is_pause:
            return left > LONGEST_PAUSE or now - trouble.since > LONGEST_PAUSES_IN_A_ROW
        return trouble.failures > 1 and (left > 0 or self._is_probing)

    def _raise_if_hopeless(self, trouble: _Trouble) -> None:
        """Raise the error of the trouble, for a caller whose request is not sent."""
        if not self._fails_callers(trouble):
            return
        left = max(0.0, trouble.until - self.clock.now())
        error = copy.copy(trouble.error)
        error.args = (f"{trouble.error} (the endpoint is asked again in {math.ceil(left)} s)",)
        error.retry_after, error.outcome_unknown, error.may_still_happen = left, False, False
        raise error
