"""Connections in use: refreshes, `connections`, `logout`."""

from pathlib import Path

import pytest
from attrs import evolve

from katana_async.oauth import Status
from katana_async.sandbox import faults

from .conftest import Account, Browser, Katana, connect_another
from .stored_connection import (
    change_record,
    expire_access_token,
    stored_connection,
    stored_keys,
)


def test_an_expired_token_is_refreshed_once(connected: Account, command: Katana) -> None:
    before = stored_connection()
    expire_access_token()
    connected.sandbox.oauth.expire(connected.grants[0])
    assert len(command("list", "products").lines()) == 3
    assert command("list", "products").status == 0
    audit = connected.sandbox.oauth.audit
    assert (audit.count("refreshed"), audit.count("reused")) == (1, 0)
    assert stored_connection().record.refresh != before.record.refresh
    [line] = command("connections").lines()
    assert line["refreshed_at"] is not None


def test_an_ended_connection_is_an_error_with_the_command_to_run(
    connected: Account, command: Katana
) -> None:
    change_record(
        lambda record: evolve(record, standing=Status.REAUTHORIZE, reason="it was revoked")
    )
    done = command("list", "products")
    assert (done.status, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "Run: katana-async login --name default" in done.err
    [line] = command("connections").lines()
    assert (line["status"], line["reason"]) == ("reauthorize", "it was revoked")


def test_a_key_comes_before_the_connection_unless_one_is_named(
    connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_API_KEY", "no-key-at-all")
    monkeypatch.setenv("KATANA_BASE_URL", connected.sandbox.base_url)
    monkeypatch.setenv("KATANA_CONNECTION", "default")
    assert command("whoami").status == 1
    assert command("whoami", "--connection", "default").status == 0


def test_a_key_file_and_a_connection_exclude_each_other(
    connected: Account, command: Katana, tmp_path: Path
) -> None:
    assert command("whoami", "--connection", "default", "--key-file", tmp_path).status == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("logout", ""),
        ("login", "--name", ""),
        ("whoami", "--connection", ""),
        ("list", "products", "--connection="),
    ],
)
def test_an_empty_name_is_an_error_and_not_the_default(
    arguments: tuple[str, ...],
    connected: Account,
    command: Katana,
    monkeypatch: pytest.MonkeyPatch,
    person: Browser,
) -> None:
    monkeypatch.setenv("KATANA_API_KEY", connected.sandbox.api_key)
    before = len(connected.sandbox.journal)
    done = command(*arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "the name of the connection is empty" in done.err
    assert len(connected.sandbox.journal) == before
    assert [line["id"] for line in command("connections").lines()] == ["default"]


def test_an_empty_katana_connection_is_ignored(
    connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_CONNECTION", "")
    assert command("whoami").status == 0
    assert command("logout").json()["id"] == "default"


def test_a_connection_that_does_not_exist_is_an_error(
    connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = command("whoami", "--connection", "other")
    assert (done.status, "no connection 'other'" in done.err) == (1, True)
    monkeypatch.setenv("KATANA_CONNECTION", "another")
    assert "'another'" in command("whoami").err
    done = command("logout", "a/b")
    assert (done.status, "there is no connection 'a/b'" in done.err) == (1, True)


def test_without_a_key_and_a_connection_the_error_names_both_ways_and_no_file_is_made(
    account: Account, command: Katana
) -> None:
    done = command("list", "products")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    for way in ("KATANA_API_KEY", "--key-file", "katana-async login"):
        assert way in done.err
    assert command("connections").status == 0
    assert not account.directory.exists()


def test_tokens_do_not_go_to_another_api(
    connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = command("whoami", "--base-url", "https://api.katanamrp.com/v1")
    assert (done.status, done.out) == (2, "")
    assert "are not sent to https://api.katanamrp.com" in done.err
    monkeypatch.setenv("KATANA_BASE_URL", "http://127.0.0.1:9/v1")
    assert command("whoami").status == 2
    assert command("whoami", "--base-url", connected.sandbox.base_url).status == 0


def test_connections_are_listed_by_name_in_any_form(
    connected: Account, command: Katana, person: Browser
) -> None:
    connect_another("a2", connected, command)
    lines = command("connections").lines()
    assert [line["id"] for line in lines] == ["a2", "default"]
    assert {line["api"] for line in lines} == {connected.sandbox.base_url}
    assert "offline" in command("connections", "-o", "table").out


def test_logging_out_revokes_and_forgets(connected: Account, command: Katana) -> None:
    done = command("logout")
    assert (done.status, done.json(), done.err) == (0, {"id": "default", "tokens": "revoked"}, "")
    assert connected.sandbox.oauth.audit.count("revoked") == 1
    assert command("connections").out == ""
    assert stored_keys("cli/") == []
    again = command("logout")
    assert (again.status, "there is no connection 'default'" in again.err) == (1, True)


def test_a_server_without_revocation_is_shown(connected: Account, command: Katana) -> None:
    connected.sandbox.oauth.settings.revocation = False
    done = command("logout", "default")
    assert (done.status, done.json()["tokens"]) == (0, "not offered")


def test_the_tokens_of_a_user_with_another_connection_are_not_revoked(
    connected: Account, command: Katana
) -> None:
    connect_another("two", connected, command)
    done = command("logout", "two")
    assert (done.status, done.json()["tokens"]) == (0, "shared")
    assert "connection two was deleted here. Its tokens were not revoked" in done.err
    assert connected.sandbox.oauth.audit.count("revoked") == 0


def test_all_are_logged_out_at_once(connected: Account, command: Katana, person: Browser) -> None:
    connect_another("two", connected, command)
    assert [line["tokens"] for line in command("logout", "--all").lines()] == ["revoked"] * 2
    assert command("connections").out == ""
    assert command("logout", "--all").status == 0
    assert command("logout", "two", "--all").status == 2


def test_tokens_that_cannot_be_revoked_fail_the_command(
    connected: Account, command: Katana
) -> None:
    connected.sandbox.faults.add(faults.Status(500), path="/oauth/revoke", times=None)
    done = command("logout")
    assert (done.status, done.json()["tokens"]) == (1, "failed")
    assert "remove the app from the account in Katana" in done.err
    assert command("connections").out == ""
