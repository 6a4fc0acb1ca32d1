"""Many processes share connections whose tokens end every second. Real servers, real time.

`make test` runs a short form; `make soak` the whole: KATANA_FLEET=full.
"""

import asyncio
import os
from collections import Counter
from itertools import pairwise
from statistics import fmean

import pytest

from tests.oauth.fleet.harness import LIFE, TIMING, Fleet, Size, fleet

FULL = os.environ.get("KATANA_FLEET") == "full"
STORES = ["SQLite", "PostgreSQL", "Redis"]

SIZE = Size(8, 50, 20, 60) if FULL else Size(4, 10, 5, 3)
SIZE_OF_KILLS = Size(8, 50, 20, 60) if FULL else Size(3, 5, 4, 3)
SIZE_OF_STOPS = Size(8, 50, 20, 60) if FULL else Size(4, 5, 4, 5)

DUE = 0.6
"""Refreshes of each connection in a token's life, at least. One is due after 0.8 lives or so."""

LATE = 0.02
"""Share of requests, at most, whose token ends on the way: it lives for a second, on two cores."""

STOPPED_FOR = 3.0
"""Seconds: longer than the lease, shorter than the patience less the lease."""

TIMING_OF_STOPS = TIMING | {"patience": 9.0}

pytestmark = [pytest.mark.timeout(300)]


def kinds(running: Fleet) -> Counter[str]:
    return Counter(str(event.kind) for event in running.sandbox.oauth.audit)


def report(name: str, running: Fleet) -> None:
    """Print the measurements (visible with -s)."""
    windows = running.windows() or [0.0]
    gaps = sorted(gap for each in running.grants for gap in intervals(running, each)) or [0.0]
    print(f"\n{name}: {running.size}")
    print(f"  {running.count('calls')} calls, {dict(kinds(running))}, {len(running.killed)} kills")
    print(
        f"  {running.count('ended')} ended tokens were given;"
        f" of {running.count('requests')} requests {running.count('late')} were late"
    )
    print(f"  refreshes every {gaps[len(gaps) // 2]:.2f} s (longest {gaps[-1]:.2f} s)")
    print(
        f"  from rotation to row: median {windows[len(windows) // 2] * 1e3:.1f} ms,"
        f" 99 % {windows[int(len(windows) * 0.99)] * 1e3:.1f} ms, most {windows[-1] * 1e3:.1f} ms"
    )


def intervals(running: Fleet, connection: str) -> list[float]:
    times = running.refreshes(connection)
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("shared_store", STORES, indirect=True)
async def test_a_fleet_refreshes_each_token_exactly_once(
    shared_store: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    async with fleet(*shared_store, SIZE) as running:
        await running.work()
        await running.finish()
        report(request.node.name, running)
        assert running.errors() == {}
        assert running.count("ended") == 0
        assert running.count("late") <= LATE * running.count("requests")
        assert set(kinds(running)) == {"refreshed"}  # no reuse, no chain killed, none refused
        for connection in running.grants:
            times = running.refreshes(connection)
            assert len(running.store_times(connection)) == len(times)
            # None stays ended for long; and none is refreshed while the one before was fresh.
            assert len(times) >= DUE * SIZE.seconds / LIFE
            between = intervals(running, connection)
            assert fmean(between) <= LIFE / DUE
            assert min(between) > LIFE / 2
        assert await running.lost() == []


@pytest.mark.parametrize("shared_store", STORES, indirect=True)
async def test_a_killed_process_loses_a_connection_only_between_rotation_and_row(
    shared_store: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    async with fleet(*shared_store, SIZE_OF_KILLS) as running:
        await running.work()
        await running.kill_at_random()
        await running.finish()
        report(request.node.name, running)
        assert running.killed
        lost = await running.lost()
        assert len(lost) <= len(running.killed)
        # Each by a kill after the server's rotation, and before the row.
        assert [connection for connection in lost if not running.cut(connection)] == []
        assert running.count("ended") == 0
        told = set(running.errors())
        assert all("ReauthorizationRequired" in each for each in told), told


@pytest.mark.parametrize("shared_store", STORES if FULL else ["PostgreSQL"], indirect=True)
async def test_a_process_that_is_stopped_longer_than_its_lease_kills_no_chain(
    shared_store: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    async with fleet(*shared_store, SIZE_OF_STOPS, TIMING_OF_STOPS) as running:
        await running.work()
        await running.stop_at_random(STOPPED_FOR)
        await running.finish()
        report(request.node.name, running)
        assert set(kinds(running)) == {"refreshed"}
        assert await running.lost() == []


async def test_a_refresh_that_is_stopped_for_long_is_finished_when_it_goes_on(
    tmp_path: object,
) -> None:
    """The stop falls into the middle of the refresh, for certain: the answer waits meanwhile."""
    from katana_async.sandbox import faults

    size = Size(2, 1, 1, 6)
    store = f"sqlite+aiosqlite:///{tmp_path}/tokens.db"
    async with fleet(store, "katana_", size, TIMING_OF_STOPS) as running:
        rule = running.sandbox.faults.add(faults.Latency(0.3), path="/oauth/token")
        await running.work()
        stopping = asyncio.ensure_future(running.stop_all_when(lambda: rule.hits > 0, STOPPED_FOR))
        await running.finish()
        await stopping
        assert set(kinds(running)) == {"refreshed"}
        assert await running.lost() == []
        assert max(intervals(running, "tenant-0")) > STOPPED_FOR - 0.5
