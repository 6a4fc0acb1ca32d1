"""The store: tables of records in memory, and their states in the recent past.

This module has no HTTP, no validation, and does not interpret fields. Records are plain dicts that
are never changed in place: an update stores a new dict. Seeded records are computed when they are
read and not stored, so 50,000 of them cost nothing until then.
"""

import math
from bisect import bisect_left, insort
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from threading import RLock
from typing import Any, Protocol, Self
from uuid import UUID

from attrs import define, field, frozen

from .clock import Clock, milliseconds, moment, timestamp

Record = dict[str, Any]
Id = int | str
Predicate = Callable[[Record], bool]
#: A field with a time, and the least and the greatest time in milliseconds; None for no limit.
Bound = tuple[str, int | None, int | None]
#: A record's sort value and its number. Lists are in descending order of keys.
Key = tuple[Any, int]

_MAX_VIEWS = 16
_MAX_CACHED_SEEDS = 4_096


class Seed(Protocol):
    """The records that a table has from the start, computed on demand; index 0 is the oldest."""

    def __len__(self) -> int: ...

    def make(self, index: int) -> Record:
        """Return a record without `id`, the same one for the same index."""
        ...

    def creation_time(self, index: int) -> int:
        """Return the creation time in milliseconds since the epoch."""
        ...

    def hidden_field(self, index: int, /) -> str | None:
        """Return `archived_at` or `deleted_at` for a record that has one of them set."""
        ...

    def child_indexes(self, link: str, parent: Id, /) -> Sequence[int]:
        """Return the indexes of the records whose field `link` is `parent`."""
        ...


class IdScheme(Protocol):
    """The relation between a table's ids and the numbers of its records, from 0."""

    def id(self, number: int) -> Id:
        """Return the id of a number."""
        ...

    def number(self, id: Id) -> int | None:
        """Return the number of an id; None if it is not an id of this scheme."""
        ...


@define
class SequentialIds:
    """Ids that are whole numbers from `first` on."""

    first: int

    def id(self, number: int) -> int:
        return self.first + number

    def number(self, id: Id) -> int | None:
        return id - self.first if isinstance(id, int) else None


