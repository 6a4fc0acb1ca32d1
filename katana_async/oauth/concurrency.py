"""Concurrency helpers: a queue that fails together, and tasks that outlive their callers."""

import asyncio
import copy
import logging
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from attrs import define, field

from ..errors import KatanaError, TokenStoreError

log = logging.getLogger("katana_async")

T = TypeVar("T")


class FailFastQueue:
    """Run a limited number of operations at once; fail all that wait when one gets no answer."""

    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._answered_at = 0.0
        self._failed_at = 0.0
        self._error: KatanaError = TokenStoreError("the store does not answer")

    @asynccontextmanager
    async def slot(self, *fatal: type[KatanaError]) -> AsyncGenerator[None, None]:
        """Wait for a slot, and hold it. An error of the `fatal` classes fails the waiters too."""
        joined_at = time.monotonic()
        async with self._slots:
            # An operation failed during the wait, and none was answered since this one joined.
            if self._answered_at < joined_at < self._failed_at:
                raise copy.copy(self._error)
            try:
                yield
            except fatal as error:
                self.fail_waiters(error)
                raise
            self._answered_at = time.monotonic()

    def fail_waiters(self, error: KatanaError) -> None:
        """Fail the waiting operations: one got no answer. Call it while holding the slot."""
        # Otherwise each of them would wait as long for the silent server, one after the other.
        # A copy has no traceback, whose frames may contain tokens.
        self._failed_at, self._error = time.monotonic(), copy.copy(error)


@define(eq=False)
class BackgroundTasks:
    """Tasks that run to completion even if their callers are cancelled."""

    _running: set[asyncio.Task[Any]] = field(factory=set[asyncio.Task[Any]])

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # otherwise asyncio logs the exception of an abandoned task

    async def run(self, work: Coroutine[Any, Any, T], name: str, failure: str) -> T:
        """Run a coroutine to completion even if its caller is cancelled, and return its result."""

        def log_failure(task: asyncio.Task[T]) -> None:  # once the caller is cancelled
            error = None if task.cancelled() else task.exception()
            if error is not None:  # the text of any other error may be a secret
                reason = str(error) if isinstance(error, KatanaError) else type(error).__name__
                log.error("%s: %s", failure, reason)

        task = self.start(work, name)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.add_done_callback(log_failure)
            raise
        return task.result()

    async def wait(self, timeout: float) -> set[asyncio.Task[Any]]:
        """Wait for all tasks except the one that calls this, and return those that did not end."""
        others = self._running - {asyncio.current_task()}
        return (await asyncio.wait(others, timeout=timeout))[1] if others else others
