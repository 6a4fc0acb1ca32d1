"""`demo`: the SDK at work against a sandbox, and a table of its work that the sandbox confirms."""

import time
from decimal import Decimal

from attrs import define, frozen
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ..auth import ApiKey
from ..client import KatanaClient
from ..errors import ValidationFailed
from ..http.stats import Stats
from ..sandbox import Sandbox, threaded
from ..sandbox.faults import Latency
from .errors import FAILED
from .runner import run_async

PRODUCTS = 2_000
LATENCY = 0.1
"""Seconds that an answer takes: about what a service on another continent needs."""


@define
class _SecretStore:
    """The secret manager that the client fetches its key from.

    Attributes:
        fetches: How often the key was fetched.
    """

    key: str
    fetches: int = 0

    async def fetch(self) -> str:
        self.fetches += 1
        return self.key


@frozen
class Result:
    """The numbers of a demo.

    Attributes:
        records: Different products read.
        reading: Seconds that reading took.
        total: Seconds that the whole demo took.
    """

    stats: Stats
    records: int
    fetches: int
    reading: float
    total: float


def run_demo() -> int:
    """Run the demo.

    Returns:
        The exit status: 0 if the sandbox's journal confirms the table at the end.
    """
    console = Console(highlight=False)
    with threaded(Sandbox(products=PRODUCTS)) as sandbox:
        sandbox.faults.add(Latency(LATENCY), times=None)
        products = len(sandbox.store["products"].ids())
        _print(
            console,
            f"A Katana runs at {sandbox.base_url}: {products:,} products, 60 requests a minute for"
            f" each key, answers after {LATENCY:g} s.\n",
            indent=0,
        )
        result = run_async(_use(console, sandbox, products))
        return report(console, result, _count_requests(sandbox), products)


async def _use(console: Console, sandbox: Sandbox, products: int) -> Result:
    secrets = _SecretStore(sandbox.api_key)
    auth = ApiKey.from_source(secrets.fetch)
    async with KatanaClient(auth=auth, base_url=sandbox.base_url) as katana:
        started = time.perf_counter()
        records = await _read(console, katana, sandbox, secrets, products)
        reading = time.perf_counter() - started
        await _write(console, katana)
        await _fail(console, katana)
        total = time.perf_counter() - started
        return Result(katana.stats, records, secrets.fetches, reading, total)


async def _read(
    console: Console,
    katana: KatanaClient,
    sandbox: Sandbox,
    secrets: _SecretStore,
    total: int,
) -> int:
    console.print("[bold]1. Read every product, and rotate the API key in the middle[/bold]")
    ids: set[int] = set()
    columns = (TextColumn("   products"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=total)
        async for product in katana.products.list():
            ids.add(product.id)
            progress.update(task, completed=len(ids))
            if len(ids) == total // 2:
                old, secrets.key = secrets.key, sandbox.add_key()
                sandbox.revoke_key(old)
                _print(console, "made a new key, stored it, and deleted the old one")
    _print(
        console,
        f"{len(ids):,} different products; the key was fetched {secrets.fetches} times: at the"
        " start and when the old one was refused\n",
    )
    return len(ids)


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
    _print(
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
        _print(console, f"{type(error).__name__}: {error}")
        for detail in error.details:
            _print(
                console, f".details: path={detail.path!r} code={detail.code!r} info={detail.info!r}"
            )
        console.print()


def _print(console: Console, text: str, indent: int = 3) -> None:
    console.print(Padding(Text(text), (0, 0, 0, indent)))


def _count_requests(sandbox: Sandbox) -> dict[str, int]:
    journal = sandbox.journal
    return {
        "requests": len(journal),
        "refused": journal.count(status=401),
        "invalid": journal.count(status=422),
        "rate_limited": journal.count(status=429),
        "answered": sum(1 for one in journal if one.status in (200, 204)),
    }


def report(console: Console, result: Result, journal: dict[str, int], products: int) -> int:
    """Print the table, and compare it with the sandbox's journal.

    Returns:
        The exit status: 0 if the numbers agree and the sandbox answered no 429.
    """
    stats = result.stats
    renewed = stats.requests - stats.calls - stats.retries
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim")
    for name, value, note in (
        ("Calls made", f"{stats.calls:,}", "all answered, one with the intended error"),
        ("Records read", f"{result.records:,}", f"in {result.reading:.1f} s, each once"),
        ("Retries", f"{stats.retries:,}", f"and {renewed:,} repeated with the new key"),
        ("429s", f"{stats.rate_limited:,}", ""),
        ("Oddities", f"{stats.tolerated.total():,}", ", ".join(stats.tolerated)),
        ("Time", f"{result.total:.1f} s", ""),
    ):
        table.add_row(name, value, note)
    console.print(table)
    pairs = {
        "requests": (stats.requests, journal["requests"]),
        "answered": (stats.calls - 1, journal["answered"]),
        "refused for the old key": (renewed, journal["refused"]),
        "refused as invalid": (1, journal["invalid"]),
        "429s": (stats.rate_limited, journal["rate_limited"]),
        "products": (result.records, products),
        "keys": (result.fetches, 2),
    }
    wrong = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    for name, (counted, logged) in wrong.items():
        console.print(f"The table is wrong: {name}: {counted} here, {logged} at the sandbox")
    if not wrong:
        console.print(f"\nThe sandbox's journal of {journal['requests']} requests agrees.")
    return FAILED if wrong or stats.rate_limited else 0
