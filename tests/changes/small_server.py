"""A server of a few records that lives in ticks, for tests of the feed's core with plain data."""

from bisect import bisect_right
from collections.abc import Callable

from attrs import define, evolve, field, frozen

from katana_async.changes.commands import Answer, Read, Row
from katana_async.changes.ledger import FeedSettings
from katana_async.http.messages import Pagination

Choose = Callable[[int, str], int]
Records = dict[int, "Record"]


@frozen
class Record:
    """A record of the server; `serial` numbers all versions of all records."""

    id: int
    created: int
    updated: int
    deleted: bool
    body: int
    serial: int


@frozen(kw_only=True)
class Scope:
    """The bounds of a set of histories.

    Attributes:
        lag: The most ticks by which reads lag; the feed expects `overlap`, by default the same.
        limit: Rows of a page.
        has_dates, has_marks, has_keys: As in `Traits`.
        has_times: Whether records have `updated_at` although the list cannot be filtered by it.
        writes: `c`reate, `u`pdate, `d`elete, `r`estore, `h`ard delete, `s`ilent update that keeps
            `updated_at`, `t`: an update in the tick of another one.
        most_writes: The number of writes.
        records: The number of records at the start.
        rounds: The number of actions of the consumer before the writes end.
        rows_apart: Each row of a page may come from a state of its own.
        crashes: The number of times that the consumer dies.
        loses_cursor: A crash loses the cursor of a batch and keeps its data.
        start: `loaded`: the mirror is complete; `empty`: the feed begins with the snapshot;
            `behind`: it begins at a cursor from before the first record.
        ignores_older: The consumer compares `updated_at` before it writes.
        has_mirror: Whether the feed may look up the consumer's records.
        sweeps: Whether the consumer sweeps.
        hints: Whether the consumer gets hints at random records.
        one_tick: All first records were created in one tick.
        slice, glance: As in `FeedSettings`.
        newest: As in `FeedSettings`; if above 0, only the last sweeps are of all records.
        wait: Ticks between actions.
    """

    lag: int = 2
    overlap: int | None = None
    limit: int = 3
    has_dates: bool = True
    has_marks: bool = True
    has_keys: bool = True
    has_times: bool = False
    writes: str = "cudr"
    most_writes: int = 2
    records: int = 2
    rounds: int = 3
    rows_apart: bool = False
    crashes: int = 0
    loses_cursor: bool = False
    start: str = "loaded"
    ignores_older: bool = False
    has_mirror: bool = True
    sweeps: bool = False
    hints: bool = False
    one_tick: bool = False
    slice: int = 1000
    glance: int = 0
    wait: int = 1
    newest: int = 0

    @property
    def shows_times(self) -> bool:
        """Whether records have `updated_at`."""
        return self.has_dates or self.has_times

    @property
    def settings(self) -> FeedSettings:
        return FeedSettings(
            overlap=self.overlap or self.lag,
            glance=self.glance,
            step=1,
            slice=self.slice,
            skew=0,
            first_wait=1,
            sweep_every=1000 if self.newest else 0,
            newest=self.newest,
            newest_every=0,
            limit=self.limit,
            most_deleted=10**9,
        )


