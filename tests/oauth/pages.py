"""A sandbox that takes the place of Katana for the code that pages show."""

from pathlib import Path
from typing import Any

import pytest

import katana_async.oauth
from katana_async.oauth import AuthorizationServer, OAuthApp, SQLTokenStore, new_key
from katana_async.sandbox import Sandbox

REDIRECT_URI = "https://app.example.com/katana/callback"


def oauth_here(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any], list[OAuthApp]]:
    """Let `OAuthApp` and `SQLTokenStore` lead to a sandbox and to a file.

    Returns:
        The names that pages take for granted, and the apps that were made, for the test to close.
    """
    oauth = sandbox.oauth
    begun: list[str] = []
    made: list[OAuthApp] = []

    class Here(OAuthApp):
        def __init__(self, **settings: Any) -> None:
            defaults = {
                "server": AuthorizationServer(
                    authorize_url=oauth.authorize_url,
                    token_url=oauth.token_url,
                    revoke_url=oauth.revoke_url,
                    api_url=sandbox.base_url,
                ),
            }
            super().__init__(**{**defaults, **settings})
            made.append(self)

        async def begin(self, **options: Any) -> str:
            begun.append(await super().begin(**options))
            return begun[-1]

    class Request:
        @property
        def url(self) -> str:
            return str(oauth.approve(begun[-1]))

    client = oauth.add_client(redirect_uris=(REDIRECT_URI,))
    monkeypatch.setenv("KATANA_CLIENT_ID", client.client_id)
    monkeypatch.setenv("KATANA_CLIENT_SECRET", client.client_secret)
    monkeypatch.setenv("KATANA_TOKEN_KEY", new_key())
    monkeypatch.setattr(katana_async.oauth, "OAuthApp", Here)
    monkeypatch.setattr(
        katana_async.oauth, "SQLTokenStore", lambda _: SQLTokenStore.sqlite(folder / "tokens.db")
    )
    return {"browser_session": "a browser's session", "request": Request()}, made
