"""Which limiter serves which quota: one per key and server, for the whole process."""

import os
import threading
from typing import Protocol

from ..clock import Clock, SystemClock
from .limiter import Limiter, QuotaLimiter
from .window import QuotaWindow

KATANA_LIMIT = 60
"""Requests per window and key (Katana: API rate limits), until a header says otherwise."""

KATANA_WINDOW = 60.0
"""Seconds."""

_SWEEP_FROM = 256
"""Quotas from which idle ones are forgotten; a partner's process may meet thousands in its life."""


class Limits(Protocol):
    """Give the limiter of a quota. A fleet can share one by giving its own."""

    def limiter(self, server: str, quota: str) -> Limiter:
        """Return the limiter that every request of this quota to this server waits for."""
        ...


class ProcessLimits:
    """Limiters of this process. They outlive clients: a new client meets the slots of the last one.

    Args:
        limit: Requests per window that are assumed until the server says otherwise.
        window: Seconds.
        clock: For tests.
    """

    def __init__(
        self,
        limit: int = KATANA_LIMIT,
        window: float = KATANA_WINDOW,
        clock: Clock | None = None,
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
        """Return the limiter of a quota, the same one each time."""
        if self._pid != os.getpid():
            # After a fork the locks may be held by threads that do not exist here.
            self._lock, self._limiters, self._pid = threading.Lock(), {}, os.getpid()
        with self._lock:
            found = self._limiters.get((server, quota))
            if found is None:
                self._sweep()
                found = QuotaLimiter(QuotaWindow(self._limit, self._window), self._clock)
                self._limiters[server, quota] = found
            return found

    def _sweep(self) -> None:
        """Forget idle limiters, each time their number has doubled: constant cost per quota."""
        if len(self._limiters) < self._sweep_at:
            return
        for key in [key for key, limiter in self._limiters.items() if limiter.idle()]:
            del self._limiters[key]
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._limiters))


shared = ProcessLimits()
"""The limits that every client uses unless it is given others."""
