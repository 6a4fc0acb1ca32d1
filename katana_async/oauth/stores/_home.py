"""Where a store's connections live: one event loop of one process. What began is finished there."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from attrs import define, field

from ...errors import ConfigurationError

P = ParamSpec("P")
T = TypeVar("T")


def extra_is_missing(extra: str) -> ConfigurationError:
    """Return the error for a store whose packages are not installed."""
    return ConfigurationError(
        f"this token store needs more packages: pip install 'katana-async[{extra}]'"
    )


@define(eq=False)
class Home:
    """Run operations in the one loop and process that the connections belong to.

    Attributes:
        name: What the store is called in messages.
    """

    name: str
    _loop: asyncio.AbstractEventLoop | None = None
    _pid: int = 0
    _closed: bool = False
    _running: set[asyncio.Task[Any]] = field(factory=set[asyncio.Task[Any]])

    async def run(
        self, operation: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run an operation to its end, even if its caller is cancelled meanwhile.

        A write of new tokens that was begun must not be cut short, and none of the drivers leaves
        its connection clean when it is cancelled between a question and its answer.

        Raises:
            ConfigurationError: The store belongs to another loop or process, or is closed.
        """
        self._check()
        task = asyncio.ensure_future(operation(*args, **kwargs))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    def _check(self) -> None:
        if self._closed:
            raise ConfigurationError(f"this {self.name} is closed; make a new one")
        pid = os.getpid()
        if self._loop is not None and pid != self._pid:  # there may be no running loop to ask for
            raise ConfigurationError(
                f"this {self.name} was used before the process forked: its connections belong to"
                " the parent. Make a store in the child"
            )
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop, self._pid = loop, pid
        if loop is not self._loop:
            raise ConfigurationError(
                f"this {self.name} belongs to another event loop"
                + (", which is closed" if self._loop.is_closed() else "")
                + ". Make one store per loop (they share what is stored)"
            )

    async def close(self, disconnect: Callable[[], Awaitable[None]]) -> None:
        """Let what is running end, then close the connections, in their own loop."""
        closed, self._closed = self._closed, True
        if closed or self._loop is None or self._pid != os.getpid():
            return  # nothing was opened, or it is the parent's

        async def leave() -> None:
            await asyncio.gather(*self._running, return_exceptions=True)
            await disconnect()

        if self._loop is asyncio.get_running_loop():
            await asyncio.shield(leave())
        elif self._loop.is_running():  # in another thread, and only there can it be closed
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(leave(), self._loop))
