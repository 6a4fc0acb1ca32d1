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
    """A rate-limited server that counts requests and returns the remaining quota."""

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


# ---- One step at a time: slots ------------------------------------------------------------------


def quota(limit: int = LIMIT, window: float = WINDOW, held: int = 0) -> QuotaWindow:
    """Return a quota that needs no probe; so many requests were sent and answered at 0."""
    made = QuotaWindow(limit, window)
    made._probe = False
    for _ in range(held):
        made.grant(0.0)
        made.record_answer(0.0, None)
    return made


def wait(quota: QuotaWindow, now: float, priority: Priority = Priority.NORMAL) -> Any:
    """Return how long to wait, None if that depends on an answer."""
    seconds = quota.wait(now, priority)
    return None if seconds is None else pytest.approx(seconds)


def left(remaining: int, reset: float, date: float | None = None, limit: int = LIMIT) -> Feedback:
    return Feedback(limit, remaining, reset, date)


@pytest.mark.parametrize("now", [-1e6, 0.0, 1e6])
def test_a_new_quota_is_idle_and_open_whatever_the_clock_shows(now: float) -> None:
    for priority in Priority:
        assert QuotaWindow(LIMIT, WINDOW).wait(now, priority) == 0
    assert QuotaWindow(LIMIT, WINDOW).closed_for(now) == 0
    assert QuotaWindow(LIMIT, WINDOW).idle(now)


def test_a_slot_is_free_again_a_window_and_a_margin_after_the_answer() -> None:
    window = quota(limit=2)
    window.grant(0.0)
    assert window.wait(0.0, Priority.NORMAL) == 0
    window.grant(0.0)
    assert window.wait(0.5, Priority.NORMAL) is None  # both answers are still out
    window.record_answer(1.0, None)
    assert wait(window, 1.0) == 60.05
    assert wait(window, 2.0) == 59.05
    assert window.wait(61.05, Priority.NORMAL) == 0


def test_a_request_that_was_given_up_holds_its_slot_from_then_on() -> None:
    window = quota(limit=1)
    window.grant(0.0)
    window.abandon(5.0)
    assert window.outstanding == 0
    assert wait(window, 5.0) == 60.05


def test_a_limit_that_shrinks_waits_for_more_of_the_slots() -> None:
    window = quota(limit=3)
    for now in (0.0, 1.0, 2.0):
        window.grant(now)
        window.record_answer(now, None)
    for limit, seconds in ((3, 60.05), (2, 61.05), (1, 62.05)):
        window.limit = limit
        assert wait(window, 0.0) == seconds
    window.grant(2.0)
    assert window.wait(2.0, Priority.NORMAL) is None


def test_a_quota_is_idle_when_nothing_is_out_held_or_blocked() -> None:
    window = quota()
    window.grant(0.0)
    assert not window.idle(100.0)
    window.record_answer(0.0, None)
    assert not window.idle(60.0)
    assert window.idle(60.05)
    window.grant(100.0)
    window.record_refusal(100.0, None, 90.0)
    assert not window.idle(190.0)
    assert window.idle(190.05)


# ---- One step at a time: bulk -------------------------------------------------------------------


def test_priorities_are_in_order() -> None:
    assert Priority.INTERACTIVE < Priority.NORMAL < Priority.BULK


def test_bulk_leaves_a_twentieth_of_the_slots_to_the_others() -> None:
    assert wait(quota(held=56), 0.0, Priority.BULK) == 0
    assert wait(quota(held=57), 0.0, Priority.NORMAL) == 0
    assert wait(quota(held=57), 0.0, Priority.BULK) == 58.05  # 2 s before a slot is free
    assert wait(quota(held=57), 58.0, Priority.BULK) == 0.05


def test_bulk_waits_for_an_answer_when_only_its_reserve_is_left() -> None:
    window = quota()
    for _ in range(56):
        window.grant(0.0)
    assert window.wait(0.0, Priority.BULK) == 0
    window.grant(0.0)
    assert window.wait(0.0, Priority.BULK) is None
    assert window.wait(0.0, Priority.NORMAL) == 0


