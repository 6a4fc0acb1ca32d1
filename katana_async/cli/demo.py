"""`katana-async demo`: the SDK at work against a sandbox, and a checked table of what it did."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from attrs import define, frozen
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ..auth import ApiKey
from ..client import KatanaClient
from ..errors import KatanaError, ValidationFailed
from ..http.options import Stats
from .problems import FAILED

PRODUCTS = 2_000
DISTANCE = 0.1
"""Seconds: about what a service on another continent takes to answer."""


@define
class _Katana:
    """The sandbox in its process."""

    process: Process
    base_url: str = ""
    api_key: str = ""
    products: int = 0

    async def ask(self, *order: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()
        return await self.answer()

    async def answer(self) -> Any:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise KatanaError("the demo's sandbox ended too early")
        return json.loads(line)


@asynccontextmanager
async def _running() -> AsyncGenerator[_Katana]:
    # A session of its own, so that Ctrl-C reaches the demo only; the sandbox ends with its input.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "katana_async.cli.demo_server", str(PRODUCTS), str(DISTANCE)),
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
    )
    katana = _Katana(process)
    try:
        ready = await katana.answer()
        katana.base_url, katana.api_key = ready["base_url"], ready["api_key"]
        katana.products = ready["products"]
        yield katana
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@define
class _SecretStore:
    """Stands in for a secret manager: the key's one home, which the client asks."""

    key: str
    asked: int = 0

    async def fetch(self) -> str:
        self.asked += 1
        return self.key


@frozen
class Done:
    """What the demo saw happen.

    Attributes:
        stats: What the client counted.
        records: Different products read.
        asked: How often the secret store was asked for the key.
        reading: Seconds it took to read them.
        total: Seconds it took in all.
    """

    stats: Stats
    records: int
    asked: int
    reading: float
    total: float


async def demo() -> int:
    """Run the demo.

    Returns:
        The exit status: 0 when the table at the end agrees with the sandbox's journal.
    """
    console = Console(highlight=False)
    async with _running() as server:
        _say(
            console,
            f"A Katana runs at {server.base_url} in a process of its own: {server.products:,}"
            f" products, 60 requests a minute for each key, answers after {DISTANCE:g} s.\n",
            indent=0,
        )
        secrets = _SecretStore(server.api_key)
        auth = ApiKey.from_source(secrets.fetch)
        async with KatanaClient(auth=auth, base_url=server.base_url) as katana:
            started = time.perf_counter()
            records = await _read(console, katana, server, secrets)
            reading = time.perf_counter() - started
            await _write(console, katana)
            await _fail(console, katana)
            total = time.perf_counter() - started
            done = Done(katana.stats, records, secrets.asked, reading, total)
        return report(console, done, await server.ask("journal"), server.products)


async def _read(
    console: Console, katana: KatanaClient, server: _Katana, secrets: _SecretStore
) -> int:
    console.print("[bold]1. Read every product, and rotate the API key in the middle[/bold]")
    ids: set[int] = set()
    columns = (TextColumn("   products"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=server.products)
        async for product in katana.products.list():
            ids.add(product.id)
            progress.update(task, completed=len(ids))
            if len(ids) == server.products // 2:
                await _rotate(progress.console, server, secrets)
    _say(
        console,
        f"{len(ids):,} different products; the key was fetched {secrets.asked} times: at the start"
        " and when the old one was refused\n",
    )
    return len(ids)


async def _rotate(console: Console, server: _Katana, secrets: _SecretStore) -> None:
    old, new = secrets.key, await server.ask("add_key")
    secrets.key = new
    await server.ask("revoke_key", old)
    _say(console, "made a new key, put it where the client reads it, deleted the old one")


async def _write(console: Console, katana: KatanaClient) -> None:
    console.print("[bold]2. Create a customer and a sales order, change it, read it back[/bold]")
    variants = await katana.variants.list().collect(limit=2)
    customer = await katana.customers.create(name="Northwind Bicycles", currency="USD")
    order = await katana.sales_orders.create(
        order_no="DEMO-1",
        customer_id=customer.id,
        customer_ref="PO 4711",
        sales_order_rows=[
            {"variant_id": variant.id, "quantity": Decimal("2.5"), "price_per_unit": Decimal(40)}
            for variant in variants
        ],
    )
    await katana.sales_orders.update(order.id, customer_ref=None, additional_info="Call first")
    order = await katana.sales_orders.get(order.id)
    rows = order.sales_order_rows or ()
    _say(
        console,
        f"order {order.order_no} for {customer.name}: {len(rows)} rows,"
        f" {', '.join(str(row.quantity) for row in rows)} pieces, total {order.total}"
        f" {order.currency}; customer_ref {order.customer_ref!r},"
        f" additional_info {order.additional_info!r}\n",
    )


async def _fail(console: Console, katana: KatanaClient) -> None:
    console.print("[bold]3. Send something wrong, and see the error[/bold]")
    try:
        await katana.sales_orders.create(
            order_no="", customer_id=1, sales_order_rows=[{"variant_id": 1, "quantity": -1}]
        )
    except ValidationFailed as error:
        _say(console, f"{type(error).__name__}: {error}")
        for detail in error.details:
            _say(
                console, f".details: path={detail.path!r} code={detail.code!r} info={detail.info!r}"
            )
        console.print()


def _say(console: Console, text: str, indent: int = 3) -> None:
    console.print(Padding(Text(text), (0, 0, 0, indent)))


def report(console: Console, done: Done, journal: dict[str, int], products: int) -> int:
    """Print the table, and hold it against what the sandbox saw.

    Returns:
        The exit status: 0 when both say the same, and no request was one too many.
    """
    stats = done.stats
    renewed = stats.requests - stats.calls - stats.retries
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim")
    for name, value, note in (
        ("Calls made", f"{stats.calls:,}", "all answered, one with the error asked for"),
        ("Records read", f"{done.records:,}", f"in {done.reading:.1f} s, each once"),
        ("Retries", f"{stats.retries:,}", f"and {renewed:,} repeated with the new key"),
        ("429s", f"{stats.rate_limited:,}", ""),
        ("Oddities", f"{stats.tolerated.total():,}", ", ".join(stats.tolerated)),
        ("Time", f"{done.total:.1f} s", ""),
    ):
        table.add_row(name, value, note)
    console.print(table)
    claims = {
        "requests": (stats.requests, journal["requests"]),
        "answered": (stats.calls - 1, journal["answered"]),
        "refused for the old key": (renewed, journal["refused"]),
        "refused as invalid": (1, journal["invalid"]),
        "429s": (stats.rate_limited, journal["rate_limited"]),
        "products": (done.records, products),
        "keys": (done.asked, 2),
    }
    wrong = {name: pair for name, pair in claims.items() if pair[0] != pair[1]}
    for name, (here, there) in wrong.items():
        console.print(f"The table is wrong: {name}: {here} here, {there} at the sandbox")
    if not wrong:
        console.print(f"\nThe sandbox's journal of {journal['requests']} requests says the same.")
    return FAILED if wrong or stats.rate_limited else 0
