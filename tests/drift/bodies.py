"""Finding the body of an operation in an OpenAPI document."""

from typing import Any


def body_of(operation: dict[str, Any]) -> dict[str, Any] | None:
    declared = operation.get("requestBody")
    if declared is None:
        return None
    schema: dict[str, Any] = declared["content"]["application/json"]["schema"]
    return schema
