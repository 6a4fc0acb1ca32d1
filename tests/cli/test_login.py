"""`login`: from the browser to a connection that other commands use."""

import io
import os
import re
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from katana_async.cli.loopback import Receiver
from katana_async.sandbox.faults import Html

from .conftest import Account, Browser, Katana, forget_login
from .kept import content, kept
from .person import Seen, decide, redirect_uri, visit
from .processes import running


def login(command: Katana, *more: object) -> Any:
    return command("login", "--redirect-port", "0", *more)


def test_login_says_whose_account_it_is_and_then_no_key_is_needed(
    account: Account, command: Katana, person: Browser
) -> None:
    done = login(command)
    assert done.status == 0, done.err
    said = done.json()
    company = account.sandbox.oauth.accounts[0]
    assert (said["id"], said["account"], said["email"]) == ("default", company.name, company.email)
    assert (said["status"], said["scopes"]) == ("connected", "offline_access")
    assert [seen.status for seen in person.seen] == [200]
    assert "Connected to Katana" in person.seen[0].text
    forget_login()
    assert len(command("list", "products").lines()) == 3
    assert command("whoami").json()["base_url"] == account.sandbox.base_url
    assert account.sandbox.oauth.audit.count("exchanged") == 1


def test_a_person_who_says_no_is_told_in_the_browser_and_in_the_terminal(
    account: Account, command: Katana, person: Browser
) -> None:
    person.does = lambda url: decide(url, "deny")
    done = login(command)
    assert (done.status, done.out) == (1, "")
    assert "was not allowed" in done.err
    assert "This was not connected" in person.seen[0].text
    assert command("connections").out == ""


def test_nobody_who_answers_ends_it_in_time(
    account: Account, command: Katana, person: Browser
) -> None:
    person.does = lambda url: None
    done = login(command, "--timeout", "0.1")
    assert (done.status, done.out) == (1, "")
    assert "nobody approved the connection within 0.1 s" in done.err
    assert command("connections").out == ""


