"""The dlt source: tables that are equal to the account, in DuckDB and PostgreSQL."""

import os
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest
from dlt.common.destination.client import RunnableLoadJob
from dlt.common.destination.exceptions import DestinationTransientException
from dlt.common.storages.load_package import PackageStorage
from dlt.destinations.impl.duckdb.duck import DuckDbCopyJob
from dlt.destinations.insert_job_client import InsertValuesLoadJob
from dlt.pipeline.exceptions import PipelineStepFailed

from katana_async import ApiKey, KatanaClient
from katana_async.errors import ConfigurationError, KatanaError, Unauthorized
from katana_async.etl.source import Progress, katana_source
from katana_async.etl.sync import causes
from katana_async.etl.tables import DELETED, TENANT, UNKNOWN
from katana_async.sandbox import Sandbox, faults, threaded

from .warehouse import Warehouse, client_of, differences

# dlt copies its context into threads, and leaves event loops for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with threaded(Sandbox(products=300, rate_limit=None)) as sandbox:
        yield sandbox


def query(warehouse: Warehouse, sql: str) -> list[Any]:
    with warehouse.pipeline.sql_client() as client, client.execute_query(sql) as cursor:
        return [tuple(row) for row in cursor.fetchall()]


def count(sandbox: Sandbox, collection: str) -> int:
    return len(sandbox.store[collection].ids(archived=True))


def inside_rows(sandbox: Sandbox) -> int:
    """Return the number of rows inside the sales orders."""
    store = sandbox.store["sales_order_rows"]
    orders = set(sandbox.store["sales_orders"].ids())
    rows = [store.get(each) for each in store.ids()]
    return sum(row is not None and row["sales_order_id"] in orders for row in rows)


def change(sandbox: Sandbox) -> None:
    """Change, create and delete some records."""
    products, orders = sandbox.store["products"], sandbox.store["sales_orders"]
    ids = products.ids()
    products.update(ids[0], {"name": "Changed"})
    products.create({"name": "New", "uom": "pcs"})
    orders.delete(orders.ids()[3])
    customers = sandbox.store["customers"]
    customers.update(customers.ids()[5], {"discount_rate": "7.00000000015"})


async def test_all_collections_are_equal_to_the_account(
    warehouse: Warehouse, sandbox: Sandbox
) -> None:
    warehouse.run(lambda: client_of(sandbox))
    assert await differences(warehouse, sandbox) == []
    change(sandbox)
    changed = warehouse.run(lambda: client_of(sandbox)).records
    assert await differences(warehouse, sandbox) == []
    assert changed["products"] == 2
    assert changed["customers"] == 1


async def test_a_run_loads_changes_only(duckdb: Warehouse, sandbox: Sandbox) -> None:
    names = ["products", "inventory"]
    first = duckdb.run(lambda: client_of(sandbox), resources=names).records
    assert first["products"] == count(sandbox, "products")
    sandbox.journal.clear()
    second = duckdb.run(lambda: client_of(sandbox), resources=names).records
    assert second == {"products": 0, "inventory": 0}
    assert sandbox.journal.count(path="/products") == 1


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


async def test_the_first_rows_are_appended_and_the_changes_merged(
    duckdb: Warehouse, sandbox: Sandbox
) -> None:
    def disposition() -> object:
        return duckdb.pipeline.default_schema.tables["products"]["write_disposition"]

    for _ in range(2):
        duckdb.run(lambda: client_of(sandbox), full=True, resources=["products"])
        assert disposition() == "append"
        change(sandbox)
        duckdb.run(lambda: client_of(sandbox), resources=["products"])
        assert disposition() == "merge"
        assert await differences(duckdb, sandbox, "products") == []


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
    assert query(duckdb, "SELECT count(*) FROM products") == [(count(sandbox, "products"),)]


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
    def forget(packages: PackageStorage, load_id: str, file_name: str, *outcome: Any) -> None:
        if not file_name.startswith(f"{table}."):
            note(packages, load_id, file_name, *outcome)

    def interrupt(packages: PackageStorage, load_id: str, file_name: str) -> str:
        if file_name.startswith(f"{table}."):
            raise KeyboardInterrupt
        return complete(packages, load_id, file_name)

    with monkeypatch.context() as patch:
        patch.setattr(PackageStorage, "save_pending_transition", forget)
        patch.setattr(PackageStorage, "complete_job", interrupt)
        with pytest.raises(PipelineStepFailed):
            warehouse.run(lambda: client_of(sandbox), resources=["sales_orders"], nested=nested)
    sandbox.store["sales_orders"].delete(sandbox.store["sales_orders"].ids()[3])
    warehouse.run(lambda: client_of(sandbox), resources=["sales_orders"], nested=nested)
    rows = query(warehouse, "SELECT count(*), count(DISTINCT id) FROM sales_orders")
    assert rows == [(count(sandbox, "sales_orders"),) * 2]
    if nested == "tables":
        inside = "SELECT count(*), count(DISTINCT id) FROM sales_orders__sales_order_rows"
        [(found, distinct)] = query(warehouse, inside)
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
    [(found, distinct)] = query(warehouse, inside)
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


