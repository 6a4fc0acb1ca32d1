"""The command line in this process, against a sandbox in a thread of its own."""

import json
import os
import webbrowser
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, frozen

from katana_async.cli.app import run
from katana_async.oauth import new_key
from katana_async.sandbox import RateLimit, Sandbox, threaded
from tests import request_validation
from tests.cli.person import Seen, decide

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
    request_validation.assert_valid_requests(shared_sandbox.journal)


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


@frozen
class Account:
    """A sandbox that a person has an account at, and what their environment says of it."""

    sandbox: Sandbox
    variables: dict[str, str]
    directory: Path

    @property
    def grants(self) -> list[Any]:
        return list(self.sandbox.oauth.grants.values())


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """A person who may connect an account and has no API key; the browser is not yet theirs."""
    with threaded(Sandbox(products=3, rate_limit=RateLimit(100_000))) as sandbox:
        client = sandbox.oauth.client
        variables = {
            "KATANA_BASE_URL": sandbox.base_url,
            "KATANA_LOGIN_URL": sandbox.oauth.url,
            "KATANA_CLIENT_ID": client.client_id,
            "KATANA_CLIENT_SECRET": client.client_secret,
            "KATANA_DATA_DIR": str(tmp_path / "data"),
            "KATANA_TOKEN_KEY": new_key(),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        for name in ("KATANA_API_KEY", "KATANA_CONNECTION", "SSH_CONNECTION"):
            monkeypatch.delenv(name, raising=False)
        yield Account(sandbox, variables, tmp_path / "data")


@pytest.fixture
def command(capfdbinary: pytest.CaptureFixture[bytes]) -> Katana:
    """Run the command with arguments, in whatever environment there is."""

    def command(*arguments: object) -> Ran:
        status = run([str(argument) for argument in arguments])
        said = capfdbinary.readouterr()
        return Ran(status, said.out.decode(), said.err.decode())

    return command


@define
class Browser:
    """What the person does with an address that is opened, and what they saw at the end."""

    does: Callable[[str], Seen | None] = decide
    opened: list[str] = field(factory=list)
    seen: list[Seen] = field(factory=list)

    def open(self, url: str) -> bool:
        self.opened.append(url)
        seen = self.does(url)
        if seen is not None:
            self.seen.append(seen)
        return True


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser, and someone who approves whatever it opens."""
    browser = Browser()
    monkeypatch.setattr("webbrowser.get", lambda: webbrowser.GenericBrowser("theirs"))
    monkeypatch.setattr("katana_async.cli.browser._opens", browser.open)
    return browser


@pytest.fixture
def connected(account: Account, command: Katana, person: Browser) -> Account:
    """An account that was connected as `default`; nothing but the key is in the environment."""
    assert command("login", "--redirect-port", "0").status == 0
    forget_login()
    return account


def forget_login() -> None:
    """Leave only what every command of a connected person has in the environment."""
    for name in ("BASE_URL", "LOGIN_URL", "CLIENT_ID", "CLIENT_SECRET"):
        os.environ.pop(f"KATANA_{name}", None)
