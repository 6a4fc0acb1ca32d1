"""A store in this process's memory: for tests, and for scripts that forget when they end."""

import threading
import time
from collections.abc import AsyncIterator, Callable

from attrs import define, field, frozen

from .base import Row

__all__ = ["MemoryTokenStore"]


_PURGED_AFTER = 256  # writes


@frozen
class _Stored:
    version: int
    data: bytes
    expires_at: float | None

    def lives(self, now: float) -> bool:
        return self.expires_at is None or now < self.expires_at


@frozen
class _Lease:
    owner: str
    until: float


@define(eq=False, repr=False)
class MemoryTokenStore:
    """Keep rows and leases in memory; every loop and thread of the process may use it at once.

    Attributes:
        clock: Gives seconds since the epoch. Tests pass one that they move.
    """

    clock: Callable[[], float] = field(default=time.time, kw_only=True)
    _rows: dict[str, _Stored] = field(factory=dict[str, _Stored], init=False)
    _leases: dict[str, _Lease] = field(factory=dict[str, _Lease], init=False)
    _written: int = field(default=0, init=False)
    # No method waits while it holds this, so that a thread's loop is never held up for long.
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def _purge(self, now: float) -> None:
        for key in [key for key, row in self._rows.items() if not row.lives(now)]:
            del self._rows[key]
        for key in [key for key, lease in self._leases.items() if lease.until <= now]:
            del self._leases[key]

    def _row(self, key: str, now: float) -> _Stored | None:
        row = self._rows.get(key)
        if row is not None and not row.lives(now):
            del self._rows[key]
            return None
        return row

    async def read(self, key: str) -> Row | None:
        """Return a row, or None when there is none or its time is over."""
        with self._lock:
            now = self.clock()
            row = self._row(key, now)
            return None if row is None else Row(row.version, row.data, now)

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        """Write a version of a row if the one before it is what is there."""
        with self._lock:
            now = self.clock()
            row = self._row(key, now)
            if version - 1 != (0 if row is None else row.version):
                return False
            self._rows[key] = _Stored(version, bytes(data), None if ttl is None else now + ttl)
            self._written += 1
            if self._written % _PURGED_AFTER == 0:
                self._purge(now)  # authorizations that nobody completed are never read again
            return True

    async def delete(self, key: str, version: int) -> bool:
        """Delete a row if it has this version, and return whether it was deleted."""
        with self._lock:
            row = self._row(key, self.clock())
            if row is None or row.version != version:
                return False
            del self._rows[key]
            return True

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Give the keys of the rows that begin with a text; those that are there at the start."""
        with self._lock:
            self._purge(self.clock())
            keys = [key for key in self._rows if key.startswith(prefix)]
        for key in keys:
            yield key

    async def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        """Give the rows whose keys begin with a text; those that are there at the start."""
        async for key in self.keys(prefix):
            row = await self.read(key)
            if row is not None:
                yield key, row

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Take the lease of a key, or have it anew when it is already the owner's."""
        with self._lock:
            now = self.clock()
            lease = self._leases.get(key)
            if lease is not None and lease.owner != owner and now < lease.until:
                return False
            self._leases[key] = _Lease(owner, now + seconds)
            return True

    async def release(self, key: str, owner: str) -> bool:
        """Free a lease if it is the owner's and not over, and return whether it was."""
        with self._lock:
            lease = self._leases.get(key)
            if lease is None or lease.owner != owner:
                return False
            del self._leases[key]
            return self.clock() < lease.until

    async def now(self) -> float:
        """Return the clock."""
        return self.clock()

    async def close(self) -> None:
        """Do nothing: there is no connection. The rows stay for as long as the store does."""
