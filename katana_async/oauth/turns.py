"""So many at once, and the others one after the other."""

import asyncio
from types import TracebackType
from weakref import WeakKeyDictionary

from attrs import define, field


@define(eq=False)
class Turns:
    """A semaphore for whichever event loop uses it: asyncio's is of one loop.

    Attributes:
        at_once: How many.
    """

    at_once: int
    _of: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = field(
        factory=WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore], init=False
    )

    def _semaphore(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if loop not in self._of:
            self._of[loop] = asyncio.Semaphore(self.at_once)
        return self._of[loop]

    async def __aenter__(self) -> None:
        await self._semaphore().acquire()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._semaphore().release()
