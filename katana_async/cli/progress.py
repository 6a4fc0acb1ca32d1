"""Progress on stderr: a bar for long lists on a terminal, or each request with `--verbose`."""

import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from .errors import print_error
from .options import Output

LONG = 250  # records: fewer fit on one page and arrive too fast for a bar

Report = Callable[[int, int | None], None]
"""Called with the number of records read so far, and with the total, None if unknown."""

_logger = logging.getLogger("katana_async")


class _VerboseHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print_error(record.getMessage())


def show_requests() -> Callable[[], None]:
    """Write the SDK's log to stderr, one line for each request; return a function that stops it."""
    level, handler = _logger.level, _VerboseHandler()
    _logger.setLevel(logging.DEBUG)
    _logger.addHandler(handler)

    def stop() -> None:
        _logger.removeHandler(handler)
        _logger.setLevel(level)

    return stop


def is_verbose() -> bool:
    """Return whether `show_requests` writes to stderr, where a bar would be in its way."""
    return any(isinstance(handler, _VerboseHandler) for handler in _logger.handlers)


@contextmanager
def show_progress(title: str, output: Output) -> Generator[Report]:
    """Show a bar on stderr while the block reads a list, unless records on stdout would mix in."""
    if (
        not sys.stderr.isatty()
        or is_verbose()
        or (sys.stdout.isatty() and output is not Output.TABLE)
    ):
        yield lambda _read, _total: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    title_and_bar = Progress.get_default_columns()[:2]
    numbers = (MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    bar = Progress(*title_and_bar, *numbers, console=Console(stderr=True), transient=True)
    task = bar.add_task(title, total=None, visible=False)

    def report(read: int, total: int | None) -> None:
        bar.update(task, completed=read, total=total, visible=total is None or total > LONG)

    with bar:
        yield report
