"""Whether the event loop itself was what somebody waited for in vain."""

import asyncio
from types import TracebackType
from typing import Self

_LATE = 0.75  # seconds, much more than what a busy loop takes
_EVERY = 0.25


class Standstill:
    """Notice that the event loop stands still, as when its process is stopped.

    Afterwards the time of all that is waited for is over, although the answers may be there.

    Attributes:
        was: Whether it stood still for about a second since this was entered.
    """

    was = False

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def _wait(self) -> None:
        self._due = self._loop.time() + _EVERY
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self.was = self.was or self._loop.time() - self._due > _LATE
        self._wait()
