"""OpenAPI documents of versions 3.0 and 3.1 are read; malformed ones raise NotOpenAPI."""

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from katana_async.drift import NotOpenAPI, find_drift, read_facts
from tests.openapi import openapi_3_0_document, openapi_document

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
SCHEMA_WORDS = ["type", "enum", "items", "properties", "anyOf", "required", "$ref", "minimum"]


def document_of(schema: Any, **components: Any) -> dict[str, Any]:
    """Return a document with one operation, whose body has a schema."""
    body = {"content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.1.0",
        "paths": {"/things": {"post": {"requestBody": body}}},
        "components": {"schemas": components},
    }


def body_of(document: dict[str, Any]) -> Any:
    return read_facts(document)["POST", "/things"].body


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "string", "enum": ["a"], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"type": "number", "minimum": 0, "exclusiveMinimum": True},
            {"type": "number", "exclusiveMinimum": 0},
        ),
        (
            {"type": "number", "maximum": 9, "exclusiveMaximum": False},
            {"type": "number", "maximum": 9},
        ),
        (
            {"anyOf": [{"type": "string"}], "nullable": True},
            {"anyOf": [{"anyOf": [{"type": "string"}]}, {"type": "null"}]},
        ),
        ({"$ref": "#/components/schemas/Name"}, {"type": ["string"]}),
        (
            {"$ref": "#/components/schemas/Name", "nullable": True},
            {"$ref": "#/components/schemas/Name", "type": ["string", "null"]},
        ),
        ({"description": "prose", "type": "string"}, {"type": "string", "examples": ["x"]}),
    ],
)
def test_versions_3_0_and_3_1_are_read_alike(old: Any, new: Any) -> None:
    name = {"type": "string"}
    assert body_of(document_of(old, Name=name)) == body_of(document_of(new, Name=name))


def test_the_sdk_agrees_with_documents_of_versions_3_0_and_3_1() -> None:
    assert find_drift(read_facts(openapi_document())) == []
    assert find_drift(read_facts(openapi_3_0_document())) == []
    assert read_facts(openapi_document()) == read_facts(openapi_3_0_document())


def test_a_type_list_of_3_1_is_compared_like_nullable() -> None:
    document = openapi_document()
    fields = document["paths"]["/customers"]["post"]["requestBody"]["content"]["application/json"]
    fields["schema"]["properties"]["name"]["type"] = ["string", "null"]
    [drift] = find_drift(read_facts(document))
    assert (drift.place, drift.what) == ("body.name", "null")


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Tree"},
        {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
    ],
)
def test_a_schema_that_contains_itself_is_read(schema: Any) -> None:
    tree = {
        "type": "object",
        "properties": {
            side: {"$ref": "#/components/schemas/Tree"} for side in ("left", "right", "middle")
        },
    }
    assert body_of(document_of(schema, Tree=tree))


def test_an_array_of_references_that_only_refer_to_each_other_is_refused() -> None:
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    with pytest.raises(NotOpenAPI, match="circle"):
        body_of(document_of({"$ref": "#/components/schemas/A"}, **circle))


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ({"type": 7}, "POST /things: body: type must be an array, not a number"),
        ({"type": "text"}, "POST /things: body: 'text' is not a type"),
        ({"type": [["string"]]}, "is not a type"),
        ({"properties": []}, "POST /things: body: properties must be an object, not an array"),
        ({"properties": {"a": 1}}, "POST /things: body.a must be an object, not a number"),
        ({"items": "x"}, r"POST /things: body\[\] must be an object, not a string"),
        ({"enum": "x"}, "POST /things: body: enum must be an array, not a string"),
        ({"minimum": "x"}, "POST /things: body: minimum must be a number, not a string"),
        ({"anyOf": {}}, "POST /things: body: anyOf must be an array, not an object"),
        ({"$ref": "other.yaml#/Thing"}, "refers to other.yaml#/Thing, which is not there"),
    ],
)
def test_a_malformed_schema_is_refused_with_its_place(schema: Any, complaint: str) -> None:
    with pytest.raises(NotOpenAPI, match=complaint):
        read_facts(document_of(schema))


def test_schemas_without_end_are_refused() -> None:
    schema: Any = {"type": "string"}
    for _ in range(500):
        schema = {"type": "array", "items": schema}
    with pytest.raises(NotOpenAPI, match="nested without end"):
        read_facts(document_of(schema))


DOCUMENT = openapi_document()


@settings(max_examples=150)
@given(data=st.data())
def test_any_document_is_compared_or_refused(data: st.DataObject) -> None:
    """Replace a part of the document by arbitrary JSON: no other exception is raised."""
    document = {**DOCUMENT, "paths": dict(DOCUMENT["paths"])}
    path = data.draw(st.sampled_from(sorted(document["paths"])))
    document["paths"][path] = copy.deepcopy(document["paths"][path])
    holder: Any = document["paths"]
    key: Any = path
    while data.draw(st.integers(0, 4)) and isinstance(holder[key], dict | list) and holder[key]:
        holder = holder[key]
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        key = data.draw(st.sampled_from(list(keys)))
    if isinstance(holder, dict) and data.draw(st.booleans()):
        holder[data.draw(st.sampled_from(SCHEMA_WORDS))] = data.draw(JSON)
    else:
        holder[key] = data.draw(JSON)
    with suppress(NotOpenAPI):
        json.dumps([str(drift) for drift in find_drift(read_facts(document))])
