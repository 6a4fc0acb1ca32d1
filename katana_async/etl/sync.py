"""Synchronize collections with a destination: runs of one pipeline until nothing is left."""

# dlt has types that pyright finds incomplete:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import dlt
import msgspec
import pyarrow as pa
from attrs import define, field
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.extract import DltSource
from yarl import URL

from .source import Progress
from .tables import FINGERPRINT, OUTDATED, PARENT

_parse_name = ParsedLoadJobFileName.parse


@define
class Synchronization:
    """A pipeline and the progress of its runs.

    Attributes:
        pipeline: The pipeline.
        records: Records and deletions of each collection since the first run.
        behind: The collections and accounts that need another run.
        resumed: Whether files of an interrupted run were loaded, which `records` does not count.
    """

    pipeline: dlt.Pipeline
    records: dict[str, int] = field(factory=dict[str, int], init=False)
    behind: set[tuple[str, str | None]] = field(factory=set[tuple[str, str | None]], init=False)
    resumed: bool = field(default=False, init=False)
    _run: dict[tuple[str, str | None], int] = field(
        factory=dict[tuple[str, str | None], int], init=False
    )

    @property
    def can_append(self) -> bool:
        """Whether `katana_source` may `append_first`: the runs delete files that dlt loaded partly.

        In a server, a commit whose answer is lost may have been made; dlt would repeat it.
        """
        return self.pipeline.destination.destination_name == "duckdb"

    def report(self, progress: Progress) -> None:
        """Record the progress of a run. Pass this method to `katana_source` as `on_progress`."""
        place = (progress.collection, progress.tenant)
        read = progress.records - self._run.get(place, 0)
        self._run[place] = progress.records
        self.records[progress.collection] = self.records.get(progress.collection, 0) + read
        (self.behind.discard if progress.caught_up else self.behind.add)(place)

    def give_up(self, tenant: str) -> None:
        """Do not run again for an account that cannot be read. Call this in `on_error`."""
        self.behind = {place for place in self.behind if place[1] != tenant}

    def run(self, make_source: Callable[[], DltSource], *, full: bool = False) -> None:
        """Run the pipeline until every collection has caught up.

        Args:
            make_source: Returns the source of a run, whose `on_progress` is `report`.
            full: Delete the tables of the source's collections first, and copy them again.
        """
        refresh: Any = "drop_resources" if full else None
        if full:
            self.pipeline = self.pipeline.drop()
        else:
            self.resumed = load_pending(self.pipeline)
        self.pipeline.run()  # without a source: restores the positions from the destination
        source = make_source()
        if full:
            _forget_positions(self.pipeline, source)
        while True:
            self._run.clear()
            self.behind.clear()
            self.pipeline.extract(
                source, refresh=refresh, loader_file_format=_file_format(self.pipeline)
            )
            pa.default_memory_pool().release_unused()  # the destination needs the memory
            self.pipeline.normalize()
            with _open_database(self.pipeline):
                loaded = self.pipeline.load()
            _remove_files(Path(self.pipeline.working_dir), loaded.loads_ids)
            refresh = None
            if not self.behind:
                return
            # Without the collections that have caught up, which would poll or compare lists again.
            source = make_source().with_resources(*{collection for collection, _ in self.behind})


def load_pending(pipeline: dlt.Pipeline) -> bool:
    """Load the files of an interrupted run; return whether there were any.

    With such files, dlt would ignore a source. If the process was killed at a moment after which
    dlt would load a file twice or fail in every later run, the local files are deleted: the
    position is at the destination, and the next run reads these records again.
    """
    if not _can_be_loaded(pipeline):
        _forget_versions(pipeline)
        pipeline.drop()
    if not pipeline.has_pending_data:
        return False
    pipeline.run()
    return True


def _forget_positions(pipeline: dlt.Pipeline, source: DltSource) -> None:
    """Store that the collections of a source have no position, before their tables are deleted.

    dlt stores a new position after the rows. If the process were killed in between, the next run
    would read only the changes since the old position, for tables with a part of the rows.
    """
    if pipeline.first_run:
        return
    with pipeline.managed_state(extract_state=True) as state:
        stored: Any = state.get("sources", {}).get(source.name, {}).get("resources", {})
        for name in source.resources:
            stored.pop(name, None)
    pipeline.run()


def _forget_versions(pipeline: dlt.Pipeline) -> None:
    """Have the next run read every record again whose rows are in a table of their own.

    A record may be at the destination without its rows, after an interrupted load.
    """
    if not pipeline.schema_names:
        return
    tables = pipeline.default_schema.tables.items()
    roots = {name.partition("__")[0] for name, each in tables if PARENT in each.get("columns", ())}
    for root in roots:
        with pipeline.sql_client() as client, suppress(DatabaseUndefinedRelation):
            table = client.make_qualified_table_name(root)
            client.execute_sql(f"UPDATE {table} SET {FINGERPRINT} = {OUTDATED}")  # noqa: S608 # nosec B608 - names


