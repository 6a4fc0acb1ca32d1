"""Requests to the authorization server are in the journal without their secrets."""

import json
from typing import Any

from katana_async.sandbox import faults

from .conftest import REDIRECT_URI, VERIFIER, App, parameters


def journal_text(app: App) -> str:
    return repr(list(app.sandbox.journal))


async def test_token_requests_are_listed_without_their_secrets(app: App) -> None:
    code = app.code()
    tokens = (await app.post(app.exchange(code))).json
    await app.refresh(tokens["refresh_token"])
    await app.revoke(tokens["access_token"])
    exchange, refresh, revoke = app.sandbox.journal
    assert exchange.body == [
        ("grant_type", "authorization_code"),
        ("client_id", app.client.client_id),
        ("client_secret", "***"),
        ("redirect_uri", REDIRECT_URI),
        ("code", "***"),
        ("code_verifier", "***"),
    ]
    assert (exchange.method, exchange.path, exchange.status) == ("POST", "/oauth/token", 200)
    assert exchange.operation == "POST /oauth/token"
    assert exchange.key_id is None
    assert dict(refresh.body)["refresh_token"] == "***"
    assert (revoke.path, dict(revoke.body)["token"]) == ("/oauth/revoke", "***")
    secrets = [app.client.client_secret, code, VERIFIER, *tokens.values()]
    for secret in secrets[:-3]:
        assert str(secret) not in journal_text(app)
    assert app.sandbox.journal.count(method="POST", path="/oauth/token") == 2


async def test_secrets_in_the_wrong_place_are_not_written_down_either(app: App) -> None:
    canary = "canary-4f6b1c"
    await app.post({"grant_type": "refresh_token", canary: "x", "passwort": canary})
    await app.post(
        json.dumps({"client_secret": canary}), headers={"Content-Type": "application/json"}
    )
    await app.post({}, f"/oauth/token?refresh_token={canary}&{canary}")
    await app.post({}, headers={"Authorization": f"Basic {canary}", "Referer": canary})
    await app.post(f"code={canary}&code={canary}".encode())
    await app.post(b"\xff=" + canary.encode())
    await app.get(f"{app.sandbox.oauth.authorize_url}?{canary}&state={canary}")
    assert canary not in journal_text(app)
    assert canary not in repr(list(app.sandbox.oauth.audit))
    assert [seen.body for seen in app.sandbox.journal][:2] == [
        [("grant_type", "refresh_token"), ("***", "***"), ("***", "***")],
        b"***",
    ]


async def test_an_authorization_request_is_listed_without_its_state(app: App) -> None:
    await app.get(app.authorization_url(state="canary"))
    [seen] = app.sandbox.journal
    assert (seen.path, seen.operation, seen.status) == ("/authorize", "GET /authorize", 200)
    query: dict[str, Any] = dict(seen.query)
    assert query == {**app.authorization(), "state": "***"}
    assert seen.target.startswith("/authorize?response_type=code&")
    assert parameters(seen.target) == query


async def test_an_endpoint_that_does_not_exist_is_no_operation(app: App) -> None:
    await app.post({}, "/oauth/other")
    [seen] = app.sandbox.journal
    assert (seen.operation, seen.status, seen.body) == (None, 404, None)


async def test_a_fault_that_met_a_token_request_is_listed(app: App) -> None:
    app.sandbox.faults.add(faults.Html(502), method="POST", path="/oauth/token")
    answer = await app.post(app.exchange("x"))
    assert (answer.status, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    [seen] = app.sandbox.journal
    assert (seen.status, seen.fault) == (502, "Html")
    assert app.event_kinds() == []
