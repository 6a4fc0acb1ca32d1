"""Which limiter serves which key: the cost per key does not grow with the number of keys."""

import time

from katana_async.http.limits import Priority, ProcessLimits, QuotaWindow
from tests.clock import ManualClock


async def test_ten_thousand_new_quotas_cost_little() -> None:
    """A generous bound on CPU time; scanning all limiters for each new one took 35 s."""
    limits = ProcessLimits()
    started = time.process_time()
    grants = [await limits.limiter("s", f"key-{number}").acquire() for number in range(10_000)]
    assert time.process_time() - started < 1.0
    assert len(grants) == 10_000


async def test_idle_quotas_are_forgotten_and_busy_ones_kept() -> None:
    clock = ManualClock()
    limits = ProcessLimits(clock=clock)
    busy = await limits.limiter("s", "busy").acquire()
    kept = limits.limiter("s", "busy")
    for number in range(1_000):
        limits.limiter("s", f"key-{number}")
    assert len(limits._limiters) <= 256
    assert limits.limiter("s", "busy") is kept
    busy.record_answer(None)


def test_a_wait_costs_the_same_for_a_large_quota() -> None:
    """With 60 and with 60,000 slots taken: an exhausted quota is asked for its wait."""

    def seconds(limit: int) -> float:
        window = QuotaWindow(limit, 60.0)
        window._probe = False
        for _ in range(limit):
            window.grant(0.0)
        for _ in range(limit):
            window.record_answer(1.0, None)
        started = time.process_time()
        for _ in range(2_000):
            assert window.wait(1.0, Priority.NORMAL)
        return time.process_time() - started

    small = min(seconds(60) for _ in range(5))
    assert min(seconds(60_000) for _ in range(5)) < 5 * small
