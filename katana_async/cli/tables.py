"""Tables that fit the terminal: long texts end in `…`, and the last columns are left out.

Ids, numbers and times are never cut, since a part of one reads like another.
"""

import re
import shutil
import sys
from collections.abc import Sequence

from attrs import define
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..etl.text import to_cell
from .columns import Record, table_columns
from .errors import one_line, print_error

_UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z", re.ASCII)
_NEVER_CUT = re.compile(r"[-+\d.:TZ eE]*", re.ASCII)  # numbers as text, days, times
_LEAST_WIDTH = 12  # cells that a text or a name always has
_DEFAULT_COLUMN_COUNT = 8  # for collections without columns in table_columns.toml


def default_columns(resource: str, records: Sequence[Record]) -> list[str]:
    """Return the columns of a collection's table: those that at least one record has."""
    present = {name: None for record in records for name in record}
    columns = [name for name in table_columns().get(resource, ()) if name in present]
    return columns or list(present)[:_DEFAULT_COLUMN_COUNT]


@define
class _Column:
    """One column of a table, its width, and the least one; in cells of the terminal."""

    name: str
    cells: list[str]
    is_number: bool
    width: int
    least: int


def print_table(names: Sequence[str], records: Sequence[Record]) -> None:
    """Write records as a table, one line for each. There is at least one record and one name."""
    width = _terminal_width()
    columns = [
        _make_column(name, [record.get(name) for record in records], width) for name in names
    ]
    shown = _fit(columns, width)
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    for column in shown:
        table.add_column(
            Text(_cut(column.name, column.width)),
            justify="right" if column.is_number else "left",
            width=column.width,
            no_wrap=True,
        )
    for index in range(len(records)):
        table.add_row(*[Text(_cut(one.cells[index], one.width)) for one in shown])
    Console(file=sys.stdout, width=width).print(table)
    if left_out := [column.name for column in columns[len(shown) :]]:
        print_error(
            f"left out to fit {width} columns: {', '.join(left_out)} (see --columns and --output)"
        )


def print_fields(record: Record) -> None:
    """Write one record, a line or more for each field. Lines break between words."""
    width = _terminal_width()
    table = Table(box=None, show_header=False, pad_edge=False, collapse_padding=True)
    name_width = min(max(map(cell_len, record), default=0), width // 2)
    table.add_column(style="bold", width=name_width, no_wrap=True)
    room = max(width - name_width - 1, 1)
    table.add_column(width=room)
    for name, value in record.items():
        # Without control characters, which a terminal would obey.
        lines = [one_line(line) for line in to_cell(value).splitlines()]
        words = re.split(r"( |\n)", "\n".join(lines))
        text = "".join(_cut(word, room) for word in words)
        table.add_row(Text(_cut(one_line(name), name_width)), Text(text))
    Console(file=sys.stdout, width=width).print(table)


def _make_column(name: str, values: Sequence[object], most: int) -> _Column:
    """Return a column that is as wide as its widest cell, but not wider than the terminal."""
    cells = [one_line(to_cell(_shorten_time(value))) for value in values]
    is_number = not any(isinstance(value, bool | str | list | dict) for value in values)
    name = one_line(name)
    width = max(map(cell_len, cells))
    is_whole = name == "id" or name.endswith("_id") or all(map(_NEVER_CUT.fullmatch, cells))
    least = max(width if is_whole else min(width, _LEAST_WIDTH), min(cell_len(name), _LEAST_WIDTH))
    return _Column(
        name, cells, is_number, width=min(max(width, cell_len(name)), most), least=min(least, most)
    )


def _fit(columns: Sequence[_Column], width: int) -> list[_Column]:
    """Return the first columns, as many as fit, after making the widest ones narrower."""
    shown = list(columns)
    while len(shown) > 1 and sum(one.least + 1 for one in shown) - 1 > width:
        shown.pop()
    while sum(one.width + 1 for one in shown) - 1 > width:
        max((one for one in shown if one.width > one.least), key=lambda one: one.width).width -= 1
    return shown


def _cut(text: str, width: int) -> str:
    """Return a text cut to at most `width` cells of the terminal."""
    if cell_len(text) <= width:
        return text
    try:
        "…".encode(sys.stdout.encoding)
        mark = "…"
    except UnicodeEncodeError:
        mark = "..."
    mark = mark[:width]
    return set_cell_size(text, width - len(mark)).rstrip() + mark


def _terminal_width() -> int:
    return max(shutil.get_terminal_size((80, 24)).columns, 1)


def _shorten_time(value: object) -> object:
    """Return a time to the minute; other values unchanged."""
    time = _UTC_TIME.fullmatch(value) if isinstance(value, str) else None
    return f"{time[1]} {time[2]}Z" if time else value
