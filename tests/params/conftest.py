"""The transport of the tests of single calls."""

import pytest

from .example_transport import ExampleTransport


@pytest.fixture
def katana() -> ExampleTransport:
    return ExampleTransport()
