"""The Katana that single calls are made on."""

import pytest

from .katana import FakeKatana


@pytest.fixture
def katana() -> FakeKatana:
    return FakeKatana()
