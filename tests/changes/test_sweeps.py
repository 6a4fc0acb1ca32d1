"""When the list is compared with the mirror, in which slices, and the outcome. Plain data."""

import logging
from typing import Any

import pytest
from attrs import define, field

from katana_async import MassDeletion
from katana_async.changes.commands import Answer, Change, LookUp, Read, Row, Version
from katana_async.changes.core import FeedCore
from katana_async.changes.ledger import FeedSettings
from katana_async.changes.state import GONE, TOP, Delivery, FeedState, Key, Recheck
from katana_async.http.messages import Pagination
from tests.changes.large_list import NOW, drive

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SETTLED = NOW - HOUR
OLD = NOW - 48 * HOUR


@define(eq=False)
class Account:
    """A list, and a mirror of it. Records were created a minute apart, the newest first.

    Attributes:
        rows: The list.
        have: The mirror.
        reads: The commands that read the list.
    """

    rows: list[Row] = field(factory=list[Row])
    have: dict[Key, Version] = field(factory=dict[Key, Version])
    reads: list[Read] = field(factory=list[Read])

    def reply(self, command: Any) -> Any:
        if isinstance(command, LookUp):
            if command.keys is not None:
                return {key: self.have[key] for key in command.keys if key in self.have}
            return {
                key: each
                for key, each in self.have.items()
                if command.after < each.created_at <= command.until
            }
        self.reads.append(command)
        lowest, highest, window = command.created_min, command.created_max, command.window
        rows = [
            row
            for row in self.rows
            if (lowest is None or row.created >= lowest)
            and (highest is None or row.created <= highest)
        ]
        header = Pagination(window.page, -(-len(rows) // window.limit), len(rows), window.offset)
        shown = rows[window.offset : window.offset + window.limit]
        return Answer(shown, NOW, NOW, window, header)

    def sweep(self, core: FeedCore) -> list[Change]:
        return drive(core.sweep(), self.reply)

    @property
    def ranges(self) -> list[tuple[int | None, int | None]]:
        """The bounds of each read, as numbers of records: the newest is 0."""
        bounds = [(read.created_min, read.created_max) for read in self.reads]
        return [
            (
                None if low is None else (OLD - low + 1) // MINUTE,
                None if high is None else (OLD - high + 1) // MINUTE,
            )
            for low, high in bounds
        ]


def time_of(number: int) -> int:
    return OLD - number * MINUTE


def make_account(count: int) -> Account:
    rows = [Row(n, time_of(n), time_of(n), False, 7) for n in range(count)]
    return Account(rows, {row.key: Version(row.key, row.created, row.updated, 7) for row in rows})


def make_core(**settings: Any) -> FeedCore:
    settings = {"limit": 10, **settings}
    state = FeedState(SETTLED, is_first_pass=False, read_until=SETTLED)
    return FeedCore(state, lambda: NOW, FeedSettings(**settings))


# ---- the schedule --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "newest", "newest_at", "is_due"),
    [
        ({"last_sweep": NOW - DAY}, 0, 0, True),
        ({"last_sweep": NOW - DAY + 1}, 0, 0, False),
        ({"last_sweep": NOW - DAY + 1}, 1, NOW - HOUR, True),
        ({"last_sweep": NOW - DAY + 1}, 1, NOW - HOUR + 1, False),
        ({"last_sweep": NOW, "sweep_position": TOP - 1}, 0, 0, True),
        ({"last_sweep": NOW, "is_first_pass": True}, 0, 0, True),
    ],
)
def test_a_sweep_is_due(state: dict[str, Any], newest: int, newest_at: int, is_due: bool) -> None:
    state = {"settled_until": SETTLED, "is_first_pass": False, **state}
    core = FeedCore(FeedState(**state), lambda: NOW, FeedSettings(newest=newest))
    core._newest_swept_at = newest_at
    assert core.sweep_is_due is is_due
    without_mirror = FeedCore(
        FeedState(**state), lambda: NOW, FeedSettings(newest=newest), has_mirror=False
    )
    assert without_mirror.sweep_is_due is core.state.is_first_pass


@pytest.mark.parametrize(
    "settings", [{"sweep_every": 0}, {"newest": 1, "newest_every": 0, "sweep_every": DAY}]
)
def test_sweeps_are_an_overlap_apart(settings: dict[str, int]) -> None:
    for age, is_due in ((30 * MINUTE - 1, False), (30 * MINUTE, True)):
        core = make_core(**settings)
        core.state.last_sweep = core._newest_swept_at = NOW - age
        assert core.sweep_is_due is is_due


# ---- slices --------------------------------------------------------------------------------------


def test_each_slice_begins_with_the_oldest_record_of_the_one_before() -> None:
    account, core = make_account(25), make_core()
    expected, counts = list[int](), list[int]()
    while core.sweep_is_due:
        assert account.sweep(core) == []
        expected.append(core.state.sweep_expected)
        counts.append(core.state.sweep_count)
    assert account.ranges == [(None, None), (None, 9), (None, 18)]
    assert [read.created_max for read in account.reads[1:]] == [time_of(9) + 1, time_of(18) + 1]
    assert all(read.bulk and not read.with_deleted for read in account.reads)
    assert {read.window.limit for read in account.reads} == {10}
    assert expected == [16, 7, 0]  # the records that follow: nine of each page are done
    assert counts == [9, 18, 0]
    state = core.state
    assert (state.last_count, state.last_sweep, state.sweep_absent) == (25, NOW, 0)
    assert (state.sweep_position, state.sweep_before) == (TOP, TOP)
    assert core._newest_swept_at == NOW


def test_a_slice_is_read_again_if_records_below_it_moved() -> None:
    account, core = make_account(25), make_core()
    account.sweep(core)
    account.sweep(core)
    assert core.state.sweep_expected == 7
    moved = account.rows.pop(20)  # as in a list that is ordered by rank
    account.sweep(core)
    # The slice before is walked in any order, then the rest follows.
    assert account.ranges[2:] == [(None, 18), (18, 9)]
    assert account.reads[3].created_min == time_of(18) + 1
    assert account.reads[3].created_max == time_of(9) + 1
    assert core.state.rechecks == {moved.key: Recheck(NOW, NOW, swept=True)}


def test_a_slice_without_a_loss_is_read_once() -> None:
    account, core = make_account(25), make_core()
    account.sweep(core)
    account.rows.append(Row(99, time_of(99), time_of(99), False, 7))  # one more than expected
    account.sweep(core)
    assert account.ranges == [(None, None), (None, 9)]


def test_a_page_of_one_millisecond_is_walked() -> None:
    account, core = make_account(3), make_core()
    same = [Row(100 + n, time_of(3), time_of(3), False, 7) for n in range(15)]
    account.rows = [*account.rows, *same, Row(4, time_of(20), time_of(20), False, 7)]
    account.have |= {row.key: Version(row.key, row.created, row.updated, 7) for row in same}
    account.have[4] = Version(4, time_of(20), time_of(20), 7)
    account.sweep(core)  # its page ends within the millisecond
    assert core.state.sweep_position == time_of(3)
    assert account.sweep(core) == []
    assert core.state.sweep_position == time_of(3) - 1
    assert {(low, high) for low, high in account.ranges[2:]} == {(3, 3)}
    assert account.reads[2].created_min == time_of(3)
    while core.sweep_is_due:
        assert account.sweep(core) == []
    assert len(account.reads) < 10
    assert (core.state.last_count, core.state.rechecks) == (19, {})


def test_a_list_in_another_order_is_walked_as_a_whole() -> None:
    account, core = make_account(25), make_core()
    account.rows[3], account.rows[4] = account.rows[4], account.rows[3]
    assert account.sweep(core) == []
    assert set(account.ranges) == {(None, None)}
    assert len(account.reads) > 3
    assert not core.sweep_is_due
    assert (core.state.last_count, core.state.rechecks) == (25, {})


def test_a_range_that_changes_too_much_is_left_for_the_next_round() -> None:
    account, core = make_account(25), make_core()
    account.rows[3], account.rows[4] = account.rows[4], account.rows[3]
    keys = iter(range(1000, 10_000))

    def reply(command: Any) -> Any:
        if isinstance(command, Read) and account.reads:
            account.rows = [Row(next(keys), time_of(n), time_of(n), False, 1) for n in range(25)]
            account.rows.reverse()
        return account.reply(command)

    before = core.state.last_sweep
    assert drive(core.sweep(), reply) == []
    assert (core.state.sweep_position, core.state.rechecks) == (TOP, {})
    assert core.state.last_sweep == before


@pytest.mark.parametrize(("newest", "slices"), [(9, 1), (10, 2), (0, 3)])
def test_a_sweep_of_the_newest_records_ends_after_them(newest: int, slices: int) -> None:
    account, core = make_account(25), make_core(newest=newest)
    core.state.last_sweep = NOW - (HOUR if newest else DAY)
    while core.sweep_is_due:
        account.sweep(core)
    assert len(account.reads) == slices
    state = core.state
    assert state.last_sweep == (NOW - HOUR if newest else NOW)
    assert (state.sweep_position, state.sweep_before) == (TOP, TOP)
    assert (state.sweep_expected, state.sweep_count, state.sweep_absent) == (0, 0, 0)


def test_a_sweep_of_the_newest_records_goes_on_if_the_whole_list_is_due() -> None:
    account, core = make_account(25), make_core(newest=9)
    while core.sweep_is_due:
        account.sweep(core)
    assert (len(account.reads), core.state.last_sweep) == (3, NOW)


# ---- differences ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("updated", "deleted", "mirrored", "repairs"),
    [
        (SETTLED - 1, False, SETTLED - 2, 1),
        (SETTLED, False, SETTLED - 2, 0),  # the next poll would have shown it
        (SETTLED - 1, False, SETTLED - 1, 0),
        (SETTLED - 1, False, None, 1),
        (SETTLED - 1, True, None, 0),
    ],
)
def test_a_change_that_polls_should_have_shown_is_counted(
    updated: int, deleted: bool, mirrored: int | None, repairs: int
) -> None:
    account, core = Account([Row(1, OLD, updated, deleted, 8)]), make_core()
    if mirrored is not None:
        account.have = {1: Version(1, OLD, mirrored, 7)}
    account.sweep(core)
    assert core.repairs == repairs
    core.state.is_first_pass, core.repairs = True, 0
    account.sweep(core)
    assert core.repairs == 0  # the snapshot shows everything for the first time


