"""Which limiter serves which quota: one per key and server, for the whole process."""

import os
import threading
from typing import Protocol

from ..clock import Clock, SystemClock
from .limiter import Limiter, QuotaLimiter
from .window import QuotaWindow

KATANA_LIMIT = 60
"""Requests per window and key (Katana: API rate limits), until a header states another number."""

KATANA_WINDOW = 60.0
"""Seconds."""

_SWEEP_FROM = 256
"""Number of quotas from which idle ones are dropped. A partner's process may use thousands."""


class Limits(Protocol):
    """The limiters of all quotas. Processes share a quota by an implementation of their own."""

    def limiter(self, server: str, quota: str) -> Limiter:
        """Return the limiter for the requests of a quota to a server."""
        ...


class ProcessLimits:
    """The limiters of this process. They outlive clients, whose slots remain in use.

    Args:
        limit: Requests per window, until a header states another number.
        window: Length of a window in seconds.
    """

    def __init__(
        self, limit: int = KATANA_LIMIT, window: float = KATANA_WINDOW, clock: Clock | None = None
    ) -> None:
        if limit < 1 or window <= 0:
            raise ValueError("a rate limit needs at least one request and a window above 0 seconds")
        self._limit = limit
        self._window = window
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._limiters: dict[tuple[str, str], QuotaLimiter] = {}
        self._sweep_at = _SWEEP_FROM
        self._pid = os.getpid()

    def limiter(self, server: str, quota: str) -> QuotaLimiter:
        """Return the limiter of a quota, the same object each time."""
        if self._pid != os.getpid():
            # After a fork, threads that no longer exist may hold the locks.
            self._lock, self._limiters, self._pid = threading.Lock(), {}, os.getpid()
        key = server, quota
        if (found := self._limiters.get(key)) is not None:
            return found
        with self._lock:
            if key not in self._limiters:
                self._sweep()
                new = QuotaLimiter(QuotaWindow(self._limit, self._window), self._clock)
                self._limiters[key] = new
            return self._limiters[key]

    def _sweep(self) -> None:
        """Drop idle limiters each time their number has doubled: constant cost per quota."""
        if len(self._limiters) < self._sweep_at:
            return
        for key in [key for key, limiter in self._limiters.items() if limiter.idle()]:
            del self._limiters[key]
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._limiters))


shared = ProcessLimits()
"""The default limits of every client."""
