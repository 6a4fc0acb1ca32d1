"""The walk over all pages of one query."""

import logging
from collections.abc import Sequence

from attrs import define, evolve, field

from ..errors import ListChanged
from ..http.walk import Walk, Window, honours_limit
from .commands import Answer, Read, Row
from .state import Key

log = logging.getLogger("katana_async")


@define(eq=False)
class PageWalk:
    """The walk over the overlapping pages of one query, with a server that may ignore `limit`.

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
        """Return all pages as one answer, from the first time sent to the last time read."""
        assert self._last is not None
        return evolve(self._last, rows=rows, sent=self._sent)

    def _accept_served(self, answer: Answer) -> bool:
        new = {row.key for row in answer.rows} - self._seen
        self._seen |= new
        self._served_page += 1
        self.done = not new
        return not self.done or answer.total is None or len(self._seen) >= answer.total
