"""Arrow tables from records, for pandas, polars, DuckDB and Parquet. Needs the extra `arrow`."""

# pyarrow has no types:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec

from .models._base import Model, field_types, is_model

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError as error:
    raise ImportError(
        "Arrow tables need pyarrow: pip install 'katana-async[arrow]'", name="pyarrow"
    ) from error

__all__ = ["arrow_schema", "to_arrow"]


def arrow_schema(model: type[Model]) -> pa.Schema:
    """Return the Arrow schema of a model, which depends on its fields and on no record.

    Decimals are `decimal128(38, 10)`, times `timestamp[us, UTC]`, nested records structs, UUIDs and
    enumerations strings. A value without a fixed type (custom fields) is a string of JSON, and so
    is a record within one of its own kind. Every field may be null.
    """
    return pa.schema([(name, column.type) for name, column in columns_of(model, ()).items()])


def to_arrow(records: Iterable[Model], model: type[Model]) -> pa.Table:
    """Return records as an Arrow table with the schema of their model.

    The token of a `Webhook` is in its table.

    Args:
        records: Records of the model, such as `await katana.products.list().collect()`.
        model: The class of the records. Without any record, the table has its columns all the same.

    Raises:
        TypeError: A record is not of the model.
        ValueError: A value does not fit its column: a Decimal from 1e28 or with a non-zero 11th
            digit after the point, an int of more than 64 bits, a text with half a surrogate pair.
            The error names the field.
    """
    rows = list(records)
    for row in rows:
        if not isinstance(row, model):
            raise TypeError(f"expected {model.__name__}, not {type(row).__name__}")
    arrays = [
        make_array(name, column, [getattr(row, name) for row in rows])
        for name, column in columns_of(model, ()).items()
    ]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(model))


class ArrowColumn(msgspec.Struct):
    """How the values of a field are written.

    Attributes:
        write: Turns a value that is not None into one that pyarrow takes; None if it takes all.
    """

    type: Any
    write: Callable[[Any], Any] | None = None

    @property
    def is_json(self) -> bool:
        """Whether the values are texts of JSON."""
        return self.write is _json


_PLAIN: dict[Any, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    str: pa.string(),
    # As many digits after the point as Katana writes, and as many in all as databases hold.
    Decimal: pa.decimal128(38, 10),
    datetime: pa.timestamp("us", tz="UTC"),
}


def columns_of(model: Any, within: tuple[type[Model], ...]) -> dict[str, ArrowColumn]:
    """Return how the fields of a model are written; `within` are the models around it."""
    return _cached_columns(model, within)


@cache
def _cached_columns(model: Any, within: Any) -> dict[str, ArrowColumn]:
    inside = (*within, model)
    return {name: _column(hint, inside) for name, hint in field_types(model).items()}


def _column(hint: Any, within: tuple[type[Model], ...]) -> ArrowColumn:
    """Return how a field is written; `within` are its model and the models around that."""
    kind = _kind(hint)
    if get_origin(kind) is tuple:
        item = _column(get_args(kind)[0], within)
        return ArrowColumn(pa.list_(item.type), _list_writer(item.write))
    if is_model(kind) and kind not in within:
        columns = columns_of(kind, within)
        shape = pa.struct([(name, column.type) for name, column in columns.items()])
        return ArrowColumn(shape, _struct_writer(columns))
    if kind in _PLAIN:
        return ArrowColumn(_PLAIN[kind])
    if kind is UUID:
        return ArrowColumn(pa.string(), str)
    is_enumeration = isinstance(kind, type) and issubclass(kind, Enum)
    return ArrowColumn(pa.string(), None if is_enumeration else _json)


def _kind(hint: Any) -> Any:
    """Return the type of a field's values other than None; Any if there are several."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 else Any


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _list_writer(write: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    return None if write is None else lambda values: [write(value) for value in values]


def _struct_writer(columns: dict[str, ArrowColumn]) -> Callable[[Any], Any]:
    writers = [(name, column.write) for name, column in columns.items()]

    def write(record: Model) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, writer in writers:
            value = getattr(record, name)
            fields[name] = value if value is None or writer is None else writer(value)
        return fields

    return write


def make_array(name: str, column: ArrowColumn, values: list[Any]) -> pa.Array:
    write = column.write
    written = None if write else values
    try:
        if write:
            written = [None if value is None else write(value) for value in values]
        return to_array(written, column.type)
    except (ValueError, OverflowError) as error:  # pyarrow's errors are ValueErrors
        problem = f"{name}: {error}"
    if written is not None:
        problem = _find_misfit(written, column.type, name) or problem
    raise ValueError(problem)


def to_array(values: Sequence[Any] | None, kind: pa.DataType) -> pa.Array:
    """Return values as an array, or raise ValueError or OverflowError if one does not fit."""
    array = pa.array(values, kind)
    if pa.types.is_timestamp(kind):
        # This raises if a time is outside the years 1 to 9999 in UTC.
        pc.call_function("min_max", [array]).as_py()
    return array


def _find_misfit(values: Iterable[Any], kind: pa.DataType, path: str) -> str | None:
    """Return a message about the first value that does not fit an Arrow type; None if all fit."""
    given = [value for value in values if value is not None]
    if pa.types.is_struct(kind):
        for field in kind:
            inner = [value[field.name] for value in given]
            if problem := _find_misfit(inner, field.type, f"{path}.{field.name}"):
                return problem
    elif pa.types.is_list(kind):
        return _find_misfit([item for value in given for item in value], kind.value_type, path)
    else:
        for value in given:
            try:
                to_array([value], kind)
            except (ValueError, OverflowError):
                shown = value if isinstance(value, int | Decimal) else f"a {type(value).__name__}"
                return f"{path}: {shown} does not fit {kind}"
    return None
