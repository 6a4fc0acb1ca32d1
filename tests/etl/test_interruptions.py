"""Runs that are killed, or whose connection breaks, are completed by the next one."""

import itertools
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from dlt.common.destination.client import RunnableLoadJob
from dlt.common.destination.exceptions import DestinationTransientException
from dlt.common.storages.load_package import PackageStorage
from dlt.destinations.impl.duckdb.duck import DuckDbCopyJob
from dlt.destinations.insert_job_client import InsertValuesLoadJob
from dlt.pipeline.exceptions import PipelineStepFailed

from katana_async.sandbox import Sandbox

from .warehouse import Warehouse, change, client_of, count, differences, inside_rows

# dlt copies its context into threads, and leaves event loops for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def interrupt_load(
    warehouse: Warehouse, sandbox: Sandbox, patch: pytest.MonkeyPatch, **options: Any
) -> None:
    """Interrupt a run before its files are loaded."""

    def interrupt(*_: Any, **__: Any) -> NoReturn:
        raise KeyboardInterrupt

    with patch.context() as inner:
        inner.setattr("dlt.Pipeline.load", interrupt)
        with pytest.raises(KeyboardInterrupt):
            warehouse.run(lambda: client_of(sandbox), **options)
    assert warehouse.pipeline.has_pending_data


