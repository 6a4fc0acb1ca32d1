"""Histories of a small server and a consumer, in ticks, for tests of the core with plain data.

Every choice of a history (a write, the age of each read, a crash) is made by one function, so that
`explore` can run all histories of a small scope, and a list of numbers repeats one of them.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, evolve, field

from katana_async.changes.commands import (
    Change,
    Deliver,
    LookUp,
    Read,
    Steps,
    Version,
)
from katana_async.changes.core import FeedCore
from katana_async.changes.state import TOP, FeedState, Key, read_cursor, write_cursor

from .small_server import Choose, Record, Records, Scope, Server


class Wrong(Exception):
    """The feed broke a promise."""


@define(eq=False)
class Consumer:
    """Applies batches, stores the cursor with each, and checks every change."""

    server: Server
    make_core: type[FeedCore] = FeedCore
    rows: Records = field(factory=dict[int, Record])
    serials: dict[int, int] = field(factory=dict[int, int])
    forbids_repeats: bool = True
    core: FeedCore = field(init=False)
    cursor: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        scope = self.server.scope
        self.core = self._open(FeedState(self.server.now - scope.settings.overlap))
        may_repeat = scope.loses_cursor or scope.start == "behind" or scope.overlap is not None
        self.forbids_repeats = self.forbids_repeats and not may_repeat
        self.store_cursor()

    def _open(self, state: FeedState) -> FeedCore:
        scope = self.server.scope
        return self.make_core(
            state,
            lambda: self.server.now,
            scope.settings,
            has_dates=scope.has_dates,
            has_keys=scope.has_keys and scope.has_dates,
            has_mirror=scope.has_mirror,
        )

    def store_cursor(self) -> None:
        self.cursor = write_cursor(self.core.state, 1, "histories")

    def load(self) -> None:
        """Fill the mirror as after a snapshot long ago."""
        for key, record in self.server.records.items():
            self.rows[key] = record
            self.serials[key] = record.serial
        self.core.state.is_first_pass = False
        self.core.state.last_sweep = self.server.now
        self.store_cursor()

    def run(self, steps: Steps, dies: Callable[[], bool] = lambda: False) -> bool:
        """Execute a generator of the core; return False if the consumer died."""
        reply: Any = None
        while True:
            try:
                command = steps.send(reply)
            except StopIteration:
                break
            if isinstance(command, Read):
                reply = self.server.read(command)
            elif isinstance(command, LookUp):
                reply = self._look_up(command)
            elif not self._take(command, dies):
                return False
            else:
                reply = None
        return self._take(Deliver(()), dies)

    def _take(self, command: Deliver, dies: Callable[[], bool]) -> bool:
        if dies():
            self.server.log.append("the consumer dies")
            if self.server.scope.loses_cursor:
                self._apply_all(command)
            self.core = self._open(read_cursor(self.cursor, 1, "histories"))
            return False
        self._apply_all(command)
        self.store_cursor()
        self.check_settled()
        return True

    def _apply_all(self, command: Deliver) -> None:
        for change in command.changes:
            self._apply(change)

    def _look_up(self, command: LookUp) -> Mapping[Key, Version]:
        has_times = self.server.scope.shows_times
        return {
            key: Version(key, each.created, each.updated * has_times, each.body * 2 + each.deleted)
            for key, each in self.rows.items()
            if (command.keys is None and command.after < each.created <= command.until)
            or (command.keys is not None and key in command.keys)
        }

    def _apply(self, change: Change) -> None:
        key = int(str(change.key))
        had = self.serials.get(key, 0)
        guarded = self.server.scope.ignores_older
        if change.row is None:
            self.server.log.append(f"   {change.reason} {key}")
            last = max(self.server.deletions.get(key, [-1]))
            if last == had and key not in self.rows and guarded:
                return
            if last <= had:
                raise Wrong(f"deleted {key}, which lives")
            self.serials[key] = last
            self.rows.pop(key, None)
            return
        record: Record = change.row.record
        self.server.log.append(f"   {change.reason or 'upsert'} {key} of {record.updated}")
        if record.serial < had:
            if guarded:
                return
            raise Wrong(f"an older version of {key} after a newer one")
        if record.serial == had and self.forbids_repeats:
            raise Wrong(f"the same version of {key} twice")
        self.serials[key] = record.serial
        if change.reason is None:
            self.rows[key] = record
        else:
            self.rows.pop(key, None)

    def check_mirror(self, *, is_swept: bool) -> None:
        """Compare the mirror with the server.

        Args:
            is_swept: Compare hard deletes and silent updates too, which only sweeps find.
        """
        scope = self.server.scope
        for key in self.rows.keys() | self.server.records.keys():
            mine, theirs = self.rows.get(key), self.server.records.get(key)
            if theirs is None:
                if is_swept and mine is not None:
                    raise Wrong(f"{key} is gone, and the mirror has it")
            elif theirs.deleted:
                if mine is not None and (is_swept or scope.has_marks):
                    raise Wrong(f"{key} is deleted, and the mirror has it")
            elif mine is None:
                raise Wrong(f"the mirror lacks {key}")
            elif mine.body != theirs.body and (is_swept or "s" not in scope.writes):
                raise Wrong(f"the mirror has other contents of {key}")
            elif scope.shows_times and mine.updated != theirs.updated:
                raise Wrong(f"the mirror has an older version of {key}")

    def check_settled(self) -> None:
        """Check that every change before the settled time was delivered or overtaken."""
        scope, state = self.server.scope, self.core.state
        if scope.overlap is not None:
            return  # reads may lag more than the feed expects
        is_ordered = not set("st") & set(scope.writes)
        if not (scope.has_dates and scope.has_keys and is_ordered) or state.is_first_pass:
            return
        settled = state.settled_until
        at = bisect_right(self.server.states, settled - 1, key=lambda each: each[0]) - 1
        for key, then in self.server.states[max(at, 0)][1].items():
            now = self.server.records.get(key)
            if now is None or then.updated >= settled:
                continue
            if now.updated >= settled and scope.slice == 2:
                continue  # it has left one part of a long span for a later one
            if now.updated >= settled and scope.start == "empty" and key not in self.serials:
                continue  # it was deleted during the snapshot and restored
            if now.deleted and (not scope.has_marks or key not in self.serials):
                continue
            if not scope.has_marks and key in self.server.deletions:
                continue
            if self.serials.get(key, 0) < then.serial:
                raise Wrong(f"settled until {settled}, and a version of {key} before is missing")


def run_history(
    scope: Scope,
    choose: Choose,
    make_core: type[FeedCore] = FeedCore,
    *,
    forbids_repeats: bool = True,
) -> Server:
    """Run one history and check it; raise `Wrong` if the feed broke a promise."""
    server = Server(scope, choose)
    consumer = Consumer(server, make_core, forbids_repeats=forbids_repeats)
    try:
        _run(scope, choose, server, consumer)
    except Wrong as wrong:
        raise Wrong("\n".join([*server.log, str(wrong)])) from None
    return server


def _run(scope: Scope, choose: Choose, server: Server, consumer: Consumer) -> None:
    crashes_left = scope.crashes

    def dies() -> bool:
        nonlocal crashes_left
        if not crashes_left or not choose(2, "crash"):
            return False
        crashes_left -= 1
        return True

    def act(name: str) -> None:
        consumer.run(getattr(consumer.core, name)(), dies)

    if scope.start == "loaded":
        consumer.load()
    elif scope.start == "behind":
        consumer.core.state.is_first_pass = False
        consumer.core.state.settled_until = 0
        consumer.store_cursor()
    elif not scope.has_dates:
        act("compare")
    elif join := getattr(consumer.core, "begin_after_snapshot", None):
        while consumer.core.state.is_first_pass:
            act("sweep")
        join()
        consumer.store_cursor()
    for _ in range(scope.rounds):
        server.step(scope.wait)
        if scope.hints and scope.has_keys and choose(2, "hint"):
            consumer.core.add_hints([1 + choose(server.count, "key")])
        if not scope.has_dates:
            act("compare")
        elif (scope.start == "empty" or scope.sweeps) and choose(2, "sweep"):
            act("sweep")
        elif consumer.core.due_rechecks():
            act("recheck")
        else:
            act("poll")
    server.is_quiet, crashes_left = True, 0
    pause = scope.lag + 1
    server.now += pause
    if not scope.has_dates:
        act("compare")
        server.now += pause
        act("compare")
        consumer.check_mirror(is_swept=True)
        return
    act("poll")
    server.now += pause
    act("recheck")
    act("poll")
    is_plain = type(consumer.core) is FeedCore and scope.overlap is None
    if scope.start != "empty" and scope.has_keys and is_plain:
        consumer.check_mirror(is_swept=False)
    if scope.start == "empty":
        while consumer.core.state.is_first_pass:
            act("sweep")
        _recheck_all(consumer, act, pause)
    for _ in range(2 if scope.sweeps else 0):
        consumer.core.state.sweep_position, consumer.core.state.last_sweep = TOP, -1000
        act("sweep")
        while consumer.core.state.sweep_position != TOP:
            act("sweep")
        _recheck_all(consumer, act, pause)
    consumer.check_mirror(is_swept=scope.sweeps)


def _recheck_all(consumer: Consumer, act: Callable[[str], None], pause: int) -> None:
    act("recheck")
    consumer.server.now += pause
    act("recheck")


def explore(
    scope: Scope, make_core: type[FeedCore] = FeedCore, most: int = 10**9
) -> tuple[int, list[int] | None]:
    """Run all histories of a scope, or the first `most`.

    Returns:
        The number of histories, and the choices of the first that is wrong.
    """
    prefix: list[int] = []
    for count in range(1, most + 1):
        trace: list[tuple[int, int]] = []

        def choose(options: int, _what: str, trace: list[tuple[int, int]] = trace) -> int:
            if options == 1:
                return 0
            chosen = prefix[len(trace)] if len(trace) < len(prefix) else 0
            trace.append((chosen, options))
            return chosen

        try:
            run_history(scope, choose, make_core, forbids_repeats=make_core is FeedCore)
        except Wrong:
            return count, [chosen for chosen, _ in trace]
        while trace and trace[-1][0] + 1 >= trace[-1][1]:
            trace.pop()
        if not trace:
            return count, None
        prefix = [chosen for chosen, _ in trace[:-1]] + [trace[-1][0] + 1]
    return most, None


def repeat(scope: Scope, choices: list[int], make_core: type[FeedCore] = FeedCore) -> Server:
    """Run the history with the given choices; further choices are 0."""
    rest: Iterator[int] = iter(choices)
    return run_history(
        scope,
        lambda options, _what: 0 if options == 1 else min(next(rest, 0), options - 1),
        make_core,
        forbids_repeats=make_core is FeedCore,
    )


def run_random(seed: int, scope: Scope, make_core: type[FeedCore] = FeedCore) -> Server:
    """Run a random history."""
    dice = random.Random(seed)
    share_of_writes, share_of_stale = dice.choice((0.1, 0.3, 0.6)), dice.choice((0.1, 0.5, 0.9))

    def choose(options: int, what: str) -> int:
        if options == 1:
            return 0
        if what == "write":
            return dice.randrange(1, options) if dice.random() < share_of_writes else 0
        if what == "crash":
            return int(dice.random() < 0.05)
        if what == "age":
            return dice.randrange(options) if dice.random() < share_of_stale else 0
        return dice.randrange(options)

    return run_history(scope, choose, make_core)


_CAPABILITIES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"has_marks": False},
    {"has_marks": False, "has_keys": False},
    {"has_keys": False},
    {"has_dates": False, "has_marks": False},
    {"has_dates": False, "has_marks": False, "has_times": True},
)


def random_scope(seed: int) -> Scope:
    """Return a random scope."""
    dice = random.Random(seed * 7919 + 1)
    able = dice.choice(_CAPABILITIES)
    writes = "".join(kind for kind in "cudrhst" if dice.random() < 0.6) or "u"
    scope = Scope(
        hints=seed % 4 == 3,
        newest=4 if seed % 7 == 3 else 0,
        lag=dice.randint(2, 12),
        limit=dice.choice((5, 6, 7)),
        records=dice.choice((1, 2, 4, 8, 12)),
        most_writes=dice.randint(3, 30),
        rounds=dice.randint(3, 20),
        rows_apart=dice.random() < 0.4,
        crashes=dice.choice((0, 0, 1, 3)),
        sweeps=True,
        one_tick=dice.random() < 0.15,
        wait=dice.choice((1, 1, 2, 4)),
        slice=2 if dice.random() < 0.3 else 1000,
        glance=dice.choice((0, 0, 2)),
        writes=writes,
        **able,
    )
    start = dice.random()
    if start < 0.2:
        return evolve(scope, start="empty")
    if start < 0.4 and scope.has_dates:
        return evolve(scope, start="behind")
    marked = "".join(kind for kind in writes if kind not in "sh") or "ut"
    if start < 0.55 and not able:
        return evolve(scope, has_mirror=False, sweeps=False, writes=marked)
    ordered = "".join(kind for kind in writes if kind not in "st") or "u"
    if dice.random() < 0.15 and scope.has_dates:
        return evolve(scope, crashes=3, loses_cursor=True, ignores_older=True, writes=ordered)
    return scope
