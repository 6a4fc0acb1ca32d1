"""Which pages a poll reads, and which records are read again by their keys. Plain data, no I/O."""

from typing import Any

import pytest

from katana_async.changes.commands import Answer, Deliver, LookUp, Read, Row, Version
from katana_async.changes.core import FeedCore
from katana_async.changes.ledger import FeedSettings
from katana_async.changes.state import GONE, Delivery, FeedState, Key, Recheck
from katana_async.http.messages import Pagination
from tests.changes.large_list import NOW, LargeList, drive

MINUTE = 60_000
OVERLAP = 30 * MINUTE
SMALL = FeedSettings(overlap=OVERLAP, step=5 * MINUTE, slice=20, limit=10, glance=3 * MINUTE)


def make_core(minutes: int, settings: FeedSettings = SMALL, **state: Any) -> FeedCore:
    """Return the core of a feed that is complete until so many minutes ago."""
    settled = NOW - minutes * MINUTE
    return FeedCore(FeedState(settled, is_first_pass=False, **state), lambda: NOW, settings)


def deliveries(count: int) -> dict[Key, Delivery]:
    return {f"old {n}": Delivery(NOW, NOW, 1) for n in range(count)}


def run_on_empty_list(core: FeedCore, name: str) -> list[Read]:
    """Execute a method of the core on a list without records or counts; return its reads."""
    reads: list[Read] = []

    def answer(read: Any) -> Answer:
        reads.append(read)
        return Answer([], NOW, NOW, read.window)

    assert drive(getattr(core, name)(), answer) == []
    return reads


# ---- a long span ---------------------------------------------------------------------------------


def test_a_long_span_is_halved_until_its_rows_fit() -> None:
    large, core = LargeList(200), make_core(100)
    changes = large.run(core, "settle")
    # Changes are settled until 30 minutes ago: a span of 70 minutes with 100 rows, as the list is
    # open at the top; then 35 minutes with 36 rows, then 17.5 minutes with 18 rows.
    start, end = NOW - 100 * MINUTE, NOW - 100 * MINUTE + 70 * MINUTE // 4
    assert {read.updated_min for read in large.reads} == {start}
    assert [read.updated_max for read in large.reads] == [
        None,
        start + 35 * MINUTE,
        *[end] * (len(large.reads) - 2),
    ]
    assert [read.window.offset for read in large.reads[:3]] == [0, 0, 0]
    assert core.state.settled_until == end
    assert sorted(change.key for change in changes) == list(range(100, 118))


