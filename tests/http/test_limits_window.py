"""The quota's state machine against servers with fixed and sliding windows, in simulated time."""

import heapq
import random
from collections import deque
from typing import Any

import pytest
from attrs import define, field

from katana_async.http.limits import Feedback, Priority, QuotaWindow

LIMIT, WINDOW = 60, 60.0


@define
class Server:
    """A rate-limited server: counts what arrives, and says what is left."""

    sliding: bool
    phase: float = 0.0
    ahead: float = 0.0  # its clock, before ours
    arrivals: deque[float] = field(factory=deque)

    def arrive(self, now: float) -> tuple[bool, Feedback]:
        if self.sliding:
            while self.arrivals and self.arrivals[0] <= now - WINDOW:
                self.arrivals.popleft()
            reset = (self.arrivals[0] if self.arrivals else now) + WINDOW
        else:
            start = (now - self.phase) // WINDOW * WINDOW + self.phase
            while self.arrivals and self.arrivals[0] < start:
                self.arrivals.popleft()
            reset = start + WINDOW
        accepted = len(self.arrivals) < LIMIT
        if accepted:
            self.arrivals.append(now)
        left = LIMIT - len(self.arrivals)
        return accepted, Feedback(LIMIT, left, reset + self.ahead, int(now + self.ahead))


@define
class Outcome:
    accepted: int = 0
    refused: int = 0
    finished: float = 0.0


def simulate(
    server: Server,
    *,
    calls: int,
    callers: int = 200,
    latency: tuple[float, float] = (0.02, 2.0),
    headers: bool = True,
    foreign_per_minute: float = 0.0,
    seed: int = 0,
) -> Outcome:
    rng = random.Random(seed)
    window = QuotaWindow(LIMIT, WINDOW)
    outcome = Outcome()
    events: list[tuple[float, int, str]] = []
    order = 0
    now, waiting, running = 0.0, calls, 0
    foreign = 60.0 / foreign_per_minute if foreign_per_minute else 0.0

    def push(at: float, kind: str, payload: Any = None) -> None:
        nonlocal order
        order += 1
        heapq.heappush(events, (at, order, kind))
        payloads[order] = payload

    payloads: dict[int, Any] = {}
    if foreign:
        push(rng.uniform(0, foreign), "foreign")
    push(0.0, "look")
    next_look = 0.0
    while waiting or running:
        now, number, kind = heapq.heappop(events)
        payload = payloads.pop(number)
        if kind == "foreign":
            server.arrive(now)
            push(now + foreign, "foreign")
            continue
        if kind == "arrive":
            push(now + rng.uniform(*latency) / 2, "answer", server.arrive(now))
            continue
        if kind == "answer":
            accepted, feedback = payload
            running -= 1
            if accepted:
                outcome.accepted += 1
                outcome.finished = now
                window.answered(now, feedback if headers else None)
            else:
                outcome.refused += 1
                waiting += 1
                # Katana's Retry-After is in whole seconds.
                wait = feedback.reset - server.ahead - now
                window.refused(now, feedback if headers else None, float(int(wait) + 1))
        while waiting and running < callers:
            seconds = window.wait(now, Priority.NORMAL)
            if seconds is None:
                break
            if seconds > 0:
                if not now < next_look <= now + seconds:
                    next_look = now + seconds
                    push(next_look, "look")
                break
            window.grant(now)
            waiting, running = waiting - 1, running + 1
            push(now + rng.uniform(*latency) / 2, "arrive")
    return outcome


@pytest.mark.parametrize("sliding", [False, True], ids=["fixed", "sliding"])
@pytest.mark.parametrize("callers", [1, 5, 200])
@pytest.mark.parametrize("headers", [True, False], ids=["headers", "no headers"])
def test_alone_it_is_never_refused(sliding: bool, callers: int, headers: bool) -> None:
    for seed in range(4):
        server = Server(sliding, phase=seed * 13.7, ahead=(-30.0, 0.0, 30.0, 3600.0)[seed])
        outcome = simulate(server, calls=600, callers=callers, headers=headers, seed=seed)
        assert outcome.refused == 0
        assert outcome.accepted == 600


def test_it_uses_nearly_the_whole_quota() -> None:
    outcome = simulate(Server(True), calls=1800, latency=(0.02, 0.2))
    ideal = (1800 / LIMIT - 1) * WINDOW
    assert outcome.finished <= ideal * 1.01


