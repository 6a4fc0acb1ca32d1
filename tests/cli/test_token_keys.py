"""Where the key comes from that connections are sealed with, and how it is rotated."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from katana_async.cli.storage import in_use
from katana_async.oauth import new_key

from .conftest import Account, Browser, Katana
from .kept import content, kept
from .keyrings_for_tests import (
    FILE,
    KILL,
    Chain,
    Forgetful,
    Good,
    Locked,
    PlaintextKeyring,
    ReadOnly,
)
from .processes import running

_FAIL, _NULL = fail.Keyring(), null.Keyring()  # type: ignore[no-untyped-call]  # keyring's own

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def in_keyring(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Good]:
    """An OS with a keyring, and no key in the environment."""
    monkeypatch.delenv("KATANA_TOKEN_KEY")
    monkeypatch.setenv(FILE, str(tmp_path / "keyring.json"))
    before, backend = keyring.get_keyring(), Good()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def keys(backend: Good) -> list[str]:
    [text] = backend.entries().values()
    return [key.partition(":")[0] for key in text.split()]


def login(command: Katana) -> None:
    assert command("login", "--redirect-port", "0").status == 0


def test_the_first_login_makes_a_key_in_the_os_keyring(
    in_keyring: Good, account: Account, command: Katana, person: Browser
) -> None:
    login(command)
    [(entry, text)] = in_keyring.entries().items()
    assert entry == f"katana-async token-key {account.directory}"
    assert text.partition(":")[2].encode() not in content(account.directory)
    assert command("whoami").status == 0
    login(command)
    assert in_keyring.written == 1


@pytest.mark.parametrize(
    ("backend", "named"),
    [
        (_FAIL, "keyring.backends.fail.Keyring keeps nothing"),
        (_NULL, "keyring.backends.null.Keyring keeps nothing"),
        (PlaintextKeyring(), "PlaintextKeyring keeps keys in plain text"),
        (Chain(PlaintextKeyring(), _NULL), "null.Keyring keeps nothing"),
        (Chain(), "chainer"),
        (Locked(), "KeyringLocked: Failed to unlock the collection!"),
        (Forgetful(), "did not keep the key"),
        (ReadOnly(), "no keyring that keys can be written to"),
    ],
)
def test_a_keyring_that_must_not_or_cannot_keep_a_key_is_named(
    backend: KeyringBackend,
    named: str,
    in_keyring: Good,
    account: Account,
    command: Katana,
    person: Browser,
) -> None:
    keyring.set_keyring(backend)
    done = command("login", "--redirect-port", "0")
    assert (done.status, done.out, person.opened) == (1, "", [])
    assert named in done.err
    assert "KATANA_TOKEN_KEY" in done.err
    assert "katana-async new-key" in done.err
    assert done.err.count("\n") == 1
    assert in_keyring.written == 0


def test_of_a_chain_only_what_may_keep_keys_is_used(
    in_keyring: Good, command: Katana, person: Browser
) -> None:
    good = Good()
    keyring.set_keyring(Chain(PlaintextKeyring(), ReadOnly(), good))
    login(command)
    assert good.written == 1
    assert command("whoami").status == 0


def test_the_plaintext_keyring_of_keyrings_alt_is_refused_by_its_name(
    account: Account, tmp_path: Path
) -> None:
    module = tmp_path / "site" / "keyrings" / "alt" / "file.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "from tests.cli.keyrings_for_tests import Good\nclass PlaintextKeyring(Good):\n    pass\n",
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
    assert b"keyrings.alt.file.PlaintextKeyring keeps keys in plain text" in err
    assert not (tmp_path / "keyring.json").exists()


def test_a_keyring_that_cannot_be_loaded_is_said(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KATANA_TOKEN_KEY")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    done = command("login")
    assert (done.status, "ModuleNotFoundError" in done.err) == (1, True)


def test_an_entry_that_was_deleted_is_said(
    in_keyring: Good, command: Katana, person: Browser
) -> None:
    login(command)
    Path(os.environ[FILE]).unlink()
    done = command("whoami")
    assert (done.status, "has no key for the connections" in done.err) == (1, True)


@pytest.mark.parametrize("key", ["", "no key at all"])
def test_a_key_that_is_none_is_said_with_the_command_that_makes_one(
    key: str, connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_TOKEN_KEY", key)
    for arguments in (["login"], ["whoami"], ["rotate-keys"]):
        done = command(*arguments)
        assert (done.status, "katana-async new-key" in done.err) == (1, True), done.err
        assert "python -c" not in done.err
    [line] = command("connections").lines()
    assert "katana-async new-key" in line["reason"]
    assert "python -c" not in line["reason"]


def test_what_a_locked_keyring_would_open_is_not_forgotten(
    in_keyring: Good, command: Katana, person: Browser
) -> None:
    login(command)
    keyring.set_keyring(Locked())
    [line] = command("connections").lines()
    assert (line["status"], "Unlock it" in line["reason"]) == ("unreadable", True)
    for arguments in (["logout"], ["logout", "--all"]):
        done = command(*arguments)
        assert (done.status, done.out, "Unlock it" in done.err) == (1, "", True)
    keyring.set_keyring(in_keyring)
    assert command("logout").json()["tokens"] == "revoked"


# -- rotating


def counts(*, reencrypted: int = 0, current: int = 0, unreadable: int = 0) -> dict[str, int]:
    return {
        "connections_reencrypted": reencrypted,
        "connections_current": current,
        "connections_unreadable": unreadable,
    }


def test_rotating_seals_all_with_a_new_key_and_drops_the_old(
    in_keyring: Good, command: Katana, person: Browser
) -> None:
    login(command)
    [old] = keys(in_keyring)
    said = command("rotate-keys").json()
    [new] = keys(in_keyring)
    assert new != old
    assert said == {**counts(reencrypted=1), "keys": [new], "dropped": [old]}
    assert command("whoami").status == 0


def test_old_keys_stay_while_another_process_is_at_work(
    in_keyring: Good, account: Account, command: Katana, person: Browser
) -> None:
    login(command)
    with in_use(account.directory):
        done = command("rotate-keys")
    assert (done.status, done.json()["dropped"], len(keys(in_keyring))) == (0, [], 2)
    assert "run this again" in done.err
    assert len(command("rotate-keys").json()["dropped"]) == 2
    assert command("whoami").status == 0


_DIES_WHILE_SEALING = """
import os, signal, sys
from katana_async.cli import profiles
from katana_async.cli.app import run
from katana_async.oauth.sealing.sealed_rows import SealedRows
reseal, at = SealedRows.reseal, int(sys.argv[1])
async def dying(self, connection_id, row):
    global at
    if at == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    at -= 1
    return await reseal(self, connection_id, row)
