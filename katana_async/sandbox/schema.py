"""Validate request bodies by Katana's JSON Schemas, and convert them into stored form."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any, cast

from .amounts import is_number, number
from .clock import moment, timestamp
from .errors import ErrorDetail
from .gateway import Schema
from .overrides import is_numeric_text, is_time

Path = tuple[str | int, ...]

_NUMERIC_TEXT = re.compile(r"-?[0-9]+\.?[0-9]*")


def iter_errors(
    schema: Schema, value: Any, path: Path = (), *, texts: bool = True
) -> Iterator[ErrorDetail]:
    """Yield the violations of a schema by a value.

    Args:
        schema: The schema.
        value: The parsed JSON.
        path: The path of the value in the body.
        texts: Whether strings are also checked for times and numbers, which the document does not
            declare. Branches of an `anyOf` have patterns of their own, and skip these checks.
    """
    if (types := schema.get("type")) is not None:
        wanted = [types] if isinstance(types, str) else types
        if not any(_TYPES[each](value) for each in wanted):
            yield _type_problem(path, wanted, value)
            return
        if value is None:
            return
    for word, (measure, holds, text, sign) in _BOUNDS.items():
        if word in schema and (measured := measure(value)) is not None:
            limit = schema[word]
            if not holds(measured, limit):
                info = {"limit": limit} if sign is None else {"comparison": sign, "limit": limit}
                yield ErrorDetail(path, word, text.format(limit), info)
    for word, check_word in _WORDS.items():
        if word in schema:
            yield from check_word(schema, value, path)
    if isinstance(value, dict):
        yield from _check_object(schema, cast("Mapping[str, Any]", value), path)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(cast("Sequence[Any]", value)):
            yield from iter_errors(schema["items"], item, (*path, index))
    elif isinstance(value, str) and texts and "enum" not in schema:
        yield from _check_text(schema, value, path)


def to_stored_form(schema: Schema, value: Any, name: str = "") -> Any:
    """Return a valid value in stored form: 7.0 as 7, times in UTC with milliseconds."""
    if is_number(value):
        return number(value)
    if isinstance(value, str):
        if is_time(name):
            return timestamp(moment(value))
        return number(value) if is_numeric_text(name, schema) else value
    branch = _matching_branch(schema, value)
    if isinstance(value, dict):
        return {
            name: to_stored_form(_property_schema(branch, name) or {}, item, name)
            for name, item in cast("Mapping[str, Any]", value).items()
        }
    if isinstance(value, list):
        items = branch.get("items", {})
        return [to_stored_form(items, item) for item in cast("Sequence[Any]", value)]
    return value


def _matching_branch(schema: Schema, value: Any) -> Schema:
    branches: Sequence[Schema] = schema.get("anyOf", ())
    return next((each for each in branches if not any(iter_errors(each, value))), schema)


def _type_problem(path: Path, wanted: Sequence[str], value: Any) -> ErrorDetail:
    kind = next((each for each in wanted if each != "null"), "null")
    message = "must not be null" if value is None else f"must be of type {kind}"
    return ErrorDetail(path, "type", message, {"type": kind})


def _check_text(schema: Schema, value: str, path: Path) -> Iterator[ErrorDetail]:
    name = path[-1] if path else ""
    if not isinstance(name, str):
        return
    if is_time(name):
        try:
            moment(value)
        except ValueError:
            message = "must be a date, or a time in ISO 8601 with an offset from UTC"
            yield ErrorDetail(path, "format", message, {"format": "date-time"})
    elif is_numeric_text(name, schema) and not _NUMERIC_TEXT.fullmatch(value):
        message = "must be a string that contains a number"
        yield ErrorDetail(path, "format", message, {"format": "decimal"})


def _check_object(schema: Schema, value: Mapping[str, Any], path: Path) -> Iterator[ErrorDetail]:
    for name in schema.get("required", ()):
        if name not in value:
            yield ErrorDetail(path, "required", f"must have {name}", {"missingProperty": name})
    for name, item in value.items():
        known = _property_schema(schema, name)
        if known is not None:
            yield from iter_errors(known, item, (*path, name))
        elif schema.get("additionalProperties") is False:
            info = {"additionalProperty": name}
            yield ErrorDetail(path, "additionalProperties", f"must not have {name}", info)


def _property_schema(schema: Schema, name: str) -> Schema | None:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    if name in properties:
        return properties[name]
    patterns: Mapping[str, Schema] = schema.get("patternProperties", {})
    return next((each for mark, each in patterns.items() if re.search(mark, name)), None)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": lambda value: is_number(value) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _as_number(value: Any) -> Any:
    return value if is_number(value) else None


def _characters(value: Any) -> int | None:
    return len(value) if isinstance(value, str) else None


def _items(value: Any) -> int | None:
    return len(cast("Sequence[Any]", value)) if isinstance(value, list) else None


def _check_enum(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    if value not in schema["enum"]:
        allowed = [each for each in schema["enum"] if each is not None]
        message = f"must be one of {', '.join(map(str, allowed))}"
        yield ErrorDetail(path, "enum", message, {"allowedValues": allowed})


def _check_const(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    if value != schema["const"] or isinstance(value, bool) != isinstance(schema["const"], bool):
        yield ErrorDetail(path, "const", f"must be {schema['const']}", {"const": schema["const"]})


def _check_pattern(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    if isinstance(value, str) and not re.search(schema["pattern"], value):
        pattern = schema["pattern"]
        yield ErrorDetail(path, "pattern", f"must fit {pattern}", {"pattern": pattern})


def _check_unique(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    if schema["uniqueItems"] and isinstance(value, list):
        items = cast("Sequence[Any]", value)
        if any(item in items[:index] for index, item in enumerate(items)):
            yield ErrorDetail(path, "uniqueItems", "must not have an item twice", {})


def _check_all(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    for each in schema["allOf"]:
        yield from iter_errors(each, value, path, texts=False)


def _check_any(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    found = [list(iter_errors(each, value, path, texts=False)) for each in schema["anyOf"]]
    if all(found):
        # The violations within the branch of the value's type explain more than "no branch fits".
        closest = (each for each in found if each[0].path != path or each[0].code != "type")
        yield from next(closest, [ErrorDetail(path, "anyOf", "must fit one of its forms", {})])


def _check_one(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    branch = sum(not any(iter_errors(each, value, path, texts=False)) for each in schema["oneOf"])
    if branch != 1:
        info = {"passingSchemas": branch}
        yield ErrorDetail(path, "oneOf", "must fit exactly one of its forms", info)


def _check_not(schema: Schema, value: Any, path: Path) -> Iterator[ErrorDetail]:
    if not any(iter_errors(schema["not"], value, path, texts=False)):
        yield ErrorDetail(path, "not", "must not be this value", {})


_Bound = tuple[Callable[[Any], Any], Callable[[Any, Any], bool], str, str | None]

# The measure of a value, the comparison, the message, and the sign in the error's information.
_BOUNDS: dict[str, _Bound] = {
    "minimum": (_as_number, ge, "must not be less than {}", ">="),
    "exclusiveMinimum": (_as_number, gt, "must be greater than {}", ">"),
    "maximum": (_as_number, le, "must not be greater than {}", "<="),
    "exclusiveMaximum": (_as_number, lt, "must be less than {}", "<"),
    "minLength": (_characters, ge, "must have at least {} characters", None),
    "maxLength": (_characters, le, "must have at most {} characters", None),
    "minItems": (_items, ge, "must have at least {} items", None),
    "maxItems": (_items, le, "must have at most {} items", None),
}
_WORDS: dict[str, Callable[[Schema, Any, Path], Iterator[ErrorDetail]]] = {
    "enum": _check_enum,
    "const": _check_const,
    "pattern": _check_pattern,
    "uniqueItems": _check_unique,
    "allOf": _check_all,
    "anyOf": _check_any,
    "oneOf": _check_one,
    "not": _check_not,
}
