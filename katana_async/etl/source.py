"""The dlt source: the collections of one account or of many, kept up to date by the change feed."""

# dlt has types that pyright finds incomplete, and pyarrow has none:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any, TypeAlias, get_args

from attrs import define, evolve, field, frozen

from ..changes import ChangeBatch, all_traits, traits_of
from ..client import KatanaClient
from ..errors import ConfigurationError
from ..secrets import kind_of

try:
    import dlt
    import pyarrow as pa  # noqa: F401 - for the tables # pyright: ignore[reportUnusedImport]
except ImportError as error:
    raise ImportError(
        f"the dlt source needs {error.name}: pip install 'katana-async[etl]'", name=error.name
    ) from error
from dlt.extract import DltResource, DltSource

from .destination import DestinationMirror
from .tables import DELETED, PARENT, TENANT, ChangedRows, CollectionTables, Nested, Table, tables_of

ClientFactory: TypeAlias = Callable[[], AbstractAsyncContextManager[KatanaClient]]
"""Returns a client that is not open yet. `KatanaClient` is one: it reads KATANA_API_KEY."""

_logger = logging.getLogger("katana_async")


@frozen
class Progress:
    """The progress of a run in one collection of one account.

    Attributes:
        collection: The collection.
        tenant: The name of the account; None without tenants.
        records: Records and deletions so far in this run.
        remaining: The number of records still to read, of the first copy or of the list of changes;
            None if unknown.
        lag: Every change older than this is in the run; None while the first copy is incomplete.
        caught_up: Whether the run has every change. If not, the next run continues.
    """

    collection: str
    tenant: str | None
    records: int = 0
    remaining: int | None = None
    lag: timedelta | None = None
    caught_up: bool = False


@define(eq=False)
class _OpenClient:
    """A client in a task of its own, which closes it when nothing uses it any more.

    The resources share it and run in several tasks, and a client is closed in the task that opened
    it.
    """

    opened: asyncio.Future[KatanaClient] = field(factory=asyncio.Future[KatanaClient])
    unused: asyncio.Event = field(factory=asyncio.Event)
    users: int = 0

    async def hold(self, make: ClientFactory) -> None:
        """Open the client, and close it when it is unused."""
        try:
            async with make() as katana:
                self.opened.set_result(katana.with_options(priority="bulk"))
                await self.unused.wait()
        except Exception as error:
            if self.opened.done():
                raise
            self.opened.set_exception(error)


@define
class _Account:
    """The client of an account, which the resources share: the feed identifies each client."""

    _make: ClientFactory
    _client: _OpenClient | None = field(default=None, init=False)
    _holder: asyncio.Task[None] | None = field(default=None, init=False)

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[KatanaClient]:
        """Yield the client, which stays open while any of its users is in the block."""
        if self._client is None or self._holder is None or not self._client.users:
            self._client = _OpenClient()
            self._holder = asyncio.create_task(self._client.hold(self._make))
        client, holder = self._client, self._holder
        client.users += 1
        try:
            yield await asyncio.shield(client.opened)
        finally:
            client.users -= 1
            if not client.users:
                client.unused.set()
                await holder


@frozen
class _Run:
    """The arguments of a source that each of its resources needs."""

    accounts: Mapping[str | None, _Account]
    max_records: int
    concurrency: int
    allow_mass_deletion: bool
    keep_deleted: bool
    append_first: bool
    on_progress: Callable[[Progress], None]
    on_error: Callable[[str, Exception], None]


