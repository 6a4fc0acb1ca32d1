"""The command sync, killed at random moments while the account changes: nothing is lost.

KATANA_ETL=full is the long form: ten kills of a sync of all collections of 50,000 products.
"""

import asyncio
import os
import random
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from attrs import define, field, frozen

from katana_async import KatanaClient
from katana_async.changes import MemoryMirror, all_traits, traits_of
from katana_async.errors import PreconditionFailed

from .warehouse import Warehouse, client_of, differences

FULL = os.environ.get("KATANA_ETL") == "full"
KILLS = 10 if FULL else 4
PRODUCTS = 50_000 if FULL else 2_000
COLLECTIONS = (
    tuple(all_traits())
    if FULL
    else ("products", "variants", "customers", "sales_orders", "inventory")
)
MOST_DELETED = 20
PHASES = ("extract", "normalize", "load")
LONGEST = {"extract": 90.0 if FULL else 3.0, "normalize": 0.2 if FULL else 0.02, "load": 0.5}
"""Seconds from the start of a phase to the latest moment of a kill in it."""

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
    deleted: int = field(default=0, init=False)

    async def run(self) -> None:
        """Write until the task is cancelled."""
        while True:
            with suppress(PreconditionFailed):  # orders with fulfillments stay
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
            # Not many: the feed would refuse to delete a twentieth of a collection at once.
            case 2 if self.deleted < MOST_DELETED:
                await self.katana.customers.delete(self._take(self.customers))
            case 3 if self.deleted < MOST_DELETED:
                await self.katana.sales_orders.delete(self._take(self.orders))
            case 4:
                order = self.random.choice(self.orders)
                await self.katana.sales_orders.update(order, additional_info=name)
            case _:
                await self.katana.products.update(self.random.choice(self.products), name=name)

    def _take(self, ids: list[int]) -> int:
        self.deleted += 1
        return ids.pop(self.random.randrange(len(ids)))


_SERVE = f"""
import sys
import time
from katana_async.sandbox import RateLimit, Sandbox, threaded

class Clock:
    ahead = 0.0

    def time(self):
        return time.time() + self.ahead

clock = Clock()
limit = RateLimit(10_000_000)
sandbox = Sandbox(products={PRODUCTS}, rate_limit=limit, journal_limit=1000, clock=clock)
with threaded(sandbox):
    print(sandbox.base_url, sandbox.api_key, flush=True)
    for seconds in sys.stdin:
        clock.ahead += float(seconds)
        print(flush=True)
"""


@frozen
class Account:
    """A sandbox in a process of its own, which answers while this process is busy."""

    base_url: str
    api_key: str
    _process: asyncio.subprocess.Process

    async def advance(self, seconds: float) -> None:
        """Move the clock of the account forward."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"%d\n" % seconds)
        await self._process.stdout.readline()


@asynccontextmanager
async def serve() -> AsyncGenerator[Account]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SERVE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        base_url, api_key = (await process.stdout.readline()).decode().split()
        yield Account(base_url, api_key, process)
    finally:
        process.kill()
        await process.communicate()


async def warm_up(katana: KatanaClient) -> None:
    """Let the sandbox sort its lists, which takes minutes for a large one on a busy machine."""
    for collection in COLLECTIONS:
        async for _ in katana.changes(collection, mirror=MemoryMirror(), raw=True):
            break
        if traits_of(collection).has_dates:
            recent = getattr(katana, collection).list(updated_at_min="2026-11-30T00:00:00Z")
            await recent.count()


@define
class Syncs:
    """Runs of the command."""

    warehouse: Warehouse
    account: Account
    pipelines: Path
    _old: set[Path] = field(factory=set[Path], init=False)

    async def start(self) -> asyncio.subprocess.Process:
        """Start the command."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "katana_async", "sync", *COLLECTIONS),
            *("--to", self.warehouse.to),
            env={
                **os.environ,
                "KATANA_BASE_URL": self.account.base_url,
                "KATANA_API_KEY": self.account.api_key,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    def phase(self) -> str:
        """Return what the command is doing, by the files of dlt's packages."""
        if self._find("load/normalized/*"):
            return "load"
        if self._find("normalize/extracted/*"):
            return "normalize"
        return "extract" if self._extracts() - self._old else "start"

    def _extracts(self) -> set[Path]:
        """Return the packages that runs have begun to extract; those of killed runs stay."""
        packages = self._find("normalize/*/*")
        return {each for each in packages if each.parent.name != "extracted"}

    def _find(self, pattern: str) -> list[Path]:
        try:
            return list(self.pipelines.glob(f"*/{pattern}"))
        except FileNotFoundError:  # the command removes a folder just now
            return []

    async def kill_in(self, phase: str, seconds: float) -> str | None:
        """Run the command, and kill it some seconds after the start of a phase.

        Returns:
            The phase in which it was killed; None if the command ended before.
        """
        self._old = self._extracts()
        process = await self.start()
        while process.returncode is None and self.phase() != phase:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02 if FULL else 0.004)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)
        found = self.phase()
        if process.returncode is None:
            process.kill()
        _, err = await process.communicate()
        assert process.returncode in (0, -9) or is_late(err), err.decode()
        return found if process.returncode == -9 else None

    async def complete(self) -> None:
        """Run the command to its end."""
        for _ in range(3):
            process = await self.start()
            _, err = await process.communicate()
            if process.returncode == 0:
                return
            assert is_late(err), err.decode()
        pytest.fail("the sandbox was late in three runs")


def is_late(err: bytes) -> bool:
    """Return whether a run ended because the large sandbox was late on a busy machine."""
    return FULL and b": no answer within " in err


async def ids(katana: KatanaClient, collection: str) -> list[int]:
    return [each.id async for each in getattr(katana, collection).list()]


async def test_killed_runs_leave_tables_that_the_next_run_completes(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    seed = int(os.environ.get("KATANA_ETL_SEED", random.randrange(10**6)))
    print(f"KATANA_ETL_SEED={seed}")
    chance = random.Random(seed)
    killed: list[str] = []
    async with serve() as account:
        syncs = Syncs(warehouse, account, tmp_path / "dlt" / "pipelines")
        async with client_of(account) as client:
            katana = client.with_options(timeout=600)
            await warm_up(katana)
            lists = [await ids(katana, name) for name in ("products", "customers", "sales_orders")]
            writers = Writers(katana, chance, *lists)
            writing = asyncio.create_task(writers.run())
            try:
                while len(killed) < KILLS or not set(PHASES) <= set(killed):
                    missing = [each for each in PHASES if each not in killed]
                    phase = chance.choice(missing or PHASES)
                    seconds = chance.uniform(0, LONGEST[phase])
                    if (found := await syncs.kill_in(phase, seconds)) is not None:
                        killed.append(found)
                        print(f"killed {seconds:.2f} s after the start of {phase}, in {found}")
            finally:
                writing.cancel()
                with suppress(asyncio.CancelledError):
                    await writing
        assert writers.written > 50
        await syncs.complete()
        # Collections without dates: a second change within the time by which reads may lag is
        # delivered after that time.
        await account.advance(31 * 60)
        await syncs.complete()
        print(f"{writers.written} writes during {len(killed)} kills")
        assert await differences(warehouse, account, *COLLECTIONS) == []
