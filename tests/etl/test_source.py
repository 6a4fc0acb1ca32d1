"""The dlt source: tables that are equal to the account, in DuckDB and PostgreSQL."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from katana_async import ApiKey, KatanaClient
from katana_async.errors import ConfigurationError, KatanaError, Unauthorized
from katana_async.etl.source import Progress, katana_source
from katana_async.etl.sync import causes
from katana_async.etl.tables import DELETED, TENANT, UNKNOWN
from katana_async.sandbox import Sandbox, faults, threaded

from .warehouse import Warehouse, change, client_of, count, differences

# dlt copies its context into threads, and leaves event loops for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


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
    assert len(duckdb.query("SELECT * FROM _dlt_loads")) >= 2


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
        found = warehouse.query(
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
    assert duckdb.query("SELECT sum(total) FROM sales_orders") == [(expected,)]
    assert duckdb.query(f"SELECT {UNKNOWN} FROM sales_orders WHERE id = {order}") == [
        ('{"colour":"red"}',)
    ]


async def test_an_unreadable_record_keeps_its_json(duckdb: Warehouse, sandbox: Sandbox) -> None:
    product = sandbox.store["products"].ids()[0]
    sandbox.store["products"].update(product, {"is_producible": "perhaps"})
    duckdb.run(lambda: client_of(sandbox), resources=["products"])
    [(name, unknown)] = duckdb.query(f"SELECT name, {UNKNOWN} FROM products WHERE id = {product}")
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
    counts = duckdb.query(f"SELECT {TENANT}, count(*) FROM products GROUP BY 1 ORDER BY 1")
    assert counts == [("acme", sizes[0]), ("other", sizes[1])]
    assert [tenant for tenant, _ in errors] == ["wrong", "wrong"]
    assert isinstance(errors[0][1], Unauthorized)


def test_deleted_records_stay_by_choice(warehouse: Warehouse, sandbox: Sandbox) -> None:
    def run(*, keep_deleted: bool = True) -> list[Any]:
        warehouse.run(
            lambda: client_of(sandbox), resources=["customers"], keep_deleted=keep_deleted
        )
        table = f"{warehouse.pipeline.dataset_name}.customers"
        return warehouse.query(f"SELECT {columns} FROM {table} WHERE id IN ({first}, {second})")

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
    [(loaded,)] = duckdb.query("SELECT count(*) FROM products")
    assert 200 < loaded < count(sandbox, "products")
    assert duckdb.run(**options).records["products"] == count(sandbox, "products") - loaded
    assert duckdb.query("SELECT count(*) FROM products") == [(count(sandbox, "products"),)]


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
    rows = duckdb.query("SELECT tenant, count(*) FROM products GROUP BY tenant ORDER BY tenant")
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
    assert duckdb.query("SELECT count(*), count(tenant) FROM sales_orders") == [(75, 75)]


async def test_tokens_of_webhooks_are_in_no_table(duckdb: Warehouse, sandbox: Sandbox) -> None:
    async with client_of(sandbox) as katana:
        hook = await katana.webhooks.create(
            url="https://example.com/hook", subscribed_events=["sales_order.created"]
        )
    assert hook.token
    duckdb.run(lambda: client_of(sandbox), resources=["webhooks"])
    rows = duckdb.query("SELECT * FROM webhooks")
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
