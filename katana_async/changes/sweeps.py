"""Sweeps and comparisons, which read the snapshot and find deletions and changes without a date."""

import logging
from collections.abc import Collection
from itertools import pairwise

from attrs import define, field

from ..errors import MassDeletion
from ..http.walk import Window
from .commands import Answer, Commands, Have, LookUp, Read, Row, Steps
from .ledger import Ledger
from .page_walk import PageWalk
from .state import BOTTOM, TOP, Key, Recheck

log = logging.getLogger("katana_async")


@define(eq=False, slots=False)
class Sweeps(Ledger):
    """Compare the list with the mirror.

    Attributes:
        repairs: The number of changes that sweeps found and polls had not.
    """

    repairs: int = 0
    _newest_swept_at: int = field(default=0, init=False)  # the end of the last sweep of either kind

    @property
    def sweep_is_due(self) -> bool:
        """Whether a slice of a sweep may be read now."""
        settings, state = self.settings, self.state
        pause = max(settings.overlap, settings.newest_every)
        newest_is_due = settings.newest > 0 and self.now() >= self._newest_swept_at + pause
        is_due = state.sweep_position < TOP or newest_is_due or self._whole_sweep_is_due
        return state.is_first_pass or (self.has_mirror and is_due)

    @property
    def _whole_sweep_is_due(self) -> bool:
        pause = max(self.settings.overlap, self.settings.sweep_every)
        return self.state.is_first_pass or self.now() >= self.state.last_sweep + pause

    def sweep(self) -> Steps:
        """Compare the next 250 records with the mirror, from the newest to the oldest.

        The first pass over the list is the snapshot. Later passes end after the newest records
        unless a sweep of the whole list is due.
        """
        state = self.state
        top = state.sweep_position
        answer: Answer = yield self._select(BOTTOM, top)
        if answer.total is not None and answer.total < state.sweep_expected:
            # Rows of the last slice were deleted, or the list is ordered by rank and they stand
            # elsewhere.
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
            state.is_first_pass = False
            state.last_count, state.last_sweep = state.sweep_count, self.now()
            self._end_sweep()
        elif 0 < self.settings.newest <= state.sweep_count and not self._whole_sweep_is_due:
            self._end_sweep()

    def _end_sweep(self) -> None:
        state = self.state
        state.sweep_position = state.sweep_before = TOP
        state.sweep_expected = state.sweep_count = state.sweep_absent = 0
        self._newest_swept_at = self.now()

    def _select(self, bottom: int, top: int) -> Read:
        """Return the query for all records created after `bottom` and until `top`."""
        return Read(
            Window(1, self.settings.limit),
            created_min=None if bottom == BOTTOM else bottom + 1,
            created_max=None if top == TOP else top + 1,  # times have fractions of milliseconds
            with_deleted=False,
            bulk=True,
        )

    def _sweep_range(self, bottom: int, top: int) -> Commands[bool]:
        """Read a range in any order, and return whether all of it was read."""
        walk = PageWalk(self._select(bottom, top), self.settings.limit)
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
        """Count a change that polls should have delivered and have not.

        The warning is false if the record was deleted between the change and the poll: then only an
        older state, which the sweep has read, contains the change.
        """
        if self.state.is_first_pass or row.updated >= self.state.settled_until:
            return
        held = self.held_version(row.key, have)
        is_news = not row.deleted if held is None else row.updated > held.updated
        if not is_news:
            return
        if not self.repairs:
            log.warning(
                "a sweep found a change that no poll had shown: unless the record was deleted just"
                " now, reads lag by more than overlap=, which should be longer"
            )
        self.repairs += 1

    def judge_absent(self, absent: Collection[Key], answer: Answer, have: Have) -> None:
        """Recheck absent records, or without a filter by key delete those that are surely gone.

        Raises:
            MassDeletion: They are too many for one pass.
        """
        alive = [key for key in absent if not self.is_known_gone(key, have)]
        self.state.sweep_absent += len(alive)
        self.check_deletions(max(self.state.last_count, self.state.sweep_count))
        for key in alive:
            if self.has_keys:
                now = answer.sent
                self.state.rechecks.setdefault(key, Recheck(now, now, swept=True))
            elif self.is_gone(self.held_version(key, have), answer):
                self.delete(key, answer.read, "swept")

    def check_deletions(self, count: int) -> None:
        """Raise MassDeletion if one pass finds too many records absent."""
        most = max(self.settings.most_deleted, self.settings.share_deleted * count)
        if self.state.sweep_absent > most:
            raise MassDeletion(absent=self.state.sweep_absent, known=count)

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
            key
            for key in have
            if key not in seen and self.is_gone(self.held_version(key, have), whole)
        ]
        state.sweep_absent = len(absent)
        self.check_deletions(len(have))
        for key in absent:
            self.delete(key, whole.read, "swept")
        state.rechecks.clear()
        state.is_first_pass = False
        self.advance(whole.sent - self.settings.overlap)
        yield from self.flush()