def test_repairs_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    rows = [Row(n, OLD - n, SETTLED - 1, False, 8) for n in range(3)]
    account, core = Account(rows), make_core()
    with caplog.at_level(logging.WARNING, "katana_async"):
        assert len(account.sweep(core)) == 3
    assert core.repairs == 3
    (record,) = caplog.records
    assert "reads lag by more than overlap=" in record.message


@pytest.mark.parametrize("has_keys", [True, False])
def test_absent_records_are_read_again_or_deleted(has_keys: bool) -> None:
    account = make_account(5)
    core = FeedCore(
        FeedState(SETTLED, is_first_pass=False, read_until=SETTLED),
        lambda: NOW,
        FeedSettings(limit=10),
        has_keys=has_keys,
    )
    core.state.delivered[3] = Delivery(NOW, NOW, GONE)  # the mirror is behind its cursor
    core.state.rechecks[4] = hint = Recheck(NOW, NOW + HOUR)
    account.rows = account.rows[:2]
    changes = account.sweep(core)
    if has_keys:
        assert changes == []
        assert core.state.rechecks == {2: Recheck(NOW, NOW, swept=True), 4: hint}
    else:
        assert [(change.key, change.reason) for change in changes] == [(2, "swept"), (4, "swept")]


@pytest.mark.parametrize(("known", "is_error"), [(399, True), (400, False)])
def test_a_sweep_that_finds_many_records_absent_is_an_error(known: int, is_error: bool) -> None:
    account, core = make_account(30), make_core(most_deleted=10, limit=50)
    core.state.last_count = known
    account.rows = account.rows[:10]
    if is_error:
        with pytest.raises(MassDeletion):
            account.sweep(core)
        assert core.state.rechecks == {}
    else:
        account.sweep(core)
        assert len(core.state.rechecks) == 20