def katana_source(
    client: ClientFactory = KatanaClient,
    *,
    resources: Iterable[str] | None = None,
    tenants: Mapping[str, ClientFactory] | None = None,
    tenant_column: bool = True,
    nested: Nested = "columns",
    keep_deleted: bool = False,
    max_records: int = 30_000,
    concurrency: int = 10,
    allow_mass_deletion: bool = False,
    append_first: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_error: Callable[[str, Exception], None] | None = None,
) -> DltSource:
    """Return a dlt source with one resource for each collection.

    The first run of a pipeline copies the collections; each later run loads the changes and
    deletions. The position of each collection is in the state of the pipeline, which dlt stores in
    the same load as the records. Use each pipeline for one account or one set of accounts only.

    Args:
        client: Returns the client of the account, which the source opens and closes in dlt's event
            loop: `KatanaClient` (the default, with KATANA_API_KEY), `lambda: KatanaClient(auth)`,
            or a function with `@asynccontextmanager` that yields an open client, such as one with
            `app.auth(connection_id)` of an `OAuthApp`.
        resources: The names of collections, such as `["products", "sales_orders"]`. By default all
            that can be listed.
        tenants: Instead of `client`: a function that returns the client of an account, by the
            account's name. The tables then have the column `tenant` with that name, and each
            account has its own quota.
        tenant_column: Whether tables have the column `tenant`. Pass False only if the pipeline has
            one tenant, and its dataset no other.
        nested: Rows inside records are `columns` of JSON, or `tables` of their own, such as
            `sales_orders__sales_order_rows`.
        keep_deleted: Keep deleted records in the tables, with true in the column `_deleted`. By
            default their rows are deleted.
        max_records: The approximate number of records of one collection and account in one run; the
            next run continues. An interrupted run has to read as many again. Collections without
            dates (`Traits.has_dates`) are always read completely.
        concurrency: Accounts that are read at the same time.
        allow_mass_deletion: Accept that a comparison with Katana deletes more than 20 records that
            are more than a twentieth of all. By default, it fails with MassDeletion.
        append_first: Append the first rows of a collection to its new table, without a merge. This
            takes half of the memory, so that such a run reads up to twice `max_records`. It has no
            effect on tables with the column `tenant`, and with `nested="tables"`. Leave it False
            unless the program deletes the files of an interrupted load, as `katana-async sync`
            does: dlt would load them a second time, and double the rows.
        on_progress: Called after each page of changes.
        on_error: Called with the name of an account that cannot be read, and the error; the others
            are loaded. By default the error is logged. Without tenants, errors end the run.

    Raises:
        TypeError: A client is given instead of a function that returns one, or another argument
            has a wrong type.
        ValueError: There is no such collection, or another argument is out of its range.
        ImportError: dlt or pyarrow is missing: `pip install 'katana-async[etl]'`.
    """
    if max_records < 1 or concurrency < 1:
        raise ValueError("max_records and concurrency must be above 0")
    if nested not in get_args(Nested):
        raise ValueError(f"nested= is 'columns' or 'tables', not {nested!r}")
    if not tenant_column and tenants is not None and len(tenants) > 1:
        raise ValueError("several tenants in one pipeline need the column tenant")
    names = _check_names(resources)
    clients: dict[str | None, ClientFactory] = {None: client}
    if tenants is not None:
        _check_tenants(tenants)
        clients = dict(tenants.items())
    for each in clients.values():
        _check_factory(each)
    run = _Run(
        accounts={name: _Account(make) for name, make in clients.items()},
        max_records=max_records,
        concurrency=concurrency,
        allow_mass_deletion=allow_mass_deletion,
        keep_deleted=keep_deleted,
        append_first=append_first,
        on_progress=on_progress or _ignore,
        on_error=on_error or _log_error,
    )

    @dlt.source(name="katana")
    def katana() -> list[DltResource]:
        with_tenant = tenants is not None and tenant_column
        return [_resource(tables_of(name, nested, tenant=with_tenant), run) for name in names]

    return katana()


def _check_names(resources: Iterable[str] | None) -> list[str]:
    if resources is None:
        return list(all_traits())
    if isinstance(resources, str):
        raise TypeError(f"resources takes several names: write [{resources!r}]")
    return [traits_of(name).collection for name in dict.fromkeys(resources)]


def _check_tenants(given: object) -> None:
    if not isinstance(given, Mapping):
        raise TypeError(f"tenants= takes a dict of functions by name, not {kind_of(given)}")


def _check_factory(given: object) -> None:
    if not callable(given):
        raise TypeError(
            "the source takes a function that returns a client, such as"
            f" lambda: KatanaClient(auth), not {kind_of(given)}: it opens the client itself"
        )


def _ignore(_progress: Progress) -> None:
    pass


def _log_error(tenant: str, error: Exception) -> None:
    _logger.error("tenant %s was not read: %s: %s", tenant, type(error).__name__, error)


def _resource(tables: CollectionTables, run: _Run) -> DltResource:
    def read() -> AsyncGenerator[Any, None]:
        return _read(tables, run)

    first = [TENANT] if TENANT in tables.root.schema.names else []
    return dlt.resource(
        read,
        name=tables.collection,
        primary_key=[*first, tables.key],
        write_disposition="merge",
        columns={DELETED: {"hard_delete": not run.keep_deleted}},
    )


