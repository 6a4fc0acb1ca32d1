"""Refresh tokens: rotation, reuse, overlap, and the end of a grant."""

import aiohttp
import pytest

from katana_async.sandbox import faults

from .conftest import App


async def test_a_code_becomes_tokens_that_the_api_accepts(app: App) -> None:
    tokens = await app.connect()
    assert set(tokens) == {"access_token", "refresh_token", "scope", "expires_in", "token_type"}
    assert (tokens["scope"], tokens["token_type"]) == ("offline_access", "Bearer")
    assert tokens["expires_in"] == 86_400
    assert (await app.call(tokens["access_token"])).status == 200
    assert app.event_kinds() == ["authorized", "exchanged"]


async def test_each_refresh_gives_a_new_refresh_token(app: App) -> None:
    first = await app.connect()
    second = (await app.refresh(first["refresh_token"])).json
    third = (await app.refresh(second["refresh_token"])).json
    assert set(second) == set(first)
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    good = [app.grant.accepts(each["refresh_token"]) for each in (first, second, third)]
    assert good == [False, False, True]
    assert app.grant.refreshes == 2
    assert app.event_kinds() == ["authorized", "exchanged", "refreshed", "refreshed"]


async def test_earlier_access_tokens_live_until_they_expire(app: App) -> None:
    app.sandbox.oauth.settings.access_token_life = 60.0
    first = await app.connect()
    app.clock.advance(30)
    second = (await app.refresh(first["refresh_token"])).json
    assert (await app.call(first["access_token"])).status == 200
    app.clock.advance(30)
    statuses = [(await app.call(each["access_token"])).status for each in (first, second)]
    assert statuses == [401, 200]


async def test_using_a_spent_refresh_token_kills_the_chain_but_no_access_token(app: App) -> None:
    first = await app.connect()
    second = (await app.refresh(first["refresh_token"])).json
    answer = await app.refresh(first["refresh_token"])
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert app.event_kinds()[-2:] == ["reused", "chain_killed"]
    assert not app.grant.alive
    assert not app.grant.accepts(second["refresh_token"])
    assert (await app.call(second["access_token"])).status == 200
    answer = await app.refresh(second["refresh_token"])
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert app.event_kinds()[-1] == "refused"
    await app.refresh(first["refresh_token"])
    audit, grant = app.sandbox.oauth.audit, app.grant.id
    assert (audit.count("reused", grant), audit.count("chain_killed", grant)) == (2, 1)
    assert audit.count("refreshed", grant) == 1


async def test_only_the_chain_that_met_reuse_is_killed(app: App) -> None:
    first, second = await app.connect(), await app.connect()
    await app.refresh(first["refresh_token"])
    await app.refresh(first["refresh_token"])
    assert [grant.alive for grant in app.sandbox.oauth.grants.values()] == [False, True]
    assert (await app.refresh(second["refresh_token"])).status == 200


async def test_another_app_cannot_use_a_refresh_token_nor_end_it(app: App, other: App) -> None:
    first = await app.connect()
    assert (await other.refresh(first["refresh_token"])).json["error"] == "invalid_grant"
    second = (await app.refresh(first["refresh_token"])).json
    assert (await other.refresh(first["refresh_token"])).json["error"] == "invalid_grant"
    assert app.grant.accepts(second["refresh_token"])
    refused = app.sandbox.oauth.audit.find("refused")
    assert {event.client_id for event in refused} == {other.client.client_id}


async def test_an_unknown_refresh_token_is_refused(app: App) -> None:
    answer = await app.refresh("made-up")
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("uri", ["https://elsewhere.test/callback", "http://127.0.0.1:1/other"])
async def test_a_refresh_names_a_registered_redirect_uri(app: App, uri: str) -> None:
    token = (await app.connect())["refresh_token"]
    answer = await app.refresh(token, redirect_uri=uri)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert (await app.refresh(token, redirect_uri="http://localhost:9/callback")).status == 200


async def test_a_refresh_may_only_request_granted_scopes(app: App) -> None:
    token = (await app.connect())["refresh_token"]
    answer = await app.refresh(token, scope="offline_access openid")
    assert (answer.status, answer.json["error"]) == (400, "invalid_scope")
    assert (await app.refresh(token, scope="offline_access")).json["scope"] == "offline_access"


async def test_the_previous_refresh_token_works_again_within_the_overlap(app: App) -> None:
    app.sandbox.oauth.settings.refresh_token_overlap = 10.0
    first = await app.connect()
    second = (await app.refresh(first["refresh_token"])).json
    app.clock.advance(9.9)
    sibling = (await app.refresh(first["refresh_token"])).json
    assert app.event_kinds()[-1] == "overlapped"
    assert app.grant.accepts(second["refresh_token"])
    assert app.grant.accepts(sibling["refresh_token"])
    app.clock.advance(0.1)
    await app.refresh(first["refresh_token"])
    assert app.event_kinds()[-2:] == ["reused", "chain_killed"]


async def test_the_one_before_the_previous_kills_the_chain_even_within_the_overlap(
    app: App,
) -> None:
    app.sandbox.oauth.settings.refresh_token_overlap = 10.0
    first = await app.connect()
    second = (await app.refresh(first["refresh_token"])).json
    await app.refresh(second["refresh_token"])
    assert (await app.refresh(first["refresh_token"])).json["error"] == "invalid_grant"
    assert not app.grant.alive


async def test_a_server_that_does_not_rotate_gives_no_refresh_token_and_spends_none(
    app: App,
) -> None:
    app.sandbox.oauth.settings.rotates = False
    first = await app.connect()
    for _ in range(2):
        answer = await app.refresh(first["refresh_token"])
        assert set(answer.json) == {"access_token", "scope", "expires_in", "token_type"}
    assert app.grant.accepts(first["refresh_token"])
    assert app.grant.refreshes == 2


async def test_an_answer_that_is_lost_after_the_fact_has_spent_the_token(app: App) -> None:
    first = await app.connect()
    fault = faults.ResetAfterRead(processed=True)
    app.sandbox.faults.add(fault, method="POST", path="/oauth/token")
    with pytest.raises(aiohttp.ClientError):
        await app.refresh(first["refresh_token"])
    assert app.sandbox.oauth.audit.count("refreshed") == 1
    assert not app.grant.accepts(first["refresh_token"])
    await app.refresh(first["refresh_token"])
    assert not app.grant.alive


async def test_a_request_that_is_not_processed_has_spent_nothing(app: App) -> None:
    first = await app.connect()
    app.sandbox.faults.add(faults.Status(503), method="POST", path="/oauth/token")
    assert (await app.refresh(first["refresh_token"])).status == 503
    assert app.grant.accepts(first["refresh_token"])
    assert (await app.refresh(first["refresh_token"])).status == 200


async def test_a_clock_that_is_off_shows_in_the_date(app: App) -> None:
    before = (await app.post({})).headers["Date"]
    app.sandbox.faults.add(faults.ClockSkew(3600), path="/oauth/*")
    assert (await app.post({})).headers["Date"] != before
