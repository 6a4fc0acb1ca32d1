"""Pytest fixtures that run a sandbox. Nothing heavy is imported until one of them is used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .server import Sandbox


@pytest.fixture
def katana_sandbox_options() -> dict[str, Any]:
    """Return the arguments of the sandbox of `katana_sandbox`; override it to change them."""
    return {"products": 20, "rate_limit": None}


@pytest.fixture
def katana_sandbox(katana_sandbox_options: dict[str, Any]) -> "Iterator[Sandbox]":
    """Run a new sandbox in a thread for one test, which may be synchronous or asynchronous."""
    from .server import Sandbox, threaded

    with threaded(Sandbox(**katana_sandbox_options)) as sandbox:
        yield sandbox
