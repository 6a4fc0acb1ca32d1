"""Waiting for a quota: a queue in front of one `QuotaWindow`, shared by every loop and thread.

The state is guarded by a lock that is never held while waiting. Each waiter sleeps in its own event
loop; whoever changes the state wakes those who may go now, in order.
"""

import asyncio
import heapq
import threading
from collections.abc import Callable
from itertools import count
from typing import Protocol

from attrs import define, field

from ..clock import Clock
from .window import Feedback, Priority, QuotaWindow


class Grant(Protocol):
    """Leave to send one request. Exactly one of its methods is called, once."""

    def unused(self) -> None:
        """Nothing was sent."""
        ...

    def gave_up(self) -> None:
        """It was sent, or perhaps sent, and no answer will come."""
        ...

    def answered(self, feedback: Feedback | None) -> None:
        """An answer other than 429 has arrived."""
        ...

    def refused(self, feedback: Feedback | None, retry_after: float | None) -> None:
        """A 429 has arrived."""
        ...


class Limiter(Protocol):
    """Hand out leave to send, for one quota."""

    async def acquire(self, priority: Priority, again: Grant | None = None) -> Grant:
        """Wait for the turn. Cancelling the wait gives the place up and loses nothing.

        Args:
            priority: Who goes first.
            again: The grant of an earlier attempt of the same call, whose place in line it keeps.
        """
        ...


@define(eq=False)
class _Waiter:
    order: tuple[int, int]
    loop: asyncio.AbstractEventLoop
    turn: asyncio.Future[None]
    granted: bool = False  # written and read under the lock
    gone: bool = False

    @property
    def priority(self) -> Priority:
        return Priority(self.order[0])

    def leave(self, window: QuotaWindow, now: float) -> None:
        """Give up the place, and the slot if it has just been granted."""
        self.gone = True
        if self.granted:
            window.unused()

    def __lt__(self, other: "_Waiter") -> bool:
        return self.order < other.order


@define(eq=False)
class QuotaLimiter:
    """The limiter of one quota in this process: first come, first served within a priority."""

    window: QuotaWindow
    clock: Clock
    _lock: threading.Lock = field(factory=threading.Lock)
    _queue: list[_Waiter] = field(factory=list[_Waiter])
    _arrivals: "count[int]" = field(factory=count)

    async def acquire(
        self, priority: Priority = Priority.NORMAL, again: Grant | None = None
    ) -> "QuotaGrant":
        """Wait for the turn of a request of this priority; see `Limiter`."""
        now = self.clock.now()
        with self._lock:
            if isinstance(again, QuotaGrant) and again.limiter is self:
                arrival = again.arrival
            else:
                arrival = next(self._arrivals)
            order = (priority, arrival)
            ahead = self._queue and self._queue[0].order < order
            if not ahead and self.window.wait(now, priority) == 0:
                self.window.grant(now)
                return QuotaGrant(self, arrival)
            loop = asyncio.get_running_loop()
            waiter = _Waiter(order, loop, loop.create_future())
            heapq.heappush(self._queue, waiter)
        try:
            while True:
                with self._lock:
                    self._pump(caller=waiter)
                    if waiter.granted:
                        return QuotaGrant(self, arrival)
                    # Only the first in line keeps the time; the others are woken when it is theirs.
                    first = self._queue[0] is waiter
                    seconds = self.window.wait(self.clock.now(), priority) if first else None
                await self._rest(waiter, seconds)
        except BaseException:
            self.note(waiter.leave)
            raise

    async def _rest(self, waiter: _Waiter, seconds: float | None) -> None:
        """Wait until this waiter is woken, or for so many seconds."""
        if seconds is None:
            await waiter.turn
        else:
            timer = asyncio.ensure_future(self.clock.sleep(seconds))
            try:
                await asyncio.wait({timer, waiter.turn}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                timer.cancel()
        if waiter.turn.done():
            waiter.turn = waiter.loop.create_future()

    def idle(self) -> bool:
        """Return whether nobody waits or is out: forgetting this limiter changes nothing."""
        with self._lock:
            return not self._queue and self.window.idle(self.clock.now())

    def note(self, happened: Callable[[QuotaWindow, float], None]) -> None:
        """Change the state, and serve the queue by it."""
        with self._lock:
            happened(self.window, self.clock.now())
            if self._queue:
                self._pump(caller=None)

    def _pump(self, caller: _Waiter | None) -> None:
        """Grant whoever is first and may go, again and again. Call it with the lock held.

        Args:
            caller: The waiter that asks, which needs no waking. None after a change of state: then
                the first in line is woken to look again how long it has to wait.
        """
        now = self.clock.now()
        moved = caller is None
        while self._queue:
            first = self._queue[0]
            if first.gone or first.loop.is_closed():
                heapq.heappop(self._queue)
            elif self.window.wait(now, first.priority) == 0:
                heapq.heappop(self._queue)
                first.granted = first is caller or _wake(first)
                if first.granted:
                    self.window.grant(now)
            else:
                if moved and first is not caller:
                    _wake(first)
                return
            moved = True


def _wake(waiter: _Waiter) -> bool:
    """Wake a waiter in its own loop; False when that loop is closed."""

    def wake() -> None:
        if not waiter.turn.done():
            waiter.turn.set_result(None)

    try:
        waiter.loop.call_soon_threadsafe(wake)
    except RuntimeError:
        return False
    return True


@define(eq=False)
class QuotaGrant:
    """Leave to send one request on a quota of this process."""

    limiter: QuotaLimiter
    arrival: int

    def unused(self) -> None:
        """Give the slot back: nothing was sent."""
        self.limiter.note(lambda window, _: window.unused())

    def gave_up(self) -> None:
        """Note that no answer will come."""
        self.limiter.note(QuotaWindow.gave_up)

    def answered(self, feedback: Feedback | None) -> None:
        """Note an answer other than 429."""
        self.limiter.note(lambda window, now: window.answered(now, feedback))

    def refused(self, feedback: Feedback | None, retry_after: float | None) -> None:
        """Note a 429."""
        self.limiter.note(lambda window, now: window.refused(now, feedback, retry_after))
