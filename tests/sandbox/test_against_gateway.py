"""The sandbox's data file agrees with Katana's OpenAPI document."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.write_facts import DATA_FILE, write_facts
from katana_async.sandbox import gateway
from katana_async.sandbox.registry import endpoints


def test_the_data_file_is_the_commands_output_for_the_document(shared_api: Path) -> None:
    document = json.loads((shared_api / "gateway-openapi.json").read_text())
    written = DATA_FILE.read_text(encoding="utf-8")
    assert write_facts(document, gateway.source_document().date) == written


def test_every_schema_of_the_document_is_in_the_data_file(shared_api: Path) -> None:
    """Compare each schema without the code of the command."""
    document = json.loads((shared_api / "gateway-openapi.json").read_text())
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            ours = gateway.find_declaration(f"{method.upper()} {path}")
            assert ours is not None
            schemas = {
                each["name"]: _plain(each["schema"], document)
                for each in operation.get("parameters", ())
                if each["in"] == "query" and "schema" in each
            }
            assert ours.query == schemas, path
            names = {each["name"] for each in operation.get("parameters", ())}
            assert (ours.paging, ours.dates) == ("pagination" in names, "dateFilter" in names)
            body = operation.get("requestBody")
            if body is None:
                assert ours.body is None
            else:
                schema = body["content"]["application/json"]["schema"]
                assert ours.body == _plain(schema, document), path


def _plain(schema: Any, document: dict[str, Any]) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _plain(document["components"]["schemas"][name], document)
    written: dict[str, Any] = {}
    for word, value in schema.items():
        match word:
            case "nullable" | "definitions":
                continue
            case "additionalProperties" if value is True:
                continue
            case "minimum" if schema.get("exclusiveMinimum") is True:
                continue
            case "exclusiveMinimum" if isinstance(value, bool):
                if value:
                    written[word] = schema["minimum"]
            case "properties" | "patternProperties":
                written[word] = {name: _plain(each, document) for name, each in value.items()}
            case "anyOf" | "oneOf" | "allOf":
                written[word] = [_plain(each, document) for each in value]
            case "items" | "not":
                written[word] = _plain(value, document)
            case _:
                written[word] = value
    if schema.get("nullable"):
        written["type"] = [written["type"], "null"]
        if "enum" in written:
            written["enum"] = [*written["enum"], None]
    return written


def test_the_sandbox_offers_every_operation_of_the_document() -> None:
    offered = [operation.name for operation in endpoints()]
    assert sorted(offered) == sorted(gateway.operation_names())
    assert len(offered) == gateway.source_document().operations


@pytest.mark.parametrize("name", sorted(gateway.operation_names()))
def test_no_reference_of_the_data_file_leads_nowhere(name: str) -> None:
    found = gateway.find_declaration(name)
    assert found is not None
    assert "$ref" not in json.dumps([found.query, found.body])
