"""The progress of `sync`: rates, the time left, and waits for the quota."""

import asyncio
from collections.abc import Callable

import pytest

pytest.importorskip("dlt", reason="dlt is not installed")

from katana_async import ApiKey, KatanaClient
from katana_async.cli.sync_progress import Overview, WatchedLimits, show_sync
from katana_async.etl.source import Progress
from katana_async.http.limits import Grant, Priority
from katana_async.sandbox import RateLimit, Sandbox


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def products(records: int, remaining: int | None, *, caught_up: bool = False) -> Progress:
    return Progress("products", None, records, remaining, caught_up=caught_up)


def test_the_time_left_follows_the_rate_and_not_less_than_the_quota() -> None:
    clock = Clock()
    limits = WatchedLimits(clock)
    overview = Overview(limits, clock)
    overview.report(products(0, 10_000))
    clock.seconds += 10
    place = overview.report(products(5_000, 5_000))
    assert place.describe(clock()) == "5,000 records, 500/s, 5,000 left"
    assert overview.seconds_left() == pytest.approx(10)
    limits.per_minute = 60  # 20 pages
    assert overview.seconds_left() == pytest.approx(20)
    assert overview.summary() == "about 20 s left"
    overview.report(products(10_000, 0, caught_up=True))
    assert overview.list_unfinished() == []
    assert overview.seconds_left() is None


def test_accounts_have_quotas_of_their_own() -> None:
    clock = Clock()
    limits = WatchedLimits(clock)
    limits.per_minute = 60
    overview = Overview(limits, clock)
    for tenant in ("acme", "northwind"):
        overview.report(Progress("products", tenant, 0, 25_000))
    assert overview.seconds_left() == pytest.approx(100)


async def test_the_quota_is_that_of_the_answers() -> None:
    limits = WatchedLimits()
    async with (
        Sandbox(rate_limit=RateLimit(300)) as sandbox,
        KatanaClient(ApiKey(sandbox.api_key), base_url=sandbox.base_url, limits=limits) as katana,
    ):
        await katana.factory.get()
        await katana.factory.get()
    assert limits.per_minute == 300
    assert not limits.is_waiting


async def test_a_call_that_waits_for_a_slot_is_seen() -> None:
    clock, free = Clock(), asyncio.Event()
    limits = WatchedLimits(clock)

    class Full:
        async def acquire(
            self, priority: Priority, again: Grant | None = None, patience: float = 0
        ) -> Grant:
            await free.wait()
            raise ConnectionError

    call = asyncio.ensure_future(limits.acquire(Full(), Priority.BULK, None, 1))
    await asyncio.sleep(0)
    assert Overview(limits, clock).summary() == ""
    clock.seconds += 2
    assert Overview(limits, clock).summary() == "waiting for the quota"
    free.set()
    with pytest.raises(ConnectionError):
        await call
    assert not limits.is_waiting


def test_a_pipe_gets_lines_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()

    def lines(show: Callable[[Progress], None], progress: Progress) -> list[str]:
        show(progress)
        return capsys.readouterr().err.splitlines()

    with show_sync(WatchedLimits(clock)) as show:
        assert lines(show, products(250, 9_750)) == []
        clock.seconds += 11
        assert lines(show, products(5_000, 5_000)) == [
            "katana-async: products: 5,000 records, 455/s, 5,000 left",
            "katana-async: about 11 s left",
        ]
        clock.seconds += 5
        assert lines(show, products(9_000, 1_000)) == []
        clock.seconds += 6
        assert lines(show, products(10_000, 0, caught_up=True)) == []
