"""The state of one quota: when may the next request go? No I/O, and no waiting.

The rule was found by simulation (docs/architecture.md, "Rate limits"): N slots, each held from the
send until the answer (or giving up) plus one window and a margin. Requests arrive at the server
between send and answer, so N arrivals within one window are all still held when the next one would
go: alone, this never makes a 429, on fixed and on sliding windows, and without any header. What the
server's headers say can only make it wait longer.
"""

from collections import deque
from enum import IntEnum

from attrs import define, field, frozen

MARGIN = 0.05
"""Seconds added to a window, for what clocks and timers round away."""

LONGEST_BLOCK = 2
"""Windows that a Retry-After blocks a quota for at most. A longer one closes the quota: calls fail
at once, except for one probe each time this has passed."""

PROBE_PATIENCE = 5.0
"""Seconds after which a probe without an answer no longer holds up the others."""


class Priority(IntEnum):
    """Who goes first when requests wait for the same quota."""

    INTERACTIVE = 0
    NORMAL = 1
    BULK = 2
    """Goes last, at the pace of the quota, and leaves a twentieth of the slots for the others."""


BULK_RATE = 1.1
"""The pace of bulk callers, in multiples of the quota's rate."""

BULK_RESERVE = 1 / 20
"""The part of the slots that bulk callers leave."""

BULK_LOOK_AHEAD = 1 / 30
"""The part of a window within which a slot that is soon free counts towards the reserve."""


@frozen
class Feedback:
    """What one answer says of the quota, in the terms of this module.

    Attributes:
        limit: Requests allowed per window, by the server.
        remaining: Requests left.
        reset: When the window ends, by the server's clock; any scale of seconds.
        date: When the answer was made, on the same scale, or None.
    """

    limit: int
    remaining: int
    reset: float
    date: float | None


@define
class QuotaWindow:
    """Slots of one quota, and what the server last said of it.

    Args:
        limit: Requests per window, until the server says otherwise.
        window: Seconds.
    """

    limit: int
    window: float
    outstanding: int = 0
    _held: deque[float] = field(factory=deque[float])  # when each answered slot is free, in order
    _cap: int | None = None
    _cap_until: float = 0.0
    _last_reset: float | None = None
    _server_ahead: float | None = None  # server's clock minus ours; only grows, so it errs late
    _foreign: bool = False
    _probe: bool = True
    _last_grant: float = float("-inf")
    _blocked_until: float = float("-inf")
    _closed_until: float = float("-inf")
    _refusals: int = 0
    _bulk_from: float = float("-inf")  # the pace of bulk callers

    def wait(self, now: float, priority: Priority) -> float | None:
        """Return the seconds until a request of this priority may go.

        Returns:
            0 when it may go now. None when it depends on an answer that is still out, not on time.
        """
        self._lapse(now)
        waits = [self._blocked_until - now]
        excess = self.outstanding + len(self._held) - self.limit + 1
        if excess > len(self._held):
            return None
        if excess > 0:
            waits.append(self._held[excess - 1] - now)
        if self._cap is not None and self._cap <= self.outstanding:
            # The cap counts what was left at the last answer, so what is out has to fit into it.
            waits.append(self._cap_until - now)
        if self._probe and self.outstanding:
            waits.append(self._last_grant + PROBE_PATIENCE - now)
        if priority is Priority.BULK:
            reserved = excess + int(self.limit * BULK_RESERVE)
            if reserved > len(self._held):
                return None
            if reserved > 0:
                look_ahead = self.window * BULK_LOOK_AHEAD
                waits.append(self._held[reserved - 1] - look_ahead - now)
            waits.append(self._bulk_from - now)
        return max(0.0, *waits)

    def grant(self, now: float, priority: Priority = Priority.NORMAL) -> None:
        """Take a slot. Call it right after `wait` returned 0."""
        self.outstanding += 1
        self._last_grant = now
        if priority is Priority.BULK:
            pace = self.window / self.limit / BULK_RATE
            self._bulk_from = max(self._bulk_from, now) + pace

    def unused(self) -> None:
        """Give a slot back: nothing was sent."""
        self.outstanding -= 1

    def gave_up(self, now: float) -> None:
        """Note that no answer will come; the request may have arrived at any time until now."""
        self._hold(now)

    def answered(self, now: float, feedback: Feedback | None) -> None:
        """Note an answer other than 429."""
        self._refusals = 0
        self._closed_until = float("-inf")
        self._learn(now, feedback)
        self._probe = False
        self._hold(now)

    def refused(self, now: float, feedback: Feedback | None, retry_after: float | None) -> None:
        """Note a 429: somebody else draws on this quota, or drew on it before we started.

        Args:
            now: When it arrived.
            feedback: What its headers say.
            retry_after: Seconds that the server asks to wait, if it does.
        """
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
        """Return the seconds for which the server refuses this quota, 0 if a request may be tried.

        Only for a Retry-After of more than `LONGEST_BLOCK` windows; shorter ones are waited for.
        """
        return max(0.0, self._closed_until - now) if now < self._blocked_until else 0.0

    def idle(self, now: float) -> bool:
        """Return whether forgetting this state could not cause a 429."""
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
            # Whoever else draws on the key may be in the new window already: ask with one request.
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
