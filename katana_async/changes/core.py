"""The decisions of the change feed: which page to read next, and which rows are news. No I/O.

Each public method of `FeedCore` is a generator. It yields a command (`Read`, `LookUp`, `Deliver`),
receives the reply to it, and changes the state that the cursor contains. The client executes the
commands; tests execute them on plain data.

Reads may lag by up to `overlap`, so neither a row nor its absence proves the present state. The
rules that follow from that, with the history that breaks each simpler rule, are in
tests/changes/test_counterexamples.py. The most important ones:

- `updated_at` orders the versions of a record. Two versions with the same `updated_at` are ordered
  by their reads, if these lie at least `overlap` apart.
- A read that was sent at `s` shows every change before `s - overlap`. Only such an absence or
  difference counts.
- Everything changed before `settled_until` was delivered. Newer deliveries are in `delivered`.
"""

import logging
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from attrs import define, evolve, field, frozen

from ..errors import ListChanged, MassDeletion
from ..http.messages import Pagination
from ..http.walk import Walk, Window, honours_limit
from .state import BOTTOM, GONE, TOP, Delivery, FeedState, Key, Recheck

log = logging.getLogger("katana_async")

LIMIT = 250
"""Rows of a page, and the most ids of a recheck: a page must be able to show all of them."""

_MOST_READS = 400  # pages of one span: more change faster than they are read

Reason = Literal["marked", "vanished", "swept"]


@frozen
class Row:
    """A record as one answer shows it.

    Attributes:
        created: `created_at` in milliseconds; 0 if the collection has none.
        updated: `updated_at` in milliseconds; 0 if the collection has none.
        deleted: Whether `deleted_at` is set.
        fingerprint: A hash of the contents without computed fields.
        record: The record itself, which the core does not read.
    """

    key: Key
    created: int
    updated: int
    deleted: bool
    fingerprint: int
    record: Any = field(default=None, repr=False, eq=False)


@frozen
class Version:
    """A record in the consumer's mirror, without its contents.

    Attributes:
        key: The id; a tuple for collections with several key fields; a text for a UUID.
        created_at: Milliseconds since the epoch; 0 if the collection has no such field.
        updated_at: Milliseconds since the epoch; 0 if the collection has no such field.
        fingerprint: A hash of the contents, from 0 to 2**32 - 1.
    """

    key: Key
    created_at: int
    updated_at: int
    fingerprint: int


@frozen
class Answer:
    """One page. Times are the server's, in milliseconds.

    Attributes:
        sent: The request was sent at this time or later.
        read: The rows were read at this time or earlier.
    """

    rows: Sequence[Row]
    sent: int
    read: int
    window: Window
    pagination: Pagination | None = None

    @property
    def total(self) -> int | None:
        """The number of rows of the list by the header, or None."""
        return self.pagination.total_records if self.pagination else None

    @property
    def is_whole(self) -> bool:
        """Whether no rows follow the page."""
        count = len(self.rows)
        is_last = self.total is None or self.total <= self.window.offset + count
        return count < self.window.limit and is_last


@frozen
class Read:
    """The command to read one page; the reply is an `Answer`. Times are in milliseconds."""

    window: Window = field(default=Window(1, LIMIT))
    updated_min: int | None = None
    updated_max: int | None = None
    created_min: int | None = None
    created_max: int | None = None
    with_deleted: bool = True
    keys: tuple[Key, ...] | None = None
    bulk: bool = False


@frozen
class LookUp:
    """The command to look up versions in the mirror; the reply is a mapping by key.

    Attributes:
        keys: The keys to look up; None for those with `after < created_at <= until`.
        parent: The field of rows that contains the key of their record: `keys` are those of
            records, and the versions of their rows are looked up.
    """

    keys: tuple[Key, ...] | None = None
    after: int = BOTTOM
    until: int = TOP
    parent: str | None = None


@frozen
class Change:
    """A delivery: a new version of a record, or its deletion.

    Attributes:
        row: The row; None if the record is absent.
        reason: The reason of a deletion; None for a new version.
    """

    key: Key
    row: Row | None
    reason: Reason | None


