"""What is done with connections: used, refreshed, listed, and ended."""

import asyncio
from pathlib import Path

import pytest
from attrs import evolve
from keyring.backends import fail

from katana_async.cli.home import Place, claimed
from katana_async.oauth import new_key
from katana_async.oauth.records import Standing

from .conftest import Account, Browser, Katana, Ran
from .kept import change, kept, let_it_end


def test_a_token_that_has_ended_is_refreshed_once(connected: Account, command: Katana) -> None:
    before = kept()
    let_it_end()
    connected.sandbox.oauth.expire(connected.grants[0])
    assert len(command("list", "products").lines()) == 3
    assert command("list", "products").status == 0
    audit = connected.sandbox.oauth.audit
    assert (audit.count("refreshed"), audit.count("reused")) == (1, 0)
    assert kept().record.refresh != before.record.refresh
    [line] = command("connections").lines()
    assert line["refreshed_at"] is not None


def test_an_end_says_what_to_run(connected: Account, command: Katana) -> None:
    change(lambda record: evolve(record, standing=Standing.REAUTHORIZE, reason="it was revoked"))
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
        ("logout", "", "--force"),
        ("login", "--name", ""),
        ("whoami", "--connection", ""),
        ("list", "products", "--connection="),
    ],
)
def test_an_empty_name_is_nobodys_and_not_the_default(
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
    assert "not an id of a connection: ''" in done.err
    assert len(connected.sandbox.journal) == before
    assert [line["id"] for line in command("connections").lines()] == ["default"]


def test_an_empty_katana_connection_names_none(
    connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_CONNECTION", "")
    assert command("whoami").status == 0
    assert command("logout").json()["id"] == "default"


def test_a_connection_that_is_not_there_is_said_with_those_that_are(
    connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = command("whoami", "--connection", "other")
    assert done.status == 1
    assert "there is no connection 'other'; there are default" in done.err
    monkeypatch.setenv("KATANA_CONNECTION", "another")
    assert "'another'" in command("whoami").err


def test_without_key_and_connection_both_ways_are_named_and_nothing_is_made(
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
    connected: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in connected.variables.items():
        monkeypatch.setenv(name, value)
    assert command("login", "--name", "a2", "--redirect-port", "0").status == 0
    lines = command("connections").lines()
    assert [line["id"] for line in lines] == ["a2", "default"]
    assert {line["api"] for line in lines} == {connected.sandbox.base_url}
    assert "offline" in command("connections", "-o", "table").out


def test_logging_out_revokes_and_forgets(connected: Account, command: Katana) -> None:
    done = command("logout")
    assert (done.status, done.json(), done.err) == (0, {"id": "default", "tokens": "revoked"}, "")
    assert connected.sandbox.oauth.audit.count("revoked") == 1
    assert command("connections").out == ""
    again = command("logout")
    assert (again.status, "there is no connection 'default'" in again.err) == (1, True)


def test_a_server_that_cannot_revoke_is_said(connected: Account, command: Katana) -> None:
    connected.sandbox.oauth.settings.revocation = False
    done = command("logout", "default")
    assert (done.status, done.json()["tokens"]) == (0, "not offered")


def test_the_tokens_of_a_user_with_another_connection_are_not_revoked(
    connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in connected.variables.items():
        monkeypatch.setenv(name, value)
    assert command("login", "--name", "two", "--redirect-port", "0").status == 0
    done = command("logout", "two")
    assert (done.status, done.json()["tokens"]) == (0, "shared")
    assert "two is forgotten here. Its tokens were not revoked" in done.err
    assert connected.sandbox.oauth.audit.count("revoked") == 0


def test_all_are_logged_out_at_once(
    connected: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in connected.variables.items():
        monkeypatch.setenv(name, value)
    assert command("login", "--name", "two", "--redirect-port", "0").status == 0
    assert [line["tokens"] for line in command("logout", "--all").lines()] == ["revoked"] * 2
    assert command("connections").out == ""
    assert command("logout", "--all").status == 0
    assert command("logout", "two", "--all").status == 2


def _without_the_key(command: Katana, monkeypatch: pytest.MonkeyPatch, key: str | None) -> Ran:
    if key is None:
        monkeypatch.delenv("KATANA_TOKEN_KEY")
        # Not by its variable: keyring looks at that once, and other tests have had it do so.
        nothing = fail.Keyring()  # type: ignore[no-untyped-call]  # keyring's own
        monkeypatch.setattr("keyring.core._keyring_backend", nothing)
    else:
        monkeypatch.setenv("KATANA_TOKEN_KEY", key)
    return command("connections")


@pytest.mark.parametrize(
    "key", [None, new_key(), "typo:AAAA"], ids=["no key", "another key", "no key at all"]
)
def test_a_lost_key_is_said_and_what_it_sealed_can_be_forgotten(
    key: str | None, connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = _without_the_key(command, monkeypatch, key)
    assert listed.status == 0
    [line] = listed.lines()
    assert line["status"] == "unreadable"
    assert "KATANA_TOKEN_KEY" in line["reason"]
    assert "cli/profiles" not in line["reason"]  # nothing that a user could know
    used = command("whoami")
    assert (used.status, "KATANA_TOKEN_KEY" in used.err) == (1, True)
    refused = command("logout")  # the key may be put back, and then its tokens can be revoked
    assert (refused.status, refused.out) == (1, "")
    assert "katana-async logout --force default" in refused.err
    assert command("connections").lines() == [line]
    done = command("logout", "--force")
    assert (done.status, done.json()["tokens"]) == (1, "failed")
    assert "remove the app from the account in Katana" in done.err
    assert "Put that key" not in done.err  # what it would open is gone
    assert "the row is unchanged" not in done.err
    assert command("connections").out == ""
    assert _rows() == []


def _rows() -> list[str]:
    async def read(place: Place) -> list[str]:
        async with place.opened() as home:
            keys = [key async for key in home.store.keys("")]
        return [key for key in keys if "/pending/" not in key]

    with claimed(without_keys=True) as place:
        return asyncio.run(read(place))


def test_a_login_in_place_of_what_does_not_open_says_how(
    connected: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_TOKEN_KEY", new_key())
    done = command("login")
    assert (done.status, done.out) == (1, "")
    assert "katana-async logout --force default" in done.err