def test_bulk_waits_for_as_many_slots_as_its_reserve_lacks() -> None:
    window = quota(held=1)
    for _ in range(57):
        window.grant(1.0)
        window.record_answer(1.0, None)
    assert wait(window, 1.0, Priority.BULK) == 58.05  # for the second one


def test_each_bulk_request_moves_the_next_one_on_by_the_pace() -> None:
    window, pace = quota(), 1 / 1.1
    window.grant(0.0, Priority.BULK)
    assert wait(window, 0.0, Priority.BULK) == pytest.approx(pace)
    window.grant(0.0, Priority.BULK)
    assert wait(window, 0.0, Priority.BULK) == pytest.approx(2 * pace)
    window.grant(100.0, Priority.BULK)
    assert wait(window, 100.0, Priority.BULK) == pytest.approx(pace)
    assert wait(window, 100.0, Priority.NORMAL) == 0
    window.grant(100.0)
    assert wait(window, 100.0, Priority.BULK) == pytest.approx(pace)


# ---- One step at a time: the server's headers --------------------------------------------------


@pytest.mark.parametrize("ahead", [1000.0, -1000.0])
def test_the_servers_remaining_requests_are_not_exceeded_before_its_window_ends(
    ahead: float,
) -> None:
    window = quota()
    window.grant(0.0)
    window.record_answer(0.0, left(1, reset=ahead + 30.0, date=ahead))
    assert window.wait(0.0, Priority.NORMAL) == 0
    window.grant(0.0)
    assert wait(window, 0.0) == 30.05
    assert window.wait(30.05, Priority.NORMAL) == 0


def test_the_limit_that_the_server_gives_holds_beyond_its_window() -> None:
    window = quota()
    window.grant(0.0)
    window.record_answer(0.0, left(4, reset=30.0, date=0.0, limit=5))
    for _ in range(3):
        window.grant(31.0)
    assert window.wait(31.0, Priority.NORMAL) == 0
    window.grant(31.0)
    assert wait(window, 31.0) == 29.05


def test_a_server_without_a_clock_is_waited_for_a_whole_window() -> None:
    window = quota()
    window.grant(5.0)
    window.record_answer(5.0, left(0, reset=1.0))
    assert wait(window, 5.0) == 60.05


def test_a_reset_beyond_a_window_is_waited_for_a_window() -> None:
    window = quota()
    window.grant(5.0)
    window.record_answer(5.0, left(0, reset=250.0, date=5.0))
    assert wait(window, 5.0) == 60.05


@pytest.mark.parametrize(("date", "ends"), [(1005.0, 40.0), (1015.0, 35.0), (None, 40.0)])
def test_of_the_servers_clock_the_reading_that_is_furthest_ahead_counts(
    date: float | None, ends: float
) -> None:
    window = quota()
    window.grant(0.0)
    window.record_answer(0.0, left(50, reset=1030.0, date=1000.0))
    window.grant(10.0)
    window.record_answer(10.0, left(0, reset=1040.0, date=date))
    assert wait(window, 10.0) == ends + 0.05 - 10.0


@pytest.mark.parametrize(
    ("reset", "remaining", "seconds"),
    [(30.0, 8, 0.0), (30.0, 4, 30.05), (29.0, 0, 0.0), (31.0, 4, 31.05), (31.0, 5, 0.0)],
)
def test_an_answer_that_was_overtaken_does_not_change_the_remaining_requests(
    reset: float, remaining: int, seconds: float
) -> None:
    window = quota()
    window.grant(0.0)
    window.record_answer(0.0, left(5, reset=30.0, date=0.0))
    window.grant(0.0)
    window.record_answer(0.0, left(remaining, reset=reset, date=0.0))
    for _ in range(4):
        window.grant(0.0)
    assert wait(window, 0.0) == seconds
    window.grant(0.0)
    assert window.wait(0.0, Priority.NORMAL)


