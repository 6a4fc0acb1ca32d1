"""Lists in files: every format holds the records of the list, or there is no file."""

# pyarrow has no types:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false

import csv
import gzip
import io
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from katana_async import ApiKey, KatanaClient
from katana_async.errors import DecodingError, Forbidden
from katana_async.etl import export
from katana_async.etl.exports import FileFormat
from katana_async.http.limits import ProcessLimits
from katana_async.http.messages import parse_json
from katana_async.models import Product, SalesOrder
from katana_async.sandbox import Sandbox, faults

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from pyarrow import parquet  # noqa: E402 - as above

from katana_async.arrow import arrow_schema, to_arrow  # noqa: E402 - it needs pyarrow

FORMATS = ("parquet", "arrow", "jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(products=600, rate_limit=None) as sandbox:
        yield sandbox


@pytest.fixture
async def katana(sandbox: Sandbox) -> AsyncIterator[KatanaClient]:
    async with KatanaClient(
        ApiKey(sandbox.api_key), base_url=sandbox.base_url, limits=ProcessLimits(100_000)
    ) as katana:
        yield katana


def read(path: Path) -> Any:
    """Return the records of a file: a table of Arrow, or dicts of text or JSON."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    elif path.suffix == ".zst":
        content = pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()
    match path.name.split(".")[1]:
        case "parquet":
            return parquet.read_table(io.BytesIO(content))
        case "arrow":
            return pa.ipc.open_file(io.BytesIO(content)).read_all()
        case "jsonl":
            return [parse_json(line) for line in content.splitlines()]
        case _:
            return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def an_id(katana: KatanaClient) -> int:
    product = await katana.products.list().first()
    assert product is not None
    return product.id


@pytest.mark.parametrize("ending", FORMATS)
async def test_each_format_has_every_record(
    katana: KatanaClient, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"products.{ending}"
    reports: list[tuple[int, int | None]] = []

    def report(read: int, total: int | None) -> None:
        reports.append((read, total))

    exported = await export(katana.products.list(), Product, path, report=report)
    content = read(path)
    if ending in ("parquet", "arrow"):
        assert content.equals(to_arrow(await katana.products.list().collect(), Product))
    else:
        raw = [record async for record in katana.products.list().raw()]
        if ending.startswith("jsonl"):
            assert content == raw
        else:
            assert [row["id"] for row in content] == [str(record["id"]) for record in raw]
            for row, record in zip(content, raw, strict=True):
                assert json.loads(row["variants"], parse_float=Decimal) == record["variants"]
            assert list(content[0]) == arrow_schema(Product).names
    assert exported.records == 600
    assert reports[-1] == (600, 600)


async def test_an_empty_list_has_the_columns(katana: KatanaClient, tmp_path: Path) -> None:
    nothing = katana.products.list(name="no such product")
    for ending in FORMATS:
        path = tmp_path / f"products.{ending}"
        assert (await export(nothing, Product, path)).records == 0
        if ending in ("parquet", "arrow"):
            assert read(path).schema == arrow_schema(Product)
        elif ending == "csv":
            assert path.read_text() == ",".join(arrow_schema(Product).names) + "\n"
        else:
            assert read(path) == []


async def test_row_groups_end_in_order(
    katana: KatanaClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("katana_async.etl.exports._ROW_GROUP", 400)
    path = tmp_path / "products.parquet"
    await export(katana.products.list(), Product, path)
    file = parquet.ParquetFile(path)
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [498, 102]  # pages overlap by a record or two
    expected = [record.id async for record in katana.products.list()]
    assert file.read()["id"].to_pylist() == expected


@pytest.mark.parametrize("ending", FORMATS)
async def test_a_list_that_breaks_off_leaves_no_file(
    katana: KatanaClient, sandbox: Sandbox, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"products.{ending}"
    path.write_bytes(b"before")
    sandbox.faults.add(faults.Status(403), path="/products", after=2)
    with pytest.raises(Forbidden):
        await export(katana.products.list(), Product, path)
    assert names(tmp_path) == [path.name]
    assert path.read_bytes() == b"before"


async def test_fields_that_the_model_lacks(
    katana: KatanaClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.store["products"].update(await an_id(katana), {"colour": "red"})
    jsonl, table = tmp_path / "p.jsonl", tmp_path / "p.csv"
    assert (await export(katana.products.list(), Product, jsonl)).left_out == ()
    assert "red" in {row.get("colour") for row in read(jsonl)}
    assert (await export(katana.products.list(), Product, table)).left_out == ("colour",)


async def test_money_is_exact(katana: KatanaClient, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    await export(katana.sales_orders.list(), SalesOrder, path)
    orders = await katana.sales_orders.list().collect()
    expected = sum((order.total or Decimal(0) for order in orders), Decimal(0))
    assert pa.compute.sum(read(path)["total"]).as_py() == expected != 0


async def test_an_unreadable_record_is_an_error_or_left_out_by_choice(
    katana: KatanaClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.store["products"].update(await an_id(katana), {"created_at": "never"})
    path = tmp_path / "p.parquet"
    with pytest.raises(DecodingError):
        await export(katana.products.list(), Product, path)
    assert names(tmp_path) == []
    exported = await export(katana.products.list().on_error("skip"), Product, path)
    assert exported.records == 599


@pytest.mark.parametrize("ending", FORMATS)
async def test_an_open_file_is_written_and_stays_open(katana: KatanaClient, ending: str) -> None:
    file = io.BytesIO()
    await export(katana.products.list(), Product, file, format=ending)
    assert not file.closed
    assert file.getvalue()
    with pytest.raises(ValueError, match="give format"):
        await export(katana.products.list(), Product, file)


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
async def test_an_open_file_does_not_look_whole_after_an_error(
    katana: KatanaClient, sandbox: Sandbox, ending: str
) -> None:
    sandbox.faults.add(faults.Status(403), path="/products", after=2)
    file = io.BytesIO()
    with pytest.raises(Forbidden):
        await export(katana.products.list(), Product, file, format=ending)
    with pytest.raises(pa.ArrowInvalid):
        parquet.read_table(file) if ending == "parquet" else pa.ipc.open_file(file)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("products", "has no format"),
        ("products.xlsx", "has no format"),
        ("products.gz", "has no format"),
        ("csv", None),
        ("PRODUCTS.CSV.GZ", None),
        ("products.parquet.gz", "compressed inside: leave .gz out"),
        ("products.arrow.zst", "compressed inside: leave .zst out"),
    ],
)
def test_the_ending_decides_the_format(name: str, problem: str | None) -> None:
    if problem is None:
        assert FileFormat.parse(name).name == "csv"
    else:
        with pytest.raises(ValueError, match=problem):
            FileFormat.parse(name)


async def test_equal_lists_make_equal_files(katana: KatanaClient, tmp_path: Path) -> None:
    for ending in FORMATS:
        for name in ("a", "b"):
            await export(katana.products.list(), Product, tmp_path / f"{name}.{ending}")
        first, second = (tmp_path / f"{name}.{ending}" for name in "ab")
        assert first.read_bytes() == second.read_bytes(), ending
