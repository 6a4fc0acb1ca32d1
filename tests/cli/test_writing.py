"""create, update, delete and request."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from katana_async.sandbox import Sandbox

from .conftest import Katana


def test_create_shows_the_new_record(katana: Katana, sandbox: Sandbox) -> None:
    done = katana("create", "customers", "--data", '{"name": "Ann", "discount_rate": 2.50}')
    assert done.status == 0, done.err
    assert done.lines()[0]["name"] == "Ann"
    assert sandbox.journal[0].target == "/v1/customers"


def test_data_comes_from_a_file_or_standard_input(
    katana: Katana, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "customer.json"
    file.write_text('{"name": "From a file"}', encoding="utf-8")
    assert katana("create", "customers", "-d", f"@{file}").lines()[0]["name"] == "From a file"
    piped = SimpleNamespace(buffer=io.BytesIO('{"name": "Gepüpt"}'.encode()))
    monkeypatch.setattr(sys, "stdin", piped)
    assert katana("create", "customers", "-d", "-").lines()[0]["name"] == "Gepüpt"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ('{"name": ', "the content of --data is not JSON"),
        ('{"name": NaN}', "NaN"),
        ('["name"]', "--data takes a JSON object"),
        ("null", "--data takes a JSON object"),
        ('{"nme": "Ann"}', "customers takes no field 'nme': did you mean 'name'?"),
        ('{"self": 1}', "customers takes no field 'self'"),
        ("{}", "missing: name"),
        ("@/no/such/file", "--data cannot read '/no/such/file': No such file"),
    ],
)
def test_invalid_data_is_a_usage_error_and_sends_nothing(
    data: str, problem: str, katana: Katana, sandbox: Sandbox
) -> None:
    done = katana("create", "customers", "-d", data)
    assert (done.status, done.out) == (2, "")
    assert problem in done.err
    assert done.err.count("\n") == 1
    assert len(sandbox.journal) == 0


def test_a_refusal_of_katana_is_one_line_that_names_the_field(katana: Katana) -> None:
    done = katana("create", "customers", "-d", '{"name": 5}')
    assert (done.status, done.out) == (1, "")
    assert "422" in done.err
    assert "/name" in done.err
    assert done.err.count("\n") == 1


def test_create_shows_each_record_of_an_array(katana: Katana) -> None:
    variant = katana("list", "variants", "-n", "1").lines()[0]["id"]
    price_list = katana("create", "price_lists", "-d", '{"name": "Trade"}').lines()[0]["id"]
    row = {"variant_id": variant, "adjustment_method": "fixed", "amount": 5}
    body = {"price_list_id": price_list, "price_list_rows": [row]}
    done = katana("create", "price_list_rows", "-d", json.dumps(body))
    assert done.status == 0, done.err
    assert [record["variant_id"] for record in done.lines()] == [variant]


def test_create_with_an_empty_answer_shows_nothing(katana: Katana, sandbox: Sandbox) -> None:
    first = katana("list", "bom_rows", "-n", "1").lines()[0]
    names = ("product_variant_id", "ingredient_variant_id")
    ids = {variant["id"] for variant in katana("list", "variants").lines()}
    ingredient = next(iter(ids - {first[name] for name in names}))
    body = {
        "product_item_id": first["product_item_id"],
        "product_variant_id": first["product_variant_id"],
        "ingredient_variant_id": ingredient,
        "quantity": 1,
    }
    sandbox.oddities.bom_rows_answer = False
    done = katana("create", "bom_rows", "-d", json.dumps(body))
    assert (done.status, done.out, done.err) == (0, "", "")


def test_update_changes_the_named_fields_and_keeps_additional_info(katana: Katana) -> None:
    body = '{"name": "Stool", "additional_info": "by hand", "variants": [{"sku": "ST-1"}]}'
    created = katana("create", "products", "-d", body)
    assert created.status == 0, created.err
    identity = created.lines()[0]["id"]
    changed = katana("update", "products", identity, "-d", '{"name": "High stool"}').lines()[0]
    assert (changed["name"], changed["additional_info"]) == ("High stool", "by hand")
    wiped = katana("update", "products", identity, "--no-preserve", "-d", '{"name": "Stool"}')
    assert not wiped.lines()[0]["additional_info"]


def test_preserve_is_an_option_and_not_a_field(katana: Katana, sandbox: Sandbox) -> None:
    done = katana("update", "products", 7, "-d", '{"name": "Stool", "preserve": false}')
    assert done.status == 2
    assert "takes no field 'preserve'" in done.err
    assert len(sandbox.journal) == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["update", "products", "7", "-d", "{}"], "nothing to change"),
        (["update", "customers", "7", "-d", '{"name": "A"}', "--no-preserve"], "has no meaning"),
        (["update", "inventory", "7", "-d", "{}"], "offers no 'update'"),
        (["create", "inventory", "-d", "{}"], "offers no 'create'"),
        (["delete", "inventory", "7"], "offers no 'delete'"),
    ],
)
def test_writes_without_meaning_are_usage_errors(
    arguments: list[str], problem: str, katana: Katana, sandbox: Sandbox
) -> None:
    done = katana(*arguments)
    assert done.status == 2
    assert problem in done.err
    assert len(sandbox.journal) == 0


def test_delete_shows_nothing_and_deletes_the_record(katana: Katana) -> None:
    identity = katana("create", "customers", "-d", '{"name": "Gone soon"}').lines()[0]["id"]
    done = katana("delete", "customers", identity)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert katana("get", "customers", identity).status == 1


def test_request_writes_the_answer_unchanged(katana: Katana, sandbox: Sandbox) -> None:
    done = katana("request", "get", "/locations", "-q", "limit=1", "-q", "ids=1", "-q", "ids=2")
    assert done.status == 0, done.err
    assert list(done.json()) == ["data"]
    assert sandbox.journal[0].query == [("limit", "1"), ("ids", "1"), ("ids", "2")]


def test_request_sends_any_json_exactly(katana: Katana, sandbox: Sandbox) -> None:
    body = '{"name": "Ann", "discount_rate": 10.10}'
    assert katana("request", "POST", "/customers", "-d", body).status == 0
    assert sandbox.journal[0].body["name"] == "Ann"
    assert str(sandbox.journal[0].body["discount_rate"]) == "10.10"


@pytest.mark.parametrize("path", ["products", "//evil.test/x", "/../v2/x", "/a?b=c", "/a b"])
def test_request_takes_only_a_path_below_the_api(
    path: str, katana: Katana, sandbox: Sandbox
) -> None:
    done = katana("request", "GET", path)
    assert done.status == 2
    assert "not a path" in done.err
    assert len(sandbox.journal) == 0


def test_request_takes_only_methods_of_http(katana: Katana) -> None:
    done = katana("request", "FETCH", "/products")
    assert done.status == 2
    assert "method must be one of" in done.err


@pytest.mark.parametrize(
    "data", ['{"name": 1e400}', '{"name": 1e99999999999999999999}', '{"sales_price": 1e400}',
             f'{{"sales_price": {"9" * 400}}}', f'{{"sales_price": {"9" * 5000}}}']
)  # fmt: skip
def test_a_number_beyond_a_floats_range_is_one_line(data: str, katana: Katana) -> None:
    done = katana("create", "variants", "--data", data)
    assert done.status in (1, 2)
    assert done.err.startswith("katana-async: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("number", ["1e309", "1e999999999", "-1e400", "1e-400"])
def test_a_filter_beyond_a_floats_range_is_refused(number: str, katana: Katana) -> None:
    done = katana("list", "products", "-f", f"purchase_uom_conversion_rate={number}")
    assert (done.status, done.out) == (2, "")
    assert "takes a number" in done.err
