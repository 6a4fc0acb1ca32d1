"""The authorization server of a sandbox process, and its line in the output."""

import asyncio
import json

import pytest

from katana_async.sandbox import Sandbox
from katana_async.sandbox.command import main, serve

from .conftest import App


async def said_by(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[dict[str, object], Sandbox]:
    """Run the command until it announces its address; return the output and the sandbox."""
    kept: list[Sandbox] = []

    async def once(sandbox: Sandbox, announce: object) -> None:
        kept.append(sandbox)
        await serve_once(sandbox, announce)

    monkeypatch.setattr("katana_async.sandbox.command.serve", once)
    assert await asyncio.to_thread(main, ["--products", "1", *arguments]) == 0
    return json.loads(capsys.readouterr().out), kept[0]


async def serve_once(sandbox: Sandbox, announce: object) -> None:
    def and_end(running: Sandbox) -> None:
        assert callable(announce)
        announce(running)
        raise KeyboardInterrupt

    await serve(sandbox, and_end)


async def test_the_output_has_all_settings_of_an_app(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said, sandbox = await said_by(capsys, monkeypatch)
    url = str(said["base_url"]).removesuffix("/v1")
    assert said["oauth"] == {
        "url": url,
        "authorize_url": f"{url}/authorize",
        "token_url": f"{url}/oauth/token",
        "client_id": sandbox.oauth.client.client_id,
        "client_secret": sandbox.oauth.client.client_secret,
    }


async def test_a_secret_from_the_environment_is_used_and_not_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_SECRET", "canary")
    options = ("--oauth-client-secret-env", "THE_SECRET")
    said, sandbox = await said_by(capsys, monkeypatch, *options)
    assert sandbox.oauth.client.client_secret == "canary"
    assert "canary" not in repr(said)
    assert isinstance(said["oauth"], dict)
    assert "client_secret" not in said["oauth"]


async def test_lives_and_redirect_uris_can_be_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    uris = ("https://a.test/cb", "https://b.test/cb")
    options = ("--access-token-life", "1.5", "--redirect-uri", uris[0], "--redirect-uri", uris[1])
    _, sandbox = await said_by(capsys, monkeypatch, *options)
    assert sandbox.oauth.settings.access_token_life == 1.5
    assert sandbox.oauth.client.redirect_uris == uris


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--oauth-client-secret-env", "NO_SUCH_SECRET"], "NO_SUCH_SECRET"),
        (["--redirect-uri", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_is_reported_in_one_line(
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


async def test_it_is_at_the_address_of_the_api(app: App) -> None:
    assert app.sandbox.base_url == f"{app.sandbox.oauth.url}/v1"
