"""The feed over HTTP: cursors, mirrors, reasons of deletions, following, hints and costs."""

import asyncio
import gc
import json
import random
import weakref
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
    Forbidden,
    KatanaClient,
    MassDeletion,
    Unauthorized,
    models,
)
from katana_async.changes import ChangeBatch, ChangeFeed, MemoryMirror, Nesting, way_of, ways
from katana_async.changes.account import Account, identify
from katana_async.changes.rows import fingerprint, read_rows
from katana_async.changes.schedule import Budget, Schedule
from katana_async.changes.state import Delivery, FeedState, read_cursor, write_cursor
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import ManualClock, Sandbox, faults
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


HIDDEN = ("sales_returns", "stocktakes")  # their lists leave the rows out
FAMILIES = [
    (each, name)
    for name, way in ways().items()
    for each in way.nested_in
    if each.parent not in HIDDEN
]


@pytest.mark.parametrize(
    ("nesting", "collection"), FAMILIES, ids=lambda each: getattr(each, "parent", each)
)
async def test_a_row_that_left_its_record_vanishes_without_a_sweep_of_the_rows(
    nesting: Nesting, collection: str, sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    parents, rows = await load(katana, nesting.parent), await load(katana, collection)
    row = next(each for each in rows.records.values() if getattr(each, nesting.key) is not None)
    clock.advance(HOUR)
    sandbox.store[collection].erase(row.id)
    # The record's `updated_at` stays, so a sweep of the records finds the difference.
    parent_feed = katana.changes(nesting.parent, cursor=parents.cursor, mirror=parents, **EXACT)
    feed = katana.changes(collection, cursor=rows.cursor, mirror=rows, sweep_requests=0)
    for batch in await run(parent_feed, parents):
        feed.reconcile(batch)
    deletes = [each for batch in await run(feed, rows) for each in batch.deletes]
    assert [(each.key, each.reason) for each in deletes] == [(row.id, "vanished")]


@pytest.mark.parametrize(
    ("parent", "collection"), [(each, f"{each.removesuffix('s')}_rows") for each in HIDDEN]
)
async def test_a_list_that_leaves_the_rows_out_proves_nothing(
    parent: str, collection: str, sandbox: Sandbox, katana: KatanaClient
) -> None:
    rows = await load(katana, collection)
    feed = katana.changes(collection, cursor=rows.cursor, mirror=rows, sweep_requests=0)
    for batch in await run(katana.changes(parent)):
        assert batch.nested_keys(collection) == {}
        feed.reconcile(batch)
    before = len(sandbox.journal)
    await run(feed, rows)
    assert len(sandbox.journal) - before == 1


async def test_the_rows_of_a_deleted_record_are_read_again(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    orders, rows = await load(katana, "sales_orders"), await load(katana, "sales_order_rows")
    order = next(iter(rows.records.values())).sales_order_id
    lost = {each.id for each in rows.records.values() if each.sales_order_id == order}
    clock.advance(HOUR)
    sandbox.store["sales_orders"].delete(order)
    for each in lost:
        sandbox.store["sales_order_rows"].erase(each)
    feed = katana.changes("sales_order_rows", cursor=rows.cursor, mirror=rows, sweep_requests=0)
    async for batch in katana.changes("sales_orders", cursor=orders.cursor, mirror=orders):
        feed.reconcile(batch)
    before = len(sandbox.journal)
    deletes = [each for batch in await run(feed, rows) for each in batch.deletes]
    assert {(each.key, each.reason) for each in deletes} == {(each, "vanished") for each in lost}
    assert len(sandbox.journal) - before == 2  # the poll, and one for all rows


async def test_reconciling_needs_rows_of_the_records_and_a_mirror_that_finds_them(
    katana: KatanaClient,
) -> None:
    batch = (await run(katana.changes("sales_orders")))[0]
    assert batch.nested_keys("sales_order_rows")
    rows = MemoryMirror()
    with pytest.raises(ValueError, match="contain no rows of 'customers'"):
        katana.changes("customers", mirror=rows).reconcile(batch)
    with pytest.raises(TypeError, match="method by_parents"):
        katana.changes("sales_order_rows").reconcile(batch)


async def test_archived_records_belong_to_the_mirror(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "products")
    product = next(each for each in mirror.records.values() if each.archived_at is None)
    clock.advance(HOUR)
    sandbox.store["products"].archive(product.id)
    assert await reasons(katana, "products", mirror, **EXACT) == {}
    assert mirror.records[product.id].archived_at is not None


@pytest.mark.parametrize("name", [rb"\ud800", rb"caf\u00e9", "é".encode()])
async def test_rows_have_the_json_of_their_records_as_sent(name: bytes) -> None:
    time = b'"2026-03-23T10:37:05.085Z"'
    record = b'{"id": 1, "created_at":%b,"updated_at":%b,"name":"%b"}' % (time, time, name)
    for content in (b"[%b]", b'{"data":[%b]}', b' { "data" : [ %b ] } '):
        [row] = read_rows(content % record, way_of("products"))
        assert (row.key, row.record, row.updated) == (1, record, 1774262225085)
    two = read_rows(b"[%b , %b]" % (record, record), way_of("products"))
    assert [each.record for each in two] == [record, record]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"[{},", b'[{"id":NaN}]', b'[{"a":"\xff"}]']
)
async def test_an_answer_without_a_list_of_objects_is_an_error(content: bytes) -> None:
    with pytest.raises(DecodingError, match="expected a list of objects"):
        read_rows(content, way_of("products"))


