"""The records that a destination has, for the change feed to look up."""

# dlt has types that pyright finds incomplete:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import dlt
import msgspec
from attrs import define, field
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from ..changes import ChangeBatch, Key, Version
from ..changes.rows import format_time, to_milliseconds
from ..changes.state import BOTTOM, TOP
from .tables import DELETED, FINGERPRINT, KEY, OUTDATED, TENANT, CollectionTables

CREATED, UPDATED = "created_at", "updated_at"
_FIRST = itemgetter(0)


@define
class _PendingVersions:
    """The versions of a run, which are not at the destination yet.

    They are tuples of numbers, which the garbage collector need not visit.
    """

    _versions: dict[Key, tuple[int, int, int] | None] = field(
        factory=dict[Key, tuple[int, int, int] | None], init=False
    )
    # The newest record first: negative times of creation, in ascending order, and keys.
    _by_creation: list[tuple[int, Key]] = field(factory=list[tuple[int, Key]], init=False)

    def add(self, batch: ChangeBatch) -> None:
        """Add the versions of a batch, and None for its deletions."""
        for each in batch.versions:
            self._versions[each.key] = (each.created_at, each.updated_at, each.fingerprint)
        self._versions.update(dict.fromkeys((each.key for each in batch.deletes), None))
        new = sorted(((-each.created_at, each.key) for each in batch.versions), key=_FIRST)
        is_sorted = not new or not self._by_creation or self._by_creation[-1][0] <= new[0][0]
        self._by_creation += new
        if not is_sorted:
            self._by_creation.sort(key=_FIRST)

    def created_between(self, after: int, until: int) -> Iterable[Key]:
        """Return the keys of the records with `after < created_at <= until`."""
        first = bisect_left(self._by_creation, -until, key=_FIRST)
        last = bisect_left(self._by_creation, -after, key=_FIRST)
        return map(itemgetter(1), self._by_creation[first:last])

    def replace_in(self, found: Mapping[Key, Version], keys: Iterable[Key]) -> dict[Key, Version]:
        """Return the versions of some keys: those of the run, else those of `found`."""
        versions: dict[Key, Version] = {}
        for key in keys:
            if key not in self._versions:
                if key in found:
                    versions[key] = found[key]
            elif (numbers := self._versions[key]) is not None:
                versions[key] = Version(key, *numbers)
        return versions