_Steps: TypeAlias = AsyncGenerator[list[tuple[Table, Any]], None]

_BUFFERED_ROWS = 5_000
"""Rows that are collected before dlt writes them to its files."""


@define
class _Reader:
    """The changes of a collection in one account.

    Attributes:
        is_new: Whether the destination has no table of the collection yet.
        appends: Whether dlt appends the rows to the table, which is new, instead of merging them.
        rows: The rows that `read` has not yielded yet.
        cursor: The cursor after all rows.
    """

    tables: CollectionTables
    run: _Run
    tenant: str | None
    account: _Account
    mirror: DestinationMirror
    is_new: asyncio.Task[bool]
    cursor: str | None
    appends: bool = field(default=False, init=False)
    rows: ChangedRows = field(init=False)
    _progress: Progress = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.rows = ChangedRows(self.tables, self.mirror.tenant)
        self._progress = Progress(self.tables.collection, self.tenant)

    async def read(self) -> _Steps:
        """Yield rows until the feed has caught up, or the run must end.

        After an error, the rows and the cursor are those of the last complete batch.
        """
        caught_up, largest = True, self.run.max_records
        has_dates = traits_of(self.tables.collection).has_dates
        async with self.account.client() as katana:
            if await self.is_new:
                self.cursor, self.mirror.is_empty = None, True
                self.appends = self._may_append
                largest *= 1 + self.appends
            # The first run creates the tables, also those that stay empty.
            is_first = self.cursor is None
            feed = katana.changes(
                self.tables.collection,
                cursor=self.cursor,
                mirror=self.mirror,
                allow_mass_deletion=self.run.allow_mass_deletion,
            ).as_json()
            async with aclosing(aiter(feed)) as batches:
                async for batch in batches:
                    # A comparison begins anew in each run, so it is read at once.
                    is_full = has_dates and len(self.rows) >= largest
                    if is_full or not await self._add(batch):
                        caught_up = False
                        break
                    if self.rows.waiting >= _BUFFERED_ROWS:
                        yield list(self.rows.take())
        self._report(caught_up=caught_up)
        yield list(self.rows.take(with_empty=is_first))

    @property
    def _may_append(self) -> bool:
        return self.run.append_first and not self.tables.rows and self.mirror.tenant is None

    async def _add(self, batch: ChangeBatch) -> bool:
        deleted: Mapping[str, Any] | None = None
        if self.appends:
            # A record that was created and deleted meanwhile. `rows.add` refuses those of this run.
            batch = evolve(batch, deletes=[each for each in batch.deletes if each.key in self.rows])
        if self.run.keep_deleted:
            deleted = await self.mirror.rows([each.key for each in batch.deletes])
        if not self.rows.add(batch, deleted):
            return False
        self.mirror.add(batch)
        self.cursor = batch.cursor
        self._report(records=len(self.rows), lag=batch.lag, remaining=batch.remaining)
        return True

    def _report(self, **changes: Any) -> None:
        self._progress = evolve(self._progress, **changes)
        self.run.on_progress(self._progress)


async def _read(tables: CollectionTables, run: _Run) -> AsyncGenerator[Any, None]:
    """Yield the changed rows of a collection, of several accounts at once, and keep the cursors."""
    # By name: several resources are read at the same time, and dlt's default is one of them.
    cursors = dlt.current.resource_state(tables.collection).setdefault("cursors", {})
    pipeline, schema = dlt.current.pipeline(), dlt.current.source_schema().name
    stored = pipeline.schemas[schema].tables if schema in pipeline.schema_names else {}
    checking = _is_new(tables, pipeline, stored.get(tables.root.name), cursors)
    is_new = asyncio.create_task(checking)
    waiting = iter(run.accounts.items())
    reading: dict[asyncio.Task[list[tuple[Table, Any]] | None], tuple[_Reader, _Steps]] = {}
    try:
        while True:
            while len(reading) < run.concurrency and (item := next(waiting, None)) is not None:
                tenant, account = item
                column = tenant if TENANT in tables.root.schema.names else None
                mirror = DestinationMirror(pipeline, tables, column)
                cursor = cursors.get(tenant or "")
                reader = _Reader(tables, run, tenant, account, mirror, is_new, cursor)
                steps = reader.read()
                reading[asyncio.create_task(_step(steps))] = reader, steps
            if not reading:
                return
            done, _ = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                reader, steps = reading.pop(task)
                try:
                    rows, is_last = task.result(), False
                except Exception as error:
                    concerns_all = is_new.done() and is_new.exception() is not None
                    if reader.tenant is None or concerns_all:
                        raise
                    run.on_error(reader.tenant, error)
                    rows, is_last = list(reader.rows.take()), True
                for table, data in rows or ():
                    yield _with_hints(tables, table, data, appends=reader.appends)
                if rows is not None and not is_last:
                    reading[asyncio.create_task(_step(steps))] = reader, steps
                elif reader.cursor is not None:
                    cursors[reader.tenant or ""] = reader.cursor
    finally:
        is_new.cancel()
        for task in reading:
            task.cancel()
        await asyncio.gather(is_new, *reading, return_exceptions=True)
        for _, steps in reading.values():
            await steps.aclose()


