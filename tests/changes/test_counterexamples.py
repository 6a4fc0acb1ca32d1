"""Each simpler design of the feed breaks a promise in a history in which the feed keeps it."""

import pytest
from attrs import evolve

from katana_async.changes.commands import Have, Row
from katana_async.changes.core import FeedCore
from katana_async.changes.state import Key
from tests.changes.histories import Consumer, Wrong, explore, repeat
from tests.changes.naive import COUNTEREXAMPLES, Counterexample
from tests.changes.small_server import Scope, Server

CASES = [pytest.param(each, id=each.design.__name__) for each in COUNTEREXAMPLES]


@pytest.mark.parametrize("case", CASES)
def test_a_simpler_design_breaks_a_promise(case: Counterexample) -> None:
    with pytest.raises(Wrong):
        repeat(case.scope, list(case.choices), case.design)


@pytest.mark.parametrize("case", CASES)
def test_the_feed_keeps_its_promises_in_the_same_scope(case: Counterexample) -> None:
    repeat(case.scope, list(case.choices))
    _, wrong = explore(case.scope, most=300)
    assert wrong is None


def test_data_without_its_cursor_needs_a_consumer_that_compares_times() -> None:
    scope = Scope(writes="u", records=1, lag=3, crashes=1, loses_cursor=True)
    _, wrong = explore(scope, most=20_000)
    assert wrong is not None
    _, wrong = explore(evolve(scope, ignores_older=True), most=2000)
    assert wrong is None


def test_a_lag_above_the_overlap_is_repaired_by_a_sweep() -> None:
    scope = Scope(writes="u", records=1, most_writes=1, lag=4, overlap=2)
    _, wrong = explore(scope, most=20_000)
    assert wrong is not None
    swept = evolve(scope, sweeps=True, ignores_older=True)
    repairs: list[int] = []

    class Counting(FeedCore):
        def _count_repair(self, row: Row, have: Have) -> None:
            super()._count_repair(row, have)
            repairs.append(self.repairs)

    _, wrong = explore(swept, Counting, most=2000)
    assert wrong is None
    assert max(repairs) > 0
    repairs.clear()
    _, wrong = explore(evolve(swept, overlap=4), Counting, most=2000)
    assert wrong is None
    assert max(repairs) == 0


class AsksForMore(FeedCore):
    """Asks for more keys than a page can show."""

    def due_rechecks(self) -> list[Key]:
        return list(self.state.rechecks)


@pytest.mark.parametrize("design", [AsksForMore, FeedCore])
def test_a_recheck_asks_for_as_many_keys_as_a_page_can_show(design: type[FeedCore]) -> None:
    server = Server(Scope(records=5, limit=3, most_writes=0), lambda _options, _what: 0)
    consumer = Consumer(server, design)
    consumer.load()
    consumer.core.add_hints(server.records)
    if design is AsksForMore:
        with pytest.raises(Wrong, match="which lives"):
            consumer.run(consumer.core.recheck())
    else:
        consumer.run(consumer.core.recheck())
        assert not consumer.core.state.delivered
