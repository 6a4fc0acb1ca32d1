"""The feed over HTTP: cursors, mirrors, reasons of deletions, following, hints and costs."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any, Literal

import pytest
from attrs import define, field

from katana_async import (
    ApiKey,
    CursorRefused,
    DecodingError,
    KatanaClient,
    MassDeletion,
    models,
)
from katana_async.changes import ChangeBatch, ChangeFeed, MemoryMirror, ways
from katana_async.changes.feed import Schedule
from katana_async.changes.rows import fingerprint
from katana_async.changes.state import Delivery, FeedState, read_cursor, write_cursor
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import ManualClock, Sandbox
from tests.changes.account import FollowedClock

HOUR = 3600.0
EXACT: dict[str, Any] = {"sweep_every": timedelta(0), "sweep_requests": 50}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def sandbox(clock: ManualClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(products=20, clock=clock, rate_limit=None) as running:
        yield running


@pytest.fixture
async def katana(sandbox: Sandbox, clock: ManualClock) -> AsyncIterator[KatanaClient]:
    key = ApiKey(sandbox.api_key)
    limits = ProcessLimits()
    async with KatanaClient(key, base_url=sandbox.base_url, limits=limits) as client:
        client._http.clock = FollowedClock(clock)
        yield client


async def run(feed: ChangeFeed, mirror: MemoryMirror | None = None) -> list[ChangeBatch]:
    """Return the batches of a feed, applied to a mirror."""
    batches: list[ChangeBatch] = []
    async for batch in feed:
        if mirror is not None:
            mirror.apply(batch)
        batches.append(batch)
    return batches


async def load(katana: KatanaClient, collection: str) -> MemoryMirror:
    mirror = MemoryMirror()
    await run(katana.changes(collection, mirror=mirror), mirror)
    return mirror


def ids_of(mirror: MemoryMirror) -> list[int]:
    return [key for key in mirror.records if isinstance(key, int)]


async def reasons(
    katana: KatanaClient, collection: str, mirror: MemoryMirror, **options: Any
) -> dict[Any, str]:
    """Run the feed again and return its deletions."""
    feed = katana.changes(collection, cursor=mirror.cursor, mirror=mirror, **options)
    return {each.key: each.reason for batch in await run(feed, mirror) for each in batch.deletes}


# ---- what is delivered --------------------------------------------------------------------------


async def test_the_snapshot_yields_models_and_their_versions(katana: KatanaClient) -> None:
    batches = await run(katana.changes("customers"))
    customers = [each for batch in batches for each in batch.upserts]
    versions = [each for batch in batches for each in batch.versions]
    assert {each.id for each in customers} == {each.id async for each in katana.customers.list()}
    assert all(isinstance(each, models.Customer) for each in customers)
    assert [each.key for each in versions] == [each.id for each in customers]
    assert batches[0].lag is None or len(batches) == 1
    assert batches[-1].lag is not None
    assert batches[-1].lag <= timedelta(minutes=31)


async def test_raw_records_are_those_of_the_list(katana: KatanaClient) -> None:
    batches = await run(katana.changes("sales_orders", raw=True))
    records = {each["id"]: each for batch in batches for each in batch.upserts}
    assert records == {each["id"]: each async for each in katana.sales_orders.list().raw()}


async def test_a_deletion_has_its_reason(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "customers")
    marked, erased, *_ = ids_of(mirror)
    clock.advance(HOUR)
    sandbox.store["customers"].delete(marked)
    assert await reasons(katana, "customers", mirror) == {marked: "marked"}
    sandbox.store["customers"].erase(erased)
    clock.advance(HOUR)
    assert await reasons(katana, "customers", mirror, **EXACT) == {erased: "swept"}
    assert await reasons(katana, "customers", mirror, **EXACT) == {}


async def test_a_record_that_was_hinted_at_vanishes(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "sales_order_rows")
    row = ids_of(mirror)[0]
    clock.advance(HOUR)
    sandbox.store["sales_order_rows"].erase(row)
    feed = katana.changes("sales_order_rows", cursor=mirror.cursor, mirror=mirror)
    feed.recheck(row)
    deletes = [each for batch in await run(feed, mirror) for each in batch.deletes]
    assert [(each.key, each.reason) for each in deletes] == [(row, "vanished")]


async def test_an_order_shows_which_of_its_rows_are_left(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    orders, rows = await load(katana, "sales_orders"), await load(katana, "sales_order_rows")
    row = next(iter(rows.records.values()))
    clock.advance(HOUR)
    sandbox.store["sales_order_rows"].erase(row.id)
    # The order's `updated_at` stays, so a sweep finds the difference.
    feed = katana.changes("sales_orders", cursor=orders.cursor, mirror=orders, **EXACT)
    batches = [batch for batch in await run(feed, orders) if batch.upserts]
    (nested,) = (batch.nested_keys("sales_order_rows") for batch in batches)
    held = {each.id for each in rows.records.values() if each.sales_order_id == row.sales_order_id}
    assert held - nested[row.sales_order_id] == {row.id}
    with pytest.raises(ValueError, match="contain no rows of 'customers'"):
        batches[0].nested_keys("customers")


async def test_archived_records_belong_to_the_mirror(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "products")
    product = next(each for each in mirror.records.values() if each.archived_at is None)
    clock.advance(HOUR)
    sandbox.store["products"].archive(product.id)
    assert await reasons(katana, "products", mirror, **EXACT) == {}
    assert mirror.records[product.id].archived_at is not None


async def test_computed_fields_are_no_change() -> None:
    order = {"id": 1, "rows": [{"id": 2, "product_availability": "IN_STOCK"}]}
    other = {"rows": [{"product_availability": "EXPECTED", "id": 2}], "id": 1}
    assert fingerprint(order) == fingerprint(other)
    assert fingerprint(order) != fingerprint({"id": 1, "rows": []})


# ---- lists in another order, of another size ----------------------------------------------------


@pytest.mark.parametrize("position", ["top", "bottom"])
async def test_the_snapshot_of_a_list_ordered_by_rank_is_complete(
    position: Literal["top", "bottom"],
) -> None:
    clock = ManualClock()
    async with (
        Sandbox(products=1600, clock=clock, rate_limit=None) as sandbox,
        KatanaClient(ApiKey(sandbox.api_key), base_url=sandbox.base_url) as katana,
    ):
        open_ids = [
            each.id async for each in katana.sales_orders.list() if each.status == "NOT_SHIPPED"
        ]
        moved = open_ids[:3] if position == "bottom" else open_ids[-3:]
        await katana.sales_orders.rerank(moved, position=position)
        mirror = await load(katana, "sales_orders")
        assert len(mirror.records) == await katana.sales_orders.list().count()


@pytest.mark.parametrize("collection", ["customers", "price_list_rows", "serial_numbers_stock"])
async def test_a_list_that_ignores_the_page_size_is_read_to_its_end(
    collection: str, clock: ManualClock
) -> None:
    async with (
        Sandbox(products=2400, clock=clock, rate_limit=None) as sandbox,
        KatanaClient(ApiKey(sandbox.api_key), base_url=sandbox.base_url) as katana,
    ):
        sandbox.oddities.ignores_limit.add(collection)
        mirror = await load(katana, collection)
        records = [each async for each in getattr(katana, collection).list()]
        assert len(mirror.records) == len(records)
        assert len(records) > 50 or collection == "serial_numbers_stock"


# ---- cursors ------------------------------------------------------------------------------------


async def test_a_cursor_is_small_and_names_its_owner(katana: KatanaClient) -> None:
    mirror = await load(katana, "variants")
    assert mirror.cursor is not None
    assert len(mirror.cursor) < 400
    factory = await katana.factory.get()
    found = json.loads(mirror.cursor)
    assert (found["version"], found["collection"]) == (1, "variants")
    assert found["account"] == factory.factory_id


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"account": 7}, "account 7"),
        ({"collection": "suppliers"}, "collection 'suppliers'"),
        ({"version": 2}, "version 2"),
        ({"state": "e30="}, "damaged"),
        ({"state": 3}, "damaged"),
    ],
)
async def test_a_cursor_of_another_feed_is_refused_by_name(
    changed: dict[str, Any], named: str, katana: KatanaClient
) -> None:
    mirror = await load(katana, "customers")
    cursor = json.dumps({**json.loads(mirror.cursor or ""), **changed})
    with pytest.raises(CursorRefused, match=named):
        await run(katana.changes("customers", cursor=cursor))


@pytest.mark.parametrize("cursor", ["", "null", "[]", "{}", "2026-01-01"])
async def test_a_text_that_is_no_cursor_is_refused(cursor: str, katana: KatanaClient) -> None:
    with pytest.raises(CursorRefused, match=r"not a text that `batch\.cursor` returned"):
        await run(katana.changes("customers", cursor=cursor))


async def test_a_lost_cursor_costs_reads_and_delivers_only_differences(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "customers")
    erased, changed, *_ = ids_of(mirror)
    clock.advance(HOUR)
    sandbox.store["customers"].erase(erased)
    sandbox.store["customers"].update(changed, {"name": "Changed"})
    clock.advance(HOUR)
    batches = await run(katana.changes("customers", mirror=mirror), mirror)
    assert [each.id for batch in batches for each in batch.upserts] == [changed]
    assert [each.key for batch in batches for each in batch.deletes] == [erased]


# ---- refusals -----------------------------------------------------------------------------------


async def test_a_collection_without_dates_needs_a_mirror(katana: KatanaClient) -> None:
    with pytest.raises(ValueError, match="pass mirror="):
        katana.changes("inventory")


@pytest.mark.parametrize("name", ["sales_order", "factory", "recipe_rows"])
async def test_a_collection_without_a_list_is_refused(name: str, katana: KatanaClient) -> None:
    with pytest.raises(ValueError, match=f"no list of {name!r}"):
        katana.changes(name)


async def test_a_hint_needs_the_filter_ids(katana: KatanaClient) -> None:
    with pytest.raises(TypeError, match="cannot be filtered by ids"):
        katana.changes("recipes").recheck("00000000-0000-0000-0000-000000000000")
    with pytest.raises(TypeError, match="a key is an int"):
        katana.changes("customers").recheck(None)


@pytest.mark.parametrize("collection", ["variants", "price_list_rows"])
async def test_a_mass_deletion_needs_consent(
    collection: str, sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, collection)
    clock.advance(HOUR)
    erased = ids_of(mirror)[:21]
    for each in erased:
        sandbox.store[collection].erase(each)
    with pytest.raises(MassDeletion, match="21 records of the mirror") as caught:
        await reasons(katana, collection, mirror, **EXACT)
    assert (caught.value.absent, len(mirror.records) > 21) == (21, True)
    allowed = await reasons(katana, collection, mirror, **EXACT, allow_mass_deletion=True)
    assert sorted(allowed) == sorted(erased)


async def test_an_unreadable_record_is_delivered_raw(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    customer = sandbox.store["customers"].ids()[0]
    sandbox.store["customers"].update(customer, {"name": {"not": "a text"}})
    with pytest.raises(DecodingError) as caught:
        await run(katana.changes("customers"))
    assert caught.value.__notes__ == ["changes(..., raw=True) delivers such records as sent"]
    records = [r for b in await run(katana.changes("customers", raw=True)) for r in b.upserts]
    assert {"not": "a text"} in [each["name"] for each in records]


# ---- following ----------------------------------------------------------------------------------


async def test_a_followed_feed_polls_and_ends_at_the_callers_will(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror, rounds = MemoryMirror(), 0
    feed = katana.changes("customers", mirror=mirror, follow=True)
    async with aclosing(aiter(feed)) as batches:
        async for batch in batches:
            mirror.apply(batch)
            rounds += not batch.upserts
            if rounds == 3:
                sandbox.store["customers"].update(ids_of(mirror)[0], {"name": "Changed"})
            if "Changed" in [each.name for each in batch.upserts]:
                break
    assert rounds == 3
    before = len(sandbox.journal)
    clock.advance(HOUR)
    assert len(sandbox.journal) == before
    assert not any("sleep" in repr(each) for each in asyncio.all_tasks())


@define(eq=False)
class StoppedClock:
    """A client's clock whose long sleeps do not end."""

    clock: ManualClock
    asleep: asyncio.Event = field(factory=asyncio.Event)
    sleeps: list[float] = field(factory=list[float])

    def now(self) -> float:
        return self.clock.time()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.asleep.set()
        if seconds > 5:
            await asyncio.Event().wait()


