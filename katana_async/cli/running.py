"""How a command's work is run, and ends when its output is not taken."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

from . import problems
from .problems import complain

T = TypeVar("T")


def do(work: Coroutine[Any, Any, T]) -> T:
    """Run what a command does, and return what came of it."""
    with writing():
        return asyncio.run(work)


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
