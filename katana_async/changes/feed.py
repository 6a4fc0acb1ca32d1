"""The change feed of one collection: executes the commands of the core over HTTP."""

import asyncio
import math
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from attrs import define, evolve, field

from ..errors import DecodingError
from ..http.decoding.codec import Codec
from ..http.encoding import query_pairs
from ..http.messages import Repeat, Request, parse_pagination
from ..http.transport import Transport
from ..resources import load
from ..secrets import kind_of
from .account import Account, identify
from .batch import ChangeBatch, Deletion
from .commands import LIMIT, Answer, Change, Deliver, LookUp, Read, Steps, Version
from .core import FeedCore
from .ledger import FeedSettings
from .mirror import Mirror, RowMirror, read_versions
from .rows import format_time, read_rows
from .schedule import Schedule
from .state import FeedState, Key, read_cursor, write_cursor
from .traits import Traits, all_traits, traits_of

_Listed: TypeAlias = tuple[str, Mapping[Key, frozenset[Key]]]  # see `Rechecks.reconcile`
_Form = Literal["models", "objects", "json"]
"""The records of batches: models, JSON objects as dicts, or bytes of JSON as sent."""

_MILLISECOND = timedelta(milliseconds=1)
_NEWEST = 2 * LIMIT - 100  # two pages; the rows at the end of a page belong to the next one
_HINT_DELAY = 2.0  # seconds from a hint to its read, so that several hints share a request


@define(eq=False, repr=False)
class ChangeFeed:
    """The changes of one collection: `async for batch in katana.changes("sales_orders"): ...`.

    Store each batch before you ask for the next one. A feed has one iteration at a time: a new one
    ends the older one. After an error, continue with a new feed and the stored cursor.
    """

    _http: Transport
    _traits: Traits
    _cursor: str | None
    _mirror: Mirror | None
    _form: _Form
    _follow: bool
    _settings: FeedSettings
    _sweep_requests: int
    _hints: list[Key] = field(factory=list[Key], init=False)
    _parents: list[_Listed] = field(factory=list[_Listed], init=False)
    _hinted: asyncio.Event = field(factory=asyncio.Event, init=False)
    _iteration: object = field(default=None, init=False)

    def __repr__(self) -> str:
        return f"<ChangeFeed {self._traits.collection}>"

    @property
    def traits(self) -> Traits:
        """The traits of the collection."""
        return self._traits

    def as_json(self) -> Self:
        """Return a feed that yields bytes with the JSON of each record, as sent, as `upserts`.

        Unlike `raw=True`, this parses nothing but keys and times.
        """
        return evolve(self, form="json")

    def recheck(self, *keys: Any) -> None:
        """Read records soon, and again until reads can no longer be stale.

        Call it for a webhook about a record. A hint only causes reads: these decide whether
        anything is delivered.

        Args:
            *keys: The ids of the records.

        Raises:
            TypeError: A value is no id, or the collection has no filter `ids`.
        """
        if not self._traits.has_keys:
            raise TypeError(
                f"{self._traits.collection} cannot be filtered by ids: sweeps check them"
            )
        for key in keys:
            if not isinstance(key, int) or isinstance(key, bool):
                raise TypeError(f"a key is an int, the `id` of a record, not {kind_of(key)}")
        self._hints += keys
        self._hinted.set()

    def reconcile(self, batch: ChangeBatch) -> None:
        """Recheck the rows that the mirror has and the records of a batch no longer contain.

        Call it on the feed of the rows, such as `sales_order_rows`, with each batch of the feed of
        `sales_orders`. Rows that were deleted without a mark are then found at the next poll after
        their order was delivered; otherwise, only the next sweep finds them.

        Args:
            batch: A batch of the collection whose records contain the rows.

        Raises:
            ValueError: The records of the batch contain no rows of this collection.
            TypeError: The mirror has no method `by_parents` (see `RowMirror`).
        """
        if not isinstance(self._mirror, RowMirror):
            raise TypeError("reconcile needs a mirror= with the method by_parents, see RowMirror")
        listed = batch.nested_keys(self._traits.collection)
        listed |= {each.key: frozenset() for each in batch.deletes}
        if listed:
            nestings = all_traits()[self._traits.collection].nested_in
            parent = next(each.key for each in nestings if each.parent == batch.collection)
            self._parents.append((parent, listed))

    if not TYPE_CHECKING:  # with these methods, type checkers would accept the mistakes

        def __iter__(self):
            raise TypeError("a feed is read with `async for batch in katana.changes(...)`")

        __await__ = __iter__

    async def __aiter__(self) -> AsyncGenerator[ChangeBatch, None]:
        self._iteration = iteration = object()
        account = await identify(self._http)
        traits, server_time = self._traits, account.time
        if self._cursor is None:
            state = FeedState(server_time.now() - self._settings.overlap)
        else:
            state = read_cursor(self._cursor, account.id, traits.collection)
        core = FeedCore(
            state,
            server_time.now,
            self._settings,
            has_dates=traits.has_dates,
            has_keys=traits.has_keys,
            has_mirror=self._mirror is not None,
            paged=traits.paged,
        )
        runner = _Runner(self._http, traits, self._mirror, self._form, account, core)
        schedule = Schedule(account.budget)
        try:
            async with aclosing(self._follow_rounds(core, runner, schedule)) as batches:
                async for batch in batches:
                    yield batch
                    if self._iteration is not iteration:
                        raise RuntimeError(
                            "another iteration over this feed has begun, which ends this one: make"
                            " a feed for each"
                        )
        finally:
            account.budget.leave(schedule)

    async def _follow_rounds(
        self, core: FeedCore, runner: "_Runner", schedule: Schedule
    ) -> AsyncGenerator[ChangeBatch, None]:
        last = self._http.clock.now()
        while True:
            changes, hints, parents = 0, [*self._hints], [*self._parents]
            self._hinted.clear()
            core.add_hints(hints)
            for steps in self._round(core, runner, parents):
                async with aclosing(runner.run(steps)) as batches:
                    async for batch in batches:
                        changes += len(batch.upserts) + len(batch.deletes)
                        yield batch
            yield runner.batch(())  # a batch without changes, for its cursor
            self._cursor = runner.cursor()
            # The consumer has stored all batches. Until now a failure would have lost the hints.
            del self._hints[: len(hints)], self._parents[: len(parents)]
            if not self._follow:
                return
            now = self._http.clock.now()
            await self._pause(schedule.pause(changes, runner.poll_requests, now - last))
            last = now

    def _round(
        self, core: FeedCore, runner: "_Runner", parents: Sequence[_Listed]
    ) -> Iterator[Steps]:
        """Yield the generators of the core that deliver the changes since the last round.

        Each is executed before the next one is chosen.
        """
        for parent, listed in parents:
            yield core.reconcile(parent, listed)
        while self._traits.has_dates and core.state.is_first_pass:
            position = core.state.sweep_position
            yield core.sweep()
            if core.state.sweep_position == position:
                break  # the list changed while it was read; the next round reads it again
        before = runner.requests
        yield core.poll() if self._traits.has_dates else core.compare()
        runner.poll_requests = runner.requests - before
        yield from _rechecks(core)
        last = runner.requests + self._sweep_requests
        while self._traits.has_dates and core.sweep_is_due and runner.requests < last:
            yield core.sweep()
        yield from _rechecks(core)

    async def _pause(self, seconds: float) -> None:
        """Wait until the next poll, or for a moment after a hint."""
        clock = self._http.clock
        waits = [asyncio.ensure_future(clock.sleep(seconds))]
        waits.append(asyncio.ensure_future(self._hinted.wait()))  # type: ignore[arg-type]  # a bool
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        if self._hinted.is_set():
            await clock.sleep(_HINT_DELAY)


