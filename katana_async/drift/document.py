"""What an OpenAPI document's operations take, in the form that is compared with the SDK."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from .description import Described, Description, Kind, either
from .openapi import Facts, OperationFacts, Schema


def describe(facts: Facts) -> Description:
    """Return facts in the form that is compared."""
    return {address: _described(operation) for address, operation in facts.items()}


def _described(operation: OperationFacts) -> Described:
    return Described(
        query={name: _kind(schema) for name, schema in operation.query.items()},
        id=None if operation.id is None else _kind(operation.id),
        body=None if operation.body is None else _kind(operation.body),
    )


def _kind(schema: Schema) -> Kind:
    for word in ("allOf", "anyOf", "oneOf"):
        # A oneOf beside properties says which of them go together, not what they may be.
        if word in schema and "properties" not in schema:
            branches = [_kind(each) for each in schema[word]]
            # Katana's allOf repeats the same types with other limits: the first is enough.
            found = branches[0] if word == "allOf" else either(branches)
            own = _types(schema)
            return evolve(found, nullable=found.nullable and (not own or "null" in own))
    names = _types(schema)
    types = {"date"} if schema.get("format") == "date" else names - {"null"}
    enum = schema.get("enum")
    return Kind(
        types=frozenset(types),
        nullable="null" in names or (enum is not None and None in enum),
        values=None if enum is None else frozenset(str(each) for each in enum if each is not None),
        items=_kind(schema["items"]) if "items" in schema else None,
        fields=_fields(schema),
        required=frozenset(map(str, schema.get("required", ()))),
    )


def _types(schema: Schema) -> set[str]:
    written = schema.get("type", ())
    return {written} if isinstance(written, str) else set(written)


def _fields(schema: Schema) -> Mapping[str, Kind] | None:
    properties: Mapping[str, Any] | None = schema.get("properties")
    if properties is None:
        return None
    patterns: Mapping[str, Any] = schema.get("patternProperties", {})
    return {name: _kind(each) for name, each in (*properties.items(), *patterns.items())}
