"""The API key: its sources, and that it is never shown."""

from pathlib import Path

import pytest

from katana_async.cli.app import app
from katana_async.sandbox import Sandbox
from katana_async.sandbox.faults import Html, ResetAfterRead

from .conftest import Katana

CANARY = "canary-4f2c9d1e7b"


def test_no_command_takes_the_key_as_an_argument() -> None:
    for command in app.commands.values():
        for parameter in command.params:
            assert parameter.name is not None
            if parameter.name not in ("key_file", "client_secret_file", "access_token_life"):
                assert not {"key", "secret", "token"} & set(parameter.name.split("_"))
            variable = str(parameter.envvar or "")
            assert not variable or variable.endswith(("_URL", "_CLIENT_ID"))


def test_a_missing_key_is_an_error_that_names_the_variable(
    katana: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KATANA_API_KEY")
    done = katana("whoami")
    assert (done.status, done.out) == (1, "")
    assert "set KATANA_API_KEY" in done.err
    assert done.err.count("\n") == 1


def test_the_key_may_be_in_a_file(
    katana: Katana, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KATANA_API_KEY")
    file = tmp_path / "key"
    file.write_text(f"{sandbox.api_key}\n", encoding="utf-8")
    assert katana("whoami", "--key-file", file).status == 0
    missing = katana("whoami", "--key-file", tmp_path / "none")
    assert missing.status == 1
    assert "cannot be read" in missing.err


def test_the_address_comes_from_an_option_before_the_environment(
    katana: Katana, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_BASE_URL", "http://127.0.0.1:9/v1")
    assert katana("whoami", "--base-url", sandbox.base_url).json()["base_url"] == sandbox.base_url


def test_an_address_that_would_show_the_key_is_refused(katana: Katana) -> None:
    done = katana("whoami", "--base-url", "http://katana.test/v1")
    assert (done.status, done.out) == (2, "")
    assert "https" in done.err


@pytest.mark.parametrize("address", ["ftp://katana.test", "not a url", "http://katana.test", ""])
@pytest.mark.parametrize(
    ("command", "option", "variable"),
    [
        ("list products", "--base-url", "KATANA_BASE_URL"),
        ("request GET /products", "--base-url", "KATANA_BASE_URL"),
        ("login", "--base-url", "KATANA_BASE_URL"),
        ("login", "--login-url", "KATANA_LOGIN_URL"),
    ],
)
def test_an_invalid_address_is_a_usage_error_that_names_the_option_or_the_variable(
    command: str,
    option: str,
    variable: str,
    address: str,
    katana: Katana,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    typed = katana(*command.split(), option, address)
    assert (typed.status, typed.out, typed.err.count("\n")) == (2, "", 1)
    assert typed.err.startswith(f"katana-async: {option} ")
    if address:  # an empty variable is none
        monkeypatch.setenv(variable, address)
        found = katana(*command.split())
        assert (found.status, found.out) == (2, "")
        assert found.err == typed.err.replace(option, variable)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("option", "like"),
    [
        ("--base-url", "https://api.katanamrp.com/v1"),
        ("--login-url", "https://login.katanamrp.com"),
    ],
)
def test_the_error_of_an_invalid_address_shows_a_valid_one(
    option: str, like: str, katana: Katana
) -> None:
    assert katana("login", option, "nope").err == f"katana-async: {option} must be like {like}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["whoami"],
        ["whoami", "-o", "table"],
        ["list", "products"],
        ["list", "products", "-f", "nme=x"],
        ["get", "products", "1"],
        ["create", "customers", "-d", '{"name": "Ann"}'],
        ["create", "customers", "-d", '{"name": 5}'],
        ["request", "POST", "/customers", "-d", '{"name": "Ann"}'],
        ["request", "GET", "/products", "--base-url", "http://127.0.0.1:9/v1"],
        ["operations"],
        ["list", "--help"],
    ],
)
@pytest.mark.parametrize("state", ["valid", "revoked", "failing", "cut off"])
def test_the_key_is_never_shown(
    arguments: list[str],
    state: str,
    katana: Katana,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KATANA_API_KEY", CANARY)
    monkeypatch.setattr("katana_async.http.transport.backoff", lambda *_: 0.0)
    sandbox.add_key(CANARY)
    if state == "revoked":
        sandbox.revoke_key(CANARY)
    elif state == "failing":
        sandbox.faults.add(Html(status=401), times=None)
    elif state == "cut off":
        sandbox.faults.add(ResetAfterRead(), times=None)
    done = katana(*arguments)
    assert CANARY not in done.out + done.err
    assert "Traceback" not in done.err
