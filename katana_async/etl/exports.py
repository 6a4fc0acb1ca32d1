"""Export a list to a file: Parquet, Arrow, JSON lines or CSV."""

# pyarrow has no types:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false

import csv
import gzip
import io
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

from attrs import frozen

from ..http.pages import Pages
from ..models import Model
from ..models._base import field_types
from .files import open_replacement
from .text import to_cell, to_json_text

M = TypeVar("M", bound=Model)

FORMATS = ("parquet", "arrow", "jsonl", "csv")
COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_COMPRESSED_INSIDE = ("parquet", "arrow")

_ROW_GROUP = 25_000
"""Records in a row group of Parquet: some megabytes of memory, and columns that compress well."""

Report = Callable[[int, int | None], None]
"""Called with the number of records read so far, and with the total, None if unknown."""


@frozen
class Exported:
    """The result of an export.

    Attributes:
        records: The number of records in the file.
        left_out: The fields that Katana sent and a CSV file has no column for.
    """

    records: int
    left_out: tuple[str, ...] = ()


@frozen
class FileFormat:
    """The format of a file and its compression, None without one."""

    name: str
    compression: str | None = None

    @property
    def is_binary(self) -> bool:
        """Whether the file is not text."""
        return self.compression is not None or self.name in _COMPRESSED_INSIDE

    @classmethod
    def parse(cls, name: str) -> "FileFormat":
        """Read a format from a file's name or from its endings alone, such as `csv.gz`.

        Raises:
            ValueError: The endings name no format.
        """
        *_, before, last = ["", *name.lower().split(".")]
        compression = COMPRESSIONS.get(last)
        kind = before if compression else last
        if kind not in FORMATS:
            raise ValueError(
                f"{name!r} has no format: a file's name ends in .parquet, .arrow, .jsonl or .csv,"
                " the last two also with .gz or .zst"
            )
        if compression and kind in _COMPRESSED_INSIDE:
            raise ValueError(f"{kind} files are compressed inside: leave .{last} out")
        return cls(kind, compression)


async def export(
    pages: Pages[M],
    model: type[M],
    target: str | Path | BinaryIO,
    *,
    format: str | None = None,
    concurrency: int = 4,
    report: Report | None = None,
) -> Exported:
    """Write a list to a file, which has every record or does not exist.

    The records are written to a file beside the target, which takes the target's place at the
    end. After an error the target is as it was before. Parquet and Arrow files have the schema of
    `arrow_schema(model)`, whatever the data; JSON lines have the objects that Katana sent, with
    every digit; CSV has a column for each field of the model, nested values as JSON. An unreadable
    record ends an export to Parquet or Arrow with a `DecodingError`, unless `pages.on_error` has
    another treatment.

    Args:
        pages: The list, such as `katana.products.list()`.
        model: The class of its records, such as `Product`.
        target: A path, or an open binary file, which is written directly and not closed.
        format: `parquet`, `arrow`, `jsonl` or `csv`, the last two also with `.gz` or `.zst`. By
            default, the path's ending decides. `.zst` needs pyarrow, as Parquet and Arrow do.
        concurrency: Maximum number of concurrent page requests, within the rate limit.
        report: Called after each page with the number of records so far and with the total.

    Raises:
        ValueError: There is no such format, or a value does not fit its Arrow column.
        ImportError: The format needs pyarrow: `pip install 'katana-async[arrow]'`.
        OSError: The file cannot be written.
        KatanaError: The list cannot be read.
    """
    if format is None and not isinstance(target, str | Path):
        raise ValueError("an open file has no ending: give format, such as 'jsonl'")
    chosen = FileFormat.parse(format or Path(str(target)).name)
    with _open_target(target) as file, _compress(file, chosen.compression) as sink:
        writer = _WRITERS[chosen.name](chosen.name, sink, model)
        walk = pages.pages if writer.takes_models else pages.raw_pages
        read = 0
        try:
            async with aclosing(walk(concurrency=concurrency)) as each_page:
                async for page in each_page:
                    writer.write(page.items)
                    read += len(page.items)
                    if report is not None:
                        report(read, page.pagination.total_records if page.pagination else None)
        except BaseException:
            writer.abandon()
            raise
        writer.close()
        return Exported(read, tuple(writer.left_out))


