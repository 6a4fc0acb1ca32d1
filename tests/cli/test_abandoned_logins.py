"""Logins that end early: they make no connection, and a renewal leaves the old one as it was."""

import os
import signal
import subprocess
import sys

import pytest
from msgspec.structs import replace

from .conftest import Account, Browser, Katana, forget_login, login
from .person import decide
from .stored_connection import stored_connection, stored_keys
from .test_browser import PERSON


def test_a_login_without_an_answer_stores_nothing(
    account: Account, command: Katana, person: Browser
) -> None:
    person.visit = lambda url: None
    assert login(command, "--timeout", "0.5").status == 1
    assert stored_keys() == []
    assert command("connections").out == ""


def test_a_denied_login_makes_no_connection_and_holds_up_no_other_app(
    account: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.visit = lambda url: decide(url, "deny")
    assert login(command).status == 1
    assert command("connections").out == ""
    done = command("logout")
    assert (done.status, done.out, "there is no connection" in done.err) == (1, "", True)
    assert login(command).status == 1
    other = account.sandbox.oauth.add_client()
    monkeypatch.setenv("KATANA_CLIENT_ID", other.client_id)
    monkeypatch.setenv("KATANA_CLIENT_SECRET", other.client_secret)
    person.visit = decide
    assert login(command).status == 0
    forget_login()
    assert stored_connection().profile.client_secret.reveal() == other.client_secret
    assert command("whoami").status == 0


def test_a_login_again_that_fails_leaves_everything_as_it_was(
    connected: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored_connection()
    person.visit = lambda url: decide(url, "deny")
    assert command("login").status == 1
    monkeypatch.setenv("KATANA_CLIENT_SECRET", "another-secret")
    person.visit = decide
    assert command("login").status == 1
    assert stored_connection() == before
    assert command("whoami").status == 0


def test_a_login_again_keeps_what_it_was_made_with(
    connected: Account, command: Katana, person: Browser
) -> None:
    before = stored_connection()
    assert login(command).status == 0
    after = stored_connection()
    assert after.record.access != before.record.access
    assert after.profile != before.profile  # the browser came back to another port
    assert replace(after.profile, redirect_uri="") == replace(before.profile, redirect_uri="")


_DIES_AT = """
import os, signal, sys
from katana_async.cli.app import run
from katana_async.oauth import SQLTokenStore
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
def test_a_login_killed_at_any_write_leaves_a_working_connection_or_none(
    before: str, moment: str, row: str, account: Account, command: Katana, person: Browser
) -> None:
    if before != "nothing":
        assert login(command).status == 0
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
    assert login(command).status == 0