# ---- comparisons ---------------------------------------------------------------------------------


@pytest.mark.parametrize("is_first_pass", [True, False])
def test_a_comparison_settles_the_feed(is_first_pass: bool) -> None:
    account = make_account(25)
    state = FeedState(
        SETTLED,
        rechecks={5: Recheck(NOW, NOW)},
        read_until=SETTLED,
        is_first_pass=is_first_pass,
    )
    core = FeedCore(state, lambda: NOW, FeedSettings(limit=10), has_dates=False, has_keys=False)
    account.rows[3:5] = []
    changes = drive(core.compare(), account.reply)
    assert [(change.key, change.reason) for change in changes] == [(3, "swept"), (4, "swept")]
    assert {(read.with_deleted, read.bulk) for read in account.reads} == {(False, is_first_pass)}
    assert (state.rechecks, state.is_first_pass, state.sweep_absent) == ({}, False, 2)
    assert state.settled_until == NOW - 30 * MINUTE


def test_a_comparison_that_finds_many_records_absent_is_an_error() -> None:
    account = make_account(30)
    state = FeedState(SETTLED, read_until=SETTLED, is_first_pass=False)
    core = FeedCore(state, lambda: NOW, has_dates=False, has_keys=False)
    account.rows = account.rows[:9]
    with pytest.raises(MassDeletion):
        drive(core.compare(), account.reply)
    assert state.settled_until == SETTLED
