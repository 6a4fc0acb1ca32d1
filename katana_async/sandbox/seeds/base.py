"""Pseudo-random numbers, the relations between seeded tables, and the tables themselves."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import TypeVar
from zlib import crc32

from attrs import define, field, frozen

from ..catalogue import LAYOUTS
from ..clock import timestamp
from ..layout import Layout
from ..store import Id, Record

T = TypeVar("T")

DAY = 86_400_000
_BEGIN = 1_609_747_200_000  # 2021-01-04T08:00:00Z
_END = 1_734_681_600_000  # 2024-12-20T08:00:00Z
_MASK = 2**64 - 1
_LOW = 2**40


class Dice:
    """A pseudo-random number generator (splitmix64) for one record.

    Args:
        seed: The seed of the sandbox.
        kind: A number for the table.
        index: The index of the record.
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
        """Return True in this share of all cases."""
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of several values."""
        return choices[self.below(len(choices))]

    def maybe(self, percent: int, value: T) -> T | None:
        """Return the value in this share of all cases, otherwise None."""
        return value if self.chance(percent) else None


@frozen
class Relation:
    """Which records of one table belong to which of another, both by index.

    Attributes:
        total: How many children there are.
        of: Returns the children of a parent, none if there is no such parent.
        parent: Returns the parent of a child, -1 for none.
    """

    total: int
    of: Callable[[int], Sequence[int]]
    parent: Callable[[int], int]


def each(parents: int, count: int = 1, *, start: int = 0) -> Relation:
    """Relate `count` children to each parent; the children begin at the index `start`."""
    stop = start + parents * count

    def of(parent: int) -> Sequence[int]:
        first = start + parent * count
        return range(first, first + count) if 0 <= parent < parents else ()

    return Relation(
        parents * count, of, lambda child: (child - start) // count if start <= child < stop else -1
    )


def turn(parents: int, children: int, *, start: int = 0) -> Relation:
    """Relate children to the parents in turn; the parents begin at the index `start`."""

    def of(parent: int) -> Sequence[int]:
        return range(parent - start, children, parents) if 0 <= parent - start < parents else ()

    return Relation(children, of, lambda child: start + child % parents)


def fan(counts: Iterable[int]) -> Relation:
    """Relate children to parents by the count of each parent's children."""
    starts = [0, *accumulate(counts)]
    total, parents = starts[-1], len(starts) - 1

    def of(parent: int) -> range:
        return range(starts[parent], starts[parent + 1]) if 0 <= parent < parents else range(0)

    return Relation(
        total, of, lambda child: bisect_right(starts, child) - 1 if child < total else -1
    )


def within(outer: Relation, inner: Relation) -> Relation:
    """Relate the children of children to their grandparents."""
    return Relation(
        inner.total,
        lambda parent: [child for middle in outer.of(parent) for child in inner.of(middle)],
        lambda child: outer.parent(inner.parent(child)),
    )


def lookup(children: int, parent: Callable[[int], int]) -> Relation:
    """Relate children to parents by a function; its inverse is made when it is first needed."""

    @cache
    def inverse() -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for child in range(children):
            found[parent(child)].append(child)
        return dict(found)

    return Relation(children, lambda index: inverse().get(index, ()) if index >= 0 else (), parent)


# Makes fields from the record's index, its pseudo-random numbers, and its creation time.
Fields = Callable[[int, Dice, int], Record]
Links = Mapping[str, Relation]
NO_LINKS: Links = {}
LAYOUT = {layout.name: layout for layout in LAYOUTS}
# The tables of links that are not named after them.
_PARENTS = {
    "batch_id": "batches",
    "fulfillment_id": "sales_order_fulfillments",
    "fulfillment_row_id": "sales_order_fulfillment_rows",
    "ingredient_variant_id": "variants",
    "product_item_id": "products",
    "product_variant_id": "variants",
    "production_id": "manufacturing_order_productions",
    "resource_id": "manufacturing_order_productions",
}


def id_of(table: str, index: int) -> int:
    """Return the id of a seeded record."""
    return LAYOUT[table].id(index)


@cache
def _first_parent(link: str) -> int:
    """Return the id of the first record of a link's table."""
    return id_of(_PARENTS.get(link, link.removesuffix("_id") + "s"), 0)


@define(eq=False)
class Seeded:
    """The seeded records of one table. They are made when they are read.

    Attributes:
        seed: The seed of the sandbox.
        count: How many records there are.
        fields: Makes the fields of a record other than ids of links and stamps.
        links: The relation of each field that holds the id of a record of another table.
        owner: The table whose records lend their creation time, by the first link; None spreads
            the records evenly over four years.
        after: How many milliseconds after its owner a record is created.
        hides: Returns `archived_at` or `deleted_at` for a record that lists hide.
        place: Returns the place of a record among all in time; its index by default.
        custom_fields: Makes a record's object of custom fields; None if the table has no such.
    """

    seed: int
    layout: Layout
    count: int
    fields: Fields
    links: Links
    owner: "Seeded | None" = None
    after: int = 0
    hides: Callable[[int], str | None] | None = None
    place: Callable[[int], int] | None = None
    custom_fields: Callable[[int], Record | None] | None = None
    _kind: int = field(init=False)
    _step: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._kind = crc32(self.layout.name.encode())
        self._step = (_END - _BEGIN) // max(self.count, 1)

    def __len__(self) -> int:
        return self.count

    def created(self, index: int) -> int:
        """Return the creation time in milliseconds since the epoch.

        Every tenth record has the time of the one before it.
        """
        if self.owner is not None:
            [relation, *_] = self.links.values()
            return self.owner.created(relation.parent(index)) + self.after
        place = self.place(index) if self.place else index
        return _BEGIN + (place - (place % 10 == 1)) * self._step

    def hidden(self, index: int) -> str | None:
        """Return the field that is set on a record which lists hide; None for others."""
        if self.hides is None or (name := self.hides(index)) is None:
            return None
        return name if name in self.layout.defaults else None

    def children(self, link: str, parent: Id, /) -> Sequence[int]:
        """Return the indexes of the records that belong to another."""
        if link not in self.links or not isinstance(parent, int):
            return ()
        return self.links[link].of(parent - _first_parent(link))

    def make(self, index: int) -> Record:
        """Make a record; always the same for an index."""
        dice = Dice(self.seed, self._kind, index)
        record: Record = {}
        for name, relation in self.links.items():
            parent = relation.parent(index)
            record[name] = _first_parent(name) + parent if parent >= 0 else None
        moment = self.created(index)
        record["created_at"] = record["updated_at"] = timestamp(moment)
        if self.owner is None and dice.chance(60):
            record["updated_at"] = timestamp(moment + dice.below(90 * DAY))
        if (hidden := self.hidden(index)) is not None:
            record[hidden] = record["updated_at"]
        if self.custom_fields is not None:
            record["custom_fields"] = self.custom_fields(index)
        return {**record, **self.fields(index, dice, moment)}
