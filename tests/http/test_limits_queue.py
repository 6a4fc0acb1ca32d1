"""Waiting for a quota: order, cancellation, several loops; time is moved by hand."""

import asyncio
import threading
from collections.abc import Coroutine

import pytest

from katana_async.http.limits import Priority, ProcessLimits, QuotaLimiter, QuotaWindow
from katana_async.http.limits.limiter import QuotaGrant
from tests.clock import ManualClock


def limiter(limit: int = 1, window: float = 10.0) -> tuple[QuotaLimiter, ManualClock]:
    clock = ManualClock()
    quota = QuotaWindow(limit, window)
    quota._probe = False
    return QuotaLimiter(quota, clock), clock


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_those_of_a_priority_go_in_the_order_in_which_they_came() -> None:
    limits, clock = limiter()
    order: list[int] = []

    async def call(number: int) -> None:
        (await limits.acquire()).record_answer(None)
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(call(number))
            await settle()
        for _ in range(8):
            await clock.advance(10.05)
    assert order == list(range(8))


async def test_a_higher_priority_goes_first() -> None:
    limits, clock = limiter()
    (await limits.acquire()).record_answer(None)
    order: list[str] = []

    async def call(priority: Priority) -> None:
        (await limits.acquire(priority)).record_answer(None)
        order.append(priority.name)

    async with asyncio.TaskGroup() as group:
        for priority in (Priority.BULK, Priority.NORMAL, Priority.INTERACTIVE):
            group.create_task(call(priority))
            await settle()
        for _ in range(3):
            await clock.advance(10.05)
    assert order == ["INTERACTIVE", "NORMAL", "BULK"]


async def test_a_call_that_was_refused_keeps_its_place_in_line() -> None:
    limits, clock = limiter()
    refused = await limits.acquire()
    order: list[str] = []

    async def call(name: str, again: QuotaGrant | None = None) -> None:
        (await limits.acquire(again=again)).record_answer(None)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(call("later"))
        await settle()
        refused.record_refusal(None, 1.0)
        group.create_task(call("earlier", refused))
        for _ in range(3):
            await clock.advance(10.05)
    assert order == ["earlier", "later"]


async def test_one_that_gives_up_does_not_hold_up_the_next() -> None:
    limits, clock = limiter()
    (await limits.acquire()).record_answer(None)
    first = asyncio.create_task(limits.acquire())
    await settle()
    second = asyncio.create_task(limits.acquire())
    await settle()
    first.cancel()
    await settle()
    await clock.advance(10.05)
    assert second.done()


async def test_calls_that_gave_up_are_not_counted_as_waiting() -> None:
    limits, clock = limiter()
    (await limits.acquire()).record_answer(None)
    waiting = [asyncio.create_task(limits.acquire()) for _ in range(3)]
    await settle()
    for task in waiting:
        task.cancel()
    await settle()
    assert limits._queues.first() is None
    assert limits._queues.size == 0
    await clock.advance(10.05)
    assert limits.idle()  # so it may be dropped
    (await asyncio.wait_for(limits.acquire(), 1)).record_answer(None)


async def test_a_slot_granted_to_one_who_is_just_cancelled_is_given_back() -> None:
    limits, _ = limiter()
    held = await limits.acquire()
    waiting = asyncio.create_task(limits.acquire())
    await settle()
    held.release()  # grants it to the waiter, whose task has not run yet
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert limits.window.outstanding == 0


async def test_waiting_costs_no_work_until_something_changes() -> None:
    limits, clock = limiter()
    (await limits.acquire()).record_answer(None)
    waiting = [asyncio.create_task(limits.acquire()) for _ in range(50)]
    await settle()
    before = clock.sleeps
    await settle()
    assert clock.sleeps == before == 1  # the first in line alone keeps the time
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def test_two_loops_in_two_threads_share_a_quota() -> None:
    limits = ProcessLimits(limit=5, window=0.2)
    granted: list[float] = []
    lock = threading.Lock()

    async def work() -> None:
        async def call() -> None:
            quota = limits.limiter("http://server", "key")
            grant = await quota.acquire()
            with lock:
                granted.append(quota.clock.now())
            grant.record_answer(None)

        async with asyncio.TaskGroup() as group:
            for _ in range(15):
                group.create_task(call())

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(granted) == 30
    granted.sort()
    assert all(late - early >= 0.2 for early, late in zip(granted, granted[5:], strict=False))


def test_one_loop_that_dies_does_not_hold_up_another() -> None:
    limits, clock = limiter()

    async def hold() -> None:
        (await limits.acquire()).record_answer(None)

    async def abandon() -> None:
        abandoned = limits.acquire()
        abandoned.send(None)  # it is queued now, and no loop will resume it
        left.append(abandoned)

    async def go_on() -> None:
        waiting = asyncio.create_task(limits.acquire())
        await settle()
        await clock.advance(10.05)
        await asyncio.wait_for(waiting, 5)

    left: list[Coroutine[object, None, object]] = []
    asyncio.run(hold())
    asyncio.run(abandon())
    asyncio.run(go_on())
    for coroutine in left:
        coroutine.close()


def test_a_quota_has_one_limiter_for_the_whole_process() -> None:
    limits = ProcessLimits()
    assert limits.limiter("https://a", "key") is limits.limiter("https://a", "key")
    assert limits.limiter("https://a", "key") is not limits.limiter("https://a", "other")
    assert limits.limiter("https://a", "key") is not limits.limiter("https://b", "key")


def test_idle_quotas_of_many_tenants_are_forgotten() -> None:
    limits = ProcessLimits()
    busy = limits.limiter("https://a", "busy")
    busy.window.grant(busy.clock.now())
    for number in range(2000):
        limits.limiter("https://a", str(number))
    assert len(limits._limiters) <= 257
    assert limits.limiter("https://a", "busy") is busy