@pytest.mark.parametrize("append_first", [False, True])
async def test_a_record_that_changes_during_a_run_has_its_last_version(
    duckdb: Warehouse, sandbox: Sandbox, append_first: bool
) -> None:
    products = sandbox.store["products"]
    first, second = products.ids()[:2]

    pipeline = duckdb.pipeline
    reports: list[Progress] = []

    def change_once(progress: Progress) -> None:
        reports.append(progress)
        if len(reports) == 1:
            products.update(first, {"name": "Changed"})
            products.delete(second)

    while not reports or not reports[-1].caught_up:
        source = katana_source(
            lambda: client_of(sandbox),
            resources=["products"],
            append_first=append_first,
            on_progress=change_once,
        )
        pipeline.run(source)
    assert await differences(duckdb, sandbox, "products") == []


async def test_a_record_that_exists_only_during_the_first_run_has_no_row(
    duckdb: Warehouse, sandbox: Sandbox
) -> None:
    products = sandbox.store["products"]
    reports: list[Progress] = []

    def create_and_delete(progress: Progress) -> None:
        reports.append(progress)
        if len(reports) == 1:
            products.delete(products.create({"name": "Short-lived", "uom": "pcs"})["id"])

    source = katana_source(
        lambda: client_of(sandbox),
        resources=["products"],
        append_first=True,
        on_progress=create_and_delete,
    )
    duckdb.pipeline.run(source)
    assert reports[-1].caught_up
    assert await differences(duckdb, sandbox, "products") == []


async def test_the_resources_share_a_client(duckdb: Warehouse, sandbox: Sandbox) -> None:
    opened: list[KatanaClient] = []

    def client() -> KatanaClient:
        opened.append(client_of(sandbox))
        return opened[-1]

    duckdb.run(client, resources=["products", "customers", "inventory"])
    assert len(opened) == 1


async def test_long_collections_take_several_runs(duckdb: Warehouse, sandbox: Sandbox) -> None:
    synchronization = duckdb.run(
        lambda: client_of(sandbox), resources=["products", "variants"], max_records=250
    )
    assert await differences(duckdb, sandbox, "products", "variants") == []
    assert synchronization.records["products"] == count(sandbox, "products")
    assert len(query(duckdb, "SELECT * FROM _dlt_loads")) >= 2


