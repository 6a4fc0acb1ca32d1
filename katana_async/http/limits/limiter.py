"""A queue in front of one `QuotaWindow`, shared by all event loops and threads of the process.

A lock guards the state and is never held while waiting. Each waiter sleeps in its own event loop.
Each change of the state wakes the waiters that may go, in order.
"""

import asyncio
import threading
from collections.abc import Callable
from itertools import count
from typing import Protocol

import msgspec
from attrs import define, field

from ..clock import Clock
from .queues import PriorityQueues
from .window import Feedback, Priority, QuotaWindow


class Grant(Protocol):
    """Permission to send one request. The holder calls exactly one of the methods, once."""

    def release(self) -> None:
        """Return the slot: no request was sent."""
        ...

    def abandon(self) -> None:
        """Report that the request may have been sent and no answer will arrive."""
        ...

    def record_answer(self, feedback: Feedback | None) -> None:
        """Report an answer other than 429."""
        ...

    def record_refusal(self, feedback: Feedback | None, retry_after: float | None) -> None:
        """Report a 429."""
        ...


class QuotaClosed(Exception):
    """The server refuses a quota for longer than a call waits: for another `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"refused for another {seconds:.0f} s")


class Limiter(Protocol):
    """Grant requests of one quota."""

    async def acquire(
        self, priority: Priority, again: Grant | None = None, patience: float = float("inf")
    ) -> Grant:
        """Wait for a slot. A cancelled wait leaves the queue and uses no slot.

        Args:
            priority: The priority of the call.
            again: The grant of an earlier attempt of the same call, whose place in the queue it
                keeps.
            patience: The longest `Retry-After` in seconds that the call waits for.

        Raises:
            QuotaClosed: The server refuses the quota for longer than `patience`.
        """
        ...


@define(eq=False)
class _Waiter:
    priority: Priority
    arrival: int
    loop: asyncio.AbstractEventLoop
    turn: asyncio.Future[None]
    granted: bool = False  # written and read under the lock
    gone: bool = False

    @property
    def has_left(self) -> bool:
        return self.gone or self.loop.is_closed()

    def leave(self, window: QuotaWindow, now: float) -> None:
        """Leave the queue, and return the slot if one was just granted."""
        self.gone = True
        if self.granted:
            window.release()


@define(eq=False)
class QuotaLimiter:
    """The limiter of one quota in this process: first come, first served within a priority."""

    window: QuotaWindow
    clock: Clock
    _lock: threading.Lock = field(factory=threading.Lock)
    _queues: PriorityQueues[_Waiter] = field(init=False)
    _arrivals: "count[int]" = field(factory=count)

    def __attrs_post_init__(self) -> None:
        self._queues = PriorityQueues(self.window)

    async def acquire(
        self,
        priority: Priority = Priority.NORMAL,
        again: Grant | None = None,
        patience: float = float("inf"),
    ) -> "QuotaGrant":
        """Wait for a slot; see `Limiter.acquire`."""
        with self._lock:
            now = self.clock.now()
            if isinstance(again, QuotaGrant) and again.limiter is self:
                arrival = again.arrival
            else:
                arrival = next(self._arrivals)
            if not self._queues.size and self.window.wait(now, priority) == 0:
                self.window.grant(now, priority)
                return QuotaGrant(self, arrival)
            self._raise_if_closed(now, patience)
            loop = asyncio.get_running_loop()
            waiter = _Waiter(priority, arrival, loop, loop.create_future())
            self._queues.join(waiter, now)
        try:
            while True:
                with self._lock:
                    self._pump(caller=waiter)
                    if waiter.granted:
                        return QuotaGrant(self, arrival)
                    self._raise_if_closed(self.clock.now(), patience)
                    # One waiter runs the timer; the others are woken when they have a slot.
                    keeps_time = self._queues.first() is waiter
                    seconds = self._queues.wait(self.clock.now()) if keeps_time else None
                await self._rest(waiter, seconds)
        except BaseException:
            self.note(waiter.leave)
            raise

    async def _rest(self, waiter: _Waiter, seconds: float | None) -> None:
        """Wait until this waiter is woken or the time is over."""
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

    def _raise_if_closed(self, now: float, patience: float) -> None:
        seconds = self.window.closed_for(now)
        if seconds > patience:
            raise QuotaClosed(seconds)

    def idle(self) -> bool:
        """Return whether no request waits or is in flight, so that the limiter may be dropped."""
        with self._lock:
            return not self._queues.size and self.window.idle(self.clock.now())

    def note(self, change: Callable[[QuotaWindow, float], None]) -> None:
        """Change the state, then grant slots to waiters."""
        with self._lock:
            change(self.window, self.clock.now())
            if self._queues.size:
                self._pump(caller=None)

    def note_refusal(self, feedback: Feedback | None, retry_after: float | None) -> None:
        """Record a 429. If it closes the quota, wake all waiters so that each can give up."""
        self.note(lambda window, now: window.record_refusal(now, feedback, retry_after))
        with self._lock:
            if self.window.closed_for(self.clock.now()):
                for waiter in self._queues:
                    _wake(waiter)

    def _pump(self, caller: _Waiter | None) -> None:
        """Grant slots to all waiters that may go. The lock is held.

        `caller` runs this call and needs no waking. It is None after a change of state: then the
        waiter that runs the timer is woken to compute its wait again.
        """
        now = self.clock.now()
        moved = caller is None
        while (waiter := self._queues.take(now)) is not None:
            waiter.granted = waiter is caller or _wake(waiter)
            if not waiter.granted:  # its loop is closed
                self.window.release()
            moved = True
        keeper = self._queues.first()
        if moved and keeper is not None and keeper is not caller:
            _wake(keeper)


def _wake(waiter: _Waiter) -> bool:
    """Wake a waiter in its own loop; return False if that loop is closed."""

    def wake() -> None:
        if not waiter.turn.done():
            waiter.turn.set_result(None)

    try:
        waiter.loop.call_soon_threadsafe(wake)
    except RuntimeError:
        return False
    return True


class QuotaGrant(msgspec.Struct, eq=False):
    """Permission to send one request on a quota of this process; see `Grant`."""

    limiter: QuotaLimiter
    arrival: int

    def release(self) -> None:
        self.limiter.note(lambda window, _: window.release())

    def abandon(self) -> None:
        self.limiter.note(QuotaWindow.abandon)

    def record_answer(self, feedback: Feedback | None) -> None:
        self.limiter.note(lambda window, now: window.record_answer(now, feedback))

    def record_refusal(self, feedback: Feedback | None, retry_after: float | None) -> None:
        self.limiter.note_refusal(feedback, retry_after)
