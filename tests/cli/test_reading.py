"""The commands that read: list, get, whoami and operations."""

import csv
import io
from decimal import Decimal

import pytest

from katana_async.cli.options import Output
from katana_async.cli.output import make_writer, show
from katana_async.resources import RESOURCES, load
from katana_async.resources.operations import operations
from katana_async.sandbox import Sandbox

from .conftest import Katana

LISTS = [name for name in RESOURCES if hasattr(load(name), "list")]
# A new sandbox has none of these; `test_every_resource` gets those of Katana's documents.
NONE_AT_FIRST = ("outsourced_purchase_order_recipe_rows", "po_additional_cost_rows")
GETS = [name for name in LISTS if hasattr(load(name), "get") and name not in NONE_AT_FIRST]


def test_a_list_in_a_pipe_is_json_lines_of_every_record(katana: Katana, sandbox: Sandbox) -> None:
    done = katana("list", "products")
    ids = [record["id"] for record in done.lines()]
    assert done.status == 0
    assert len(ids) == len(set(ids)) == len(sandbox.store["products"])
    assert done.err == ""


def test_records_contain_unknown_fields_and_all_digits(katana: Katana, sandbox: Sandbox) -> None:
    sent = katana("request", "GET", "/inventory", "--query", "limit=1").json()["data"][0]
    listed = katana("list", "inventory", "--limit", "1").lines()[0]
    assert listed == sent
    assert list(listed) == list(sent)


def test_numbers_keep_every_digit(katana: Katana) -> None:
    product = _first_id(katana, "products")
    body = f'{{"product_id": {product}, "sku": "D-1", "sales_price": 1234567890.12345678}}'
    created = katana("create", "variants", "-d", body)
    assert created.status == 0, created.err
    assert '"sales_price":1234567890.12345678' in created.out


def _first_id(katana: Katana, resource: str) -> int:
    record_id: int = katana("list", resource, "--limit", "1").lines()[0]["id"]
    return record_id


def test_limit_stops_and_reads_no_further_page(katana: Katana, sandbox: Sandbox) -> None:
    assert len(katana("list", "products", "--limit", "3").lines()) == 3
    assert sandbox.journal.count(path="/products") == 1


def test_json_is_one_array_also_without_records(katana: Katana) -> None:
    assert len(katana("list", "products", "-o", "json", "-n", "2").json()) == 2
    nothing = katana("list", "products", "-o", "json", "-f", "name=no such product")
    assert nothing.json() == []


def test_csv_has_nested_values_as_json(katana: Katana) -> None:
    done = katana("list", "sales_orders", "-o", "csv", "-n", "5")
    raw = katana("list", "sales_orders", "-n", "5").lines()
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["id"] for row in rows] == [str(record["id"]) for record in raw]
    assert next(iter(rows[0])) == "id"
    assert set(rows[0]) == {name for record in raw for name in record}
    assert rows[0]["sales_order_rows"].startswith('[{"')
    assert [row["picked_date"] or None for row in rows] == [one["picked_date"] for one in raw]


def test_csv_has_the_given_columns(katana: Katana) -> None:
    done = katana("list", "products", "-o", "csv", "--columns", "id,name", "-n", "2")
    assert done.out.splitlines()[0] == "id,name"
    assert done.err == ""