def test_a_full_copy_costs_at_most_a_tenth_more_requests_than_plain_pages(
    duckdb: Warehouse,
) -> None:
    # `max_records` ends runs before all is read; a comparison would begin anew in each.
    names = ["products", "variants", "inventory", "bom_rows"]
    with threaded(Sandbox(products=3_000, rate_limit=None)) as sandbox:
        pages = sum(-(-count(sandbox, name) // 250) for name in names)
        duckdb.run(lambda: client_of(sandbox), resources=names, max_records=9_000)
        # Without those that identify the account, whose share is small in a large one.
        requests = sandbox.journal.count() - sandbox.journal.count(path="/factory")
    assert pages > 100
    assert requests <= 1.1 * pages


async def test_rows_inside_records_as_tables(warehouse: Warehouse, sandbox: Sandbox) -> None:
    def run() -> None:
        names = ["sales_orders", "products"]
        warehouse.run(lambda: client_of(sandbox), resources=names, nested="tables")

    async def check() -> None:
        async with client_of(sandbox) as katana:
            orders = await katana.sales_orders.list().collect()
        wanted = {
            (order.id, row.id, row.quantity) for order in orders for row in order.sales_order_rows
        }
        dataset = warehouse.pipeline.dataset_name
        found = query(
            warehouse,
            f"SELECT _parent_key, id, quantity FROM {dataset}.sales_orders__sales_order_rows",
        )
        assert sorted(found) == sorted(wanted)

    run()
    await check()
    rows = sandbox.store["sales_order_rows"]
    order = rows.get(rows.ids()[0])
    assert order is not None
    rows.delete(rows.ids()[0])
    sandbox.store["sales_orders"].update(order["sales_order_id"], {"additional_info": "changed"})
    sandbox.store["sales_orders"].delete(sandbox.store["sales_orders"].ids()[7])
    run()
    await check()


async def test_sums_of_money_are_exact_and_the_schema_stays(
    duckdb: Warehouse, sandbox: Sandbox
) -> None:
    duckdb.run(lambda: client_of(sandbox), resources=["sales_orders"])
    columns = duckdb.pipeline.default_schema.tables["sales_orders"]["columns"]
    order = sandbox.store["sales_orders"].ids()[0]
    sandbox.store["sales_orders"].update(order, {"additional_info": "changed"})
    duckdb.run(lambda: client_of(sandbox), resources=["sales_orders"])  # the first merge
    before = duckdb.pipeline.default_schema.version_hash
    sandbox.store["sales_orders"].update(
        order, {"total": "123456789012345.0123456789", "colour": "red"}
    )
    duckdb.run(lambda: client_of(sandbox), resources=["sales_orders"])
    assert duckdb.pipeline.default_schema.version_hash == before
    assert duckdb.pipeline.default_schema.tables["sales_orders"]["columns"] == columns
    async with client_of(sandbox) as katana:
        orders = await katana.sales_orders.list().collect()
    expected = sum((each.total or Decimal(0) for each in orders), Decimal(0))
    assert query(duckdb, "SELECT sum(total) FROM sales_orders") == [(expected,)]
    assert query(duckdb, f"SELECT {UNKNOWN} FROM sales_orders WHERE id = {order}") == [
        ('{"colour":"red"}',)
    ]


async def test_an_unreadable_record_keeps_its_json(duckdb: Warehouse, sandbox: Sandbox) -> None:
    product = sandbox.store["products"].ids()[0]
    sandbox.store["products"].update(product, {"is_producible": "perhaps"})
    duckdb.run(lambda: client_of(sandbox), resources=["products"])
    [(name, unknown)] = query(duckdb, f"SELECT name, {UNKNOWN} FROM products WHERE id = {product}")
    assert name is None
    assert '"is_producible":"perhaps"' in unknown


async def test_each_tenant_has_rows_of_its_own(duckdb: Warehouse, sandbox: Sandbox) -> None:
    errors: list[tuple[str, Exception]] = []

    def on_error(tenant: str, error: Exception) -> None:
        errors.append((tenant, error))

    with threaded(Sandbox(products=20, seed=2, rate_limit=None)) as other:
        options: dict[str, Any] = {
            "resources": ["products"],
            "tenants": {
                "acme": lambda: client_of(sandbox),
                "wrong": lambda: KatanaClient(ApiKey("wrong"), base_url=other.base_url),
                "other": lambda: client_of(other),
            },
            "on_error": on_error,
        }
        duckdb.run(**options)
        other.store["products"].delete(other.store["products"].ids()[0])
        duckdb.run(**options)
        sizes = (count(sandbox, "products"), count(other, "products"))
    counts = query(duckdb, f"SELECT {TENANT}, count(*) FROM products GROUP BY 1 ORDER BY 1")
    assert counts == [("acme", sizes[0]), ("other", sizes[1])]
    assert [tenant for tenant, _ in errors] == ["wrong", "wrong"]
    assert isinstance(errors[0][1], Unauthorized)


def test_deleted_records_stay_by_choice(warehouse: Warehouse, sandbox: Sandbox) -> None:
    def run(*, keep_deleted: bool = True) -> list[Any]:
        warehouse.run(
            lambda: client_of(sandbox), resources=["customers"], keep_deleted=keep_deleted
        )
        table = f"{warehouse.pipeline.dataset_name}.customers"
        return query(warehouse, f"SELECT {columns} FROM {table} WHERE id IN ({first}, {second})")

    columns = f"id, name, default_shipping_id, {DELETED}"
    customers = sandbox.store["customers"]
    first, second = customers.ids()[:2]
    before = sorted(run())
    customers.delete(first)
    after = sorted(run(), key=lambda row: row[0] != before[0][0])
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert {row[0]: row[3] for row in after} == {first: True, second: None}
    assert sorted(run(), key=lambda row: row[0] != before[0][0]) == after
    customers.restore(first)
    assert {row[0]: row[3] for row in run()} == {first: None, second: None}
    customers.delete(second)
    assert [row[0] for row in run(keep_deleted=False)] == [first]


def test_a_failed_account_keeps_its_last_complete_batch(
    duckdb: Warehouse, sandbox: Sandbox
) -> None:
    sandbox.faults.add(faults.Status(400), path="/products", after=1)
    errors: list[str] = []

    def on_error(tenant: str, _error: Exception) -> None:
        errors.append(tenant)

    options: dict[str, Any] = {
        "resources": ["products"],
        "tenants": {"acme": lambda: client_of(sandbox)},
        "on_error": on_error,
    }
    duckdb.run(**options)
    assert errors == ["acme"]
    [(loaded,)] = query(duckdb, "SELECT count(*) FROM products")
    assert 200 < loaded < count(sandbox, "products")
    assert duckdb.run(**options).records["products"] == count(sandbox, "products") - loaded
    assert query(duckdb, "SELECT count(*) FROM products") == [(count(sandbox, "products"),)]


async def test_an_error_loads_nothing_and_is_found(duckdb: Warehouse, sandbox: Sandbox) -> None:
    with pytest.raises(PipelineStepFailed, match="Unauthorized") as caught:
        duckdb.run(
            lambda: KatanaClient(ApiKey("wrong"), base_url=sandbox.base_url), resources=["products"]
        )
    assert any(isinstance(each, KatanaError) for each in causes(caught.value))


async def test_a_table_that_was_dropped_needs_a_new_copy(
    warehouse: Warehouse, sandbox: Sandbox
) -> None:
    names = ["products", "customers"]
    warehouse.run(lambda: client_of(sandbox), resources=names)
    with warehouse.pipeline.sql_client() as client:
        client.execute_sql(f"DROP TABLE {client.make_qualified_table_name('products')}")
    with pytest.raises(PipelineStepFailed, match="products was deleted at the destination"):
        warehouse.run(lambda: client_of(sandbox), resources=names)
    warehouse.run(lambda: client_of(sandbox), full=True, resources=["products"])
    change(sandbox)
    warehouse.run(lambda: client_of(sandbox), resources=names)
    assert await differences(warehouse, sandbox, *names) == []


async def test_each_tenant_is_copied_again_after_the_database_was_deleted(
    duckdb: Warehouse, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    def run(*names: str) -> None:
        tenants = {name: lambda: client_of(sandbox) for name in names}
        duckdb.run(resources=["products"], tenants=tenants)

    run("acme", "zenith")
    Path(duckdb.to.removeprefix("duckdb:///")).unlink()  # noqa: ASYNC240 - a local file
    run("acme")
    assert "the destination is empty, so it is copied again" in caplog.text
    run("acme", "zenith")
    rows = query(duckdb, "SELECT tenant, count(*) FROM products GROUP BY tenant ORDER BY tenant")
    assert rows == [(name, count(sandbox, "products")) for name in ("acme", "zenith")]


def test_options_that_do_not_fit_the_tables_are_named(duckdb: Warehouse, sandbox: Sandbox) -> None:
    def run(**options: Any) -> str:
        """Return the problem, if there is one."""
        try:
            duckdb.run(lambda: client_of(sandbox), resources=["sales_orders"], **options)
        except PipelineStepFailed as error:
            [problem] = [each for each in causes(error) if isinstance(each, ConfigurationError)]
            return str(problem)
        return ""

    tables: dict[str, Any] = {"nested": "tables"}
    tenants: dict[str, Any] = {"tenants": {"acme": lambda: client_of(sandbox)}}
    assert run() == run() == ""
    assert "records in columns, not in tables" in run(**tables)
    assert "no column 'tenant'" in run(**tenants)
    assert run(**tables, full=True) == run(**tables) == ""
    assert "records in tables" in (problem := run(**tenants))
    assert "no column 'tenant'" in problem
    assert run(**tenants, full=True) == run(**tenants) == ""
    assert "a column 'tenant'" in run()
    assert query(duckdb, "SELECT count(*), count(tenant) FROM sales_orders") == [(75, 75)]


async def test_tokens_of_webhooks_are_in_no_table(duckdb: Warehouse, sandbox: Sandbox) -> None:
    async with client_of(sandbox) as katana:
        hook = await katana.webhooks.create(
            url="https://example.com/hook", subscribed_events=["sales_order.created"]
        )
    assert hook.token
    duckdb.run(lambda: client_of(sandbox), resources=["webhooks"])
    rows = query(duckdb, "SELECT * FROM webhooks")
    assert rows
    assert hook.token not in str(rows)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"resources": ["producs"]}, "there is no list of 'producs'"),
        ({"resources": "products"}, r"write \['products'\]"),
        ({"max_records": 0}, "must be above 0"),
        ({"nested": "table"}, "nested= is 'columns' or 'tables', not 'table'"),
        ({"client": ApiKey("key")}, "a function that returns a client, .* not ApiKey"),
        ({"client": "key"}, "a function that returns a client, .* not str"),
        ({"tenants": {"a": ApiKey("key")}}, "a function that returns a client, .* not ApiKey"),
        ({"tenants": ["a"]}, "tenants= takes a dict of functions by name, not list"),
        ({"tenants": {"a": KatanaClient, "b": KatanaClient}, "tenant_column": False}, "several"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises((ValueError, TypeError), match=problem):
        katana_source(**arguments)


def test_lag_and_the_remaining_records_are_reported(sandbox: Sandbox, duckdb: Warehouse) -> None:
    reports: list[Progress] = []
    source = katana_source(
        lambda: client_of(sandbox), resources=["products"], on_progress=reports.append
    )
    duckdb.pipeline.run(source)
    assert reports[0].remaining == count(sandbox, "products") - 250
    assert reports[-1].remaining == 0
    assert reports[-1].caught_up
    assert reports[-1].lag is not None
    assert reports[-1].lag <= timedelta(hours=1)