def test_a_port_that_is_taken_is_said(account: Account, command: Katana, person: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("login", "--redirect-port", port)
    assert (done.status, done.out, person.opened) == (2, "", [])
    assert f"port {port} of 127.0.0.1 is taken" in done.err


def test_ctrl_c_ends_it_quietly_and_leaves_nothing(account: Account, command: Katana) -> None:
    with running(
        "login", "--redirect-port", "0", "--no-browser", environment=account.variables
    ) as process:
        assert process.stderr is not None
        while b"Waiting" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert command("connections").out == ""


def test_what_is_not_ours_is_refused_and_login_goes_on(
    account: Account, command: Katana, person: Browser
) -> None:
    strangers: list[Seen] = []

    def open_it(url: str) -> Seen:
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
        strangers.append(visit(here + "?code=1&state=2", Host="katana.test:80"))
        strangers.append(visit(here + "?code=1&state=2", Host="localhost"))
        strangers.append(visit(here, {"code": "1"}))
        return decide(url)

    person.does = open_it
    done = login(command)
    assert done.status == 0, done.err
    assert [seen.status for seen in strangers] == [404, 404, 400, 400, 400, 400, 421, 421, 405]
    assert not [seen for seen in strangers if "canary" in seen.text]
    for seen in (*strangers, *person.seen):
        assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
        assert seen.headers["Cache-Control"] == "no-store"
        assert seen.headers["Referrer-Policy"] == "no-referrer"


def test_a_callback_may_hold_what_needs_no_encoding(
    account: Account, command: Katana, person: Browser
) -> None:
    approve = account.sandbox.oauth.approve
    person.does = lambda url: visit(f"{approve(url)}&session_state=urn://a?b/c")
    done = login(command)
    assert (done.status, [seen.status for seen in person.seen]) == (0, [200]), done.err


@pytest.mark.parametrize(
    ("port", "host", "status"),
    [
        (80, "127.0.0.1", 404),  # browsers leave out what is http's own
        (80, "127.0.0.1:80", 404),
        (80, "localhost", 421),
        (80, "127.0.0.1:8642", 421),
        (8642, "127.0.0.1", 421),
    ],
)
async def test_the_receiver_answers_to_its_own_name_only(port: int, host: str, status: int) -> None:
    request = make_mocked_request("GET", "/", {"Host": host})
    assert (await Receiver(port).handle(request)).status == status


def test_the_receiver_is_gone_after_the_callback(
    account: Account, command: Katana, person: Browser
) -> None:
    assert login(command).status == 0
    port = int(redirect_uri(person.opened[0]).rpartition(":")[2].partition("/")[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_token_endpoint_that_fails_is_said_and_leaves_nothing(
    account: Account, command: Katana, person: Browser
) -> None:
    account.sandbox.oauth.add_client(account.variables["KATANA_CLIENT_ID"], "another-secret")
    done = login(command)
    assert (done.status, done.out) == (1, "")
    assert "invalid_client" in done.err
    assert person.seen[0].status == 400
    assert command("connections").out == ""


@pytest.mark.parametrize(
    ("missing", "says"),
    [("KATANA_CLIENT_ID", "which app?"), ("KATANA_CLIENT_SECRET", "--client-secret-file")],
)
def test_what_is_missing_is_said(
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


def test_at_a_terminal_the_secret_is_asked_for_and_not_shown(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch, person: Browser
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    secret = account.variables["KATANA_CLIENT_SECRET"]
    monkeypatch.delenv("KATANA_CLIENT_SECRET")
    monkeypatch.setattr("sys.stdin", Keyboard())
    # What hides the typing; it reads from the terminal itself, which a test does not have.
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream=None: secret)
    done = login(command)
    assert done.status == 0, done.err
    assert secret not in done.out + done.err


def test_logging_in_again_needs_nothing_and_renews_the_connection(
    connected: Account, command: Katana, person: Browser
) -> None:
    before = kept()
    connected.sandbox.oauth.kill(connected.grants[0])
    refused = command("whoami")
    assert refused.status == 1
    assert command("login").status == 0
    assert kept().record.access != before.record.access
    assert command("whoami").status == 0


def test_a_connection_is_not_given_to_another_app_or_account(
    connected: Account, command: Katana, person: Browser
) -> None:
    other = connected.sandbox.oauth.add_client()
    done = command("login", "--client-id", other.client_id)
    assert (done.status, "use another name with --name" in done.err) == (2, True)
    somebody = connected.sandbox.oauth.add_account("Other Ltd", "o@other.example")
    person.does = lambda url: visit(connected.sandbox.oauth.approve(url, somebody))
    done = command("login")
    assert (done.status, "Other Ltd" in done.err) == (1, True)
    assert command("whoami").json()["company"] != "Other Ltd"
    assert command("login", "--name", "other").status != 0  # which app? nothing says it


def test_tokens_of_katana_are_not_for_another_api(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch, person: Browser
) -> None:
    monkeypatch.delenv("KATANA_LOGIN_URL")
    done = login(command)
    assert (done.status, person.opened) == (2, [])
    assert "set both KATANA_LOGIN_URL and KATANA_BASE_URL" in done.err


def test_a_name_that_cannot_be_one_is_wrong_usage(account: Account, command: Katana) -> None:
    assert login(command, "--name", "a/b").status == 2


def test_nobody_else_can_read_what_is_kept(
    account: Account, command: Katana, person: Browser
) -> None:
    account.directory.mkdir(mode=0o777)
    account.directory.chmod(0o777)
    before = os.umask(0)
    try:
        assert login(command).status == 0
        assert command("whoami").status == 0
    finally:
        os.umask(before)
    assert account.directory.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in account.directory.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    (account.directory / "connections.db").chmod(0o644)
    assert command("whoami").status == 0
    assert (account.directory / "connections.db").stat().st_mode & 0o777 == 0o600


def test_files_beside_the_database_are_as_closed(
    account: Account, command: Katana, person: Browser
) -> None:
    seen: dict[str, int] = {}

    def open_it(url: str) -> Seen:
        seen.update({p.name: p.stat().st_mode & 0o777 for p in account.directory.iterdir()})
        return decide(url)

    person.does = open_it
    assert login(command).status == 0
    assert {"connections.db-wal", "connections.db-shm"} <= set(seen)
    assert set(seen.values()) == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_directory_of_somebody_else_is_refused(account: Account, command: Katana) -> None:
    account.directory.mkdir()
    os.chown(account.directory, 12_345, 12_345)
    done = login(command)
    assert (done.status, "belongs to another user" in done.err) == (1, True)


def test_a_directory_that_cannot_be_made_is_said(
    account: Account, command: Katana, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("KATANA_DATA_DIR", str(tmp_path / "file" / "data"))
    done = login(command)
    assert done.status == 1
    assert "cannot keep connections in" in done.err
    assert "Traceback" not in done.err


def test_no_secret_is_shown_or_kept_in_the_open(
    account: Account, command: Katana, person: Browser
) -> None:
    said = [login(command)]
    secrets = kept().secrets()
    account.sandbox.oauth.expire(account.grants[0])
    said += [command(*each) for each in (["connections"], ["whoami"], ["list", "products"])]
    account.sandbox.faults.add(Html(status=401), path="/factory", times=None)
    said += [command("whoami"), command("rotate-keys"), command("login", "--timeout", "9")]
    account.sandbox.faults.clear()
    secrets += kept().secrets()
    text = "".join(done.out + done.err for done in said)
    on_disk = content(account.directory)
    secrets.append(account.variables["KATANA_TOKEN_KEY"].partition(":")[2])
    secrets += re.findall(r"(?:state|code_challenge)=([^&]+)", " ".join(person.opened))
    assert len(secrets) >= 8
    for secret in secrets:
        assert secret not in text
        assert secret.encode() not in on_disk
        assert not [seen for seen in person.seen if secret in seen.text]


def test_a_new_key_is_one(command: Katana, account: Account, person: Browser) -> None:
    made = command("new-key")
    assert re.fullmatch(r"k-[0-9-]+-[0-9a-f]{4}:[A-Za-z0-9+/]{43}=\n", made.out)
    os.environ["KATANA_TOKEN_KEY"] = made.out.strip()  # the fixture puts it back
    assert login(command).status == 0
