"""Lists over real HTTP: exact while they change, with constant memory and few requests."""

import asyncio
import json
import subprocess
import sys
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import msgspec
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from katana_async import ApiKey, KatanaClient, ListChanged, Page, Pages, Response
from katana_async.http.limits import ProcessLimits
from katana_async.http.walk import Window
from katana_async.sandbox import Sandbox, Table
from tests.client.conftest import MakeClient

MakeRecord = Callable[[int], dict[str, Any]]


async def test_every_product_comes_once_and_the_newest_first(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    ids = [product.id async for product in katana.products.list()]
    assert len(ids) == 20
    assert ids == sorted(ids, reverse=True)
    assert set(ids) == set(sandbox.store["products"].ids())


async def test_a_list_sends_no_request_before_it_is_iterated(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    pages = katana.products.list(is_sellable=True)
    pages.pages()
    assert len(sandbox.journal) == 0


async def test_a_short_list_costs_one_request(sandbox: Sandbox, katana: KatanaClient) -> None:
    assert len(await katana.products.list().collect()) == 20
    assert len(sandbox.journal) == 1


async def test_a_page_has_the_number_of_all_records(katana: KatanaClient) -> None:
    page = await katana.products.list().page(2, limit=8)
    assert len(page.items) == 8
    assert page.pagination is not None
    assert page.pagination.page == 2
    assert page.pagination.total_pages == 3
    assert page.pagination.total_records == 20
    assert not (await katana.products.list().page(99)).items
    for number, limit in ((0, 50), (-1, 50), (1, 0), (1, 251)):
        with pytest.raises(ValueError, match="from"):
            await katana.products.list().page(number, limit=limit)


class Row(dict[str, Any]):
    """A row that can be referenced weakly."""


@pytest.mark.parametrize("is_plain", [False, True])
async def test_a_page_is_freed_before_the_next_one_is_decoded(
    katana: KatanaClient, is_plain: bool
) -> None:
    pages = katana.products.list()
    source = pages._source
    made: list[weakref.ref[Row]] = []
    alive: list[int] = []

    def decode(response: Response) -> Page[Any]:
        alive.append(sum(row() is not None for row in made))
        page = source.raw.decode(response)
        rows = [Row(row) for row in page.items if isinstance(row, dict)]
        made.extend(map(weakref.ref, rows))
        return evolve(page, items=rows)

    raw = msgspec.structs.replace(source.raw, decode=decode)
    pages = evolve(pages, source=msgspec.structs.replace(source, raw=raw, largest=5))
    ids = [row["id"] async for row in (pages.plain() if is_plain else pages).raw()]
    assert len(ids) == 20
    assert len(alive) >= 4
    assert max(alive) <= 1  # the last row, which the loop has


async def test_first_count_and_collect_read_no_more_than_they_need(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    products = katana.products.list()
    first = await products.first()
    assert first is not None
    assert first.id == max(sandbox.store["products"].ids())
    assert await products.count() == 20
    assert len(await products.collect(limit=3)) == 3
    assert await products.collect(limit=0) == []
    assert await katana.products.list(name="there is none").first() is None
    assert len(sandbox.journal) == 4


async def test_raw_gives_the_objects_as_they_were_sent(katana: KatanaClient) -> None:
    raw = [item async for item in katana.products.list().raw()]
    assert len(raw) == 20
    assert {"id", "name", "variants"} <= raw[0].keys()


async def test_raw_pages_have_the_objects_and_the_number_of_records(katana: KatanaClient) -> None:
    [page] = [page async for page in katana.products.list().raw_pages()]
    assert [item["id"] for item in page.items] == [
        item["id"] for item in page.response.json()["data"]
    ]
    assert page.pagination is not None
    assert page.pagination.total_records == 20


async def test_pages_carry_each_record_once(katana: KatanaClient) -> None:
    pages = [page async for page in katana.products.list().pages(concurrency=3)]
    assert sum(len(page.items) for page in pages) == 20


async def test_a_walk_that_ends_early_leaves_no_task_or_connection_behind(
    make_client: MakeClient,
) -> None:
    async with Sandbox(products=3000, rate_limit=None) as sandbox:
        katana = make_client(
            auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url, limits=ProcessLimits(10_000)
        )
        async for _ in katana.products.list():
            break
        assert len(sandbox.journal) == 1
        seen = 0
        async for _ in katana.products.list():
            seen += 1
            if seen == 600:
                break
        await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "read" in repr(task)]


async def test_a_search_is_read_like_a_list(sandbox: Sandbox, katana: KatanaClient) -> None:
    wanted = {
        order["id"] for order in sandbox.store["sales_orders"] if order["status"] == "NOT_SHIPPED"
    }
    found = katana.sales_orders.search(where={"status": {"inq": ["NOT_SHIPPED"]}})
    assert {order.id async for order in found} == wanted
    assert wanted


async def test_a_bare_array_is_a_list_too(sandbox: Sandbox, katana: KatanaClient) -> None:
    bins = await katana.bin_locations.list().collect()
    assert {storage_bin.id for storage_bin in bins} == set(sandbox.store["bin_locations"].ids())


async def test_records_without_an_id_are_walked_by_their_natural_key(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    levels = await katana.inventory.list().collect()
    assert len({(level.variant_id, level.location_id) for level in levels}) == len(levels) > 20


async def test_a_collection_that_ignores_the_limit_is_read_completely(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with Sandbox(products=700, rate_limit=None) as sandbox:
        sandbox.oddities.ignores_limit.add("products")
        katana = make_client(
            auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url, limits=ProcessLimits(10_000)
        )
        ids = [product.id async for product in katana.products.list()]
        assert len(ids) == len(set(ids)) == 700
        assert "ignores `limit`" in caplog.text
        assert len([product async for product in katana.products.list().plain()]) == 700


async def test_a_walk_raises_list_changed_if_all_recently_read_records_are_deleted(
    make_client: MakeClient,
) -> None:
    async with Sandbox(products=600, rate_limit=None) as sandbox:
        katana = make_client(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url)
        table = sandbox.store["products"]

        async def delete_read_records() -> None:
            async for page in katana.products.list().pages():
                for product in page.items:
                    table.delete(product.id)

        with pytest.raises(ListChanged):
            await delete_read_records()


def customer(number: int) -> dict[str, Any]:
    return {"name": f"New {number}", "currency": "EUR" if number % 2 else "USD"}


def price_list(number: int) -> dict[str, Any]:
    return {"name": f"New {number}", "is_active": bool(number % 2)}


class Changing:
    """A collection that changes between the requests of a walk, by a script of hypothesis."""

    def __init__(self, table: Table, make: MakeRecord, script: list[tuple[str, int]]) -> None:
        self.table = table
        self.make = make
        self.script = iter(script)
        self.gone: set[Any] = set()

    def step(self) -> None:
        for _ in range(3):
            what, at = next(self.script, ("nothing", 0))
            ids = self.table.ids()
            if what == "create":
                self.table.create(self.make(at))
            elif what == "delete" and ids:
                victim = ids[at % len(ids)]
                self.gone.add(victim)
                self.table.delete(victim)


LISTS: dict[str, tuple[str, MakeRecord, Any]] = {
    "dated": ("customers", customer, lambda k: k.customers.list()),
    "dated, filtered": ("customers", customer, lambda k: k.customers.list(currency="EUR")),
    "undated": ("price_lists", price_list, lambda k: k.price_lists.list()),
    "undated, filtered": (
        "price_lists",
        price_list,
        lambda k: k.price_lists.list(is_active=True),
    ),
}
changes = st.lists(
    st.tuples(st.sampled_from(["create", "create", "delete", "nothing"]), st.integers(0, 10**6)),
    max_size=60,
)


@asynccontextmanager
async def open_full_table(
    name: str, make: MakeRecord, records: int
) -> AsyncIterator[tuple[Table, KatanaClient]]:
    async with Sandbox(products=5, rate_limit=None) as sandbox:
        table = sandbox.store[name]
        for number in range(records):
            table.create(make(number))
        async with KatanaClient(
            auth=ApiKey(sandbox.api_key),
            base_url=sandbox.base_url,
            limits=ProcessLimits(100_000),
        ) as katana:
            yield table, katana


@pytest.mark.parametrize("form", ["pages", "raw_pages"])
async def test_a_page_is_decoded_when_it_is_reached(form: str) -> None:
    def rows(page: Page[Any]) -> int:
        return len(page.response.json()["data"])

    async with open_full_table("customers", customer, 900) as (_, katana):
        walk = getattr(katana.customers.list(), form)(concurrency=4)
        async with aclosing(walk) as pages:
            reached = [await anext(pages), await anext(pages)]
            for _ in range(200):  # the answer of the third page arrives meanwhile
                if katana.stats.requests == 3:
                    break
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.1)
            assert katana.stats.requests == 3
            assert katana.stats.records == sum(
                len(page.response.json()["data"]) for page in reached
            )
            await anext(pages)
            assert katana.stats.records > sum(rows(page) for page in reached)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("kind", LISTS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=changes)
def test_no_record_is_lost_or_repeated_while_a_list_changes(
    kind: str, concurrency: int, script: list[tuple[str, int]]
) -> None:
    name, make, listed = LISTS[kind]

    async def walk() -> None:
        async with open_full_table(name, make, 900) as (table, katana):
            pages: Pages[Any] = listed(katana)
            change = Changing(table, make, script)
            before = {record.id for record in await pages.collect()}
            found: list[int] = []
            source = pages._source

            async def request(window: Window) -> Response:
                change.step()  # before a request, and so between those of pages under way too
                response = await source.request(window)
                change.step()
                return response

            walked = Pages(msgspec.structs.replace(source, request=request))
            try:
                async for page in walked.pages(concurrency=concurrency):
                    found += [record.id for record in page.items]
            except ListChanged:
                return
            assert len(found) == len(set(found)), "a record came twice"
            lost = before - change.gone - set(found)
            assert not lost, f"lost: {sorted(lost)}"

    asyncio.run(walk())


class WalkMachine(RuleBasedStateMachine):
    """Walk over a list page by page while hypothesis changes it between two steps."""

    @initialize(kind=st.sampled_from(sorted(LISTS)), concurrency=st.integers(1, 4))
    def begin(self, kind: str, concurrency: int) -> None:
        name, make, listed = LISTS[kind]
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        table, katana = self.run(self.stack.enter_async_context(open_full_table(name, make, 700)))
        pages: Pages[Any] = listed(katana)
        self.change = Changing(table, make, [])
        self.before = {record.id for record in self.run(pages.collect())}
        self.walk = pages.pages(concurrency=concurrency)
        self.found: list[Any] = []
        self.open = True

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @rule(number=st.integers(0, 99))
    def create(self, number: int) -> None:
        self.change.table.create(self.change.make(number))

    @rule(at=st.integers(0, 10**6), many=st.integers(1, 40))
    def delete(self, at: int, many: int) -> None:
        for _ in range(many):
            ids = self.change.table.ids()
            victim = ids[at % len(ids)]
            self.change.gone.add(victim)
            self.change.table.delete(victim)

    @precondition(lambda self: self.open)
    @rule()
    def turn_the_page(self) -> None:
        try:
            page = self.run(anext(self.walk))
        except StopAsyncIteration:
            self.open = False
            lost = self.before - self.change.gone - set(self.found)
            assert not lost, f"lost: {sorted(lost)}"
        except ListChanged:
            self.open = False
        else:
            self.found += [record.id for record in page.items]

    @invariant()
    def records_are_unique(self) -> None:
        found = getattr(self, "found", [])
        assert len(found) == len(set(found))

    def teardown(self) -> None:
        try:
            while self.open:
                self.turn_the_page()
            self.records_are_unique()
        finally:
            self.run(self.walk.aclose())
            self.run(self.stack.aclose())
            self.runner.close()


TestWalkMachine = WalkMachine.TestCase
TestWalkMachine.settings = settings(
    max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)


async def test_an_unchanging_list_costs_at_most_nine_percent_more_requests(
    make_client: MakeClient,
) -> None:
    async with Sandbox(products=15_000, rate_limit=None) as sandbox:
        katana = make_client(
            auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url, limits=ProcessLimits(10_000)
        )
        plain = [product.id async for product in katana.products.list().plain()]
        requests = len(sandbox.journal)
        exact = [product.id async for product in katana.products.list()]
        assert exact == plain
        assert len(sandbox.journal) - requests <= requests * 1.09


STREAM = """
import asyncio, gc, json, resource, sys
from katana_async import ApiKey, KatanaClient
from katana_async.http.limits import ProcessLimits

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

async def main():
    info = json.loads(sys.stdin.readline())
    async with KatanaClient(
        auth=ApiKey(info["api_key"]), base_url=info["base_url"], limits=ProcessLimits(100_000)
    ) as katana:
        await katana.products.list().first()
        idle, count, seen = peak(), 0, set()
        async for product in katana.products.list():
            count += 1
        print(json.dumps({"count": count, "grown": peak() - idle}))

asyncio.run(main())
"""


def test_fifty_thousand_products_stream_in_flat_memory() -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "katana_async.sandbox", "--products", "50000", "--no-rate-limit"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        ready = server.stdout.readline()
        done = subprocess.run(
            [sys.executable, "-c", STREAM],
            input=ready,
            capture_output=True,
            text=True,
            check=False,
            timeout=150,
        )
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert result["count"] == 50_000
        assert result["grown"] <= 80, f"{result['grown']:.0f} MiB above the idle client"
    finally:
        server.terminate()
        server.wait(20)
        assert server.stdout is not None
        server.stdout.close()
