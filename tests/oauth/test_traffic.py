"""Pauses and outages of the token endpoint hold for all connections of an app."""

import asyncio
import time

import pytest

from katana_async import KatanaError, TimedOut, TokenRequestFailed
from katana_async.oauth import OAuthApp
from katana_async.oauth.server.traffic import EndpointTraffic
from katana_async.sandbox import faults
from tests.clock import ManualClock
from tests.oauth.partner import BROWSER, DAY, Partner

TOKEN = "/oauth/token"


async def many_expired(partner: Partner, count: int) -> tuple[OAuthApp, list[str]]:
    """Return an app with so many connections whose access tokens have ended."""
    app = partner.app()
    ids = [(await partner.connect(app)).id for _ in range(count)]
    await partner.pass_time(DAY + 1)
    partner.sandbox.journal.clear()
    return app, ids


async def outcomes(partner: Partner, app: OAuthApp, ids: list[str]) -> list[object]:
    calls = (app.auth(each).credential() for each in ids)
    return await partner.while_time_passes(asyncio.gather(*calls, return_exceptions=True))


async def test_a_pause_of_the_endpoint_holds_for_all_and_fails_no_call(
    partner: Partner,
) -> None:
    app, ids = await many_expired(partner, 100)
    partner.sandbox.faults.add(faults.TooMany(retry_after=1), path=TOKEN, times=25)
    done = await outcomes(partner, app, ids)
    assert [each for each in done if isinstance(each, KatanaError)] == []
    # The 20 that were on their way, then one after each pause, and each connection once.
    refused = [seen for seen in partner.sandbox.journal if seen.status == 429]
    assert len(refused) == 25
    assert partner.requests() == 125
    assert partner.oauth.audit.count("reused") == 0


async def test_a_caller_waits_within_its_deadline(partner: Partner) -> None:
    app, [one, other] = await many_expired(partner, 2)
    katana = partner.client()
    partner.sandbox.faults.add(faults.TooMany(retry_after=1), path=TOKEN, times=1)
    began = time.monotonic()
    hurried = katana.with_auth(app.auth(one)).with_options(deadline=0.2).products.list().count()
    with pytest.raises(TimedOut, match="waiting for its credentials"):
        await hurried
    assert time.monotonic() - began < 5  # the deadline, and not that of the other options
    assert await partner.while_time_passes(
        katana.with_auth(app.auth(other)).with_options(deadline=30).products.list().count()
    )


async def test_a_pause_that_is_too_long_is_an_error_for_all_at_once(partner: Partner) -> None:
    app, ids = await many_expired(partner, 30)
    partner.sandbox.faults.add(faults.TooMany(retry_after=120), path=TOKEN, times=None)
    done = await outcomes(partner, app, ids)
    assert all(isinstance(each, TokenRequestFailed) and each.retry_after for each in done)
    assert partner.requests() <= 20


async def test_an_endpoint_that_is_down_is_not_asked_by_each_connection(partner: Partner) -> None:
    app, ids = await many_expired(partner, 60)
    partner.sandbox.faults.add(faults.Html(503), path=TOKEN, times=None)
    done = await outcomes(partner, app, ids)
    assert {type(each) for each in done} == {TokenRequestFailed}
    assert partner.requests() <= 22  # those on their way, and one more
    assert any("the endpoint is asked again in" in str(each) for each in done)
    partner.sandbox.faults.clear()
    await partner.pass_time(200)
    assert [each for each in await outcomes(partner, app, ids) if isinstance(each, OSError)] == []
    assert partner.oauth.audit.count("reused") == 0


async def test_a_wrong_secret_is_found_out_once(partner: Partner) -> None:
    _, ids = await many_expired(partner, 60)
    app = partner.app(client_secret="another-secret")
    done = await outcomes(partner, app, ids)
    assert {getattr(each, "error", None) for each in done} == {"invalid_client"}
    assert partner.requests() <= 22


async def test_one_request_that_is_lost_fails_no_other_connection(partner: Partner) -> None:
    app, [first, *others] = await many_expired(partner, 30)
    partner.sandbox.faults.add(faults.Html(502), path=TOKEN, times=1)
    [failed] = await outcomes(partner, app, [first])
    assert isinstance(failed, TokenRequestFailed)
    done = await outcomes(partner, app, others)
    assert [each for each in done if isinstance(each, KatanaError)] == []


async def test_closing_does_not_wait_for_a_pause(partner: Partner) -> None:
    app, ids = await many_expired(partner, 5)
    partner.sandbox.faults.add(faults.TooMany(retry_after=50), path=TOKEN, times=None)
    calls = [asyncio.ensure_future(app.auth(each).credential()) for each in ids]
    await partner.until(lambda: partner.requests() == 5)
    await asyncio.sleep(0.05)
    before = partner.clock.now()
    await partner.while_time_passes(app.close())
    assert partner.clock.now() - before < 5
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert all("closed" in str(each) for each in done)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.TooMany(retry_after=2), 429),
        (faults.Status(503, {"error": "temporarily_unavailable"}), 503),
    ],
)
async def test_a_code_that_was_not_spent_is_sent_again(
    partner: Partner, fault: faults.Fault, status: int
) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    partner.sandbox.faults.add(fault, path=TOKEN, times=2)
    connection = await partner.while_time_passes(app.complete(callback, session=BROWSER))
    assert connection.id
    seen = [each.status for each in partner.sandbox.journal if each.path == TOKEN]
    assert seen == [status, status, 200]


async def test_a_code_is_not_sent_again_later_than_a_person_waits(partner: Partner) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    partner.sandbox.faults.add(faults.TooMany(retry_after=60), path=TOKEN, times=None)
    with pytest.raises(TokenRequestFailed) as caught:
        await partner.while_time_passes(app.complete(callback, session=BROWSER))
    assert (caught.value.status, partner.requests()) == (429, 1)


@pytest.mark.parametrize("fault", [faults.Html(503), faults.ResetAfterRead(processed=True)])
async def test_a_code_that_may_be_spent_is_not_sent_again(
    partner: Partner, fault: faults.Fault
) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    partner.sandbox.faults.add(fault, path=TOKEN)
    with pytest.raises(TokenRequestFailed):
        await partner.while_time_passes(app.complete(callback, session=BROWSER))
    assert partner.requests() == 1


async def test_an_endpoint_that_asks_for_pauses_only_is_given_up_in_the_end(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.TooMany(retry_after=30), path=TOKEN, times=None)
    before = partner.clock.now()
    with pytest.raises(TokenRequestFailed) as caught:
        await partner.while_time_passes(app.auth(connection_id).credential(), step=5)
    assert caught.value.status == 429
    assert 300 <= partner.clock.now() - before < 400


async def test_requests_that_were_under_way_together_are_one_failure() -> None:
    clock = ManualClock()
    traffic, began = EndpointTraffic(clock), clock.now()
    await clock.advance(1)
    for _ in range(3):
        traffic.record(TokenRequestFailed("no answer"), began)
    traffic.record("tokens", began)  # from before the outage: the endpoint may be down all the same
    probing = asyncio.ensure_future(take_slot(traffic))
    await clock.advance(300)
    await probing
    traffic.record(TokenRequestFailed("no answer"), clock.now())
    with pytest.raises(TokenRequestFailed, match="the endpoint is asked again in"):
        await take_slot(traffic)
    traffic.record("tokens", clock.now())
    await take_slot(traffic)


async def take_slot(traffic: EndpointTraffic) -> None:
    async with asyncio.timeout(5), traffic.slot(lambda: False):
        pass
