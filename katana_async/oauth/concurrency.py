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
    """Run a limited number of operations at once; fail all that wait when none gets an answer.

    Otherwise the waiting operations would meet a silent server one after the other, and each would
    wait for it as long as the first.
    """

    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._answered_at = 0.0
        self._failed_at = 0.0
        self._error: KatanaError = TokenStoreError("the store does not answer")

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None, None]:
        """Wait for a slot, and hold it.

        Raises:
            KatanaError: The error of `fail_waiters`, if it was called during the wait and no
                operation was answered since this one joined.
        """
        joined_at = time.monotonic()
        async with self._slots:
            if self._answered_at < joined_at < self._failed_at:
                raise copy.copy(self._error)
            yield
            self._answered_at = time.monotonic()

    def fail_waiters(self, error: KatanaError) -> None:
        """Fail the waiting operations: one got no answer. Call it while holding the slot."""
        # A copy has no traceback, whose frames may contain tokens.
        self._failed_at, self._error = time.monotonic(), copy.copy(error)


@define(eq=False)
class BackgroundTasks:
    """Tasks that run to their end even if their callers are cancelled, and that `wait` awaits."""

    _running: set[asyncio.Task[Any]] = field(factory=set[asyncio.Task[Any]])

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start a task."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def run(self, work: Coroutine[Any, Any, T], name: str, failure: str) -> T:
        """Run a coroutine to completion even if its caller is cancelled, and return its result.

        Args:
            work: The coroutine. It may also return its error.
            name: The task's name.
            failure: The log message, followed by the error, if it fails after its caller left.
        """

        def log_failure(task: asyncio.Task[T]) -> None:
            if task.cancelled():
                return
            outcome = task.exception() or task.result()
            if isinstance(outcome, KatanaError):
                log.error("%s: %s", failure, outcome)
            elif isinstance(outcome, BaseException):
                log.error("%s: %s", failure, type(outcome).__name__)  # its text may be a secret

        task = self.start(work, name)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.add_done_callback(log_failure)
            raise
        return task.result()

    async def wait(self, timeout: float) -> None:
        """Wait until all tasks have ended, except the one that calls this."""
        others = self._running - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=timeout)