@define
class DestinationMirror:
    """The versions of a collection's records at the destination of a pipeline.

    The batches of a run are at the destination only when the run has ended, so their versions are
    kept in memory until then.

    Attributes:
        tenant: The value of the column `tenant`; None without the column.
        is_empty: Whether the destination has no rows, or the load of this run removes them.
    """

    _pipeline: dlt.Pipeline
    _tables: CollectionTables
    tenant: str | None
    is_empty: bool = field(default=False, kw_only=True)
    _pending: _PendingVersions = field(factory=_PendingVersions, init=False)
    _oldest: int | None = field(default=None, init=False)

    def add(self, batch: ChangeBatch) -> None:
        """Keep the versions of a batch that is not at the destination yet."""
        self._pending.add(batch)

    async def is_new(self) -> bool:
        """Return whether the destination has no table of the collection."""
        await self._fetch([self._tables.key], ["1 = 0"], [])
        return self.is_empty

    async def has_other_tables(self) -> bool:
        """Return whether the destination has the tables of earlier loads."""
        return await asyncio.to_thread(self._has_other_tables)

    def _has_other_tables(self) -> bool:
        dataset = self._pipeline.dataset(schema=dlt.Schema("katana"))
        with dataset.sql_client as client, suppress(DatabaseUndefinedRelation):
            table = client.make_qualified_table_name("_dlt_version")
            client.execute_sql(f"SELECT 1 FROM {table} WHERE 1 = 0")  # noqa: S608 # nosec B608 - a name
            return True
        return False

    async def by_keys(self, keys: Collection[Key], /) -> Mapping[Key, Version]:
        """Return the versions of the stored records among some keys."""
        if not keys:
            return {}
        found = await self._select(*self._among(keys))
        return self._pending.replace_in(found, keys)

    async def by_creation(self, after: int, until: int, /) -> Mapping[Key, Version]:
        """Return the versions of all stored records with `after < created_at <= until`."""
        conditions: list[str] = []
        bounds: list[Any] = []
        has_times = CREATED in self._tables.root.scalars
        if has_times and after > BOTTOM:
            conditions.append("{created} > %s")
            bounds.append(format_time(after))
        if has_times and until < TOP:
            conditions.append("{created} <= %s")
            bounds.append(format_time(until))
        found: Mapping[Key, Version] = {}
        # A first copy goes from the newest record to the oldest: none of its ranges has rows yet.
        if not has_times or until >= await self._oldest_creation():
            found = await self._select(conditions, bounds)
        inside = self._pending.created_between(after, until)
        return self._pending.replace_in(found, {*found, *inside})

    async def _oldest_creation(self) -> int:
        """Return the time of creation of the oldest stored record; `TOP` without any."""
        if self._oldest is None:
            rows = await self._fetch([CREATED], [], [], order=" ORDER BY {created} LIMIT 1")
            self._oldest = _milliseconds(rows[0][CREATED]) if rows else TOP
        return self._oldest

    async def rows(self, keys: Collection[Key]) -> Mapping[str, Sequence[Any]]:
        """Return the values of the stored records among some keys, by column."""
        names = self._tables.root.schema.names
        found = await self._fetch(names, *self._among(keys)) if keys else []
        return {name: [row[name] for row in found] for name in names}

    def _among(self, keys: Collection[Key]) -> tuple[list[str], list[Any]]:
        values = [self._tables.key_value(key) for key in keys]
        return [f"{{key}} IN ({', '.join(['%s'] * len(values))})"], values

    async def _select(self, conditions: Sequence[str], values: Sequence[Any]) -> dict[Key, Version]:
        columns = [self._tables.key, FINGERPRINT]
        columns += [name for name in (CREATED, UPDATED) if name in self._tables.root.scalars]
        rows = await self._fetch(columns, conditions, values)
        return {each.key: each for each in map(self._version, rows)}

    async def _fetch(
        self,
        columns: Sequence[str],
        conditions: Sequence[str],
        values: Sequence[Any],
        order: str = "",
    ) -> list[dict[str, Any]]:
        if self.is_empty:
            return []
        conditions = ["{deleted} IS NULL", *conditions]
        if self.tenant is not None:
            conditions, values = ["{tenant} = %s", *conditions], [self.tenant, *values]
        # In a thread: the drivers of dlt block.
        condition = " AND ".join(conditions) + order
        return await asyncio.to_thread(self._query, columns, condition, values)

    def _query(
        self, columns: Sequence[str], condition: str, values: Sequence[Any]
    ) -> list[dict[str, Any]]:
        # Not the pipeline's schema, which changes while other collections are read.
        dataset = self._pipeline.dataset(schema=dlt.Schema("katana"))
        with dataset.sql_client as client:
            quote, root = client.escape_column_name, self._tables.root
            condition = condition.format(
                key=quote(self._tables.key),
                created=quote(CREATED),
                tenant=quote(TENANT),
                deleted=quote(DELETED),
            )
            table = client.make_qualified_table_name(root.name)
            query = f"SELECT {', '.join(map(quote, columns))} FROM {table} WHERE {condition}"  # noqa: S608 # nosec B608 - names
            try:
                with client.execute_query(query, *values) as cursor:
                    rows = cursor.fetchall()
            except DatabaseUndefinedRelation:  # nothing was loaded yet
                self.is_empty = True
                return []
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _version(self, row: Mapping[str, Any]) -> Version:
        key = row[self._tables.key]
        if self._tables.key == KEY:
            key = tuple(msgspec.json.decode(key))
        created, updated = (_milliseconds(row.get(name)) for name in (CREATED, UPDATED))
        if row[FINGERPRINT] == OUTDATED:
            updated = BOTTOM
        return Version(key, created, updated, row[FINGERPRINT])


def _milliseconds(moment: datetime | None) -> int:
    if moment is None:
        return 0
    return to_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
