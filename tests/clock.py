"""A manual clock for tests."""

import asyncio
import heapq
from itertools import count


class ManualClock:
    """A clock that stands still until `advance` is called."""

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self.sleeps = 0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Move the clock forward, wake sleepers in order, and let their tasks run."""
        until = self._now + seconds
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, at)
            if not future.done() and not future.get_loop().is_closed():
                future.set_result(None)
            for _ in range(20):
                await asyncio.sleep(0)
        self._now = until
        for _ in range(20):
            await asyncio.sleep(0)
