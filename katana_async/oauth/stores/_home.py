"""Where a store's connections live: one event loop of one process. What began is finished there.

Nothing is waited for without end: the server may be silent.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from attrs import define, field

from ...errors import ConfigurationError, TokenStoreError
from ...loops import OneLoop
from ..concurrency import FailFastQueue

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPT_SECONDS = 2.0
"""How long a server is waited for by default: for a connection, and for an answer.

A row or a lease is one small statement by its key, which takes milliseconds. Tokens that a store
did not take are offered again every second (`Timing.again`), and who takes over from somebody that
was not heard of waits some seconds (`Timing.last_call`): one attempt that fails and the next one
have to fit in there, or a spent refresh token is used again.
"""

_CLOSING_SECONDS = 5.0
"""How long closing waits for what still runs, and then for the connections to close."""


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
    _here: OneLoop = field(init=False)
    _closed: bool = False
    _running: set[asyncio.Task[Any]] = field(factory=set[asyncio.Task[Any]])

    def __attrs_post_init__(self) -> None:
        self._here = OneLoop(self.name, "Make one store per loop (they share what is stored)")

    async def run(
        self,
        line: FailFastQueue,
        operation: Callable[P, Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an operation in its turn: then to its end, even if its caller is cancelled meanwhile.

        A write of new tokens that was begun must not be cut short, and none of the drivers leaves
        its connection clean when it is cancelled between a question and its answer. But who gives
        up while in line leaves it, or a slow server would have to do what nobody waits for first.

        Raises:
            ConfigurationError: The store belongs to another loop or process, or is closed.
            TokenStoreError: It was closed meanwhile, or another one in line had no answer.
        """
        self._check()
        began = False

        async def in_turn() -> T:
            nonlocal began
            async with line.slot():
                began = True
                return await operation(*args, **kwargs)

        task = asyncio.ensure_future(in_turn())
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            await asyncio.wait([task])  # it does not pass a cancellation on
        except asyncio.CancelledError:
            if not began:
                task.cancel()
            raise
        if task.cancelled():
            raise TokenStoreError(f"this {self.name} was closed before it answered")
        return task.result()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # or asyncio complains of one that nobody waits for any more

    def _check(self) -> None:
        if self._closed:
            raise ConfigurationError(f"this {self.name} is closed; make a new one")
        self._here.check()

    async def close(self, disconnect: Callable[[], Awaitable[None]]) -> None:
        """Let what is running end, then close the connections, in their own loop.

        What does not end within 5 seconds is given up, as is a server that does not hang up.
        """
        closed, self._closed = self._closed, True
        loop = self._here.loop
        if closed or loop is None or self._here.pid != os.getpid():
            return  # nothing was opened, or it is the parent's
        if loop is asyncio.get_running_loop():
            await asyncio.shield(self._leave(disconnect))
        elif loop.is_running():  # in another thread, and only there can it be closed
            leaving = asyncio.run_coroutine_threadsafe(self._leave(disconnect), loop)
            await asyncio.wrap_future(leaving)

    async def _leave(self, disconnect: Callable[[], Awaitable[None]]) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_CLOSING_SECONDS)
            for task in late:
                task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await disconnect()
