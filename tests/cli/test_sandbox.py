"""`katana-async sandbox`: its first output, for programs and for people, and its end."""

import json
import os
import signal

import pytest

from katana_async.sandbox import Sandbox

from .processes import running


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_serves_until_a_signal(ending: signal.Signals) -> None:
    with running("sandbox", "--products", "5", environment={}) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        address, key = ready["base_url"], ready["api_key"]
        variables = {"KATANA_BASE_URL": address, "KATANA_API_KEY": key}
        with running("whoami", environment=variables) as whoami:
            out, _ = whoami.communicate(timeout=30)
        assert json.loads(out)["base_url"] == address
        process.send_signal(ending)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, b"", b"")


def test_a_terminal_shows_the_commands_to_type_and_the_settings_of_an_oauth_app() -> None:
    master, slave = os.openpty()
    with (
        os.fdopen(master, "r", encoding="utf-8") as screen,
        running("sandbox", "--products", "5", environment={}, stdout=slave) as process,
    ):
        os.close(slave)
        lines = [screen.readline().strip() for _ in range(12)]
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert lines[0].startswith("A sandbox with 5 products")
    assert lines[2].startswith("export KATANA_BASE_URL=http://127.0.0.1:")
    assert lines[3].startswith("export KATANA_API_KEY=")
    assert [line.rpartition("  ")[0].strip() for line in lines[-4:]] == [
        "authorization",
        "tokens",
        "client id",
        "client secret",
    ]


def test_a_taken_port_is_an_error_of_one_line(sandbox: Sandbox) -> None:
    with running("sandbox", "--port", str(sandbox.port), environment={}) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, b"")
    assert f"cannot listen on 127.0.0.1:{sandbox.port}" in err.decode()
    assert err.count(b"\n") == 1


def test_the_json_line_has_the_settings_of_an_oauth_app() -> None:
    uri = "https://app.test/callback"
    options = ("--redirect-uri", uri, "--access-token-life", "60")
    with running("sandbox", "--products", "1", *options, environment={}) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert said["base_url"] == said["oauth"]["url"] + "/v1"
    assert said["oauth"]["token_url"].endswith("/oauth/token")
    assert said["oauth"]["client_secret"].startswith("sandbox-secret-")


def test_an_invalid_redirect_uri_is_a_usage_error() -> None:
    with running("sandbox", "--redirect-uri", "nowhere", environment={}) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, b"")
    assert b"nowhere" in err
    assert err.count(b"\n") == 1
