"""Revocation by POST /oauth/revoke, and by a customer's removal of an app."""

from urllib.parse import urlencode

import pytest

from .conftest import App


async def test_revoking_a_refresh_token_ends_the_grant_and_its_access_tokens(app: App) -> None:
    first = await app.connect()
    second = (await app.refresh(first["refresh_token"])).json
    answer = await app.revoke(second["refresh_token"], token_type_hint="refresh_token")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    for tokens in (first, second):
        assert (await app.call(tokens["access_token"])).status == 401
    assert (await app.refresh(second["refresh_token"])).json["error"] == "invalid_grant"
    assert not app.grant.alive
    assert app.sandbox.oauth.audit.count("chain_killed") == 0


async def test_revoking_twice_is_no_error_and_one_event(app: App) -> None:
    tokens = await app.connect()
    for _ in range(2):
        assert (await app.revoke(tokens["refresh_token"])).status == 200
    assert app.sandbox.oauth.audit.count("revoked", app.grant.id) == 1


async def test_revoking_an_access_token_ends_only_that(app: App) -> None:
    tokens = await app.connect()
    for hint in ("access_token", "refresh_token"):  # a wrong hint does no harm
        assert (await app.revoke(tokens["access_token"], token_type_hint=hint)).status == 200
    assert (await app.call(tokens["access_token"])).status == 401
    assert app.sandbox.oauth.audit.count("revoked") == 1
    refreshed = (await app.refresh(tokens["refresh_token"])).json
    assert (await app.call(refreshed["access_token"])).status == 200


async def test_the_revocation_of_an_unknown_token_succeeds(app: App) -> None:
    assert (await app.revoke("made-up")).status == 200
    assert app.event_kinds() == []


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
async def test_another_app_cannot_revoke_a_token(app: App, other: App, kind: str) -> None:
    tokens = await app.connect()
    answer = await other.revoke(tokens[kind])
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert app.grant.alive
    assert (await app.call(tokens["access_token"])).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"token": None}, 400, "invalid_request"),
        ({"client_id": None}, 400, "invalid_request"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"token_type_hint": "id_token"}, 400, "unsupported_token_type"),
    ],
)
async def test_a_revocation_request_is_as_strict_as_a_token_request(
    app: App, changes: dict[str, str | None], status: int, error: str
) -> None:
    tokens = await app.connect()
    answer = await app.revoke(tokens["refresh_token"], **changes)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert app.grant.alive
    assert app.event_kinds()[-1] == "refused"


async def test_only_posted_forms_without_a_header_revoke(app: App) -> None:
    async with app.session.get(app.sandbox.oauth.revoke_url) as response:
        assert (response.status, (await response.json())["error"]) == (405, "invalid_request")
    answer = await app.post({}, "/oauth/revoke", headers={"Authorization": "Basic YTpi"})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    answer = await app.post(urlencode([("token", "a")] * 2), "/oauth/revoke")
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


async def test_a_server_may_offer_no_revocation(app: App) -> None:
    tokens = await app.connect()
    app.sandbox.oauth.settings.revocation = False
    assert (await app.revoke(tokens["refresh_token"])).status == 404
    assert app.grant.alive


async def test_a_customer_who_removes_the_app_ends_all_its_tokens(app: App) -> None:
    tokens = await app.connect()
    app.sandbox.oauth.kill(app.grant.id)
    app.sandbox.oauth.kill(app.grant)
    assert (await app.call(tokens["access_token"])).status == 401
    assert (await app.refresh(tokens["refresh_token"])).json["error"] == "invalid_grant"
    [event] = app.sandbox.oauth.audit.find("revoked")
    assert (event.grant, event.client_id) == (app.grant.id, app.client.client_id)


async def test_expired_access_tokens_can_be_had_at_once(app: App) -> None:
    tokens = await app.connect()
    app.sandbox.oauth.expire(app.grant)
    assert (await app.call(tokens["access_token"])).status == 401
    refreshed = (await app.refresh(tokens["refresh_token"])).json
    assert (await app.call(refreshed["access_token"])).status == 200


async def test_an_unknown_grant_cannot_be_ended(app: App) -> None:
    with pytest.raises(KeyError):
        app.sandbox.oauth.kill("grant-7")