@pytest.mark.parametrize(
    ("rows", "step", "is_halved"),
    [
        (20, 5 * MINUTE, False),
        (21, 5 * MINUTE, True),
        (21, 10 * MINUTE - 1, True),
        (21, 10 * MINUTE, False),
    ],
)
def test_a_span_is_halved_above_slice_rows_and_step(rows: int, step: int, is_halved: bool) -> None:
    settings = FeedSettings(overlap=OVERLAP, step=step, slice=20, limit=10)
    core = make_core(40, settings)  # a span of 10 minutes
    reads: list[Read] = []

    def answer(read: Any) -> Answer:
        reads.append(read)
        shown = range(read.window.offset, min(rows, read.window.offset + read.window.limit))
        header = Pagination(read.window.page, -(-rows // 10), rows, read.window.offset)
        page = [Row(n, 0, NOW - 35 * MINUTE, False, 1) for n in shown]
        return Answer(page, NOW, NOW, read.window, header)

    drive(core.settle(), answer)
    assert (reads[1].updated_max == NOW - 35 * MINUTE) is is_halved


def test_a_span_without_a_count_is_read_as_it_is() -> None:
    core = make_core(100)
    reads = run_on_empty_list(core, "settle")
    assert [read.updated_max for read in reads] == [None]
    assert core.state.settled_until == NOW - OVERLAP


def test_only_the_first_page_halves_a_span() -> None:
    core, reads = make_core(100), list[Read]()

    def answer(read: Any) -> Answer:
        reads.append(read)
        count = 15 if len(reads) == 1 else 25  # rows are created during the walk
        shown = range(read.window.offset, min(count, read.window.offset + read.window.limit))
        header = Pagination(read.window.page, -(-count // 10), count, read.window.offset)
        page = [Row(n, 0, NOW - 35 * MINUTE, False, 1) for n in shown]
        return Answer(page, NOW, NOW, read.window, header)

    assert len(drive(core.settle(), answer)) == 25
    assert {read.updated_max for read in reads} == {None}


# ---- polls ---------------------------------------------------------------------------------------


def test_a_poll_after_a_long_pause_reads_every_part() -> None:
    large, core = LargeList(200), make_core(100)
    changes = large.run(core, "poll")
    assert sorted({change.key for change in changes}) == list(range(100, 200))
    assert core.state.settled_until == NOW - OVERLAP
    halves = {read.updated_max for read in large.reads}
    assert len(halves) > 2  # several parts


def test_a_poll_whose_page_is_not_the_whole_list_reads_the_rest() -> None:
    large, core = LargeList(200), make_core(31)  # less than `step` behind
    changes = large.run(core, "poll")
    assert sorted({change.key for change in changes}) == list(range(169, 200))
    assert core.state.settled_until == NOW - OVERLAP


@pytest.mark.parametrize(("behind", "reads"), [(34, 1), (35, 2)])
def test_a_busy_poll_settles_only_what_is_a_step_behind(behind: int, reads: int) -> None:
    core = make_core(behind, delivered=deliveries(10))
    core._polled_at = NOW - MINUTE
    sent = run_on_empty_list(core, "poll")
    assert sent[0].updated_min == NOW - MINUTE - SMALL.glance
    assert len(sent) == reads
    assert core.state.settled_until == NOW - (behind if reads == 1 else 30) * MINUTE


@pytest.mark.parametrize(("count", "is_busy"), [(9, False), (10, True)])
def test_a_poll_with_a_page_of_deliveries_reads_since_the_last_one(
    count: int, is_busy: bool
) -> None:
    core = make_core(31, delivered=deliveries(count))
    core._polled_at = NOW - MINUTE
    sent = run_on_empty_list(core, "poll")
    expected = NOW - MINUTE - SMALL.glance if is_busy else NOW - 31 * MINUTE
    assert sent[0].updated_min == expected


def test_the_first_poll_of_a_process_reads_since_the_settled_time() -> None:
    large, core = LargeList(200), make_core(31, delivered=deliveries(50))
    large.run(core, "poll")
    assert {read.updated_min for read in large.reads} == {NOW - 31 * MINUTE}
    assert core.state.settled_until == NOW - OVERLAP


def test_a_busy_poll_delivers_each_of_at_most_16_pages_at_once() -> None:
    core = make_core(31, delivered=deliveries(10))
    core._polled_at = last = NOW - MINUTE
    events: list[str] = []
    steps, reply = core.poll(), None
    count = 1000
    while True:
        try:
            command: Any = steps.send(reply)
        except StopIteration:
            break
        if isinstance(command, Deliver):
            events.append("deliver")
            reply = None
        else:
            events.append("read")
            window = command.window
            rows = [Row(window.offset + n, 0, NOW, False, 1) for n in range(window.limit)]
            header = Pagination(window.page, count // 10, count, window.offset)
            reply = Answer(rows, NOW, NOW, window, header)
    assert events == ["read", "deliver"] * 16
    # The rest was not read, so the next poll must not begin later.
    assert core._polled_at == last


def test_a_busy_poll_that_read_to_the_end_is_the_start_of_the_next() -> None:
    core = make_core(31, delivered=deliveries(10))
    core._polled_at = NOW - MINUTE
    run_on_empty_list(core, "poll")
    assert core._polled_at == NOW


# ---- single records ------------------------------------------------------------------------------


def test_rows_that_their_records_no_longer_contain_are_read_again() -> None:
    core = make_core(31, delivered={3: Delivery(NOW, NOW, GONE)})
    asked: list[Any] = []

    def answer(command: Any) -> Any:
        asked.append(command)
        return {row: Version(row, 0, NOW - OVERLAP, 1) for row in (1, 2, 3, 4)}

    assert drive(core.reconcile("order_id", {10: [1], 11: [4], 12: []}), answer) == []
    assert asked == [LookUp((10, 11, 12), parent="order_id")]
    assert core.state.rechecks == {2: Recheck(NOW, NOW + OVERLAP)}


def test_one_recheck_decides_about_each_record() -> None:
    old = NOW - 2 * OVERLAP
    delivered: dict[Key, Delivery] = {5: Delivery(old, NOW - MINUTE, 1)}
    hints: dict[Key, Recheck] = {
        "changed": Recheck(NOW, NOW + OVERLAP),
        "vanished": Recheck(NOW, NOW + OVERLAP),
        "swept": Recheck(NOW, NOW, swept=True),
        5: Recheck(NOW, NOW),  # another version with the same time, read a minute ago
        "certain": Recheck(NOW, NOW),
        "young": Recheck(NOW, NOW, swept=True),
        "unchanged": Recheck(NOW, NOW + OVERLAP),
        "later": Recheck(NOW + 1, NOW + OVERLAP),
    }
    core = make_core(60, delivered=delivered, rechecks=dict(hints))
    have = {key: Version(key, 0, old, 1) for key in hints if key != 5}
    have["young"] = Version("young", 0, NOW - MINUTE, 1)  # an answer may be older than the record
    rows = [
        Row("changed", 0, old + 1, False, 2),
        Row(5, 0, old, False, 2),
        Row("certain", 0, old, False, 1),
        Row("unchanged", 0, old, False, 1),
    ]
    asked: list[Any] = []

    def answer(command: Any) -> Any:
        asked.append(command)
        if isinstance(command, LookUp):
            return have
        return Answer(rows, NOW, NOW, command.window)

    changes = drive(core.recheck(), answer)
    due = tuple(key for key in hints if key != "later")
    assert [each.keys for each in asked] == [due, due]
    assert [(change.key, change.reason) for change in changes] == [
        ("changed", None),
        ("vanished", "vanished"),
        ("swept", "swept"),
    ]
    assert core.state.rechecks == {
        5: Recheck(NOW - MINUTE + OVERLAP, NOW - MINUTE + OVERLAP),
        # Twice as long as since its change, which was a minute ago.
        "young": Recheck(NOW + 2 * MINUTE, NOW - MINUTE + OVERLAP, swept=True),
        "unchanged": Recheck(NOW + SMALL.first_wait, NOW + OVERLAP),
        "later": Recheck(NOW + 1, NOW + OVERLAP),
    }
