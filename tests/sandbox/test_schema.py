"""The sandbox's validation of bodies agrees with a JSON Schema validator."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator

from katana_async.sandbox import gateway
from katana_async.sandbox.schema import iter_errors, to_stored_form

BODIES = {
    name: found.body
    for name in sorted(gateway.operation_names())
    if (found := gateway.find_declaration(name)) is not None and found.body is not None
}
UUID = "37460d24-ea57-416d-888e-bea7c0505642"


def strategy(schema: Any) -> st.SearchStrategy[Any]:
    """Return values of which most are valid for a schema."""
    wrong: st.SearchStrategy[Any] = st.sampled_from(
        [None, 0, -1, 1.5, 10**12, "", "x", "x" * 300, "0.00", True, [], {}, {"q": 1}, [1, 1]]
    )
    for word in ("anyOf", "allOf"):
        if word in schema:
            return st.one_of(*map(strategy, schema[word]), wrong)
    types = schema.get("type", "null")
    right: st.SearchStrategy[Any] = wrong
    match types if isinstance(types, str) else types[0]:
        case "string":
            right = st.sampled_from(schema.get("enum", ["abc", "2026-01-05T08:00:00Z", "7"]))
        case "integer" | "number":
            right = st.integers(0, 90)
        case "boolean":
            right = st.booleans()
        case "array":
            right = st.lists(strategy(schema.get("items", {})), max_size=3)
        case "object":
            fields = {name: strategy(each) for name, each in schema.get("properties", {}).items()}
            for each in schema.get("patternProperties", {}).values():
                fields[UUID] = fields[f"custom_fields.{UUID}"] = strategy(each)
            needed = {name: fields.pop(name) for name in schema.get("required", ())}
            right = st.fixed_dictionaries(needed, optional=fields)
    return st.one_of(right, right, right, wrong)


@pytest.mark.parametrize("name", BODIES)
@given(data=st.data())
def test_bodies_are_valid_exactly_when_a_schema_validator_accepts_them(
    name: str, data: st.DataObject
) -> None:
    schema = BODIES[name]
    value = data.draw(strategy(schema))
    problems = list(iter_errors(schema, value))
    # The sandbox also refuses times without an offset and strings that are no numbers.
    if all(problem.code == "format" for problem in problems):
        problems = []
    assert Draft202012Validator(schema).is_valid(value) is not bool(problems)


TEXT = {"type": "string"}
AMOUNT = {
    "allOf": [
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+\.?[0-9]*$"}]},
        {
            "anyOf": [
                {"type": "number", "not": {"const": 0}},
                {"type": "string", "not": {"pattern": r"^-?0+\.?0*$"}},
            ]
        },
    ]
}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "value", "path", "code", "info"),
    [
        (TEXT, 7, "", "type", {"type": "string"}),
        (TEXT, None, "", "type", {"type": "string"}),
        ({"type": ["string", "null"]}, 7, "", "type", {"type": "string"}),
        ({"minLength": 1}, "", "", "minLength", {"limit": 1}),
        ({"maxLength": 2}, "abc", "", "maxLength", {"limit": 2}),
        ({"enum": ["a", "b"]}, "c", "", "enum", {"allowedValues": ["a", "b"]}),
        ({"type": "integer"}, 1.5, "", "type", {"type": "integer"}),
        ({"minimum": 0}, -1, "", "minimum", {"comparison": ">=", "limit": 0}),
        ({"exclusiveMinimum": 0}, 0, "", "exclusiveMinimum", {"comparison": ">", "limit": 0}),
        ({"exclusiveMaximum": 0}, 0, "", "exclusiveMaximum", {"comparison": "<", "limit": 0}),
        ({"maximum": 9}, 10, "", "maximum", {"comparison": "<=", "limit": 9}),
        ({"type": "number"}, True, "", "type", {"type": "number"}),
        ({"minItems": 1}, [], "", "minItems", {"limit": 1}),
        ({"maxItems": 1}, ["a", "b"], "", "maxItems", {"limit": 1}),
        ({"uniqueItems": True}, [1, 1], "", "uniqueItems", {}),
        ({"required": ["a"]}, {}, "", "required", {"missingProperty": "a"}),
        (fields(a=TEXT), {"b": 1}, "", "additionalProperties", {"additionalProperty": "b"}),
        (fields(a={"items": fields(b=TEXT)}), {"a": [{}, {"b": 1}]}, "/a/1/b", "type", None),
        (fields(x_date=TEXT), {"x_date": "2026-01-05T08:00:00"}, "/x_date", "format", None),
        (fields(quantity=TEXT), {"quantity": "five"}, "/quantity", "format", None),
        (fields(quantity=AMOUNT), {"quantity": "0.00"}, "/quantity", "not", {}),
        (fields(quantity=AMOUNT), {"quantity": "five"}, "/quantity", "pattern", None),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 2}, "", "oneOf", {}),
    ],
)
def test_a_problem_names_the_place_the_keyword_and_its_value(
    schema: Any, value: Any, path: str, code: str, info: dict[str, Any] | None
) -> None:
    [problem] = iter_errors(schema, value)
    assert "".join(f"/{part}" for part in problem.path) == path
    assert problem.code == code
    assert problem.message
    assert not info or problem.info == info


def test_every_problem_is_listed_and_not_only_the_first() -> None:
    schema = {**fields(a=TEXT, b=TEXT, c={"maxLength": 1}), "required": ["a", "b"]}
    codes = sorted(problem.code for problem in iter_errors(schema, {"c": "long", "d": 1}))
    assert codes == ["additionalProperties", "maxLength", "required", "required"]


def test_the_problems_of_an_alternative_are_those_of_the_branch_with_the_values_type() -> None:
    schema = {"anyOf": [fields(a=TEXT), {"type": "array", "items": fields(a=TEXT)}]}
    [problem] = iter_errors(schema, [{"a": 1}])
    assert (problem.path, problem.code) == ((0, "a"), "type")
    [problem] = iter_errors(schema, 7)
    assert (problem.path, problem.code) == ((), "anyOf")


def test_values_are_stored_as_katana_would_show_them() -> None:
    row = fields(quantity=TEXT, received_date=TEXT, name=TEXT)
    schema = fields(amount={"type": "number"}, x_date=TEXT, rows={"items": row})
    given_body = json.loads(
        '{"amount": 7.0, "x_date": "2026-01-05T10:00:00+02:00",'
        ' "rows": [{"quantity": "2.50", "received_date": "2026-01-05", "name": "2.50"}]}',
        parse_float=Decimal,
    )
    stored = to_stored_form(schema, given_body)
    assert stored == {
        "amount": 7,
        "x_date": "2026-01-05T08:00:00.000Z",
        "rows": [
            {
                "quantity": Decimal("2.5"),
                "received_date": "2026-01-05T00:00:00.000Z",
                "name": "2.50",
            }
        ],
    }
    assert str(stored["rows"][0]["quantity"]) == "2.5"
    assert isinstance(stored["amount"], int)


def test_a_number_keeps_every_digit() -> None:
    digits = "12345678901234567890.12345678901234567890123456789"
    assert str(to_stored_form({"type": "number"}, Decimal(digits))) == digits
