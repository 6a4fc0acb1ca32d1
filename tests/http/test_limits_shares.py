"""The shares of priorities, in simulated time on a strict server: none starves, none is refused."""

import heapq
import random
from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from attrs import define, field, frozen

from katana_async.http.limits import Priority, QuotaWindow
from katana_async.http.limits.queues import PriorityQueues

from .test_limits_window import LIMIT, WINDOW, Server

INTERACTIVE, NORMAL, BULK = Priority
SATURATING = {INTERACTIVE: 40, NORMAL: 40, BULK: 40}


@frozen(eq=False)
class Caller:
    """A call that waits.

    Attributes:
        again: Whether the same caller makes another call after this one.
    """

    priority: Priority
    arrival: int
    since: float
    again: bool
    has_left: bool = False


@define
class Outcome:
    """What became of a run.

    Attributes:
        waits: How long each call waited, by priority; those that still wait are included.
        served: How many calls of each priority went out.
    """

    refused: int = 0
    waits: defaultdict[Priority, list[float]] = field(factory=lambda: defaultdict(list))
    served: defaultdict[Priority, int] = field(factory=lambda: defaultdict(int))

    def longest(self, priority: Priority) -> float:
        return max(self.waits[priority])


def simulate(
    callers: Mapping[Priority, int],
    *,
    minutes: int = 20,
    visits_per_minute: float = 0.0,
    sliding: bool = True,
    seed: int = 0,
) -> Outcome:
    """Let callers of each priority call again and again, and interactive ones come by chance."""
    rng = random.Random(seed)
    server, window = Server(sliding, phase=rng.uniform(0, WINDOW)), QuotaWindow(LIMIT, WINDOW)
    queues, outcome, numbers = PriorityQueues[Caller](window), Outcome(), count()
    events: list[tuple[float, int, str, Any]] = []
    waiting: set[Caller] = set()
    look_at: float | None = None

    def push(at: float, kind: str, payload: Any = None) -> None:
        heapq.heappush(events, (at, next(numbers), kind, payload))

    def ask(now: float, priority: Priority, again: bool) -> None:
        caller = Caller(priority, next(numbers), now, again)
        waiting.add(caller)
        queues.join(caller, now)

    for priority, number in callers.items():
        for _ in range(number):
            push(rng.uniform(0, 0.2), "ask", (priority, True))
    if visits_per_minute:
        push(rng.expovariate(visits_per_minute / 60), "visit")
    now = 0.0
    while events and events[0][0] <= minutes * 60:
        now, _, kind, payload = heapq.heappop(events)
        match kind:
            case "visit":
                push(now + rng.expovariate(visits_per_minute / 60), "visit")
                ask(now, INTERACTIVE, False)
            case "ask":
                ask(now, *payload)
            case "arrive":
                push(now + rng.uniform(0.01, 0.5), "answer", (payload, *server.arrive(now)))
            case "answer":
                caller, accepted, feedback = payload
                if accepted:
                    window.answered(now, feedback)
                else:
                    outcome.refused += 1
                    window.refused(now, feedback, feedback.reset - now)
                if caller.again:
                    push(now, "ask", (caller.priority, True))
            case _:
                look_at = None
        while (taken := queues.take(now)) is not None:
            waiting.discard(taken)
            outcome.waits[taken.priority].append(now - taken.since)
            outcome.served[taken.priority] += 1
            push(now + rng.uniform(0.01, 0.5), "arrive", taken)
        seconds = queues.wait(now)
        if seconds is not None and (look_at is None or look_at > now + seconds):
            look_at = now + max(seconds, 1e-6)
            push(look_at, "look")
    for caller in waiting:
        outcome.waits[caller.priority].append(now - caller.since)
    return outcome


@pytest.mark.parametrize("sliding", [False, True], ids=["fixed", "sliding"])
def test_no_priority_starves_beside_interactive_calls_that_always_wait(sliding: bool) -> None:
    outcome = simulate(SATURATING, sliding=sliding)
    minutes = 20
    assert outcome.refused == 0
    assert outcome.served[NORMAL] / minutes == pytest.approx(LIMIT / 5, rel=0.1)
    assert outcome.served[BULK] / minutes == pytest.approx(LIMIT / 10, rel=0.15)
    assert outcome.served[INTERACTIVE] / minutes == pytest.approx(LIMIT * 0.7, rel=0.1)


def test_one_normal_and_one_bulk_call_wait_for_their_share_only() -> None:
    outcome = simulate({INTERACTIVE: 120, NORMAL: 1, BULK: 1})
    assert outcome.refused == 0
    # A share is due after 5 and 10 seconds, but all slots may be taken for a window.
    assert outcome.longest(NORMAL) <= WINDOW + 1
    assert outcome.longest(BULK) <= WINDOW + 1


@pytest.mark.parametrize("visits", [3, 6, 9])
def test_interactive_calls_pass_a_bulk_job_quickly(visits: int) -> None:
    outcome = simulate({BULK: 100}, visits_per_minute=visits)
    assert outcome.refused == 0
    waits = sorted(outcome.waits[INTERACTIVE])
    assert waits[int(len(waits) * 0.95)] <= 2.0
    assert max(waits) <= 10.0
    assert outcome.served[BULK] >= 20 * LIMIT * 0.8


@pytest.mark.parametrize("priority", [NORMAL, BULK])
def test_callers_of_one_priority_use_nearly_the_whole_quota(priority: Priority) -> None:
    outcome = simulate({priority: 100})
    assert outcome.refused == 0
    assert outcome.served[priority] >= 20 * LIMIT * 0.95


def test_a_caller_that_joins_an_empty_queue_has_no_arrears() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    queues = PriorityQueues[Caller](window)
    for number in range(3):
        queues.join(Caller(INTERACTIVE, number, 0.0, False), 0.0)
    queues.join(Caller(NORMAL, 3, 0.0, False), 0.0)
    taken = queues.take(0.0)
    assert taken is not None
    assert taken.priority is INTERACTIVE


def test_callers_that_left_are_passed_over() -> None:
    queues = PriorityQueues[Caller](QuotaWindow(LIMIT, WINDOW))
    queues.join(Caller(INTERACTIVE, 1, 0.0, False, has_left=True), 0.0)
    stays = Caller(BULK, 2, 0.0, False)
    queues.join(stays, 0.0)
    assert queues.first() is stays
    assert queues.take(0.0) is stays
    assert queues.take(0.0) is None
