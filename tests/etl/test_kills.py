"""The command sync, killed at random moments while the account changes: nothing is lost.

KATANA_ETL=full is the long form: ten kills of a sync of all collections of 50,000 products.
"""

import asyncio
import os
import random
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import define, field

from katana_async import KatanaClient
from katana_async.changes import ways
from katana_async.errors import PreconditionFailed, TimedOut
from katana_async.sandbox import RateLimit, Sandbox, threaded

from .warehouse import Warehouse, client_of, differences

FULL = os.environ.get("KATANA_ETL") == "full"
KILLS = 10 if FULL else 4
PRODUCTS = 50_000 if FULL else 2_000
COLLECTIONS = (
    tuple(ways()) if FULL else ("products", "variants", "customers", "sales_orders", "inventory")
)
LONGEST = 120.0 if FULL else 4.0
"""Seconds from the first request of a run to the latest moment of a kill."""
LATE = b": no answer within "
"""The error of a run when a large sandbox is slow on a busy machine."""

pytestmark = [
    pytest.mark.timeout(7200 if FULL else 300),
    # dlt leaves event loops for the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@define
class Writers:
    """Changes, creations and deletions over HTTP, one after the other."""

    katana: KatanaClient
    random: random.Random
    products: list[int]
    customers: list[int]
    orders: list[int]
    written: int = field(default=0, init=False)

    async def run(self) -> None:
        """Write until the task is cancelled."""
        while True:
            # Orders with fulfillments stay; a large sandbox on a busy machine may be late.
            with suppress(PreconditionFailed, TimedOut):
                await self._write()
                self.written += 1
            await asyncio.sleep(0.02)

    async def _write(self) -> None:
        name = f"Written {self.written}"
        match self.random.randrange(6):
            case 0:
                await self.katana.products.create(name=name, uom="pcs", variants=[{"sku": name}])
            case 1:
                customer = await self.katana.customers.create(name=name)
                self.customers.append(customer.id)
            case 2 if len(self.customers) > 50:
                await self.katana.customers.delete(self._take(self.customers))
            case 3 if len(self.orders) > 50:
                await self.katana.sales_orders.delete(self._take(self.orders))
            case 4:
                order = self.random.choice(self.orders)
                await self.katana.sales_orders.update(order, additional_info=name)
            case _:
                await self.katana.products.update(self.random.choice(self.products), name=name)

    def _take(self, ids: list[int]) -> int:
        return ids.pop(self.random.randrange(len(ids)))


async def start_sync(warehouse: Warehouse, sandbox: Sandbox) -> asyncio.subprocess.Process:
    """Start the command, and return at its first request."""
    before = requests_of_syncs(sandbox)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "katana_async", "sync", *COLLECTIONS, "--to", warehouse.to),
        env={
            **os.environ,
            "KATANA_BASE_URL": sandbox.base_url,
            "KATANA_API_KEY": sandbox.api_key,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    while process.returncode is None and requests_of_syncs(sandbox) == before:  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.02)
    return process


async def sync_to_the_end(warehouse: Warehouse, sandbox: Sandbox) -> None:
    """Run the command until it succeeds."""
    for _ in range(3):
        process = await start_sync(warehouse, sandbox)
        _, err = await process.communicate()
        if process.returncode == 0:
            return
        assert FULL, err.decode()
        assert LATE in err, err.decode()
    pytest.fail("the sandbox was late in three runs")


def int_ids(sandbox: Sandbox, collection: str) -> list[int]:
    return [int(each) for each in sandbox.store[collection].ids()]


def requests_of_syncs(sandbox: Sandbox) -> int:
    """Return the number of requests for the account, which each run begins with."""
    return sandbox.journal.count(method="GET", path="/factory")


async def test_killed_runs_leave_tables_that_the_next_run_completes(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    seed = int(os.environ.get("KATANA_ETL_SEED", random.randrange(10**6)))
    print(f"KATANA_ETL_SEED={seed}")
    chance = random.Random(seed)
    with threaded(Sandbox(products=PRODUCTS, rate_limit=RateLimit(10_000_000))) as sandbox:
        async with client_of(sandbox) as katana:
            writers = Writers(
                katana,
                chance,
                *(int_ids(sandbox, name) for name in ("products", "customers", "sales_orders")),
            )
            writing = asyncio.create_task(writers.run())
            try:
                killed = 0
                while killed < KILLS:
                    process = await start_sync(warehouse, sandbox)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(process.wait(), chance.uniform(0, LONGEST))
                    if process.returncode is None:
                        process.kill()
                        killed += 1
                    _, err = await process.communicate()
                    assert process.returncode in (0, -9) or LATE in err, err.decode()
            finally:
                writing.cancel()
                with suppress(asyncio.CancelledError):
                    await writing
        assert writers.written > 50
        await sync_to_the_end(warehouse, sandbox)
        assert await differences(warehouse, sandbox, *COLLECTIONS) == []