def test_an_answer_of_a_window_before_the_last_one_is_still_overtaken() -> None:
    window = quota()
    for reset, remaining in ((30.0, 5), (29.0, 0), (29.5, 0)):
        window.grant(0.0)
        window.record_answer(0.0, left(remaining, reset=reset, date=0.0))
    assert window.wait(0.0, Priority.NORMAL) == 0


@pytest.mark.parametrize(("spent", "foreign"), [(2, False), (3, True)])
def test_a_quota_that_others_use_too_is_probed_when_the_servers_window_ends(
    spent: int, foreign: bool
) -> None:
    window = quota(held=1)
    window.grant(0.0)
    window.record_answer(0.0, left(LIMIT - spent, reset=30.0, date=0.0))
    window.grant(30.0)
    assert window.wait(30.0, Priority.NORMAL) == 0
    window.grant(30.05)
    assert wait(window, 30.05) == (5.0 if foreign else 0)
    window.record_answer(30.05, None)
    window.grant(30.05)
    assert window.wait(30.05, Priority.NORMAL) == 0  # one probe is enough


def test_a_probe_is_still_one_when_the_servers_window_ends() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window._cap, window._cap_until = 50, 10.0
    window.grant(9.0)
    assert wait(window, 10.0) == 4.0


# ---- One step at a time: refusals ---------------------------------------------------------------


def after_refusal(retry_after: float | None, feedback: Feedback | None = None) -> QuotaWindow:
    """Return a quota whose only request was refused at 0."""
    window = quota()
    window.grant(0.0)
    window.record_refusal(0.0, feedback, retry_after)
    return window


def test_a_refusal_is_waited_for_and_then_probed() -> None:
    window = after_refusal(10.0)
    assert window.outstanding == 0
    assert wait(window, 0.0) == 10.05
    assert wait(window, 4.0) == 6.05
    assert window.wait(10.05, Priority.NORMAL) == 0
    window.grant(10.05)
    assert wait(window, 10.05) == 5.0


def test_a_short_refusal_does_not_shorten_a_long_one() -> None:
    window = after_refusal(10.0)
    window.grant(0.0)
    window.record_refusal(0.0, None, 1.0)
    assert wait(window, 0.0) == 10.05


def test_the_wait_that_a_refusal_asks_for_replaces_the_remaining_requests() -> None:
    window = after_refusal(1.0, left(0, reset=30.0, date=0.0))
    assert wait(window, 0.0) == 1.05
    window.grant(0.0)
    window.record_answer(0.0, left(0, reset=30.0, date=0.0))  # of the same window of the server's
    assert wait(window, 0.0) == 1.05


def test_a_refusal_that_asks_for_nothing_waits_for_the_servers_window() -> None:
    assert wait(after_refusal(None, left(0, reset=20.0, date=0.0)), 0.0) == 20.1
    assert wait(after_refusal(None, left(0, reset=0.5, date=0.0)), 0.0) == 0.6
    assert wait(after_refusal(None, left(0, reset=250.0, date=0.0)), 0.0) == 60.05


@pytest.mark.parametrize("now", [10.05, 20.0])
def test_a_window_of_the_servers_that_is_over_is_not_waited_for(now: float) -> None:
    window = quota()
    window.grant(0.0)
    window.record_answer(0.0, left(50, reset=10.0, date=0.0))
    window.grant(now)
    window.record_refusal(now, None, None)
    assert wait(window, now) == 1.05


def test_refusals_one_after_another_wait_for_a_minute_at_most() -> None:
    window, waits = quota(window=1000.0), []
    for _ in range(9):
        window.grant(0.0)
        window._blocked_until = 0.0
        window.record_refusal(0.0, None, None)
        waits.append(round(window._blocked_until, 2))
    assert waits == [1.05, 2.05, 4.05, 8.05, 16.05, 32.05, 64.05, 64.05, 64.05]


