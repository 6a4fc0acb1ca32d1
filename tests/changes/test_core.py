"""The core with plain data: random histories, all histories of small scopes, costs."""

import os
from typing import Any

import pytest

from katana_async import MassDeletion
from katana_async.changes.commands import (
    Answer,
    Change,
    LookUp,
    Read,
    Row,
    Version,
)
from katana_async.changes.core import FeedCore
from katana_async.changes.ledger import FeedSettings
from katana_async.changes.state import Delivery, FeedState, Key, read_cursor, write_cursor
from katana_async.http.messages import Pagination
from tests.changes.histories import explore, random_scope, run_random
from tests.changes.large_list import NOW, LargeList, drive
from tests.changes.small_server import Scope

HISTORIES = int(os.environ.get("KATANA_FEED_HISTORIES", "300"))
"""The number of random histories; `make feed-soak` runs 100,000."""

BLOCK = 50
HOUR = 3_600_000


@pytest.mark.parametrize("start", range(0, HISTORIES, BLOCK))
def test_random_histories_keep_all_promises(start: int) -> None:
    for seed in range(start, start + BLOCK):
        run_random(seed, random_scope(seed))


SMALL = {
    "updates and deletions": Scope(writes="ud", records=1, most_writes=2, lag=3),
    "two updates in one tick": Scope(writes="ut", records=1, most_writes=2, lag=3),
    "rows of different age": Scope(writes="ud", records=1, rows_apart=True, lag=3),
    "several pages": Scope(writes="u", records=4, rounds=1, start="behind", most_writes=1),
    "a crash": Scope(writes="ud", records=1, lag=3, crashes=1, most_writes=1),
    "hard deletes": Scope(writes="uh", records=1, lag=3, sweeps=True),
    "silent updates": Scope(writes="us", records=1, lag=3, sweeps=True),
    "one tick of creation": Scope(
        writes="h", records=4, most_writes=1, sweeps=True, one_tick=True, rounds=2
    ),
    "no marks": Scope(has_marks=False, writes="udr", records=1, lag=3, sweeps=True),
    "no keys": Scope(has_marks=False, has_keys=False, writes="cdr", records=1, lag=3, sweeps=True),
    "the snapshot": Scope(writes="cud", records=3, most_writes=1, start="empty"),
    "comparison": Scope(has_dates=False, has_marks=False, writes="cdrs", records=1, lag=3),
    "comparison of records with times": Scope(
        has_dates=False, has_marks=False, has_times=True, writes="cudrs", records=1, lag=3
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_all_histories_of_a_small_scope_keep_all_promises(name: str) -> None:
    count, wrong = explore(SMALL[name], most=max(500, HISTORIES))
    assert wrong is None
    assert count > 10


# ---- single decisions ---------------------------------------------------------------------------


def test_the_settled_time_is_counted_from_the_sending() -> None:
    core = FeedCore(FeedState(0, is_first_pass=False), lambda: NOW)
    steps = core.poll()
    window = next(steps).window  # type: ignore[union-attr]  # the first command is a Read
    with pytest.raises(StopIteration):
        steps.send(Answer([], NOW, NOW + 60_000, window))
    assert core.state.settled_until == NOW - FeedSettings().overlap


def test_the_newer_of_the_delivered_and_the_mirrored_version_is_held() -> None:
    state = FeedState(NOW, {1: Delivery(NOW + 5, NOW + 9, 3)}, read_until=NOW)
    core = FeedCore(state, lambda: NOW)
    assert core.held_version(1, {1: Version(1, 0, NOW + 6, 4)}) == Delivery(NOW + 6, NOW, 4)
    assert core.held_version(1, {1: Version(1, 0, NOW + 5, 4)}) == Delivery(NOW + 5, NOW + 9, 3)
    assert core.held_version(2, {2: Version(2, 0, NOW, 4)}) == Delivery(NOW, NOW, 4)
    assert core.held_version(2, None) is None


def test_a_hinted_row_is_read_again_until_no_read_can_be_stale() -> None:
    clock = [NOW]
    core = FeedCore(FeedState(NOW - HOUR, is_first_pass=False), lambda: clock[0])
    shown = [Row(1, 0, 0, False, 7)]
    have = {1: Version(1, 0, 0, 7)}

    def answer(command: Any) -> Any:
        if isinstance(command, LookUp):
            return have
        return Answer(list(shown), clock[0], clock[0] + 1000, command.window)

    core.add_hints([1])
    waits: list[int] = []
    while core.state.rechecks:
        assert drive(core.recheck(), answer) == []
        if core.state.rechecks:
            waits.append(core.state.rechecks[1].due - clock[0])
            clock[0] += waits[-1]
    assert waits[:3] == [2000, 4000, 12_000]
    assert sum(waits) == FeedSettings().overlap  # the last read is certain to show the change
    core.add_hints([1])
    drive(core.recheck(), answer)  # stale: it still shows the row
    shown.clear()
    clock[0] += 2000
    state = read_cursor(write_cursor(core.state, 1, "rows"), 1, "rows")
    core = FeedCore(state, lambda: clock[0])  # the consumer died meanwhile
    (change,) = drive(core.recheck(), answer)
    assert (change.key, change.row, change.reason) == (1, None, "vanished")


def test_an_absent_record_stays_deleted_although_the_date_header_is_behind() -> None:
    minute, clock = 60_000, [NOW]
    core = FeedCore(FeedState(NOW - HOUR, is_first_pass=False), lambda: clock[0])
    core.delete(1, NOW, "vanished")  # by a clock that is 4 minutes late
    drive(core.flush(), lambda _command: None)
    row = Row(1, 0, NOW + 3 * minute, False, 7)  # its last version, before it was erased

    def answer(command: Any) -> Any:
        if isinstance(command, LookUp):
            return {}
        return Answer([row], clock[0], clock[0] + 1000, command.window)

    clock[0] += 12 * minute
    assert drive(core.poll(), answer) == []
    assert drive(core.recheck(), answer) == []
    clock[0] = NOW + FeedSettings().overlap  # no read is that stale: the record was restored
    (change,) = drive(core.recheck(), answer)
    assert (change.row, change.reason) == (row, None)


def test_a_row_from_an_older_state_than_the_filter_used_is_no_news() -> None:
    settled = NOW - FeedSettings().overlap
    core = FeedCore(FeedState(settled, is_first_pass=False), lambda: NOW)
    old, new = Row(1, 0, settled - 1, False, 7), Row(2, 0, settled, False, 8)
    changes = drive(core.poll(), lambda read: Answer([old, new], NOW, NOW + 1000, read.window))
    assert [each.key for each in changes] == [2]


def test_a_compared_list_that_changed_too_much_deletes_nothing() -> None:
    settings = FeedSettings(limit=10)
    core = FeedCore(FeedState(NOW), lambda: NOW, settings, has_dates=False, has_keys=False)
    have = {99: Version(99, 0, 0, 7)}  # long ago, so that its absence would count
    keys = iter(range(1000, 10_000))

    def answer(command: Any) -> Any:
        if isinstance(command, LookUp):
            return have if command.keys is None else {}
        rows = [Row(next(keys), 0, 0, False, 1) for _ in range(command.window.limit)]
        window = command.window
        header = Pagination(window.page, -(-100 // window.limit), 100, window.offset)
        return Answer(rows, NOW, NOW + 1000, window, header)

    changes = drive(core.compare(), answer)
    assert changes
    assert all(each.reason is None for each in changes)
    assert core.state.is_first_pass


@pytest.mark.parametrize(("count", "most"), [(100, 20), (1000, 50)])
def test_one_pass_may_find_20_records_or_a_twentieth_absent(count: int, most: int) -> None:
    core = FeedCore(FeedState(NOW, sweep_absent=most), lambda: NOW)
    core.check_deletions(count)
    core.state.sweep_absent += 1
    with pytest.raises(MassDeletion):
        core.check_deletions(count)


def test_a_list_without_an_end_is_left_after_400_pages() -> None:
    core = FeedCore(FeedState(NOW - HOUR, is_first_pass=False), lambda: NOW)
    reads: list[Read] = []

    def answer(read: Any) -> Answer:
        reads.append(read)
        places = range(read.window.offset, read.window.offset + read.window.limit)
        return Answer([Row(each, NOW, NOW, False, 7) for each in places], NOW, NOW, read.window)

    drive(core.settle(), answer)
    assert len(reads) == 400
    assert core.state.settled_until == NOW - HOUR


# ---- costs --------------------------------------------------------------------------------------


def test_a_snapshot_of_200000_records_costs_a_hundredth_more_than_plain_pages() -> None:
    large = LargeList(200_000)
    core = FeedCore(FeedState(NOW - FeedSettings().overlap), lambda: NOW, has_mirror=False)
    keys: set[Key] = set()
    while core.state.is_first_pass:
        keys |= {change.key for change in large.run(core, "sweep")}
    keys |= {change.key for change in large.run(core, "poll")}
    assert len(keys) == 200_000
    assert large.requests <= 200_000 / 250 * 1.01


def test_a_comparison_of_200000_records_costs_at_most_a_tenth_more_than_plain_pages() -> None:
    large = LargeList(200_000)
    core = FeedCore(FeedState(NOW), lambda: NOW, has_dates=False, has_keys=False)
    assert large.run(core, "compare") == []
    assert large.requests <= 200_000 / 250 * 1.1


def test_a_sweep_of_200000_records_deletes_and_delivers_nothing() -> None:
    large = LargeList(200_000)
    state = FeedState(NOW - FeedSettings().overlap, is_first_pass=False)
    core = FeedCore(state, lambda: NOW)
    changes: list[Change] = []
    while core.sweep_is_due:
        changes += large.run(core, "sweep")
    assert changes == []
    assert (state.sweep_absent, state.last_count) == (0, 200_000)
    assert large.requests <= 200_000 / 250 * 1.01


def test_an_idle_poll_costs_one_request() -> None:
    large = LargeList(1000)
    core = FeedCore(FeedState(NOW - 60_000, is_first_pass=False), lambda: NOW)
    large.run(core, "poll")
    assert large.requests == 1
    assert core.state.settled_until == NOW - 60_000  # the overlap before the read is earlier


def test_a_busy_feed_reads_all_pages_since_the_last_poll() -> None:
    minute, large = 60_000, LargeList(1000)
    settings = FeedSettings(overlap=600 * minute, glance=30 * minute, limit=10)
    state = FeedState(NOW - settings.overlap - 10 * minute, is_first_pass=False)
    core = FeedCore(state, lambda: NOW, settings)
    assert len(large.run(core, "poll")) == 610
    assert 60 < large.requests < 100
    large.reads.clear()
    assert large.run(core, "poll") == []
    assert large.requests == 4  # 30 records, and an empty page
