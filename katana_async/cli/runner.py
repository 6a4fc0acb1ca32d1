"""Run the work of a command in an event loop, until Ctrl-C."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar

from .errors import INTERRUPTED

T = TypeVar("T")

_SHOW_CURSOR = "\x1b[?25h"


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in an event loop of its own, and return its result.

    The first Ctrl-C cancels the work, which cleans up; the second ends the process. asyncio's own
    handler raises KeyboardInterrupt at the second, wherever the clean-up is, and interrupted
    clean-ups print dozens of tracebacks.

    The coroutine must not block on the keyboard (a prompt, a keyring that asks for a password):
    Ctrl-C would have no effect until the input came.
    """
    interrupts = 0
    task: asyncio.Task[Any] | None = None

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            if sys.stderr.isatty():
                sys.stderr.write(_SHOW_CURSOR)  # a progress bar may have hidden it
                sys.stderr.flush()
            os._exit(INTERRUPTED)
        if task is not None and not (loop := task.get_loop()).is_closed():
            # A signal handler does not wake the loop; call_soon_threadsafe does.
            loop.call_soon_threadsafe(task.cancel)

    async def await_work() -> T:
        nonlocal task
        task = asyncio.current_task()
        if interrupts:  # Ctrl-C came before there was a task
            work.close()
            raise asyncio.CancelledError
        return await work

    before = signal.getsignal(signal.SIGINT)
    # A program that embeds the command may have a handler of its own, or no main thread.
    handles = before is signal.default_int_handler and current_thread() is main_thread()
    if handles:
        signal.signal(signal.SIGINT, interrupt)
    try:
        return asyncio.run(await_work())
    except asyncio.CancelledError:
        if not interrupts:
            raise
    finally:
        if handles:
            signal.signal(signal.SIGINT, before)
    raise KeyboardInterrupt
