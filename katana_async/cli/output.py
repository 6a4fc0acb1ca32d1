"""What goes to stdout: records as a table, JSON, JSON lines or CSV, and single answers."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeGuard, cast

from . import columns
from .fields import Selection
from .formats import Output
from .problems import complain
from .text import cell, json_text, laid_out_json, put_json, put_text

Record = Mapping[str, Any]

_SETTLED = 250  # records after which a CSV file's columns are settled: one page


class Writer(Protocol):
    """Takes records one by one."""

    def write(self, record: Record) -> None:
        """Take a record."""
        ...

    def close(self) -> None:
        """Write what is still to be written."""
        ...


def writer(output: Output, attribute: str, wanted: Sequence[str] = ()) -> Writer:
    """Return what writes many records.

    Args:
        output: The format.
        attribute: The collection, for its columns.
        wanted: The fields to write, as names or paths; empty for those that suit the format.
    """
    made = _writer(output, attribute, wanted)
    return _Selecting(made, Selection(attribute, wanted)) if wanted else made


def _writer(output: Output, attribute: str, wanted: Sequence[str]) -> Writer:
    match output:
        case Output.TABLE:
            return _Table(attribute, wanted)
        case Output.CSV:
            return _Csv(wanted or None)
        case Output.JSON:
            return _JsonArray()
        case Output.JSONL:
            return _JsonLines()


def select(value: Any, attribute: str, wanted: Sequence[str]) -> Any:
    """Return an answer, or each record of it, with the wanted fields only; all if none is wanted.

    Raises:
        UsageProblem: There is no such field.
    """
    if not wanted:
        return value
    selection = Selection(attribute, wanted)
    if _is_records(value):
        chosen = [selection.select(record) for record in value]
        selection.close()
        return chosen
    return selection.select(cast("Record", value)) if isinstance(value, dict) else value


def show(value: Any, output: Output, attribute: str = "") -> None:
    """Write one answer: an object, an array of them, or whatever else it is."""
    if isinstance(value, dict):
        _show_one(cast("dict[str, Any]", value), output, attribute)
    elif _is_records(value):
        _write_all(value, output, attribute)
    else:
        put_json(laid_out_json(value) + b"\n")


def _is_records(value: Any) -> TypeGuard[list[Record]]:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    return all(isinstance(item, dict) for item in items)


def _show_one(record: Record, output: Output, attribute: str) -> None:
    if output is Output.JSON:
        put_json(laid_out_json(record) + b"\n")
    elif output is Output.TABLE:
        _print_fields(record)
    else:
        _write_all([record], output, attribute)


def _write_all(records: Iterable[Record], output: Output, attribute: str) -> None:
    target = writer(output, attribute)
    for record in records:
        target.write(record)
    target.close()


class _Selecting:
    """Passes the chosen fields of records on."""

    def __init__(self, target: Writer, selection: Selection) -> None:
        self._target = target
        self._selection = selection

    def write(self, record: Record) -> None:
        self._target.write(self._selection.select(record))

    def close(self) -> None:
        self._selection.close()
        self._target.close()


class _JsonLines:
    def write(self, record: Record) -> None:
        put_json(json_text(record) + b"\n")

    def close(self) -> None:
        pass


class _JsonArray:
    def __init__(self) -> None:
        self._before = b"[\n"

    def write(self, record: Record) -> None:
        put_json(self._before + json_text(record))
        self._before = b",\n"

    def close(self) -> None:
        put_json(b"[]\n" if self._before == b"[\n" else b"\n]\n")


class _Csv:
    """The columns are those of the first page of records: once written they stay."""

    def __init__(self, wanted: Sequence[str] | None) -> None:
        self._columns = wanted
        self._waiting: list[Record] = []
        self._left_out: dict[str, None] = {}
        self._chosen = wanted is not None
        self._header_is_due = wanted is not None

    def write(self, record: Record) -> None:
        if self._columns is None:
            self._waiting.append(record)
            if len(self._waiting) >= _SETTLED:
                self._settle()
        else:
            self._begin(self._columns)
            self._record(record, self._columns)

    def close(self) -> None:
        if self._columns is None:
            self._settle()
        else:
            self._begin(self._columns)
        if self._left_out and not self._chosen:
            names = ", ".join(self._left_out)
            complain(f"left out, because only later records have it: {names} (see --columns)")

    def _begin(self, names: Sequence[str]) -> None:
        if self._header_is_due:
            self._row(names)
            self._header_is_due = False

    def _settle(self) -> None:
        found = list({name: None for record in self._waiting for name in record})
        found.sort(key=lambda name: name != "id")
        self._columns = found
        if found:
            self._row(found)
        for record in self._waiting:
            self._record(record, found)
        self._waiting.clear()

    def _record(self, record: Record, names: Sequence[str]) -> None:
        if not self._chosen:
            self._left_out |= {name: None for name in record if name not in names}
        self._row([cell(record.get(name)) for name in names])

    def _row(self, cells: Iterable[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        put_text(line.getvalue())


class _Table:
    """A table knows its widths only once it has every record."""

    def __init__(self, attribute: str, wanted: Sequence[str]) -> None:
        self._attribute = attribute
        self._wanted = wanted
        self._records: list[Record] = []

    def write(self, record: Record) -> None:
        self._records.append(record)

    def close(self) -> None:
        from .tables import print_table  # loads rich, which no other format needs

        if not self._records:
            complain("there are none")
            return
        names = list(self._wanted) or columns.for_table(self._attribute, self._records)
        print_table(names, self._records)


def _print_fields(record: Record) -> None:
    from .tables import print_fields

    print_fields(record)
