"""The rate limit: so many requests per window and key, in fixed or in sliding windows."""

import math
from collections import Counter, deque
from typing import Literal, Protocol

from attrs import define, field, frozen

from .clock import Clock


@frozen
class RateLimit:
    """How many requests a key may make.

    Attributes:
        limit: Requests per window.
        window: Seconds a window lasts.
        kind: `fixed` windows begin at every multiple of `window`, shifted by `phase`;
            `sliding` means any stretch of `window` seconds. Which one Katana uses is unknown.
        phase: Seconds by which fixed windows are shifted; drawn from the seed when None.
    """

    limit: int = 60
    window: float = 60.0
    kind: Literal["fixed", "sliding"] = "fixed"
    phase: float | None = None


@frozen
class Quota:
    """What a key may still do.

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


class _Window(Protocol):
    def used(self, now: float) -> int: ...
    def spend(self, now: float, count: int) -> None: ...
    def reset(self, now: float) -> float: ...


@define
class _Fixed:
    window: float
    phase: float
    _start: float = -math.inf
    _used: int = 0

    def _turn(self, now: float) -> None:
        start = math.floor((now - self.phase) / self.window) * self.window + self.phase
        if start != self._start:
            self._start, self._used = start, 0

    def used(self, now: float) -> int:
        self._turn(now)
        return self._used

    def spend(self, now: float, count: int) -> None:
        self._turn(now)
        self._used += count

    def reset(self, now: float) -> float:
        self._turn(now)
        return self._start + self.window


@define
class _Sliding:
    window: float
    _times: deque[float] = field(factory=deque[float])

    def _turn(self, now: float) -> None:
        while self._times and self._times[0] <= now - self.window:
            self._times.popleft()

    def used(self, now: float) -> int:
        self._turn(now)
        return len(self._times)

    def spend(self, now: float, count: int) -> None:
        self._times.extend([now] * count)

    def reset(self, now: float) -> float:
        self._turn(now)
        return (self._times[0] if self._times else now) + self.window


class Limits:
    """The windows of every key.

    Args:
        rate_limit: The limit, the same for all keys; None lets everything through.
        clock: What the windows are measured with.
        phase: Where in its cycle a fixed window begins, as a share of it (0 to 1), for a limit
            that does not say.

    Attributes:
        refused: How many requests of each key (by its id) were over the limit.
    """

    def __init__(self, rate_limit: RateLimit | None, clock: Clock, phase: float = 0.0) -> None:
        self.rate_limit = rate_limit
        self.refused: Counter[str] = Counter()
        self._clock = clock
        self._phase = phase
        self._windows: dict[str, _Window] = {}

    def spend(self, key_id: str) -> Quota | None:
        """Count one request of a key, unless it is over the limit. A refusal costs nothing."""
        quota = self.look(key_id)
        if quota is None:
            return None
        if quota.remaining == 0:
            self.refused[key_id] += 1
            return quota
        self._window(key_id).spend(self._clock.time(), 1)
        spent = self.look(key_id)
        return spent and Quota(True, spent.limit, spent.remaining, spent.reset, spent.retry_after)

    def look(self, key_id: str) -> Quota | None:
        """Tell what a key may still do, without counting anything."""
        if self.rate_limit is None:
            return None
        now = self._clock.time()
        window = self._windows.get(key_id) or self._new()
        remaining = max(self.rate_limit.limit - window.used(now), 0)
        reset = window.reset(now)
        return Quota(
            remaining > 0, self.rate_limit.limit, remaining, reset, max(1, math.ceil(reset - now))
        )

    def draw(self, key_id: str, count: int) -> int:
        """Spend up to `count` requests of a key at once, and return how many there were."""
        quota = self.look(key_id)
        if quota is None:
            return 0
        drawn = min(count, quota.remaining)
        self._window(key_id).spend(self._clock.time(), drawn)
        return drawn

    def _window(self, key_id: str) -> _Window:
        return self._windows.setdefault(key_id, self._new())

    def _new(self) -> _Window:
        assert self.rate_limit is not None
        window = self.rate_limit.window
        if self.rate_limit.kind == "sliding":
            return _Sliding(window)
        phase = self.rate_limit.phase
        return _Fixed(window, self._phase * window if phase is None else phase)
