"""The command line in this process, against a sandbox in a thread of its own."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from katana_async.cli.app import run
from katana_async.sandbox import RateLimit, Sandbox, threaded
from tests import gateway

PRODUCTS = 300  # more than a page


@frozen
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out, parse_float=Decimal)

    def lines(self) -> list[Any]:
        return [json.loads(line, parse_float=Decimal) for line in self.out.splitlines()]


Katana = Callable[..., Ran]


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """A sandbox that tests only read from, or only add to."""
    # A limit that is never met, said in every answer: without one the SDK keeps to Katana's.
    with threaded(Sandbox(products=PRODUCTS, rate_limit=RateLimit(100_000))) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox; what reaches it in a test is held against Katana's own document."""
    shared_sandbox.journal.clear()
    shared_sandbox.faults.clear()
    yield shared_sandbox
    gateway.judge(shared_sandbox.journal)


@pytest.fixture
def environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, str]:
    """What a user has set: where the sandbox is, and its key. No connection is there."""
    variables = {
        "KATANA_BASE_URL": sandbox.base_url,
        "KATANA_API_KEY": sandbox.api_key,
        "KATANA_DATA_DIR": str(tmp_path / "data"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def katana(environment: dict[str, str], capfdbinary: pytest.CaptureFixture[bytes]) -> Katana:
    """Run the command with arguments and return what came of it."""

    def katana(*arguments: object) -> Ran:
        status = run([str(argument) for argument in arguments])
        said = capfdbinary.readouterr()
        return Ran(status, said.out.decode(), said.err.decode())

    return katana