@contextmanager
def _open_target(target: str | Path | BinaryIO) -> Generator[BinaryIO]:
    if isinstance(target, str | Path):
        with open_replacement(Path(target).expanduser()) as file:
            yield file
    else:
        yield target
        target.flush()


@contextmanager
def _compress(file: BinaryIO, compression: str | None) -> Generator[BinaryIO]:
    """Wrap a file in one that compresses; the file itself stays open."""
    if compression is None:
        yield file
    elif compression == "gzip":
        # Without a name and a time, equal records make equal files.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as sink:
            yield sink  # type: ignore[misc]  # GzipFile is a BinaryIO in all but name
    else:
        # Without pyarrow, this import raises an error that names the extra.
        from ..arrow import pa  # type: ignore[attr-defined]  # a name for this package only

        with pa.CompressedOutputStream(pa.PythonFile(_Sink(file), "w"), compression) as sink:
            yield sink


class _Sink:
    """A file for pyarrow's writers, which close their files and complete them even after an error.

    Closing has no effect, and neither has writing once the file is `abandoned`.
    """

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.abandoned = False

    def write(self, content: bytes) -> int:
        return len(content) if self.abandoned else self._file.write(content)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.flush()


class _Writer(Protocol):
    takes_models: bool

    @property
    def left_out(self) -> Mapping[str, None]: ...

    def write(self, records: Sequence[Any]) -> None: ...

    def close(self) -> None:
        """Write the remaining records, and complete the file."""
        ...

    def abandon(self) -> None:
        """Release resources without making the file look complete."""
        ...


class _ArrowWriter:
    """Collects records into row groups. Readers of both formats read a group as a whole."""

    takes_models = True
    left_out: Mapping[str, None] = {}

    def __init__(self, name: str, sink: BinaryIO, model: type[Model]) -> None:
        # On demand: the other formats do without pyarrow.
        from ..arrow import arrow_schema, to_arrow

        self._model, self._to_arrow = model, to_arrow
        self._sink = _Sink(sink)
        self._writer = _open_arrow(name, self._sink, arrow_schema(model))
        self._tables: list[Any] = []
        self._records = 0

    def write(self, records: Sequence[Model]) -> None:
        # A page at a time: Arrow's columns take a fraction of the memory of records.
        self._tables.append(self._to_arrow(records, self._model))
        self._records += len(records)
        if self._records >= _ROW_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        import pyarrow as pa

        if self._records:
            self._writer.write_table(pa.concat_tables(self._tables).combine_chunks())
        self._tables, self._records = [], 0

    def close(self) -> None:
        self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        self._sink.abandoned = True
        self._writer.close()


def _open_arrow(name: str, sink: _Sink, schema: Any) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    if name == "parquet":
        return parquet.ParquetWriter(sink, schema, compression="zstd")
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    return pa.ipc.new_file(sink, schema, options=options)


class _JsonLinesWriter:
    takes_models = False
    left_out: Mapping[str, None] = {}

    def __init__(self, _name: str, sink: BinaryIO, _model: type[Model]) -> None:
        self._sink = sink

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._sink.write(b"".join(to_json_text(record) + b"\n" for record in records))

    def close(self) -> None:
        pass

    def abandon(self) -> None:
        pass


class _CsvWriter:
    """Writes a column for each field of the model, so that each export has the same."""

    takes_models = False

    def __init__(self, _name: str, sink: BinaryIO, model: type[Model]) -> None:
        self._sink = sink
        self._columns = tuple(field_types(model))
        self.left_out: dict[str, None] = {}
        self._write_rows([self._columns])

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        for record in records:
            for name in record:
                if name not in self._columns:
                    self.left_out[name] = None
        self._write_rows(
            [to_cell(record.get(name)) for name in self._columns] for record in records
        )

    def _write_rows(self, rows: Iterable[Iterable[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._sink.write(text.getvalue().encode())

    def close(self) -> None:
        pass

    def abandon(self) -> None:
        pass


_WRITERS: dict[str, Callable[[str, BinaryIO, type[Model]], _Writer]] = {
    "parquet": _ArrowWriter,
    "arrow": _ArrowWriter,
    "jsonl": _JsonLinesWriter,
    "csv": _CsvWriter,
}
