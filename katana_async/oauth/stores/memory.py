"""A store in the memory of one process, for tests and for short scripts."""

import math
import threading
import time
from collections.abc import AsyncIterator, Callable

from attrs import define, field, frozen

from .base import Row, TokenStore


@frozen
class _StoredRow:
    version: int
    data: bytes
    expires_at: float


@define(eq=False, repr=False)
class MemoryTokenStore(TokenStore):
    """Keep rows and leases in memory. All loops and threads of the process may use it at once.

    Attributes:
        clock: Returns seconds since the epoch. Tests pass a clock that they can move.
    """

    clock: Callable[[], float] = field(default=time.time, kw_only=True)
    _rows: dict[str, _StoredRow] = field(factory=dict[str, _StoredRow], init=False)
    # The owner of each lease, and the end of the lease.
    _leases: dict[str, tuple[str, float]] = field(factory=dict[str, tuple[str, float]], init=False)
    # Never held across an await, so it blocks no event loop for long.
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def _purge(self, now: float) -> None:
        for key in [key for key, row in self._rows.items() if row.expires_at <= now]:
            del self._rows[key]
        for key in [key for key, (_, expires_at) in self._leases.items() if expires_at <= now]:
            del self._leases[key]

    def _find(self, key: str, now: float) -> _StoredRow | None:
        row = self._rows.get(key)
        return row if row is not None and now < row.expires_at else None

    async def read(self, key: str) -> Row | None:
        with self._lock:
            now = self.clock()
            row = self._find(key, now)
            return None if row is None else Row(row.version, row.data, now)

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        with self._lock:
            now = self.clock()
            row = self._find(key, now)
            if version - 1 != (0 if row is None else row.version):
                return False
            expires_at = math.inf if ttl is None else now + ttl
            self._rows[key] = _StoredRow(version, bytes(data), expires_at)
            if ttl is not None:
                self._purge(now)  # rows of abandoned authorizations are never read again
            return True

    async def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        with self._lock:
            now = self.clock()
            self._purge(now)
            rows = [(k, row) for k, row in self._rows.items() if k.startswith(prefix)]
        for key, row in rows:
            yield key, Row(row.version, row.data, now)

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        with self._lock:
            now = self.clock()
            holder, expires_at = self._leases.get(key, (owner, now))
            if holder != owner and now < expires_at:
                return False
            self._leases[key] = (owner, now + seconds)
            return True

    async def release(self, key: str, owner: str) -> bool:
        with self._lock:
            holder, expires_at = self._leases.get(key, ("", 0.0))
            if holder != owner:
                return False
            del self._leases[key]
            return self.clock() < expires_at

    async def now(self) -> float:
        return self.clock()

    async def close(self) -> None:
        """Do nothing. The rows stay in memory as long as the store object exists."""
