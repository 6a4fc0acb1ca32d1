"""A progress bar for long lists, on a terminal only."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from .formats import Output
from .tracing import shows_requests

LONG = 250
"""Records: what fits on one page comes too fast for a bar."""


class Report(Protocol):
    """Says how far a list has been read."""

    def __call__(self, read: int, total: int | None) -> None:
        """Say it.

        Args:
            read: Records read so far.
            total: Records there will be, when it is known.
        """
        ...


@contextmanager
def reading(what: str, output: Output) -> Generator[Report]:
    """Show a bar on stderr while a list is read, unless it would get between the records."""
    if (
        not sys.stderr.isatty()
        or shows_requests()
        or (sys.stdout.isatty() and output is not Output.TABLE)
    ):
        yield _say_nothing
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(what, total=None, visible=False)

    def report(read: int, total: int | None) -> None:
        bar.update(task, completed=read, total=total, visible=total is None or total > LONG)

    with bar:
        yield report


def _say_nothing(read: int, total: int | None) -> None:
    pass
