"""Where connections are kept: it is not there yet, or cannot be used at all."""

import os
from pathlib import Path

import pytest

from .conftest import Account, Browser, Katana

COMMANDS = [("connections",), ("logout",), ("logout", "--all"), ("rotate-keys",), ("login",)]
COMMANDS += [("list", "products"), ("whoami", "--connection", "default")]


def _file(folder: Path) -> Path:
    (folder / "file").write_text("", encoding="utf-8")
    return folder / "file"


def _below_a_file(folder: Path) -> Path:
    return _file(folder) / "deeper" / "data"


def _dangling(folder: Path) -> Path:
    (folder / "link").symlink_to(folder / "nowhere" / "data")
    return folder / "link"


def _not_to_be_made(folder: Path) -> Path:
    if not Path("/sys/kernel").exists():
        pytest.skip("this system has no /sys, where nobody makes anything")
    return Path("/sys/katana-async-tests/data")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("place", [_file, _below_a_file, _dangling, _not_to_be_made])
def test_one_that_cannot_be_used_is_named_by_every_command(
    place: object,
    arguments: tuple[str, ...],
    account: Account,
    command: Katana,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    assert callable(place)
    directory = place(tmp_path)
    monkeypatch.setenv("KATANA_DATA_DIR", str(directory))
    done = command(*arguments)
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert f"cannot keep connections in {directory}: " in done.err
    assert "Set KATANA_DATA_DIR to" in done.err
    assert ("KATANA_API_KEY" in done.err) == (arguments[0] in ("list", "whoami"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_one_of_somebody_else_is_named_although_it_is_empty(
    account: Account, command: Katana
) -> None:
    account.directory.mkdir()
    os.chown(account.directory, 12_345, 12_345)
    done = command("connections")
    assert (done.status, "it belongs to another user" in done.err) == (1, True)


@pytest.mark.parametrize("deeper", ["", "not/there"])
def test_one_that_is_not_there_yet_has_no_connections_and_is_not_made(
    deeper: str,
    account: Account,
    command: Katana,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("KATANA_DATA_DIR", str(tmp_path / "data" / deeper))
    before = list(tmp_path.iterdir())
    for arguments in (["connections"], ["logout", "--all"]):
        done = command(*arguments)
        assert (done.status, done.out, done.err) == (0, "", "")
    assert list(tmp_path.iterdir()) == before


def test_one_of_a_user_who_is_not_there_is_said(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_DATA_DIR", "~nobody-of-this-name/data")
    done = command("connections")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert "KATANA_DATA_DIR is '~nobody-of-this-name/data'" in done.err


def test_a_file_in_it_that_cannot_be_used_is_named(connected: Account, command: Katana) -> None:
    lock = connected.directory / "in-use.lock"
    lock.unlink()
    lock.mkdir()
    done = command("connections")
    assert (done.status, done.out, f"in {lock}: " in done.err) == (1, "", True)


OPEN = "it holds other files and is open to others"


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_one_that_others_use_is_refused_as_it_is(
    arguments: tuple[str, ...], account: Account, command: Katana, person: Browser
) -> None:
    account.directory.mkdir()
    account.directory.chmod(0o755)
    (account.directory / "index.html").write_text("", encoding="utf-8")
    (account.directory / "connections.db").write_bytes(b"")
    (account.directory / "connections.db").chmod(0o644)
    done = command(*arguments)
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert f"cannot keep connections in {account.directory}: {OPEN}" in done.err
    assert account.directory.stat().st_mode & 0o777 == 0o755
    found = {path.name: path.stat().st_mode & 0o777 for path in account.directory.iterdir()}
    assert found == {"index.html": 0o644, "connections.db": 0o644}
    assert person.opened == []


def test_one_with_other_files_that_nobody_else_sees_is_used(
    account: Account, command: Katana, person: Browser
) -> None:
    account.directory.mkdir(mode=0o700)
    (account.directory / "notes").write_text("", encoding="utf-8")
    assert command("login", "--redirect-port", "0").status == 0
    assert len(command("connections").lines()) == 1


def test_one_with_our_files_only_is_closed_again(connected: Account, command: Katana) -> None:
    (connected.directory / "connections.db-journal").write_bytes(b"")
    (connected.directory / "keys.lock").write_bytes(b"")
    connected.directory.chmod(0o755)
    assert command("whoami").status == 0
    assert connected.directory.stat().st_mode & 0o777 == 0o700


def test_without_a_home_it_says_what_to_set(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_number: int) -> None:
        raise KeyError

    for name in ("KATANA_DATA_DIR", "HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    for arguments in (["connections"], ["login"], ["whoami"]):
        done = command(*arguments)
        assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
        assert "set KATANA_DATA_DIR" in done.err


def test_without_a_home_an_older_platformdirs_is_said_the_same(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KATANA_DATA_DIR")
    unexpanded = Path("~/.local/share/katana-async")
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: unexpanded)
    done = command("connections")
    assert (done.status, "set KATANA_DATA_DIR" in done.err) == (1, True)
