"""The rate limit: requests per window and key, in fixed or in sliding windows."""

import math
from collections import Counter, deque
from typing import Literal

from attrs import define, evolve, field, frozen

from .clock import Clock


@frozen
class RateLimit:
    """How many requests a key may make.

    Attributes:
        limit: Requests per window.
        window: Seconds a window lasts.
        kind: `fixed` windows begin at every multiple of `window`, shifted by `phase`, as
            Katana's seem to do; `sliding` means any stretch of `window` seconds.
        phase: Seconds by which fixed windows are shifted; drawn from the seed when None.
    """

    limit: int = 60
    window: float = 60.0
    kind: Literal["fixed", "sliding"] = "fixed"
    phase: float | None = None


UNLIMITED = 1_000_000
"""Requests per window that answers without a limit name. Clients that keep to 60 a minute until an
answer names another limit, as those of Katana do, then do not wait."""


@frozen
class Quota:
    """The quota of a key.

    Attributes:
        allowed: Whether the request asked about was within the limit.
        reset: When more becomes possible, in seconds since the epoch.
        retry_after: Whole seconds until then, at least 1.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: float
    retry_after: int


@define
class _Window:
    """The requests of one key in its present window.

    Attributes:
        phase: Seconds by which fixed windows are shifted.
        times: When each request was made.
    """

    rate_limit: RateLimit
    phase: float
    times: deque[float] = field(factory=deque[float])

    def move(self, now: float) -> float:
        """Forget requests of past windows, and return when the next request becomes free."""
        window = self.rate_limit.window
        if self.rate_limit.kind == "sliding":
            while self.times and self.times[0] <= now - window:
                self.times.popleft()
            return (self.times[0] if self.times else now) + window
        end = (math.floor((now - self.phase) / window) + 1) * window + self.phase
        if self.times and not end - window <= self.times[-1] < end:
            self.times.clear()
        return end


class Limits:
    """The windows of every key.

    Args:
        rate_limit: The limit, the same for all keys; None for no limit.
        clock: The clock of the windows.
        phase: Where in its cycle a fixed window begins, as a share of it (0 to 1), for a limit
            without a phase.

    Attributes:
        refused: How many requests of each key (by its id) were over the limit.
    """

    def __init__(self, rate_limit: RateLimit | None, clock: Clock, phase: float = 0.0) -> None:
        self.rate_limit = rate_limit
        self.refused: Counter[str] = Counter()
        self._clock = clock
        self._phase = phase
        self._windows: dict[str, _Window] = {}

    def spend(self, key_id: str) -> Quota:
        """Count one request of a key, unless it is over the limit. A refusal costs nothing."""
        quota = self.look(key_id)
        if not quota.allowed:
            self.refused[key_id] += 1
            return quota
        self.draw(key_id, 1)
        return evolve(self.look(key_id), allowed=True)

    def look(self, key_id: str) -> Quota:
        """Return the quota of a key, without counting anything."""
        now = self._clock.time()
        if (rule := self.rate_limit) is None:
            return Quota(True, UNLIMITED, UNLIMITED, now + RateLimit().window, 1)
        window = self._windows.get(key_id) or self._new(rule)
        reset = window.move(now)
        left = max(rule.limit - len(window.times), 0)
        return Quota(left > 0, rule.limit, left, reset, max(1, math.ceil(reset - now)))

    def draw(self, key_id: str, count: int) -> int:
        """Spend up to `count` requests of a key at once, and return how many were left to spend.

        Without a limit there is nothing to spend, and it returns 0.
        """
        if self.rate_limit is None:
            return 0
        drawn = min(count, self.look(key_id).remaining)
        window = self._windows.setdefault(key_id, self._new(self.rate_limit))
        window.times.extend([self._clock.time()] * drawn)
        return drawn

    def _new(self, rule: RateLimit) -> _Window:
        return _Window(rule, self._phase * rule.window if rule.phase is None else rule.phase)
