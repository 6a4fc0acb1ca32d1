"""Where connections are kept: it is not there yet, or cannot be used at all."""

import os
from pathlib import Path

import pytest

from .conftest import Account, Katana

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