SealedRows.reseal = dying
run(["rotate-keys"])
"""


@pytest.mark.parametrize("moment", ["first row", "second row", "new key", "drop"])
def test_a_rotation_that_is_killed_is_finished_by_the_next(
    moment: str,
    in_keyring: Good,
    account: Account,
    command: Katana,
    person: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    login(command)
    assert command("login", "--redirect-port", "0", "--name", "two").status == 0
    [old] = keys(in_keyring)
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "tests.cli.keyrings_for_tests.Good",
        KILL: {"new key": "1", "drop": "2"}.get(moment, "0"),
    }
    before = {"first row": "0", "second row": "1"}.get(moment, "99")
    program = [sys.executable, "-c", _DIES_WHILE_SEALING, before]
    died = subprocess.run(program, env=variables, capture_output=True, check=False)
    assert died.returncode == -9, died.stderr
    assert command("whoami").status == command("whoami", "--connection", "two").status == 0
    done = command("rotate-keys")
    assert done.status == 0
    said = done.json()
    assert said["connections_reencrypted"] + said["connections_current"] == 2
    assert len(keys(in_keyring)) == 1
    assert old not in keys(in_keyring)
    assert kept().record.refresh
    assert command("whoami", "--connection", "two").status == 0


def test_a_key_that_something_unreadable_names_is_kept(
    in_keyring: Good, account: Account, command: Katana, person: Browser
) -> None:
    login(command)
    assert command("login", "--redirect-port", "0", "--name", "two").status == 0
    _break_a_row(account.directory / "connections.db", "cli/profiles/two")
    [old] = keys(in_keyring)
    done = command("rotate-keys")
    assert counts(reencrypted=1, unreadable=1).items() <= done.json().items()
    assert (done.status, "two was not reencrypted" in done.err) == (1, True)
    assert keys(in_keyring)[1:] == [old]
    assert command("whoami").status == 0


def _break_a_row(database: Path, key: str) -> None:
    connection = sqlite3.connect(database)
    [(data,)] = connection.execute("SELECT data FROM katana_tokens WHERE key = ?", (key,))
    # The last byte of the body, with the checksum after it set anew: sealed by nobody.
    changed = bytearray(data[:-16])
    changed[-1] ^= 1
    whole = bytes(changed) + sha256(changed).digest()[:16]
    connection.execute("UPDATE katana_tokens SET data = ? WHERE key = ?", (whole, key))
    connection.commit()
    connection.close()


def test_with_keys_in_the_environment_the_first_one_seals(
    account: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(command)
    old, new = account.variables["KATANA_TOKEN_KEY"], new_key()
    monkeypatch.setenv("KATANA_TOKEN_KEY", f"{new},{old}")
    done = command("rotate-keys")
    names = [key.partition(":")[0] for key in (new, old)]
    assert done.json() == {**counts(reencrypted=1), "keys": names, "dropped": []}
    assert f"any more: {names[1]}" in done.err
    monkeypatch.setenv("KATANA_TOKEN_KEY", new)
    assert command("whoami").status == 0


def test_there_must_be_something_to_rotate(
    account: Account, command: Katana, person: Browser
) -> None:
    for begun in (False, True):
        if begun:
            login(command)
            assert command("logout").status == 0
        done = command("rotate-keys")
        assert (done.status, done.out) == (1, "")
        assert "there are no connections" in done.err
