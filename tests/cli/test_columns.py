"""`--columns`: the fields that are written, in every format."""

import csv
import io
import json

import pytest

from katana_async.cli.columns import Selection, parse_columns, value_at
from katana_async.cli.errors import UsageError
from katana_async.sandbox import Sandbox

from .conftest import Katana

RECORD = {
    "id": 7,
    "name": "Oak table",
    "supplier": {"name": "Mill", "tags": ["a", "b"]},
    "variants": [{"sku": "A", "id": 1}, {"sku": "B", "id": 2}],
    "nothing": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 7),
        ("supplier.name", "Mill"),
        ("supplier.tags.1", "b"),
        ("supplier.tags.9", None),
        ("variants.sku", ["A", "B"]),
        ("variants.0.sku", "A"),
        ("variants.9999999999999.sku", None),
        ("name.length", None),
        ("nothing.more", None),
    ],
)
def test_a_path_leads_into_nested_objects_and_arrays(path: str, value: object) -> None:
    assert value_at(RECORD, path) == value


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("nmae", "did you mean 'name'?"),
        ("supplier.nmae", "products.supplier has no field 'nmae': did you mean 'name'?"),
        ("variants.skuu", "did you mean 'sku'?"),
        ("variants.0.skuu", "did you mean 'sku'?"),
        ("id.more", "products.id has no field 'more'"),
    ],
)
def test_an_unknown_path_is_an_error_with_the_nearest_name(path: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        Selection("products", ["id", path]).select(RECORD)
    assert advice in caught.value.format_message()


def test_a_field_that_only_katana_has_can_be_chosen() -> None:
    assert Selection("products", ["brand_new"]).select({"brand_new": 1}) == {"brand_new": 1}


def test_a_field_that_only_the_sdk_has_is_null() -> None:
    assert Selection("products", ["uom"]).select({"id": 1}) == {"uom": None}


@pytest.mark.parametrize("text", ["", ",", "id,a..b", ".id", "id."])
def test_columns_without_a_name_are_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="--columns takes names"):
        parse_columns(text)


def test_columns_choose_the_fields_of_json_lines_and_json(katana: Katana) -> None:
    [line] = katana("list", "products", "-n", "1", "--columns", "name, variants.sku").lines()
    [whole] = katana("list", "products", "-n", "1").lines()
    assert line == {
        "name": whole["name"],
        "variants.sku": [one["sku"] for one in whole["variants"]],
    }
    arguments = ("list", "products", "-n", "2", "-o", "json", "--columns", "id")
    assert [list(record) for record in katana(*arguments).json()] == [["id"], ["id"]]


def test_columns_choose_the_fields_of_one_record(katana: Katana) -> None:
    [whole] = katana("list", "products", "-n", "1").lines()
    arguments = ("get", "products", whole["id"], "--columns", "id,variants.0.sku")
    chosen = {"id": whole["id"], "variants.0.sku": whole["variants"][0]["sku"]}
    assert katana(*arguments).lines() == [chosen]
    shown = katana(*arguments, "-o", "table").out.split()
    assert shown[:2] == ["id", str(whole["id"])]
    assert "category_name" not in shown


def test_columns_of_csv_may_be_paths(katana: Katana) -> None:
    done = katana("list", "products", "-n", "1", "-o", "csv", "--columns", "id,variants.0.id")
    [row] = csv.DictReader(io.StringIO(done.out))
    assert list(row) == ["id", "variants.0.id"]
    assert row["variants.0.id"]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
@pytest.mark.parametrize("filter", ["is_sellable=true", "name=there is none of this name"])
def test_an_unknown_column_is_a_usage_error_in_every_format(
    form: str, filter: str, katana: Katana, sandbox: Sandbox
) -> None:
    done = katana("list", "products", "-f", filter, "-o", form, "--columns", "id,nmae")
    assert (done.status, done.out) == (2, "")
    problem = "--columns: products has no field 'nmae': did you mean 'name'?"
    assert done.err == f"katana-async: {problem}\n"
    assert len(sandbox.journal) == 1


def test_columns_of_an_empty_csv_are_its_header(katana: Katana) -> None:
    arguments = ("-f", "name=there is none of this name", "--columns", "id,name")
    assert katana("list", "products", "-o", "csv", *arguments).out == "id,name\n"


def test_an_answer_without_records_is_valid_json(katana: Katana) -> None:
    arguments = ("-f", "name=there is none of this name", "--columns", "id,name")
    assert json.loads(katana("list", "products", "-o", "json", *arguments).out) == []
