"""The feed over HTTP: deliveries, deletions and their reasons, following, costs."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Literal

import pytest
from attrs import define, evolve, field

from katana_async import ApiKey, DecodingError, KatanaClient, MassDeletion, models
from katana_async.changes import MemoryMirror, all_traits, traits_of
from katana_async.changes.rows import fingerprint, read_rows
from katana_async.changes.state import Key
from katana_async.sandbox import ManualClock, Sandbox
from tests.changes.feeds import HOUR, SWEPT, deletions, ids_of, load, resume, run


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


async def test_a_deletion_has_its_reason(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "customers")
    marked, erased, *_ = ids_of(mirror)
    clock.advance(HOUR)
    sandbox.store["customers"].delete(marked)
    feed = resume(katana, "customers", mirror)
    assert deletions(await run(feed, mirror)) == {marked: "marked"}
    sandbox.store["customers"].erase(erased)
    clock.advance(HOUR)
    feed = resume(katana, "customers", mirror, **SWEPT)
    assert deletions(await run(feed, mirror)) == {erased: "swept"}
    feed = resume(katana, "customers", mirror, **SWEPT)
    assert deletions(await run(feed, mirror)) == {}


async def test_a_record_that_was_hinted_at_vanishes(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "sales_order_rows")
    row = ids_of(mirror)[0]
    clock.advance(HOUR)
    sandbox.store["sales_order_rows"].erase(row)
    feed = resume(katana, "sales_order_rows", mirror)
    feed.recheck(row)
    assert deletions(await run(feed, mirror)) == {row: "vanished"}


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
        await run(resume(katana, collection, mirror, **SWEPT), mirror)
    assert (caught.value.absent, len(mirror.records) > 21) == (21, True)
    feed = resume(katana, collection, mirror, **SWEPT, allow_mass_deletion=True)
    assert deletions(await run(feed, mirror)).keys() == set(erased)


async def test_archived_records_belong_to_the_mirror(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    mirror = await load(katana, "products")
    product = next(each for each in mirror.records.values() if each.archived_at is None)
    clock.advance(HOUR)
    sandbox.store["products"].archive(product.id)
    assert deletions(await run(resume(katana, "products", mirror, **SWEPT), mirror)) == {}
    assert mirror.records[product.id].archived_at is not None


@pytest.mark.parametrize("name", [rb"\ud800", rb"caf\u00e9", "é".encode()])
async def test_rows_have_the_json_of_their_records_as_sent(name: bytes) -> None:
    time = b'"2026-03-23T10:37:05.085Z"'
    record = b'{"id": 1, "created_at":%b,"updated_at":%b,"name":"%b"}' % (time, time, name)
    for content in (b"[%b]", b'{"data":[%b]}', b' { "data" : [ %b ] } '):
        [row] = read_rows(content % record, traits_of("products"))
        assert (row.key, row.record, row.updated) == (1, record, 1774262225085)
    two = read_rows(b"[%b , %b]" % (record, record), traits_of("products"))
    assert [each.record for each in two] == [record, record]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"[{},", b'[{"id":NaN}]', b'[{"a":"\xff"}]']
)
async def test_an_answer_without_a_list_of_objects_is_an_error(content: bytes) -> None:
    with pytest.raises(DecodingError, match="expected a list of objects"):
        read_rows(content, traits_of("products"))


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


@pytest.mark.parametrize("pause", [0.0, 1.0, 200.0, 290.0, 400.0, 2 * HOUR])
async def test_a_run_delivers_more_changes_than_a_page_shows(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient, pause: float
) -> None:
    customers = sandbox.store["customers"]
    for number in range(1100):
        customers.create({"name": f"Customer {number}"})
    mirror = MemoryMirror()
    for round_ in range(3):
        await run(resume(katana, "customers", mirror), mirror)
        for each in customers.ids():
            clock.advance(0.01)
            customers.update(each, {"name": f"Round {round_}"})
        clock.advance(pause)
    await run(resume(katana, "customers", mirror), mirror)
    assert {each.name for each in mirror.records.values()} == {"Round 2"}
    assert mirror.records.keys() == set(customers.ids())


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
    assert deletions(batches) == {erased: "swept"}


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


async def test_an_idle_poll_of_20_collections_costs_20_requests(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    names = [name for name, traits in all_traits().items() if traits.has_dates][:20]
    mirrors = {name: await load(katana, name) for name in names}
    clock.advance(HOUR)
    before = len(sandbox.journal)
    for name, mirror in mirrors.items():
        await run(resume(katana, name, mirror), mirror)
    assert len(sandbox.journal) - before == 20


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


async def test_a_followed_feed_sweeps_the_newest_records_each_hour(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    customers = sandbox.store["customers"]
    for number in range(100):
        clock.advance(60)
        customers.create({"name": f"Customer {number}"})
    clock.advance(HOUR)
    mirror = MemoryMirror()
    feed = katana.changes("customers", mirror=mirror, follow=True)
    assert 250 < feed._settings.newest < 500  # two pages
    feed._settings = evolve(feed._settings, limit=10, newest=15)
    erased_at, swept_at = 0.0, dict[Key, float]()
    oldest, *_, newest = sorted(customers.ids())
    before = 0
    async with aclosing(aiter(feed)) as batches:
        async for batch in batches:
            mirror.apply(batch)
            swept_at |= {each.key: clock.time() for each in batch.deletes}
            if not erased_at and batch.lag is not None:
                customers.erase(newest)
                customers.erase(oldest)
                erased_at, before = clock.time(), len(sandbox.journal)
            if erased_at and clock.time() > erased_at + 3.5 * HOUR:
                break
    assert swept_at.keys() == {newest}
    assert swept_at[newest] - erased_at < 1.3 * HOUR
    sweeps = [
        each
        for each in list(sandbox.journal)[before:]
        if ("include_deleted", "false") in each.query
    ]
    assert len(sweeps) == 3 * 2


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
