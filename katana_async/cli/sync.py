"""The command that keeps tables at a destination equal to an account."""

import logging
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

from attrs import frozen
from typer import TyperException

from ..errors import KatanaError, MassDeletion
from ..etl.source import ClientFactory, Progress, katana_source
from ..etl.sync import Synchronization, causes, make_pipeline
from ..etl.tables import Nested
from .arguments import find_method
from .errors import FAILED, Failed, describe, print_error, usage_errors
from .options import Output, choose_output
from .output import make_writer
from .progress import is_verbose


@frozen
class SyncOptions:
    """The options of the command.

    Attributes:
        every: Seconds from the start of a synchronization to the next; None for one only.
    """

    resources: list[str]
    to: str
    dataset: str | None
    full: bool
    every: float | None
    nested: Nested
    allow_mass_deletion: bool


def sync(
    options: SyncOptions,
    client: ClientFactory,
    tenants: Mapping[str, ClientFactory] | None,
    output: Output | None,
) -> int:
    """Load the changes, once or until Ctrl-C; return the exit status."""
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")  # errors are raised, and printed below
    # After Ctrl-C, dlt closes its event loop before the generators in it have ended.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    for name in options.resources:
        find_method(name, "list")
    with usage_errors():
        synchronization = Synchronization(make_pipeline(options.to, options.dataset))
    failed: set[str] = set()

    def report_error(tenant: str, error: Exception) -> None:
        failed.add(tenant)
        print_error(f"{tenant}: {_describe(error)}")

    full = options.full
    while True:
        started = time.monotonic()
        failed.clear()
        synchronization.records.clear()
        with _failures(options.to), _shown_progress() as show:

            def report(progress: Progress) -> None:
                synchronization.report(progress)
                show(progress)

            synchronization.run(
                lambda: katana_source(
                    client,
                    resources=options.resources or None,
                    tenants=tenants,
                    nested=options.nested,
                    allow_mass_deletion=options.allow_mass_deletion,
                    on_progress=report,
                    on_error=report_error,
                ),
                full=full,
            )
        seconds = time.monotonic() - started
        _write_summary(synchronization.records, output)
        changes = sum(synchronization.records.values())
        print_error(
            f"{changes:,} records and deletions of {len(synchronization.records)} collections in"
            f" {seconds:.0f} s, now in {_without_password(options.to)}"
        )
        if options.every is None:
            return FAILED if failed else 0
        full = False
        time.sleep(max(0.0, options.every - (time.monotonic() - started)))


@contextmanager
def _failures(to: str) -> Generator[None]:
    """Raise the cause of dlt's errors: one of the SDK, or a failure of the destination."""
    from dlt.common.exceptions import DltException

    try:
        yield
    except DltException as error:
        chain = list(causes(error))
        if any(isinstance(each, KeyboardInterrupt) for each in chain):
            raise KeyboardInterrupt from None
        ours = next(
            (each for each in chain if isinstance(each, KatanaError | TyperException)), None
        )
        problem = _describe(ours) if ours else f"{_without_password(to)}: {chain[-1]}"
    else:
        return
    raise Failed(problem)


def _describe(error: BaseException) -> str:
    if isinstance(error, MassDeletion):
        return (
            f"{error.absent} of {error.known} records are no longer in Katana's list, and nothing"
            " was deleted. If that is right, run the command with --allow-mass-deletion"
        )
    if isinstance(error, TyperException):
        return error.format_message()
    return describe(error) if isinstance(error, KatanaError) else f"{type(error).__name__}: {error}"


def _without_password(to: str) -> str:
    from yarl import URL

    address = URL(to)
    return str(address.with_password(None)) if address.password else to


def _write_summary(records: Mapping[str, int], output: Output | None) -> None:
    writer = make_writer(choose_output(output), "sync")
    for collection, count in sorted(records.items()):
        if count:
            writer.write({"collection": collection, "changes": count})
    writer.close()


@contextmanager
def _shown_progress() -> Generator[Callable[[Progress], None]]:
    """Show a line for each collection on a terminal, and nothing in a pipe or with --verbose."""
    if not sys.stderr.isatty() or is_verbose():
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import Progress as Display, SpinnerColumn, TaskID, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[count]}"),
    )
    display = Display(*columns, console=Console(stderr=True), transient=True)
    lines: dict[tuple[str, str | None], TaskID] = {}

    def show(progress: Progress) -> None:
        place = (progress.collection, progress.tenant)
        if place not in lines:
            lines[place] = display.add_task(" ".join(filter(None, reversed(place))), count="")
        count = f"{progress.records:,} records, {display.tasks[lines[place]].elapsed or 0:.0f} s"
        display.update(lines[place], count=count, visible=not progress.caught_up)

    with display:
        yield show
