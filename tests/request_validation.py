"""The validation of sent requests by Katana's request schemas.

The schemas come from the package's data file, which a test compares with Katana's document.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from katana_async.sandbox import Seen
from katana_async.sandbox.gateway import Declaration, find_declaration, operation_names

DOCUMENTS = Path(__file__).parents[2] / "shared" / "katana-api" / "2026-10"
"""The folder with Katana's documents, which are not part of the project."""

# The document declares paging and dates as two JSON objects; requests have these parameters.
_PAGING = {"limit": {"type": "integer"}, "page": {"type": "integer"}}
_DATES = {
    name: {"type": "string"}
    for name in ("created_at_min", "created_at_max", "updated_at_min", "updated_at_max")
}
_PATHS = frozenset(name.partition(" ")[2] for name in operation_names())


def assert_valid_requests(requests: Iterable[Seen]) -> None:
    """Assert that each request is valid by Katana's document."""
    for seen in requests:
        problem = find_violation(seen)
        assert problem is None, f"{seen.method} {seen.target}: {problem}"


def find_violation(seen: Seen) -> str | None:
    """Return how a request violates Katana's document; None if it does not.

    Requests that the sandbox refused, or did not process because of a fault, are not validated:
    some tests send invalid requests on purpose.
    """
    if seen.fault or seen.status in (400, 401, 404, 405, 422):
        return None
    return validate_request(seen.method, seen.path, seen.query, seen.body)


def validate_request(method: str, path: str, query: Any, body: Any) -> str | None:
    """Return how a request violates Katana's document; None if it does not."""
    found = match_template(method, path)
    operation = None if found is None else find_declaration(f"{method} {found}")
    if operation is None:
        return "no such operation"
    return _validate_query(operation, query) or _validate_body(operation, body)


def match_template(method: str, path: str) -> str | None:
    """Return the document's path template that a path matches; None without one."""
    if path in _PATHS:
        return path if f"{method} {path}" in operation_names() else None
    parts = path.split("/")
    for known in _PATHS:
        wanted = known.split("/")
        fits = len(wanted) == len(parts) and all(
            want in (part, "{id}") for want, part in zip(wanted, parts, strict=True)
        )
        if fits and f"{method} {known}" in operation_names():
            return known
    return None


def _validate_query(operation: Declaration, query: Any) -> str | None:
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
            value: Any = [_parse(text, schema["items"]) for text in texts]
        elif len(texts) > 1:
            return f"{name} is given twice"
        else:
            value = _parse(texts[0], schema)
        for error in Draft202012Validator(schema).iter_errors(value):
            return f"{name}: {error.message}"
    return None


def _parse(text: str, schema: dict[str, Any]) -> Any:
    if schema.get("type") in ("integer", "number", "boolean"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _validate_body(operation: Declaration, body: Any) -> str | None:
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
