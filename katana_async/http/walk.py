"""The overlap walk: which page to read next so that a changing list is read exactly. No I/O.

Pages are offsets, newest first: a record created or deleted during a walk shifts later pages. But
records that stay never change their relative order, and one page lists every survivor between its
first and its last row. So two pages that share a record leave no gap between them, whenever each
was read. Offsets are (page - 1) * limit; overlap is made by choosing `limit`.

Where the order itself changes, such as among rows of equal rank, there is no such proof. So every
row of a connecting page that has not come yet is taken, which loses few (test_walk_ties.py).
(Tried exhaustively on small lists and at random on large ones: docs/architecture.md, "Lists".)
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from attrs import define, field, frozen

from ..errors import ListChanged
from .messages import Pagination

T = TypeVar("T")

_REMEMBERED = 1500  # ids: six of the largest pages
# A row that was forgotten looks new. On the next page it can stand before one of the most recent
# rows only if, since the last page, the _REMEMBERED - _RECENT rows between them have gone and about
# as many have been created before them; so it is new. Before an older row, it is not taken.
_RECENT = 500
# Pages without a new row, one after another. Creations can move known rows on by as many pages as
# are remembered, which 10 pages of 200 rows exceed; a page that comes again does so for ever.
_PATIENCE = 10


@frozen
class Window:
    """Which rows to ask for: the page with this number of pages of this size."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.page - 1) * self.limit

    @property
    def end(self) -> int:
        """The row after its last, counted from 0."""
        return self.page * self.limit


@lru_cache(maxsize=4096)
def overlapping(end: int, largest: int, smallest: int) -> Window:
    """Return the window that holds row `end - 1`, counted from 0, and reaches furthest past it.

    The first window, of the largest size, if `end` is 0.
    """
    best = Window(1, largest)
    for limit in range(smallest, largest + 1):
        window = Window((end - 1) // limit + 1, limit)
        if window.end > best.end:
            best = window
    return best


@define
class Walk(Generic[T]):
    """Decide what of each page is new, and which page to read next.

    Use it in turns: `plan()`, read those pages, `accept()` them in that order until one returns
    None (that page does not connect: drop it and those after it, and plan again) or `done`.

    Args:
        key: What names a record for as long as it lives.
        largest: The largest page that the collection gives.

    Attributes:
        given: How many rows were new.
        out_of_order: How many of them stood before a row that had come already. Either the order
            is not fixed, or they were created or came back there during the walk.
    """

    key: Callable[[T], Hashable]
    largest: int = 250
    done: bool = False
    given: int = 0
    out_of_order: int = 0
    _end: int = 0
    _begun: bool = False
    _pages_in_vain: int = 0
    _forgot: bool = False
    _stepped_back: bool = False
    _places: int = 0
    # Rows given in the order of the list, with their place in it: the number of those before them,
    # counted on from the row by which their page connected. A page connects by one of these.
    _known: OrderedDict[Hashable, int] = field(factory=OrderedDict[Hashable, int])
    # Rows given out of order. They are newer here than where they stand, so none connects a page.
    _strays: OrderedDict[Hashable, None] = field(factory=OrderedDict[Hashable, None])

    @property
    def smallest(self) -> int:
        """The smallest page that is asked for; small ones would only cost requests."""
        return max(1, self.largest // 5)

    @property
    def known(self) -> set[Hashable] | None:
        """The keys of all rows that have come; None if there were too many to remember."""
        return None if self._forgot else {*self._known, *self._strays}

    def plan(self, count: int) -> list[Window]:
        """Return the next windows to read, up to so many."""
        windows: list[Window] = []
        end = self._end
        for _ in range(count):
            windows.append(overlapping(end, self.largest, self.smallest))
            end = windows[-1].end
        return windows

    def accept(self, window: Window, items: Sequence[T], total: int | None) -> Sequence[T] | None:
        """Take the rows of a window.

        Args:
            window: As planned.
            items: Its rows.
            total: How many records the list has now, by the header, if known.

        Returns:
            The rows that are new, or None when the page does not connect to what was read before.

        Raises:
            ListChanged: Everything read lately is gone from the list, so nothing connects any more;
                or pages keep coming without a new row, though the list is not at its end.
        """
        keys = [self.key(item) for item in items]
        oldest = max(0, self._places - _REMEMBERED)
        shared = [index for index, key in enumerate(keys) if self._known.get(key, -1) >= oldest]
        if not shared and self._begun:
            self._step_back(window, total)
            return None
        new = self._new_rows(window, items, keys, shared)
        self._begun = self._begun or bool(new)
        self._end = window.offset + len(items)
        # A short page is the last one, unless the list grew between its rows and its count, or the
        # server gives fewer rows than it was asked for.
        self.done = len(items) < window.limit and (total is None or total <= self._end)
        self._pages_in_vain = 0 if new else self._pages_in_vain + 1
        if self._pages_in_vain >= _PATIENCE and not self.done:
            self._give_up(total)
        return new

    def _new_rows(
        self, window: Window, items: Sequence[T], keys: Sequence[Hashable], shared: Sequence[int]
    ) -> list[T]:
        start, first, last, place = 0, 0, -1, 0
        if shared:
            first, last = shared[0], shared[-1]
            place = self._known[keys[last]] + 1
            is_old = self._known[keys[first]] < self._places - _RECENT
            if self._forgot and (is_old or self._stepped_back):
                start = first  # what stands before it may have come and been forgotten
        new: list[T] = []
        for index in range(start, len(items)):
            key = keys[index]
            if key in self._known or key in self._strays:
                continue
            new.append(items[index])
            if index > last:
                self._known[key] = place
                place += 1
                continue
            self._strays[key] = None
            # At the front of the list, new records stand before known ones as they should.
            if window.offset or index > first:
                self.out_of_order += 1
        self.given += len(new)
        self._stepped_back = False
        self._places = max(self._places, place)
        self._forget()
        return new

    def _forget(self) -> None:
        oldest = self._places - _REMEMBERED
        while self._known and self._known[next(iter(self._known))] < oldest:
            self._known.popitem(last=False)
            self._forgot = True
        while len(self._strays) > _REMEMBERED:
            self._strays.popitem(last=False)
            self._forgot = True

    def _step_back(self, window: Window, total: int | None) -> None:
        if window.offset == 0:
            raise ListChanged(
                "every record read lately has been deleted or no longer matches the filter, so that"
                " it cannot be told where to go on without losing records. Start the walk again"
            )
        reached = window.offset if total is None else min(window.offset, total)
        self._end = max(0, reached - (window.limit - 1))
        self._stepped_back = True

    def _give_up(self, total: int | None) -> None:
        if total is not None and self.given >= total:
            self.done = True
            return
        of = "" if total is None else f" of {total}"
        raise ListChanged(
            f"{_PATIENCE} pages one after another had no new record, after {self.given}{of}:"
            " records are created faster than they are read, or the server repeats its pages. Start"
            " the walk again, or read plain() pages"
        )


def honours_limit(window: Window, count: int, pagination: Pagination | None) -> bool:
    """Return whether a page is the one that was asked for, by its size and by what its header says.

    Some collections have been seen to ignore `limit`. Their short first page must not pass for the
    whole list.
    """
    if count > window.limit:
        return False
    if pagination is None:
        return True
    if pagination.offset is not None and pagination.offset != window.offset:
        return False
    records, pages = pagination.total_records, pagination.total_pages
    return not records or pages is None or pages == -(-records // window.limit)
