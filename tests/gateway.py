"""Katana's request schemas as the judge of what really went over the wire.

They come from the package's data file, which a test compares with Katana's document.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from katana_async.sandbox import Seen
from katana_async.sandbox.gateway import Declared, declaration_of, names

FOLDER = Path(__file__).parents[2] / "shared" / "katana-api" / "2026-10"
"""Katana's own documents, which are not part of the project."""

# The document declares paging and dates as two JSON blobs; on the wire they are these.
_PAGING = {"limit": {"type": "integer"}, "page": {"type": "integer"}}
_DATES = {
    name: {"type": "string"}
    for name in ("created_at_min", "created_at_max", "updated_at_min", "updated_at_max")
}
_PATHS = frozenset(name.partition(" ")[2] for name in names())


def judge(requests: Iterable[Seen]) -> None:
    """Fail unless each request is valid by Katana's document."""
    for seen in requests:
        problem = complaint(seen)
        assert problem is None, f"{seen.method} {seen.target}: {problem}"


def complaint(seen: Seen) -> str | None:
    """Return what is wrong with a request by Katana's document, None if nothing is.

    Only requests that the sandbox accepted are judged: a test that sends something wrong on purpose
    has it refused, or never looked at because of the key or of a fault.
    """
    if seen.fault or seen.status in (400, 401, 404, 405, 422):
        return None
    return verdict(seen.method, seen.path, seen.query, seen.body)


def verdict(method: str, path: str, query: Any, body: Any) -> str | None:
    """Return what is wrong with a request by Katana's document, None if nothing is."""
    found = template(method, path)
    operation = None if found is None else declaration_of(f"{method} {found}")
    if operation is None:
        return "no such operation"
    return _query(operation, query) or _body(operation, body)


def template(method: str, path: str) -> str | None:
    """Return the path in the document that a path is an instance of, None if there is none."""
    if path in _PATHS:
        return path if f"{method} {path}" in names() else None
    parts = path.split("/")
    for known in _PATHS:
        wanted = known.split("/")
        fits = len(wanted) == len(parts) and all(
            want in (part, "{id}") for want, part in zip(wanted, parts, strict=True)
        )
        if fits and f"{method} {known}" in names():
            return known
    return None


def _query(operation: Declared, query: Any) -> str | None:
    schemas: dict[str, Any] = dict(operation.query)
    schemas |= _PAGING if operation.paging else {}
    schemas |= _DATES if operation.dates else {}
    values: dict[str, list[str]] = {}
    for name, text in query:
        if name not in schemas:
            return f"no parameter {name!r}"
        values.setdefault(name, []).append(text)
    for name, texts in values.items():
        schema = schemas[name]
        if schema.get("type") == "array":
            value: Any = [_parsed(text, schema["items"]) for text in texts]
        elif len(texts) > 1:
            return f"{name} is given twice"
        else:
            value = _parsed(texts[0], schema)
        for error in Draft202012Validator(schema).iter_errors(value):
            return f"{name}: {error.message}"
    return None


def _parsed(text: str, schema: dict[str, Any]) -> Any:
    if schema.get("type") in ("integer", "number", "boolean"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _body(operation: Declared, body: Any) -> str | None:
    if operation.body is None:
        return None if body is None else "no body is declared"
    if body is None:
        return "the body is missing"
    for error in _validator(json.dumps(operation.body)).iter_errors(body):
        return f"{error.json_path}: {error.message}"
    return None


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))
