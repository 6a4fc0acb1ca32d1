"""Fixtures for tests of programs that talk to Katana. Imports nothing heavy until one is used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .server import Sandbox


@pytest.fixture
def katana_sandbox_options() -> dict[str, Any]:
    """Return the arguments `katana_sandbox` is made with; override it to change them."""
    return {"products": 20, "rate_limit": None}


@pytest.fixture
def katana_sandbox(katana_sandbox_options: dict[str, Any]) -> "Iterator[Sandbox]":
    """Run a fresh sandbox for one test, in a thread, so that any kind of test can use it."""
    from .server import Sandbox, threaded

    with threaded(Sandbox(**katana_sandbox_options)) as sandbox:
        yield sandbox
