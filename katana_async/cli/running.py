"""How a command's work is run, and ends: by Ctrl-C, or when its output is not taken."""

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

from . import problems
from .problems import complain

T = TypeVar("T")

_SHOW_CURSOR = "\x1b[?25h"


def do(work: Coroutine[Any, Any, T]) -> T:
    """Run what a command does, and return what came of it.

    Nothing in it may wait for the person other than by awaiting: Ctrl-C would not be heard.
    """
    interrupts = _Interrupts()
    try:
        with writing(), interrupts.heard():
            return asyncio.run(interrupts.watched(work))
    except asyncio.CancelledError:
        if not interrupts.count:
            raise
    raise KeyboardInterrupt


class _Interrupts:
    """Ctrl-C: the first lets the work clean up; the next ends the process there and then.

    As asyncio has it, the second is raised wherever the clean-up is just then, and what is torn so
    writes tracebacks by the dozen.
    """

    def __init__(self) -> None:
        self.count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    @contextmanager
    def heard(self) -> Generator[None]:
        """Take Ctrl-C while the block runs, unless somebody else does."""
        before = signal.getsignal(signal.SIGINT)
        if (
            before is not signal.default_int_handler
            or threading.current_thread() is not threading.main_thread()
        ):
            yield
            return
        signal.signal(signal.SIGINT, self._pressed)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    async def watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work, as what the first Ctrl-C cancels."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self.count:  # pressed before there was a task
            work.close()
            raise asyncio.CancelledError
        return await work

    def _pressed(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            if sys.stderr.isatty():
                sys.stderr.write(_SHOW_CURSOR)  # a progress bar may have hidden it
                sys.stderr.flush()
            os._exit(problems.INTERRUPTED)
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            # By the loop, which it also wakes.
            self._loop.call_soon_threadsafe(self._task.cancel)


@contextmanager
def writing() -> Generator[None]:
    """End in good order when what we write is not taken."""
    try:
        yield
    except BrokenPipeError:
        # Whoever read our output has enough of it, as in `| head`.
        _let_go_of_stdout()
        raise typer.Exit(problems.BROKEN_PIPE) from None
    except OSError as error:
        _let_go_of_stdout()
        complain(f"cannot write: {error.strerror}")
        raise typer.Exit(problems.FAILED) from None


def _let_go_of_stdout() -> None:
    """Drop what is still buffered: Python would write it when it ends, and fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
