"""What `katana-async sandbox` says of its authorization server."""

import json
import os
import signal

from .processes import running


def test_a_program_is_told_what_an_oauth_app_must_know() -> None:
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


def test_a_person_is_told_it_in_words() -> None:
    master, slave = os.openpty()
    with (
        os.fdopen(master, "r", encoding="utf-8") as screen,
        running("sandbox", "--products", "1", environment={}, stdout=slave) as process,
    ):
        os.close(slave)
        lines = [screen.readline().strip() for _ in range(12)]
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert [line.rpartition("  ")[0].strip() for line in lines[-4:]] == [
        "authorization",
        "tokens",
        "client id",
        "client secret",
    ]


def test_a_redirect_uri_that_is_none_is_wrong_usage() -> None:
    with running("sandbox", "--redirect-uri", "nowhere", environment={}) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, b"")
    assert b"nowhere" in err
    assert err.count(b"\n") == 1
