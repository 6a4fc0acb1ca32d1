"""An account in the sandbox that changes under the feed, and consumers that mirror it."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, ClassVar

from attrs import define, evolve, field, frozen

from katana_async import ApiKey, KatanaClient
from katana_async.changes import ChangeBatch, Key, MemoryMirror, Traits, Version, all_traits
from katana_async.changes.commands import LIMIT, Have, Row
from katana_async.changes.core import FeedCore
from katana_async.changes.rows import key_of
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import ManualClock, Sandbox, faults

LAG = 900.0
"""Seconds by which reads lag at most."""

SOURCES = {
    "bin_inventory": "bin_stocks",
    "inventory_signals": "variants",
    "negative_stock": "inventory",
    "recipes": "bom_rows",
    "serial_numbers": "serial_number_transactions",
    "serial_numbers_stock": "serial_numbers",
}
"""Collections that are computed from a table of another name."""

# Fields whose text or number a write replaces; the first that a record has.
_FIELDS = (
    "additional_info",
    "notes",
    "comment",
    "description",
    "name",
    "operation_name",
    "operator_name",
    "bin_name",
    "label",
    "display_name",
    "line_1",
    "first_name",
    "firstName",
    "order_no",
    "sku",
    "batch_number",
    "serial_number",
    "tracking_number",
    "stock_adjustment_number",
    "invoice_id",
    "billId",
    "quantity",
    "counted_quantity",
    "planned_quantity_per_unit",
    "amount",
    "cost",
    "reorder_point",
    "quantity_in_stock",
    "quantity_change",
    "price",
    "customer_id",
)

_NUMBERS = _FIELDS[_FIELDS.index("quantity") :]
_FIRST = 1_000_000  # the first number of a write
_SERIAL = "test_serial"  # a field that Katana does not have; most lists show it

KINDS = ("update", "update", "create", "delete", "restore", "erase", "silent", "tie")


class Wrong(AssertionError):
    """A mirror broke a promise."""


@frozen
class FollowedClock:
    """The monotonic clock of a client whose time passes with the sandbox's."""

    clock: ManualClock

    def now(self) -> float:
        return self.clock.time()

    async def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)


class StrictCore(FeedCore):
    """The core, which fails if a sweep finds a change that polls should have delivered.

    Attributes:
        account: The account that is read.
    """

    account: ClassVar["Account"]

    def _count_repair(self, row: Row, have: Have) -> None:
        before = self.repairs
        super()._count_repair(row, have)
        deleted_at = self.account.deletions.get(row.key)
        # A poll does not find the change if the record was deleted after it. Without the filter
        # `ids`, it does not find a restored record either whose absence was delivered meanwhile:
        # nothing can confirm which of the two is newer before the next sweep.
        is_excused = deleted_at is not None and (
            deleted_at * 1000 >= row.updated or not self.has_keys
        )
        if self.repairs > before and not is_excused:
            raise Wrong(f"polls missed a change of {row.key}")