@define(eq=False)
class Server:
    """All states so far. Each read is answered from one of the states of the last `lag` ticks."""

    scope: Scope
    choose: Choose
    now: int = 100
    serial: int = 0
    count: int = 0
    requests: int = 0
    is_quiet: bool = False
    writes_left: int = 0
    # The serials of deletions, by record.
    deletions: dict[int, list[int]] = field(factory=dict[int, list[int]])
    states: list[tuple[int, Records]] = field(factory=lambda: [(0, {})])
    log: list[str] = field(factory=list[str])

    def __attrs_post_init__(self) -> None:
        self.writes_left = self.scope.most_writes
        for number in range(self.scope.records):
            self.create(created=5 if self.scope.one_tick else 5 * number)
        self.states = [(0, self.records)]

    @property
    def records(self) -> Records:
        """The present records."""
        return self.states[-1][1]

    def create(self, created: int | None = None) -> None:
        self.count += 1
        self.serial += 1
        at = self.now if created is None else created
        self._put(Record(self.count, at, at, False, self.serial, self.serial))

    def _put(self, record: Record) -> None:
        self.states.append((self.now, {**self.records, record.id: record}))

    def step(self, ticks: int = 1) -> None:
        """Let time pass; in each tick the history may choose a write."""
        for _ in range(ticks):
            self.now += 1
            if self.is_quiet or self.writes_left <= 0:
                continue
            options = self._options()
            chosen = self.choose(len(options) + 1, "write")
            if not chosen:
                continue
            self.writes_left -= 1
            kind, key = options[chosen - 1]
            self.write(kind, key)
            ties = "t" in self.scope.writes and kind in "cu" and self.writes_left > 0
            if ties and self.choose(2, "tie"):
                self.writes_left -= 1
                self.write("t", key or self.count)

    def _options(self) -> list[tuple[str, int]]:
        most = self.scope.records + 2
        kinds = self.scope.writes
        options = [("c", 0)] if "c" in kinds and self.count < most else []
        for key, record in self.records.items():
            for kind in kinds:
                alive = kind in "uds" and not record.deleted
                tie = kind == "t" and not record.deleted and record.updated == self.now
                if alive or tie or kind == "h" or (kind == "r" and record.deleted):
                    options.append((kind, key))
        return options

    def write(self, kind: str, key: int) -> None:
        self.log.append(f"at {self.now}: {kind} {key or ''}")
        if kind == "c":
            self.create()
            return
        self.serial += 1
        record, serial = self.records[key], self.serial
        if kind in "hd":
            self.deletions.setdefault(key, []).append(serial)
        if kind == "h":
            rest = {other: each for other, each in self.records.items() if other != key}
            self.states.append((self.now, rest))
            return
        self._put(
            evolve(
                record,
                serial=serial,
                updated=record.updated if kind in "st" else self.now,
                body=serial if kind in "ust" else record.body,
                deleted={"d": True, "r": False}.get(kind, record.deleted),
            )
        )

    def read(self, command: Read) -> Answer:
        """Answer a request from one of the recent states."""
        self.requests += 1
        sent = self.now
        self.step()
        state = self._choose_state(sent)
        rows = sorted(
            (each for each in state.values() if self._matches(each, command)),
            key=lambda each: (-each.created, -each.id),
        )
        window = command.window
        page = rows[window.offset : window.offset + window.limit]
        self.log.append(f"at {self.now}: read -> {[(r.id, r.updated, r.deleted) for r in page]}")
        shown = [
            Row(
                each.id,
                each.created,
                each.updated if self.scope.shows_times else 0,
                each.deleted,
                each.body * 2 + each.deleted,
                each,
            )
            for each in page
        ]
        pages = -(-len(rows) // window.limit)
        header = Pagination(window.page, pages, len(rows), window.offset)
        return Answer(shown, sent, self.now, window, header)

    def _choose_state(self, sent: int) -> Records:
        oldest = bisect_right(self.states, sent - self.scope.lag, key=lambda each: each[0]) - 1
        recent = [state for _, state in reversed(self.states[max(oldest, 0) :])]
        if not self.scope.rows_apart:
            return recent[self.choose(len(recent), "age")]
        picked = {
            key: recent[self.choose(len(recent), "age")].get(key)
            for key in range(1, self.count + 1)
        }
        return {key: record for key, record in picked.items() if record is not None}

    def _matches(self, record: Record, command: Read) -> bool:
        shows_deleted = command.with_deleted and self.scope.has_marks
        if record.deleted and not shows_deleted:
            return False
        if command.keys is not None and record.id not in command.keys:
            return False
        bounds = (
            (record.updated, command.updated_min, command.updated_max),
            (record.created, command.created_min, command.created_max),
        )
        return all(
            (least is None or value >= least) and (most is None or value <= most)
            for value, least, most in bounds
        )