def _can_be_loaded(pipeline: dlt.Pipeline) -> bool:
    """Return whether dlt can continue with the local files of a pipeline."""
    try:
        pending = pipeline.list_normalized_load_packages()
        complete = {*pending, *pipeline.list_completed_load_packages()}
        if complete.intersection(pipeline.list_extracted_load_packages()):
            return False  # killed before dlt deleted the files that it had normalized
        # Folders such as load/normalized/1796.1; a file that dlt had not renamed may be there too.
        found = [each for each in Path(pipeline.working_dir).glob("*/*/*") if each.is_dir()]
        waiting = [each for each in found if each.parent.name in ("extracted", "normalized")]
        if any(map(_appends_rows, waiting)):
            return False  # another process may have filled the new table since
    except (FileNotFoundError, msgspec.DecodeError):
        return False  # killed while dlt made its folders
    # A file that is being loaded, or whose load failed, may be at the destination already.
    normalized = Path(pipeline.working_dir, "load", "normalized")
    started = [file for each in pending for file in normalized.glob(f"{each}/started_jobs/*")]
    new = [file.name for each in pending for file in normalized.glob(f"{each}/new_jobs/*")]
    return not started and not any(_parse_name(name).retry_count for name in new)


def _appends_rows(package: Path) -> bool:
    """Return whether the files of a load contain rows for a new table (`append_first`)."""
    schema: Mapping[str, Any] = msgspec.json.decode((package / "schema.json").read_bytes())
    names = {_parse_name(file.name).table_name for file in package.glob("*_jobs/*")}
    own = [schema["tables"][name] for name in names if not name.startswith("_dlt")]
    return any(each.get("write_disposition") == "append" for each in own)


_LEFTOVER_AGE = 86_400.0
"""Seconds without a change after which files are left over: no running process uses them."""


def _remove_files(folder: Path, loaded: Iterable[str]) -> None:
    """Remove the files of some loads, and old ones of other loads and of killed processes.

    dlt keeps them forever: a copy of all rows for each load, and unfinished files of `extract`.
    """
    for each in loaded:
        shutil.rmtree(folder / "load" / "loaded" / each, ignore_errors=True)
    latest = time.time() - _LEFTOVER_AGE
    for left in (*folder.glob("load/loaded/*"), *folder.glob(f"normalize/{'[0-9a-f]' * 16}")):
        with suppress(OSError):
            if all(file.stat().st_mtime < latest for file in (left, *left.rglob("*"))):
                shutil.rmtree(left, ignore_errors=True)


def make_pipeline(to: str, dataset: str | None = None) -> dlt.Pipeline:
    """Return the pipeline into a destination.

    Its name depends on destination and dataset, so that each pair has a position of its own; dlt
    restores it from the destination on another machine.

    Args:
        to: `duckdb:///file.duckdb`, `postgresql://user@host/database`, or the name of a
            destination that dlt's own configuration describes, such as `bigquery`.
        dataset: The schema of the tables. By default `main` in DuckDB, which queries need not name,
            else `katana`.

    Raises:
        ValueError: The address has an unknown scheme, or dlt has no such destination.
    """
    address = URL(to)
    destination: Any
    match address.scheme:
        case "duckdb":
            path = address.path.removeprefix("/")
            if address.host or not path:
                raise ValueError(f"{to!r} names no file: write duckdb:///katana.duckdb")
            dataset = dataset or "main"
            if dataset == Path(path).stem:
                raise ValueError(
                    f"DuckDB needs other names for the file and the dataset {dataset!r}"
                )
            destination = dlt.destinations.duckdb(path)
        case "postgres" | "postgresql":
            # dlt refuses an address without a password, also where the server asks for none.
            password = address.password or os.environ.get("PGPASSWORD") or "none"
            address = address.with_scheme("postgresql").with_password(password)
            destination = dlt.destinations.postgres(str(address))
        case "":
            destination = to
        case other:
            raise ValueError(
                f"{other}:// is no known destination: give duckdb:///FILE, postgresql://..., or the"
                " name of a dlt destination, whose address and credentials dlt reads from its"
                " configuration"
            )
    dataset = dataset or "katana"
    place = str(address.with_user(None) if address.host else address)
    digest = hashlib.sha256(f"{place}\n{dataset}".encode()).hexdigest()[:12]
    name = f"katana_{digest}"
    try:
        return dlt.pipeline(name, destination=destination, dataset_name=dataset)
    except UnknownDestinationModule:
        raise ValueError(
            f"dlt has no destination {to!r}, and its configuration describes none of this name"
        ) from None


def _open_database(pipeline: dlt.Pipeline) -> Any:
    """Keep a file of DuckDB open, which dlt would open and close ten times in a load."""
    if pipeline.destination.destination_name == "duckdb":
        return pipeline.sql_client()
    return nullcontext()


def _file_format(pipeline: dlt.Pipeline) -> Any:
    """Return the format of files for a destination; None for dlt's choice.

    dlt loads PostgreSQL by CSV, in which an empty text becomes null.
    """
    return "insert_values" if pipeline.destination.destination_name == "postgres" else None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes; dlt wraps an error of a source several times."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
