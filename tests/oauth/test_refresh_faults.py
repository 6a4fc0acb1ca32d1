"""Failing refreshes: the caller's error, the stored row, and the number of requests."""

import asyncio
from typing import Any

import pytest

from katana_async import (
    ConfigurationError,
    KatanaError,
    ReauthorizationRequired,
    Secret,
    TokenRequestFailed,
)
from katana_async.oauth import MemoryTokenStore
from katana_async.sandbox import faults
from tests.oauth.partner import DAY, Partner

TOKEN = "/oauth/token"


# ---- the answer is lost -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        faults.ResetAfterRead(processed=True),
        faults.CutBody(10),
        faults.WrongContentLength(50),
    ],
    ids=["reset", "cut", "short"],
)
async def test_a_lost_answer_is_an_unknown_outcome_that_is_not_sent_again_at_once(
    partner: Partner, fault: faults.Fault
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(fault, path=TOKEN)
    with pytest.raises(TokenRequestFailed) as caught:
        await app.auth(connection_id).credential()
    assert caught.value.outcome_unknown
    assert partner.requests() == 1
    # The row has an intent for the token, so that no process uses it now.
    record = await partner.record(app, connection_id)
    assert record.intent is not None
    assert record.intent.token == record.refresh_fingerprint
    # Others wait for `patience`, then one tries once; the chain was lost with the answer.
    other = partner.app()
    waiting = asyncio.ensure_future(other.auth(connection_id).credential())
    await partner.while_time_passes(asyncio.sleep(0))
    await partner.pass_time(80)
    assert partner.requests() == 1
    assert not waiting.done()
    with pytest.raises(ReauthorizationRequired):
        await partner.while_time_passes(waiting, step=1.0)
    assert partner.requests() == 2


async def test_an_answer_that_was_lost_before_the_rotation_costs_only_time(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.ResetAfterRead(processed=False), path=TOKEN)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    await partner.pass_time(5)
    again = await partner.while_time_passes(app.auth(connection_id).credential(), step=1.0)
    assert again.token == (await partner.record(app, connection_id)).access
    assert partner.requests() == 2
    assert partner.oauth.audit.count("reused") == 0


async def test_a_lost_answer_disturbs_no_caller_while_the_access_token_is_valid(
    partner: Partner,
) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    auth = app.auth(connection.id)
    before = await auth.credential()
    await partner.pass_time(DAY - 200)
    partner.sandbox.faults.add(faults.ResetAfterRead(processed=False), path=TOKEN)
    for _ in range(15):
        await partner.pass_time(10)
        assert await auth.credential() == before
        for _ in range(50):
            await asyncio.sleep(0)
    assert partner.requests() == 2  # the code, and the one whose answer was lost
    assert await partner.app().auth(connection.id).credential() == before
    await partner.pass_time(60)
    after = await partner.while_time_passes(auth.credential(), step=1.0)
    assert after.token != before.token
    assert partner.requests() == 3


async def test_a_slow_endpoint_is_given_up_and_not_asked_again_at_once(partner: Partner) -> None:
    app, connection_id = await partner.expired(timeout=0.3, lease=1, patience=20)
    partner.sandbox.faults.add(faults.Latency(0.6), path=TOKEN)
    with pytest.raises(TokenRequestFailed, match=r"no answer within 0\.3 s") as caught:
        await app.auth(connection_id).credential()
    assert caught.value.outcome_unknown
    assert (await partner.record(app, connection_id)).intent is not None
    await partner.pass_time(5)
    waiting = asyncio.ensure_future(app.auth(connection_id).credential())
    for _ in range(50):
        await asyncio.sleep(0)
    assert partner.requests() == 1
    waiting.cancel()


async def test_the_rotation_overlap_of_a_server_saves_a_connection_whose_answer_was_lost(
    partner: Partner,
) -> None:
    partner.oauth.settings.refresh_token_overlap = 60
    app, connection_id = await partner.expired(patience=40)
    partner.sandbox.faults.add(faults.ResetAfterRead(processed=True), path=TOKEN)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    await partner.pass_time(5)
    await partner.while_time_passes(app.auth(connection_id).credential(), step=1.0)
    assert partner.oauth.audit.count("overlapped") == 1
    assert partner.oauth.audit.count("chain_killed") == 0


# ---- the endpoint fails -----------------------------------------------------------------------


async def test_an_endpoint_that_is_down_is_not_reached_and_nothing_is_at_stake(
    partner: Partner, unused_tcp_port: int
) -> None:
    app, connection_id = await partner.expired()
    down = partner.app(token_url=f"http://127.0.0.1:{unused_tcp_port}/oauth/token")
    asking = down.auth(connection_id).credential()
    with pytest.raises(TokenRequestFailed, match="no connection") as caught:
        await partner.while_time_passes(asking)
    assert not caught.value.outcome_unknown
    assert partner.requests() == 0
    assert (await partner.record(app, connection_id)).intent is None
    # So a process that can reach the server need not wait.
    await app.auth(connection_id).credential()
    assert partner.requests() == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (faults.Status(500, {"error": "server_error"}), "500 server_error"),
        (faults.Status(502, {"error": "temporarily_unavailable"}), "502 temporarily_unavailable"),
        (faults.Status(403, {"message": "no"}), "JSON without an error code"),
        (faults.Html(404), "Check token_url"),
        (faults.Empty(405), "Check token_url"),
    ],
    ids=["server_error", "502 as OAuth has it", "403", "404", "405"],
)
async def test_a_lasting_refusal_is_an_error_and_is_tried_again_later(
    partner: Partner, fault: faults.Fault, says: str
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(fault, path=TOKEN)
    with pytest.raises(TokenRequestFailed, match=says) as caught:
        await app.auth(connection_id).credential()
    assert caught.value.outcome_unknown == (caught.value.status in (500, 502))
    # The server is done with the request, so no process has to wait for its answer.
    record = await partner.record(app, connection_id)
    assert record.intent is None
    await partner.pass_time(60)
    try:
        await app.auth(connection_id).credential()
    except ReauthorizationRequired:
        assert partner.oauth.audit.count("reused") == 1  # it had rotated, and the answer was lost
    assert partner.requests() == 2


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        *((faults.Html(status), "an HTML page") for status in (408, 499, 500, 502, 503, 504, 524)),
        (faults.Empty(530), "no body"),
        (faults.Status(504, {"error": "Gateway Timeout"}), "504 Gateway Timeout"),
        (faults.Html(524, processed=True), "an HTML page"),
        (faults.Html(200), "without usable tokens"),
        (faults.Html(200, processed=True), "without usable tokens"),
        (faults.Empty(204), "without usable tokens"),
        (faults.Status(200, {"token_type": "Bearer"}), "without usable tokens"),
    ],
    ids=lambda given: repr(given) if isinstance(given, faults.Fault) else "",
)
async def test_an_answer_that_may_not_be_the_servers_leaves_the_refresh_token_alone(
    partner: Partner, fault: faults.Fault, says: str
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(fault, path=TOKEN)
    with pytest.raises(TokenRequestFailed, match=says) as caught:
        await app.auth(connection_id).credential()
    assert caught.value.outcome_unknown
    # It may still be working, or has rotated without an answer: no second request follows at once.
    assert (await partner.record(app, connection_id)).intent is not None
    waiting = asyncio.ensure_future(partner.app().auth(connection_id).credential())
    await partner.while_time_passes(asyncio.sleep(0))
    await partner.pass_time(80)
    assert partner.requests() == 1
    # What had not got there yet is lost no more. What had is, whenever it is asked again.
    if getattr(fault, "processed", False):
        with pytest.raises(ReauthorizationRequired):
            await partner.while_time_passes(waiting, step=1.0)
    else:
        await partner.while_time_passes(waiting, step=1.0)
    assert partner.requests() == 2


async def test_an_odd_answer_with_good_tokens_is_taken_and_stored(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    odd = {"access_token": "at", "refresh_token": "rt", "token_type": "mac", "scope": ["a"]}
    partner.sandbox.faults.add(faults.Status(200, odd), path=TOKEN)
    before = await partner.record(app, connection_id)
    assert (await app.auth(connection_id).credential()).token == Secret("at")
    record = await partner.record(app, connection_id)
    assert (record.access, record.refresh) == (Secret("at"), Secret("rt"))
    assert (record.intent, record.life, record.scopes) == (None, None, before.scopes)
    assert partner.requests() == 1


async def test_callers_by_the_dozen_do_not_hammer_an_endpoint_that_fails(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    failing = faults.Status(503, {"error": "temporarily_unavailable"})
    partner.sandbox.faults.add(failing, path=TOKEN, times=None)
    for _ in range(60):
        outcomes = await asyncio.gather(
            *(app.auth(connection_id).credential() for _ in range(20)), return_exceptions=True
        )
        assert {type(each) for each in outcomes} == {TokenRequestFailed}
        await partner.pass_time(1)
    assert 4 <= partner.requests() <= 9  # 1,200 calls in a minute
    partner.sandbox.faults.clear()
    await partner.pass_time(30)
    await app.auth(connection_id).credential()


async def test_the_pause_that_a_server_asks_for_is_kept(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.TooMany(retry_after=120), path=TOKEN)
    with pytest.raises(TokenRequestFailed) as caught:
        await app.auth(connection_id).credential()
    assert (caught.value.status, caught.value.retry_after) == (429, 120)
    await partner.pass_time(110)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    assert partner.requests() == 1
    await partner.pass_time(11)
    await app.auth(connection_id).credential()


async def test_a_wrong_client_secret_is_an_error_and_ends_no_connection(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    wrong = partner.app(client_secret="the secret of last year")
    with pytest.raises(TokenRequestFailed, match="401 invalid_client") as caught:
        await wrong.auth(connection_id).credential()
    assert (caught.value.error, caught.value.outcome_unknown) == ("invalid_client", False)
    assert partner.ended == []
    await app.auth(connection_id).credential()


# ---- a process is stopped ---------------------------------------------------------------------


class Stopping(MemoryTokenStore):
    """A store at which a process can be stopped, as if its container were paused."""

    async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
        written = await super().write(key, *args, **kwargs)
        await self.wait_while_stopped()
        return written

    async def wait_while_stopped(self) -> None:
        """Do nothing, until a test sets the event."""


async def test_a_process_that_was_stopped_longer_than_its_lease_does_not_send(
    partner: Partner,
) -> None:
    partner.store = Stopping(clock=partner.server_clock.time)
    app, connection_id = await partner.expired()
    stops = [40.0]

    async def stop() -> None:
        if stops:
            await partner.pass_time(stops.pop())  # longer than the lease of 30 s

    partner.store.wait_while_stopped = stop
    partner.sandbox.faults.add(faults.Latency(0.5), path=TOKEN)
    asking = asyncio.ensure_future(app.auth(connection_id).credential())
    while not partner.requests():
        await partner.pass_time(0.05)
    # Its intent from before the stop was too old, so it wrote a new one.
    intent = (await partner.record(app, connection_id)).intent
    assert intent is not None
    assert partner.server_clock.time() - intent.at < 5
    await partner.while_time_passes(asking)
    assert not stops
    assert partner.requests() == 1
    assert partner.oauth.audit.count("refreshed") == 1


async def test_a_call_on_a_closed_app_is_an_error(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    await app.close()
    with pytest.raises(ConfigurationError, match="this OAuthApp is closed"):
        await app.auth(connection_id).credential()


async def test_every_failure_is_an_error_of_this_sdk(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    for fault in (faults.GzipGarbage(), faults.GzipBomb(10**8), faults.Redirect("/x", 302)):
        partner.sandbox.faults.add(fault, path=TOKEN)
        with pytest.raises(KatanaError):
            await partner.while_time_passes(app.auth(connection_id).credential(), step=1.0)
        await partner.pass_time(100)
