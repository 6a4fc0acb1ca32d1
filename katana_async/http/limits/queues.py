"""The calls that wait for a quota, in one queue per priority. No priority starves. No I/O.

A better priority goes first. While normal and bulk calls wait, each has a guaranteed share: every
5th slot is due to normal, every 10th to bulk (docs/decisions/0004-limiter.md).
"""

import heapq
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from .window import Priority, QuotaWindow

SHARES = {Priority.NORMAL: 5, Priority.BULK: 10}
"""Slots per slot that is guaranteed to a priority while its calls wait."""


class Waiting(Protocol):
    """A call in the queue of its priority, where the smallest `arrival` is first."""

    @property
    def priority(self) -> Priority: ...

    @property
    def arrival(self) -> int: ...

    @property
    def has_left(self) -> bool:
        """Whether the call has stopped waiting."""
        ...


W = TypeVar("W", bound=Waiting)


class PriorityQueues(Generic[W]):
    """The calls that wait for one quota.

    Args:
        window: The state of the quota.

    Attributes:
        size: The number of calls, with some that have left.
    """

    __slots__ = ("_due", "_queues", "_window", "size")

    def __init__(self, window: QuotaWindow) -> None:
        self._window = window
        self.size = 0
        # Filled by the first call that waits: most quotas have none.
        self._queues: dict[Priority, list[tuple[int, W]]] = {}
        self._due: dict[Priority, float] = {}  # time at which the next slot of a share is due

    def __iter__(self) -> Iterator[W]:
        for queue in self._queues.values():
            yield from (waiter for _, waiter in queue if not waiter.has_left)

    def join(self, waiter: W, now: float) -> None:
        """Add a call to the queue of its priority."""
        if not self._queues:
            self._queues = {each: [] for each in Priority}
        queue = self._queues[waiter.priority]
        if not queue and waiter.priority in SHARES:
            self._due[waiter.priority] = now + self._gap(waiter.priority)
        heapq.heappush(queue, (waiter.arrival, waiter))
        self.size += 1

    def first(self) -> W | None:
        """Return the first call of the best priority; None if no call waits."""
        for queue in self._queues.values():
            if (waiter := self._head(queue)) is not None:
                return waiter
        return None

    def take(self, now: float) -> W | None:
        """Remove the next call that may go and take a slot for it; return None if none may go."""
        for priority in self._due_priorities(now):
            if self._window.wait(now, Priority.INTERACTIVE) == 0:
                self._window.grant(now)
                return self._pop(priority, now)
        for priority, queue in self._queues.items():
            if self._head(queue) is not None and self._window.wait(now, priority) == 0:
                self._window.grant(now, priority)
                return self._pop(priority, now)
        return None

    def wait(self, now: float) -> float | None:
        """Return the seconds until a call may go; None if that depends on an answer."""
        soonest = self._window.wait(now, Priority.INTERACTIVE)
        if soonest is None:
            return None
        waits: list[float] = []
        for priority, queue in self._queues.items():
            if self._head(queue) is None:
                continue
            if (own := self._window.wait(now, priority)) is not None:
                waits.append(own)
            if priority in SHARES:
                waits.append(max(self._due[priority] - now, soonest))
        return min(waits, default=None)

    def _due_priorities(self, now: float) -> list[Priority]:
        due = [
            priority
            for priority in SHARES
            if self._head(self._queues[priority]) is not None and self._due[priority] <= now
        ]
        return sorted(due, key=self._due.__getitem__)

    def _pop(self, priority: Priority, now: float) -> W:
        if priority in SHARES:
            # A share can be in arrears by one window at most, and earns no credit for extra slots.
            gap, due = self._gap(priority), self._due[priority]
            self._due[priority] = min(max(due, now - self._window.window) + gap, now + gap)
        self.size -= 1
        return heapq.heappop(self._queues[priority])[1]

    def _gap(self, priority: Priority) -> float:
        return SHARES[priority] * self._window.window / self._window.limit

    def _head(self, queue: list[tuple[int, W]]) -> W | None:
        while queue:
            if not queue[0][1].has_left:
                return queue[0][1]
            heapq.heappop(queue)
            self.size -= 1
        return None
