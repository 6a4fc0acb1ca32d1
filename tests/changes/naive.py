"""Simpler designs of the feed, each with the history that breaks it.

Each class changes one decision of `FeedCore`. `COUNTEREXAMPLES` has, for each, a scope and the
choices of a history (see `histories.repeat`) in which that design breaks a promise of the feed.
`python -m tests.changes.naive` searches for the histories again, which takes minutes.
"""

from collections.abc import Collection

from attrs import define, field, frozen

from katana_async.changes.commands import Answer, Have, Read, Row, Steps
from katana_async.changes.core import FeedCore
from katana_async.changes.page_walk import PageWalk
from katana_async.changes.state import GONE, Delivery, Key
from katana_async.http.walk import Window
from tests.changes.histories import explore
from tests.changes.small_server import Scope


class _OneWalk(FeedCore):
    """Reads everything since the settled time in one walk, and then moves that time."""

    def next_settled(self, answer: Answer) -> int:
        return answer.sent - self.settings.overlap

    def poll(self) -> Steps:
        bound = self.state.settled_until
        walk = PageWalk(Read(updated_min=bound), self.settings.limit)
        rows: list[Row] = []
        while not walk.done:
            answer: Answer = yield walk.plan()
            rows += answer.rows
            self.begin_page(answer)
            for row in answer.rows:
                self.consider(row, answer, bound=bound)
            yield from self.flush()
            if not walk.accept(answer):
                return
        self.advance(self.next_settled(walk.combine(rows)))

    def begin_page(self, answer: Answer) -> None:
        """Do nothing; a design that moves the settled time early does it here."""


class NewestUpdatedAt(_OneWalk):
    """The cursor is the newest `updated_at` that was read."""

    def next_settled(self, answer: Answer) -> int:
        return max([self.state.settled_until, *(row.updated for row in answer.rows)])


class NoOverlap(_OneWalk):
    """The cursor is the time of the read."""

    def next_settled(self, answer: Answer) -> int:
        return answer.sent


class EndOfWalk(_OneWalk):
    """The cursor is the overlap before the end of the walk."""

    def next_settled(self, answer: Answer) -> int:
        return answer.read - self.settings.overlap


class WithFirstPage(_OneWalk):
    """The cursor moves with the first page."""

    def begin_page(self, answer: Answer) -> None:
        self.advance(answer.sent - self.settings.overlap)


class PlainPages(FeedCore):
    """Reads page after page without overlap."""

    def poll(self) -> Steps:
        bound, page, answer = self.state.settled_until, 0, None
        sent: int | None = None
        while answer is None or len(answer.rows) == self.settings.limit:
            page += 1
            answer = yield Read(Window(page, self.settings.limit), updated_min=bound)
            sent = answer.sent if sent is None else sent
            for row in answer.rows:
                self.consider(row, answer, bound=bound)
            yield from self.flush()
        assert sent is not None
        self.advance(sent - self.settings.overlap)


class ById(FeedCore):
    """A record that was delivered within the overlap is not delivered again."""

    def consider(
        self, row: Row, answer: Answer, *, bound: int | None = None, have: Have | None = None
    ) -> None:
        if row.key not in self.state.delivered:
            super().consider(row, answer, bound=bound, have=have)


@define(eq=False)
class ByIdAndTime(FeedCore):
    """A version that was delivered is not delivered again; all others are."""

    _seen: set[tuple[Key, int]] = field(factory=set[tuple[Key, int]])

    def consider(
        self, row: Row, answer: Answer, *, bound: int | None = None, have: Have | None = None
    ) -> None:
        if (row.key, row.updated) not in self._seen:
            self._seen.add((row.key, row.updated))
            self.deliver(row, answer.read)


class EveryRow(FeedCore):
    """Every row is delivered."""

    def consider(
        self, row: Row, answer: Answer, *, bound: int | None = None, have: Have | None = None
    ) -> None:
        self.deliver(row, answer.read)


class LastDelivered(FeedCore):
    """Only the latest delivery is remembered (an LRU of one)."""

    def advance(self, until: int) -> None:
        super().advance(until)
        self.state.delivered = dict(list(self.state.delivered.items())[-1:])


class TrustsAbsence(FeedCore):
    """A record that a sweep does not show is deleted."""

    def judge_absent(self, absent: Collection[Key], answer: Answer, have: Have) -> None:
        for key in absent:
            held = self.held_version(key, have)
            if held is not None and held.fingerprint != GONE:
                self.delete(key, answer.read, "swept")


class TrustsTwoSightings(FeedCore):
    """A record that neither a sweep nor a recheck right after it shows is deleted."""

    def is_gone(self, held: Delivery | None, answer: Answer) -> bool:
        return held is not None and held.fingerprint != GONE


@define(eq=False)
class AgeOfRecord(FeedCore):
    """The time of creation, not that of the version, decides whether an absence counts."""

    _created: dict[Key, int] = field(factory=dict[Key, int])

    def judge_absent(self, absent: Collection[Key], answer: Answer, have: Have) -> None:
        for key in absent:
            held = self.held_version(key, have)
            is_old = have[key].created_at <= answer.sent - self.settings.overlap
            if is_old and held is not None and held.fingerprint != GONE:
                self.delete(key, answer.read, "swept")


class NoMarkOfDeletion(FeedCore):
    """A deletion leaves nothing in the state."""

    def delete(self, key: Key, read: int, reason: "str") -> None:
        super().delete(key, read, reason)  # type: ignore[arg-type]  # a reason
        del self.state.delivered[key]


