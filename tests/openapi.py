"""OpenAPI documents with the facts of the package's data file.

Tests use them instead of Katana's own document, which is not part of the project.
"""

import copy
from typing import Any

from katana_async.sandbox import gateway

_BLOB = {"content": {"application/json": {"schema": {"type": "object"}}}}


def openapi_document() -> dict[str, Any]:
    """Return the document in version 3.1; the caller may change it."""
    paths: dict[str, Any] = {}
    for name in sorted(gateway.operation_names()):
        method, path = name.split(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(name)
    info = {"title": "test", "version": "9.9"}
    # The facts are cached, so callers must not change them.
    return copy.deepcopy({"openapi": "3.1.0", "info": info, "paths": paths})


def _operation(name: str) -> dict[str, Any]:
    declared = gateway.find_declaration(name)
    assert declared is not None
    parameters: list[Any] = [
        {"in": "query", "name": each, "schema": schema} for each, schema in declared.query.items()
    ]
    if declared.paging:
        parameters.append({"in": "query", "name": "pagination", **_BLOB})
    if declared.dates:
        parameters.append({"in": "query", "name": "dateFilter", **_BLOB})
    if "{id}" in name:
        schema = {"type": "string" if declared.uuid else "integer"}
        parameters.append({"in": "path", "name": "id", "schema": schema})
    operation: dict[str, Any] = {"parameters": parameters, "responses": {}}
    if declared.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": declared.body}}}
    return operation


def openapi_3_0_document() -> dict[str, Any]:
    """Return the document in version 3.0, which has `nullable` and boolean bounds."""
    document: dict[str, Any] = _in_3_0(openapi_document())
    return {**document, "openapi": "3.0.0"}


def _in_3_0(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_3_0(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = {name: _in_3_0(each) for name, each in value.items()}
    types = schema.get("type")
    if isinstance(types, list) and "null" in types:
        [schema["type"]] = (each for each in types if each != "null")
        schema["nullable"] = True
        if "enum" in schema:
            schema["enum"] = [each for each in schema["enum"] if each is not None]
    bound = schema.get("exclusiveMinimum")
    if isinstance(bound, int):
        schema |= {"minimum": bound, "exclusiveMinimum": True}
    return schema


def body_of(operation: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of an operation's body in a document; None without one."""
    declared = operation.get("requestBody")
    if declared is None:
        return None
    schema: dict[str, Any] = declared["content"]["application/json"]["schema"]
    return schema
