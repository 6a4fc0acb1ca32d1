"""The overlap walk: which page to read next so that a changing list is read exactly. No I/O.

Pages are offsets, newest first: a record created or deleted during a walk shifts later pages. But
records that stay never change their relative order, and one page lists every survivor between its
first and its last row. So two pages that share a record leave no gap between them, whenever each
was read. Offsets are (page - 1) * limit; overlap is made by choosing `limit`.
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

_REMEMBERED = 500  # ids: two of the largest pages


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
    """Return the window that holds row `end - 1`, counted from 0, and reaches furthest past it."""
    if end <= 0:
        return Window(1, largest)
    best = Window(1, largest)
    for limit in range(smallest, largest + 1):
        window = Window((end - 1) // limit + 1, limit)
        if window.end > best.end or best.offset >= end:
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
    """

    key: Callable[[T], Hashable]
    largest: int = 250
    done: bool = False
    _end: int = 0
    _begun: bool = False
    _recent: OrderedDict[Hashable, None] = field(factory=OrderedDict[Hashable, None])

    @property
    def smallest(self) -> int:
        """The smallest page that is asked for; small ones would only cost requests."""
        return max(1, self.largest // 5)

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
            ListChanged: Everything read lately is gone from the list, so nothing connects any more.
        """
        keys = [self.key(item) for item in items]
        at = next((i for i in reversed(range(len(keys))) if keys[i] in self._recent), None)
        if at is not None:
            new = items[at + 1 :]
        elif not self._begun:
            new = items
        elif window.offset == 0:
            raise ListChanged(
                "every record read lately has been deleted or no longer matches the filter, so that"
                " it cannot be told where to go on without losing records. Start the walk again"
            )
        else:
            reached = window.offset if total is None else min(window.offset, total)
            self._end = max(0, reached - (window.limit - 1))
            return None
        if new:
            self._begun = True
        for key in keys[len(keys) - len(new) :]:
            self._recent[key] = None
            if len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)
        self._end = window.offset + len(items)
        more = total is not None and total > self._end
        # A short page is the last one, unless the list grew between its rows and its count; without
        # anything new on it, asking again would lead nowhere.
        self.done = len(items) < window.limit and not (more and new)
        return new

    def unseen(self, items: Sequence[T]) -> list[T]:
        """Return the rows that have not come lately, of a page that is read as it is served."""
        return [item for item in items if self.key(item) not in self._recent]


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
