"""Rows that vanish from their records are found without a sweep of the rows."""

import pytest

from katana_async import KatanaClient
from katana_async.changes import MemoryMirror, Nesting, all_traits
from katana_async.sandbox import ManualClock, Sandbox
from tests.changes.feeds import HOUR, SWEPT, deletions, load, resume, run

HIDDEN = ("sales_returns", "stocktakes")  # their lists leave the rows out
FAMILIES = [
    (each, name)
    for name, traits in all_traits().items()
    for each in traits.nested_in
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
    parent_feed = resume(katana, nesting.parent, parents, **SWEPT)
    feed = resume(katana, collection, rows, sweep_requests=0)
    for batch in await run(parent_feed, parents):
        feed.reconcile(batch)
    assert deletions(await run(feed, rows)) == {row.id: "vanished"}


@pytest.mark.parametrize(
    ("parent", "collection"), [(each, f"{each.removesuffix('s')}_rows") for each in HIDDEN]
)
async def test_a_list_that_leaves_the_rows_out_proves_nothing(
    parent: str, collection: str, sandbox: Sandbox, katana: KatanaClient
) -> None:
    rows = await load(katana, collection)
    feed = resume(katana, collection, rows, sweep_requests=0)
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
    feed = resume(katana, "sales_order_rows", rows, sweep_requests=0)
    async for batch in resume(katana, "sales_orders", orders):
        feed.reconcile(batch)
    before = len(sandbox.journal)
    assert deletions(await run(feed, rows)) == dict.fromkeys(lost, "vanished")
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
