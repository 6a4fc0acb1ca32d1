"""The state of one quota: compute when the next request may go. No I/O, no waiting.

The rule was found by simulation (docs/decisions/0004-limiter.md): N slots, each held from the send
until the answer (or until the attempt is abandoned) plus one window and a margin. Requests arrive
at the server between send and answer, so N arrivals within one window are all still held when the
next one would go. A client alone on its key never meets a 429, on fixed and on sliding windows,
without any header. Headers can only delay requests further.
"""

import math
from collections import deque
from enum import IntEnum

import msgspec
from attrs import define, field

MARGIN = 0.05
"""Seconds added to a window, because clocks and timers round."""

LONGEST_BLOCK = 2
"""Longest Retry-After, in windows, that delays a quota. A longer one closes the quota: calls fail
at once, except one probe each time this many windows have passed."""

PROBE_PATIENCE = 5.0
"""Seconds after which a probe without an answer no longer delays other requests."""

FARTHEST_RESET = 5
"""Windows between now and a reset at most. A later reset is ignored: all resets that are read after
it would count as old ones."""


class Priority(IntEnum):
    """The order of requests that wait for the same quota."""

    INTERACTIVE = 0
    NORMAL = 1
    BULK = 2
    """Last, at the pace of the quota; a twentieth of the slots stays free for the others."""


BULK_RATE = 1.1
"""The pace of bulk calls, in multiples of the quota's rate."""

BULK_RESERVE = 1 / 20
"""The fraction of the slots that bulk calls leave free."""

BULK_LOOK_AHEAD = 1 / 30
"""The fraction of a window within which a slot that becomes free counts towards the reserve."""


class Feedback(msgspec.Struct, frozen=True):
    """The quota by the headers of one answer.

    Attributes:
        reset: End of the window by the server's clock, in seconds of any epoch.
        date: Time of the answer on the same scale, or None.
    """

    limit: int
    remaining: int
    reset: float
    date: float | None


@define
class QuotaWindow:
    """The slots of one quota and the state of the server's window.

    Args:
        limit: Requests per window, until a header states another number.
        window: Length of a window in seconds.
    """

    limit: int
    window: float
    outstanding: int = 0
    _held: deque[float] = field(factory=deque[float])  # times at which answered slots become free
    _cap: int | None = None
    _cap_until: float = 0.0
    _last_reset: float | None = None
    _server_ahead: float | None = None  # server's clock minus ours; it only grows, to err late
    _foreign: bool = False
    _probe: bool = True
    _last_grant: float = -math.inf
    _blocked_until: float = -math.inf
    _closed_until: float = -math.inf
    _refusals: int = 0
    _bulk_from: float = -math.inf  # earliest time of the next bulk request

    def wait(self, now: float, priority: Priority) -> float | None:
        """Return the seconds until a request may go; None if that depends on an answer."""
        self._lapse(now)
        held = len(self._held)
        goes_at = self._blocked_until
        excess = self.outstanding + held - self.limit + 1
        if excess > held:
            return None
        if excess > 0:
            goes_at = max(goes_at, self._held[excess - 1])
        if self._cap is not None and self._cap <= self.outstanding:
            # The cap is the remainder at the last answer; outstanding requests must fit into it.
            goes_at = max(goes_at, self._cap_until)
        if self._probe and self.outstanding:
            goes_at = max(goes_at, self._last_grant + PROBE_PATIENCE)
        if priority is Priority.BULK:
            reserved = excess + int(self.limit * BULK_RESERVE)
            if reserved > held:
                return None
            if reserved > 0:
                look_ahead = self.window * BULK_LOOK_AHEAD
                goes_at = max(goes_at, self._held[reserved - 1] - look_ahead)
            goes_at = max(goes_at, self._bulk_from)
        return max(0.0, goes_at - now)

    def grant(self, now: float, priority: Priority = Priority.NORMAL) -> None:
        """Take a slot. Only called directly after `wait` returned 0."""
        self.outstanding += 1
        self._last_grant = now
        if priority is Priority.BULK:
            pace = self.window / self.limit / BULK_RATE
            self._bulk_from = max(self._bulk_from, now) + pace

    def release(self) -> None:
        """Return a slot: no request was sent."""
        self.outstanding -= 1

    def abandon(self, now: float) -> None:
        """Record that no answer will arrive; the request may have arrived at any time until now."""
        self._hold(now)

    def record_answer(self, now: float, feedback: Feedback | None) -> None:
        """Record an answer other than 429."""
        self._refusals = 0
        self._closed_until = -math.inf
        self._learn(now, feedback)
        self._probe = False
        self._hold(now)

    def record_refusal(
        self, now: float, feedback: Feedback | None, retry_after: float | None
    ) -> None:
        """Record a 429: another client uses this quota, or used it before this process started."""
        self._refusals += 1
        self._learn(now, feedback)
        if retry_after is None:
            until_reset = self._cap_until - now if self._cap is not None else 0.0
            retry_after = until_reset if until_reset > 0 else 2.0 ** min(self._refusals - 1, 6)
            retry_after = min(retry_after, self.window)
        longest = LONGEST_BLOCK * self.window
        if retry_after > longest:
            self._closed_until = now + retry_after
        blocked = now + min(retry_after, longest) + MARGIN
        self._blocked_until = max(self._blocked_until, blocked)
        self._cap = None
        self._probe = True
        self._hold(now)

    def closed_for(self, now: float) -> float:
        """Return the seconds for which the quota is closed; 0 if a request may be tried.

        A Retry-After of at most `LONGEST_BLOCK` windows delays the quota and does not close it.
        """
        return max(0.0, self._closed_until - now) if now < self._blocked_until else 0.0

    def idle(self, now: float) -> bool:
        """Return whether this state may be dropped without a risk of a 429."""
        self._lapse(now)
        return not self.outstanding and not self._held and now >= self._blocked_until

    def _hold(self, now: float) -> None:
        self.outstanding -= 1
        self._held.append(now + self.window + MARGIN)

    def _lapse(self, now: float) -> None:
        while self._held and self._held[0] <= now:
            self._held.popleft()
        if self._cap is not None and now >= self._cap_until:
            self._cap = None
            # Another client of the key may have used the new window: probe with one request.
            self._probe = self._probe or self._foreign

    def _learn(self, now: float, feedback: Feedback | None) -> None:
        if feedback is None:
            return
        self.limit = feedback.limit
        if feedback.date is not None:
            ahead = feedback.date - now
            if self._server_ahead is None or ahead > self._server_ahead:
                self._server_ahead = ahead
        spent = feedback.limit - feedback.remaining
        self._foreign = spent > self.outstanding + len(self._held)
        farthest = now + FARTHEST_RESET * self.window
        if self._server_ahead is not None and feedback.reset - self._server_ahead > farthest:
            return
        if self._last_reset is None or feedback.reset > self._last_reset:
            self._cap = feedback.remaining
        elif feedback.reset == self._last_reset and self._cap is not None:
            self._cap = min(self._cap, feedback.remaining)
        else:
            return
        self._last_reset = feedback.reset
        ends = now + self.window
        if self._server_ahead is not None:
            ends = min(ends, feedback.reset - self._server_ahead)
        self._cap_until = ends + MARGIN
