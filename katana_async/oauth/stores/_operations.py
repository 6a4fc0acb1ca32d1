"""Operations of a store, run in the event loop and process that own its connections."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from ...errors import ConfigurationError, TokenStoreError
from ...loops import OneLoop
from ..concurrency import BackgroundTasks, FailFastQueue

T = TypeVar("T")

# Default limit for opening a connection, and for one answer. A failed attempt and the next one fit
# into `RefreshTiming.last_call`. Otherwise another process would use a spent refresh token again.
ATTEMPT_SECONDS = 2.0
# Limit for closing a connection: a server that does not answer does not confirm that either.
CLOSE_SECONDS = 0.5
# Limit for running operations to finish before they are cancelled, and then for all connections.
_CLOSING_SECONDS = 5.0


def make_missing_extra_error(extra: str) -> ConfigurationError:
    return ConfigurationError(
        f"this token store needs more packages: pip install 'katana-async[{extra}]'"
    )


class OperationRunner:
    """Run operations in the one loop and process that own a store's connections."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._owner = OneLoop(name, "Make one store per loop; all share the stored rows")
        self._closed = False
        self._tasks = BackgroundTasks()

    async def run(self, queue: FailFastQueue, operation: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run an operation when the queue admits it, then to completion."""
        # An operation that has started continues if its caller is cancelled: a write of new tokens
        # must not be interrupted, and drivers close a connection that is cancelled before the
        # answer. An operation that waits in the queue is cancelled, so that a slow server does not
        # serve abandoned operations first.
        if self._closed:
            raise ConfigurationError(f"this {self._name} is closed; make a new one")
        self._owner.check()
        started = False

        async def run_in_turn() -> T:
            nonlocal started
            async with queue.slot():
                started = True
                return await operation()

        task = self._tasks.start(run_in_turn(), "katana-store")
        try:
            await asyncio.wait([task])  # unlike `await task`, it does not cancel the task
        except asyncio.CancelledError:
            if not started:
                task.cancel()
            raise
        if task.cancelled():
            raise TokenStoreError(f"this {self._name} was closed before it answered")
        return task.result()

    async def close(self, disconnect: Callable[[], Awaitable[None]] | None) -> None:
        """Wait for running operations, then close the connections if this loop owns them."""
        was_closed, self._closed = self._closed, True
        is_owner = self._owner.loop is asyncio.get_running_loop()
        if is_owner and self._owner.pid == os.getpid() and not was_closed:
            await asyncio.shield(self._finish(disconnect))

    async def _finish(self, disconnect: Callable[[], Awaitable[None]] | None) -> None:
        for task in await self._tasks.wait(_CLOSING_SECONDS):
            task.cancel()
        if disconnect is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await disconnect()