@define(eq=False)
class Account:
    """A sandbox with a clock that tests move, and reads that lag.

    Attributes:
        during_reads: Called at each read, so that writes can happen in the middle of a walk.
        serial: The number of the latest write; changed records contain it.
        templates: The contents of new records, by collection.
        restores: The time of the last restore of each record, by table and id.
        deletions: The time of the last deletion of each record, by id.
        changes: The number of deletions and of new versions of known records that were delivered,
            by collection.
    """

    sandbox: Sandbox
    clock: ManualClock
    dice: Random
    collections: Sequence[str]
    during_reads: Callable[[], None] = lambda: None
    serial: int = _FIRST
    log: list[str] = field(factory=list[str])
    templates: dict[str, dict[str, Any]] = field(factory=dict[str, dict[str, Any]])
    restores: dict[tuple[str, Key], float] = field(factory=dict[tuple[str, Key], float])
    deletions: dict[Key, float] = field(factory=dict[Key, float])
    changes: Counter[str] = field(factory=Counter[str])

    @classmethod
    async def open(cls, seed: int, collections: Sequence[str], skew: float) -> "Account":
        clock = ManualClock()
        sandbox = Sandbox(products=12, clock=clock, rate_limit=None)
        account = cls(sandbox, clock, Random(seed), collections)
        sandbox.oddities.read_lag["*"] = LAG
        sandbox.oddities.choose_lag = account._choose_lag
        await sandbox.start()
        if "po_additional_cost_rows" in collections:
            await account._add_cost_rows()
        for name in collections:
            record = next(iter(sandbox.store[SOURCES.get(name, name)]), None)
            dropped = ("id", "created_at", "updated_at", "deleted_at")
            kept = {key: value for key, value in (record or {}).items() if key not in dropped}
            account.templates[name] = kept
        if skew:
            sandbox.faults.add(faults.ClockSkew(skew), times=None)
        return account

    def client(self) -> KatanaClient:
        """Return a client whose clock follows the sandbox's."""
        katana = KatanaClient(
            ApiKey(self.sandbox.api_key), base_url=self.sandbox.base_url, limits=ProcessLimits()
        )
        katana._http.clock = FollowedClock(self.clock)
        return katana

    async def _add_cost_rows(self) -> None:
        async with self.client() as katana:
            order = await katana.purchase_orders.list().first()
            cost = await katana.additional_costs.list().first()
            tax_rate = await katana.tax_rates.list().first()
            assert order is not None
            assert order.default_group_id is not None
            assert cost is not None
            assert tax_rate is not None
            for price in (1, 2):
                await katana.po_additional_cost_rows.create(
                    additional_cost_id=cost.id,
                    group_id=order.default_group_id,
                    tax_rate_id=tax_rate.id,
                    price=price,
                )

    def _choose_lag(self, _collection: str, most: float) -> float:
        self.clock.advance(self.dice.choice((0.0, 0.05, 0.4, 3.0)))
        self.during_reads()
        return self.dice.choice((0.0, 0.0, most * self.dice.random(), most))

    def write(self, collection: str, kind: str) -> None:
        """Change a random record of a collection, as the service or its users may."""
        table = self.sandbox.store[SOURCES.get(collection, collection)]
        everything = table.ids(deleted=True, archived=True)
        alive = table.ids(archived=True)
        among = [each for each in everything if each not in alive] if kind == "restore" else alive
        among = among or everything
        self.serial += 1
        has_own_key = all_traits()[collection].key == ("id",)  # no two records of a pair of keys
        if not among or (kind == "create" and has_own_key):
            self.log.append(f"{self.clock.time():.3f} create {collection} #{self.serial}")
            template = self.templates.get(collection, {})
            table.create({**template, **self._changes(collection, template)})
            return
        few = [*among[:3], *among[-2:]]  # the newest and the oldest, which change often
        key = self.dice.choice(few if self.dice.random() < 0.6 else among)
        record = table.get(key, deleted=True)
        assert record is not None
        self.log.append(f"{self.clock.time():.3f} {kind} {collection} {key} #{self.serial}")
        changed = self._changes(collection, record)
        if kind == "restore":
            self.restores[table.name, key] = self.clock.time()
        if kind in ("delete", "erase"):
            self.deletions[key] = self.clock.time()
        if kind == "erase":
            table.erase(key)
        elif kind in ("delete", "restore"):
            getattr(table, kind)(key)
        elif kind == "silent":
            table.update(key, {**changed, "updated_at": record["updated_at"]})
        else:
            table.update(key, changed)
            if kind == "tie":
                self.serial += 1
                table.update(key, self._changes(collection, record))

    def _changes(self, collection: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return new values of fields, which contain the number of the write."""
        if collection == "negative_stock":
            return {"quantity_in_stock": self.dice.choice((-1, 1)) * self.serial}
        if collection == "inventory_signals":
            self.sandbox._app.account.signals.clear()  # as at midnight
            return {"lead_time": self.serial % 1000}
        if collection == "serial_numbers":
            return {"quantity_change": self.serial}  # their texts order the list
        text, changed = f"#{self.serial}", dict[str, Any]()
        name = next((name for name in _FIELDS if name in record), None)
        if name is not None:
            changed[name] = self.serial if name in _NUMBERS else text
        return {**changed, _SERIAL: text}


@define(eq=False)
class Follower:
    """A consumer of one collection, which checks each change that it applies.

    Attributes:
        overlap: See `KatanaClient.changes`.
        limit: Rows of a page.
        gone: Erased records whose deletion was delivered: they must not come back.
        rows: The followers of the rows inside the records.
        parents: The batches of records to reconcile with; a killed consumer loses them.
        kills: The number of times that the consumer died with batches that it had not stored.
    """

    account: Account
    collection: str
    overlap: timedelta = timedelta(minutes=30)
    limit: int = LIMIT
    mirror: MemoryMirror = field(factory=MemoryMirror)
    serials: defaultdict[Key, int] = field(factory=lambda: defaultdict[Key, int](int))
    gone: set[Key] = field(factory=set[Key])
    rows: list["Follower"] = field(factory=list["Follower"])
    parents: list[ChangeBatch] = field(factory=list[ChangeBatch])
    batches: int = 0
    kills: int = 0

    @property
    def traits(self) -> Traits:
        return all_traits()[self.collection]

    async def sync(
        self, katana: KatanaClient, *, dies_after: int | None = None, sweep_requests: int = 4
    ) -> None:
        """Run the feed until it has caught up, or until the consumer dies.

        Args:
            katana: A client of the account.
            dies_after: The number of batches that are stored before the consumer dies.
            sweep_requests: See `KatanaClient.changes`.
        """
        feed = katana.changes(
            self.collection,
            cursor=self.mirror.cursor,
            mirror=self.mirror,
            raw=True,
            overlap=self.overlap,
            sweep_every=timedelta(0),
            sweep_requests=sweep_requests,
            allow_mass_deletion=True,
        )
        newest = self.limit if self.limit < LIMIT else 0
        feed._settings = evolve(
            feed._settings, limit=self.limit, slice=4 * self.limit, newest=newest
        )
        if self.traits.has_keys and self.mirror.versions and self.account.dice.random() < 0.2:
            feed.recheck(self.account.dice.choice(list(self.mirror.versions)))
        for batch in self.parents:
            feed.reconcile(batch)
        self.parents.clear()
        stored = 0
        async for batch in feed:
            if stored == dies_after:
                self.kills += 1
                return
            self._check(batch)
            self.mirror.apply(batch)
            for each in self.rows:
                each.parents.append(batch)
            stored += 1
        self.batches += stored

    def _check(self, batch: ChangeBatch) -> None:
        if {each.key for each in batch.deletes} & {each.key for each in batch.versions}:
            raise Wrong("a key is in upserts and deletes")
        news = [each for each in batch.versions if each.key in self.mirror.versions]
        self.account.changes[self.collection] += len(news) + len(batch.deletes)
        for each in batch.deletes:
            self._check_deletion(each.key)
        for version, record in zip(batch.versions, batch.upserts, strict=True):
            if version.key in self.gone:
                raise Wrong(f"{self.collection} {version.key}: it was erased, and comes back")
            self._check_order(version)
            # What is in no bin is a difference, and contains no number of a write.
            serial = 0 if self.collection == "bin_inventory" else _serial(record)
            if serial < self.serials[version.key]:
                raise Wrong(f"{self.collection} {version.key}: an older version after a newer one")
            self.serials[version.key] = serial

    def _check_deletion(self, key: Key) -> None:
        """Check that a record was deleted in one of the states that reads can show."""
        if self.traits.key != ("id",) or self.collection in SOURCES:
            return
        record = self.account.sandbox.store[self.collection].get(key, deleted=True)  # type: ignore[arg-type]  # an id
        restored_at = self.account.restores.get((self.collection, key), 0.0)
        if restored_at >= self.account.clock.time() - LAG - 60:
            return  # reads show states before and after the restore
        if record is None:
            self.gone.add(key)
        elif record["deleted_at"] is None:
            raise Wrong(f"{self.collection} {key}: deleted, but it exists")

    def _check_order(self, version: Version) -> None:
        held = self.mirror.versions.get(version.key)
        if held is not None and version.updated_at < held.updated_at:
            raise Wrong(f"{self.collection} {version.key}: updated_at goes back")

    async def check(self, katana: KatanaClient) -> None:
        """Compare the mirror with the account, which must be quiet."""
        query: dict[str, object] = {"limit": 250}
        if self.traits.has_archive:
            query["include_archived"] = True
        collection = getattr(katana, self.collection)
        theirs: dict[Key | None, Any] = {}
        page = 1
        while True:
            answer = await katana.request("GET", collection.path, query={**query, "page": page})
            content = answer.json()
            rows = content["data"] if isinstance(content, dict) else content
            before = len(theirs)
            theirs |= {key_of(row, self.traits.key): _content(row) for row in rows}
            if len(theirs) == before:
                break
            page += 1
        mine = {key: _content(each) for key, each in self.mirror.records.items()}
        if mine != theirs:
            missing = theirs.keys() - mine.keys()
            surplus = mine.keys() - theirs.keys()
            old = [key for key in theirs.keys() & mine.keys() if theirs[key] != mine[key]]  # type: ignore[index]
            raise Wrong(f"{self.collection}: missing {missing}, surplus {surplus}, old {old}")


def _content(value: Any) -> Any:
    """Return a record without the fields that Katana computes at each read."""
    if isinstance(value, list):
        return [_content(each) for each in value]
    if not isinstance(value, dict):
        return value
    computed = ("_availability", "_expected_date")
    return {name: _content(each) for name, each in value.items() if not name.endswith(computed)}


def _serial(record: Mapping[str, Any]) -> int:
    """Return the number of the write that a record itself contains; 0 for none."""
    texts = " ".join(value for value in record.values() if isinstance(value, str))
    found = [int(each) for each in re.findall(r"#(\d{7})", texts)]
    values = {name: Decimal(str(record.get(name) or 0)) for name in _NUMBERS}
    numbers = [*values.values(), -values["quantity_in_stock"]]
    found += [int(each) for each in numbers if _FIRST < each < 2 * _FIRST]
    return max(found, default=0)