async def test_a_hint_wakes_a_followed_feed(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    stopped = katana._http.clock = StoppedClock(clock)
    mirror = MemoryMirror()
    feed = katana.changes("customers", mirror=mirror, follow=True)
    async with aclosing(aiter(feed)) as batches:
        async for batch in batches:
            mirror.apply(batch)
            if not batch.upserts:
                break
        changed = ids_of(mirror)[0]
        following = asyncio.ensure_future(anext(batches))
        await stopped.asleep.wait()
        sandbox.store["customers"].update(changed, {"name": "Changed"})
        feed.recheck(changed)
        assert [each.name for each in (await following).upserts] == ["Changed"]
    assert stopped.sleeps[-1] == 2.0


def test_the_schedule_follows_the_rate_of_changes_and_the_cost_of_a_poll() -> None:
    def settle(changes: float, requests: int) -> float:
        schedule, pause = Schedule(), 60.0
        for _ in range(3000):
            pause = schedule.pause(round(changes * pause), requests, pause)
        return pause

    assert settle(0, 1) == 600
    assert 55 <= settle(1 / 60, 1) <= 65
    assert settle(10, 1) == 12
    assert settle(10, 40) == 480  # 5 requests a minute


# ---- costs --------------------------------------------------------------------------------------


async def test_an_idle_poll_of_20_collections_costs_20_requests(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    names = [name for name, way in ways().items() if way.has_dates][:20]
    mirrors = {name: await load(katana, name) for name in names}
    clock.advance(HOUR)
    before = len(sandbox.journal)
    for name, mirror in mirrors.items():
        await run(katana.changes(name, cursor=mirror.cursor, mirror=mirror), mirror)
    assert len(sandbox.journal) - before == 20


def test_a_cursor_of_1000_changes_has_less_than_20_kilobytes() -> None:
    dice = random.Random(1)
    state = FeedState(1_700_000_000_000)
    for _ in range(1000):
        at = state.settled_until + dice.randrange(1_800_000)
        key = dice.randrange(10**7, 10**7 + 50_000)
        state.delivered[key] = Delivery(at, at + dice.randrange(60_000), dice.randrange(2**32))
    cursor = write_cursor(state, 123456, "sales_orders")
    assert len(cursor) < 20_000
    assert read_cursor(cursor, 123456, "sales_orders") == state
