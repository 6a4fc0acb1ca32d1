"""The checks of the declarations say what a JSON Schema validator says of the same declarations."""

import json
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given, strategies as st

from katana_async.sandbox.catalogue import operations
from katana_async.sandbox.operations import Operation
from katana_async.sandbox.schema import (
    Integer,
    Items,
    Moment,
    Number,
    Object,
    Schema,
    Text,
    body,
)
from katana_async.sandbox.unions import NonZero, Spelled

BODIES = {each.name: each for each in operations() if each.body is not None}


def draft7(schema: Any) -> Any:
    """Translate OpenAPI 3.0 (`nullable`, a flag for exclusive bounds) into JSON Schema."""
    if isinstance(schema, list):
        return [draft7(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    words = {word: draft7(value) for word, value in schema.items()}
    if words.pop("exclusiveMinimum", False):
        words["exclusiveMinimum"] = words.pop("minimum")
    nullable = words.pop("nullable", False)
    return {"anyOf": [words, {"type": "null"}]} if nullable else words


def strategy(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Make values that mostly are what a schema wants, and now and then are not."""
    wrong: st.SearchStrategy[Any] = st.sampled_from(
        [None, 0, -1, 1.5, 10**12, "", "x", "x" * 300, True, [], {}, {"q": 1}]
    )
    right: st.SearchStrategy[Any] = wrong
    match schema.get("type"):
        case "string":
            right = st.sampled_from(schema.get("enum", ["abc", "2026-01-05T08:00:00Z"]))
        case "integer" | "number":
            right = st.integers(0, 90)
        case "boolean":
            right = st.booleans()
        case "array":
            right = st.lists(strategy(schema["items"]), max_size=3)
        case "object":
            fields = {name: strategy(each) for name, each in schema.get("properties", {}).items()}
            needed = {name: fields.pop(name) for name in schema.get("required", ())}
            right = st.fixed_dictionaries(needed, optional=fields)
    return st.one_of(right, right, right, wrong)


def has_dates(schema: Schema) -> bool:
    match schema:
        case Moment():
            return True
        case Items(of=inner):
            return has_dates(inner)
        case Object(fields=fields):
            return any(map(has_dates, fields.values()))
    return False


@pytest.mark.parametrize("operation", BODIES.values(), ids=BODIES)
@given(data=st.data())
def test_a_body_is_valid_exactly_when_a_validator_says_so(
    operation: Operation, data: st.DataObject
) -> None:
    assert operation.body is not None
    document = operation.body.document()
    value = data.draw(strategy(document))
    problems = list(operation.body.check(value))
    # Times without an offset and numbers spelled wrong are refused, which the schema does not say.
    if all(problem.code == "format" for problem in problems):
        problems = []
    valid = jsonschema.Draft7Validator(draft7(document)).is_valid(value)
    assert valid is not bool(problems)


@pytest.mark.parametrize(
    ("schema", "value", "path", "code", "info"),
    [
        (Text(), 7, "", "type", {"type": "string"}),
        (Text(least=1), "", "", "minLength", {"limit": 1}),
        (Text(most=2), "abc", "", "maxLength", {"limit": 2}),
        (Text(one_of=("a", "b")), "c", "", "enum", {"allowedValues": ["a", "b"]}),
        (Text(), None, "", "type", {"type": "string"}),
        (Integer(), 1.5, "", "type", {"type": "integer"}),
        (Number(minimum=0), -1, "", "minimum", {"comparison": ">=", "limit": 0}),
        (Number(above=0), 0, "", "exclusiveMinimum", {"comparison": ">", "limit": 0}),
        (Number(maximum=9), 10, "", "maximum", {"comparison": "<=", "limit": 9}),
        (Number(), True, "", "type", {"type": "number"}),
        (Items(of=Text(), least=1), [], "", "minItems", {"limit": 1}),
        (Items(of=Text(), most=1), ["a", "b"], "", "maxItems", {"limit": 1}),
        (body(("a",), a=Text()), {}, "", "required", {"missingProperty": "a"}),
        (body(a=Text()), {"b": 1}, "", "additionalProperties", {"additionalProperty": "b"}),
        (body(a=Items(of=body(b=Text()))), {"a": [{}, {"b": 1}]}, "/a/1/b", "type", None),
        (Moment(), "2026-01-05T08:00:00", "", "format", {"format": "date-time"}),
        (NonZero(), "0.00", "", "not", {}),
        (NonZero(), "five", "", "anyOf", {}),
        (Spelled(), 5, "", "type", {"type": "string"}),
        (Spelled(), "five", "", "format", {"format": "decimal"}),
    ],
)
def test_a_problem_names_the_place_the_keyword_and_what_it_says(
    schema: Schema, value: Any, path: str, code: str, info: dict[str, Any] | None
) -> None:
    [problem] = schema.check(value)
    assert "".join(f"/{part}" for part in problem.path) == path
    assert problem.code == code
    assert problem.message
    assert info is None or problem.info == info


def test_every_problem_is_told_and_not_only_the_first() -> None:
    schema = body(("a", "b"), a=Text(), b=Text(), c=Text(most=1))
    codes = sorted(problem.code for problem in schema.check({"c": "long", "d": 1}))
    assert codes == ["additionalProperties", "maxLength", "required", "required"]


def test_values_are_kept_as_katana_would_show_them() -> None:
    schema = body(amount=Number(), at=Moment(), rows=Items(of=body(quantity=Number())))
    given_body = json.loads(
        '{"amount": 7.0, "at": "2026-01-05T10:00:00+02:00", "rows": [{"quantity": 2.50}]}',
        parse_float=Decimal,
    )
    kept = schema.take(given_body)
    assert kept == {
        "amount": 7,
        "at": "2026-01-05T08:00:00.000Z",
        "rows": [{"quantity": Decimal("2.5")}],
    }
    assert str(kept["rows"][0]["quantity"]) == "2.5"
    assert isinstance(kept["amount"], int)


def test_a_number_keeps_every_digit() -> None:
    digits = "12345678901234567890.12345678901234567890123456789"
    assert str(Number().take(Decimal(digits))) == digits
