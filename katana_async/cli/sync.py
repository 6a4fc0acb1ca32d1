"""The command that keeps tables at a destination equal to an account."""

import errno
import gc
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen
from click import ClickException

from ..errors import KatanaError, MassDeletion
from ..etl.source import ClientFactory, Progress, katana_source
from ..etl.sync import Synchronization, causes, make_pipeline
from ..etl.tables import Nested
from .arguments import find_method
from .errors import FAILED, Failed, describe, print_error, usage_errors
from .options import Output, choose_output
from .output import make_writer
from .sync_progress import WatchedLimits, show_sync

if TYPE_CHECKING:
    import dlt

Tenants: TypeAlias = Mapping[str, ClientFactory]


@frozen
class SyncOptions:
    """The options of the command.

    Attributes:
        every: Seconds from the start of a synchronization to the next; None for one only.
        schemas: Whether each tenant has a schema of its own, instead of the column `tenant`.
    """

    resources: list[str]
    to: str
    dataset: str | None
    full: bool
    every: float | None
    nested: Nested
    keep_deleted: bool
    schemas: bool
    allow_mass_deletion: bool


def sync(
    options: SyncOptions,
    client: ClientFactory,
    tenants: Tenants | None,
    limits: WatchedLimits,
    output: Output | None,
) -> int:
    """Load the changes, once or until Ctrl-C; return the exit status.

    Args:
        options: The options of the command.
        client: Makes the client of the account.
        tenants: Instead of `client`: makes the client of each account, by its name.
        limits: The limits of these clients.
        output: The format of the summary.
    """
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")  # errors are raised, and printed below
    if options.nested == "tables":
        # dlt would load a file again that was committed before the connection broke: doubled rows.
        os.environ.setdefault("LOAD__RAISE_ON_MAX_RETRIES", "1")
    # After Ctrl-C, dlt closes its event loop before the generators in it have ended.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    for name in options.resources:
        find_method(name, "list")
    # Modules are never freed. If garbage collections skip them, a run costs a fifth less CPU time.
    gc.collect()
    gc.freeze()
    failed: set[str] = set()
    full = options.full
    while True:
        started = time.monotonic()
        failed.clear()
        records: Counter[str] = Counter()
        for dataset, accounts in _datasets(options, tenants):
            with usage_errors(), _failures(options.to):
                pipeline = make_pipeline(options.to, dataset)
            records.update(
                _synchronize(pipeline, options, client, accounts, limits, failed, full=full)
            )
        seconds = time.monotonic() - started
        _write_summary(records, output)
        noun = "collection" if len(records) == 1 else "collections"
        print_error(
            f"{records.total():,} records and deletions of {len(records)} {noun} in"
            f" {seconds:.0f} s, now in {_without_password(options.to)}"
        )
        if options.every is None:
            return FAILED if failed else 0
        full = False
        time.sleep(max(0.0, options.every - (time.monotonic() - started)))


def _datasets(
    options: SyncOptions, tenants: Tenants | None
) -> list[tuple[str | None, Tenants | None]]:
    """Return each dataset with its accounts."""
    if tenants is None or not options.schemas:
        return [(options.dataset, tenants)]
    return [(name, {name: client}) for name, client in tenants.items()]


def _synchronize(
    pipeline: "dlt.Pipeline",
    options: SyncOptions,
    client: ClientFactory,
    tenants: Tenants | None,
    limits: WatchedLimits,
    failed: set[str],
    *,
    full: bool,
) -> Mapping[str, int]:
    """Synchronize one dataset; return the changes of each collection."""
    synchronization = Synchronization(pipeline)

    def report_error(tenant: str, error: Exception) -> None:
        failed.add(tenant)
        synchronization.give_up(tenant)
        print_error(f"{tenant}: {_describe(error)}")

    with _failures(options.to), show_sync(limits) as show:

        def report(progress: Progress) -> None:
            synchronization.report(progress)
            show(progress)

        synchronization.run(
            lambda: katana_source(
                client,
                resources=options.resources or None,
                tenants=tenants,
                tenant_column=not options.schemas,
                nested=options.nested,
                keep_deleted=options.keep_deleted,
                allow_mass_deletion=options.allow_mass_deletion,
                append_first=synchronization.can_append,
                on_progress=report,
                on_error=report_error,
            ),
            full=full,
        )
    if synchronization.resumed:
        print_error("the records of an interrupted run were loaded first")
    return synchronization.records


@contextmanager
def _failures(to: str) -> Generator[None]:
    """Raise `Failed` for dlt's errors, with the cause: an SDK error or the destination's."""
    from dlt.common.exceptions import DltException

    try:
        yield
    except (DltException, OSError) as error:
        chain = list(causes(error))
        if any(isinstance(each, KeyboardInterrupt) for each in chain):
            raise KeyboardInterrupt from None
        problem = _describe_chain(chain, to)
    else:
        return
    raise Failed(problem)


def _describe_chain(chain: Sequence[BaseException], to: str) -> str:
    """Return the message of an error and its causes, with the remedy."""
    from dlt.common.configuration.exceptions import ConfigFieldMissingException
    from dlt.common.exceptions import MissingDependencyException

    for each in chain:
        if isinstance(each, KatanaError | ClickException):
            return _describe(each)
        if isinstance(each, ConfigFieldMissingException):
            return _describe_missing(_missing_settings(each.traces), to)
        if isinstance(each, MissingDependencyException):
            packages = " ".join(f"'{name}'" for name in each.dependencies)
            return f"{_without_password(to)} needs another package: pip install {packages}"
    destination, last = _without_password(to), chain[-1]
    if any(_is_disk_full(each) for each in chain):
        return (
            f"{destination}: no space left on the disk: {last}. Make room for the destination and"
            f" for dlt's working files ({_working_files()}), and run the command again: it goes on"
            " where it ended"
        )
    problem = f"{destination}: {last}"
    if _UNREACHABLE.search(str(last)):
        problem += " Check the address, and run the command again: it goes on where it ended"
    return problem


_UNREACHABLE = re.compile(r"onnection refused|could not translate host|timed? ?out|unreachable")


def _is_disk_full(error: BaseException) -> bool:
    # Destinations have errors of their own, with the text of the operating system's.
    return getattr(error, "errno", None) == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error)


def _working_files() -> str:
    from dlt.common.runtime.run_context import active

    return active().data_dir


def _missing_settings(traces: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the environment variables of the settings that dlt has not found.

    Where several kinds of credentials are possible, they are those of the first kind.
    """
    names: list[str] = []
    for found in traces.values():
        inner = getattr(found[0], "traces", None)
        if inner is not None:
            names += _missing_settings(inner)
            continue
        keys = [each.key for each in found if each.provider == "Environment Variables"]
        # The shortest ones are for all destinations, the longest ones for one pipeline.
        names += [key for key in keys if key.startswith("DESTINATION__")][:1]
    return names


def _describe_missing(names: Sequence[str], to: str) -> str:
    return (
        f"dlt's configuration lacks settings of the destination {to}: {', '.join(names)}."
        " Set these environment variables, or write the settings into .dlt/secrets.toml:"
        f" https://dlthub.com/docs/dlt-ecosystem/destinations/{to}"
    )


def _describe(error: BaseException) -> str:
    if isinstance(error, MassDeletion):
        return (
            f"{error.absent} of {error.known} records are no longer in Katana's list, and nothing"
            " was deleted. If that is right, run the command with --allow-mass-deletion"
        )
    if isinstance(error, ClickException):
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