async def test_computed_fields_are_no_change() -> None:
    order = b'{"id":1,"rows":[{"id":2,"product_availability":"IN_STOCK"}],"a":"b"}'
    other = (
        b'{"id":1,"ingredient_expected_date":null,"rows":[{"id":2,"product_availability":"\\""}],'
        b'"a":"b"}'
    )
    assert fingerprint(order) == fingerprint(other)
    assert fingerprint(order) == fingerprint(b'{"id":1,"rows":[{"id":2}],"a":"b"}')
    assert fingerprint(order) != fingerprint(order.replace(b'"b"', b'"c"'))
    assert fingerprint(order) != fingerprint(b'{"id":1,"rows":[],"a":"b"}')


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


@pytest.mark.parametrize("pause", [0.0, 1.0, 200.0, 290.0, 400.0, 2 * HOUR])
async def test_a_run_delivers_more_changes_than_a_page_shows(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient, pause: float
) -> None:
    customers = sandbox.store["customers"]
    for number in range(1100):
        customers.create({"name": f"Customer {number}"})
    mirror = MemoryMirror()
    for round_ in range(3):
        await run(katana.changes("customers", cursor=mirror.cursor, mirror=mirror), mirror)
        for each in customers.ids():
            clock.advance(0.01)
            customers.update(each, {"name": f"Round {round_}"})
        clock.advance(pause)
    await run(katana.changes("customers", cursor=mirror.cursor, mirror=mirror), mirror)
    assert {each.name for each in mirror.records.values()} == {"Round 2"}
    assert mirror.records.keys() == set(customers.ids())


@pytest.mark.parametrize("mirror", [{}, MemoryMirror, "products", object()])
def test_a_mirror_without_the_methods_is_refused_at_once(katana: KatanaClient, mirror: Any) -> None:
    with pytest.raises(TypeError, match=r"^mirror= takes an object with the methods"):
        katana.changes("products", mirror=mirror)


@pytest.mark.parametrize("name", ["overlap", "sweep_every"])
@pytest.mark.parametrize("given", [30, 30.0, None, "30", timedelta])
def test_durations_are_timedeltas(katana: KatanaClient, name: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{name}= takes a timedelta"):
        katana.changes("products", **{name: given})


async def test_a_mirror_in_memory_refuses_the_batches_of_another_collection(
    katana: KatanaClient,
) -> None:
    mirror = MemoryMirror()
    await run(katana.changes("products"), mirror)
    before = dict(mirror.records)
    with pytest.raises(ValueError, match=r"^the mirror has products, and the batch customers"):
        await run(katana.changes("customers"), mirror)
    assert (mirror.records, mirror.collection) == (before, "products")


def test_the_repr_of_a_feed_names_its_collection(katana: KatanaClient) -> None:
    assert repr(katana.changes("products", cursor="text")) == "<ChangeFeed products>"


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


def test_busy_feeds_of_one_account_share_half_of_the_quota() -> None:
    budget = Budget()
    busy = [Schedule(budget) for _ in range(39)]
    calm = Schedule(budget)
    pauses = dict.fromkeys([*busy, calm], 60.0)
    for _ in range(2000):
        for each in busy:
            pauses[each] = each.pause(round(pauses[each]), 1, pauses[each])
        pauses[calm] = calm.pause(0, 1, pauses[calm])
    assert 29 <= sum(60 / pause for pause in pauses.values()) <= 30.1  # requests a minute
    assert pauses[calm] / pauses[busy[0]] == pytest.approx(600 / 12, rel=0.01)
    for each in busy:
        budget.leave(each)
    assert calm.pause(0, 1, 600) == 600


async def test_followed_feeds_of_derived_clients_share_a_budget(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    account = await identify(katana._http)
    assert await identify(katana.with_options(priority="bulk")._http) is account
    feed = katana.with_options(priority="bulk").changes("customers", follow=True)
    async with aclosing(aiter(feed)) as batches:
        async for batch in batches:
            if not batch.upserts and account.budget._demands:
                break
    assert not account.budget._demands


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


async def test_20_feeds_that_start_together_identify_the_account_once(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    names = [name for name, way in ways().items() if way.has_dates][:20]
    before = len(sandbox.journal)
    await asyncio.gather(*(run(katana.changes(name)) for name in names))
    paths = [each.path for each in list(sandbox.journal)[before:]]
    assert len([path for path in paths if path.endswith("/factory")]) == 1
    await run(katana.with_options(priority="bulk").changes("customers"))
    other = katana.with_auth(ApiKey(sandbox.add_key()))
    await run(other.changes("customers"))
    paths = [each.path for each in list(sandbox.journal)[before:]]
    assert len([path for path in paths if path.endswith("/factory")]) == 2


async def test_a_cancelled_feed_leaves_the_read_of_the_account_to_the_others(
    katana: KatanaClient,
) -> None:
    first = asyncio.create_task(identify(katana._http))
    second = asyncio.create_task(identify(katana._http))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).id == (await katana.factory.get()).factory_id
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.parametrize("fails", [False, True])
async def test_the_account_of_a_client_is_forgotten_with_the_client(
    sandbox: Sandbox, fails: bool
) -> None:
    key = ApiKey("wrong" if fails else sandbox.api_key)
    async with KatanaClient(key, base_url=sandbox.base_url, limits=ProcessLimits()) as client:
        for found in await asyncio.gather(
            identify(client._http), identify(client._http), return_exceptions=True
        ):
            assert isinstance(found, Unauthorized if fails else Account)
        del found
        session = weakref.ref(client._http.session)
    del client
    gc.collect()
    assert session() is None


async def test_an_account_that_could_not_be_read_is_read_again(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.Status(403), times=1)
    feeds = [katana.changes("customers") for _ in range(3)]
    results = await asyncio.gather(*map(run, feeds), return_exceptions=True)
    assert [type(each) for each in results] == [Forbidden] * 3
    assert await run(katana.changes("customers"))


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
