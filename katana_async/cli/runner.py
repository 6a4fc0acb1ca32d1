"""Run the work of a command: Ctrl-C, and output that is not taken."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import typer

from .errors import BROKEN_PIPE, FAILED, INTERRUPTED, print_error

T = TypeVar("T")

_SHOW_CURSOR = "\x1b[?25h"


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in an event loop of its own, and return its result.

    The coroutine must not block on the keyboard (a prompt, a keyring that asks for a password):
    Ctrl-C would have no effect until the input came.
    """
    interrupts = _Interrupts()
    try:
        with output_errors(), interrupts.handled():
            return asyncio.run(interrupts.cancellable(work))
    except asyncio.CancelledError:
        if not interrupts.count:
            raise
    raise KeyboardInterrupt


class _Interrupts:
    """Handle Ctrl-C: the first cancels the work, which cleans up; the second ends the process.

    asyncio's own handler raises KeyboardInterrupt at the second, wherever the clean-up is, and
    interrupted clean-ups print dozens of tracebacks.
    """

    def __init__(self) -> None:
        self.count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    @contextmanager
    def handled(self) -> Generator[None]:
        """Handle SIGINT while the block runs, unless the program has a handler of its own."""
        before = signal.getsignal(signal.SIGINT)
        if (
            before is not signal.default_int_handler
            or threading.current_thread() is not threading.main_thread()
        ):
            yield
            return
        signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    async def cancellable(self, work: Coroutine[Any, Any, T]) -> T:
        """Await the work in the task that the first Ctrl-C cancels."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self.count:  # Ctrl-C came before there was a task
            work.close()
            raise asyncio.CancelledError
        return await work

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            if sys.stderr.isatty():
                sys.stderr.write(_SHOW_CURSOR)  # a progress bar may have hidden it
                sys.stderr.flush()
            os._exit(INTERRUPTED)
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            # A signal handler does not wake the loop; call_soon_threadsafe does.
            self._loop.call_soon_threadsafe(self._task.cancel)


@contextmanager
def output_errors() -> Generator[None]:
    """End the command with an exit status when its output cannot be written."""
    try:
        yield
    except BrokenPipeError:  # the reader has enough, as in `| head`
        _discard_stdout()
        raise typer.Exit(BROKEN_PIPE) from None
    except OSError as error:
        _discard_stdout()
        place = f" {error.filename}" if error.filename else ""
        print_error(f"cannot write{place}: {error.strerror}")
        raise typer.Exit(FAILED) from None


def _discard_stdout() -> None:
    """Discard buffered output: Python would write it at its exit, and fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
