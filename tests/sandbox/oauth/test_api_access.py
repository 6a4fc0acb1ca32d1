"""Access tokens at the API: their company, their quota and their validity."""

import threading
import urllib.request
from collections.abc import AsyncIterator

import aiohttp
import pytest

from katana_async.sandbox import ManualClock, RateLimit, Sandbox, threaded

from .conftest import App


async def test_an_access_token_dies_with_its_life(app: App) -> None:
    app.sandbox.oauth.settings.access_token_life = 0.5
    token = (await app.connect())["access_token"]
    app.clock.advance(0.25)
    assert (await app.call(token)).status == 200
    app.clock.advance(0.25)
    assert (await app.call(token)).status == 401


async def test_the_default_account_is_that_of_the_seeded_records(app: App) -> None:
    [account] = app.sandbox.oauth.accounts
    token = (await app.connect())["access_token"]
    for path in ("/factory", "/user_info"):
        assert (await app.call(token, path)).body == (
            await app.call(app.sandbox.api_key, path)
        ).body
    factory = (await app.call(token, "/factory")).json
    assert account.name == factory["display_name"]


async def test_each_connection_names_its_account(app: App) -> None:
    oauth = app.sandbox.oauth
    acme = oauth.add_account(name="Acme", email="ann@acme.test")
    globex = oauth.add_account(name="Globex", legal_name="Globex Ltd", email="bo@globex.test")
    assert oauth.accounts[1:] == [acme, globex]
    assert len({account.id for account in oauth.accounts}) == 3
    seeded = (await app.call(app.sandbox.api_key, "/factory")).json
    for account in (acme, globex):
        token = (await app.connect(account))["access_token"]
        assert app.grant.account == account
        factory = (await app.call(token, "/factory")).json
        assert factory == {
            **seeded,
            "factory_id": account.factory_id,
            "display_name": account.name,
            "legal_name": account.legal_name,
        }
        user = (await app.call(token, "/user_info")).json
        assert (user["id"], user["email"]) == (account.id, account.email)
        app.sandbox.oddities.user_info_wrapped = True
        assert (await app.call(token, "/user_info")).json["data"] == user
        app.sandbox.oddities.user_info_wrapped = False
    assert acme.legal_name == "Acme"
    assert (await app.call(app.sandbox.api_key, "/factory")).json == seeded


@pytest.fixture
async def app_with_limit(session: aiohttp.ClientSession, clock: ManualClock) -> AsyncIterator[App]:
    async with Sandbox(products=1, rate_limit=RateLimit(3), clock=clock) as sandbox:
        yield App(session, sandbox, sandbox.oauth.client, clock)


async def test_the_tokens_of_a_grant_share_its_quota_and_others_have_their_own(
    app_with_limit: App,
) -> None:
    first = await app_with_limit.connect()
    second = (await app_with_limit.refresh(first["refresh_token"])).json
    answers = [await app_with_limit.call(first["access_token"]) for _ in range(2)]
    assert [answer.headers["X-Ratelimit-Remaining"] for answer in answers] == ["2", "1"]
    assert (await app_with_limit.call(second["access_token"])).headers[
        "X-Ratelimit-Remaining"
    ] == "0"
    assert (await app_with_limit.call(second["access_token"])).status == 429
    grant = app_with_limit.grant.id
    assert app_with_limit.sandbox.rate_limited == {grant: 1}
    assert (
        await app_with_limit.call((await app_with_limit.connect())["access_token"])
    ).status == 200
    assert (await app_with_limit.call(app_with_limit.sandbox.api_key)).status == 200
    assert app_with_limit.sandbox.draw(5, first["access_token"]) == 0


async def test_the_authorization_server_has_no_quota(app_with_limit: App) -> None:
    for _ in range(5):
        answer = await app_with_limit.post(app_with_limit.exchange(app_with_limit.code()))
        assert answer.status == 200
        assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]
    page = await app_with_limit.get(app_with_limit.authorization_url())
    assert not [name for name in page.headers if name.lower().startswith("x-ratelimit")]
    assert app_with_limit.sandbox.violations == 0


async def test_the_journal_has_the_grants_id_for_an_invalid_token_too(
    app: App,
) -> None:
    token = (await app.connect())["access_token"]
    await app.call(token)
    app.sandbox.oauth.kill(app.grant)
    await app.call(token)
    calls = app.sandbox.journal.find(path="/user_info")
    assert [(seen.key_id, seen.status) for seen in calls] == [
        (app.grant.id, 200),
        (app.grant.id, 401),
    ]
    assert app.sandbox.key_id(token) == app.grant.id


async def test_a_grant_is_found_by_any_of_its_tokens(app: App) -> None:
    tokens = await app.connect()
    oauth = app.sandbox.oauth
    assert oauth.grant_of(tokens["access_token"]) is oauth.grants[app.grant.id]
    assert oauth.grant_of(tokens["refresh_token"]) is app.grant
    assert oauth.grant_of("made-up") is None
    assert (app.grant.client_id, app.grant.scope) == (app.client.client_id, "offline_access")


async def test_a_secret_is_rotated_by_registering_the_app_anew(app: App) -> None:
    tokens = await app.connect()
    app.sandbox.oauth.add_client(app.client.client_id, "new secret")
    assert (await app.refresh(tokens["refresh_token"])).status == 401
    assert app.sandbox.oauth.client.client_secret == "new secret"
    answer = await app.refresh(tokens["refresh_token"], client_secret="new secret")
    assert answer.status == 200


async def test_the_server_keeps_and_shows_no_token(app: App) -> None:
    code = app.code()
    tokens = (await app.post(app.exchange(code))).json
    await app.refresh(tokens["refresh_token"])
    oauth = app.sandbox.oauth
    shown = [repr(thing) for thing in (oauth, oauth.grants, oauth.audit, list(oauth.audit))]
    shown += [repr(grant) for grant in oauth.grants.values()] + [repr(oauth.client)]
    secret = [code, tokens["access_token"], tokens["refresh_token"], app.client.client_secret]
    assert not [text for text in shown if any(each in text for each in secret)]


def test_other_threads_may_approve_and_read_while_it_serves() -> None:
    with threaded(Sandbox(products=1, rate_limit=None)) as sandbox:
        oauth = sandbox.oauth
        app = App(None, sandbox, oauth.client, ManualClock())  # type: ignore[arg-type]  # no HTTP
        found: list[str] = []

        def approve() -> None:
            found.extend(oauth.approve(app.authorization_url()) for _ in range(50))

        threads = [threading.Thread(target=approve) for _ in range(4)]
        for thread in threads:
            thread.start()
        with urllib.request.urlopen(app.authorization_url(), timeout=10) as page:
            assert page.status == 200
        for thread in threads:
            thread.join()
        assert len({event.grant for event in oauth.audit}) == len(set(found)) == 200
