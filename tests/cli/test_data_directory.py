"""The directory of the connections: permissions, and directories that cannot be used."""

import os
from pathlib import Path

import pytest

from .conftest import Account, Browser, Katana, login
from .person import Page, decide


def modes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


def test_only_the_owner_can_read_it(account: Account, command: Katana, person: Browser) -> None:
    during: dict[str, int] = {}

    def visit(url: str) -> Page:
        during.update(modes(account.directory))
        return decide(url)

    person.visit = visit
    account.directory.mkdir(parents=True)
    account.directory.chmod(0o777)
    before = os.umask(0)
    try:
        assert login(command).status == 0
        assert command("whoami").status == 0
    finally:
        os.umask(before)
    assert account.directory.stat().st_mode & 0o777 == 0o700
    assert {"connections.db-wal", "connections.db-shm"} <= set(during)
    assert {*during.values(), *modes(account.directory).values()} == {0o600}


def test_permissions_of_others_are_taken_away_again(connected: Account, command: Katana) -> None:
    connected.directory.chmod(0o755)
    (connected.directory / "connections.db").chmod(0o644)
    assert command("whoami").status == 0
    assert connected.directory.stat().st_mode & 0o777 == 0o700
    assert modes(connected.directory)["connections.db"] == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to another user")
def test_a_directory_of_another_user_is_refused(
    account: Account, command: Katana, person: Browser
) -> None:
    account.directory.mkdir(parents=True)
    os.chown(account.directory, 12_345, 12_345)
    done = login(command)
    assert (done.status, "it belongs to another user" in done.err, person.opened) == (1, True, [])


def test_a_directory_that_cannot_be_made_is_an_error_of_login_alone(
    account: Account, command: Katana, person: Browser
) -> None:
    account.directory.parent.write_text("", encoding="utf-8")
    done = login(command)
    assert (done.status, done.out, done.err.count("\n"), person.opened) == (1, "", 1, [])
    assert f"cannot keep connections in {account.directory}: " in done.err
    assert command("connections").status == 0
    assert "set KATANA_API_KEY" in command("whoami").err


@pytest.mark.parametrize("arguments", [["connections"], ["logout", "--all"]], ids=" ".join)
def test_a_missing_directory_has_no_connections_and_is_not_made(
    arguments: list[str], account: Account, command: Katana
) -> None:
    done = command(*arguments)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert not account.directory.parent.exists()


@pytest.mark.parametrize("arguments", [["connections"], ["login"], ["whoami"]], ids=" ".join)
def test_a_user_without_a_home_gets_one_line(
    arguments: list[str], account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_no_user(_number: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", find_no_user)
    done = command(*arguments)
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert "there is no home directory" in done.err


def test_a_file_that_is_no_database_is_named_with_the_way_out(
    connected: Account, command: Katana
) -> None:
    database = connected.directory / "connections.db"
    database.write_bytes(b"not a database" * 1_000)
    done = command("whoami")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert str(database) in done.err
    assert "log in again" in done.err
