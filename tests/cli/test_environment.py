"""Proxies of the environment, and `-v`, which shows requests."""

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator

import pytest
from attrs import define, field
from yarl import URL

from katana_async.cli.client import proxy_for
from katana_async.cli.errors import UsageError
from katana_async.sandbox import Sandbox, faults

from .conftest import Account, Browser, Katana
from .person import visit

CREDENTIALS = b64encode(b"user:pass-word").decode()
ELSEWHERE = "https://api.katana.test/v1"


@define
class Proxy:
    """A proxy that refuses every tunnel."""

    port: int
    asked: list[str] = field(factory=list)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that HTTPS_PROXY names."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Proxy(listener.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    found.asked.append(connection.recv(65_536).decode())
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass-word@127.0.0.1:{found.port}")
        yield found
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "products"),
        ("get", "products", "7"),
        ("create", "customers", "--data", '{"name": "x"}'),
        ("update", "products", "7", "--data", '{"name": "x"}'),
        ("delete", "products", "7"),
        ("request", "GET", "/products"),
        ("whoami",),
        ("check-api", "https://api.katana.test/openapi.json"),
    ],
)
def test_every_command_goes_through_the_proxy(
    arguments: tuple[str, ...], proxy: Proxy, katana: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATANA_BASE_URL", ELSEWHERE)
    monkeypatch.setattr("katana_async.http.transport.backoff", lambda *_: 0.0)
    done = katana(*arguments)
    assert done.status in (1, 2)
    assert proxy.asked[0].startswith("CONNECT api.katana.test:443 ")
    assert f"Proxy-Authorization: Basic {CREDENTIALS}" in proxy.asked[0]
    assert "pass-word" not in done.err


def test_tokens_are_fetched_through_the_proxy(
    proxy: Proxy,
    account: Account,
    command: Katana,
    person: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KATANA_BASE_URL", ELSEWHERE)
    monkeypatch.setenv("KATANA_LOGIN_URL", "https://login.katana.test")

    def approve(address: str) -> None:
        query = URL(address).query
        back = URL(query["redirect_uri"]).with_query(code="c-1", state=query["state"])
        visit(str(back))

    person.visit = lambda address: threading.Thread(target=approve, args=[address]).start()
    done = command("login", "--redirect-port", "0")
    assert done.status == 1
    assert proxy.asked[0].startswith("CONNECT login.katana.test:443 "), done.err


def test_hosts_in_no_proxy_and_this_machine_are_reached_without_a_proxy(
    proxy: Proxy, katana: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    assert katana("list", "products", "-n", "1").status == 0
    monkeypatch.setenv("NO_PROXY", "katana.test")
    assert proxy_for(ELSEWHERE) is None
    assert proxy.asked == []


@pytest.mark.parametrize("address", ["socks5://secret@proxy.test:1080", "http://", "http://a:b:c"])
def test_an_invalid_proxy_is_an_error_that_names_the_variable(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(UsageError, match="HTTPS_PROXY must be like") as caught:
        proxy_for(ELSEWHERE)
    assert "secret" not in caught.value.format_message()


def test_the_address_of_a_proxy_may_lack_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.test:3128")
    assert proxy_for(ELSEWHERE) == "http://proxy.test:3128"


@pytest.mark.parametrize("where", ["before", "after"])
def test_verbose_shows_each_request_and_retry_without_the_key(
    where: str, katana: Katana, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("katana_async.http.transport.backoff", lambda *_: 0.0)
    sandbox.faults.add(faults.Status(503), path="/products", times=1)
    command = ("list", "products", "-n", "1")
    done = katana("-v", *command) if where == "before" else katana(*command, "--verbose")
    assert done.status == 0
    lines = done.err.splitlines()
    assert [line for line in lines if "GET" in line and "503" in line]
    assert [line for line in lines if "trying again" in line]
    assert [line for line in lines if "GET" in line and "200" in line]
    assert all(line.startswith("katana-async: ") for line in lines)
    assert sandbox.api_key not in done.err
    assert len(done.lines()) == 1
    sandbox.faults.clear()
    assert katana(*command).err == ""