def _rechecks(core: FeedCore) -> Iterator[Steps]:
    while core.due_rechecks():
        yield core.recheck()


def open_feed(
    http: Transport,
    collection: str,
    *,
    cursor: str | None,
    mirror: Mirror | None,
    raw: bool,
    follow: bool,
    overlap: timedelta,
    sweep_every: timedelta,
    sweep_requests: int,
    allow_mass_deletion: bool,
) -> ChangeFeed:
    """Return the feed of a collection; `KatanaClient.changes` has the arguments."""
    traits = traits_of(collection)
    if traits.needs_mirror and mirror is None:
        raise ValueError(
            f"{collection} has no dates to filter by, so the feed compares the whole list with your"
            " records: pass mirror="
        )
    _check_mirror(mirror)
    if type(sweep_requests) is not int or sweep_requests < 0:
        raise ValueError(f"sweep_requests= must be an int from 0, not {sweep_requests}")
    settings = FeedSettings(
        overlap=_milliseconds("overlap", overlap, _MILLISECOND, timedelta(days=365)),
        sweep_every=_milliseconds("sweep_every", sweep_every, timedelta(0), timedelta.max),
        newest=_NEWEST if follow else 0,
        most_deleted=math.inf if allow_mass_deletion else FeedSettings().most_deleted,
    )
    form: _Form = "objects" if raw else "models"
    return ChangeFeed(http, traits, cursor, mirror, form, follow, settings, sweep_requests)


def _check_mirror(given: object) -> None:
    if given is not None and (isinstance(given, type) or not isinstance(given, Mirror)):
        raise TypeError(
            "mirror= takes an object with the methods by_keys and by_creation, such as"
            f" MemoryMirror(), not {kind_of(given)}"
        )