def test_csv_names_the_fields_that_only_later_records_have(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    records = [{"id": number} for number in range(1_000)] + [{"id": 1_000, "late": 1}]
    target = make_writer(Output.CSV, "products")
    for record in records:
        target.write(record)
    target.close()
    said = capfdbinary.readouterr()
    assert said.out.decode().splitlines() == ["id", *map(str, range(1_001))]
    assert b"only later records have it: late" in said.err


def test_a_table_has_the_default_columns(katana: Katana) -> None:
    done = katana("list", "products", "-o", "table", "-n", "2")
    header, *rows = done.out.splitlines()
    assert header.split() == ["id", "name", "uom", "category_name", "is_sellable", "updated_at"]
    assert len(rows) >= 2


def test_a_table_has_the_given_columns(katana: Katana) -> None:
    done = katana("list", "products", "-o", "table", "-n", "1", "--columns", "name,id")
    assert done.out.split()[:2] == ["name", "id"]


def test_an_empty_table_is_a_line_on_stderr(katana: Katana) -> None:
    done = katana("list", "products", "-o", "table", "-f", "name=no such product")
    assert (done.status, done.out, done.err) == (0, "", "katana-async: nothing to show\n")


def test_control_characters_of_records_are_not_sent_to_a_terminal(
    katana: Katana, sandbox: Sandbox
) -> None:
    sandbox.store["customers"].create({"name": "\x1b[31mRed[b]\x07", "currency": "USD"})
    newest = _first_id(katana, "customers")
    for command in (("list", "customers", "--columns", "id,name"), ("get", "customers", newest)):
        shown = katana(*command, "-o", "table").out
        assert "Red[b]" in shown
        assert "\x1b" not in shown
        assert "\x07" not in shown


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("is_sellable=true", [("is_sellable", "true")]),
        ("is_sellable=False", [("is_sellable", "false")]),
        ("ids=1,2", [("ids", "1"), ("ids", "2")]),
        ("default_supplier_id=7", [("default_supplier_id", "7")]),
        ("purchase_uom_conversion_rate=2.50", [("purchase_uom_conversion_rate", "2.50")]),
        ("name=a=b, c", [("name", "a=b, c")]),
        ("extend=supplier", [("extend", "supplier")]),
        ("updated_at_min=2026-01-31T09:00:00Z", [("updated_at_min", "2026-01-31T09:00:00.000Z")]),
    ],
)
def test_a_filter_is_sent_as_a_value_of_its_type(
    text: str, query: list[tuple[str, str]], katana: Katana, sandbox: Sandbox
) -> None:
    assert katana("list", "products", "--filter", text).status == 0
    sent = sandbox.journal[0].query
    assert [pair for pair in sent if pair[0] not in ("limit", "page")] == query


def test_texts_of_an_array_filter_may_contain_commas(katana: Katana, sandbox: Sandbox) -> None:
    assert katana("list", "variants", "-f", "sku=A,1", "-f", "sku=B").status == 0
    sent = sandbox.journal[0].query
    assert [pair for pair in sent if pair[0] == "sku"] == [("sku", "A,1"), ("sku", "B")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nme=x", "products has no filter 'nme': did you mean 'name'?"),
        ("is_sellable=yes", "the filter 'is_sellable' is true or false, not 'yes'"),
        ("ids=1,x", "the filter 'ids' takes a whole number, not 'x'"),
        ("purchase_uom_conversion_rate=NaN", "takes a number, not 'NaN'"),
        ("extend=suplier", "the filter 'extend' is one of supplier, not 'suplier'"),
        ("created_at_min=yesterday", "takes a time with an offset, such as"),
        ("created_at_min=2026-01-31T09:00:00", "or 2026-01-31T09:00:00Z, not"),
        ("name", "--filter takes name=value, not 'name'"),
    ],
)
def test_an_invalid_filter_is_a_usage_error_and_sends_nothing(
    text: str, problem: str, katana: Katana, sandbox: Sandbox
) -> None:
    done = katana("list", "products", "--filter", text)
    assert (done.status, done.out) == (2, "")
    assert problem in done.err
    assert done.err.count("\n") == 1
    assert len(sandbox.journal) == 0


def test_a_filter_with_one_value_is_not_given_two(katana: Katana) -> None:
    done = katana("list", "products", "-f", "name=a", "-f", "name=b")
    assert done.status == 2
    assert "takes one value" in done.err


def test_katana_checks_the_values_of_enumerations(katana: Katana) -> None:
    done = katana("list", "purchase_orders", "-f", "status=SENT")
    assert done.status == 1
    assert "400" in done.err
    assert "NOT_RECEIVED" in done.err


@pytest.mark.parametrize("resource", LISTS)
def test_every_collection_lists_in_every_format(resource: str, katana: Katana) -> None:
    count = len(katana("list", resource, "-n", "3").lines())
    assert len(katana("list", resource, "-n", "3", "-o", "json").json()) == count
    as_csv = katana("list", resource, "-n", "3", "-o", "csv").out
    assert len(list(csv.DictReader(io.StringIO(as_csv)))) == count
    assert katana("list", resource, "-n", "3", "-o", "table").status == 0


def test_a_resource_may_be_written_with_hyphens(katana: Katana) -> None:
    assert katana("list", "sales-orders", "-n", "1").status == 0


@pytest.mark.parametrize("resource", ["factory", "user_info"])
def test_a_single_record_needs_no_id(resource: str, katana: Katana) -> None:
    assert katana("get", resource).status == 0


@pytest.mark.parametrize("resource", GETS)
def test_get_shows_the_record_with_the_id(resource: str, katana: Katana) -> None:
    (key, *_) = load(resource).key
    (listed,) = katana("list", resource, "-n", "1").lines()
    done = katana("get", resource, listed[key])
    assert done.status == 0, done.err
    assert done.lines()[0][key] == listed[key]


