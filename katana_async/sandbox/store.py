"""The records: tables kept in memory, newest first, from which nothing really vanishes.

Knows nothing of HTTP, validation or the meaning of a field. Records are plain dicts that are never
changed in place: an update puts a new dict there. Seeded records are not kept at all but made anew
whenever they are asked for, so that 50,000 of them cost nothing until they are read.
"""

from bisect import bisect_left, insort
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from threading import RLock
from typing import Any, Protocol
from uuid import UUID

from attrs import define, field

from .clock import Clock, milliseconds, moment, timestamp

Record = dict[str, Any]
Id = int | str
Accepts = Callable[[Record], bool]

_VIEWS_KEPT = 16
_MADE_KEPT = 4_096


class Seed(Protocol):
    """Records that exist from the start, made when asked for. Counted from 0, oldest first."""

    def __len__(self) -> int: ...

    def make(self, index: int) -> Record:
        """Make a record, without `id`; always the same one for an index."""
        ...

    def created(self, index: int) -> int:
        """Return when it was created (milliseconds since the epoch)."""
        ...

    def hidden(self, index: int, /) -> str | None:
        """Return `archived_at` or `deleted_at` for a record that has it set."""
        ...

    def children(self, link: str, parent: Id, /) -> Sequence[int]:
        """Return the indexes of the records whose field `link` was made to be `parent`."""
        ...


class Numbering(Protocol):
    """How the records of a table are named: the first is number 0."""

    def id(self, number: int) -> Id:
        """Return the id of a number."""
        ...

    def number(self, id: Id) -> int | None:
        """Return the number an id stands for, None if it cannot be one of these."""
        ...


@define
class Counting:
    """Ids that are whole numbers from `first` on."""

    first: int

    def id(self, number: int) -> int:
        return self.first + number

    def number(self, id: Id) -> int | None:
        return id - self.first if isinstance(id, int) else None


@define
class Uuids:
    """Ids that are UUIDs: random looking, with the number hidden in the last twelve digits."""

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


@define
class Ranking:
    """The order of a table's lists; records created since it was last changed are on top."""

    clock: Clock
    _orders: list[tuple[float, dict[int, int]]] = field(factory=list[tuple[float, dict[int, int]]])

    def arrange(
        self, keys: list[tuple[int, int]], *, newest: bool = False
    ) -> list[tuple[int, int]]:
        """Return the keys of records from the bottom of the list to its top.

        Args:
            keys: The keys, as a view of the table has them.
            newest: Whether the order is the newest, even if lists do not show it yet.
        """
        now = self.clock.time()
        shown = (heights for since, heights in reversed(self._orders) if newest or since <= now)
        heights: dict[int, int] = next(shown, dict[int, int]())
        return sorted(keys, key=lambda key: (heights.get(key[1], len(heights)), key))

    def change(self, numbers: Sequence[int], since: float) -> None:
        """Set the order, from the top to the bottom, which lists show from a moment on."""
        heights = {number: height for height, number in enumerate(reversed(numbers))}
        self._orders.append((since, heights))


@define
class View:
    """The records that fit a question, kept in order while the table changes."""

    accepts: Accepts
    keys: list[tuple[int, int]]

    def changed(self, key: tuple[int, int], before: Record | None, after: Record | None) -> None:
        """Take up or strike out a record that has changed."""
        was = before is not None and self.accepts(before)
        now = after is not None and self.accepts(after)
        if was and not now:
            del self.keys[bisect_left(self.keys, key)]
        elif now and not was:
            insort(self.keys, key)


