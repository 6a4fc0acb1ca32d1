"""Clients that share a session: closing, waits for connections, failures, long Retry-After."""

import asyncio

import aiohttp
import pytest

from katana_async import (
    ApiKey,
    ConfigurationError,
    ConnectionFailed,
    KatanaClient,
    RateLimited,
    ServerError,
    TimedOut,
)
from katana_async.http.limits import Priority, ProcessLimits, QuotaClosed, QuotaLimiter, QuotaWindow
from katana_async.http.settings import HTTPSettings
from katana_async.sandbox import RateLimit, Sandbox, faults
from tests.clock import ManualClock

from .conftest import MakeClient


async def _arrival(sandbox: Sandbox, method: str) -> None:
    """Wait until the sandbox has read a request."""
    while not sandbox.journal.find(method=method):  # noqa: ASYNC110 - the sandbox has no event
        await asyncio.sleep(0.01)


# ---- closing


@pytest.mark.parametrize("derive", ["with_options", "with_auth"])
async def test_closing_a_derived_client_closes_nothing(
    derive: str, sandbox: Sandbox, make_client: MakeClient
) -> None:
    katana = make_client()
    derived = (
        katana.with_options(deadline=5)
        if derive == "with_options"
        else katana.with_auth(ApiKey(sandbox.api_key))
    )
    async with derived as used:
        await used.factory.get()
    await derived.close()
    await derived.with_options(retries=1).close()
    await derived.factory.get()
    await katana.factory.get()


async def test_a_lent_session_stays_open_whichever_client_is_closed(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        katana = KatanaClient(
            auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url, session=session
        )
        async with katana.with_options(deadline=5) as fast:
            await fast.factory.get()
        await katana.factory.get()
        await katana.close()
        assert not session.closed


async def test_closing_the_owner_ends_the_derived_clients(make_client: MakeClient) -> None:
    katana = make_client()
    derived = katana.with_options(deadline=5)
    await katana.close()
    with pytest.raises(ConfigurationError, match="closed"):
        await derived.factory.get()


async def test_a_delete_in_flight_when_the_client_is_closed_has_an_unknown_outcome(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    katana = make_client()
    product = await katana.products.list().first()
    assert product is not None
    sandbox.faults.add(faults.Latency(5), method="DELETE")
    deletion = asyncio.create_task(katana.products.delete(product.id))
    await _arrival(sandbox, "DELETE")
    await katana.close()
    with pytest.raises(ConnectionFailed) as caught:
        await deletion
    assert caught.value.outcome_unknown


# ---- waiting for a connection


async def test_the_wait_for_a_connection_counts_towards_no_timeout(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    """200 calls over 4 connections, each answer late: most wait longer than both timeouts."""
    sandbox.faults.add(faults.Latency(0.02), times=None)
    katana = make_client(
        http=HTTPSettings(max_connections=4),
        connect_timeout=0.5,
        timeout=0.5,
        retries=0,
        limits=ProcessLimits(100_000),
    )
    tenants = [katana.with_auth(ApiKey(sandbox.add_key())) for _ in range(10)]
    calls = [tenant.factory.get() for tenant in tenants for _ in range(20)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [each for each in results if isinstance(each, Exception)] == []
    assert katana.stats.requests == 200
    assert sandbox.connections.opened <= 4


async def test_a_deadline_bounds_the_wait_for_a_connection_and_nothing_was_sent(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(faults.Latency(1.0), path="/factory")
    katana = make_client(http=HTTPSettings(max_connections=1), limits=ProcessLimits(100_000))
    slow = asyncio.create_task(katana.factory.get())
    await _arrival(sandbox, "GET")
    other = katana.with_auth(ApiKey(sandbox.add_key()))
    with pytest.raises(TimedOut, match="max_connections are in use") as caught:
        await other.with_options(deadline=0.1).customers.create(name="A")
    assert not caught.value.outcome_unknown
    assert caught.value.attempts == 0
    await slow
    assert sandbox.journal.count(method="POST") == 0


# ---- retry budgets


async def test_one_tenants_failures_leave_another_tenants_retries_alone(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    shared = make_client(retries=1)
    failing, other = (shared.with_auth(ApiKey(sandbox.add_key())) for _ in range(2))
    rule = sandbox.faults.add(faults.Status(503), path="/factory", times=None)
    for _ in range(30):
        with pytest.raises(ServerError):
            await failing.factory.get()
    # The budget of 20 is spent: the last calls were sent once.
    assert rule.hits < 60
    sandbox.faults.clear()
    sandbox.faults.add(faults.Status(503), path="/factory")
    await other.factory.get()


# ---- long Retry-After


async def test_a_call_asked_to_wait_for_long_fails_at_once(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(faults.TooMany(retry_after=86_400), path="/factory")
    katana = make_client()
    with pytest.raises(RateLimited) as caught:
        await katana.factory.get()
    assert caught.value.retry_after == 86_400
    sent = len(sandbox.journal)
    with pytest.raises(RateLimited, match="not sent: the server refuses this key") as later:
        await katana.customers.create(name="A")
    assert len(sandbox.journal) == sent
    assert later.value.retry_after == pytest.approx(86_400, abs=60)
    assert not later.value.outcome_unknown


async def test_waiting_calls_fail_when_their_quota_is_closed(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    """The first call of a key goes alone; the others wait for its answer."""
    sandbox.faults.add(faults.TooMany(retry_after=999_999), path="/factory")
    katana = make_client()
    results = await asyncio.gather(
        *(katana.factory.get() for _ in range(20)), return_exceptions=True
    )
    assert {type(each) for each in results} == {RateLimited}
    assert len(sandbox.journal) == 1


async def test_an_allowed_wait_is_kept_and_logged_with_its_length(
    sandbox: Sandbox, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults.add(faults.TooMany(retry_after=1), path="/factory")
    katana = make_client()
    with caplog.at_level("INFO", logger="katana_async"):
        await katana.factory.get()
    assert "trying again in 1.00 s" in caplog.text


async def test_a_closed_quota_is_tried_again_after_two_windows() -> None:
    clock = ManualClock()
    window = QuotaWindow(60, 60.0)
    limiter = QuotaLimiter(window, clock)
    grant = await limiter.acquire()
    grant.record_refusal(None, 1e9)
    with pytest.raises(QuotaClosed):
        await limiter.acquire(Priority.NORMAL, patience=120)
    await clock.advance(120.1)
    probe = await limiter.acquire(Priority.NORMAL, patience=120)
    probe.record_answer(None)
    await limiter.acquire(Priority.NORMAL, patience=120)


async def test_429s_are_no_failed_attempts() -> None:
    """Four clients with separate limiters share a key, like four processes."""
    async with Sandbox(products=5, rate_limit=RateLimit(20, 1.0)) as sandbox:

        async def work(katana: KatanaClient) -> None:
            async with katana:
                await asyncio.gather(*(katana.factory.get() for _ in range(20)))

        workers = [
            KatanaClient(
                auth=ApiKey(sandbox.api_key),
                base_url=sandbox.base_url,
                limits=ProcessLimits(20, 1.0),
                retries=0,
            )
            for _ in range(4)
        ]
        await asyncio.gather(*map(work, workers))
        assert sandbox.violations > 0
