"""Seeded tables, the relations between them, and their pseudo-random numbers."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import TypeVar
from zlib import crc32

from attrs import define, field, frozen

from ..clock import timestamp
from ..registry import LAYOUTS
from ..store import Id, Layout, Record

T = TypeVar("T")

DAY = 86_400_000
_BEGIN = 1_609_747_200_000  # 2021-01-04T08:00:00Z
_END = 1_734_681_600_000  # 2024-12-20T08:00:00Z
_MASK = 2**64 - 1
_REFILL_BELOW = 2**40


class RecordRandom:
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

    def randbelow(self, limit: int) -> int:
        """Return a number from 0 to limit - 1."""
        if self._pool < _REFILL_BELOW:
            self._pool = self._next()
        self._pool, number = divmod(self._pool, limit)
        return number

    def randint(self, least: int, most: int) -> int:
        """Return a number from least to most."""
        return least + self.randbelow(most - least + 1)

    def chance(self, percent: int) -> bool:
        """Return True with the given probability in percent."""
        return self.randbelow(100) < percent

    def choice(self, choices: Sequence[T]) -> T:
        """Return one of the values."""
        return choices[self.randbelow(len(choices))]

    def maybe(self, percent: int, value: T) -> T | None:
        """Return the value with the given probability in percent, otherwise None."""
        return value if self.chance(percent) else None


@frozen
class Relation:
    """A relation between the records (by index) of two tables, parents and children.

    Attributes:
        total: The number of children.
        children_of: Returns the children of a parent; none for an unknown parent.
        parent_of: Returns the parent of a child; -1 without one.
    """

    total: int
    children_of: Callable[[int], Sequence[int]]
    parent_of: Callable[[int], int]


def relate_each(parents: int, count: int = 1, *, start: int = 0) -> Relation:
    """Relate `count` children to each parent; `start` is the index of the first child."""
    stop = start + parents * count

    def of(parent: int) -> Sequence[int]:
        first = start + parent * count
        return range(first, first + count) if 0 <= parent < parents else ()

    return Relation(
        parents * count, of, lambda child: (child - start) // count if start <= child < stop else -1
    )


def relate_in_turn(parents: int, children: int, *, start: int = 0) -> Relation:
    """Relate children to the parents in turn; `start` is the index of the first parent."""

    def of(parent: int) -> Sequence[int]:
        return range(parent - start, children, parents) if 0 <= parent - start < parents else ()

    return Relation(children, of, lambda child: start + child % parents)


def relate_by_counts(counts: Iterable[int]) -> Relation:
    """Relate children to parents by each parent's number of children."""
    starts = [0, *accumulate(counts)]
    total, parents = starts[-1], len(starts) - 1

    def of(parent: int) -> range:
        return range(starts[parent], starts[parent + 1]) if 0 <= parent < parents else range(0)

    return Relation(
        total, of, lambda child: bisect_right(starts, child) - 1 if child < total else -1
    )


def relate_grandchildren(outer: Relation, inner: Relation) -> Relation:
    """Relate the children of children to their grandparents."""
    return Relation(
        inner.total,
        lambda parent: [
            child for middle in outer.children_of(parent) for child in inner.children_of(middle)
        ],
        lambda child: outer.parent_of(inner.parent_of(child)),
    )


def relate_by_parent(children: int, parent: Callable[[int], int]) -> Relation:
    """Relate children to parents by a function, whose inverse is computed on first use."""

    @cache
    def inverse() -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for child in range(children):
            found[parent(child)].append(child)
        return dict(found)

    return Relation(children, lambda index: inverse().get(index, ()) if index >= 0 else (), parent)


# Returns the fields of a record from its index, pseudo-random numbers and creation time.
Fields = Callable[[int, RecordRandom, int], Record]
Links = Mapping[str, Relation]
NO_LINKS: Links = {}
LAYOUT = {layout.name: layout for layout in LAYOUTS}
# The tables of links whose name does not follow from the table's.
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
class SeededTable:
    """The seeded records of a table, which are computed when they are read.

    Attributes:
        fields: Returns the fields of a record other than links and timestamps.
        links: The relations of the fields with ids of other records.
        owner: The table that determines the creation times, by the first link; None spreads the
            records evenly over four years.
        after: Milliseconds between the creation of the owner and of the record.
        hides: Returns `archived_at` or `deleted_at` for a record that lists hide.
        place: Returns the position of a record in the order of creation; by default its index.
        custom_fields: Returns a record's object of custom fields; None if the table has none.
    """

    seed: int
    layout: Layout
    count: int
    fields: Fields
    links: Links
    owner: "SeededTable | None" = None
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

    def creation_time(self, index: int) -> int:
        """Return the creation time in milliseconds; every tenth record shares its predecessor's."""
        if self.owner is not None:
            [relation, *_] = self.links.values()
            return self.owner.creation_time(relation.parent_of(index)) + self.after
        place = self.place(index) if self.place else index
        return _BEGIN + (place - (place % 10 == 1)) * self._step

    def hidden_field(self, index: int) -> str | None:
        """Return `archived_at` or `deleted_at` for a record that lists hide; otherwise None."""
        if self.hides is None or (name := self.hides(index)) is None:
            return None
        return name if name in self.layout.defaults else None

    def child_indexes(self, link: str, parent: Id, /) -> Sequence[int]:
        """Return the indexes of the records whose field `link` is `parent`."""
        if link not in self.links or not isinstance(parent, int):
            return ()
        return self.links[link].children_of(parent - _first_parent(link))

    def make(self, index: int) -> Record:
        """Return a record, the same one for the same index."""
        rng = RecordRandom(self.seed, self._kind, index)
        record: Record = {}
        for name, relation in self.links.items():
            parent = relation.parent_of(index)
            record[name] = _first_parent(name) + parent if parent >= 0 else None
        moment = self.creation_time(index)
        record["created_at"] = record["updated_at"] = timestamp(moment)
        if self.owner is None and rng.chance(60):
            record["updated_at"] = timestamp(moment + rng.randbelow(90 * DAY))
        if (hidden := self.hidden_field(index)) is not None:
            record[hidden] = record["updated_at"]
        if self.custom_fields is not None:
            record["custom_fields"] = self.custom_fields(index)
        return {**record, **self.fields(index, rng, moment)}
