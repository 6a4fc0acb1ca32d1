"""What goes to stdout: records as a table, JSON, JSON lines or CSV, and single answers."""

import csv
import io
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol, TypeGuard, cast

import msgspec

from ..http.encoding import to_json
from . import columns
from .problems import UsageProblem, complain

Record = Mapping[str, Any]

_UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z", re.ASCII)
_SETTLED = 250  # records after which a CSV file's columns are settled: one page


class Output(StrEnum):
    """How records are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def chosen(output: Output | None) -> Output:
    """Return the format asked for, or the one that suits where the output goes."""
    return output or (Output.TABLE if sys.stdout.isatty() else Output.JSONL)


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
        wanted: The columns to write, for a table and CSV.

    Raises:
        UsageProblem: The format has no columns to choose.
    """
    match output:
        case Output.TABLE:
            return _Table(attribute, wanted)
        case Output.CSV:
            return _Csv(wanted or None)
        case _ if wanted:
            raise UsageProblem("--columns goes with --output table and --output csv")
        case Output.JSON:
            return _JsonArray()
        case Output.JSONL:
            return _JsonLines()


def show(value: Any, output: Output, attribute: str = "") -> None:
    """Write one answer: an object, an array of them, or whatever else it is."""
    if isinstance(value, dict):
        _show_one(cast("dict[str, Any]", value), output, attribute)
    elif _is_records(value):
        _write_all(value, output, attribute)
    else:
        _put(msgspec.json.format(_json(value), indent=2) + b"\n")


def _is_records(value: Any) -> TypeGuard[list[Record]]:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    return all(isinstance(item, dict) for item in items)


def _show_one(record: Record, output: Output, attribute: str) -> None:
    if output is Output.JSON:
        _put(msgspec.json.format(_json(record), indent=2) + b"\n")
    elif output is Output.TABLE:
        _show_fields(record)
    else:
        _write_all([record], output, attribute)


def _write_all(records: Iterable[Record], output: Output, attribute: str) -> None:
    target = writer(output, attribute)
    for record in records:
        target.write(record)
    target.close()


def _put(content: bytes) -> None:
    # As bytes: what Katana says is Unicode, whatever the locale of the terminal is.
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _json(value: object) -> bytes:
    try:
        return to_json(value)
    except ValueError:
        return to_json(_whole(value))


def _whole(value: Any) -> Any:
    """Replace halves of characters (lone surrogates), which cannot be written."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {_whole(name): _whole(item) for name, item in fields.items()}
    if isinstance(value, list):
        return [_whole(item) for item in cast("list[object]", value)]
    return value


class _JsonLines:
    def write(self, record: Record) -> None:
        _put(_json(record) + b"\n")

    def close(self) -> None:
        pass


class _JsonArray:
    def __init__(self) -> None:
        self._before = b"[\n"

    def write(self, record: Record) -> None:
        _put(self._before + _json(record))
        self._before = b",\n"

    def close(self) -> None:
        _put(b"[]\n" if self._before == b"[\n" else b"\n]\n")


class _Csv:
    """The columns are those of the first page of records: once written they stay."""

    def __init__(self, wanted: Sequence[str] | None) -> None:
        self._columns = wanted
        self._waiting: list[Record] = []
        self._left_out: dict[str, None] = {}
        self._chosen = wanted is not None
        if wanted is not None:
            self._row(wanted)

    def write(self, record: Record) -> None:
        if self._columns is None:
            self._waiting.append(record)
            if len(self._waiting) >= _SETTLED:
                self._settle()
        else:
            self._record(record, self._columns)

    def close(self) -> None:
        if self._columns is None:
            self._settle()
        if self._left_out and not self._chosen:
            names = ", ".join(self._left_out)
            complain(f"left out, because only later records have it: {names} (see --columns)")

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
        self._row([_cell(record.get(name)) for name in names])

    def _row(self, cells: Iterable[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        _put(line.getvalue().encode("utf-8", "replace"))


class _Table:
    """A table knows its widths only once it has every record."""

    def __init__(self, attribute: str, wanted: Sequence[str]) -> None:
        self._attribute = attribute
        self._wanted = wanted
        self._records: list[Record] = []

    def write(self, record: Record) -> None:
        self._records.append(record)

    def close(self) -> None:
        from rich.table import Table

        if not self._records:
            complain("there are none")
            return
        table = Table(box=None, header_style="bold", pad_edge=False)
        names = list(self._wanted) or columns.for_table(self._attribute, self._records)
        for name in names:
            numbers = all(_is_number(record.get(name)) for record in self._records)
            table.add_column(name, justify="right" if numbers else "left", overflow="fold")
        for record in self._records:
            table.add_row(*[_text(_brief(record.get(name))) for name in names])
        _print(table)


def _brief(value: object) -> object:
    """Return a time to the minute, since a table has little room; anything else as it is."""
    time = _UTC_TIME.fullmatch(value) if isinstance(value, str) else None
    return f"{time[1]} {time[2]}Z" if time else value


def _show_fields(record: Record) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in record.items():
        table.add_row(_text(name), _text(value))
    _print(table)


def _print(renderable: object) -> None:
    from rich.console import Console

    Console(file=sys.stdout).print(renderable)


def _text(value: object) -> Any:
    """Return a cell that a terminal shows and never obeys, whatever the value holds."""
    from rich.text import Text

    cell = _cell(value)
    return Text("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in cell))


def _is_number(value: object) -> bool:
    return value is None or (not isinstance(value, bool | str | list | dict))


def _cell(value: object) -> str:
    """Return a value as text: nothing for null, JSON for what is nested."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return _json(value).decode()
