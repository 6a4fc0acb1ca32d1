"""Write records to stdout as a table, JSON, JSON lines or CSV, and single answers."""

import codecs
import csv
import io
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeGuard, cast

import msgspec

from ..etl.text import to_cell, to_json_text
from .columns import Selection
from .errors import print_error
from .options import Output

Record = Mapping[str, Any]

_CSV_SAMPLE = 250  # records that decide the columns of a CSV file: one page

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


class Writer(Protocol):
    """Writes records one by one, or keeps them until `close`."""

    def write(self, record: Record) -> None: ...

    def close(self) -> None: ...


def make_writer(output: Output, resource: str, columns: Sequence[str] = ()) -> Writer:
    """Return the writer of a format.

    Args:
        output: The format.
        resource: The collection, for the columns of tables.
        columns: The fields to write, as names or paths; empty for the format's default.
    """
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
    record = cast("Record", value) if isinstance(value, dict) else None
    if record is not None and columns:
        value = record = Selection(resource, columns).select(record)
    if record is not None and output is Output.TABLE:
        from .tables import print_fields

        print_fields(record)
        return
    if record is not None and output is not Output.JSON:
        value = [record]
    if not _is_records(value):
        put_json(msgspec.json.format(to_json_text(cast("object", value)), indent=2) + b"\n")
        return
    writer = make_writer(output, resource, columns if record is None else ())
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
        self._are_given = bool(columns)
        self._sample: list[Record] | None = []
        self._left_out: dict[str, None] = {}

    def write(self, record: Record) -> None:
        if self._sample is None:
            self._write_record(record)
            return
        self._sample.append(record)
        if self._are_given or len(self._sample) >= _CSV_SAMPLE:
            self._write_sample()

    def close(self) -> None:
        if self._sample is not None:
            self._write_sample()
        if self._left_out:
            names = ", ".join(self._left_out)
            print_error(f"left out, because only later records have it: {names} (see --columns)")

    def _write_sample(self) -> None:
        """Write the header and the records so far."""
        sample, self._sample = self._sample or [], None
        if not self._are_given:
            names = {name: None for record in sample for name in record}
            self._columns = sorted(names, key=lambda name: name != "id")
        if self._columns:
            self._write_row(self._columns)
        for record in sample:
            self._write_record(record)

    def _write_record(self, record: Record) -> None:
        self._left_out |= {name: None for name in record if name not in self._columns}
        self._write_row([to_cell(record.get(name)) for name in self._columns])

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
            print_error("there are none")
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