@frozen
class Deliver:
    """The command to hand changes to the consumer, at most one for each key. There is no reply."""

    changes: Sequence[Change]


Have: TypeAlias = Mapping[Key, Version]
Steps: TypeAlias = Generator[Read | LookUp | Deliver, Any, None]


@frozen
class FeedSettings:
    """Durations in milliseconds, and sizes.

    Attributes:
        overlap: The longest time by which reads lag.
        glance: The time before the last poll from which the next one reads if many changes are not
            settled. Changes that were visible still later come when they are settled.
        step: The settled time may be older by this than the overlap demands.
        slice: Rows above which a time span is split, and deliveries above which the state is cut.
        limit: Rows of a page, and the most keys of a recheck.
        skew: The most by which Date headers are behind `updated_at`. A record that is restored so
            soon after it was found absent is delivered `overlap` later.
        first_wait: The shortest wait between two reads of a record that may have changed.
        sweep_every: The time from the end of a sweep to the next one, at least `overlap`.
        most_deleted: Deletions that a sweep may always have.
        share_deleted: The share of records that a sweep may delete beyond that.
    """

    overlap: int = 30 * 60_000
    glance: int = 3 * 60_000
    step: int = 5 * 60_000  # at least 1
    slice: int = 1000
    skew: int = 5 * 60_000
    first_wait: int = 2000
    sweep_every: int = 24 * 3_600_000
    limit: int = LIMIT
    most_deleted: float = 20
    share_deleted: float = 0.05


