"""Check request bodies by Katana's JSON Schemas, and bring them into stored form."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, cast

from .clock import moment, timestamp
from .errors import Problem
from .gateway import Schema
from .overrides import is_numeric_text, is_time

Path = tuple[str | int, ...]

INT32 = 2**31 - 1
_LONGEST = 100
_NUMERIC_TEXT = re.compile(r"-?[0-9]+\.?[0-9]*")


def is_number(value: object) -> bool:
    """Return whether a parsed JSON value is a number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def number(value: float | Decimal | str) -> int | Decimal:
    """Return a number as JSON shows it best: an int when it is whole, else without padding."""
    exact = Decimal(str(value))
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _LONGEST:
        return exact
    # By its text: arithmetic would round it to the context's 28 digits.
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text) if "." in text else int(text)


def check(schema: Schema, value: Any, path: Path = (), *, texts: bool = True) -> Iterator[Problem]:
    """Yield everything that is wrong with a value.

    Args:
        schema: What the value may be.
        value: The parsed JSON.
        path: Where the value is in the body.
        texts: Whether a text itself is checked for what the document leaves out: that it is a
            time or spells a number. Not so in a branch of an `anyOf`, which has its own pattern.
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
                yield Problem(path, word, text.format(limit), info)
    for word, check_word in _WORDS.items():
        if word in schema:
            yield from check_word(schema, value, path)
    if isinstance(value, dict):
        yield from _check_object(schema, cast("Mapping[str, Any]", value), path)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(cast("Sequence[Any]", value)):
            yield from check(schema["items"], item, (*path, index))
    elif isinstance(value, str) and texts and "enum" not in schema:
        yield from _check_text(schema, value, path)


def store_form(schema: Schema, value: Any, name: str = "") -> Any:
    """Return a valid value as it is stored: 7.0 as 7, times in UTC with milliseconds."""
    if is_number(value):
        return number(value)
    if isinstance(value, str):
        if is_time(name):
            return timestamp(moment(value))
        return number(value) if is_numeric_text(name, schema) else value
    fitting = _fitting_branch(schema, value)
    if isinstance(value, dict):
        return {
            name: store_form(_schema_of(fitting, name) or {}, item, name)
            for name, item in cast("Mapping[str, Any]", value).items()
        }
    if isinstance(value, list):
        items = fitting.get("items", {})
        return [store_form(items, item) for item in cast("Sequence[Any]", value)]
    return value


def _fitting_branch(schema: Schema, value: Any) -> Schema:
    branches: Sequence[Schema] = schema.get("anyOf", ())
    return next((each for each in branches if not any(check(each, value))), schema)


def _type_problem(path: Path, wanted: Sequence[str], value: Any) -> Problem:
    kind = next((each for each in wanted if each != "null"), "null")
    message = "must not be null" if value is None else f"must be of type {kind}"
    return Problem(path, "type", message, {"type": kind})


def _check_text(schema: Schema, value: str, path: Path) -> Iterator[Problem]:
    name = path[-1] if path else ""
    if not isinstance(name, str):
        return
    if is_time(name):
        try:
            moment(value)
        except ValueError:
            message = "must be a date, or a time in ISO 8601 with an offset from UTC"
            yield Problem(path, "format", message, {"format": "date-time"})
    elif is_numeric_text(name, schema) and not _NUMERIC_TEXT.fullmatch(value):
        message = "must be a string that spells a number"
        yield Problem(path, "format", message, {"format": "decimal"})


def _check_object(schema: Schema, value: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem(path, "required", f"must have {name}", {"missingProperty": name})
    for name, item in value.items():
        known = _schema_of(schema, name)
        if known is not None:
            yield from check(known, item, (*path, name))
        elif schema.get("additionalProperties") is False:
            info = {"additionalProperty": name}
            yield Problem(path, "additionalProperties", f"must not have {name}", info)


def _schema_of(schema: Schema, name: str) -> Schema | None:
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


def _check_enum(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    if value not in schema["enum"]:
        allowed = [each for each in schema["enum"] if each is not None]
        message = f"must be one of {', '.join(map(str, allowed))}"
        yield Problem(path, "enum", message, {"allowedValues": allowed})


def _check_const(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    if value != schema["const"] or isinstance(value, bool) != isinstance(schema["const"], bool):
        yield Problem(path, "const", f"must be {schema['const']}", {"const": schema["const"]})


def _check_pattern(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    if isinstance(value, str) and not re.search(schema["pattern"], value):
        pattern = schema["pattern"]
        yield Problem(path, "pattern", f"must fit {pattern}", {"pattern": pattern})


def _check_unique(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    if schema["uniqueItems"] and isinstance(value, list):
        items = cast("Sequence[Any]", value)
        if any(item in items[:index] for index, item in enumerate(items)):
            yield Problem(path, "uniqueItems", "must not have an item twice", {})


def _check_all(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    for each in schema["allOf"]:
        yield from check(each, value, path, texts=False)


def _check_any(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    found = [list(check(each, value, path, texts=False)) for each in schema["anyOf"]]
    if all(found):
        # The problems of the branch that has the value's type are closer than "none fits".
        closest = (each for each in found if each[0].path != path or each[0].code != "type")
        yield from next(closest, [Problem(path, "anyOf", "must fit one of its forms", {})])


def _check_one(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    fitting = sum(not any(check(each, value, path, texts=False)) for each in schema["oneOf"])
    if fitting != 1:
        info = {"passingSchemas": fitting}
        yield Problem(path, "oneOf", "must fit exactly one of its forms", info)


def _check_not(schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
    if not any(check(schema["not"], value, path, texts=False)):
        yield Problem(path, "not", "must not be this value", {})


_Bound = tuple[Callable[[Any], Any], Callable[[Any, Any], bool], str, str | None]

# What is compared, how, the message, and the sign in the problem's information.
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
_WORDS: dict[str, Callable[[Schema, Any, Path], Iterator[Problem]]] = {
    "enum": _check_enum,
    "const": _check_const,
    "pattern": _check_pattern,
    "uniqueItems": _check_unique,
    "allOf": _check_all,
    "anyOf": _check_any,
    "oneOf": _check_one,
    "not": _check_not,
}