def test_an_answer_ends_a_row_of_refusals() -> None:
    window = after_refusal(None)
    window.grant(2.0)
    window.record_answer(2.0, None)
    window.grant(2.0)
    window.record_refusal(2.0, None, None)
    assert wait(window, 2.0) == 1.05


def test_a_refusal_for_more_than_two_windows_closes_the_quota_between_probes() -> None:
    assert after_refusal(120.0).closed_for(0.0) == 0
    window = after_refusal(300.0)
    assert wait(window, 0.0) == 120.05
    assert window.closed_for(0.0) == 300
    assert window.closed_for(120.0) == 180
    assert window.closed_for(120.05) == 0


def test_a_refusal_is_over_when_it_was_shorter_than_the_block_that_follows_it() -> None:
    window = after_refusal(121.0)
    window.grant(120.5)
    window.record_refusal(120.5, None, 60.0)
    assert window.closed_for(120.5) == 0.5
    assert window.closed_for(130.0) == 0


@pytest.mark.parametrize("start", [0.0, -1e6])
def test_an_answer_opens_a_closed_quota(start: float) -> None:
    window = quota()
    window.grant(start)
    window.record_refusal(start, None, 10.0)
    assert window.closed_for(start) == 0
    window.record_refusal(start + 11.0, None, 300.0)
    assert window.closed_for(start + 11.0) == 300
    window.record_answer(start + 132.0, None)
    window.record_refusal(start + 132.0, None, 10.0)
    assert window.closed_for(start + 132.0) == 0


# ---- On a server -----------------------------------------------------------------------------


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
                window.record_answer(now, feedback if headers else None)
            else:
                outcome.refused += 1
                waiting += 1
                # Katana's Retry-After is in whole seconds.
                wait = feedback.reset - server.ahead - now
                window.record_refusal(now, feedback if headers else None, float(int(wait) + 1))
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
        window.record_answer(2.0, None)
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
    window.record_answer(0.2, None)
    assert window.wait(0.2, Priority.NORMAL) == 0


def test_a_lost_probe_does_not_hold_up_the_others_for_long() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window.grant(0.0)
    assert window.wait(5.0, Priority.NORMAL) == 0


def test_the_server_decides_how_many_requests_there_are() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window.grant(0.0)
    window.record_answer(0.0, Feedback(limit=5, remaining=4, reset=60.0, date=0.0))
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
        window.record_answer(0.0, answer)
    assert window.wait(0.0, Priority.NORMAL) == pytest.approx(60.05)


def test_a_reset_of_a_few_windows_ahead_is_heeded() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    window.grant(0.0)
    window.record_answer(0.0, Feedback(LIMIT, remaining=0, reset=240.0, date=0.0))
    assert window.wait(0.0, Priority.NORMAL) == pytest.approx(60.05)


def test_a_429_without_retry_after_waits_longer_each_time() -> None:
    window = QuotaWindow(LIMIT, WINDOW)
    waits = []
    now = 0.0
    for _ in range(8):
        window.grant(now)
        window.record_refusal(now, None, None)
        wait = window.wait(now, Priority.NORMAL)
        assert wait is not None
        waits.append(round(wait, 2))
        now += wait
    assert waits == [1.05, 2.05, 4.05, 8.05, 16.05, 32.05, 60.05, 60.05]


def test_a_grant_that_was_not_used_costs_nothing() -> None:
    window = QuotaWindow(1, WINDOW)
    window.grant(0.0)
    window.release()
    assert window.wait(0.0, Priority.NORMAL) == 0


@pytest.mark.parametrize(("reset", "seconds"), [(300.0, 60.05), (300.1, 0.0)])
def test_a_reset_of_up_to_five_windows_away_is_followed(reset: float, seconds: float) -> None:
    window = quota()
    window.grant(0.0)
    window.record_answer(0.0, left(0, reset=reset, date=0.0))
    assert wait(window, 0.0) == seconds