@pytest.mark.parametrize("sliding", [False, True], ids=["fixed", "sliding"])
def test_a_restart_into_a_spent_window_is_refused_once(sliding: bool) -> None:
    server = Server(sliding)
    for _ in range(LIMIT):
        server.arrive(0.0)
    assert simulate(server, calls=100).refused <= 1


@pytest.mark.parametrize("sliding", [False, True], ids=["fixed", "sliding"])
def test_a_foreign_client_costs_few_refusals(sliding: bool) -> None:
    for seed in range(3):
        outcome = simulate(Server(sliding), calls=1000, foreign_per_minute=20, seed=seed)
        assert outcome.accepted == 1000
        assert outcome.refused <= 60


def test_slots_timed_from_the_send_would_be_refused() -> None:
    """The counterexample that the safety rule exists for: a late burst meets an early one."""
    server = Server(True)
    late = [server.arrive(2.0)[0] for _ in range(LIMIT)]  # sent at 0, two seconds on the way
    early = [server.arrive(60.06)[0] for _ in range(LIMIT)]  # a window after the send, no latency
    assert all(late)
    assert not any(early)
    window = QuotaWindow(LIMIT, WINDOW)
    window._probe = False
    for _ in range(LIMIT):
        window.grant(0.0)
    for _ in range(LIMIT):
        window.answered(2.0, None)
    assert window.wait(60.06, Priority.NORMAL) == pytest.approx(62.05 - 60.06)


def test_bulk_keeps_to_the_pace_of_the_quota_and_leaves_three_slots() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window._probe = False
    now, pace = 0.0, WINDOW / LIMIT / 1.1
    for _ in range(57):
        assert window.wait(now, Priority.BULK) == 0
        window.grant(now, Priority.BULK)
        assert window.wait(now, Priority.BULK) in (pytest.approx(pace), None)
        now += pace + 1e-9
    assert window.wait(now, Priority.BULK) is None
    assert window.wait(now, Priority.NORMAL) == 0


def test_the_first_request_goes_alone_until_it_is_answered() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window.grant(0.0)
    assert window.wait(0.1, Priority.NORMAL) == pytest.approx(4.9)
    window.answered(0.2, None)
    assert window.wait(0.2, Priority.NORMAL) == 0


def test_a_lost_probe_does_not_hold_up_the_others_for_long() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window.grant(0.0)
    assert window.wait(5.0, Priority.NORMAL) == 0


def test_the_server_decides_how_many_requests_there_are() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window.grant(0.0)
    window.answered(0.0, Feedback(limit=5, remaining=4, reset=60.0, date=0.0))
    for _ in range(4):
        assert window.wait(0.0, Priority.NORMAL) == 0
        window.grant(0.0)
    assert window.wait(0.0, Priority.NORMAL) == pytest.approx(60.05)


@pytest.mark.parametrize("date", [0.0, None], ids=["with a date", "without a date"])
def test_a_reset_in_the_far_future_does_not_hide_the_ones_that_follow(date: float | None) -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    answers = [
        Feedback(LIMIT, remaining=59, reset=60.0, date=0.0),
        Feedback(LIMIT, remaining=58, reset=250_000_000_000.0, date=date),  # in the year 9892
        Feedback(LIMIT, remaining=0, reset=60.0, date=date),
    ]
    for answer in answers:
        window.grant(0.0)
        window.answered(0.0, answer)
    assert window.wait(0.0, Priority.NORMAL) == pytest.approx(60.05)


def test_a_reset_of_a_few_windows_ahead_is_heeded() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window.grant(0.0)
    window.answered(0.0, Feedback(LIMIT, remaining=0, reset=240.0, date=0.0))
    assert window.wait(0.0, Priority.NORMAL) == pytest.approx(60.05)


def test_a_429_without_retry_after_waits_longer_each_time() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    waits = []
    now = 0.0
    for _ in range(8):
        window.grant(now)
        window.refused(now, None, None)
        wait = window.wait(now, Priority.NORMAL)
        assert wait is not None
        waits.append(round(wait, 2))
        now += wait
    assert waits == [1.05, 2.05, 4.05, 8.05, 16.05, 32.05, 60.05, 60.05]


def test_a_grant_that_was_not_used_costs_nothing() -> None:
    window = QuotaWindow(1, WINDOW)
    window.grant(0.0)
    window.unused()
    assert window.wait(0.0, Priority.NORMAL) == 0