@define(eq=False)
class FeedCore:
    """Decide for one collection.

    Attributes:
        state: The contents of the cursor.
        now: Returns the server's time in milliseconds, never later than it is.
        has_dates: Whether the list can be filtered by `updated_at` and `created_at`.
        has_keys: Whether the list can be filtered by keys.
        has_mirror: Whether `LookUp` finds the consumer's records.
        repairs: The number of changes that sweeps found and polls had not.
    """

    state: FeedState
    now: Callable[[], int]
    settings: FeedSettings = FeedSettings()
    has_dates: bool = True
    has_keys: bool = True
    has_mirror: bool = True
    paged: bool = True
    repairs: int = 0
    _changes: dict[Key, Change] = field(factory=dict[Key, Change])
    _polled_at: int = field(default=0, init=False)  # the last poll that read to the end

    # ---- one row of one answer ------------------------------------------------------------------

    def consider(
        self, row: Row, answer: Answer, *, bound: int | None = None, have: Have | None = None
    ) -> None:
        """Deliver a row if it is newer than the delivered version.

        Args:
            row: A row of `answer`.
            answer: The page.
            bound: The lower bound of `updated_at` of the request. A row below it comes from an
                older state than the filter's.
            have: The mirror's versions, if they were looked up.
        """
        if bound is not None and row.updated < bound:
            return
        held = self.held(row.key, have)
        if held is None:
            if have is not None and row.deleted:
                return  # the mirror does not have it
            if have is None and bound is None and row.updated < self.state.settled_until:
                return  # delivered before the settled time
            self.deliver(row, answer.read)
        elif row.deleted and held.fingerprint == GONE:
            return
        elif row.updated > held.updated:
            self.deliver(row, answer.read)
        elif row.fingerprint != held.fingerprint:
            # No time stamp orders the two versions, so the order of reading does.
            if self.are_ordered(held, answer):
                self.deliver(row, answer.read)
            else:
                self.postpone(row.key, held)

    def held(self, key: Key, have: Have | None) -> Delivery | None:
        """Return the newest version that the consumer has, from the state or from the mirror."""
        delivered = self.state.delivered.get(key)
        version = have.get(key) if have else None
        if version is None or (delivered and delivered.updated >= version.updated_at):
            return delivered
        return Delivery(version.updated_at, self.state.read_until, version.fingerprint)

    def are_ordered(self, held: Delivery, answer: Answer) -> bool:
        """Return whether an answer is certainly not older than a delivered version."""
        return held.read <= answer.sent - self.settings.overlap

    def postpone(self, key: Key, held: Delivery) -> None:
        """Read a record again when the order of reading is certain.

        Without a filter by key, the next sweep or comparison reads it.
        """
        if self.has_keys:
            due = held.read + self.settings.overlap
            self.state.rechecks[key] = Recheck(due, due)

    def deliver(self, row: Row, read: int) -> None:
        """Add a row to the next batch."""
        state = self.state
        is_old = row.updated < state.settled_until and row.key not in state.delivered
        if state.is_first_pass and is_old:
            # The snapshot has too many rows to list them: one time of reading for all.
            state.read_until = max(state.read_until, read)
        else:
            state.delivered[row.key] = Delivery(row.updated, read, row.fingerprint)
        state.rechecks.pop(row.key, None)
        self._changes[row.key] = Change(row.key, row, "marked" if row.deleted else None)

    def is_gone(self, held: Delivery | None, answer: Answer) -> bool:
        """Return whether the absence of a record from an answer proves that it is gone.

        A version from before `sent - overlap` is in every state that the answer can show, unless
        the record was deleted since.
        """
        if held is None or held.fingerprint == GONE:
            return False
        horizon = answer.sent - self.settings.overlap
        return held.updated <= horizon and (self.has_dates or held.read <= horizon)

    def delete(self, key: Key, read: int, reason: Reason) -> None:
        """Add the deletion of an absent record to the next batch."""
        # The mark keeps an answer from an older state from bringing the record back.
        # Its time is of the Date header, which may be behind the clock that `updated_at` is of.
        self.state.delivered[key] = Delivery(read + self.settings.skew, read, GONE)
        self.state.rechecks.pop(key, None)
        self._changes[key] = Change(key, None, reason)

    def flush(self) -> Steps:
        """Yield the collected changes, if there are any."""
        if self._changes:
            changes, self._changes = tuple(self._changes.values()), {}
            yield Deliver(changes)

    def advance(self, until: int) -> None:
        """Move the settled time forward, and forget the deliveries that it covers."""
        state = self.state
        settled = state.settled_until = max(state.settled_until, until)
        state.delivered = {
            key: each
            for key, each in state.delivered.items()
            if max(each.updated, each.read) >= settled or key in state.rechecks
        }
        if len(state.delivered) <= self.settings.slice:
            return
        # After a long absence: one time of reading for all that the filter does not return again.
        for key, each in list(state.delivered.items()):
            is_listed = each.updated >= settled or each.fingerprint == GONE
            if not is_listed and key not in state.rechecks:
                state.read_until = max(state.read_until, state.delivered.pop(key).read)

    # ---- changes, by their dates ----------------------------------------------------------------

    def poll(self) -> Steps:
        """Read the changes since the settled time."""
        state, overlap = self.state, self.settings.overlap
        now = self.now()
        bound, is_busy = state.settled_until, False
        if self.settings.glance and self._polled_at and len(state.delivered) >= self.settings.limit:
            # What changed before the last poll is delivered, unless that poll did not see it yet.
            bound, is_busy = max(bound, self._polled_at - self.settings.glance), True
        answer = yield from self._read_changes(bound, 1)
        is_settled = answer.is_whole and bound == state.settled_until
        if is_settled:
            self.advance(answer.sent - overlap)
        yield from self.flush()
        # News beyond one page is delivered as it comes. Only `settle` moves the settled time.
        page = 1
        while is_busy and not answer.is_whole and page < 16:
            page += 1
            answer = yield from self._read_changes(bound, page)
            yield from self.flush()
        is_incomplete = not is_busy and not answer.is_whole
        while is_incomplete or (
            not is_settled and now - overlap - state.settled_until >= self.settings.step
        ):
            before = state.settled_until
            yield from self.settle()
            # `settle` may have read an older part only.
            is_incomplete = is_incomplete and state.settled_until < now - overlap
            if state.settled_until == before:
                return
        if is_settled or not is_busy or answer.is_whole:
            self._polled_at = now

    def _read_changes(
        self, bound: int, page: int
    ) -> Generator[Read | LookUp | Deliver, Any, Answer]:
        window = Window(page, self.settings.limit)
        answer: Answer = yield Read(window, updated_min=bound)
        for row in answer.rows:
            self.consider(row, answer, bound=bound)
        return answer

    def settle(self) -> Steps:
        """Read every change since the settled time, and move it to `overlap` before now.

        The list is open at the top: a record that changes during the walk must not leave it.
        """
        state = self.state
        bound, until = state.settled_until, self.now() - self.settings.overlap
        query = Read(updated_min=bound)
        first = True
        walk = PageWalk(query, self.settings.limit)
        reads = 0
        while not walk.done and reads < _MOST_READS:
            answer: Answer = yield walk.plan()
            reads += 1
            span = until - bound
            if first and (answer.total or 0) > self.settings.slice and span > self.settings.step:
                # Far behind: one part at a time. A record that leaves it belongs to the next part.
                until = bound + span // 2
                query = Read(updated_min=bound, updated_max=until)
                walk = PageWalk(query, self.settings.limit)
                continue
            first = False
            for row in answer.rows:
                self.consider(row, answer, bound=bound)
            yield from self.flush()
            if not walk.accept(answer):
                return  # the list changed too much; the settled time stays
        if walk.done:
            self.advance(until)

    # ---- records that are absent, and changes without a date -------------------------------------

    @property
    def sweep_is_due(self) -> bool:
        """Whether a slice of a sweep may be read now."""
        if self.state.is_first_pass:
            return True
        pause = max(self.settings.overlap, self.settings.sweep_every)
        is_time = self.state.sweep_position < TOP or self.now() >= self.state.last_sweep + pause
        return self.has_mirror and is_time

    def sweep(self) -> Steps:
        """Compare one slice of the list with the mirror: the 250 records created before the last.

        The first pass over the list is the snapshot from which the feed starts.
        """
        state = self.state
        top = state.sweep_position
        answer: Answer = yield Read(
            Window(1, self.settings.limit),
            created_max=None if top == TOP else top + 1,  # times have fractions of milliseconds
            with_deleted=False,
            bulk=True,
        )
        if answer.total is not None and answer.total < state.sweep_expected:
            # Rows of the slice before were deleted, or stand elsewhere in a list ordered by rank.
            if not (yield from self._sweep_range(top, state.sweep_before)):
                return
            state.sweep_expected = answer.total
        created = [row.created for row in answer.rows]
        is_last = answer.is_whole or not created
        bottom = BOTTOM if is_last else created[-1]
        in_order = all(a >= b for a, b in pairwise(created))
        expected = 0
        if is_last or (in_order and bottom < top):
            yield from self._judge_range(answer, bottom, top)
            expected = (answer.total or 0) - sum(each > bottom for each in created)
        else:
            # A page of one millisecond, or a list that is not ordered by the time of creation.
            bottom = top - 1 if in_order else BOTTOM
            if not (yield from self._sweep_range(bottom, top)):
                return
        state.sweep_expected = expected
        state.sweep_before, state.sweep_position = top, bottom
        if bottom == BOTTOM:
            self._end_sweep()

    def _end_sweep(self) -> None:
        state = self.state
        state.sweep_position = state.sweep_before = TOP
        state.sweep_expected = 0
        state.is_first_pass = False
        state.last_count, state.sweep_count, state.sweep_absent = state.sweep_count, 0, 0
        state.last_sweep = self.now()

    def _sweep_range(self, bottom: int, top: int) -> Generator[Read | LookUp | Deliver, Any, bool]:
        """Read all records created after `bottom` and until `top`, in any order.

        Returns:
            Whether the whole range was read.
        """
        query = Read(
            created_min=None if bottom == BOTTOM else bottom + 1,
            created_max=None if top == TOP else top + 1,
            with_deleted=False,
            bulk=True,
        )
        walk = PageWalk(query, self.settings.limit)
        rows: dict[Key, Row] = {}
        while not walk.done:
            answer: Answer = yield walk.plan()
            rows |= {row.key: row for row in answer.rows}
            if not walk.accept(answer):
                return False
        yield from self._judge_range(walk.combine(tuple(rows.values())), bottom, top)
        return True

    def _judge_range(self, answer: Answer, bottom: int, top: int) -> Steps:
        """Compare the rows of a range with the mirror's."""
        have: Have = {}
        if self.has_mirror:
            have = yield LookUp(None, bottom, top)
        for row in answer.rows:
            if bottom < row.created <= top:
                self._count_repair(row, have)
                self.consider(row, answer, have=have)
                self.state.sweep_count += 1
        listed = {row.key for row in answer.rows}
        self.judge_absent([key for key in have if key not in listed], answer, have)
        yield from self.flush()

    def _count_repair(self, row: Row, have: Have) -> None:
        """Count a change that polls have not delivered although they should have.

        If the record was deleted between the change and the poll, this is a false alarm: only an
        older state, which the sweep has read, contains the change.
        """
        held = self.held(row.key, have)
        is_news = not row.deleted if held is None else row.updated > held.updated
        is_first_pass = self.state.is_first_pass
        if is_first_pass or not is_news or row.updated >= self.state.settled_until:
            return
        if not self.repairs:
            log.warning(
                "a sweep found a change that polls had not: unless that record was deleted just"
                " now, reads lag by more than the overlap"
            )
        self.repairs += 1

    def judge_absent(self, absent: Collection[Key], answer: Answer, have: Have) -> None:
        """Nominate records for a recheck, or delete them where no filter finds them by key.

        Raises:
            MassDeletion: They are too many for one pass.
        """
        alive = [key for key in absent if not self._is_known_gone(key, have)]
        self.state.sweep_absent += len(alive)
        self.check_deletions(max(self.state.last_count, self.state.sweep_count))
        for key in alive:
            if self.has_keys:
                now = answer.sent
                self.state.rechecks.setdefault(key, Recheck(now, now, swept=True))
            elif self.is_gone(self.held(key, have), answer):
                self.delete(key, answer.read, "swept")

    def _is_known_gone(self, key: Key, have: Have) -> bool:
        held = self.held(key, have)
        return held is None or held.fingerprint == GONE

    def check_deletions(self, count: int) -> None:
        """Raise MassDeletion if one pass finds too many records absent."""
        most = max(self.settings.most_deleted, self.settings.share_deleted * count)
        if self.state.sweep_absent > most:
            raise MassDeletion(absent=self.state.sweep_absent, known=count)

    # ---- single records -------------------------------------------------------------------------

    def add_hints(self, keys: Iterable[Key]) -> None:
        """Read records soon, and repeatedly until `overlap` from now: they may have changed."""
        now = self.now()
        for key in keys:
            self.state.rechecks[key] = Recheck(now, now + self.settings.overlap)

    def reconcile(self, parent: str, listed: Mapping[Key, Collection[Key]]) -> Steps:
        """Read the rows soon that the mirror has and their records no longer contain.

        Args:
            parent: See `LookUp`.
            listed: The rows of each record; none for a deleted record.
        """
        have: Have = yield LookUp(tuple(listed), parent=parent)
        kept = {key for keys in listed.values() for key in keys}
        self.add_hints(
            key for key in have if key not in kept and not self._is_known_gone(key, have)
        )

    def due_rechecks(self) -> list[Key]:
        """Return the keys to read now, at most as many as one page shows."""
        now = self.now()
        due = [key for key, each in self.state.rechecks.items() if each.due <= now]
        return due[: self.settings.limit]

    def recheck(self) -> Steps:
        """Read the records that are due by their keys: one request."""
        now, due, rechecks = self.now(), self.due_rechecks(), self.state.rechecks
        if not due:
            return
        have: Have | None = None
        if self.has_mirror:
            have = yield LookUp(tuple(due))
        answer: Answer = yield Read(Window(1, self.settings.limit), keys=tuple(due))
        for row in answer.rows:
            self.consider(row, answer, have=have)
        listed = {row.key for row in answer.rows}
        for key in due:
            entry = rechecks.get(key)
            if entry is None:
                continue
            held, until = self.held(key, have), entry.until
            if key not in listed and held is not None and held.fingerprint != GONE:
                if self.is_gone(held, answer):
                    self.delete(key, answer.read, "swept" if entry.swept else "vanished")
                    continue
                until = max(until, held.updated + self.settings.overlap)
            if entry.due > now:
                continue  # `consider` has set a new time
            if answer.sent >= until:
                del rechecks[key]
                continue
            # Wait as long again as since the hint.
            waited = now - (until - self.settings.overlap)
            due_next = min(until, now + max(self.settings.first_wait, 2 * waited))
            rechecks[key] = Recheck(due_next, until, swept=entry.swept)
        yield from self.flush()

    # ---- collections without dates --------------------------------------------------------------

    def compare(self) -> Steps:
        """Compare the whole list with the mirror."""
        state = self.state
        query = Read(with_deleted=False, bulk=state.is_first_pass)
        walk = PageWalk(query, self.settings.limit, paged=self.paged)
        seen: set[Key] = set()
        while not walk.done:
            answer: Answer = yield walk.plan()
            have: Have = yield LookUp(tuple(row.key for row in answer.rows))
            for row in answer.rows:
                seen.add(row.key)
                self.consider(row, answer, have=have)
            yield from self.flush()
            if not walk.accept(answer):
                return
        whole = walk.combine()
        have = yield LookUp()
        absent = [
            key for key in have if key not in seen and self.is_gone(self.held(key, have), whole)
        ]
        state.sweep_absent = len(absent)
        self.check_deletions(len(have))
        for key in absent:
            self.delete(key, whole.read, "swept")
        state.rechecks.clear()
        state.is_first_pass = False
        self.advance(whole.sent - self.settings.overlap)
        yield from self.flush()


