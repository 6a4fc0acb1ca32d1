"""Katana's gateway document as the judge of what really went over the wire."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from katana_async.sandbox import Seen

FOLDER = Path(__file__).parents[2] / "shared" / "katana-api" / "2026-10"
DOCUMENT = FOLDER / "gateway-openapi.json"

# The document declares paging and dates as two JSON blobs; on the wire they are these.
_BLOBS = {
    "pagination": {"limit": {"type": "integer"}, "page": {"type": "integer"}},
    "dateFilter": {
        name: {"type": "string"}
        for name in ("created_at_min", "created_at_max", "updated_at_min", "updated_at_max")
    },
}


def judge(requests: Iterable[Seen]) -> None:
    """Fail unless each request is valid by the document."""
    for seen in requests:
        problem = complaint(seen)
        assert problem is None, f"{seen.method} {seen.target}: {problem}"


def complaint(seen: Seen) -> str | None:
    """Say what is wrong with a request by the document; None when nothing is, or it is not there.

    Only what the sandbox took is judged: a test that sends something wrong on purpose has it
    refused, or never looked at because of the key or of a fault.
    """
    if not DOCUMENT.exists() or seen.fault or seen.status in (400, 401, 404, 405, 422):
        return None
    return verdict(seen.method, seen.path, seen.query, seen.body)


def verdict(method: str, path: str, query: Any, body: Any) -> str | None:
    """Say what is wrong with a request by the document, None when nothing is."""
    found = template(method, path)
    if found is None:
        return "no such operation"
    operation = _document()["paths"][found][method.lower()]
    return _query(operation, query) or _body(operation, body)


def template(method: str, path: str) -> str | None:
    """Return the path of the document that a path is of, None when there is none."""
    parts = path.split("/")
    for known, operations in _document()["paths"].items():
        wanted = known.split("/")
        fits = len(wanted) == len(parts) and all(
            want == part or want.startswith("{") for want, part in zip(wanted, parts, strict=True)
        )
        if fits and method.lower() in operations and not _is_shadowed(known, path):
            return str(known)
    return None


def _is_shadowed(template: str, path: str) -> bool:
    return template != path and path in _document()["paths"]


def _query(operation: dict[str, Any], query: Any) -> str | None:
    schemas: dict[str, Any] = {}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            name = parameter["name"]
            schemas |= _BLOBS.get(name) or {name: _widened(parameter.get("schema", {}))}
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


def _body(operation: dict[str, Any], body: Any) -> str | None:
    declared = operation.get("requestBody")
    if declared is None:
        return None if body is None else "no body is declared"
    if body is None:
        return "the body is missing"
    schema = json.dumps(declared["content"]["application/json"]["schema"])
    for error in _validator(schema).iter_errors(body):
        return f"{error.json_path}: {error.message}"
    return None


@cache
def _validator(schema: str) -> Draft202012Validator:
    schemas = _document()["components"]["schemas"]
    components = {"schemas": {name: _widened(value) for name, value in schemas.items()}}
    return Draft202012Validator({"components": components, **_widened(json.loads(schema))})


def _widened(schema: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable` and boolean `exclusiveMinimum` into JSON Schema's."""
    if isinstance(schema, list):
        return [_widened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _widened(value) for name, value in schema.items() if name != "nullable"}
    if plain.get("exclusiveMinimum") is True:
        plain["exclusiveMinimum"] = plain.pop("minimum")
    if schema.get("nullable") is True and "type" in plain:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return document
