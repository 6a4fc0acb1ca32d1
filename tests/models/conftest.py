"""What Katana documents of answers, for tests that hold the models against it."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@cache
def _load(path: Path) -> Any:
    return json.loads(path.read_text(), parse_float=Decimal)


@pytest.fixture
def examples(shared_api: Path) -> dict[str, Any]:
    """Katana's example answers by operation, numbers exact."""
    answers: dict[str, Any] = _load(shared_api / "response-examples.json")
    return answers


@pytest.fixture
def known_enums(shared_api: Path) -> dict[str, Any]:
    """The values of enumerations, as seen on the live service."""
    enums: dict[str, Any] = _load(shared_api / "response-fields.json")["enums"]
    return enums