@define(eq=False)
class PageWalk:
    """The overlap walk over one query; pages in the server's own size if it ignores `limit`.

    Attributes:
        paged: False if the whole list is one answer.
    """

    query: Read
    limit: int
    paged: bool = True
    done: bool = False
    _walk: Walk[Row] = field(init=False)
    _sent: int = 0
    _last: Answer | None = None
    _served_page: int = 0
    _seen: set[Key] = field(factory=set[Key])

    def __attrs_post_init__(self) -> None:
        self._walk = Walk(lambda rows: [row.key for row in rows], self.limit)

    def plan(self) -> Read:
        """Return the next page to read."""
        window = self._walk.plan(1)[0]
        if self._served_page:
            window = Window(self._served_page, self.limit)
        return evolve(self.query, window=window)

    def accept(self, answer: Answer) -> bool:
        """Process a page; return False if the list changed too much to be read completely."""
        if self._last is None:
            self._sent = answer.sent
        self._last = answer
        if not self.paged:
            self.done = True
            return True
        if self._served_page:
            return self._accept_served(answer)
        if not honours_limit(answer.window, len(answer.rows), answer.pagination):
            self._served_page = 1
            return True
        try:
            self._walk.accept(answer.window, answer.rows, answer.total)
        except ListChanged as error:
            log.info("the list changed while it was read: %s", error)
            return False
        self.done = self._walk.done
        return True

    def combine(self, rows: Sequence[Row] = ()) -> Answer:
        """Return all pages as one answer, from the first sending to the last reading."""
        assert self._last is not None
        return evolve(self._last, rows=rows, sent=self._sent)

    def _accept_served(self, answer: Answer) -> bool:
        new = {row.key for row in answer.rows} - self._seen
        self._seen |= new
        self._served_page += 1
        self.done = not new
        return not self.done or answer.total is None or len(self._seen) >= answer.total