def test_one_record_is_an_object_in_json_and_a_row_in_csv(katana: Katana) -> None:
    identity = _first_id(katana, "products")
    assert katana("get", "products", identity, "-o", "json").json()["id"] == identity
    rows = list(csv.DictReader(io.StringIO(katana("get", "products", identity, "-o", "csv").out)))
    assert [row["id"] for row in rows] == [str(identity)]
    shown = katana("get", "products", identity, "-o", "table").out
    assert f"{identity}" in shown
    assert "category_name" in shown


def test_a_missing_record_is_an_error_of_one_line(katana: Katana) -> None:
    done = katana("get", "products", 99)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("katana-async: GET /products/99: 404 NotFoundError")
    assert done.err.count("\n") == 1


UUID = "0b2a1f3e-5d4c-4b6a-8978-0123456789ab"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["get", "products"], "get products needs an id"),
        (["get", "products", "../customers/1"], "not an id of products: '../customers/1'"),
        (["get", "products", UUID], "they are whole numbers"),
        (["get", "products", "9" * 5000], "not an id of products"),
        (["get", "bom_rows", "7"], "not an id of bom_rows: '7' (they are UUIDs)"),
        (["delete", "recipe_rows", "7"], "not an id of recipe_rows: '7' (they are UUIDs)"),
        (["get", "inventory", "1"], "Katana offers no 'get' for inventory; it has list"),
        (["list", "factory"], "Katana offers no 'list' for factory; it has get"),
        (["list", "prodcts"], "there is no resource 'prodcts': did you mean 'products'?"),
        (["list", "products", "--limit", "0"], "--limit"),
        (["list", "products", "--output", "xml"], "--output"),
        (["list"], "RESOURCE"),
        (["lst"], "lst"),
        (["products"], "the command comes first: katana-async list products"),
        (["sales-orders", "get", "7"], "the command comes first: katana-async get sales-orders"),
    ],
)
def test_a_usage_error_is_one_line_and_status_2(
    arguments: list[str], problem: str, katana: Katana, sandbox: Sandbox
) -> None:
    done = katana(*arguments)
    assert (done.status, done.out) == (2, "")
    assert problem in done.err
    assert done.err.startswith("katana-async: ")
    assert done.err.count("\n") == 1
    assert len(sandbox.journal) == 0


def test_a_lone_surrogate_is_shown_as_a_mark(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    for form in Output:
        show({"name": "half \ud83d"}, form)
        assert "half ?" in capfdbinary.readouterr().out.decode().replace("\ufffd", "?")


def test_padded_numbers_in_texts_stay_unchanged(katana: Katana) -> None:
    record = katana("list", "inventory", "-n", "1").lines()[0]
    assert isinstance(record["quantity_in_stock"], str)
    assert Decimal(record["quantity_in_stock"]) >= 0


def test_a_uuid_may_consist_of_digits(katana: Katana) -> None:
    done = katana("get", "bom_rows", "12345678123456781234567812345678")
    assert done.status == 1
    assert "none with id 12345678-1234-5678-1234-567812345678" in done.err


def test_a_uuid_may_have_capital_letters(katana: Katana, sandbox: Sandbox) -> None:
    [row] = katana("list", "bom_rows", "--limit", 1, "-o", "json").json()
    shown = katana("get", "bom_rows", row["id"].upper(), "-o", "json").json()
    assert shown["id"] == row["id"]


def test_whoami_shows_the_user_and_the_company(katana: Katana, sandbox: Sandbox) -> None:
    said = katana("whoami").json()
    assert "@" in said["email"]
    assert said["company"]
    assert said["base_url"] == sandbox.base_url
    assert katana("whoami", "-o", "table").out.startswith("user ")


def test_operations_lists_the_operations_of_the_sdk(katana: Katana, sandbox: Sandbox) -> None:
    listed = katana("operations", "--json").json()
    assert len(listed) == len(operations())
    assert listed[0].keys() == {"method", "path", "attribute", "python_method"}
    assert {
        "method": "POST",
        "path": "/bom_rows/batch/create",
        "attribute": "bom_rows",
        "python_method": "create_many",
    } in listed
    assert katana("operations").lines() == listed
    assert len(sandbox.journal) == 0


def test_operations_need_no_key(katana: Katana, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # pytest's own
    monkeypatch.delenv("KATANA_API_KEY")
    assert "create_many" in katana("operations", "-o", "table").out
