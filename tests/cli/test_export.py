"""The command export: lists in files and on stdout, and its errors."""

import csv
import io
import json
from pathlib import Path

import pytest

from katana_async.sandbox import Sandbox, faults

from .conftest import PRODUCTS, Katana


def test_a_file_has_every_record(katana: Katana, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "products.jsonl"
    done = katana("export", "products", "--to", str(path))
    assert (done.status, done.out) == (0, "")
    count = len(sandbox.store["products"])
    assert count >= PRODUCTS
    assert done.err == f"katana-async: {count} products in {path}\n"
    assert len(path.read_text().splitlines()) == count


def test_parquet_has_the_types_of_the_models(katana: Katana, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    path = tmp_path / "orders.parquet"
    assert katana("export", "sales-orders", "--to", str(path)).status == 0
    assert str(parquet.read_table(path).schema.field("total").type) == "decimal128(38, 10)"


def test_stdout_has_the_format_that_is_named(katana: Katana) -> None:
    done = katana("export", "products", "--to", "-", "--format", "csv")
    assert (done.status, done.err) == (0, "")
    assert len(list(csv.DictReader(io.StringIO(done.out)))) >= PRODUCTS


def test_filters_are_those_of_list(katana: Katana) -> None:
    arguments = ("-f", "name=no such product")
    done = katana("export", "products", "--to", "-", "--format", "jsonl", *arguments)
    assert (done.status, done.out) == (0, "")
    refused = katana("export", "products", "--to", "-", "--format", "jsonl", "-f", "colour=red")
    assert refused.status == 2
    assert "products has no filter 'colour'" in refused.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("products", "--to", "products.xlsx"), "a file's name ends in .parquet, .arrow, .jsonl"),
        (("products", "--to", "products.parquet.gz"), "leave .gz out"),
        (("products", "--to", "-"), "--to - needs --format"),
        (("products", "--to", "-", "--format", "xml"), "'xml' has no format"),
        (("user_info", "--to", "user.csv"), "Katana offers no 'list' for user_info"),
        (("producs", "--to", "products.csv"), "did you mean 'products'?"),
        (("products",), "Missing option '--to'"),
    ],
)
def test_a_wrong_command_sends_nothing(
    katana: Katana, sandbox: Sandbox, arguments: tuple[str, ...], message: str
) -> None:
    done = katana("export", *arguments)
    assert done.status == 2
    assert message in done.err
    assert sandbox.journal.count() == 0


def test_a_file_that_cannot_be_written_is_named(katana: Katana, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "products.csv"
    done = katana("export", "products", "--to", str(path))
    assert done.status == 1
    assert done.err == f"katana-async: cannot write {path}: No such file or directory\n"


def test_a_full_disk(katana: Katana) -> None:
    done = katana("export", "products", "--to", "/dev/full", "--format", "csv")
    assert done.status == 1
    assert done.err == "katana-async: cannot write /dev/full: No space left on device\n"


def test_a_refused_key_leaves_the_old_file(
    katana: Katana, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "products.csv"
    path.write_text("before")
    sandbox.faults.add(faults.Status(403), path="/products")
    done = katana("export", "products", "--to", str(path))
    assert done.status == 1
    assert [each.name for each in tmp_path.iterdir()] == ["products.csv"]
    assert path.read_text() == "before"


def test_fields_that_a_table_leaves_out_are_named(
    katana: Katana, sandbox: Sandbox, tmp_path: Path
) -> None:
    product = json.loads(katana("list", "products", "-n", "1").out)["id"]
    sandbox.store["products"].update(product, {"colour": "red"})
    try:
        done = katana("export", "products", "--to", str(tmp_path / "products.csv"))
    finally:
        sandbox.store["products"].update(product, {"colour": None})
    assert "left out, because the SDK has no field of this name: colour" in done.err
