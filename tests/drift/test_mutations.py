"""Each change of the document is reported exactly."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings, strategies as st

from katana_async.drift import Drift, find_drift, read_facts
from tests.openapi import body_of

METHODS = ("get", "post", "patch", "delete")


@frozen
class Spot:
    """A schema within an operation, and its place there."""

    operation: str
    place: str
    schema: dict[str, Any]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


def spots(document: dict[str, Any]) -> Iterator[Spot]:
    """Yield the schemas of all parameters and fields."""
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and "schema" in parameter:
                yield from within(Spot(name, f"query.{parameter['name']}", parameter["schema"]))
        body = body_of(operation)
        if body is not None and not name.endswith("/search"):  # see test_searches.py
            yield from within(Spot(name, "body", body))


def within(spot: Spot) -> Iterator[Spot]:
    yield spot
    if "items" in spot.schema:
        yield from within(Spot(spot.operation, f"{spot.place}[]", spot.schema["items"]))
    for name, schema in spot.schema.get("properties", {}).items():
        yield from within(Spot(spot.operation, f"{spot.place}.{name}", schema))


def test_there_is_no_drift_in_the_document_itself(gateway: dict[str, Any]) -> None:
    assert find_drift(read_facts(gateway)) == []


@frozen
class Change:
    """A change of a schema, the schemas it applies to, and the expected report."""

    applies: Callable[[dict[str, Any]], bool]
    apply: Callable[[dict[str, Any]], None]
    change: str
    what: str
    suffix: str = ""


def _first_property(schema: dict[str, Any]) -> str:
    return min(map(str, schema["properties"]))


def _drop_property(schema: dict[str, Any]) -> None:
    del schema["properties"][_first_property(schema)]


def _forbid_null(schema: dict[str, Any]) -> None:
    schema["nullable"] = not schema.get("nullable", False)


def _require(schema: dict[str, Any]) -> None:
    name = _first_property(schema)
    required = set(schema.get("required") or ())
    schema["required"] = sorted(required ^ {name})


CHANGES: dict[str, Change] = {
    "another type": Change(
        lambda schema: schema.get("type") in ("string", "boolean", "array", "object"),
        lambda schema: schema.update(type="integer", format=None),
        "changed",
        "type",
    ),
    "text for a number": Change(
        lambda schema: schema.get("type") in ("integer", "number"),
        lambda schema: schema.update(type="string"),
        "changed",
        "type",
    ),
    "null": Change(lambda schema: "type" in schema, _forbid_null, "changed", "null"),
    "a new value": Change(
        lambda schema: "enum" in schema,
        lambda schema: schema["enum"].append("BRAND_NEW"),
        "missing",
        "value",
    ),
    "a value less": Change(
        lambda schema: len(schema.get("enum", ())) > 1,
        lambda schema: schema["enum"].pop(),
        "vanished",
        "value",
    ),
    "no enumeration": Change(
        lambda schema: "enum" in schema, lambda schema: schema.pop("enum"), "changed", "values"
    ),
    "a new field": Change(
        lambda schema: "properties" in schema,
        lambda schema: schema["properties"].update(brand_new={"type": "string"}),
        "missing",
        "field",
        ".brand_new",
    ),
    "a field less": Change(
        lambda schema: bool(schema.get("properties")), _drop_property, "vanished", "field", ".*"
    ),
    "required or not": Change(
        lambda schema: bool(schema.get("properties")), _require, "changed", "presence", ".*"
    ),
}


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_only_the_change_of_a_schema_is_reported(
    name: str, gateway: dict[str, Any], data: st.DataObject
) -> None:
    change = CHANGES[name]
    changed = copy.deepcopy(gateway)
    able = [spot for spot in spots(changed) if change.applies(spot.schema)]
    spot = data.draw(st.sampled_from(able))
    suffix = change.suffix
    if suffix == ".*":
        suffix = f".{_first_property(spot.schema)}"
    change.apply(spot.schema)
    [drift] = find_drift(read_facts(changed))
    assert (drift.operation, drift.place) == (spot.operation, spot.place + suffix)
    assert (drift.change, drift.what) == (change.change, change.what)


def test_every_operation_that_vanishes_is_reported(gateway: dict[str, Any]) -> None:
    for name, _ in operations(gateway):
        method, path = name.split(" ")
        methods = gateway["paths"][path]
        others = {each: methods[each] for each in methods if each != method.lower()}
        changed = {"paths": {**gateway["paths"], path: others}}
        assert find_drift(read_facts(changed)) == [Drift(name, "", "vanished", "operation")]


def test_a_new_operation_is_reported(gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    changed["paths"]["/forklifts"] = {"get": {}, "post": {"requestBody": {}}}
    assert find_drift(read_facts(changed)) == [
        Drift("GET /forklifts", "", "missing", "operation"),
        Drift("POST /forklifts", "", "missing", "operation"),
    ]


def test_a_new_query_parameter_is_reported(gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    parameter = {"in": "query", "name": "colour", "schema": {"type": "string"}}
    changed["paths"]["/products"]["get"]["parameters"].append(parameter)
    assert find_drift(read_facts(changed)) == [
        Drift("GET /products", "query.colour", "missing", "parameter", "string")
    ]


@pytest.mark.parametrize("name", ["is_sellable", "pagination", "dateFilter"])
def test_a_query_parameter_that_vanishes_is_reported(name: str, gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    operation = changed["paths"]["/products"]["get"]
    operation["parameters"] = [each for each in operation["parameters"] if each["name"] != name]
    [drift] = find_drift(read_facts(changed))
    assert (drift.place, drift.change) == (f"query.{name}", "vanished")


def test_an_id_that_becomes_a_text_is_reported(gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    for parameter in changed["paths"]["/products/{id}"]["get"]["parameters"]:
        if parameter["in"] == "path":
            parameter["schema"] = {"type": "string"}
    assert find_drift(read_facts(changed)) == [
        Drift("GET /products/{id}", "id", "changed", "type", "string", "integer")
    ]


def test_a_body_that_comes_or_goes_is_reported(gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    del changed["paths"]["/customers"]["post"]["requestBody"]
    schema = {"type": "object", "properties": {}}
    body = {"content": {"application/json": {"schema": schema}}}
    changed["paths"]["/customers/{id}"]["delete"]["requestBody"] = body
    assert find_drift(read_facts(changed)) == [
        Drift("POST /customers", "body", "vanished", "body"),
        Drift("DELETE /customers/{id}", "body", "missing", "body"),
    ]
