"""The overlap walk against lists that change between reads: nothing lost, nothing twice."""

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given, settings, strategies as st

from katana_async.errors import ListChanged
from katana_async.http.messages import Pagination
from katana_async.http.walk import Walk, Window, honours_limit, overlapping

Change = Callable[["Records"], None]


@define
class Records:
    """A list, newest first, that tracks which rows were in it all the time."""

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


def identity(rows: Sequence[int]) -> Sequence[int]:
    return rows


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


# ---- One page at a time -------------------------------------------------------------------------


def accept_page(
    walk: Walk[int],
    rows: Sequence[int],
    *,
    page: int = 1,
    limit: int = 250,
    total: int | None = None,
) -> Sequence[int] | None:
    """Give a walk the rows of a window, and return those that are new."""
    return walk.accept(Window(page, limit), rows, total)


def walk_after(rows: int, largest: int = 5_000) -> Walk[int]:
    """Return a walk that has read the rows 0, 1, 2, … on one page, the newest first."""
    walk = Walk(identity, largest)
    accept_page(walk, range(rows), limit=largest, total=100_000)
    return walk


def test_a_window_is_where_its_page_is() -> None:
    assert (Window(1, 250).offset, Window(1, 250).end) == (0, 250)
    assert (Window(3, 100).offset, Window(3, 100).end) == (200, 300)


