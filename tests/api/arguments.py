"""Random arguments for any method, generated from its operation's schemas."""

import inspect
import re
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from random import Random
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Required,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

from attrs import frozen

from katana_async.http.encoding import Wire, hints_of
from katana_async.params import CustomFieldCondition, OrderRerank
from katana_async.resources import load
from katana_async.resources.operations import Operation

A_UUID = UUID("0b2a1f3e-5d4c-4b6a-8978-0123456789ab")
_DATES = ("created_at_min", "created_at_max", "updated_at_min", "updated_at_max")
_PATTERNED = ("10.50", "https://example.com/hook")
_TEXT = string.ascii_letters + string.digits + " -_./äöü€'\"\\"


@frozen
class Arguments:
    """The arguments of a call."""

    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = {}


class ArgumentGenerator:
    """A generator of values that the document's schemas allow, in the types of the SDK.

    Args:
        document: The OpenAPI document.
        random: The source of random numbers.
        optional_percent: The probability of optional fields in percent.
    """

    def __init__(self, document: Mapping[str, Any], random: Random, optional_percent: int) -> None:
        self._document = document
        self._random = random
        self._optional_percent = optional_percent

    def arguments(self, operation: Operation) -> Arguments:
        """Return arguments for the method of an operation."""
        function = getattr(load(operation.attribute), operation.python_method)
        hints = get_type_hints(function, include_extras=True)
        names = list(inspect.signature(function).parameters)[1:]
        positional: list[Any] = []
        if "{" in operation.path:
            names.pop(0)
            positional.append(self._id(operation))
        if operation.python_method == "search":
            return Arguments((), self._search(hints_of(get_args(hints["query"])[0])))
        if operation.body is OrderRerank:
            return self._rerank()
        given = self._body_or_filters(operation, hints)
        keywords = next((get_args(h)[0] for h in hints.values() if get_origin(h) is Unpack), None)
        if keywords is not None or given is None:
            return Arguments(tuple(positional), given or {})
        # The body is one argument, or the value of its only field is.
        if isinstance(given, dict) and len(given) == 1 and names and names[0] not in given:
            (given,) = given.values()
        elif isinstance(given, dict) and names and names[0] in given:
            return Arguments(tuple(positional), given)
        return Arguments((*positional, given))

    def _body_or_filters(self, operation: Operation, hints: Mapping[str, Any]) -> Any:
        """Return a body, or the filters of a list."""
        declared = self._document["paths"][operation.path][operation.method.lower()]
        keywords = next((get_args(h)[0] for h in hints.values() if get_origin(h) is Unpack), None)
        if "requestBody" in declared:
            schema = declared["requestBody"]["content"]["application/json"]["schema"]
            return self._value(schema, operation.body or keywords or Mapping)
        if keywords is None:
            return None
        schemas = {
            parameter["name"]: parameter.get("schema", {})
            for parameter in declared.get("parameters", ())
            if parameter["in"] == "query"
        }
        if "dateFilter" in schemas:
            schemas |= {name: {"type": "string"} for name in _DATES}
        fields = get_type_hints(keywords, include_extras=True)
        return {
            name: self._value(schemas[name] | {"minItems": 1, "minLength": 1}, hint)
            for name, hint in fields.items()
            if name in keywords.__required_keys__ or self._chance()
        }

    def _chance(self) -> bool:
        return self._random.randrange(100) < self._optional_percent

    def _id(self, operation: Operation) -> Any:
        cls = load(operation.attribute)
        method = getattr(cls, operation.python_method)
        if UUID in get_args(get_type_hints(method).get("id")):
            return A_UUID
        # A method that reads the record first gets the example's, whose id is 1.
        return 1 if cls.found_by and cls.preserves else self._random.randint(1, 10**9)

    def _rerank(self) -> Arguments:
        ids = self._random.sample(range(1, 10**9), 2)
        place = self._random.choice(["position", "before_id", "after_id"])
        where = self._random.choice(["top", "bottom"]) if place == "position" else 7
        return Arguments((ids,), {place: where})

    def _search(self, hints: Mapping[str, Any]) -> dict[str, Any]:
        where = hints_of(next(each for each in get_args(hints["where"]) if is_typeddict(each)))
        logic = {"and": [{"id": {"gt": 1}}], "or": [{"id": 1}, {f"custom_fields.{A_UUID}": None}]}
        conditions = {name: self._condition(hint) for name, hint in where.items() if self._chance()}
        offered = {
            "where": conditions | {name: logic[name] for name in logic if name in conditions},
            "custom_fields": {A_UUID: self._condition(CustomFieldCondition)},
            "order": self._random.choice(["id DESC", ["created_at DESC"], ("updated_at", "id")]),
        }
        if "include" in hints:
            offered["include"] = list(get_args(get_args(hints["include"])[0]))
        return {name: value for name, value in offered.items() if self._chance()}

    def _condition(self, hint: Any) -> Any:
        """Return a condition of a search: null, a value, or comparators."""
        members = get_args(hint)
        comparators = [each for each in members if is_typeddict(get_origin(each))]
        if not comparators:
            return None
        if NoneType in members and self._random.randrange(4) == 0:
            return None
        if self._random.randrange(2):
            return self._compared_value(hint)
        words = hints_of(comparators[0])
        return {
            word: [self._compared_value(get_args(get_args(each)[0])[0]) for _ in range(2)]
            if get_origin(get_args(each)[0] if get_args(each) else each) is list
            else self._compared_value(each)
            for word, each in words.items()
            if self._chance()
        }

    def _compared_value(self, hint: Any) -> Any:
        """Return a value to compare a field with."""
        members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        scalars = [
            each
            for each in members
            if each is not NoneType and not is_typeddict(get_origin(each) or each)
        ]
        kind = self._random.choice(scalars)
        if get_origin(kind) is Annotated:
            is_time = Wire.INSTANT in kind.__metadata__
            return self._time() if is_time else self._number({})
        if get_origin(kind) is Literal:
            return self._random.choice(get_args(kind))
        if issubclass(kind, Enum):
            return self._random.choice(list(kind))
        if kind is bool:
            return self._chance()
        return self._random.randint(1, 10**9) if kind is int else self._text({}, ())

    def _without_null(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a schema without null among its types; the annotation decides about None."""
        types = schema.get("type")
        if not isinstance(types, list):
            return schema
        return {**schema, "type": next(each for each in types if each != "null")}

    def _value(self, written: Mapping[str, Any], hint: Any) -> Any:
        """Return a value that a schema allows, in a type of the annotation."""
        schema = self._without_null(written)
        hint = get_args(hint)[0] if get_origin(hint) is Required else hint
        members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        if NoneType in members and self._random.randrange(4) == 0:
            return None
        for word in ("anyOf", "oneOf"):
            if word in schema:
                schema = self._branch(schema[word], members)
        if "allOf" in schema:
            return self._number(schema["allOf"][0]["anyOf"][0] | {"exclusiveMinimum": 0})
        if "enum" in schema:
            texts = [each for each in schema["enum"] if each is not None]
            return self._random.choice(texts)
        match schema.get("type"):
            case "object":
                return self._object(schema, next((m for m in members if is_typeddict(m)), None))
            case "array":
                item = next(get_args(m)[0] for m in members if get_origin(m) in (list, tuple))
                return self._array(schema, item)
            case "boolean":
                return self._chance()
            case "integer" | "number":
                return self._number(schema, whole=int in members or schema["type"] == "integer")
            case _:
                return self._text(schema, members)

    def _branch(self, branches: Any, members: tuple[Any, ...]) -> Mapping[str, Any]:
        """Return a branch of a schema that the annotation allows."""
        takes_array = any(get_origin(m) in (list, tuple) for m in members)
        wanted = {"array"} if takes_array else {"object"}
        if any(get_origin(m) is Mapping for m in members):
            wanted.add("object")
        resolved = [self._without_null(branch) for branch in branches]
        fitting = [branch for branch in resolved if branch.get("type") in wanted]
        return self._random.choice(fitting or resolved[:1])

    def _object(self, schema: Mapping[str, Any], typed_dict: Any) -> dict[str, Any]:
        if typed_dict is None or "properties" not in schema:
            return {str(A_UUID): self._random.choice([None, True, "text", Decimal("0.10"), 7])}
        hints = get_type_hints(typed_dict, include_extras=True)
        required = {*(schema.get("required") or ()), *typed_dict.__required_keys__}
        made = {
            name: self._value(each, hints[name])
            for name, each in schema["properties"].items()
            if name in required or self._chance()
        }
        if not made and schema["properties"]:
            # An update must not be empty.
            name = self._random.choice(sorted(schema["properties"]))
            made[name] = self._value(schema["properties"][name], hints[name])
        return made

    def _array(self, schema: Mapping[str, Any], item: Any) -> list[Any]:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 3), least + 3)
        count = (
            max(least, 1)
            if self._optional_percent in (0, 100)
            else self._random.randint(least, most)
        )
        return [self._value(schema["items"], item) for _ in range(count)]

    def _number(self, schema: Mapping[str, Any], *, whole: bool = False) -> Any:
        least, most = schema.get("minimum", -(10**9)), schema.get("maximum", 10**9)
        if "exclusiveMinimum" in schema:
            least = schema["exclusiveMinimum"] + (1 if whole else Decimal("0.001"))
        if whole:
            return self._random.randint(max(int(least), 1 if least >= 0 else int(least)), int(most))
        digits = Decimal(self._random.randint(0, 10**9)).scaleb(-self._random.randint(0, 9))
        return min(max(digits, Decimal(least)), Decimal(most))

    def _text(self, schema: Mapping[str, Any], members: tuple[Any, ...]) -> Any:
        wires = [m.__metadata__[0] for m in members if get_origin(m) is Annotated]
        if Wire.INSTANT in wires:
            return self._time()
        if Wire.DAY in wires:
            return self._time().date()
        if Wire.NUMERIC_STRING in wires:
            return Decimal(self._random.randint(1, 10**6)).scaleb(-2)
        if bool in members:
            return self._chance()
        if UUID in members:
            return A_UUID
        literals = [m for m in members if get_origin(m) is Literal]
        if literals:
            return self._random.choice(get_args(literals[0]))
        if int in members:
            return self._random.randint(1, 10**9)
        if "pattern" in schema:
            return next(text for text in _PATTERNED if re.match(schema["pattern"], text))
        least = schema.get("minLength", 0)
        length = self._random.randint(least, min(schema.get("maxLength", least + 30), least + 30))
        return "".join(self._random.choice(_TEXT) for _ in range(length))

    def _time(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._random.randrange(10**8))
