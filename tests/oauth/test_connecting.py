"""From `begin` to a connection, once and again."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve

from katana_async import (
    AuthorizationDenied,
    NotConnected,
    OtherAccount,
    StateUnknown,
    TokenRequestFailed,
)
from katana_async.oauth import Status
from katana_async.sandbox import faults
from katana_async.sandbox.wire import Answer
from tests.oauth.partner import BROWSER, Partner, query

# ---- successful connections ----------------------------------------------------------------------


async def test_a_person_who_consents_is_connected_under_the_accounts_name(partner: Partner) -> None:
    northwind = partner.oauth.add_account(name="Northwind Bicycles", email="ada@northwind.example")
    app = partner.app()
    url = await app.begin(session=BROWSER, return_to="/settings")
    callback = partner.oauth.approve(url, account=northwind)
    connection = await app.complete(callback, session=BROWSER)
    assert connection.status is Status.CONNECTED
    assert connection.account is not None
    assert connection.account.name == "Northwind Bicycles"
    assert connection.account.email == "ada@northwind.example"
    assert connection.scopes == ("offline_access",)
    assert connection.return_to == "/settings"
    assert not connection.repeated
    assert await app.connection(connection.id) == await anext(app.connections())
    katana = partner.client().with_auth(app.auth(connection.id))
    assert await katana.products.list().count() == 5


async def test_the_authorization_request_has_state_and_pkce(partner: Partner) -> None:
    asked = query(await partner.app(extra={"prompt": "consent"}).begin(session=BROWSER))
    assert len(asked.pop("state")) == len(asked.pop("code_challenge")) == 43
    assert asked == {
        "response_type": "code",
        "client_id": partner.oauth.client.client_id,
        "redirect_uri": "http://127.0.0.1:8000/callback",
        "scope": "offline_access",
        "audience": "https://api.katanamrp.com",
        "code_challenge_method": "S256",
        "prompt": "consent",
    }


async def test_every_state_and_challenge_is_another(partner: Partner) -> None:
    app = partner.app()
    asked = [query(await app.begin(session=BROWSER)) for _ in range(20)]
    assert len({each["state"] for each in asked}) == 20
    assert len({each["code_challenge"] for each in asked}) == 20


async def test_the_connection_may_be_named_by_the_partner(partner: Partner) -> None:
    app = partner.app()
    assert (await partner.connect(app, "tenant-42")).id == "tenant-42"
    with pytest.raises(ValueError, match="begins with a letter or a digit"):
        await app.begin(session=BROWSER, connection_id="../tenant-43")


@pytest.mark.parametrize(
    ("return_to", "says"), [("/\ud800", "surrogates not allowed"), ("/" * 9_000, "return_to")]
)
async def test_return_to_is_text_that_can_be_stored(
    partner: Partner, return_to: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        await partner.app().begin(session=BROWSER, return_to=return_to)


async def test_parameters_do_as_well_as_the_address(partner: Partner) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    parameters = parse_qs(urlsplit(callback).query)
    assert (await app.complete(parameters, session=BROWSER)).status is Status.CONNECTED
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    assert (await app.complete(query(callback), session=BROWSER)).status is Status.CONNECTED


async def test_two_tabs_are_two_pending_states_and_both_complete(partner: Partner) -> None:
    app = partner.app()
    first, second = await app.begin(session=BROWSER), await app.begin(session=BROWSER)
    after = await app.complete(partner.oauth.approve(second), session=BROWSER)
    before = await app.complete(partner.oauth.approve(first), session=BROWSER)
    assert after.id != before.id
    assert [after.status, before.status] == [Status.CONNECTED] * 2


async def test_an_account_without_a_name_is_connected_all_the_same(partner: Partner) -> None:
    partner.sandbox.faults.add(faults.Status(500), path="/factory", times=None)
    partner.sandbox.faults.add(faults.Status(500), path="/user_info", times=None)
    app = partner.app()
    connection = await partner.while_time_passes(partner.connect(app))
    assert connection.status is Status.CONNECTED
    assert connection.account is None


async def test_an_account_whose_name_is_no_unicode_is_connected(partner: Partner) -> None:
    class HalfAPair(faults.Outcome):
        def deliver(self, answer: Answer) -> faults.Delivery:
            body = (answer.body or b"").replace(b'"email":"', b'"email":"\\ud800')
            return faults.deliver(evolve(answer, body=body))

    partner.sandbox.faults.add(HalfAPair(), path="/user_info")
    connection = await partner.while_time_passes(partner.connect(partner.app()))
    assert connection.account is not None
    assert str(connection.account.email).startswith("?")


async def test_without_offline_access_a_connection_lives_as_long_as_its_token(
    partner: Partner,
) -> None:
    app = partner.app(scopes=())
    connection = await partner.connect(app)
    record = await partner.record(app, connection.id)
    assert record.refresh is None
    assert record.life == 86_400


# ---- the same callback again ------------------------------------------------------------------


async def test_the_same_callback_is_the_same_success_with_one_exchange(partner: Partner) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    first = await app.complete(callback, session=BROWSER)
    await partner.pass_time(290)
    again = await app.complete(callback, session=BROWSER)
    assert (again.id, again.repeated) == (first.id, True)
    assert partner.requests() == 1
    await partner.pass_time(20)
    with pytest.raises(StateUnknown):
        await app.complete(callback, session=BROWSER)


async def test_a_double_click_waits_for_the_first_whichever_process_has_it(
    partner: Partner,
) -> None:
    partner.sandbox.faults.add(faults.Latency(0.1), path="/oauth/token")
    apps = [partner.app(), partner.app()]
    callback = partner.oauth.approve(await apps[0].begin(session=BROWSER))
    clicks = [app.complete(callback, session=BROWSER) for app in apps * 3]
    done = await partner.while_time_passes(asyncio.gather(*clicks), step=0.01)
    assert len({each.id for each in done}) == 1
    assert sorted(each.repeated for each in done) == [False] + [True] * 5
    assert partner.requests() == 1


async def test_a_denial_that_is_loaded_again_is_the_same_denial(partner: Partner) -> None:
    app = partner.app()
    callback = partner.oauth.deny(await app.begin(session=BROWSER))
    for _ in range(2):
        with pytest.raises(AuthorizationDenied):
            await app.complete(callback, session=BROWSER)
    assert partner.requests() == 0


async def test_a_failure_that_is_loaded_again_is_the_same_failure(partner: Partner) -> None:
    app = partner.app(client_secret="another app's")
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    for _ in range(2):
        with pytest.raises(TokenRequestFailed, match="invalid_client") as caught:
            await app.complete(callback, session=BROWSER)
        assert caught.value.error == "invalid_client"
    assert partner.requests() == 1


async def test_a_repeated_callback_after_a_disconnect_is_an_error(
    partner: Partner,
) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    connection = await app.complete(callback, session=BROWSER)
    await app.disconnect(connection.id)
    with pytest.raises(NotConnected):
        await app.complete(callback, session=BROWSER)


# ---- mending ----------------------------------------------------------------------------------


async def test_connecting_again_mends_the_connection(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant-1")
    before = await partner.record(app, "tenant-1")
    await partner.connect(app, "tenant-1")
    after = await partner.record(app, "tenant-1")
    assert after.birth == before.birth
    assert after.access != before.access
    assert len([each async for each in app.connections()]) == 1


async def test_another_account_is_not_put_in_a_connections_place(partner: Partner) -> None:
    other = partner.oauth.add_account(name="Other Company", email="eve@other.example")
    app = partner.app()
    await partner.connect(app, "tenant-1")
    before = await partner.record(app, "tenant-1")
    url = await app.begin(session=BROWSER, connection_id="tenant-1")
    callback = partner.oauth.approve(url, account=other)
    with pytest.raises(OtherAccount, match="Other Company") as caught:
        await app.complete(callback, session=BROWSER)
    assert caught.value.connection_id == "tenant-1"
    assert await partner.record(app, "tenant-1") == before
    # Not revoked: where grants are of a person, that could end another connection of hers.
    assert partner.oauth.audit.count("revoked") == 0
    url = await app.begin(session=BROWSER, connection_id="tenant-1", any_account=True)
    callback = partner.oauth.approve(url, account=other)
    connection = await app.complete(callback, session=BROWSER)
    assert connection.account is not None
    assert connection.account.name == "Other Company"