@pytest.mark.parametrize(("largest", "smallest"), [(250, 50), (20, 4), (5, 1), (1, 1)])
def test_of_the_windows_that_hold_a_row_the_one_that_reaches_furthest_is_read(
    largest: int, smallest: int
) -> None:
    for end in range(1, 4 * largest):
        sizes = range(smallest, largest + 1)
        windows = [Window((end - 1) // limit + 1, limit) for limit in sizes]
        assert all(each.offset < end <= each.end for each in windows)
        furthest = max(each.end for each in windows)
        assert overlapping(end, largest, smallest).end == furthest


def test_a_window_cannot_change_since_all_walks_share_it() -> None:
    assert overlapping(250, 250, 50) is overlapping(250, 250, 50)
    window: Any = overlapping(250, 250, 50)
    with pytest.raises(AttributeError):
        window.page = 9


def test_of_two_windows_that_reach_as_far_the_smaller_one_is_read() -> None:
    assert overlapping(801, 250, 50) == Window(5, 200)  # not Window(4, 250)


def test_a_walk_begins_with_the_largest_page_and_goes_on_from_page_to_page() -> None:
    first = Window(1, 250)
    second = overlapping(250, 250, 50)
    third = overlapping(second.end, 250, 50)
    assert Walk(identity).plan(3) == [first, second, third]
    walk = Walk(identity)
    accept_page(walk, range(250))
    assert walk.plan(2) == [second, third]


@pytest.mark.parametrize(("largest", "smallest"), [(250, 50), (10, 2), (9, 1), (4, 1)])
def test_the_smallest_page_is_a_fifth_of_the_largest(largest: int, smallest: int) -> None:
    assert Walk(identity, largest).smallest == smallest


@pytest.mark.parametrize(
    ("rows", "total", "done"),
    [
        (250, 250, False),
        (250, None, False),
        (249, None, True),
        (249, 249, True),
        (249, 248, True),
        (249, 250, False),
        (0, 0, True),
        (0, 1, False),
    ],
)
def test_a_walk_is_done_with_a_short_page_that_reaches_the_total(
    rows: int, total: int | None, done: bool
) -> None:
    walk = Walk(identity)
    assert accept_page(walk, range(rows), total=total) == list(range(rows))
    assert (walk.done, walk.given) == (done, rows)


def test_a_first_page_without_rows_is_read_again() -> None:
    walk = Walk(identity)
    assert accept_page(walk, [], total=1) == []
    assert walk.plan(1) == [Window(1, 250)]
    assert accept_page(walk, [7], total=1) == [7]
    assert walk.done


def test_a_page_connects_by_any_row_even_the_very_first() -> None:
    walk = Walk(identity)
    accept_page(walk, [9, 8, 7])
    assert accept_page(walk, [9, 5]) == [5]
    assert accept_page(walk, [4, 3], page=2) is None


@pytest.mark.parametrize(
    ("total", "end"), [(None, 751), (2000, 751), (1000, 751), (999, 750), (250, 1), (100, 0)]
)
def test_a_page_that_does_not_connect_is_read_again_a_page_before(
    total: int | None, end: int
) -> None:
    walk = walk_after(10)
    assert accept_page(walk, [77], page=5, total=total) is None
    assert walk._end == end


def test_when_even_the_first_page_does_not_connect_nothing_is_left_of_what_was_read() -> None:
    walk = walk_after(10)
    with pytest.raises(ListChanged, match="all recently read records were deleted"):
        accept_page(walk, [77])


def test_rows_among_known_ones_are_out_of_order_and_those_at_the_front_are_new() -> None:
    walk = walk_after(10)
    assert accept_page(walk, [90, 2, 91, 4, 92, 6, 10]) == [90, 91, 92, 10]
    assert walk.out_of_order == 2
    assert accept_page(walk, [93, 10, 11], page=2) == [93, 11]
    assert walk.out_of_order == 3
    assert walk.given == 10 + 4 + 2
    assert accept_page(walk, [90, 93, 11, 12], page=2) == [12]
    assert walk.known == {*range(13), 90, 91, 92, 93}


def test_a_page_does_not_connect_by_a_row_that_came_out_of_order() -> None:
    walk = walk_after(10)
    accept_page(walk, [90, 9])
    assert accept_page(walk, [90, 77], page=2) is None


def test_the_first_row_is_taken_if_an_answer_has_a_key_twice() -> None:
    walk = Walk[tuple[int, str]](lambda rows: [key for key, _ in rows], largest=5)
    rows = [(1, "first"), (2, "a"), (1, "second"), (3, "b")]
    assert walk.accept(Window(1, 5), rows, 4) == [(1, "first"), (2, "a"), (3, "b")]


def test_the_1500_rows_that_were_read_last_are_remembered() -> None:
    walk = walk_after(1_400)
    accept_page(walk, [1_398, *range(1_399, 1_500)], page=2)
    assert walk.known == set(range(1_500))
    accept_page(walk, [1_499, 1_500], page=2)
    assert set(walk._known) == set(range(1, 1_501))
    assert walk.known is None


def test_a_page_does_not_connect_by_a_row_that_was_read_too_long_ago() -> None:
    walk = walk_after(1_600)
    assert accept_page(walk, [99, 5_000], page=2) is None
    assert accept_page(walk, [100, 5_000], page=2) == [5_000]


def test_the_1500_rows_that_came_out_of_order_last_are_remembered() -> None:
    walk = walk_after(10)
    strays = list(range(10_000, 11_500))
    assert accept_page(walk, [*strays, 9], page=2) == strays
    assert walk.known == {*range(10), *strays}
    assert accept_page(walk, [20_000, 9], page=2) == [20_000]
    assert accept_page(walk, [10_001, 20_000, 9], page=2) == []  # these are still remembered
    assert accept_page(walk, [10_000, 9], page=2) == [10_000]  # and this is not
    assert walk.known is None


@pytest.mark.parametrize(
    ("read", "connects_by", "stepped_back", "new"),
    [
        (2_000, 1_500, False, [7_077]),
        (2_000, 1_499, False, []),  # so far back, a row may have come and been forgotten
        (2_000, 1_999, True, []),
        (1_000, 1, False, [7_077]),  # nothing was forgotten
        (1_000, 999, True, [7_077]),
    ],
)
def test_once_rows_are_forgotten_one_before_an_old_row_is_not_taken_for_new(
    read: int, connects_by: int, stepped_back: bool, new: list[int]
) -> None:
    walk = walk_after(read)
    if stepped_back:
        assert accept_page(walk, [7_088], page=9) is None
    assert accept_page(walk, [7_077, connects_by], page=2) == new
    assert accept_page(walk, [7_078, read - 1], page=2) == [7_078]  # stepping back is over


def test_ten_pages_without_a_new_row_are_too_many() -> None:
    walk = walk_after(250)
    for _ in range(9):
        assert accept_page(walk, range(250), total=1_000) == []
    with pytest.raises(ListChanged, match="had no new record, after 250 of 1000: "):
        accept_page(walk, range(250), total=1_000)


def test_pages_without_a_new_row_are_counted_from_the_last_new_one() -> None:
    walk = walk_after(250)
    for _ in range(9):
        accept_page(walk, range(250))
    assert accept_page(walk, [*range(249), 250]) == [250]
    for _ in range(9):
        assert accept_page(walk, range(250)) == []
    with pytest.raises(ListChanged, match="after 251: "):
        accept_page(walk, range(250))


def test_ten_pages_without_any_row_are_too_many() -> None:
    walk = Walk(identity)
    for _ in range(9):
        assert accept_page(walk, [], total=1_000) == []
    with pytest.raises(ListChanged, match="after 0 of 1000"):
        accept_page(walk, [], total=1_000)


def test_a_tenth_page_without_a_new_row_may_be_the_last_of_the_list() -> None:
    walk = walk_after(250)
    for _ in range(9):
        accept_page(walk, range(250), total=1_000)
    assert accept_page(walk, range(100), total=100) == []
    assert walk.done


@pytest.mark.parametrize("total", [249, 250])
def test_a_walk_that_gains_nothing_is_done_when_it_has_as_many_rows_as_the_list(total: int) -> None:
    walk = walk_after(250)
    for _ in range(10):
        assert not walk.done
        assert accept_page(walk, range(250), total=total) == []
    assert walk.done


# ---- Whole walks ------------------------------------------------------------------------------


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
        (Window(1, 250), 251, None, False),
        (Window(2, 250), 250, Pagination(2, 5, 1001, 250), True),
        (Window(2, 250), 250, Pagination(2, 4, 1001, 250), False),
        (Window(2, 250), 250, Pagination(2, 5, 1001, None), True),
        (Window(2, 250), 250, Pagination(2, 6, 1001, None), False),
        (Window(2, 250), 250, Pagination(2, None, 1001, 250), True),
        (Window(2, 250), 250, Pagination(2, 7, None, 250), True),
    ],
)
def test_a_page_that_is_not_what_was_asked_for_is_noticed(
    window: Window, count: int, pagination: Pagination | None, honoured: bool
) -> None:
    assert honours_limit(window, count, pagination) is honoured
