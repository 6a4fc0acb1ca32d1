"""`login`: from the browser to a connection that other commands use."""

import io
import os
import re
import signal
import socket
from pathlib import Path

import pytest

from katana_async.sandbox.faults import Html

from .conftest import Account, Browser, Katana, forget_login, login
from .person import Page, decide, redirect_uri, visit
from .processes import running
from .stored_connection import read_files, stored_connection


def test_login_shows_the_account_and_later_commands_need_no_key(
    account: Account, command: Katana, person: Browser
) -> None:
    done = login(command)
    assert done.status == 0, done.err
    said = done.json()
    company = account.sandbox.oauth.accounts[0]
    assert (said["id"], said["account"], said["email"]) == ("default", company.name, company.email)
    assert (said["status"], said["scopes"]) == ("connected", "offline_access")
    assert [page.status for page in person.pages] == [200]
    assert "Connected to Katana" in person.pages[0].text
    forget_login()
    assert len(command("list", "products").lines()) == 3
    assert command("whoami").json()["base_url"] == account.sandbox.base_url
    assert account.sandbox.oauth.audit.count("exchanged") == 1


def test_a_denied_login_is_shown_in_the_browser_and_in_the_terminal(
    account: Account, command: Katana, person: Browser
) -> None:
    person.visit = lambda url: decide(url, "deny")
    done = login(command)
    assert (done.status, done.out) == (1, "")
    assert "was not allowed" in done.err
    assert "Not connected" in person.pages[0].text
    assert command("connections").out == ""


def test_a_login_without_an_answer_ends_in_time(
    account: Account, command: Katana, person: Browser
) -> None:
    person.visit = lambda url: None
    done = login(command, "--timeout", "0.1")
    assert (done.status, done.out) == (1, "")
    assert "there was no approval within 0.1 s" in done.err
    assert command("connections").out == ""


