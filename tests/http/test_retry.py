"""Retries, by the status of the answer and the kind of request."""

import random

import pytest

from katana_async.http.messages import Repeat, Request
from katana_async.http.retry import (
    Fate,
    RetryBudgets,
    backoff,
    is_transient,
    jitter,
    may_repeat_after_failure,
    may_repeat_after_status,
    outcome_unknown_after_status,
)

TRANSIENT = [408, 425, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 525, 530, 599]
LASTING = [400, 401, 403, 404, 409, 412, 422, 499, 501, 505, 600]


def request(repeat: Repeat) -> Request:
    method = {Repeat.READ: "GET", Repeat.WRITE: "POST"}.get(repeat, "DELETE")
    return Request(method, "/products", (), None, repeat)


@pytest.mark.parametrize("status", TRANSIENT)
def test_a_transient_status_is_tried_again_unless_the_request_writes(status: int) -> None:
    assert is_transient(status)
    for repeat in Repeat:
        assert may_repeat_after_status(request(repeat), status) is (repeat is not Repeat.WRITE)


@pytest.mark.parametrize("status", LASTING)
def test_a_lasting_status_is_not_tried_again(status: int) -> None:
    assert not is_transient(status)
    assert not any(may_repeat_after_status(request(repeat), status) for repeat in Repeat)


def test_a_429_is_tried_again_even_by_a_write() -> None:
    assert all(may_repeat_after_status(request(repeat), 429) for repeat in Repeat)


@pytest.mark.parametrize("repeat", Repeat)
def test_a_request_without_an_answer_is_sent_again_unless_it_may_write_twice(
    repeat: Repeat,
) -> None:
    assert may_repeat_after_failure(request(repeat), Fate.NOT_SENT)
    is_safe = repeat is not Repeat.WRITE
    assert may_repeat_after_failure(request(repeat), Fate.UNKNOWN) is is_safe
    assert not may_repeat_after_failure(request(repeat), Fate.HOPELESS)


@pytest.mark.parametrize("status", [301, 302, 303, 408, 500, 501, 503, 505, 524])
def test_a_write_that_may_have_been_carried_out_has_an_unknown_outcome(status: int) -> None:
    assert outcome_unknown_after_status(request(Repeat.WRITE), status)
    assert outcome_unknown_after_status(request(Repeat.DELETE), status)
    assert not outcome_unknown_after_status(request(Repeat.READ), status)


@pytest.mark.parametrize("status", [307, 308, 400, 404, 412, 422, 425, 429])
def test_a_refused_write_has_a_known_outcome(status: int) -> None:
    assert not outcome_unknown_after_status(request(Repeat.WRITE), status)


def test_the_longest_wait_doubles_with_each_attempt_up_to_30_seconds() -> None:
    waits = [backoff(attempt, lambda: 1.0) for attempt in range(1, 9)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff(100_000, lambda: 1.0) == 30


def test_a_wait_is_a_random_part_of_the_longest_one() -> None:
    assert backoff(3, lambda: 0.0) == 0
    assert backoff(3, lambda: 0.25) == 0.5
    assert 0 < backoff(1) < 0.5
    assert backoff(1) != backoff(1)


def test_a_jitter_is_from_a_half_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for drawn, factor in ((0.0, 0.5), (0.5, 0.75), (1.0, 1.0)):
        monkeypatch.setattr(random, "random", lambda drawn=drawn: drawn)
        assert jitter() == factor


def test_a_budget_allows_20_retries_at_once_and_one_more_for_five_requests() -> None:
    budgets = RetryBudgets()
    assert [budgets.spend("a") for _ in range(21)] == [True] * 20 + [False]
    for _ in range(5):
        assert not budgets.spend("a")
        budgets.earn("a")
    assert [budgets.spend("a") for _ in range(2)] == [True, False]


def test_a_budget_allows_its_reserve_and_then_a_fifth_of_the_traffic() -> None:
    budgets = RetryBudgets(reserve=3)
    assert [budgets.spend("a") for _ in range(4)] == [True, True, True, False]
    for _ in range(4):
        budgets.earn("a")
    assert not budgets.spend("a")
    budgets.earn("a")
    assert budgets.spend("a")


def test_one_quotas_failures_leave_the_others_retries_alone() -> None:
    budgets = RetryBudgets(reserve=3)
    while budgets.spend("a"):
        pass
    assert [budgets.spend("b") for _ in range(4)] == [True, True, True, False]


def test_a_quota_whose_reserve_is_full_takes_no_memory() -> None:
    budgets = RetryBudgets(reserve=2)
    assert budgets.spend("a")
    for _ in range(10):
        budgets.earn("a")
        budgets.earn("b")
    assert budgets._left == {}


def test_a_budget_is_forgotten_as_soon_as_its_reserve_is_full() -> None:
    budgets = RetryBudgets(reserve=2, share=0.5)
    assert budgets.spend("a")
    budgets.earn("a")
    assert budgets._left == {"a": 1.5}
    budgets.earn("a")
    assert budgets._left == {}