@pytest.mark.parametrize("full", [False, True])
async def test_files_of_an_interrupted_run_are_loaded_before_the_source_is_read(
    duckdb: Warehouse, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    names = ["products", "customers"]
    interrupt_load(duckdb, sandbox, monkeypatch, resources=names, append_first=False)
    change(sandbox)
    again = duckdb.run(lambda: client_of(sandbox), full=full, resources=names)
    assert again.resumed is not full
    assert await differences(duckdb, sandbox, "products", "customers") == []


async def test_files_for_a_new_table_are_not_loaded_by_a_later_run(
    duckdb: Warehouse, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_load(duckdb, sandbox, monkeypatch, resources=["products"])
    with monkeypatch.context() as other_machine:
        other_machine.setenv("DLT_DATA_DIR", "other")
        duckdb.run(lambda: client_of(sandbox), resources=["products"])
    assert duckdb.pipeline.has_pending_data
    assert not duckdb.run(lambda: client_of(sandbox), resources=["products"]).resumed
    assert await differences(duckdb, sandbox, "products") == []  # no row twice


async def test_a_run_that_was_killed_while_dlt_committed_its_files_is_completed(
    duckdb: Warehouse, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = PackageStorage.delete_package

    def interrupt(packages: PackageStorage, load_id: str, not_exists_ok: bool = False) -> None:
        if not not_exists_ok:  # the files of `extract`, after those of `normalize` are complete
            raise KeyboardInterrupt
        delete(packages, load_id, not_exists_ok)

    with monkeypatch.context() as patch:
        patch.setattr(PackageStorage, "delete_package", interrupt)
        with pytest.raises(PipelineStepFailed):
            duckdb.run(lambda: client_of(sandbox), resources=["products"])
    change(sandbox)
    duckdb.run(lambda: client_of(sandbox), resources=["products"])
    assert await differences(duckdb, sandbox, "products") == []


@pytest.mark.parametrize(
    "folders", [["normalize"], ["load"], ["normalize", "load/new"], ["load/normalized"]]
)
def test_a_run_that_was_killed_while_dlt_made_its_folders_is_begun_again(
    duckdb: Warehouse, sandbox: Sandbox, folders: list[str]
) -> None:
    for each in folders:
        Path(duckdb.pipeline.working_dir, each).mkdir(parents=True)
    duckdb.run(lambda: client_of(sandbox), resources=["products"])
    assert duckdb.query("SELECT count(*) FROM products") == [(count(sandbox, "products"),)]


@pytest.mark.parametrize(
    ("nested", "table"),
    [
        ("columns", "_dlt_pipeline_state"),
        ("columns", "sales_orders"),
        ("tables", "_dlt_pipeline_state"),
        ("tables", "sales_orders"),
        ("tables", "sales_orders__sales_order_rows"),
    ],
)
async def test_a_file_whose_load_was_committed_before_a_kill_is_not_loaded_twice(
    warehouse: Warehouse,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    nested: str,
    table: str,
) -> None:
    note, complete = PackageStorage.save_pending_transition, PackageStorage.complete_job

    # The kill comes when the data is at the destination, and dlt has not noted it yet.
    def note_others(packages: PackageStorage, load_id: str, file_name: str, *outcome: Any) -> None:
        if not file_name.startswith(f"{table}."):
            note(packages, load_id, file_name, *outcome)

    def interrupt(packages: PackageStorage, load_id: str, file_name: str) -> str:
        if file_name.startswith(f"{table}."):
            raise KeyboardInterrupt
        return complete(packages, load_id, file_name)

    with monkeypatch.context() as patch:
        patch.setattr(PackageStorage, "save_pending_transition", note_others)
        patch.setattr(PackageStorage, "complete_job", interrupt)
        with pytest.raises(PipelineStepFailed):
            warehouse.run(lambda: client_of(sandbox), resources=["sales_orders"], nested=nested)
    sandbox.store["sales_orders"].delete(sandbox.store["sales_orders"].ids()[3])
    warehouse.run(lambda: client_of(sandbox), resources=["sales_orders"], nested=nested)
    rows = warehouse.query("SELECT count(*), count(DISTINCT id) FROM sales_orders")
    assert rows == [(count(sandbox, "sales_orders"),) * 2]
    if nested == "tables":
        inside = "SELECT count(*), count(DISTINCT id) FROM sales_orders__sales_order_rows"
        [(found, distinct)] = warehouse.query(inside)
        assert found == distinct == inside_rows(sandbox)


async def test_a_full_copy_that_is_killed_after_its_first_load_is_completed(
    warehouse: Warehouse, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["products", "customers"]
    warehouse.run(lambda: client_of(sandbox), resources=names)
    complete = PackageStorage.complete_job

    def interrupt(packages: PackageStorage, load_id: str, file_name: str) -> str:
        if file_name.startswith("products."):
            raise KeyboardInterrupt  # its rows are committed, and the position is not
        return complete(packages, load_id, file_name)

    with monkeypatch.context() as patch:
        patch.setattr(PackageStorage, "complete_job", interrupt)
        with pytest.raises(PipelineStepFailed):
            warehouse.run(
                lambda: client_of(sandbox), full=True, resources=["products"], max_records=50
            )
    again = warehouse.run(lambda: client_of(sandbox), resources=names)
    assert await differences(warehouse, sandbox, *names) == []
    assert again.records["customers"] == 0  # its position has stayed


def test_rows_whose_load_was_committed_before_the_connection_broke_are_not_doubled(
    warehouse: Warehouse, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "1")  # as the command does with --tables
    broken: list[str] = []

    def break_connection(job: type[RunnableLoadJob]) -> None:
        run = job.run

        def run_and_fail(self: RunnableLoadJob) -> None:
            run(self)
            if not broken and "rows" in self.file_name():
                broken.append(self.file_name())
                raise DestinationTransientException("the connection broke")

        monkeypatch.setattr(job, "run", run_and_fail)

    break_connection(DuckDbCopyJob)
    break_connection(InsertValuesLoadJob)
    options: dict[str, Any] = {"resources": ["sales_orders"], "nested": "tables"}
    with pytest.raises(PipelineStepFailed, match="the connection broke"):
        warehouse.run(lambda: client_of(sandbox), **options)
    assert broken
    warehouse.run(lambda: client_of(sandbox), **options)
    inside = "SELECT count(*), count(DISTINCT id) FROM sales_orders__sales_order_rows"
    [(found, distinct)] = warehouse.query(inside)
    assert found == distinct == inside_rows(sandbox)


def test_files_of_loads_and_of_killed_runs_do_not_stay(duckdb: Warehouse, sandbox: Sandbox) -> None:
    folder = Path(duckdb.pipeline.working_dir)
    old, new = (folder / "normalize" / name / "1.5" for name in ("0" * 16, "f" * 16))
    for each in (old, new):
        each.mkdir(parents=True)
    for each in (old, old.parent):
        os.utime(each, (1, 1))
    duckdb.run(lambda: client_of(sandbox), resources=["products"])
    assert not list(folder.glob("load/loaded/*"))
    assert [each.parent.name for each in folder.glob("normalize/*/1.5")] == ["f" * 16]


def run(warehouse: Warehouse, sandbox: Sandbox) -> None:
    warehouse.run(lambda: client_of(sandbox), resources=["products"])


def write_until(last: int, patch: pytest.MonkeyPatch) -> list[Any]:
    """Leave the file beside its place, and raise, at the write with this number; list all writes.

    dlt writes a small file beside its place, and renames it.
    """
    writes: list[Any] = []
    replace = os.replace

    def interrupt(source: str, target: str) -> None:
        writes.append(target)
        if len(writes) == last:
            raise KeyboardInterrupt
        replace(source, target)

    patch.setattr(os, "replace", interrupt)
    return writes


@pytest.mark.parametrize(("is_first", "step"), [(True, 1), (False, 3)])
async def test_a_run_that_ends_at_any_write_of_a_local_file_is_completed(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool, step: int
) -> None:
    products = sandbox.store["products"]
    for last in itertools.count(1, step):
        warehouse = Warehouse(f"duckdb:///{tmp_path}/{last}.duckdb")
        if not is_first:
            run(warehouse, sandbox)
            products.delete(products.ids()[0])
        with monkeypatch.context() as patch:
            writes = write_until(last, patch)
            with suppress(BaseException):
                run(warehouse, sandbox)
        run(warehouse, sandbox)
        assert await differences(warehouse, sandbox, "products") == [], writes[-1]
        if len(writes) < last:
            break
    assert last > 20
