"""The records that a destination has, for the change feed to look up."""

# dlt has types that pyright finds incomplete:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dlt
import msgspec
from attrs import define, field
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from ..changes import ChangeBatch, Key, Version
from ..changes.rows import format_time, to_milliseconds
from ..changes.state import BOTTOM, TOP
from .tables import FINGERPRINT, KEY, TENANT, CollectionTables

CREATED, UPDATED = "created_at", "updated_at"


@define
class DestinationMirror:
    """The versions of a collection's records at the destination of a pipeline.

    The batches of a run are at the destination only when the run has ended, so their versions are
    kept in memory until then.

    Attributes:
        is_empty: Whether the load of this run empties the table, so that its rows do not count.
    """

    _pipeline: dlt.Pipeline
    _tables: CollectionTables
    _tenant: str | None
    is_empty: bool = field(default=False, kw_only=True)
    _pending: dict[Key, Version | None] = field(factory=dict[Key, Version | None], init=False)

    def add(self, batch: ChangeBatch) -> None:
        """Keep the versions of a batch that is not at the destination yet."""
        self._pending.update({each.key: each for each in batch.versions})
        self._pending.update(dict.fromkeys((each.key for each in batch.deletes), None))

    async def by_keys(self, keys: Collection[Key], /) -> Mapping[Key, Version]:
        """Return the versions of the stored records among some keys."""
        values = [self._tables.key_value(key) for key in keys]
        if not values:
            return {}
        found = await self._select([f"{{key}} IN ({', '.join(['%s'] * len(values))})"], values)
        return self._with_pending(found, set(keys))

    async def by_creation(self, after: int, until: int, /) -> Mapping[Key, Version]:
        """Return the versions of all stored records with `after < created_at <= until`."""
        conditions: list[str] = []
        bounds: list[Any] = []
        if CREATED in self._tables.root.scalars and after > BOTTOM:
            conditions.append("{created} > %s")
            bounds.append(format_time(after))
        if CREATED in self._tables.root.scalars and until < TOP:
            conditions.append("{created} <= %s")
            bounds.append(format_time(until))
        found = await self._select(conditions, bounds)
        pending = self._pending.items()
        inside = {key for key, each in pending if each and after < each.created_at <= until}
        return self._with_pending(found, {*found, *inside})

    def _with_pending(self, found: Mapping[Key, Version], keys: set[Key]) -> dict[Key, Version]:
        """Return the versions of some keys; those of this run are newer than the stored ones."""
        versions = {key: self._pending.get(key, found.get(key)) for key in keys}
        versions |= {key: self._pending[key] for key in keys & self._pending.keys()}
        return {key: each for key, each in versions.items() if each is not None}

    async def _select(self, conditions: Sequence[str], values: Sequence[Any]) -> dict[Key, Version]:
        if self.is_empty:
            return {}
        # In a thread: the drivers of dlt block.
        rows = await asyncio.to_thread(self._query, conditions, values)
        return {each.key: each for each in map(self._version, rows)}

    def _query(self, conditions: Sequence[str], values: Sequence[Any]) -> list[dict[str, Any]]:
        if self._tenant is not None:
            conditions, values = ["{tenant} = %s", *conditions], [self._tenant, *values]
        # A schema of its own: that of the pipeline changes while other collections are read.
        dataset = self._pipeline.dataset(schema=dlt.Schema("katana"))
        with dataset.sql_client as client:
            quote, root = client.escape_column_name, self._tables.root
            columns = [self._tables.key, FINGERPRINT]
            columns += [name for name in (CREATED, UPDATED) if name in root.scalars]
            table = client.make_qualified_table_name(root.name)
            query = f"SELECT {', '.join(map(quote, columns))} FROM {table}"  # noqa: S608 # nosec B608 - names
            if conditions:
                query += " WHERE " + " AND ".join(conditions).format(
                    key=quote(self._tables.key), created=quote(CREATED), tenant=quote(TENANT)
                )
            try:
                with client.execute_query(query, *values) as cursor:
                    rows = cursor.fetchall()
            except DatabaseUndefinedRelation:  # nothing was loaded yet
                return []
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _version(self, row: Mapping[str, Any]) -> Version:
        key = row[self._tables.key]
        if self._tables.key == KEY:
            key = tuple(msgspec.json.decode(key))
        created, updated = (_milliseconds(row.get(name)) for name in (CREATED, UPDATED))
        return Version(key, created, updated, row[FINGERPRINT])


def _milliseconds(moment: datetime | None) -> int:
    if moment is None:
        return 0
    return to_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