@define(eq=False)
class Table:
    """One table.

    Attributes:
        name: Its name, that of the collection.
        lock: Is held while the table changes, and by whoever reads more than one record.
        defaults: The fields of a record and what they hold when nothing is said.
        links: The fields that hold the id of another record and by which records are looked up.
        ranking: The order of its lists; None if they are newest first.
    """

    name: str
    clock: Clock
    numbering: Numbering
    defaults: Mapping[str, Any]
    links: tuple[str, ...]
    seed: Seed
    lock: RLock = field(factory=RLock)
    _rows: dict[int, Record] = field(factory=dict[int, Record], init=False)
    _made: dict[int, Record] = field(factory=dict[int, Record], init=False)
    _created: dict[int, int] = field(factory=dict[int, int], init=False)
    _views: OrderedDict[Hashable, View] = field(factory=OrderedDict[Hashable, View], init=False)
    _children: defaultdict[tuple[str, Id], list[int]] = field(
        factory=lambda: defaultdict[tuple[str, Id], list[int]](list), init=False
    )
    _next: int = field(default=0, init=False)
    ranking: Ranking | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._next = len(self.seed)

    # -- one record

    def get(self, id: Id, *, deleted: bool = False) -> Record | None:
        """Return a record, or None if there is none (or it is deleted, unless asked for)."""
        number = self.numbering.number(id)
        record = None if number is None else self._row(number)
        if record is None or (record["deleted_at"] is not None and not deleted):
            return None
        return record

    def create(self, values: Mapping[str, Any] | None = None) -> Record:
        """Add a record as it is: no validation, no effects; fields not given get their defaults."""
        stamp = timestamp(milliseconds(self.clock))
        stamps = {"created_at": stamp, "updated_at": stamp}
        with self.lock:
            number = self._next
            made = {"id": self.numbering.id(number)}
            record: Record = {**self.defaults, **stamps, **(values or {}), **made}
            self._created[number] = moment(record["created_at"])
            self._next += 1
            self._put(number, None, record)
        return record

    def update(self, id: Id, changes: Mapping[str, Any]) -> Record:
        """Change fields of a record, deleted or not, and its `updated_at`.

        Raises:
            KeyError: There is no such record.
        """
        stamp = timestamp(milliseconds(self.clock))
        with self.lock:
            before = self.get(id, deleted=True)
            number = self.numbering.number(id)
            if before is None or number is None:
                raise KeyError(id)
            after = {**before, "updated_at": stamp, **changes}
            self._put(number, before, after)
        return after

    def delete(self, id: Id) -> Record:
        """Set `deleted_at`: the record vanishes from lists that do not include deleted ones."""
        return self.update(id, {"deleted_at": timestamp(milliseconds(self.clock))})

    def restore(self, id: Id) -> Record:
        """Take a deletion back."""
        return self.update(id, {"deleted_at": None})

    def archive(self, id: Id) -> Record:
        """Set `archived_at`."""
        return self.update(id, {"archived_at": timestamp(milliseconds(self.clock))})

    # -- many records

    def ids(self, *, deleted: bool = False, archived: bool = False) -> list[Id]:
        """Return the ids in the order of lists, newest first."""
        with self.lock:
            keys = self.view(deleted=deleted, archived=archived).keys
            return [self.numbering.id(number) for _, number in reversed(keys)]

    def __len__(self) -> int:
        return len(self.view().keys)

    def __iter__(self) -> Iterator[Record]:
        return self.rows(self.view())

    def rows(self, view: View, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield records of a view in the order of lists, from one place to another.

        The table may change meanwhile: those that were there at first are yielded.
        """
        count = len(view.keys)
        stop = count if stop is None else min(stop, count)
        keys = view.keys if self.ranking is None else self.ranking.arrange(view.keys)
        for _, number in reversed(keys[count - stop : max(count - start, 0)]):
            yield self._known(number)

    def children(self, link: str, parent: Id, *, deleted: bool = False) -> list[Record]:
        """Return the records that belong to another one, oldest first."""
        added = self._children.get((link, parent), ())
        numbers = dict.fromkeys((*self.seed.children(link, parent), *added))
        rows = (self._known(number) for number in numbers)
        return [
            row for row in rows if row[link] == parent and (deleted or row["deleted_at"] is None)
        ]

    def view(
        self,
        accepts: Accepts | None = None,
        key: Hashable = None,
        *,
        deleted: bool = False,
        archived: bool = False,
        among: Iterable[Id] | None = None,
    ) -> View:
        """Return the records that fit, in order.

        Args:
            accepts: Whether a record fits; all do by default.
            key: Names the question. The answer to a question with a name is kept and follows
                changes of the table, so that asking again is cheap.
            deleted: Whether deleted records are among them.
            archived: Whether archived records are among them.
            among: The only ids in question; all are by default. Such an answer is not kept.
        """
        name = (key, deleted, archived)
        if (accepts is None or key is not None) and name in self._views:
            self._views.move_to_end(name)
            return self._views[name]

        def shown(record: Record) -> bool:
            return (deleted or record["deleted_at"] is None) and (
                archived or record.get("archived_at") is None
            )

        if among is not None:
            fits = accepts or shown
            rows = {number: self._row(number) for number in self._numbers(among)}
            fitting = (n for n, row in rows.items() if row and shown(row) and fits(row))
            return View(fits, sorted((self._created_at(number), number) for number in fitting))
        if accepts is None:
            view = View(shown, self._all(deleted=deleted, archived=archived))
        else:
            base, fits = self.view(deleted=deleted, archived=archived), accepts
            keys = [key for key in base.keys if fits(self._known(key[1]))]
            view = View(lambda record: shown(record) and fits(record), keys)
            if key is None:
                return view
        self._views[name] = view
        if len(self._views) > _VIEWS_KEPT:
            self._views.popitem(last=False)
        return view

    # -- within

    def _numbers(self, ids: Iterable[Id]) -> Iterator[int]:
        return (number for each in ids if (number := self.numbering.number(each)) is not None)

    def _created_at(self, number: int) -> int:
        created = self._created.get(number)
        return self.seed.created(number) if created is None else created

    def _all(self, *, deleted: bool, archived: bool) -> list[tuple[int, int]]:
        keys: list[tuple[int, int]] = []
        for index in range(len(self.seed)):
            if (record := self._rows.get(index)) is None:
                hidden = self.seed.hidden(index)
                gone, stored = hidden == "deleted_at", hidden == "archived_at"
            else:
                gone, stored = bool(record["deleted_at"]), bool(record.get("archived_at"))
            if (deleted or not gone) and (archived or not stored):
                keys.append((self.seed.created(index), index))
        for number in range(len(self.seed), self._next):
            record = self._rows[number]
            gone, stored = bool(record["deleted_at"]), bool(record.get("archived_at"))
            if (deleted or not gone) and (archived or not stored):
                keys.append((self._created[number], number))
        keys.sort()
        return keys

    def _row(self, number: int) -> Record | None:
        if (row := self._rows.get(number)) is not None:
            return row
        if (row := self._made.get(number)) is not None:
            return row
        if not 0 <= number < len(self.seed):
            return None
        row = {**self.defaults, **self.seed.make(number), "id": self.numbering.id(number)}
        if len(self._made) >= _MADE_KEPT:
            self._made.clear()
        self._made[number] = row
        return row

    def _known(self, number: int) -> Record:
        row = self._row(number)
        assert row is not None
        return row

    def _put(self, number: int, before: Record | None, after: Record) -> None:
        self._rows[number] = after
        for link in self.links:
            if before is None or before[link] != after[link]:
                self._children[link, after[link]].append(number)
        key = (self._created_at(number), number)
        for view in self._views.values():
            view.changed(key, before, after)


class Store:
    """All tables, by name.

    Attributes:
        lock: Is held while an answer is made, so that other threads can change tables meanwhile.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self._tables: dict[str, Table] = {}
        self._counters: defaultdict[str, int] = defaultdict(int)

    def add(self, table: Table) -> None:
        """Take in a table."""
        self._tables[table.name] = table

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def next(self, what: str) -> int:
        """Return the next number of something that is counted across records, from 1."""
        self._counters[what] += 1
        return self._counters[what]

    def begin(self, what: str, last: int) -> None:
        """Let the counting of something go on after `last`."""
        self._counters[what] = last
