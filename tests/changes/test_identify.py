"""The account that feeds share: it is read once, and so is its budget of requests."""

import asyncio
import gc
import weakref
from contextlib import aclosing

import pytest

from katana_async import ApiKey, Forbidden, KatanaClient, Unauthorized
from katana_async.changes import all_traits
from katana_async.changes.account import Account, identify
from katana_async.changes.schedule import Budget, Schedule
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import ManualClock, Sandbox, faults
from tests.changes.feeds import run


async def test_20_feeds_that_start_together_identify_the_account_once(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    names = [name for name, traits in all_traits().items() if traits.has_dates][:20]
    before = len(sandbox.journal)
    await asyncio.gather(*(run(katana.changes(name)) for name in names))
    paths = [each.path for each in list(sandbox.journal)[before:]]
    assert len([path for path in paths if path.endswith("/factory")]) == 1
    await run(katana.with_options(priority="bulk").changes("customers"))
    other = katana.with_auth(ApiKey(sandbox.add_key()))
    await run(other.changes("customers"))
    paths = [each.path for each in list(sandbox.journal)[before:]]
    assert len([path for path in paths if path.endswith("/factory")]) == 2


async def test_a_cancelled_feed_leaves_the_read_of_the_account_to_the_others(
    katana: KatanaClient,
) -> None:
    first = asyncio.create_task(identify(katana._http))
    second = asyncio.create_task(identify(katana._http))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).id == (await katana.factory.get()).factory_id
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_an_account_that_could_not_be_read_is_read_again(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.Status(403), times=1)
    feeds = [katana.changes("customers") for _ in range(3)]
    results = await asyncio.gather(*map(run, feeds), return_exceptions=True)
    assert [type(each) for each in results] == [Forbidden] * 3
    assert await run(katana.changes("customers"))


@pytest.mark.parametrize("fails", [False, True])
async def test_the_account_of_a_client_is_forgotten_with_the_client(
    sandbox: Sandbox, fails: bool
) -> None:
    key = ApiKey("wrong" if fails else sandbox.api_key)
    async with KatanaClient(key, base_url=sandbox.base_url, limits=ProcessLimits()) as client:
        for found in await asyncio.gather(
            identify(client._http), identify(client._http), return_exceptions=True
        ):
            assert isinstance(found, Unauthorized if fails else Account)
        del found
        session = weakref.ref(client._http.session)
    del client
    gc.collect()
    assert session() is None


def test_the_schedule_follows_the_rate_of_changes_and_the_cost_of_a_poll() -> None:
    def settle(changes: float, requests: int) -> float:
        schedule, pause = Schedule(), 60.0
        for _ in range(3000):
            pause = schedule.pause(round(changes * pause), requests, pause)
        return pause

    assert settle(0, 1) == 600
    assert 55 <= settle(1 / 60, 1) <= 65
    assert settle(10, 1) == 12
    assert settle(10, 40) == 480  # 5 requests a minute


def test_busy_feeds_of_one_account_share_half_of_the_quota() -> None:
    budget = Budget()
    busy = [Schedule(budget) for _ in range(39)]
    calm = Schedule(budget)
    pauses = dict.fromkeys([*busy, calm], 60.0)
    for _ in range(2000):
        for each in busy:
            pauses[each] = each.pause(round(pauses[each]), 1, pauses[each])
        pauses[calm] = calm.pause(0, 1, pauses[calm])
    assert 29 <= sum(60 / pause for pause in pauses.values()) <= 30.1  # requests a minute
    assert pauses[calm] / pauses[busy[0]] == pytest.approx(600 / 12, rel=0.01)
    for each in busy:
        budget.leave(each)
    assert calm.pause(0, 1, 600) == 600


async def test_followed_feeds_of_derived_clients_share_a_budget(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    account = await identify(katana._http)
    assert await identify(katana.with_options(priority="bulk")._http) is account
    feed = katana.with_options(priority="bulk").changes("customers", follow=True)
    async with aclosing(aiter(feed)) as batches:
        async for batch in batches:
            if not batch.upserts and account.budget._demands:
                break
    assert not account.budget._demands
