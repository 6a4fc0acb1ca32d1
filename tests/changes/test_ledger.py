"""Which rows are news, and which deliveries the state keeps. Plain data, no I/O."""

from typing import Any

import pytest

from katana_async.changes.commands import Answer, LookUp, Row, Version
from katana_async.changes.core import FeedCore
from katana_async.changes.ledger import FeedSettings
from katana_async.changes.state import GONE, Delivery, FeedState, Key, Recheck
from katana_async.http.walk import Window
from tests.changes.large_list import NOW, drive

MINUTE = 60_000
OVERLAP = 30 * MINUTE
SETTLED = NOW - OVERLAP


def make_core(settings: FeedSettings | None = None, **state: Any) -> FeedCore:
    state = {"settled_until": SETTLED, "is_first_pass": False, **state}
    return FeedCore(FeedState(**state), lambda: NOW, settings or FeedSettings())


def answer_of(*rows: Row, read: int = NOW) -> Answer:
    return Answer(rows, NOW, read, Window(1, 250))


def delivers(core: FeedCore, row: Row, **arguments: Any) -> bool:
    """Return whether the core delivers a row of an answer."""
    core.consider(row, answer_of(row), **arguments)
    return bool(drive(core.flush(), lambda _: None))


def test_the_durations_are_those_of_the_documentation() -> None:
    minute, hour = 60_000, 3_600_000
    settings = FeedSettings()
    assert (settings.overlap, settings.step, settings.skew) == (
        30 * minute,
        5 * minute,
        5 * minute,
    )
    assert (settings.sweep_every, settings.newest, settings.newest_every) == (24 * hour, 0, hour)
    assert (settings.glance, settings.slice) == (3 * minute, 1000)


@pytest.mark.parametrize(("updated", "is_news"), [(SETTLED - 1, False), (SETTLED, True)])
def test_a_row_that_was_looked_up_by_key_is_news_from_the_settled_time_on(
    updated: int, is_news: bool
) -> None:
    assert delivers(make_core(), Row(1, 0, updated, False, 7)) is is_news


def test_a_deleted_row_is_delivered_once() -> None:
    core = make_core(delivered={1: Delivery(NOW - MINUTE, NOW, GONE)})
    assert not delivers(core, Row(1, 0, NOW, True, 7), have={})
    assert not delivers(core, Row(2, 0, NOW, True, 7), have={})  # the mirror lacks it


@pytest.mark.parametrize(
    ("updated", "is_first_pass", "is_listed"),
    [
        (SETTLED - 1, True, False),
        (SETTLED, True, True),
        (SETTLED - 1, False, True),
    ],
)
def test_old_rows_of_the_snapshot_share_one_time_of_reading(
    updated: int, is_first_pass: bool, is_listed: bool
) -> None:
    core = make_core(is_first_pass=is_first_pass, read_until=NOW - 5)
    core.state.rechecks[1] = Recheck(NOW, NOW)
    core.deliver(Row(1, 0, updated, False, 7), NOW)
    assert (1 in core.state.delivered) is is_listed
    assert core.state.read_until == (NOW - 5 if is_listed else NOW)
    assert core.state.rechecks == {}
    core.deliver(Row(2, 0, updated, False, 7), NOW - 10)  # an earlier read changes nothing
    assert core.state.read_until == (NOW - 5 if is_listed else NOW)


def test_a_deletion_ends_the_rechecks_of_its_record() -> None:
    core = make_core(rechecks={1: Recheck(NOW, NOW)})
    core.delete(1, NOW, "vanished")
    assert core.state.rechecks == {}
    assert core.state.delivered == {1: Delivery(NOW + 5 * MINUTE, NOW, GONE)}


@pytest.mark.parametrize(
    ("updated", "read", "has_dates", "is_gone"),
    [
        (SETTLED, NOW, True, True),
        (SETTLED + 1, NOW, True, False),
        (SETTLED, SETTLED, False, True),
        (SETTLED, SETTLED + 1, False, False),
    ],
)
def test_an_absence_proves_a_deletion_if_the_version_is_older_than_the_overlap(
    updated: int, read: int, has_dates: bool, is_gone: bool
) -> None:
    core = FeedCore(FeedState(SETTLED), lambda: NOW, has_dates=has_dates)
    assert core.is_gone(Delivery(updated, read, 7), answer_of()) is is_gone
    assert not core.is_gone(Delivery(updated, read, GONE), answer_of())
    assert not core.is_gone(None, answer_of())


def test_a_record_is_known_to_be_gone_without_a_version_or_after_its_deletion() -> None:
    core = make_core(delivered={1: Delivery(NOW, NOW, GONE), 2: Delivery(NOW, NOW, 7)})
    assert [core.is_known_gone(key, {}) for key in (1, 2, 3)] == [True, False, True]


def test_a_comparison_deletes_a_record_once() -> None:
    state = FeedState(NOW, {1: Delivery(SETTLED - MINUTE, SETTLED - MINUTE, GONE)}, read_until=0)
    core = FeedCore(state, lambda: NOW, has_dates=False, has_keys=False)
    have = {key: Version(key, 0, 0, 7) for key in (1, 2)}  # the mirror is behind its cursor

    def answer(command: Any) -> Any:
        if isinstance(command, LookUp):
            return have if command.keys is None else {}
        return Answer([], NOW, NOW, command.window)

    changes = drive(core.compare(), answer)
    assert [(change.key, change.reason) for change in changes] == [(2, "swept")]


# ---- the deliveries that the state keeps ---------------------------------------------------------


def test_settled_deliveries_are_dropped_unless_they_are_read_again() -> None:
    until = SETTLED + MINUTE
    delivered: dict[Key, Delivery] = {
        "settled": Delivery(until - 1, until - 1, 7),
        "updated later": Delivery(until, until - 1, 7),
        "read later": Delivery(until - 1, until, 7),
        "to be read again": Delivery(until - 1, until - 1, 7),
    }
    core = make_core(delivered=dict(delivered), rechecks={"to be read again": Recheck(NOW, NOW)})
    core.advance(until)
    assert core.state.settled_until == until
    assert core.state.delivered.keys() == delivered.keys() - {"settled"}
    core.advance(SETTLED)  # the settled time never moves back
    assert core.state.settled_until == until


@pytest.mark.parametrize(("count", "is_cut"), [(4, False), (5, True)])
def test_many_deliveries_are_cut_to_those_that_a_poll_returns_again(
    count: int, is_cut: bool
) -> None:
    delivered: dict[Key, Delivery] = {
        "listed": Delivery(SETTLED, NOW, 7),
        "gone": Delivery(SETTLED - 1, NOW, GONE),
        "to be read again": Delivery(SETTLED - 1, NOW, 7),
        "older": Delivery(SETTLED - 1, NOW - 2, 7),
        "newer": Delivery(SETTLED - 1, NOW - 1, 7),
    }
    kept = dict(list(delivered.items())[:count])
    core = make_core(
        FeedSettings(slice=4),
        delivered=dict(kept),
        rechecks={"to be read again": Recheck(NOW, NOW)},
        read_until=0,
    )
    core.advance(SETTLED)
    assert core.state.delivered.keys() == kept.keys() - ({"older", "newer"} if is_cut else set())
    assert core.state.read_until == (NOW - 1 if is_cut else 0)
