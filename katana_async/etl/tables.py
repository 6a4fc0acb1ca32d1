"""Tables of collections: the schema that a model gives, and the rows of a run's changes. No I/O."""

# pyarrow has no types:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from itertools import chain
from operator import attrgetter
from typing import Any, Literal, cast, get_args, get_origin

import msgspec
import pyarrow as pa
from attrs import define, field, frozen

from ..arrow import ArrowColumn, columns_of, make_array, to_array
from ..changes import ChangeBatch, Key, traits_of
from ..models import Model
from ..models._base import field_types, is_model
from ..resources import load
from .records import RecordReader, Records
from .text import to_json_text

Nested = Literal["columns", "tables"]

KEY = "_key"
PARENT = "_parent_key"
FINGERPRINT = "_fingerprint"
OUTDATED = -2  # as the fingerprint of a row: the record is to be loaded again
UNKNOWN = "_unknown_fields"
DELETED = "_deleted"
TENANT = "tenant"

_RECORDS_AT_ONCE = 1000
"""Records that are decoded and written at once."""


@frozen
class Table:
    """The table of a model.

    Attributes:
        name: The name at the destination.
        fields: The fields of the model by column. A column has several fields if Katana spells its
            name in two ways (such as `createdAt` and `created_at`); a record has one of them.
        scalars: The columns with a type of their own: numbers, times, texts, booleans. The others
            are texts of JSON: nested records, lists, custom fields.
        reader: Decodes records.
        schema: All columns, also those that the feed needs.
    """

    name: str
    fields: Mapping[str, Sequence[str]]
    scalars: Mapping[str, ArrowColumn]
    reader: RecordReader
    schema: pa.Schema

    @classmethod
    def of(
        cls,
        name: str,
        model: type[Model],
        first: Sequence[pa.Field],
        last: Sequence[pa.Field] = (),
        without: Collection[str] = (),
    ) -> "Table":
        """Return the table of a model.

        Args:
            first, last: Columns before and after those of the fields. A field with the name of one
                of the first has no further column.
            without: Fields without a column.
        """
        columns = columns_of(model, ())
        left_out = {*without, *(each.name for each in first), *model.__hidden_fields__}
        fields: dict[str, list[str]] = {}
        for each in columns:
            if each not in left_out:
                fields.setdefault(_snake_case(each), []).append(each)
        scalars = {
            column: columns[names[0]]
            for column, names in fields.items()
            if _is_scalar(columns[names[0]])
        }
        types = {each: scalars[each].type if each in scalars else pa.string() for each in fields}
        schema = pa.schema(
            [
                *first,
                *(pa.field(*each) for each in types.items()),
                pa.field(UNKNOWN, pa.string()),
                *last,
                pa.field(DELETED, pa.bool_()),
            ]
        )
        inner = [each for each in columns if not _is_scalar(columns[each])]
        return cls(name, fields, scalars, RecordReader.of(model, inner), schema)

    def rows(self, records: Records, **columns: Sequence[Any]) -> pa.Table:
        """Return records as rows.

        Args:
            records: The records. A value that does not fit its column is in `_unknown_fields`, with
                `records.kept`.
            **columns: The values of the first and the last columns.
        """
        kept, count = dict(records.kept), len(records.plain)
        present = [_NO_FIELDS if each is None else each for each in records.plain]
        arrays: dict[str, Any] = {}
        for column, names in self.fields.items():
            if column not in self.scalars:
                arrays[column] = records.inner[names[0]]
                continue
            values = _values(present, names)
            try:
                arrays[column] = make_array(column, self.scalars[column], values)
            except ValueError:
                arrays[column], misfits = _fit(values, self.scalars[column].type)
                for index in misfits:
                    kept[index] = {**kept.get(index, {}), column: values[index]}
        unknown: list[bytes | None] = [None] * count
        for index, fields in kept.items():
            unknown[index] = to_json_text(fields)
        return self._table({**arrays, **columns, UNKNOWN: unknown}, count)

    def deletions(self, **columns: Sequence[Any]) -> pa.Table:
        """Return rows that delete those with the same key; all other columns are null."""
        count = len(next(iter(columns.values())))
        return self._table(columns | {DELETED: [True] * count}, count)

    def mark_deleted(self, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
        """Return stored rows, given by column, with true in `_deleted`."""
        count = len(next(iter(columns.values())))
        return self._table({**columns, DELETED: [True] * count}, count)

    def _table(self, columns: Mapping[str, Any], count: int) -> pa.Table:
        arrays: list[pa.Array] = []
        for each in self.schema:
            values = columns.get(each.name)
            if not isinstance(values, pa.Array):
                values = pa.array(values if values is not None else [None] * count, each.type)
            arrays.append(values)
        return pa.Table.from_arrays(arrays, schema=self.schema)


def _is_scalar(column: ArrowColumn) -> bool:
    """Return whether a field is a column of its own type, and not of JSON."""
    return not pa.types.is_nested(column.type) and not column.is_json


def _fit(values: Sequence[Any], kind: pa.DataType) -> tuple[list[Any], list[int]]:
    """Return values that fit a column, and the indexes of those that did not.

    A Decimal is rounded to the digits of the column. Anything else that does not fit becomes null.
    """
    fitting: list[Any] = []
    misfits: list[int] = []
    for index, value in enumerate(values):
        try:
            to_array([value], kind)
        except (ValueError, OverflowError):
            misfits.append(index)
            fitting.append(_round(value, kind) if isinstance(value, Decimal) else None)
        else:
            fitting.append(value)
    return fitting, misfits


def _round(value: Decimal, kind: pa.DataType) -> Decimal | None:
    with localcontext(prec=kind.precision):
        try:
            return value.quantize(Decimal(1).scaleb(-kind.scale))
        except InvalidOperation:  # too large
            return None


class _NoFields:
    def __getattr__(self, name: str) -> None:
        return None


_NO_FIELDS = _NoFields()


def _values(records: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Return a field of each record; of several, the first that is not None."""
    found = map(attrgetter(*names), records)
    if len(names) == 1:
        return list(found)
    return [next((each for each in values if each is not None), None) for values in found]


def _snake_case(name: str) -> str:
    """Return a name as dlt writes it at the destination."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


@frozen
class CollectionTables:
    """The tables of a collection: its records, and by choice the rows inside them.

    Attributes:
        key: The column of the primary key: the only field of the key, else `_key`.
        rows: The tables of the rows inside the records, by the field that contains them.
    """

    collection: str
    key: str
    root: Table
    rows: Mapping[str, Table]

    def key_value(self, key: Key) -> Any:
        """Return a key as a value of the column: keys of several fields as a JSON array."""
        return msgspec.json.encode(key).decode() if self.key == KEY else key


def tables_of(collection: str, nested: Nested, *, tenant: bool = False) -> CollectionTables:
    """Return the tables of a collection. They depend on its model, and on no record.

    A field that is a secret, such as the token of a webhook, has no column.

    Args:
        collection: The attribute of the collection.
        nested: Rows inside records are columns of JSON, or have tables of their own.
        tenant: Whether the tables have the column `tenant`.
    """
    traits, model = traits_of(collection), cast("type[Model]", load(collection).model)
    key = traits.key[0] if len(traits.key) == 1 else KEY
    key_type = pa.string() if key == KEY else columns_of(model, ())[key].type
    tenants = [pa.field(TENANT, pa.string(), nullable=False)] if tenant else []
    rows: dict[str, Table] = {}
    if nested == "tables":
        parent = pa.field(PARENT, key_type, nullable=False)
        for name, kind in _row_models(model).items():
            rows[name] = Table.of(f"{collection}__{name}", kind, [*tenants, parent])
    root = Table.of(
        collection,
        model,
        [*tenants, pa.field(key, key_type, nullable=False)],
        [pa.field(FINGERPRINT, pa.int64())],
        tuple(rows),
    )
    return CollectionTables(collection, key, root, rows)


def _row_models(model: type[Model]) -> dict[str, type[Model]]:
    """Return the models of the rows inside a model's records, by field."""
    hints = field_types(model).items()
    items = {name: get_args(hint)[0] for name, hint in hints if get_origin(hint) is tuple}
    return {name: item for name, item in items.items() if is_model(item)}


@define
class ChangedRows:
    """The rows of a run's changes to one collection of one account.

    A run has one version of each record, since destinations that merge a load do not keep its
    order.
    """

    tables: CollectionTables
    tenant: str | None = None
    waiting: int = field(default=0, init=False)
    _upserts: list[tuple[Any, int, bytes]] = field(factory=list[tuple[Any, int, bytes]], init=False)
    _chunks: dict[str, list[pa.Table]] = field(init=False)
    _keys: set[Any] = field(factory=set[Any], init=False)

    def __attrs_post_init__(self) -> None:
        self._chunks = {table.name: [] for table, _ in self._all_tables}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def _all_tables(self) -> list[tuple[Table, str]]:
        rows = [(table, PARENT) for table in self.tables.rows.values()]
        return [(self.tables.root, self.tables.key), *rows]

    def __contains__(self, key: Key) -> bool:
        return self.tables.key_value(key) in self._keys

    def add(self, batch: ChangeBatch, kept: Mapping[str, Any] | None = None) -> bool:
        """Add the changes of a batch of JSON.

        Args:
            kept: The stored values of the deleted records, by column, to keep them with
                `_deleted`; None to delete their rows.

        Returns:
            False if a record has changed before in this run. Nothing was added then: the batch
            belongs to another run.
        """
        keys = [self.tables.key_value(each.key) for each in batch.versions]
        deleted = [self.tables.key_value(each.key) for each in batch.deletes]
        if not self._keys.isdisjoint(keys) or not self._keys.isdisjoint(deleted):
            return False
        self._keys.update(keys, deleted)
        self.waiting += len(keys) + len(deleted)
        fingerprints = [each.fingerprint for each in batch.versions]
        self._upserts += zip(keys, fingerprints, batch.upserts, strict=True)
        if kept is not None:
            self._chunks[self.tables.root.name].append(self.tables.root.mark_deleted(kept))
        elif deleted:
            self._add_deletions(deleted)
        return True

    def _write_upserts(self) -> None:
        """Turn the collected records into rows."""
        upserts, self._upserts = self._upserts, []
        deletions, self._chunks = self._chunks, {name: [] for name in self._chunks}
        tables = self.tables
        for start in range(0, len(upserts), _RECORDS_AT_ONCE):
            keys, fingerprints, texts = zip(*upserts[start : start + _RECORDS_AT_ONCE], strict=True)
            records = tables.root.reader.read(texts)
            for name, table in tables.rows.items():
                inside = self._nested_rows(table, keys, records.rows_inside(name))
                self._chunks[table.name].append(inside)
            root = tables.root.rows(
                records, **self._key_columns(tables.key, keys), **{FINGERPRINT: fingerprints}
            )
            self._chunks[tables.root.name].append(root)
        for name, chunks in deletions.items():
            self._chunks[name] += chunks

    def _nested_rows(
        self, table: Table, keys: Sequence[Any], rows: Sequence[Sequence[bytes]]
    ) -> pa.Table:
        """Return the rows inside some records, and for each record one that deletes the others."""
        parents = [key for key, inside in zip(keys, rows, strict=True) for _ in inside]
        records = table.reader.read(list(chain.from_iterable(rows)))
        written = table.rows(records, **self._key_columns(PARENT, parents))
        return pa.concat_tables([table.deletions(**self._key_columns(PARENT, keys)), written])

    def _add_deletions(self, keys: Sequence[Any]) -> None:
        for table, key in self._all_tables:
            self._chunks[table.name].append(table.deletions(**self._key_columns(key, keys)))

    def _key_columns(self, name: str, keys: Sequence[Any]) -> dict[str, Sequence[Any]]:
        tenants = {} if self.tenant is None else {TENANT: [self.tenant] * len(keys)}
        return {**tenants, name: keys}

    def take(self, *, with_empty: bool = False) -> Iterator[tuple[Table, pa.Table]]:
        """Yield each table with its rows since the last call.

        Args:
            with_empty: Yield tables without a row too.
        """
        self.waiting = 0
        self._write_upserts()
        for table, _ in self._all_tables:
            parts, self._chunks[table.name] = self._chunks[table.name], []
            rows = pa.concat_tables([table.schema.empty_table(), *parts])
            if len(rows) or with_empty:
                yield table, rows
