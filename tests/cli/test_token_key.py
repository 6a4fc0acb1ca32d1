"""The key that encrypts connections: KATANA_TOKEN_KEY, or an OS keyring that is safe for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from katana_async.oauth import new_key

from .conftest import Account, Browser, Katana, login
from .fake_keyrings import FILE, Chain, Forgetful, Good, Locked, PlaintextKeyring, ReadOnly
from .processes import running
from .stored_connection import read_files

_FAIL, _NULL = fail.Keyring(), null.Keyring()  # type: ignore[no-untyped-call]  # keyring's own

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def os_keyring(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Good]:
    """The keyring of the OS; the environment has no key."""
    monkeypatch.delenv("KATANA_TOKEN_KEY")
    monkeypatch.setenv(FILE, str(tmp_path / "keyring.json"))
    before, backend = keyring.get_keyring(), Good()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_the_first_login_makes_a_key_in_the_os_keyring(
    os_keyring: Good, account: Account, command: Katana, person: Browser
) -> None:
    assert login(command).status == 0
    [(entry, text)] = os_keyring.entries().items()
    assert entry == "katana-async token-key"
    assert text.partition(":")[2].encode() not in read_files(account.directory)
    assert command("whoami").status == 0
    assert login(command).status == 0
    assert os_keyring.written == 1


@pytest.mark.parametrize(
    ("backend", "problem"),
    [
        (_FAIL, "keyring.backends.fail.Keyring fails with NoKeyringError"),
        (_NULL, "keyring.backends.null.Keyring did not store the key"),
        (PlaintextKeyring(), "PlaintextKeyring stores keys in plain text"),
        (Chain(PlaintextKeyring()), "PlaintextKeyring stores keys in plain text"),
        (Locked(), "KeyringLocked Failed to unlock the collection!"),
        (Forgetful(), "did not store the key"),
        (ReadOnly(), "ReadOnly fails with NotImplementedError"),
    ],
)
def test_a_keyring_that_is_not_safe_or_fails_is_named(
    backend: KeyringBackend,
    problem: str,
    os_keyring: Good,
    account: Account,
    command: Katana,
    person: Browser,
) -> None:
    keyring.set_keyring(backend)
    done = login(command)
    assert (done.status, done.out, person.opened) == (1, "", [])
    assert problem in done.err
    assert "KATANA_TOKEN_KEY" in done.err
    assert "katana-async new-key" in done.err
    assert done.err.count("\n") == 1
    assert os_keyring.written == 0
    assert not account.directory.exists()


def test_of_a_chain_the_first_safe_keyring_is_used(
    os_keyring: Good, command: Katana, person: Browser
) -> None:
    good = Good()
    keyring.set_keyring(Chain(PlaintextKeyring(), good, ReadOnly()))
    assert login(command).status == 0
    assert good.written == 1
    assert command("whoami").status == 0


def test_the_plain_text_keyring_of_keyrings_alt_is_refused(
    account: Account, tmp_path: Path
) -> None:
    module = tmp_path / "site" / "keyrings" / "alt" / "file.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "from tests.cli.fake_keyrings import Good\nclass PlaintextKeyring(Good):\n    pass\n",
        encoding="utf-8",
    )
    variables = {
        **account.variables,
        "PYTHONPATH": f"{module.parents[2]}{os.pathsep}{ROOT}",
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        FILE: str(tmp_path / "keyring.json"),
    }
    del os.environ["KATANA_TOKEN_KEY"], variables["KATANA_TOKEN_KEY"]
    with running("login", environment=variables) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, b"")
    assert b"keyrings.alt.file.PlaintextKeyring stores keys in plain text" in err
    assert not (tmp_path / "keyring.json").exists()


def test_a_keyring_that_cannot_be_loaded_is_one_line(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KATANA_TOKEN_KEY")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    done = command("login")
    assert (done.status, "ModuleNotFoundError" in done.err) == (1, True)
    assert done.err.count("\n") == 1


def test_a_deleted_entry_is_an_error(os_keyring: Good, command: Katana, person: Browser) -> None:
    assert login(command).status == 0
    Path(os.environ[FILE]).unlink()
    done = command("whoami")
    assert (done.status, "has no key for the connections" in done.err) == (1, True)


@pytest.mark.parametrize("key", ["", "no key at all"])
def test_a_malformed_key_is_an_error_with_the_command_that_makes_one(
    key: str, connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_TOKEN_KEY", key)
    for arguments in (["login"], ["whoami"], ["connections"], ["logout"]):
        done = command(*arguments)
        assert (done.status, "katana-async new-key" in done.err) == (1, True), done.err
        assert "python -c" not in done.err


def test_a_locked_keyring_keeps_a_connection_from_being_forgotten(
    os_keyring: Good, command: Katana, person: Browser
) -> None:
    assert login(command).status == 0
    keyring.set_keyring(Locked())
    for arguments in (["connections"], ["logout"], ["logout", "--all"]):
        done = command(*arguments)
        assert (done.status, done.out, "Unlock it" in done.err) == (1, "", True)
    keyring.set_keyring(os_keyring)
    assert command("logout").json()["tokens"] == "revoked"


@pytest.mark.parametrize(
    "arguments", [["connections"], ["whoami"], ["login"], ["logout"], ["logout", "--all"]]
)
def test_a_wrong_key_is_an_error_with_the_file_to_remove_and_changes_nothing(
    arguments: list[str],
    connected: Account,
    command: Katana,
    person: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KATANA_TOKEN_KEY", new_key())
    opened = list(person.opened)
    done = command(*arguments)
    assert (done.status, done.out, done.err.count("\n"), person.opened) == (1, "", 1, opened)
    assert "the key in KATANA_TOKEN_KEY does not decrypt" in done.err
    assert f"{connected.directory / 'connections.db'}" in done.err
    assert "log in again" in done.err
    monkeypatch.setenv("KATANA_TOKEN_KEY", connected.variables["KATANA_TOKEN_KEY"])
    assert command("whoami").status == 0


def test_after_the_file_is_removed_a_login_works_with_a_new_key(
    connected: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in connected.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KATANA_TOKEN_KEY", new_key())
    (connected.directory / "connections.db").unlink()
    assert login(command).status == 0
    assert command("whoami").status == 0


def test_the_entry_of_an_earlier_version_may_contain_several_keys(
    os_keyring: Good, command: Katana, person: Browser
) -> None:
    assert login(command).status == 0
    [text] = os_keyring.entries().values()
    os_keyring.set_password("katana-async", "token-key", f"{new_key()} {text}")
    assert command("whoami").status == 0