def test_a_taken_port_is_an_error(account: Account, command: Katana, person: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("login", "--redirect-port", port)
    assert (done.status, done.out, person.opened) == (2, "", [])
    assert f"cannot listen on 127.0.0.1:{port}: " in done.err
    assert "--redirect-port" in done.err


def test_ctrl_c_ends_a_login_quietly_and_makes_no_connection(
    account: Account, command: Katana
) -> None:
    with running(
        "login", "--redirect-port", "0", "--no-browser", environment=account.variables
    ) as process:
        assert process.stderr is not None
        while b"Ctrl-C cancels" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert command("connections").out == ""


def test_a_foreign_callback_is_refused_and_the_login_goes_on(
    account: Account, command: Katana, person: Browser
) -> None:
    strangers: list[Page] = []

    def open_it(url: str) -> Page:
        here = redirect_uri(url)
        addresses = (
            here.replace("/callback", "/favicon.ico"),
            here + "/",
            here + "?code=canary-code&state=canary-state",
            here + "?error=access_denied&state=canary-state",
            here + "?state=a&state=b&code=<b>canary",
            here,
        )
        strangers.extend(visit(address) for address in addresses)
        strangers.append(visit(here, {"code": "1"}))
        return decide(url)

    person.visit = open_it
    done = login(command)
    assert done.status == 0, done.err
    assert [page.status for page in strangers] == [404, 404, 400, 400, 400, 400, 405]
    assert not [page for page in strangers if "canary" in page.text]
    for page in (*strangers[2:6], *person.pages):
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_callback_may_contain_characters_that_need_no_encoding(
    account: Account, command: Katana, person: Browser
) -> None:
    approve = account.sandbox.oauth.approve
    person.visit = lambda url: visit(f"{approve(url)}&session_state=urn://a?b/c")
    done = login(command)
    assert (done.status, [page.status for page in person.pages]) == (0, [200]), done.err


def test_the_callback_server_is_closed_after_the_callback(
    account: Account, command: Katana, person: Browser
) -> None:
    assert login(command).status == 0
    port = int(redirect_uri(person.opened[0]).rpartition(":")[2].partition("/")[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_an_error_of_the_token_endpoint_makes_no_connection(
    account: Account, command: Katana, person: Browser
) -> None:
    account.sandbox.oauth.add_client(account.variables["KATANA_CLIENT_ID"], "another-secret")
    done = login(command)
    assert (done.status, done.out) == (1, "")
    assert "invalid_client" in done.err
    assert person.pages[0].status == 400
    assert command("connections").out == ""


@pytest.mark.parametrize(
    ("missing", "says"),
    [("KATANA_CLIENT_ID", "--client-id"), ("KATANA_CLIENT_SECRET", "--client-secret-file")],
)
def test_a_missing_client_id_or_secret_is_an_error(
    missing: str,
    says: str,
    account: Account,
    command: Katana,
    monkeypatch: pytest.MonkeyPatch,
    person: Browser,
) -> None:
    monkeypatch.delenv(missing)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    done = login(command)
    assert (done.status, done.out, person.opened) == (1, "", [])
    assert says in done.err


def test_the_secret_may_be_in_a_file(
    account: Account,
    command: Katana,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    person: Browser,
) -> None:
    file = tmp_path / "secret"
    file.write_text(account.variables["KATANA_CLIENT_SECRET"] + "\n", encoding="utf-8")
    monkeypatch.setenv("KATANA_CLIENT_SECRET", "wrong")
    assert login(command, "--client-secret-file", file).status == 0
    gone = login(command, "--client-secret-file", tmp_path / "none")
    assert (gone.status, "cannot be read" in gone.err) == (1, True)


def test_at_a_terminal_login_prompts_for_the_secret_and_hides_it(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch, person: Browser
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    secret = account.variables["KATANA_CLIENT_SECRET"]
    monkeypatch.delenv("KATANA_CLIENT_SECRET")
    monkeypatch.setattr("sys.stdin", Keyboard())
    # getpass reads from the terminal itself, which a test does not have.
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream=None: secret)
    done = login(command)
    assert done.status == 0, done.err
    assert secret not in done.out + done.err


def test_a_login_again_needs_no_variables_and_renews_the_connection(
    connected: Account, command: Katana, person: Browser
) -> None:
    before = stored_connection()
    connected.sandbox.oauth.kill(connected.grants[0])
    refused = command("whoami")
    assert refused.status == 1
    assert command("login").status == 0
    assert stored_connection().record.access != before.record.access
    assert command("whoami").status == 0


def test_a_connection_keeps_its_app_and_its_account(
    connected: Account, command: Katana, person: Browser
) -> None:
    other = connected.sandbox.oauth.add_client()
    done = command("login", "--client-id", other.client_id)
    assert (done.status, "use another name with --name" in done.err) == (2, True)
    somebody = connected.sandbox.oauth.add_account("Other Ltd", "o@other.example")
    person.visit = lambda url: visit(connected.sandbox.oauth.approve(url, somebody))
    done = command("login")
    assert (done.status, "Other Ltd" in done.err) == (1, True)
    assert command("whoami").json()["company"] != "Other Ltd"
    assert command("login", "--name", "other").status != 0  # the client id is missing


def test_tokens_of_katana_are_not_used_with_another_api(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch, person: Browser
) -> None:
    monkeypatch.delenv("KATANA_LOGIN_URL")
    done = login(command)
    assert (done.status, person.opened) == (2, [])
    assert "set both KATANA_LOGIN_URL and KATANA_BASE_URL" in done.err


def test_an_invalid_name_is_a_usage_error(account: Account, command: Katana) -> None:
    assert login(command, "--name", "a/b").status == 2


def test_no_secret_is_shown_or_stored_in_plain_text(
    account: Account, command: Katana, person: Browser
) -> None:
    said = [login(command)]
    secrets = stored_connection().secrets()
    account.sandbox.oauth.expire(account.grants[0])
    said += [command(*each) for each in (["connections"], ["whoami"], ["list", "products"])]
    account.sandbox.faults.add(Html(status=401), path="/factory", times=None)
    said += [command("whoami"), command("login", "--timeout", "9")]
    account.sandbox.faults.clear()
    secrets += stored_connection().secrets()
    text = "".join(done.out + done.err for done in said)
    on_disk = read_files(account.directory)
    secrets.append(account.variables["KATANA_TOKEN_KEY"].partition(":")[2])
    assert len(secrets) == 7
    assert not [secret for secret in secrets if secret in text]
    # The address of the login page is shown: its parameters are secret on disk and in pages only.
    secrets += re.findall(r"(?:state|code_challenge)=([^&]+)", " ".join(person.opened))
    for secret in secrets:
        assert secret.encode() not in on_disk
        assert not [page for page in person.pages if secret in page.text]


def test_a_new_key_can_be_used(command: Katana, account: Account, person: Browser) -> None:
    made = command("new-key")
    assert re.fullmatch(r"k-[0-9-]+-[0-9a-f]{4}:[A-Za-z0-9+/]{43}=\n", made.out)
    os.environ["KATANA_TOKEN_KEY"] = made.out.strip()  # the fixture puts it back
    assert login(command).status == 0
