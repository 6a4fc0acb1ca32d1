"""Fixtures: the command line in this process, against a sandbox in a thread of its own."""

import json
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from attrs import define, field, frozen

from katana_async.cli.app import run
from katana_async.oauth import new_key
from katana_async.sandbox import RateLimit, Sandbox, threaded
from tests import request_validation
from tests.cli.person import Page, decide

PRODUCTS = 300  # more than a page


@frozen
class Ran:
    """The exit status and the output of a command."""

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
    """A sandbox for tests that only read records, or only add some."""
    # A limit that no test reaches: without one, the SDK would keep to Katana's.
    with threaded(Sandbox(products=PRODUCTS, rate_limit=RateLimit(100_000))) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox; the requests of each test are checked against Katana's document."""
    shared_sandbox.journal.clear()
    shared_sandbox.faults.clear()
    yield shared_sandbox
    request_validation.assert_valid_requests(shared_sandbox.journal)


@pytest.fixture
def environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, str]:
    """The environment of a user with an API key for the sandbox, and without a connection."""
    variables = {
        "KATANA_BASE_URL": sandbox.base_url,
        "KATANA_API_KEY": sandbox.api_key,
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def katana(environment: dict[str, str], capfdbinary: pytest.CaptureFixture[bytes]) -> Katana:
    """Run a command as a user with an API key."""
    return _runner(capfdbinary)


def _runner(capfdbinary: pytest.CaptureFixture[bytes]) -> Katana:
    def run_command(*arguments: object) -> Ran:
        status = run([str(argument) for argument in arguments])
        captured = capfdbinary.readouterr()
        return Ran(status, captured.out.decode(), captured.err.decode())

    return run_command


@frozen
class Account:
    """A sandbox with an account, and the environment of the account's user.

    Attributes:
        directory: The directory of the connections.
    """

    sandbox: Sandbox
    variables: dict[str, str]
    directory: Path

    @property
    def grants(self) -> list[Any]:
        return list(self.sandbox.oauth.grants.values())


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """A user with an account to connect, and without an API key."""
    with threaded(Sandbox(products=3, rate_limit=RateLimit(100_000))) as sandbox:
        client = sandbox.oauth.client
        variables = {
            "KATANA_BASE_URL": sandbox.base_url,
            "KATANA_LOGIN_URL": sandbox.oauth.url,
            "KATANA_CLIENT_ID": client.client_id,
            "KATANA_CLIENT_SECRET": client.client_secret,
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "KATANA_TOKEN_KEY": new_key(),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        for name in ("KATANA_API_KEY", "KATANA_CONNECTION", "SSH_CONNECTION"):
            monkeypatch.delenv(name, raising=False)
        yield Account(sandbox, variables, tmp_path / "data" / "katana-async")


@pytest.fixture
def command(capfdbinary: pytest.CaptureFixture[bytes]) -> Katana:
    """Run a command in the present environment."""
    return _runner(capfdbinary)


@define
class Browser:
    """A person with a browser.

    Attributes:
        visit: Called with each address that is opened; returns the last page.
        opened: The addresses that were opened.
        pages: The last page of each visit.
    """

    visit: Callable[[str], Page | None] = decide
    opened: list[str] = field(factory=list)
    _pages: list[Page] = field(factory=list)
    _visiting: Lock = field(factory=Lock)

    def open(self, url: str) -> None:
        with self._visiting:
            self.opened.append(url)
            page = self.visit(url)
            if page is not None:
                self._pages.append(page)

    @property
    def pages(self) -> list[Page]:
        with self._visiting:  # the command may end before the browser has the page
            return list(self._pages)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A person that approves every connection, in place of the user's browser."""
    browser = Browser()
    monkeypatch.setattr("katana_async.cli.browser._open", browser.open)
    return browser


@pytest.fixture
def connected(account: Account, command: Katana, person: Browser) -> Account:
    """An account that is connected as `default`; only the token key is in the environment."""
    assert login(command).status == 0
    forget_login()
    return account


def login(command: Katana, *options: object) -> Ran:
    """Log in with a browser that comes back to a free port."""
    return command("login", "--redirect-port", "0", *options)


def connect_another(name: str, connected: Account, command: Katana) -> None:
    """Make one more connection to an account."""
    os.environ.update(connected.variables)  # the fixture `account` puts them back
    assert login(command, "--name", name).status == 0


def forget_login() -> None:
    """Remove the variables that only `login` needs."""
    for name in ("BASE_URL", "LOGIN_URL", "CLIENT_ID", "CLIENT_SECRET"):
        os.environ.pop(f"KATANA_{name}", None)