class TakesDifferences(FeedCore):
    """Of two versions with the same `updated_at`, the one that was read last is taken."""

    def are_ordered(self, held: Delivery, answer: Answer) -> bool:
        return True


class NoRechecks(FeedCore):
    """Another version with the same `updated_at` is ignored."""

    def postpone(self, key: Key, held: Delivery) -> None:
        pass


class SnapshotThenNow(FeedCore):
    """The feed begins at the end of the snapshot."""

    def begin_after_snapshot(self) -> None:
        self.state.settled_until = self.now()


class ClosedSpan(FeedCore):
    """The span that is settled has an upper bound, the overlap before now."""

    def settle(self) -> Steps:
        bound, until = self.state.settled_until, self.now() - self.settings.overlap
        walk = PageWalk(Read(updated_min=bound, updated_max=until), self.settings.limit)
        while not walk.done:
            answer: Answer = yield walk.plan()
            for row in answer.rows:
                self.consider(row, answer, bound=bound)
            yield from self.flush()
            if not walk.accept(answer):
                return
        self.advance(until)


@frozen
class Counterexample:
    """A scope in which a design breaks a promise.

    Attributes:
        design: The design.
        scope: The bounds of the history.
        choices: The choices of one history, see `histories.repeat`.
    """

    design: type[FeedCore]
    scope: Scope
    choices: tuple[int, ...]


COUNTEREXAMPLES: tuple[Counterexample, ...] = (
    Counterexample(
        NewestUpdatedAt,
        Scope(writes="u", records=2, rounds=2, rows_apart=True, most_writes=2),
        (
            0,
            0,
            1,
            2,
            2,
            0,
        ),
    ),
    Counterexample(
        NoOverlap,
        Scope(writes="u", records=1, rounds=2, most_writes=1),
        (
            0,
            1,
            1,
            1,
        ),
    ),
    Counterexample(
        EndOfWalk,
        Scope(writes="u", records=4, rounds=1, start="behind", most_writes=1),
        (
            2,
            1,
            1,
        ),
    ),
    Counterexample(
        WithFirstPage,
        Scope(writes="u", records=4, rounds=2, start="behind", crashes=1, most_writes=1),
        (
            0,
            0,
            0,
        ),
    ),
    Counterexample(
        PlainPages,
        Scope(writes="h", records=4, rounds=1, start="behind", most_writes=1),
        (
            0,
            0,
            2,
            0,
        ),
    ),
    Counterexample(
        ById,
        Scope(writes="u", records=1, most_writes=2),
        (
            0,
            0,
            0,
            0,
            1,
            1,
            1,
        ),
    ),
    Counterexample(
        ByIdAndTime,
        Scope(writes="u", records=1, most_writes=2),
        (
            0,
            0,
            1,
            1,
            0,
            1,
        ),
    ),
    Counterexample(
        EveryRow,
        Scope(writes="u", records=1, lag=3, most_writes=2),
        (
            0,
            0,
            1,
            1,
            0,
            1,
        ),
    ),
    Counterexample(
        LastDelivered,
        Scope(writes="u", records=2, most_writes=3, lag=4),
        (
            0,
            1,
            0,
            1,
            2,
            0,
            2,
        ),
    ),
    Counterexample(
        TrustsAbsence,
        Scope(writes="c", records=1, most_writes=1, sweeps=True),
        (
            0,
            0,
            0,
            0,
            0,
            1,
            0,
            1,
            1,
        ),
    ),
    Counterexample(
        TrustsTwoSightings,
        Scope(writes="c", records=1, most_writes=1, sweeps=True, lag=4),
        (
            0,
            0,
            1,
            0,
            1,
            1,
            0,
            1,
        ),
    ),
    Counterexample(
        AgeOfRecord,
        Scope(has_marks=False, writes="dr", records=1, rounds=4, sweeps=True, lag=4, most_writes=2),
        (
            0,
            0,
            0,
            0,
            0,
            0,
            1,
            0,
            1,
            0,
            1,
            1,
        ),
    ),
    Counterexample(
        NoMarkOfDeletion,
        Scope(writes="uh", records=1, rounds=4, sweeps=True, lag=4, most_writes=1),
        (
            0,
            0,
            0,
            0,
            1,
            2,
            0,
            0,
            0,
            1,
            1,
        ),
    ),
    Counterexample(
        TakesDifferences,
        Scope(writes="us", records=1, sweeps=True, lag=4, most_writes=1),
        (
            0,
            0,
            0,
            0,
            0,
            1,
            0,
            1,
            1,
        ),
    ),
    Counterexample(
        NoRechecks,
        Scope(writes="ut", records=1, rounds=4, lag=4, most_writes=2),
        (
            0,
            1,
            1,
            2,
            1,
            0,
        ),
    ),
    Counterexample(
        SnapshotThenNow,
        Scope(writes="u", records=3, most_writes=1, rounds=2, start="empty"),
        (
            1,
            0,
            1,
            0,
        ),
    ),
    Counterexample(
        ClosedSpan,
        Scope(writes="u", records=4, rounds=2, start="behind", most_writes=1),
        (
            0,
            0,
            0,
            1,
            0,
        ),
    ),
)
"""Histories with as few writes as possible."""


def search() -> None:
    """Print the first wrong history of each scope."""
    for each in COUNTEREXAMPLES:
        count, choices = explore(each.scope, each.design, 400_000)
        print(f"{each.design.__name__}: {count} histories, {choices}")


if __name__ == "__main__":
    search()
