"""The rate limit against a server that enforces it, in real time with short windows."""

import asyncio
import threading
import time
from typing import Literal

import pytest

from katana_async import ApiKey, KatanaClient
from katana_async.http.limits import MARGIN, ProcessLimits
from katana_async.sandbox import ManualClock, RateLimit, Sandbox

LIMIT, WINDOW = 60, 2.0
SHORT = 1.0  # where there are five of them
Kind = Literal["fixed", "sliding"]


def client(sandbox: Sandbox, limits: ProcessLimits | None = None) -> KatanaClient:
    katana = KatanaClient(
        auth=ApiKey(sandbox.api_key),
        base_url=sandbox.base_url,
        limits=limits or ProcessLimits(LIMIT, WINDOW),
    )
    katana._http.rng = lambda: 0.0
    return katana


async def call(katana: KatanaClient, count: int, callers: int) -> tuple[float, float, list[int]]:
    """Make calls; return the time taken, the mean round trip, and the order in which they ended."""
    trips: list[float] = []
    order: list[int] = []
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            await katana.request("GET", "/factory")
            order.append(number)

    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
    elapsed = time.monotonic() - started
    for _ in range(3):
        began = time.monotonic()
        await katana.with_options(priority="interactive").request("GET", "/factory")
        trips.append(time.monotonic() - began)
    return elapsed, min(trips), order


@pytest.mark.parametrize("callers", [1, 200])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
async def test_three_hundred_calls_fill_the_quota_without_one_429(kind: Kind, callers: int) -> None:
    limit = RateLimit(LIMIT, SHORT, kind=kind)
    late = []
    for _ in range(3):  # other programs on the machine can make it slower, and never faster
        async with (
            Sandbox(products=1, rate_limit=limit) as sandbox,
            client(sandbox, ProcessLimits(LIMIT, SHORT)) as katana,
        ):
            elapsed, trip, order = await call(katana, 300, callers)
        assert sandbox.violations == 0
        assert katana.stats.rate_limited == 0
        assert katana.stats.retries == 0
        if callers == 1:
            assert order == sorted(order)
        windows = 300 // LIMIT
        ideal = (windows - 1) * SHORT
        late.append(elapsed - (ideal + windows * (MARGIN + trip + 0.05)))
        if late[-1] <= 0:
            return
    pytest.fail(f"too late by {late} s")


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
async def test_calls_reach_the_server_in_the_order_in_which_they_were_made(kind: Kind) -> None:
    limit = RateLimit(5, 0.2, kind=kind)
    async with (
        Sandbox(products=1, rate_limit=limit) as sandbox,
        client(sandbox, ProcessLimits(5, 0.2)) as katana,
    ):
        async with asyncio.TaskGroup() as group:
            for number in range(1, 41):
                page = {"page": number}
                group.create_task(katana.request("GET", "/products", query=page))
                await asyncio.sleep(0)
        arrived = [int(dict(seen.query)["page"]) for seen in sandbox.journal]
        # Calls of one burst use several connections and may overtake each other there.
        bursts = [sorted(arrived[at : at + 5]) for at in range(1, 36, 5)]
        assert arrived[0] == 1
        assert [number for burst in bursts for number in burst] == list(range(2, 37))


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
async def test_a_foreign_client_on_the_same_key_costs_at_most_two_429s(kind: Kind) -> None:
    limit = RateLimit(LIMIT, WINDOW, kind=kind)
    refused = []
    for _ in range(3):  # a delay of this process can only add 429s
        async with Sandbox(products=1, rate_limit=limit) as sandbox, client(sandbox) as katana:

            async def draw(sandbox: Sandbox = sandbox) -> None:
                while True:
                    sandbox.draw(1)
                    await asyncio.sleep(0.1)  # twenty in each window, as in the simulation

            foreign = asyncio.create_task(draw())
            await call(katana, 200, 200)
            foreign.cancel()
            assert sandbox.violations == katana.stats.rate_limited
            assert katana.stats.retries == katana.stats.rate_limited
            refused.append(katana.stats.rate_limited)
        if refused[-1] <= 2:
            return
    pytest.fail(f"{refused} refusals")


def test_two_loops_in_two_threads_stay_within_the_quota_together() -> None:
    results: list[int] = []

    def work(base_url: str, key: str, limits: ProcessLimits) -> None:
        async def run() -> None:
            async with KatanaClient(auth=ApiKey(key), base_url=base_url, limits=limits) as katana:
                await asyncio.gather(*(katana.request("GET", "/factory") for _ in range(75)))
                results.append(katana.stats.rate_limited)

        asyncio.run(run())

    async def serve() -> int:
        limits = ProcessLimits(LIMIT, WINDOW)
        rate = RateLimit(LIMIT, WINDOW, kind="sliding")
        async with Sandbox(products=1, rate_limit=rate) as sandbox:
            threads = [
                threading.Thread(target=work, args=(sandbox.base_url, sandbox.api_key, limits))
                for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                await asyncio.to_thread(thread.join, 60)
            return sandbox.violations

    assert asyncio.run(serve()) == 0
    assert results == [0, 0]


async def test_interactive_calls_overtake_a_bulk_job() -> None:
    limit = RateLimit(10, 0.5, kind="sliding")
    async with (
        Sandbox(products=1, rate_limit=limit) as sandbox,
        client(sandbox, ProcessLimits(10, 0.5)) as katana,
    ):
        bulk = katana.with_options(priority="bulk")
        job = asyncio.gather(*(bulk.request("GET", "/factory") for _ in range(40)))
        await asyncio.sleep(0.1)
        before = len(sandbox.journal)
        await katana.with_options(priority="interactive").request("GET", "/user_info")
        calls = len(sandbox.journal) - before  # with the call itself
        await job
        assert calls <= 10
        assert sandbox.violations == 0


async def test_each_page_has_the_rate_limit_of_its_headers() -> None:
    clock = ManualClock()
    async with Sandbox(products=3, clock=clock) as sandbox, client(sandbox) as katana:
        page = await katana.products.list().page(1)
        assert page.rate_limit is not None
        assert page.rate_limit.limit == 60
        assert page.rate_limit.remaining == 59
        assert 0 < page.rate_limit.reset - clock.time() < 61
