"""The overlap walk against lists that change between reads: nothing lost, nothing twice."""

import itertools
import random
from collections.abc import Callable, Sequence

import pytest
from attrs import define, field
from hypothesis import given, settings, strategies as st

from katana_async.errors import ListChanged
from katana_async.http.messages import Pagination
from katana_async.http.walk import Walk, Window, honours_limit, overlapping

Change = Callable[["Records"], None]


@define
class Records:
    """A list, newest first, that remembers who was there all along."""

    rows: list[int]
    survivors: set[int] = field(init=False)
    _next: int = 1_000_000

    def __attrs_post_init__(self) -> None:
        self.survivors = set(self.rows)

    def create(self, at: int = 0) -> None:
        self._next += 1
        self.rows.insert(min(at, len(self.rows)), self._next)

    def delete(self, at: int) -> None:
        if self.rows:
            self.survivors.discard(self.rows.pop(at % len(self.rows)))

    def read(self, window: Window) -> list[int]:
        return self.rows[window.offset : window.end]


def identity(row: int) -> int:
    return row


def run(
    records: Records,
    *,
    largest: int,
    ahead: int,
    change: Callable[[int], None],
    count_later: bool = False,
) -> tuple[list[int], int]:
    """Walk over the records; `change(n)` happens before the n-th read, and before its count too."""
    walk = Walk(identity, largest)
    found: list[int] = []
    requests = 0
    while not walk.done:
        answers = []
        for window in walk.plan(ahead):
            change(requests)
            requests += 1
            total = len(records.rows)
            rows = records.read(window)
            if count_later:
                change(requests + 10_000)
                total = len(records.rows)
            answers.append((window, rows, total))
        for window, rows, total in answers:
            new = walk.accept(window, rows, total)
            if new is None:
                break
            found.extend(new)
            if walk.done:
                break  # type: ignore[unreachable]  # accept() changes it
        assert requests < 100_000, "it goes on for ever"
    return found, requests


def check(records: Records, found: Sequence[int]) -> None:
    assert len(found) == len(set(found)), "a record came twice"
    missing = records.survivors - set(found)
    assert not missing, f"lost: {missing}"


def moves(size: int) -> list[tuple[str, int]]:
    return [("create", 0), ("create", size // 2), ("create", size)] + [
        ("delete", at) for at in range(size)
    ]


@pytest.mark.parametrize("ahead", [1, 2, 3])
@pytest.mark.parametrize("largest", [4, 5])
def test_every_two_changes_at_every_two_moments_of_a_short_list(largest: int, ahead: int) -> None:
    for size in (6, 7):
        possible = moves(size)
        moments = list(itertools.product(range(4), repeat=2))
        for (one, two), (first, second) in itertools.product(
            itertools.product(possible, repeat=2), moments
        ):
            records = Records(list(range(size, 0, -1)))

            def change(moment: int) -> None:
                for (what, at), when in ((one, first), (two, second)):
                    if moment == when:
                        getattr(records, what)(at)

            try:
                found, _ = run(records, largest=largest, ahead=ahead, change=change)
            except ListChanged:
                # Only when nothing read lately is left: it may stop aloud, never lose in silence.
                continue
            check(records, found)


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(0, 3000),
    ahead=st.integers(1, 6),
    changes=st.integers(0, 12),
    count_later=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_long_lists_that_change_at_random(
    size: int, ahead: int, changes: int, count_later: bool, seed: int
) -> None:
    rng = random.Random(seed)
    records = Records(list(range(size, 0, -1)))

    def change(_: int) -> None:
        for _ in range(rng.randint(0, changes)):
            if rng.random() < 0.5:
                # Mostly new ones in front, some anywhere: restored, or matching a filter again.
                records.create(0 if rng.random() < 0.7 else rng.randint(0, len(records.rows)))
            else:
                records.delete(rng.randrange(10**6))

    try:
        found, _ = run(records, largest=250, ahead=ahead, change=change, count_later=count_later)
    except ListChanged:
        return
    check(records, found)


def test_fifteen_thousand_records_with_ten_changes_a_read() -> None:
    for seed, ahead in ((1, 1), (2, 4)):
        rng = random.Random(seed)
        records = Records(list(range(15_000, 0, -1)))

        def change(_: int) -> None:
            for _ in range(10):
                records.create() if rng.random() < 0.5 else records.delete(rng.randrange(10**6))

        found, _ = run(records, largest=250, ahead=ahead, change=change)
        check(records, found)
        assert len(found) > 14_000


def test_an_unchanging_list_costs_at_most_nine_percent_more() -> None:
    for size in (15_000, 50_000, 100_000):
        records = Records(list(range(size, 0, -1)))
        found, requests = run(records, largest=250, ahead=1, change=lambda _: None)
        assert found == records.rows
        assert requests <= size / 250 * 1.09


def test_a_list_of_one_page_costs_one_request() -> None:
    records = Records(list(range(249, 0, -1)))
    assert run(records, largest=250, ahead=1, change=lambda _: None)[1] == 1


def test_a_total_that_is_the_same_as_at_the_start_does_not_hide_a_loss() -> None:
    """Re-reading a page only when the total shrinks lost the last record this way."""
    records = Records(list(range(12, 0, -1)))

    def change(moment: int) -> None:
        if moment == 2:
            records.create()
        if moment == 3:
            records.delete(0)

    found, _ = run(records, largest=5, ahead=1, change=change)
    check(records, found)


def test_it_says_so_when_everything_read_lately_is_gone() -> None:
    records = Records(list(range(10, 0, -1)))

    def change(moment: int) -> None:
        if moment == 1:
            records.rows = [3, 2, 1]

    with pytest.raises(ListChanged, match="Start the walk again"):
        run(records, largest=5, ahead=1, change=change)


@given(end=st.integers(1, 10**6))
def test_a_window_holds_the_last_row_read_and_reaches_past_it(end: int) -> None:
    window = overlapping(end, 250, 50)
    assert 50 <= window.limit <= 250
    assert window.offset <= end - 1 < window.end
    assert window.end >= end + 200 or window.end > end


@pytest.mark.parametrize(
    ("window", "count", "pagination", "honoured"),
    [
        (Window(1, 250), 250, Pagination(1, 4, 1000, 0), True),
        (Window(1, 250), 12, Pagination(1, 1, 12, 0), True),
        (Window(1, 250), 0, Pagination(1, 0, 0, 0), True),
        (Window(1, 250), 0, Pagination(1, 1, 0, 0), True),
        (Window(1, 250), 12, None, True),
        (Window(1, 250), 50, Pagination(1, 20, 1000, 0), False),
        (Window(3, 250), 100, Pagination(3, 10, 1000, 200), False),
        (Window(1, 250), 1000, Pagination(1, 1, 1000, 0), False),
    ],
)
def test_a_page_that_is_not_what_was_asked_for_is_noticed(
    window: Window, count: int, pagination: Pagination | None, honoured: bool
) -> None:
    assert honours_limit(window, count, pagination) is honoured