@define
class UuidIds:
    """Random-looking UUIDs; the last twelve digits encode the number."""

    salt: int

    def id(self, number: int) -> str:
        mixed = (number + 1) * 0x9E3779B97F4A7C15 + self.salt
        high = (mixed * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        low = (0x8 << 60) | ((mixed & 0xFFF) << 48) | (number ^ (self.salt & 0xFFFFFFFFFFFF))
        high = (high & ~0xF000) | 0x4000
        return str(UUID(int=(high << 64) | low))

    def number(self, id: Id) -> int | None:
        try:
            low = UUID(str(id)).int & 0xFFFFFFFFFFFF
        except ValueError:
            return None
        number = low ^ (self.salt & 0xFFFFFFFFFFFF)
        return number if self.id(number) == str(id).lower() else None


@frozen(kw_only=True)
class Layout:
    """The layout of a table.

    Attributes:
        first: The first id; None for UUIDs. The ids of tables are far apart, so that the id of
            another kind of record is not found.
        fields: The fields and their default values.
        links: The fields with ids of other records by which records are looked up.
        order: Returns the sort value of a record, by which lists are in descending order; None
            for the newest first.
    """

    name: str
    first: int | None
    fields: Mapping[str, Any]
    links: tuple[str, ...] = ()
    order: Callable[[Mapping[str, Any]], Any] | None = None

    @property
    def uuid(self) -> bool:
        """Whether the ids are UUIDs."""
        return self.first is None

    @property
    def defaults(self) -> dict[str, Any]:
        """The fields and defaults, `deleted_at` included."""
        return {**self.fields, "deleted_at": None}

    def id(self, index: int) -> int:
        """Return the id of a seeded record; not for UUIDs."""
        assert self.first is not None
        return self.first + index


@define
class Ranking:
    """The order of a list that reranks change; records newer than the last rerank are on top."""

    clock: Clock
    _orders: list[tuple[float, dict[int, int]]] = field(factory=list[tuple[float, dict[int, int]]])

    def arrange(
        self, keys: list[tuple[int, int]], *, newest: bool = False
    ) -> list[tuple[int, int]]:
        """Return keys in ascending order: the bottom of the list first.

        Args:
            keys: The keys of a view.
            newest: Apply the newest order even if lists do not show it yet.
        """
        now = self.clock.time()
        shown = (heights for since, heights in reversed(self._orders) if newest or since <= now)
        heights: dict[int, int] = next(shown, dict[int, int]())
        return sorted(keys, key=lambda key: (heights.get(key[1], len(heights)), key))

    def change(self, numbers: Sequence[int], since: float) -> None:
        """Set the order, top first, that lists show from the time `since` on."""
        heights = {number: height for height, number in enumerate(reversed(numbers))}
        self._orders.append((since, heights))


@define
class View:
    """The ordered keys of the records that match a predicate, updated as the table changes."""

    predicate: Predicate
    keys: list[Key]

    def apply_change(self, key: Key, before: Record | None, after: Record | None) -> None:
        """Add or remove the key of a changed record."""
        before_in_view = before is not None and self.predicate(before)
        now = after is not None and self.predicate(after)
        if before_in_view and not now:
            del self.keys[bisect_left(self.keys, key)]
        elif now and not before_in_view:
            insort(self.keys, key)


@define(eq=False)
class History:
    """The recent changes of all tables.

    Attributes:
        span: Returns the seconds for which changes are kept; 0 keeps none.
    """

    span: Callable[[], float] = lambda: 0.0
    _changes: deque[tuple[int, str, int, Record | None]] = field(
        factory=deque[tuple[int, str, int, Record | None]], init=False
    )

    def add(self, at: int, table: str, number: int, before: Record | None) -> None:
        """Record a change and the record before it; None for a new record."""
        span = self.span() * 1000
        if span > 0:
            self._changes.append((at, table, number, before))
        while self._changes and self._changes[0][0] < at - span:
            self._changes.popleft()

    def since(self, moment: int) -> dict[str, dict[int, Record | None]]:
        """Return the records changed since a moment (milliseconds) in their state at it."""
        found: defaultdict[str, dict[int, Record | None]] = defaultdict(dict)
        for at, table, number, before in reversed(self._changes):
            if at <= moment:
                break
            found[table][number] = before
        return found


def is_within(record: Record, bounds: Sequence[Bound]) -> bool:
    """Return whether the times of a record are within bounds."""
    for name, least, most in bounds:
        at = moment(record[name])
        if (least is not None and at < least) or (most is not None and at > most):
            return False
    return True


@define(eq=False)
class Table:
    """A table of records.

    Attributes:
        lock: Held while the table changes, and by readers of more than one record.
        defaults: The fields of a record and their default values.
        links: The fields with ids of other records by which records are looked up.
        ranking: The order of lists after a rerank; None before the first.
        order: Returns the sort value of a record, by which lists are in descending order; None
            for the newest first. It must depend on no field that changes.
    """

    name: str
    clock: Clock
    numbering: IdScheme
    defaults: Mapping[str, Any]
    links: tuple[str, ...]
    seed: Seed
    lock: RLock = field(factory=RLock)
    order: Callable[[Record], Any] | None = None
    history: History = field(factory=History, init=False)
    # None: the record was erased, or does not exist yet in a past state.
    _rows: dict[int, Record | None] = field(factory=dict[int, Record | None], init=False)
    _seed_cache: dict[int, Record] = field(factory=dict[int, Record], init=False)
    _creation_times: dict[int, int] = field(factory=dict[int, int], init=False)
    # The times of seeded records, by field and number: a filter by dates reads all of them.
    _seed_times: defaultdict[str, dict[int, int]] = field(
        factory=lambda: defaultdict[str, dict[int, int]](dict), init=False
    )
    _views: OrderedDict[Hashable, View] = field(factory=OrderedDict[Hashable, View], init=False)
    _children: defaultdict[tuple[str, Id], list[int]] = field(
        factory=lambda: defaultdict[tuple[str, Id], list[int]](list), init=False
    )
    _next_number: int = field(default=0, init=False)
    ranking: Ranking | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._next_number = len(self.seed)

    # -- one record

    def get(self, id: Id, *, deleted: bool = False) -> Record | None:
        """Return a record; None if it does not exist, or is deleted without `deleted=True`."""
        number = self.numbering.number(id)
        record = None if number is None else self._row(number)
        if record is None or (record["deleted_at"] is not None and not deleted):
            return None
        return record

    def create(self, values: Mapping[str, Any] | None = None) -> Record:
        """Add a record without validation or effects; missing fields get their defaults."""
        stamp = timestamp(milliseconds(self.clock))
        stamps = {"created_at": stamp, "updated_at": stamp}
        with self.lock:
            number = self._next_number
            made = {"id": self.numbering.id(number)}
            record: Record = {**self.defaults, **stamps, **(values or {}), **made}
            self._creation_times[number] = moment(record["created_at"])
            self._next_number += 1
            self._write(number, None, record)
        return record

    def update(self, id: Id, changes: Mapping[str, Any]) -> Record:
        """Change fields of a record, deleted or not, and its `updated_at`.

        Raises:
            KeyError: No such record.
        """
        stamp = timestamp(milliseconds(self.clock))
        with self.lock:
            before = self.get(id, deleted=True)
            number = self.numbering.number(id)
            if before is None or number is None:
                raise KeyError(id)
            after = {**before, "updated_at": stamp, **changes}
            self._write(number, before, after)
        return after

    def delete(self, id: Id) -> Record:
        """Set `deleted_at`, which hides the record from lists without `include_deleted`."""
        return self.update(id, {"deleted_at": timestamp(milliseconds(self.clock))})

    def restore(self, id: Id) -> Record:
        """Undo a deletion."""
        return self.update(id, {"deleted_at": None})

    def erase(self, id: Id) -> None:
        """Remove a record without a trace: no `deleted_at`, no change of its parent.

        Raises:
            KeyError: No such record.
        """
        with self.lock:
            before = self.get(id, deleted=True)
            number = self.numbering.number(id)
            if before is None or number is None:
                raise KeyError(id)
            self._write(number, before, None)

    def archive(self, id: Id) -> Record:
        """Set `archived_at`."""
        return self.update(id, {"archived_at": timestamp(milliseconds(self.clock))})

    # -- many records

    def ids(self, *, deleted: bool = False, archived: bool = False) -> list[Id]:
        """Return the ids in the order of lists."""
        with self.lock:
            keys = self.view(deleted=deleted, archived=archived).keys
            return [self.numbering.id(number) for _, number in reversed(keys)]

    def __len__(self) -> int:
        return len(self.view().keys)

    def __iter__(self) -> Iterator[Record]:
        return self.rows(self.view())

    def rows(self, view: View, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield the records of a view at the positions `start` to `stop` of its list.

        The positions are fixed at the start, so the table may change during the iteration.
        """
        count = len(view.keys)
        stop = count if stop is None else min(stop, count)
        keys = view.keys if self.ranking is None else self.ranking.arrange(view.keys)
        for _, number in reversed(keys[count - stop : max(count - start, 0)]):
            if (row := self._row(number)) is not None:
                yield row

    def children(self, link: str, parent: Id, *, deleted: bool = False) -> list[Record]:
        """Return the records whose field `link` is the id `parent`, oldest first."""
        added = self._children.get((link, parent), ())
        numbers = dict.fromkeys((*self.seed.child_indexes(link, parent), *added))
        rows = (self._row(number) for number in numbers)
        return [
            row
            for row in rows
            if row and row[link] == parent and (deleted or row["deleted_at"] is None)
        ]

    def view(
        self,
        predicate: Predicate | None = None,
        key: Hashable = None,
        *,
        deleted: bool = False,
        archived: bool = False,
        among: Iterable[Id] | None = None,
        bounds: Sequence[Bound] = (),
    ) -> View:
        """Return the records that match, in order.

        Args:
            predicate: Returns whether a record matches; None for all records.
            key: Identifies the predicate and the bounds. A view with a key is cached and follows
                the changes of the table.
            deleted: Include deleted records.
            archived: Include archived records.
            among: Consider only these ids; the view is not cached then.
            bounds: Further conditions, which are decided without making the records.
        """
        name = (key, deleted, archived)
        is_whole = predicate is None and not bounds
        if (is_whole or key is not None) and name in self._views:
            self._views.move_to_end(name)
            return self._views[name]

        def shown(record: Record) -> bool:
            return (deleted or record["deleted_at"] is None) and (
                archived or record.get("archived_at") is None
            )

        def fits(record: Record) -> bool:
            return (predicate is None or predicate(record)) and is_within(record, bounds)

        if among is not None:
            rows = {number: self._row(number) for number in self._numbers(among)}
            fitting = (n for n, row in rows.items() if row and shown(row) and fits(row))
            return View(fits, sorted((self._sort_value(number), number) for number in fitting))
        if is_whole:
            view = View(shown, self._all_keys(deleted=deleted, archived=archived))
        else:
            base = self.view(deleted=deleted, archived=archived)
            keys = self._within(base.keys, bounds)
            if predicate is not None:
                keys = [key for key in keys if predicate(self._require_row(key[1]))]
            view = View(lambda record: shown(record) and fits(record), keys)
            if key is None:
                return view
        self._views[name] = view
        if len(self._views) > _MAX_VIEWS:
            self._views.popitem(last=False)
        return view

    # -- internals

    def _within(self, keys: list[Key], bounds: Sequence[Bound]) -> list[Key]:
        """Return the keys of the records within bounds."""
        for name, least, most in bounds:
            if name == "created_at" and self.order is None:  # the order of the keys
                first = 0 if least is None else bisect_left(keys, (least,))
                keys = keys[first : None if most is None else bisect_left(keys, (most + 1,))]
            else:
                low = -math.inf if least is None else least
                high = math.inf if most is None else most
                keys = [key for key in keys if low <= self._time(name, key[1]) <= high]
        return keys

    def _time(self, name: str, number: int) -> int:
        times = self._seed_times[name]
        if number in self._rows or number not in times:
            at = moment(self._require_row(number)[name])
            if number in self._rows:
                return at
            times[number] = at
        return times[number]

    def _numbers(self, ids: Iterable[Id]) -> Iterator[int]:
        return (number for each in ids if (number := self.numbering.number(each)) is not None)

    def _sort_value(self, number: int, record: Record | None = None) -> Any:
        if self.order is not None:
            return self.order(record or self._require_row(number))
        created = self._creation_times.get(number)
        return self.seed.creation_time(number) if created is None else created

    def _all_keys(self, *, deleted: bool, archived: bool) -> list[Key]:
        keys: list[Key] = []
        for number in range(self._next_number):
            if number not in self._rows:
                hidden = self.seed.hidden_field(number)
                gone, stored = hidden == "deleted_at", hidden == "archived_at"
            elif (record := self._rows[number]) is not None:
                gone, stored = bool(record["deleted_at"]), bool(record.get("archived_at"))
            else:
                continue
            if (deleted or not gone) and (archived or not stored):
                keys.append((self._sort_value(number), number))
        keys.sort()
        return keys

    def _row(self, number: int) -> Record | None:
        if number in self._rows:
            return self._rows[number]
        if (row := self._seed_cache.get(number)) is not None:
            return row
        if not 0 <= number < len(self.seed):
            return None
        row = {**self.defaults, **self.seed.make(number), "id": self.numbering.id(number)}
        if len(self._seed_cache) >= _MAX_CACHED_SEEDS:
            self._seed_cache.clear()
        self._seed_cache[number] = row
        return row

    def _require_row(self, number: int) -> Record:
        row = self._row(number)
        assert row is not None
        return row

    def _write(self, number: int, before: Record | None, after: Record | None) -> None:
        self.history.add(milliseconds(self.clock), self.name, number, before)
        self._rows[number] = after
        for link in self.links:
            if after is not None and (before is None or before[link] != after[link]):
                self._children[link, after[link]].append(number)
        key = (self._sort_value(number, after or before), number)
        for view in self._views.values():
            view.apply_change(key, before, after)

    def with_rows(self, rows: Mapping[int, Record | None]) -> Self:
        """Replace records (by number) in this table, which must be a copy for reading."""
        self._rows = {**self._rows, **rows}
        self._views = OrderedDict()
        return self


class Store:
    """All tables, by name.

    Attributes:
        lock: Held while an answer is made, so that other threads can change tables.
    """

    def __init__(self, history: History | None = None) -> None:
        self.lock = RLock()
        self.history = history or History()
        self._tables: dict[str, Table] = {}
        self._counters: defaultdict[str, int] = defaultdict(int)

    def add(self, table: Table) -> None:
        """Add a table."""
        table.history = self.history
        self._tables[table.name] = table

    def as_of(self, moment: int) -> "Store":
        """Return a read-only copy of the state at a moment (milliseconds since the epoch).

        It reaches as far back as `history` keeps changes.
        """
        undone = self.history.since(moment)
        past = Store(self.history)
        past.lock = self.lock
        for name, table in self._tables.items():
            past.add(copy(table).with_rows(undone[name]) if name in undone else table)
        return past

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def next_number(self, counter: str) -> int:
        """Return the next number, from 1, of a named counter."""
        self._counters[counter] += 1
        return self._counters[counter]

    def continue_numbering(self, counter: str, last: int) -> None:
        """Let a named counter continue after `last`."""
        self._counters[counter] = last
