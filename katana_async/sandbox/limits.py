"""The rate limit: requests per key and window, with fixed or sliding windows."""

import math
from collections import Counter, deque
from typing import Literal

from attrs import define, evolve, field, frozen

from .clock import Clock


@frozen
class RateLimit:
    """The number of requests that a key may make.

    Attributes:
        limit: Requests per window.
        window: The length of a window in seconds.
        kind: `fixed` windows begin at multiples of `window`, shifted by `phase`, as Katana's seem
            to; `sliding` limits every span of `window` seconds.
        phase: Seconds by which fixed windows are shifted; None derives it from the seed.
    """

    limit: int = 60
    window: float = 60.0
    kind: Literal["fixed", "sliding"] = "fixed"
    phase: float | None = None


UNLIMITED = 1_000_000
"""The limit in the headers of a sandbox without one. Clients that assume 60 requests a minute until
an answer has another limit then do not wait."""


@frozen
class Quota:
    """The quota of a key.

    Attributes:
        allowed: Whether a request is within the limit.
        reset: The time at which the next request becomes possible, in seconds since the epoch.
        retry_after: Whole seconds until `reset`, at least 1.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: float
    retry_after: int


@define
class _Window:
    """The times of one key's requests in its present window."""

    rate_limit: RateLimit
    phase: float
    times: deque[float] = field(factory=deque[float])

    def drop_expired(self, now: float) -> float:
        """Remove requests of past windows, and return the time at which a full window has room."""
        window = self.rate_limit.window
        if self.rate_limit.kind == "sliding":
            while self.times and self.times[0] <= now - window:
                self.times.popleft()
            return (self.times[0] if self.times else now) + window
        end = (math.floor((now - self.phase) / window) + 1) * window + self.phase
        if self.times and not end - window <= self.times[-1] < end:
            self.times.clear()
        return end


class RateLimiter:
    """The rate limits of all keys.

    Args:
        rate_limit: The limit of each key; None for no limit.
        clock: The clock of the windows.
        phase: The shift of fixed windows as a fraction of a window, if `rate_limit` has none.

    Attributes:
        rejections: The number of requests over the limit, by key id.
    """

    def __init__(self, rate_limit: RateLimit | None, clock: Clock, phase: float = 0.0) -> None:
        self.rate_limit = rate_limit
        self.rejections: Counter[str] = Counter()
        self._clock = clock
        self._phase = phase
        self._windows: dict[str, _Window] = {}

    def spend(self, key_id: str) -> Quota:
        """Count a request of a key if it is within the limit. A rejection costs nothing."""
        quota = self.read_quota(key_id)
        if not quota.allowed:
            self.rejections[key_id] += 1
            return quota
        self.draw(key_id, 1)
        return evolve(self.read_quota(key_id), allowed=True)

    def read_quota(self, key_id: str) -> Quota:
        """Return the quota of a key without counting a request."""
        now = self._clock.time()
        if (rule := self.rate_limit) is None:
            return Quota(True, UNLIMITED, UNLIMITED, now + RateLimit().window, 1)
        window = self._windows.get(key_id) or self._new_window(rule)
        reset = window.drop_expired(now)
        left = max(rule.limit - len(window.times), 0)
        return Quota(left > 0, rule.limit, left, reset, max(1, math.ceil(reset - now)))

    def draw(self, key_id: str, count: int) -> int:
        """Count up to `count` requests of a key, and return their number; 0 without a limit."""
        if self.rate_limit is None:
            return 0
        drawn = min(count, self.read_quota(key_id).remaining)
        window = self._windows.setdefault(key_id, self._new_window(self.rate_limit))
        window.times.extend([self._clock.time()] * drawn)
        return drawn

    def _new_window(self, rule: RateLimit) -> _Window:
        return _Window(rule, self._phase * rule.window if rule.phase is None else rule.phase)
