"""Write records to stdout as a table, JSON, JSON lines or CSV, and single answers."""

import codecs
import csv
import io
import json
import re
import sys
from collections.abc import Sequence
from typing import Any, Protocol, TypeGuard, cast

import msgspec

from ..etl.text import to_cell, to_json_text
from .columns import Record, Selection
from .errors import print_error
from .options import Output

_CSV_SAMPLE = 250  # records that decide the columns of a CSV file: one page

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


class Writer(Protocol):
    """Writes records one by one, or keeps them until `close`."""

    def write(self, record: Record) -> None: ...

    def close(self) -> None: ...


def make_writer(output: Output, resource: str, columns: Sequence[str] = ()) -> Writer:
    """Return the writer of a format; without columns, it chooses those of the collection."""
    match output:
        case Output.TABLE:
            return _TableWriter(resource, columns)
        case Output.CSV:
            return _CsvWriter(columns)
        case Output.JSON:
            return _JsonWriter()
        case Output.JSONL:
            return _JsonLinesWriter()


def show(value: Any, output: Output, resource: str = "", columns: Sequence[str] = ()) -> None:
    """Write one answer: an object, an array of objects, or any other JSON."""
    if isinstance(value, dict):
        record = cast("Record", value)
        if columns:
            value = record = Selection(resource, columns).select(record)
        if output is Output.TABLE:
            from .tables import print_fields

            print_fields(record)
            return
        if output is not Output.JSON:
            value, columns = [record], ()
    if not _is_records(value):
        put_json(msgspec.json.format(to_json_text(cast("object", value)), indent=2) + b"\n")
        return
    writer = make_writer(output, resource, columns)
    for each in value:
        writer.write(each)
    writer.close()


def _is_records(value: Any) -> TypeGuard[list[Record]]:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    return all(isinstance(item, dict) for item in items)


class _JsonLinesWriter:
    def write(self, record: Record) -> None:
        put_json(to_json_text(record) + b"\n")

    def close(self) -> None:
        pass


class _JsonWriter:
    def __init__(self) -> None:
        self._separator = b"[\n"

    def write(self, record: Record) -> None:
        put_json(self._separator + to_json_text(record))
        self._separator = b",\n"

    def close(self) -> None:
        put_json(b"[]\n" if self._separator == b"[\n" else b"\n]\n")


class _CsvWriter:
    """Writes the given columns, else the fields of the first page of records."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._has_header = False
        self._waiting: list[Record] = []
        self._left_out: dict[str, None] = {}

    def write(self, record: Record) -> None:
        self._waiting.append(record)
        if self._columns or len(self._waiting) >= _CSV_SAMPLE:
            self._write_waiting()

    def close(self) -> None:
        self._write_waiting()
        if self._left_out:
            names = ", ".join(self._left_out)
            print_error(f"left out, because only later records have it: {names} (see --columns)")

    def _write_waiting(self) -> None:
        if not self._columns:
            names = {name: None for record in self._waiting for name in record}
            self._columns = sorted(names, key=lambda name: name != "id")
        if self._columns and not self._has_header:
            self._write_row(self._columns)
            self._has_header = True
        for record in self._waiting:
            self._left_out |= {name: None for name in record if name not in self._columns}
            self._write_row([to_cell(record.get(name)) for name in self._columns])
        self._waiting.clear()

    def _write_row(self, cells: Sequence[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        # A terminal that is not UTF-8 gets `?` for the characters that it does not have.
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        put(line.getvalue().encode(encoding, "replace"))


class _TableWriter:
    """Keeps the records until the end, since they decide the widths of the columns."""

    def __init__(self, resource: str, columns: Sequence[str]) -> None:
        self._resource = resource
        self._columns = columns
        self._records: list[Record] = []

    def write(self, record: Record) -> None:
        self._records.append(record)

    def close(self) -> None:
        if not self._records:
            print_error("nothing to show")
            return
        from .tables import default_columns, print_table  # loads rich, which is slow

        names = list(self._columns) or default_columns(self._resource, self._records)
        print_table(names, self._records)


def put_json(content: bytes) -> None:
    """Write JSON to stdout, in ASCII on a terminal that is not UTF-8."""
    if sys.stdout.isatty() and codecs.lookup(sys.stdout.encoding).name != "utf-8":
        text = _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], content.decode())
        content = text.encode()
    put(content)


def put(content: bytes) -> None:
    """Write bytes to stdout at once."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
