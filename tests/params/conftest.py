"""The gateway document, for tests that hold requests against it."""

from pathlib import Path

import pytest

from .gateway import Gateway, read_gateway


@pytest.fixture
def gateway(shared_api: Path) -> Gateway:
    """What Katana's gateway takes."""
    return read_gateway(shared_api / "gateway-openapi.json")
