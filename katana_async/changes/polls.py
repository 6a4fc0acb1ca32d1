"""Polls: changes by their dates."""

from attrs import define, field

from ..http.walk import Window
from .commands import Answer, Commands, Read, Steps
from .ledger import Ledger
from .page_walk import PageWalk

_MOST_READS = 400  # pages of one walk: with more, records change faster than they are read


@define(eq=False, slots=False)
class Polls(Ledger):
    """Read the changes since the settled time, by `updated_at`."""

    _polled_at: int = field(default=0, init=False)  # the last poll that read to the end

    def poll(self) -> Steps:
        """Read the changes since the settled time."""
        state, overlap = self.state, self.settings.overlap
        now = self.now()
        bound, is_busy = state.settled_until, False
        if self.settings.glance and self._polled_at and len(state.delivered) >= self.settings.limit:
            # Changes before the last poll are delivered, unless they were not visible to it yet.
            bound, is_busy = max(bound, self._polled_at - self.settings.glance), True
        answer = yield from self._read_changes(bound, 1)
        is_settled = answer.is_whole and bound == state.settled_until
        if is_settled:
            self.advance(answer.sent - overlap)
        yield from self.flush()
        # Further pages of a busy list are delivered at once. Only `settle` moves the settled time.
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

    def _read_changes(self, bound: int, page: int) -> Commands[Answer]:
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
                # Far behind: read the older half first. A record that changes meanwhile moves to
                # the later half.
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
