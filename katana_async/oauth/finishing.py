"""What is done to its end although whoever asked for it went away."""

import asyncio
import logging
from functools import partial
from typing import TypeVar

from ..errors import KatanaError

T = TypeVar("T")

log = logging.getLogger("katana_async")


async def finished(task: asyncio.Task[T], failed: str) -> T:
    """Return the outcome of a task, which goes on when its caller is cancelled.

    Args:
        task: Its outcome may also be an error.
        failed: What the log says, before the error, if that is how it ends then: nobody else hears.
    """
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.add_done_callback(partial(_tell, failed))
        raise
    return task.result()


def _tell(failed: str, task: asyncio.Task[object]) -> None:
    if task.cancelled():
        return
    outcome = task.exception() or task.result()
    if isinstance(outcome, KatanaError):
        log.error("%s: %s", failed, outcome)
    elif isinstance(outcome, BaseException):
        log.error("%s: %s", failed, type(outcome).__name__)  # what it says may be anything
