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
    """The result of a run.

    Attributes:
        waits: Seconds that each call waited, by priority, with the calls that still wait.
        served: The number of calls sent, by priority.
    """

    refused: int = 0
    waits: defaultdict[Priority, list[float]] = field(factory=lambda: defaultdict(list))
    served: defaultdict[Priority, int] = field(factory=lambda: defaultdict(int))

    def longest(self, priority: Priority) -> float:
        return max(self.waits[priority])


# ---- One slot at a time: one in 5 s is due to normal callers, one in 10 s to bulk ---------------


def waiting(
    *callers: tuple[Priority, int], limit: int = LIMIT
) -> tuple[PriorityQueues[Caller], QuotaWindow]:
    """Return queues that callers joined at 0, each with its place, and a quota without probes."""
    window = QuotaWindow(limit, WINDOW)
    window._probe = False
    queues = PriorityQueues[Caller](window)
    for priority, arrival in callers:
        queues.join(Caller(priority, arrival, 0.0, False), 0.0)
    return queues, window


def take(queues: PriorityQueues[Caller], now: float) -> tuple[Priority, int] | None:
    taken = queues.take(now)
    return None if taken is None else (taken.priority, taken.arrival)


def test_of_the_best_priority_the_caller_that_came_first_goes_first() -> None:
    queues, window = waiting((BULK, 1), (NORMAL, 2), (INTERACTIVE, 5), (INTERACTIVE, 4))
    first = queues.first()
    assert first is not None
    assert (first.priority, first.arrival) == (INTERACTIVE, 4)
    assert [each.arrival for each in queues] == [4, 5, 2, 1]
    order = [take(queues, 0.0) for _ in range(5)]
    assert order == [(INTERACTIVE, 4), (INTERACTIVE, 5), (NORMAL, 2), (BULK, 1), None]
    assert window.outstanding == 4
    assert not queues.size


def test_callers_that_left_are_neither_counted_nor_waited_for() -> None:
    queues, _ = waiting()
    assert not queues.size
    assert queues.first() is None
    for priority in Priority:
        queues.join(Caller(priority, 1, 0.0, False, has_left=True), 0.0)
    assert queues.size == len(Priority)
    assert not list(queues)
    assert queues.wait(0.0) is None
    assert queues.take(100.0) is None


@pytest.mark.parametrize(("priority", "due"), [(NORMAL, 5.0), (BULK, 10.0)])
def test_a_share_is_due_some_time_after_the_first_caller_joined(
    priority: Priority, due: float
) -> None:
    queues, _ = waiting((priority, 0), (INTERACTIVE, 1), (INTERACTIVE, 2))
    queues.join(Caller(priority, 3, 4.0, False), 4.0)  # not the first of its queue
    assert take(queues, due - 0.01) == (INTERACTIVE, 1)
    assert take(queues, due) == (priority, 0)
    assert take(queues, due) == (INTERACTIVE, 2)


def test_a_share_comes_more_rarely_where_the_quota_is_smaller() -> None:
    queues, _ = waiting((NORMAL, 0), (INTERACTIVE, 1), limit=30)
    assert take(queues, 9.9) == (INTERACTIVE, 1)
    queues, _ = waiting((NORMAL, 0), (INTERACTIVE, 1), limit=30)
    assert take(queues, 10.0) == (NORMAL, 0)


def test_of_two_shares_the_one_that_was_due_first_goes_first() -> None:
    queues, _ = waiting((BULK, 0), (INTERACTIVE, 1))
    queues.join(Caller(NORMAL, 2, 6.0, False), 6.0)
    assert [take(queues, 12.0) for _ in range(3)] == [(BULK, 0), (NORMAL, 2), (INTERACTIVE, 1)]


def test_a_due_share_waits_for_a_slot_as_any_other_call() -> None:
    queues, window = waiting((NORMAL, 0), limit=1)
    window.grant(0.0)
    assert take(queues, 100.0) is None
    window.record_answer(100.0, None)
    assert take(queues, 160.0) is None
    assert take(queues, 160.05) == (NORMAL, 0)


def test_a_bulk_call_that_was_due_leaves_the_pace_of_the_others() -> None:
    queues, window = waiting((BULK, 0), (BULK, 1))
    assert take(queues, 10.0) == (BULK, 0)
    assert window.wait(10.0, BULK) == 0
    assert take(queues, 10.0) == (BULK, 1)  # which is not due, and moves the pace on
    assert window.wait(10.0, BULK) == pytest.approx(1 / 1.1)


def test_calls_that_went_out_ahead_give_neither_credit_nor_arrears() -> None:
    queues, _ = waiting((NORMAL, 0), (NORMAL, 1), (NORMAL, 2))
    assert take(queues, 1.0) == (NORMAL, 0)  # due at 5
    for arrival in (3, 4, 5, 6):
        queues.join(Caller(INTERACTIVE, arrival, 1.0, False), 1.0)
    assert take(queues, 5.99) == (INTERACTIVE, 3)
    assert take(queues, 6.0) == (NORMAL, 1)
    assert take(queues, 10.99) == (INTERACTIVE, 4)
    assert take(queues, 11.0) == (NORMAL, 2)


def test_a_share_has_arrears_of_a_window_at_most() -> None:
    normal = [(NORMAL, arrival) for arrival in range(20)]
    queues, _ = waiting(*normal, (INTERACTIVE, 20))
    # It was due at 5 first, and is so every 5 s from 145 to 200 after that.
    assert [take(queues, 200.0) for _ in range(14)] == [*normal[:13], (INTERACTIVE, 20)]


def test_the_first_of_the_callers_that_may_go_is_waited_for() -> None:
    queues, window = waiting((BULK, 0))
    for _ in range(57):
        window.grant(0.0)
    assert queues.wait(0.0) == 10  # its share, since the others' reserve is not for it
    assert queues.wait(4.0) == 6
    assert queues.wait(11.0) == 0
    queues.join(Caller(INTERACTIVE, 1, 4.0, False), 4.0)
    assert queues.wait(4.0) == 0


def test_nothing_is_waited_for_while_the_answers_of_all_slots_are_out() -> None:
    queues, window = waiting((NORMAL, 0), limit=1)
    window.grant(0.0)
    assert queues.wait(0.0) is None
    window.record_answer(0.0, None)
    assert queues.wait(0.0) == pytest.approx(60.05)  # for the slot, though the share is due before


# ---- On a server --------------------------------------------------------------------------------


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
                    window.record_answer(now, feedback)
                else:
                    outcome.refused += 1
                    window.record_refusal(now, feedback, feedback.reset - now)
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