async def _step(steps: _Steps) -> list[tuple[Table, Any]] | None:
    return await anext(steps, None)


async def _is_new(
    tables: CollectionTables,
    pipeline: dlt.Pipeline,
    stored: Mapping[str, Any] | None,
    cursors: dict[str, str],
) -> bool:
    """Return whether the destination has no table of the collection, or this run's load removes it.

    If the destination was deleted, the cursors are too: a run would only load changes.

    Args:
        stored: dlt's schema of the table, if it knows one.
        cursors: The cursors of all accounts.

    Raises:
        ConfigurationError: Only this table was deleted, and dlt would not create it again; or
            the table has another form.
    """
    if _is_refreshed(tables):
        return True
    mirror = DestinationMirror(pipeline, tables, tenant=None)
    if not await mirror.is_new():
        _check_stored(stored, tables)
        return False
    if cursors:
        if await mirror.has_other_tables():
            raise ConfigurationError(
                f"the table {tables.root.name} was deleted at the destination. Make a new copy of"
                " it (--full; in a program, refresh='drop_resources')"
            )
        _logger.warning("%s: the destination is empty, so it is copied again", tables.collection)
        cursors.clear()
    return True


def _is_refreshed(tables: CollectionTables) -> bool:
    """Return whether the load of this run empties the table first (`refresh=` of the pipeline)."""
    state: Mapping[str, Any] = dlt.current.load_package_state().get("state", {})
    emptied = [*state.get("dropped_tables", ()), *state.get("truncated_tables", ())]
    return any(each.get("name") == tables.root.name for each in emptied)


def _check_stored(stored: Mapping[str, Any] | None, tables: CollectionTables) -> None:
    """Raise ConfigurationError if an earlier run with other options made the table.

    Only the records that change would get the new form.
    """
    columns = stored.get("columns") if stored else None
    if not columns:
        return
    problems: list[str] = []
    inner = tables_of(tables.collection, "tables").rows.keys()
    if inner and bool(tables.rows) != inner.isdisjoint(columns):
        found = "columns, not in tables" if tables.rows else "tables"
        problems.append(f"the rows inside its records in {found} (--tables, nested=)")
    if (TENANT in tables.root.schema.names) != (TENANT in columns):
        found = "a" if TENANT in columns else "no"
        problems.append(f"{found} column {TENANT!r} (--tenant, tenants=)")
    if problems:
        raise ConfigurationError(
            f"the table {tables.root.name} of an earlier run has {' and '.join(problems)}. Choose"
            " the same options again, another dataset (--dataset), or a new copy (--full; in a"
            " program, refresh='drop_resources')"
        )


def _with_hints(tables: CollectionTables, table: Table, data: Any, *, appends: bool) -> Any:
    """Return rows for dlt; rows inside records replace all earlier ones of their record."""
    if table is tables.root:
        if appends:
            return dlt.mark.with_hints(data, dlt.mark.make_hints(write_disposition="append"))
        return data
    first = [TENANT] if TENANT in table.schema.names else []
    hints = dlt.mark.make_hints(
        table_name=table.name,
        write_disposition="merge",
        primary_key=(),
        merge_key=[*first, PARENT],
        columns={DELETED: {"hard_delete": True}},
    )
    return dlt.mark.with_hints(data, hints, create_table_variant=True)
