"""The description of an API as plain data: the form in which document and SDK are compared."""

from collections.abc import Mapping, Sequence, Set as AbstractSet

from attrs import evolve, frozen

from .openapi import Declaration, Facts, Schema


@frozen
class ValueType:
    """The type of a value."""

    # Names of JSON types, and `date` for a string with a date; empty for any type.
    types: AbstractSet[str] = frozenset()
    nullable: bool = False
    values: frozenset[str] | None = None  # None if the type is no enumeration
    items: "ValueType | None" = None  # the type of an array's elements
    fields: "Mapping[str, ValueType] | None" = None  # None if an object can have any
    required: bool = False  # as a field of an object

    def __str__(self) -> str:
        return " or ".join(sorted(self.types)) or "anything"


Description = Mapping[tuple[str, str], Declaration[ValueType]]
"""The operations by method and path."""


def describe(facts: Facts) -> Description:
    """Return the description of a document's or the SDK's facts."""
    return {
        address: Declaration(
            query={name: _describe(schema) for name, schema in operation.query.items()},
            id=None if operation.id is None else _describe(operation.id),
            body=None if operation.body is None else _describe(operation.body),
        )
        for address, operation in facts.items()
    }


def _describe(schema: Schema) -> ValueType:
    written = schema.get("type", ())
    names = {written} if isinstance(written, str) else set(written)
    for word in ("allOf", "anyOf", "oneOf"):
        # A oneOf next to properties restricts their combination, not their types.
        if word in schema and "properties" not in schema:
            branches = [_describe(each) for each in schema[word]]
            # Katana's allOf repeats the same type with other limits.
            found = branches[0] if word == "allOf" else _union_of(branches)
            return evolve(found, nullable=found.nullable and (not names or "null" in names))
    enum = schema.get("enum")
    return ValueType(
        types={"date"} if schema.get("format") == "date" else names - {"null"},
        nullable="null" in names or (enum is not None and None in enum),
        values=None if enum is None else frozenset(str(each) for each in enum if each is not None),
        items=_describe(schema["items"]) if "items" in schema else None,
        fields=_describe_fields(schema) if "properties" in schema else None,
    )


def _describe_fields(schema: Schema) -> dict[str, ValueType]:
    fields = {**schema["properties"], **schema.get("patternProperties", {})}
    required = schema.get("required", ())
    return {
        name: evolve(_describe(each), required=name in required) for name, each in fields.items()
    }


def _union_of(branches: Sequence[ValueType]) -> ValueType:
    """Return the union of several types, of which at most one has fields."""
    return ValueType(
        types=frozenset[str]().union(*(each.types for each in branches)),
        nullable=any(each.nullable for each in branches),
        values=next((each.values for each in branches if each.values is not None), None),
        items=next((each.items for each in branches if each.items is not None), None),
        fields=next((each.fields for each in branches if each.fields is not None), None),
    )
