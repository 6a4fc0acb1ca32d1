"""The whole flow against node's oidc-provider, an independent certified server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from katana_async import (
    AuthorizationDenied,
    NotConnected,
    OtherAccount,
    OtherIssuer,
    ReauthorizationRequired,
    StateUnknown,
    TokenRequestFailed,
)
from katana_async.oauth import OAuthApp, Revocation, Status
from katana_async.oauth.records import fingerprint_of
from katana_async.sandbox import Sandbox
from katana_async.secrets import Secret
from tests.interop.partner_setup import SESSION, PartnerSetup, open_partner_setup
from tests.interop.provider import CLIENT_SECRET, run_provider


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def change_query(url: str, **parameters: str) -> str:
    """Return the URL with these query parameters replaced."""
    return urlunsplit(urlsplit(url)._replace(query=urlencode(query(url) | parameters)))


async def expire_and_refresh(app: OAuthApp, partner: PartnerSetup, connection_id: str) -> str:
    """Let the access token expire and refresh it; return the new refresh token."""
    await partner.clock.advance(3600)
    await app.auth(connection_id).credential()
    return await partner.refresh_token(app, connection_id)


# ---- connecting -------------------------------------------------------------------------------


async def test_a_person_who_logs_in_and_consents_is_connected(partner: PartnerSetup) -> None:
    app = partner.app()
    browser = await partner.browser()
    callback = await browser.approve(await app.begin(session=SESSION, return_to="/settings"))
    connection = await app.complete(callback, session=SESSION)
    assert browser.pages == ["login", "consent"]
    assert connection.status is Status.CONNECTED
    assert connection.scopes == ("offline_access",)
    assert connection.return_to == "/settings"
    assert connection.account is not None
    assert connection.account.name == "Ada"
    assert connection.account.email == "ada@example.com"
    assert connection.connected_at is not None
    assert connection.expires_at is not None
    assert (connection.expires_at - connection.connected_at).total_seconds() == 3600
    katana = partner.client().with_auth(app.auth(connection.id))
    assert (await katana.factory.get()).legal_name == "Ada Ltd"


async def test_an_api_that_does_not_take_the_token_costs_the_name_and_not_the_connection(
    partner: PartnerSetup,
) -> None:
    async with Sandbox(products=1, rate_limit=None) as sandbox:
        app = partner.app(api_url=sandbox.base_url)
        connection = await partner.connect(app)
    assert connection.status is Status.CONNECTED
    assert connection.account is None
    assert await partner.is_active((await app.auth(connection.id).credential()).token.reveal())


async def test_without_asking_for_consent_there_is_no_offline_access_and_the_log_warns(
    partner: PartnerSetup, caplog: pytest.LogCaptureFixture
) -> None:
    app = partner.app(extra={}, scopes=("openid", "offline_access"))
    with caplog.at_level(logging.WARNING, "katana_async"):
        connection = await partner.connect(app)
    assert "the server gave no refresh token" in caplog.text
    assert connection.scopes == ("openid",)
    assert (await partner.record(app, connection.id)).refresh is None
    await partner.clock.advance(3600)
    with pytest.raises(ReauthorizationRequired, match="offline_access was not granted"):
        await app.auth(connection.id).credential()


async def test_a_person_who_cancels_has_denied_and_may_begin_again(partner: PartnerSetup) -> None:
    app, browser = partner.app(), await partner.browser()
    callback = await browser.deny(await app.begin(session=SESSION))
    with pytest.raises(AuthorizationDenied, match="End-User aborted interaction"):
        await app.complete(callback, session=SESSION)
    assert [connection async for connection in app.connections()] == []
    connection = await partner.connect(app)
    assert connection.status is Status.CONNECTED


# ---- PKCE -------------------------------------------------------------------------------------


async def test_a_verifier_that_does_not_fit_the_challenge_is_refused(partner: PartnerSetup) -> None:
    app = partner.app()
    url = change_query(await app.begin(session=SESSION), code_challenge="another-challenge-" * 3)
    callback = await (await partner.browser()).approve(url)
    with pytest.raises(TokenRequestFailed) as caught:
        await app.complete(callback, session=SESSION)
    assert caught.value.error == "invalid_grant"
    assert await partner.refusals() == ["PKCE verification failed"]


async def test_a_code_that_was_put_into_another_callback_is_refused(partner: PartnerSetup) -> None:
    app = partner.app()
    mine = await (await partner.browser("ada")).approve(await app.begin(session=SESSION))
    theirs = await (await partner.browser("eve")).approve(await app.begin(session="eve's"))
    injected = change_query(mine, code=query(theirs)["code"])
    with pytest.raises(TokenRequestFailed) as caught:
        await app.complete(injected, session=SESSION)
    assert caught.value.error == "invalid_grant"
    assert await partner.refusals() == ["PKCE verification failed"]
    assert (await app.complete(theirs, session="eve's")).status is Status.CONNECTED


# ---- callbacks --------------------------------------------------------------------------------


async def test_a_callback_that_comes_several_times_is_exchanged_once(partner: PartnerSetup) -> None:
    app, other = partner.app(), partner.app()
    callback = await (await partner.browser()).approve(await app.begin(session=SESSION))
    outcomes = await partner.while_time_passes(
        asyncio.gather(
            *(each.complete(callback, session=SESSION) for each in (app, other) for _ in range(5))
        )
    )
    assert len({outcome.id for outcome in outcomes}) == 1
    assert sorted(outcome.repeated for outcome in outcomes) == [False] + [True] * 9
    assert len(await partner.audit("authorization_code.consumed")) == 1
    assert await partner.audit("grant.error", "grant.revoked", "server_error") == []


async def test_a_code_is_not_taken_again_with_a_fresh_state(partner: PartnerSetup) -> None:
    app = partner.app()
    callback = await (await partner.browser()).approve(await app.begin(session=SESSION))
    connection = await app.complete(callback, session=SESSION)
    fresh = change_query(callback, state=query(await app.begin(session=SESSION))["state"])
    with pytest.raises(TokenRequestFailed) as caught:
        await app.complete(fresh, session=SESSION)
    assert caught.value.error == "invalid_grant"
    assert await expire_and_refresh(app, partner, connection.id)
    with pytest.raises(StateUnknown):
        await app.complete(change_query(callback, code="another"), session=SESSION)


async def test_a_code_that_a_thief_uses_again_ends_the_connection(partner: PartnerSetup) -> None:
    app = partner.app()
    url = await app.begin(session=SESSION)
    pending = await app._sealed_rows.read_pending(fingerprint_of(Secret(query(url)["state"])))
    assert pending is not None
    assert pending.record.verifier is not None
    callback = await (await partner.browser()).approve(url)
    connection = await app.complete(callback, session=SESSION)
    status, answer = await partner.post_form(
        partner.provider.token_url,
        grant_type="authorization_code",
        code=query(callback)["code"],
        code_verifier=pending.record.verifier.reveal(),
        redirect_uri=app.redirect_uri,
    )
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert await partner.refusals() == ["authorization code already consumed"]
    with pytest.raises(ReauthorizationRequired):
        await expire_and_refresh(app, partner, connection.id)


async def test_the_issuer_in_the_callback_is_checked_and_another_is_refused(
    partner: PartnerSetup,
) -> None:
    app = partner.app()
    callback = await (await partner.browser()).approve(await app.begin(session=SESSION))
    assert query(callback)["iss"] == partner.provider.issuer
    for other in ("https://evil.example", partner.provider.issuer + "1", "http://127.0.0.1"):
        with pytest.raises(OtherIssuer):
            await app.complete(change_query(callback, iss=other), session=SESSION)
    assert (await app.complete(callback, session=SESSION)).status is Status.CONNECTED


# ---- the client's secret ----------------------------------------------------------------------


async def test_a_wrong_client_secret_is_reported_without_the_secret(
    partner: PartnerSetup, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "wrong-secret-canary"
    app = partner.app(client_secret=wrong)
    callback = await (await partner.browser()).approve(await app.begin(session=SESSION))
    with caplog.at_level(logging.DEBUG), pytest.raises(TokenRequestFailed) as caught:
        await app.complete(callback, session=SESSION)
    assert caught.value.error == "invalid_client"
    assert caught.value.status == 401
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)} {caplog.text}"
    for secret in (wrong, CLIENT_SECRET, query(callback)["code"], query(callback)["state"]):
        assert secret not in shown


async def test_a_wrong_client_secret_at_a_refresh_does_not_end_the_connection(
    partner: PartnerSetup,
) -> None:
    app, wrong = partner.app(), partner.app(client_secret="wrong-secret-canary")
    connection = await partner.connect(app)
    await partner.clock.advance(3600)
    with pytest.raises(TokenRequestFailed) as caught:
        await wrong.auth(connection.id).credential()
    assert caught.value.error == "invalid_client"
    assert (await app.connection(connection.id)).status is Status.CONNECTED
    await app.auth(connection.id).credential()
    assert await partner.refreshes() == 1


# ---- rotation ---------------------------------------------------------------------------------


async def test_every_refresh_brings_new_tokens_and_uses_up_the_old_ones(
    partner: PartnerSetup,
) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    access = {(await app.auth(connection.id).credential()).token.reveal()}
    refresh = {await partner.refresh_token(app, connection.id)}
    for _ in range(5):
        refresh.add(await expire_and_refresh(app, partner, connection.id))
        access.add((await app.auth(connection.id).credential()).token.reveal())
    assert len(access) == len(refresh) == 6
    assert len(partner.refreshed) == await partner.refreshes() == 5
    assert len(await partner.audit("refresh_token.consumed")) == 5
    assert await partner.audit("grant.error", "grant.revoked", "server_error") == []
    current = await partner.refresh_token(app, connection.id)
    assert [each for each in refresh if await partner.is_active(each)] == [current]


async def test_a_token_that_the_api_refuses_is_refreshed_and_the_call_goes_again(
    partner: PartnerSetup,
) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    token = (await app.auth(connection.id).credential()).token.reveal()
    await partner.clock.advance(60)  # a token refused right after it was issued is not refreshed
    status, _ = await partner.post_form(
        partner.provider.revoke_url, token=token, token_type_hint="access_token"
    )
    assert status == 200
    assert not await partner.is_active(token)
    katana = partner.client().with_auth(app.auth(connection.id))
    names = await asyncio.gather(*(katana.factory.get() for _ in range(20)))
    assert {each.display_name for each in names} == {"Ada"}
    assert await partner.refreshes() == 1


async def test_many_tasks_of_two_processes_at_once_make_one_refresh(partner: PartnerSetup) -> None:
    apps = [partner.app(), partner.app()]
    connection = await partner.connect(apps[0])
    for round_ in range(1, 4):
        await partner.clock.advance(3600)
        credentials = await partner.while_time_passes(
            asyncio.gather(
                *(app.auth(connection.id).credential() for app in apps for _ in range(50))
            )
        )
        assert len({each.token.reveal() for each in credentials}) == 1
        assert await partner.refreshes() == round_
    assert await partner.audit("grant.error", "grant.revoked", "server_error") == []


# ---- reuse ------------------------------------------------------------------------------------


async def test_a_refresh_token_used_by_a_thief_ends_one_connection_and_connecting_mends_it(
    partner: PartnerSetup,
) -> None:
    app = partner.app()
    connection = await partner.connect(app, "tenant-1")
    other = await partner.connect(app, "tenant-2", account="grace")
    stolen = await partner.refresh_token(app, connection.id)
    await expire_and_refresh(app, partner, connection.id)
    assert await partner.replay(stolen) == "invalid_grant"
    assert await partner.refusals() == ["refresh token already used"]
    [revoked] = await partner.audit("grant.revoked")
    await partner.clock.advance(3600)
    outcomes = await asyncio.gather(
        *(app.auth("tenant-1").credential() for _ in range(20)), return_exceptions=True
    )
    for outcome in outcomes:
        assert isinstance(outcome, ReauthorizationRequired)
        assert outcome.connection_id == "tenant-1"
    with pytest.raises(ReauthorizationRequired):
        await partner.app().auth("tenant-1").credential()
    assert [ended.id for ended in partner.ended] == ["tenant-1"]
    assert (await app.connection("tenant-1")).status is Status.REAUTHORIZE
    # All calls together made one request.
    assert await partner.refusals() == ["refresh token already used", "refresh token not found"]

    await expire_and_refresh(app, partner, other.id)

    mended = await partner.connect(app, "tenant-1")
    assert (mended.id, mended.status) == ("tenant-1", Status.CONNECTED)
    token = await expire_and_refresh(app, partner, "tenant-1")
    assert await partner.is_active(token)
    saved = await partner.audit("refresh_token.saved")
    assert saved[-1]["grant"] != revoked["grant"]
    assert len(partner.ended) == 1


async def test_a_connection_is_not_mended_with_another_account(
    partner: PartnerSetup,
) -> None:
    app = partner.app()
    connection = await partner.connect(app, "tenant-1")
    before = await partner.refresh_token(app, connection.id)
    with pytest.raises(OtherAccount):
        await partner.connect(app, "tenant-1", account="grace")
    assert await partner.audit("grant.revoked") == []  # it may be another connection's grant
    assert await partner.refresh_token(app, connection.id) == before
    assert await expire_and_refresh(app, partner, connection.id)


# ---- disconnecting ----------------------------------------------------------------------------


async def test_disconnecting_revokes_the_tokens(partner: PartnerSetup) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    refresh = await partner.refresh_token(app, connection.id)
    access = (await app.auth(connection.id).credential()).token.reveal()
    assert await app.disconnect(connection.id, revoke=True) is Revocation.REVOKED
    assert len(await partner.audit("grant.revoked")) == 1
    assert await partner.replay(refresh) == "invalid_grant"
    assert await partner.refusals() == ["refresh token not found"]
    assert not await partner.is_active(access)
    with pytest.raises(NotConnected):
        await app.auth(connection.id).credential()


async def test_a_server_without_a_revocation_endpoint_is_not_a_failed_revocation(
    partner: PartnerSetup,
) -> None:
    app = partner.app(revoke_url=f"{partner.provider.origin}/no/such/page")
    connection = await partner.connect(app)
    refresh = await partner.refresh_token(app, connection.id)
    assert await app.disconnect(connection.id, revoke=True) is Revocation.NOT_OFFERED
    assert await partner.is_active(refresh)


# ---- a server below a path, with short token lifetimes ----------------------------------------


@pytest.fixture
async def realm() -> AsyncIterator[PartnerSetup]:
    with run_provider(mount="/realms/katana", access_token_life=90) as provider:
        async with open_partner_setup(provider) as partner:
            yield partner


async def test_an_issuer_with_a_path_is_accepted_and_other_paths_of_its_host_are_refused(
    realm: PartnerSetup,
) -> None:
    app = realm.app()
    callback = await (await realm.browser()).approve(await app.begin(session=SESSION))
    assert query(callback)["iss"] == f"{realm.provider.origin}/realms/katana"
    for other in ("/realms/kat", "/realms/another", "/realms/katana/auth/more", "/auth"):
        with pytest.raises(OtherIssuer):
            await app.complete(
                change_query(callback, iss=realm.provider.origin + other), session=SESSION
            )
    connection = await app.complete(callback, session=SESSION)
    assert connection.status is Status.CONNECTED


async def test_tokens_with_a_short_lifetime_are_refreshed(realm: PartnerSetup) -> None:
    app = realm.app()
    connection = await realm.connect(app)
    for round_ in range(1, 4):
        await realm.clock.advance(90)
        token = (await app.auth(connection.id).credential()).token.reveal()
        assert await realm.is_active(token)
        assert await realm.refreshes() == round_
