"""Numbers that look random and are the same every time, fast enough to make records anew."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")

_MASK = 2**64 - 1
_LOW = 2**40


class Dice:
    """A little generator (splitmix64) for one record.

    Args:
        seed: The seed of the whole sandbox.
        kind: A number for the kind of record.
        index: Which record.
    """

    __slots__ = ("_pool", "_state")

    def __init__(self, seed: int, kind: int, index: int) -> None:
        self._state = (seed * 0xD6E8FEB86659FD93 + kind * 0xA5A3564E27F8863B + index) & _MASK
        self._state = self._next()
        self._pool = 0

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, limit: int) -> int:
        """Return a number from 0 to limit - 1."""
        if self._pool < _LOW:
            self._pool = self._next()
        self._pool, number = divmod(self._pool, limit)
        return number

    def between(self, least: int, most: int) -> int:
        """Return a number from least to most."""
        return least + self.below(most - least + 1)

    def chance(self, percent: int) -> bool:
        """Return True this often."""
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of several."""
        return choices[self.below(len(choices))]


class Fan:
    """Which children belong to which parent, when each has some and they are in one order.

    Args:
        counts: How many children each parent has.
    """

    def __init__(self, counts: Iterable[int]) -> None:
        self._starts = [0, *accumulate(counts)]

    @property
    def total(self) -> int:
        """How many children there are."""
        return self._starts[-1]

    def of(self, parent: int) -> range:
        """Return the indexes of a parent's children."""
        return range(self._starts[parent], self._starts[parent + 1])

    def parent(self, child: int) -> int:
        """Return the index of a child's parent."""
        return bisect_right(self._starts, child) - 1
