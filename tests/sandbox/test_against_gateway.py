"""What the sandbox accepts is what Katana's gateway document says, field by field."""

import json
from pathlib import Path
from typing import Any

import pytest

from katana_async.sandbox.catalogue import operations
from katana_async.sandbox.operations import Operation

FIRST_RESOURCES = {
    "bin_locations",
    "bom_rows",
    "customers",
    "factory",
    "inventory",
    "materials",
    "price_list_rows",
    "price_lists",
    "products",
    "purchase_orders",
    "sales_order_rows",
    "sales_orders",
    "user_info",
    "variants",
}
OURS = {operation.name: operation for operation in operations()}
BLOB = "a JSON object"


@pytest.fixture(scope="module")
def gateway(shared_api: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((shared_api / "gateway-openapi.json").read_text())
    return document


def theirs(gateway: dict[str, Any], name: str) -> dict[str, Any]:
    method, path = name.split(" ")
    operation: dict[str, Any] = gateway["paths"][path][method.lower()]
    return operation


def plain(schema: Any, gateway: dict[str, Any]) -> Any:
    """Write a schema without references and without what says nothing about validity."""
    if isinstance(schema, list):
        return [plain(each, gateway) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return plain(gateway["components"]["schemas"][name], gateway)
    written: dict[str, Any] = {}
    for word, value in schema.items():
        if word in ("default", "definitions") or (word == "nullable" and not value):
            continue
        if word in ("properties", "patternProperties"):
            written[word] = {name: plain(each, gateway) for name, each in value.items()}
        else:
            written[word] = sorted(value) if word == "required" else plain(value, gateway)
    return written


def query_of(operation: Operation) -> dict[str, Any]:
    query: dict[str, Any] = {param.name: param.document() for param in operation.params}
    if operation.paging:
        query["pagination"] = BLOB
    if operation.dates:
        query["dateFilter"] = BLOB
    return query


def test_every_operation_of_the_first_resources_is_there(gateway: dict[str, Any]) -> None:
    wanted = {
        f"{method.upper()} {path}"
        for path, methods in gateway["paths"].items()
        for method in methods
        if path.split("/")[1] in FIRST_RESOURCES
    }
    assert wanted <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_an_operation_is_one_of_katanas(gateway: dict[str, Any], name: str) -> None:
    assert theirs(gateway, name)


@pytest.mark.parametrize("name", OURS)
def test_an_operation_knows_the_same_query_parameters(gateway: dict[str, Any], name: str) -> None:
    wanted = {
        param["name"]: plain(param["schema"], gateway) if "schema" in param else BLOB
        for param in theirs(gateway, name).get("parameters", ())
        if param["in"] == "query"
    }
    assert query_of(OURS[name]) == wanted


@pytest.mark.parametrize("name", OURS)
def test_an_operation_takes_the_same_body(gateway: dict[str, Any], name: str) -> None:
    declared = theirs(gateway, name).get("requestBody")
    body = OURS[name].body
    if declared is None:
        assert body is None
    else:
        assert body is not None
        wanted = plain(declared["content"]["application/json"]["schema"], gateway)
        assert plain(body.document(), gateway) == wanted


@pytest.mark.parametrize("name", [name for name in OURS if "{id}" in name])
def test_an_id_in_a_path_is_of_the_same_type(gateway: dict[str, Any], name: str) -> None:
    [param] = [each for each in theirs(gateway, name)["parameters"] if each["in"] == "path"]
    assert (param["schema"]["type"] == "string") is OURS[name].uuid
