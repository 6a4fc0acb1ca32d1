"""The Katana that single calls are made on."""

from pathlib import Path

import pytest

from .katana import FakeKatana


@pytest.fixture
def katana(shared_api: Path) -> FakeKatana:
    return FakeKatana(shared_api)
