"""Fixtures of the authorization server's tests: an app that implements the protocol itself."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import pytest
from attrs import define

from katana_async.sandbox import ManualClock, Sandbox
from katana_async.sandbox.oauth import Client, Grant

from ..conftest import Answer

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
REDIRECT_URI = "http://127.0.0.1:50123/callback"
AUDIENCE = "https://api.katanamrp.com"
FORM = "application/x-www-form-urlencoded"


def parameters(url: str) -> dict[str, str]:
    """Return the query of a URL."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def without(given: Mapping[str, str | None]) -> dict[str, str]:
    """Return the parameters that are not None."""
    return {name: value for name, value in given.items() if value is not None}


@define
class App:
    """An app that sends the protocol's requests; None leaves a parameter out."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    client: Client
    clock: ManualClock

    def authorization(self, **changes: str | None) -> dict[str, str]:
        given: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": REDIRECT_URI,
            "audience": AUDIENCE,
            "scope": "offline_access",
            "state": "the state",
            "code_challenge": CHALLENGE.decode(),
            "code_challenge_method": "S256",
        }
        return without({**given, **changes})

    def authorization_url(self, **changes: str | None) -> str:
        return f"{self.sandbox.oauth.authorize_url}?{urlencode(self.authorization(**changes))}"

    def code(self, account: Any = None, **changes: str | None) -> str:
        """Approve an authorization request, and return the code."""
        url = self.authorization_url(**changes)
        return parameters(self.sandbox.oauth.approve(url, account))["code"]

    def exchange(self, code: str, /, **changes: str | None) -> dict[str, str]:
        given: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "redirect_uri": REDIRECT_URI,
            "code": code,
            "code_verifier": VERIFIER,
        }
        return without({**given, **changes})

    def refreshing(self, refresh_token: str, /, **changes: str | None) -> dict[str, str]:
        given: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "redirect_uri": REDIRECT_URI,
            "refresh_token": refresh_token,
        }
        return without({**given, **changes})

    async def post(self, body: Any, path: str = "/oauth/token", **options: Any) -> Answer:
        """Send a form, given as parameters or as an encoded body."""
        text = body if isinstance(body, str | bytes) else urlencode(body)
        headers = {"Content-Type": FORM, **options.pop("headers", {})}
        async with self.session.post(
            self.sandbox.oauth.url + path,
            data=text,
            headers=headers,
            allow_redirects=False,
            **options,
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, url: str) -> Answer:
        async with self.session.get(url, allow_redirects=False) as response:
            return Answer(response.status, response.headers, await response.read())

    async def connect(self, account: Any = None, **changes: str | None) -> Any:
        """Approve an authorization request, exchange the code, and return the tokens."""
        answer = await self.post(self.exchange(self.code(account, **changes)))
        assert answer.status == 200, answer.body
        return answer.json

    async def refresh(self, refresh_token: str, /, **changes: str | None) -> Answer:
        return await self.post(self.refreshing(refresh_token, **changes))

    async def revoke(self, token: str, /, **changes: str | None) -> Answer:
        given: dict[str, str | None] = {
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "token": token,
        }
        return await self.post(without({**given, **changes}), "/oauth/revoke")

    async def call(self, access_token: str, path: str = "/user_info") -> Answer:
        """Call the API."""
        headers = {"Authorization": f"Bearer {access_token}"}
        url = self.sandbox.base_url + path
        async with self.session.get(url, headers=headers) as response:
            return Answer(response.status, response.headers, await response.read())

    @property
    def grant(self) -> Grant:
        """The newest grant."""
        return list(self.sandbox.oauth.grants.values())[-1]

    def event_kinds(self) -> list[str]:
        """Return the kinds of all events."""
        return [event.kind for event in self.sandbox.oauth.audit]


@pytest.fixture
def app(session: aiohttp.ClientSession, sandbox: Sandbox, clock: ManualClock) -> App:
    return App(session, sandbox, sandbox.oauth.client, clock)


@pytest.fixture
def other(app: App) -> App:
    """Return another app at the same server."""
    return App(app.session, app.sandbox, app.sandbox.oauth.add_client(), app.clock)