def _milliseconds(name: str, given: object, least: timedelta, most: timedelta) -> int:
    if not isinstance(given, timedelta):
        raise TypeError(
            f"{name}= takes a timedelta, such as timedelta(minutes=30), not {kind_of(given)}"
        )
    if given != (nearest := max(least, min(given, most))):
        bound = "at least" if given < least else "at most"
        raise ValueError(f"{name}= must be {bound} {nearest}, not {given}")
    return given // _MILLISECOND


@define(eq=False)
class _Runner:
    """Execute the commands of a core.

    Attributes:
        requests: The number of pages that were read.
        poll_requests: The number of pages of the last poll or comparison.
        remaining: The records after the last page that was read, by its header; None without it.
    """

    http: Transport
    traits: Traits
    mirror: Mirror | None
    form: _Form
    account: Account
    core: FeedCore
    requests: int = 0
    poll_requests: int = 0
    remaining: int | None = None
    path: str = field(init=False)
    _bulk: Transport = field(init=False)
    _codec: Codec[Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._bulk = self.http.with_options(self.http.options.changed({"priority": "bulk"}))
        collection = load(self.traits.collection)
        self.path = collection.path
        self._codec = Codec(collection.model, self.path, self.http.stats)

    async def run(self, steps: Steps) -> AsyncGenerator[ChangeBatch, None]:
        """Execute the commands of a generator, and yield its deliveries as batches."""
        reply: object = None
        while True:
            try:
                command = steps.send(reply)
            except StopIteration:
                return
            if isinstance(command, Deliver):
                yield self.batch(command.changes)
                reply = None
            elif isinstance(command, LookUp):
                reply = await self._look_up(command)
            else:
                reply = await self._read(command)

    async def _look_up(self, command: LookUp) -> object:
        mirror = self.mirror
        assert mirror is not None
        if command.parent is not None:
            assert isinstance(mirror, RowMirror)
            method, reply = "by_parents", mirror.by_parents(command.parent, command.keys or ())
        elif command.keys is not None:
            method, reply = "by_keys", mirror.by_keys(command.keys)
        else:
            method, reply = "by_creation", mirror.by_creation(command.after, command.until)
        return await read_versions(reply, method, self.traits)

    async def _read(self, command: Read) -> Answer:
        self.requests += 1
        http = self._bulk if command.bulk else self.http
        query = self._filters(command)
        if self.traits.paged:
            query |= {"limit": command.window.limit, "page": command.window.page}
        started = http.clock.now()
        request = Request("GET", self.path, query_pairs(query), repeat=Repeat.READ)
        response = await http.send(request)
        sent, read = self.account.time.update(response, started)
        rows = read_rows(response.content, self.traits)
        http.stats.records += len(rows)
        answer = Answer(rows, sent, read, command.window, parse_pagination(response.headers))
        self.remaining = None
        if answer.total is not None:
            self.remaining = max(0, answer.total - command.window.offset - len(rows))
        return answer

    def _filters(self, command: Read) -> dict[str, object]:
        traits, query = self.traits, dict[str, object]()
        bounds = {
            "updated_at_min": command.updated_min,
            "updated_at_max": command.updated_max,
            "created_at_min": command.created_min,
            "created_at_max": command.created_max,
        }
        query |= {name: format_time(each) for name, each in bounds.items() if each is not None}
        if command.keys is not None:
            query["ids"] = command.keys
        if traits.has_marks:
            query["include_deleted"] = command.with_deleted
        if traits.has_archive:
            query["include_archived"] = True
        return query

    def batch(self, changes: Sequence[Change]) -> ChangeBatch:
        """Return a batch with the present cursor."""
        rows = [each.row for each in changes if each.row is not None and each.reason is None]
        records: list[bytes] = [row.record for row in rows]
        now, state = self.account.time.now(), self.core.state
        lag = None if state.is_first_pass else timedelta(milliseconds=now - state.settled_until)
        return ChangeBatch(
            collection=self.traits.collection,
            upserts=self._read_records(records),
            versions=[Version(r.key, r.created, r.updated, r.fingerprint) for r in rows],
            deletes=[
                Deletion(each.key, each.reason) for each in changes if each.reason is not None
            ],
            cursor=self.cursor(),
            lag=lag,
            remaining=self.remaining,
            records=records,
        )

    def cursor(self) -> str:
        """Return the cursor of the present state."""
        return write_cursor(self.core.state, self.account.id, self.traits.collection)

    def _read_records(self, records: Sequence[bytes]) -> Sequence[Any]:
        if self.form == "json" or not records:
            return records
        content = b"[%b]" % b",".join(records)
        if self.form == "objects":
            return self._codec.raw(content)
        try:
            return self._codec.many(content)
        except DecodingError as error:
            error.add_note("changes(..., raw=True) delivers such records as sent")
            raise
