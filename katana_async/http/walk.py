"""The overlap walk: choose the next page so that a changing list is read exactly. No I/O.

Pages are offsets into a list, newest first, so a record that is created or deleted during a walk
shifts later pages. Records that stay keep their relative order, and one page lists all survivors
between its first and its last row. Therefore two pages that share a record leave no gap between
them, whenever each was read. The offset is (page - 1) * limit; the choice of `limit` makes pages
overlap.

If the order itself changes, for instance among rows of equal rank, this proof does not hold. The
walk then takes every unseen row of a connecting page, which loses few rows (test_walk_ties.py).
The rules were tested exhaustively on small lists and at random on large ones.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from itertools import count, islice, takewhile
from typing import Generic, TypeVar

import msgspec
from attrs import define, field

from ..errors import ListChanged
from .messages import Pagination

T = TypeVar("T")

_REMEMBERED = 1500  # ids: six of the largest pages
# A forgotten row looks new. It can stand before one of the _RECENT latest rows only if, since the
# last page, the _REMEMBERED - _RECENT rows between them were deleted and about as many were created
# before them. So an unseen row before a recent row is new; before an older row, it is not taken.
_RECENT = 500
# Consecutive pages without a new row. Creations can shift remembered rows by as many rows as are
# remembered, which 10 pages of 200 rows exceed; a server that repeats its page does so for ever.
_PATIENCE = 10


class Window(msgspec.Struct, frozen=True):
    """The rows to request: from `offset` to before `end`, as a page number and a page size."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit

    @property
    def end(self) -> int:
        return self.page * self.limit


@lru_cache(maxsize=4096)
def overlapping(end: int, largest: int, smallest: int) -> Window:
    """Return the window that contains the row with index `end - 1` and reaches furthest past it.

    If `end` is 0, return the first window of the largest size.
    """
    best = Window(1, largest)
    for limit in range(smallest, largest + 1):
        window = Window((end - 1) // limit + 1, limit)
        if window.end > best.end:
            best = window
    return best


@define
class Walk(Generic[T]):
    """Find the new rows of each page and choose the next page.

    Repeat: `plan()`, read the planned pages, `accept()` them in order until one returns None (the
    page does not connect: drop it and the pages after it, and plan again) or until `done`.

    Attributes:
        keys: Returns the permanent keys of records.
        largest: The largest page size of the collection.
        given: The number of new rows so far.
        out_of_order: The number of new rows that stood before a row that was read earlier. Either
            the order is not fixed, or the rows were created or restored there during the walk.
    """

    keys: Callable[[Sequence[T]], Sequence[Hashable]]
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
    # Rows returned in list order, by key. The value is the row's place: the number of rows before
    # it, counted from the row by which its page connected. A page connects by one of these rows.
    _known: dict[Hashable, int] = field(factory=dict[Hashable, int])
    # Rows returned out of order. Their position contradicts their age, so they connect no page.
    _strays: dict[Hashable, None] = field(factory=dict[Hashable, None])

    @property
    def smallest(self) -> int:
        """The smallest page size of a plan. Smaller pages would only cost requests."""
        return max(1, self.largest // 5)

    @property
    def known(self) -> set[Hashable] | None:
        """The keys of all rows returned so far; None if there were too many to remember."""
        return None if self._forgot else {*self._known, *self._strays}

    def plan(self, count: int) -> list[Window]:
        """Return up to `count` windows to read next."""
        windows: list[Window] = []
        for _ in range(count):
            end = windows[-1].end if windows else self._end
            windows.append(overlapping(end, self.largest, self.smallest))
        return windows

    def accept(self, window: Window, items: Sequence[T], total: int | None) -> Sequence[T] | None:
        """Return the new rows of a window, or None if it does not connect to the rows read before.

        `total` is the number of records of the list by the header, or None.

        Raises:
            ListChanged: All remembered rows have left the list, so that no page connects; or many
                consecutive pages had no new row although the list has more.
        """
        keys = self.keys(items)
        oldest = max(0, self._places - _REMEMBERED)
        places = map(self._known.get, keys)
        shared = [i for i, place in enumerate(places) if place is not None and place >= oldest]
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
                start = first  # rows before it may have been returned and forgotten
        new: list[T] = []
        for index, key in enumerate(keys[start : last + 1], start):
            if key in self._known or key in self._strays:
                continue
            new.append(items[index])
            self._strays[key] = None
            # At the front of the list, new records stand before older ones, which is their place.
            if window.offset or index > first:
                self.out_of_order += 1
        # The rows after the shared ones: most of a page, and hardly ever one that was returned.
        rows = list(zip(keys[last + 1 :], items[last + 1 :], strict=True))
        rest = dict(rows)
        if len(rest) < len(rows):  # a key twice in one answer: its first row
            rest = dict(rows[::-1])
            rest = {key: rest[key] for key, _ in rows}
        for key in (rest.keys() & self._known.keys()) | (rest.keys() & self._strays.keys()):
            del rest[key]
        self._known.update(zip(rest, count(place)))
        new += rest.values()
        self.given += len(new)
        self._stepped_back = False
        self._places = max(self._places, place + len(rest))
        self._forget()
        return new

    def _forget(self) -> None:
        oldest = self._places - _REMEMBERED
        forgotten = len(list(takewhile(oldest.__gt__, self._known.values())))
        for key in list(islice(self._known, forgotten)):
            del self._known[key]
            self._forgot = True
        for key in list(islice(self._strays, max(0, len(self._strays) - _REMEMBERED))):
            del self._strays[key]
            self._forgot = True

    def _step_back(self, window: Window, total: int | None) -> None:
        if window.offset == 0:
            raise ListChanged(
                "all recently read records were deleted or no longer match the filter, so the walk"
                " cannot continue without losing records. Start the walk again"
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
            f"{_PATIENCE} consecutive pages had no new record, after {self.given}{of}:"
            " records are created faster than they are read, or the server repeats its pages. Start"
            " the walk again, or read plain() pages"
        )


def honours_limit(window: Window, count: int, pagination: Pagination | None) -> bool:
    """Return whether a page is the requested one, judged by its size and its header.

    Some collections ignore `limit`. Their short first page must not pass for the whole list.
    """
    if count > window.limit:
        return False
    if pagination is None:
        return True
    if pagination.offset is not None and pagination.offset != window.offset:
        return False
    records, pages = pagination.total_records, pagination.total_pages
    return not records or pages is None or pages == -(-records // window.limit)
