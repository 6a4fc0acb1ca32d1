"""Measure the cost of the SDK, as ratios within one run: `make bench`. It sets no limits."""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable

import msgspec

from katana_async import ApiKey, KatanaClient
from katana_async.http.decoding.codec import Codec
from katana_async.http.limits import ProcessLimits
from katana_async.http.options import Stats
from katana_async.models.catalog import Product
from katana_async.models.sales import SalesOrder
from katana_async.sandbox import Sandbox

ROUNDS = 15


def median(work: Callable[[], object]) -> float:
    """Return the median seconds of some runs, after one that does not count."""
    work()
    times: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def print_decoding(name: str, content: bytes, model: type[object]) -> None:
    """Print the cost of reading a page, relative to parsing its JSON."""
    codec = Codec(model, name, Stats())
    parse = median(lambda: msgspec.json.decode(content))
    rows = [
        ("json.loads", median(lambda: json.loads(content))),
        ("models", median(lambda: codec.many(content))),
        ("JSON objects, exact (.raw())", median(lambda: codec.raw(content))),
    ]
    records = len(codec.many(content))
    print(f"\n{name}: {records} records, {len(content) // 1024} KiB; parsing alone is 1.0")
    for label, seconds in rows:
        print(f"  {label:<30} {seconds / parse:5.1f}x  {seconds / records * 1e6:6.1f} us a record")


async def print_time(label: str, work: Callable[[], Awaitable[int]]) -> float:
    started = time.perf_counter()
    count = await work()
    seconds = time.perf_counter() - started
    print(f"  {label:<30} {seconds:5.2f} s  {count / seconds:8.0f} a second")
    return seconds


async def main() -> None:
    async with Sandbox(products=5000, rate_limit=None) as sandbox:
        settings = {"base_url": sandbox.base_url, "limits": ProcessLimits(1_000_000)}
        async with KatanaClient(auth=ApiKey(sandbox.api_key), **settings) as katana:  # type: ignore[arg-type]  # typed above
            for path, model in (("/products", Product), ("/sales_orders", SalesOrder)):
                page = await katana.request("GET", path, query={"limit": 250})
                print_decoding(path, page.content, model)
            print("\nover HTTP, the sandbox in the same process")

            async def walk() -> int:
                return len(await katana.products.list().collect())

            async def plain() -> int:
                return len(await katana.products.list().plain().collect())

            async def calls() -> int:
                for _ in range(500):
                    await katana.factory.get()
                return 500

            await print_time("5,000 products", walk)
            await print_time("5,000 products, plain pages", plain)
            await print_time("500 calls, one by one", calls)


asyncio.run(main())
