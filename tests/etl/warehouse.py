"""A pipeline into DuckDB or PostgreSQL, and the comparison of its tables with an account."""

# dlt and pyarrow have no complete types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from typing import Any, Protocol

import dlt
import msgspec
from attrs import define

from katana_async import ApiKey, KatanaClient
from katana_async.changes import all_traits, traits_of
from katana_async.etl.source import ClientFactory, katana_source
from katana_async.etl.sync import Synchronization, make_pipeline
from katana_async.etl.tables import DELETED, FINGERPRINT, Table, tables_of
from katana_async.etl.text import to_json_text
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import Sandbox


class Server(Protocol):
    """A sandbox in this process or in another one."""

    @property
    def base_url(self) -> str: ...

    @property
    def api_key(self) -> str: ...


def client_of(sandbox: Server) -> KatanaClient:
    return KatanaClient(
        ApiKey(sandbox.api_key), base_url=sandbox.base_url, limits=ProcessLimits(1_000_000)
    )


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


@define
class Warehouse:
    """A destination with its tables.

    Attributes:
        to: The address, as `make_pipeline` takes it.
    """

    to: str

    @property
    def pipeline(self) -> dlt.Pipeline:
        return make_pipeline(self.to)

    def run(
        self, client: ClientFactory = KatanaClient, *, full: bool = False, **options: Any
    ) -> Synchronization:
        """Run a source until it has caught up; `options` are those of `katana_source`."""
        synchronization = Synchronization(self.pipeline)
        on_error = options.pop("on_error", None)

        def give_up(tenant: str, error: Exception) -> None:
            synchronization.give_up(tenant)
            if on_error is not None:
                on_error(tenant, error)

        options = {"append_first": synchronization.can_append, **options}  # as the command sync
        synchronization.run(
            lambda: katana_source(
                client, on_progress=synchronization.report, on_error=give_up, **options
            ),
            full=full,
        )
        return synchronization

    def query(self, sql: str) -> list[Any]:
        """Return the rows of a query, as tuples."""
        with self.pipeline.sql_client() as client, client.execute_query(sql) as cursor:
            return [tuple(row) for row in cursor.fetchall()]

    def rows(self, table: Table, key: str) -> dict[Any, dict[str, Any]]:
        """Return the rows of a table by key, without the columns of the feed."""
        names = [name for name in table.schema.names if name not in (FINGERPRINT, DELETED)]
        with self.pipeline.sql_client() as client:
            columns = ", ".join(map(client.escape_column_name, names))
            query = f"SELECT {columns} FROM {client.make_qualified_table_name(table.name)}"
            with client.execute_query(query) as cursor:
                found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        rows = {row[key]: row for row in found}
        assert len(rows) == len(found), f"{table.name} has a row twice"
        return rows


async def expected_rows(katana: KatanaClient, collection: str) -> dict[Any, dict[str, Any]]:
    """Return the rows that a collection should have, read by `list().raw()`."""
    tables, traits = tables_of(collection, "columns"), traits_of(collection)
    filters = {"include_archived": True} if traits.has_archive else {}
    raw = [each async for each in getattr(katana, collection).list(**filters).raw()]
    keys = [tables.key_value(_key(each, traits.key)) for each in raw]
    records = tables.root.reader.read([to_json_text(each) for each in raw])
    rows = tables.root.rows(records, **{tables.key: keys}).drop_columns([FINGERPRINT, DELETED])
    return {row[tables.key]: row for row in rows.to_pylist()}


def _key(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    values = tuple(record.get(name) for name in names)
    return values[0] if len(values) == 1 else values


async def differences(warehouse: Warehouse, sandbox: Server, *collections: str) -> list[str]:
    """Return a line for each collection whose table is not equal to the account."""
    found: list[str] = []
    async with client_of(sandbox) as katana:
        for collection in collections or all_traits():
            tables = tables_of(collection, "columns")
            wanted = await expected_rows(katana, collection)
            have = warehouse.rows(tables.root, tables.key)
            for rows in (wanted, have):
                for row in rows.values():
                    _remove_computed(row)
            wrong = [key for key in wanted if key in have and have[key] != wanted[key]]
            missing, extra = wanted.keys() - have.keys(), have.keys() - wanted.keys()
            if wrong or missing or extra:
                found.append(
                    f"{collection}: {len(missing)} missing, {len(extra)} extra, {len(wrong)} wrong"
                    + (f": {_first_difference(wanted[wrong[0]], have[wrong[0]])}" if wrong else "")
                )
    return found


COMPUTED = ("_availability", "_expected_date")


def _without_computed(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_computed(v) for k, v in value.items() if not k.endswith(COMPUTED)}
    return [_without_computed(each) for each in value] if isinstance(value, list) else value


def _remove_computed(row: dict[str, Any]) -> None:
    """Remove the fields that Katana computes at each read, which are as old as the last change."""
    for name, value in list(row.items()):
        if name.endswith(COMPUTED):
            del row[name]
        elif isinstance(value, str) and any(each in value for each in COMPUTED):
            row[name] = msgspec.json.encode(_without_computed(msgspec.json.decode(value)))


def _first_difference(wanted: dict[str, Any], have: dict[str, Any]) -> str:
    name = next(name for name in wanted if wanted[name] != have[name])
    return f"{name} is {have[name]!r:.100}, not {wanted[name]!r:.100}"
