"""Katana's document, to be changed."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def gateway(shared_api: Path) -> dict[str, Any]:
    """Katana's document with its references written out, so that a change is in one place."""
    document = json.loads((shared_api / "gateway-openapi.json").read_text())
    schemas = document["components"]["schemas"]

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return resolve(schemas[value["$ref"].rsplit("/", 1)[1]])
        return {name: resolve(each) for name, each in value.items()}

    return {"paths": resolve(document["paths"])}
