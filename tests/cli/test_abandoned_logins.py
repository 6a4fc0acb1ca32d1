"""A login that came to nothing leaves nothing, and what an older or killed one left is nothing."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from attrs import evolve

from katana_async.cli.home import Place, claimed
from katana_async.cli.profiles import PREFIX, Profile
from katana_async.oauth import new_key
from katana_async.secrets import Secret

from .conftest import Account, Browser, Katana, forget_login
from .kept import kept
from .person import decide
from .test_interrupts import PERSON


def login(command: Katana, *more: object) -> int:
    return command("login", "--redirect-port", "0", *more).status


def profiles() -> list[str]:
    """Return which profiles there are, of connections or not."""

    async def read(place: Place) -> list[str]:
        async with place.opened() as home:
            return [key.removeprefix(PREFIX) async for key in home.store.keys(PREFIX)]

    with claimed(without_keys=True) as place:
        return asyncio.run(read(place))


def leave(account: Account, name: str = "default") -> None:
    """Leave a profile without a connection, as a login that was killed at the worst moment."""

    async def write(place: Place) -> None:
        async with place.opened() as home:
            await home.profiles.write(name, profile)

    profile = Profile(
        client_id=account.variables["KATANA_CLIENT_ID"],
        client_secret=Secret("of-before"),
        redirect_uri="http://127.0.0.1:8642/callback",
        redirect_port=8642,
        login_url=account.variables["KATANA_LOGIN_URL"],
        api_url=account.variables["KATANA_BASE_URL"],
    )
    with claimed() as place:
        asyncio.run(write(place))


@pytest.fixture
def left(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account whose login was killed, and another key since."""
    leave(account)
    monkeypatch.setenv("KATANA_TOKEN_KEY", new_key())
    return account


def test_a_login_that_nobody_approves_keeps_nothing_and_is_in_nobodys_way(
    account: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    during: list[list[str]] = []
    person.does = lambda url: during.append(profiles())
    assert login(command, "--timeout", "0.5") == 1
    assert (during, profiles()) == ([[]], [])
    monkeypatch.setenv("KATANA_TOKEN_KEY", new_key())
    assert command("connections").out == ""
    person.does = decide
    assert login(command) == 0


def test_what_a_killed_login_left_is_no_connection(left: Account, command: Katana) -> None:
    assert command("connections").out == ""
    forget_login()
    used = command("list", "products")
    assert (used.status, "no API key and no connection" in used.err) == (1, True)
    done = command("logout", "default")
    assert (done.status, done.out, "there is no connection" in done.err) == (1, "", True)
    assert "Katana" not in done.err
    assert profiles() == []
    assert command("logout", "--all").status == 0


def test_what_a_killed_login_left_is_replaced(
    left: Account, command: Katana, person: Browser
) -> None:
    assert login(command) == 0
    assert kept().profile.client_secret.reveal() == left.variables["KATANA_CLIENT_SECRET"]
    assert command("whoami").status == 0


def test_what_a_killed_login_left_keeps_no_key(
    account: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = account.variables["KATANA_TOKEN_KEY"], new_key()
    leave(account, "left")
    monkeypatch.setenv("KATANA_TOKEN_KEY", f"{new},{old}")
    assert login(command) == 0
    done = command("rotate-keys")
    assert (done.status, done.json()["connections_current"]) == (0, 1)
    assert f"any more: {old.partition(':')[0]}" in done.err


def test_a_login_again_that_fails_leaves_everything_as_it_was(
    connected: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept()
    person.does = lambda url: decide(url, "deny")
    assert command("login").status == 1
    monkeypatch.setenv("KATANA_CLIENT_SECRET", "another-secret")
    person.does = decide
    assert command("login").status == 1
    assert kept() == before
    assert command("whoami").status == 0


def test_a_login_again_keeps_what_it_was_made_with(
    connected: Account, command: Katana, person: Browser
) -> None:
    before = kept()
    assert login(command) == 0
    after = kept()
    assert after.record.access != before.record.access
    assert after.profile != before.profile  # the browser came back to another port
    assert evolve(after.profile, redirect_uri="") == evolve(before.profile, redirect_uri="")


_DIES_AT = """
import os, signal, sys
from katana_async.cli.app import run
from katana_async.oauth.stores import SQLTokenStore
write, after = SQLTokenStore.write, sys.argv[1] == "after"
async def dying(self, key, version, data, *, ttl=None):
    ours = sys.argv[2] in key
    if ours and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    written = await write(self, key, version, data, ttl=ttl)
    if ours and after:
        os.kill(os.getpid(), signal.SIGKILL)
    return written
SQLTokenStore.write = dying
run(["login", "--redirect-port", "0"])
"""


@pytest.mark.parametrize("row", ["cli/profiles/", "/connections/"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("before", ["nothing", "a login", "a logout"])
def test_killed_at_any_write_it_leaves_a_connection_that_works_or_none(
    before: str, moment: str, row: str, account: Account, command: Katana, person: Browser
) -> None:
    if before != "nothing":
        assert login(command) == 0
    if before == "a logout":
        assert command("logout").status == 0
    died = subprocess.run(
        [sys.executable, "-c", _DIES_AT, moment, row],
        env={**os.environ, **account.variables, "BROWSER": f"{PERSON} &"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    lines = command("connections").lines()
    there = before == "a login" or (moment, row) == ("after", "/connections/")
    assert [line["status"] for line in lines] == ["connected"] * there
    if there:
        assert command("whoami", "--connection", "default").status == 0
        assert command("logout").json()["tokens"] == "revoked"
    assert login(command) == 0
