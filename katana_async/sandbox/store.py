"""The records: tables in memory, newest first, and their states in the recent past.

This module has no HTTP, no validation and no meaning of fields. Records are plain dicts that are
never changed in place: an update puts a new dict there. Seeded records are made when they are read
and not stored, so that 50,000 of them cost nothing before that.
"""

from bisect import bisect_left, insort
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from threading import RLock
from typing import Any, Protocol, Self
from uuid import UUID

from attrs import define, field

from .clock import Clock, milliseconds, moment, timestamp

Record = dict[str, Any]
Id = int | str
Accepts = Callable[[Record], bool]
#: The place of a record in a list, and its number; lists go from the greatest key down.
Key = tuple[Any, int]

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
    keys: list[Key]

    def changed(self, key: Key, before: Record | None, after: Record | None) -> None:
        """Take up or strike out a record that has changed."""
        was = before is not None and self.accepts(before)
        now = after is not None and self.accepts(after)
        if was and not now:
            del self.keys[bisect_left(self.keys, key)]
        elif now and not was:
            insort(self.keys, key)


@define(eq=False)
class History:
    """The recent changes of all tables.

    Attributes:
        span: Returns for how many seconds changes are kept; 0 keeps none.
    """

    span: Callable[[], float] = lambda: 0.0
    _changes: deque[tuple[int, str, int, Record | None]] = field(
        factory=deque[tuple[int, str, int, Record | None]], init=False
    )

    def add(self, at: int, table: str, number: int, before: Record | None) -> None:
        """Add a change, with the record before it; None if there was none."""
        span = self.span() * 1000
        if span > 0:
            self._changes.append((at, table, number, before))
        while self._changes and self._changes[0][0] < at - span:
            self._changes.popleft()

    def since(self, moment: int) -> dict[str, dict[int, Record | None]]:
        """Return the records as they were before the changes after a moment (milliseconds)."""
        found: defaultdict[str, dict[int, Record | None]] = defaultdict(dict)
        for at, table, number, before in reversed(self._changes):
            if at <= moment:
                break
            found[table][number] = before
        return found


@define(eq=False)
class Table:
    """One table.

    Attributes:
        name: Its name, that of the collection.
        lock: Is held while the table changes, and by every reader of more than one record.
        defaults: The fields of a record and their default values.
        links: The fields that hold the id of another record and by which records are looked up.
        ranking: The order of its lists; None if they are newest first.
        order: The sort key of its lists, the greatest first; None for newest first. It must not
            depend on fields that change.
        history: Where its changes are kept.
    """

    name: str
    clock: Clock
    numbering: Numbering
    defaults: Mapping[str, Any]
    links: tuple[str, ...]
    seed: Seed
    lock: RLock = field(factory=RLock)
    order: Callable[[Record], Any] | None = None
    history: History = field(factory=History, init=False)
    # None stands for a record that was erased, or that is not there yet in a past state.
    _rows: dict[int, Record | None] = field(factory=dict[int, Record | None], init=False)
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
        """Undo a deletion."""
        return self.update(id, {"deleted_at": None})

    def erase(self, id: Id) -> None:
        """Remove a record for good: it leaves no `deleted_at`, and its parent is not updated.

        Raises:
            KeyError: There is no such record.
        """
        with self.lock:
            before = self.get(id, deleted=True)
            number = self.numbering.number(id)
            if before is None or number is None:
                raise KeyError(id)
            self._put(number, before, None)

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
            if (row := self._row(number)) is not None:
                yield row

    def children(self, link: str, parent: Id, *, deleted: bool = False) -> list[Record]:
        """Return the records that belong to another one, oldest first."""
        added = self._children.get((link, parent), ())
        numbers = dict.fromkeys((*self.seed.children(link, parent), *added))
        rows = (self._row(number) for number in numbers)
        return [
            row
            for row in rows
            if row and row[link] == parent and (deleted or row["deleted_at"] is None)
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
            return View(fits, sorted((self._place(number), number) for number in fitting))
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

    def _place(self, number: int, record: Record | None = None) -> Any:
        if self.order is not None:
            return self.order(record or self._known(number))
        created = self._created.get(number)
        return self.seed.created(number) if created is None else created

    def _all(self, *, deleted: bool, archived: bool) -> list[Key]:
        keys: list[Key] = []
        for number in range(self._next):
            if number not in self._rows:
                hidden = self.seed.hidden(number)
                gone, stored = hidden == "deleted_at", hidden == "archived_at"
            elif (record := self._rows[number]) is not None:
                gone, stored = bool(record["deleted_at"]), bool(record.get("archived_at"))
            else:
                continue
            if (deleted or not gone) and (archived or not stored):
                keys.append((self._place(number), number))
        keys.sort()
        return keys

    def _row(self, number: int) -> Record | None:
        if number in self._rows:
            return self._rows[number]
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

    def _put(self, number: int, before: Record | None, after: Record | None) -> None:
        self.history.add(milliseconds(self.clock), self.name, number, before)
        self._rows[number] = after
        for link in self.links:
            if after is not None and (before is None or before[link] != after[link]):
                self._children[link, after[link]].append(number)
        key = (self._place(number, after or before), number)
        for view in self._views.values():
            view.changed(key, before, after)

    def put_back(self, rows: Mapping[int, Record | None]) -> Self:
        """Put earlier records (by number) into this table, which must be a copy for reading."""
        self._rows = {**self._rows, **rows}
        self._views = OrderedDict()
        return self


class Store:
    """All tables, by name.

    Attributes:
        lock: Is held while an answer is made, so that other threads can change tables meanwhile.
        history: The recent changes of all tables.
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
        """Return the tables for reading as they were at a moment (milliseconds since the epoch).

        Only what `history` keeps can be undone.
        """
        undone = self.history.since(moment)
        past = Store(self.history)
        past.lock = self.lock
        for name, table in self._tables.items():
            past.add(copy(table).put_back(undone[name]) if name in undone else table)
        return past

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
