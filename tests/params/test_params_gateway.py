"""What callers may send is what the gateway takes: the same fields, required, nulls and values."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict
from uuid import UUID

import pytest

from katana_async.http.wire import Wire
from katana_async.models import OpenEnum
from katana_async.params import (
    BomRowBatch,
    Comparator,
    SalesOrderRowWhere,
    SalesOrderWhere,
    SearchFilter,
)
from katana_async.resources.operations import Operation, operations

from .gateway import (
    DATE_FILTERS,
    DATES,
    PAGING,
    Gateway,
    fields_of,
    function_of,
    keywords_of,
    wire_of,
    without_null,
)

OPERATIONS = [(operation.method, operation.path) for operation in operations()]
BY_ADDRESS = {(operation.method, operation.path): operation for operation in operations()}

# Filters that the document calls texts. We know better what they are: truth values that travel as
# true and false, and enumerations whose values only other places list.
TRUTHS = {"batch_tracked", "serial_tracked"}
ENUMERATED = {("/sales_orders", "status"), ("/sales_orders", "invoicing_status")}
# Texts that are times, since Katana refuses them without an offset.
TIMES = {
    "arrival_date",
    "conversion_date",
    "delivery_date",
    "expected_arrival_date",
    "order_created_date",
    "picked_date",
}
NUMERIC_TEXTS = {"tax_rate"}
# "number" in the document, and whole by what they count.
WHOLE = {"id", "lead_time"}


def is_whole(name: str) -> bool:
    return name in WHOLE or name.endswith("_id")


def check(hint: Any, schema: dict[str, Any], where: str) -> None:
    """Hold an annotation against a schema."""
    name = where.rpartition(".")[2].partition("[")[0]
    members, nullable = without_null(hint)
    assert nullable == bool(schema.get("nullable")), f"{where}: null"
    if schema.get("type") == "array":
        assert {get_origin(member) for member in members} == {list, tuple}, where
        for member in members:
            check(get_args(member)[0], schema["items"], f"{where}[]")
    elif "enum" in schema:
        check_enum(members, set(schema["enum"]), where)
    elif "allOf" in schema or schema["type"] == "number":
        (member,) = members
        expected = member is int if is_whole(name) else wire_of(member) is Wire.NUMBER
        assert expected, f"{where}: {member}"
    elif schema["type"] == "object":
        (member,) = members
        if "properties" in schema:
            assert is_typeddict(member), where
            check_object(member, schema, where)
        else:
            assert get_origin(member) is Mapping, where
    elif schema["type"] == "string":
        check_text(members, schema, name, where)
    else:
        assert members == [{"integer": int, "boolean": bool}[schema["type"]]], where


def check_text(members: list[Any], schema: dict[str, Any], name: str, where: str) -> None:
    if where == "GET /bom_rows.id":
        assert set(members) == {UUID, str}
    elif name in TRUTHS:
        assert members == [bool], where
    elif schema.get("format") == "date":
        assert [wire_of(member) for member in members] == [Wire.DAY], where
    elif name in TIMES:
        assert [wire_of(member) for member in members] == [Wire.INSTANT], where
    elif name in NUMERIC_TEXTS:
        assert [wire_of(member) for member in members] == [Wire.NUMERIC_STRING], where
    else:
        assert members == [str], where


def check_enum(members: list[Any], values: set[str], where: str) -> None:
    (texts,) = (set(get_args(member)) for member in members if get_origin(member) is Literal)
    assert texts == values, where
    for member in members:
        if get_origin(member) is not Literal:
            assert issubclass(member, OpenEnum), where
            assert values <= set(member), where


def check_object(typed_dict: Any, schema: dict[str, Any], where: str) -> None:
    fields = fields_of(typed_dict)
    assert fields.keys() == schema["properties"].keys(), where
    assert typed_dict.__required_keys__ == set(schema.get("required") or ()), where
    for name, hint in fields.items():
        check(hint, schema["properties"][name], f"{where}.{name}")


def test_every_operation_of_these_collections_has_a_method_and_no_other_has(
    gateway: Gateway,
) -> None:
    assert len(OPERATIONS) == len(set(OPERATIONS))
    assert set(OPERATIONS) == gateway.addresses()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_filters_are_the_query_parameters(method: str, path: str, gateway: Gateway) -> None:
    declared = gateway.parameters(method, path)
    if method != "GET":
        assert not declared
        return
    declared.pop(PAGING, None)
    has_dates = declared.pop(DATES, None) is not None
    shape = keywords_of(function_of(BY_ADDRESS[method, path]))
    fields = fields_of(shape) if shape is not None else {}
    if has_dates:
        for name in DATE_FILTERS:
            assert wire_of(fields.pop(name)) is Wire.INSTANT
    assert fields.keys() == declared.keys()
    assert shape is None or not shape.__required_keys__
    for name, hint in fields.items():
        if (path, name) in ENUMERATED:
            (enum,) = (member for member in without_null(hint)[0] if isinstance(member, type))
            check_enum(without_null(hint)[0], set(enum), f"{path}.{name}")
        else:
            check(hint, declared[name], f"{method} {path}.{name}")


def takes_keywords(operation: Operation) -> bool:
    return operation.method in ("POST", "PATCH") and operation.python_method in (
        "create",
        "update",
    )


@pytest.mark.parametrize(
    ("method", "path"), [address for address in OPERATIONS if takes_keywords(BY_ADDRESS[address])]
)
def test_bodies_are_the_request_bodies(method: str, path: str, gateway: Gateway) -> None:
    schema = gateway.body(method, path)
    assert schema is not None
    check_object(keywords_of(function_of(BY_ADDRESS[method, path])), schema, f"{method} {path}")


def test_every_other_write_is_held_against_the_document_below(gateway: Gateway) -> None:
    others = {
        address
        for address in OPERATIONS
        if gateway.body(*address) is not None and not takes_keywords(BY_ADDRESS[address])
    }
    assert others == {
        ("POST", "/bom_rows/batch/create"),
        ("POST", "/sales_orders/search"),
        ("POST", "/sales_order_rows/search"),
    }


def test_a_batch_of_bom_rows_is_the_request_body(gateway: Gateway) -> None:
    schema = gateway.body("POST", "/bom_rows/batch/create")
    assert schema is not None
    check_object(BomRowBatch, schema, "batch")


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/sales_orders/search", SalesOrderWhere),
        ("/sales_order_rows/search", SalesOrderRowWhere),
    ],
)
def test_searches_take_the_fields_and_comparators_of_the_document(
    path: str, where: Any, gateway: Gateway
) -> None:
    body = gateway.body("POST", path)
    assert body is not None
    schema = body["properties"]["filter"]["properties"]
    assert fields_of(SearchFilter).keys() | {"page", "limit"} == schema.keys()
    conditions = schema["where"]["properties"]
    assert fields_of(where).keys() == conditions.keys()
    for name in conditions.keys() - {"and", "or"}:
        alternatives = conditions[name]["anyOf"]
        (comparator,) = (one for one in alternatives if one.get("type") == "object")
        assert fields_of(Comparator).keys() == comparator["properties"].keys()
        members, nullable = without_null(fields_of(where)[name])
        assert nullable == ({"type": "null"} in alternatives)
        assert [get_origin(member) for member in members].count(Comparator) == 1


@pytest.mark.parametrize("address", OPERATIONS)
def test_annotations_of_every_method_can_be_read_at_run_time(address: tuple[str, str]) -> None:
    assert "return" in get_type_hints(function_of(BY_ADDRESS[address]))
