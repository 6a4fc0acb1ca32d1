"""`demo`: the SDK at work against a sandbox, and a table that compares the counts of both."""

import time
from collections.abc import Callable, Mapping
from decimal import Decimal

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ..auth import ApiKey
from ..client import KatanaClient
from ..errors import ValidationFailed
from ..sandbox import Sandbox, threaded
from ..sandbox.faults import Latency
from .client import make_client
from .errors import FAILED
from .runner import run_async

PRODUCTS = 2_000
LATENCY = 0.1  # seconds until an answer, as from a server on another continent

_console = Console(highlight=False)


def run_demo() -> int:
    """Run the demo; return 0 if client and sandbox count the same, without any 429."""
    with threaded(Sandbox(products=PRODUCTS)) as sandbox:
        sandbox.faults.add(Latency(LATENCY), times=None)
        _console.print(
            f"A sandbox runs at {sandbox.base_url}: {PRODUCTS:,} products, 60 requests a minute for"
            f" each key, answers after {LATENCY:g} s.\n"
        )
        counted = run_async(_work(sandbox))
        journal = sandbox.journal
        logged = {
            "requests": len(journal),
            "answered": sum(1 for one in journal if one.status in (200, 204)),
            "refused for the old key": journal.count(status=401),
            "refused as invalid": journal.count(status=422),
            "refused as too many (429)": journal.count(status=429),
            "products": len(sandbox.store["products"].ids()),
        }
    return compare(_console, counted, logged)


async def _work(sandbox: Sandbox) -> dict[str, int]:
    """Let a client work, and return its counts."""
    key, fetches = sandbox.api_key, 0

    async def fetch_key() -> str:
        nonlocal fetches
        fetches += 1
        return key

    def rotate_key() -> None:
        nonlocal key
        old, key = key, sandbox.add_key()
        sandbox.revoke_key(old)

    async with make_client(ApiKey.from_source(fetch_key), sandbox.base_url) as katana:
        read = await _read(katana, rotate_key)
        _print(
            f"the key was fetched {fetches} times: at the start and when the old one was refused\n"
        )
        await _write(katana)
        await _fail(katana)
        stats = katana.stats
    return {
        "requests": stats.requests,
        "answered": stats.calls - 1,
        "refused for the old key": stats.requests - stats.calls - stats.retries,
        "refused as invalid": 1,
        "refused as too many (429)": stats.rate_limited,
        "products": read,
    }


async def _read(katana: KatanaClient, rotate_key: Callable[[], None]) -> int:
    _console.print("[bold]1. Read every product, and rotate the API key in the middle[/bold]")
    started = time.perf_counter()
    ids: set[int] = set()
    columns = (TextColumn("   products"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=_console) as progress:
        task = progress.add_task("", total=PRODUCTS)
        async for product in katana.products.list():
            ids.add(product.id)
            progress.update(task, completed=len(ids))
            if len(ids) == PRODUCTS // 2:
                rotate_key()
                _print("made a new key, stored it, and deleted the old one")
    seconds = time.perf_counter() - started
    _print(f"{len(ids):,} different products in {seconds:.1f} s")
    return len(ids)


async def _write(katana: KatanaClient) -> None:
    _console.print("[bold]2. Create a customer and a sales order, change it, read it back[/bold]")
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
    pieces = ", ".join(str(row.quantity) for row in rows)
    _print(
        f"order {order.order_no} for {customer.name}: {len(rows)} rows, {pieces} pieces, total"
        f" {order.total} {order.currency}; customer_ref {order.customer_ref!r}, additional_info"
        f" {order.additional_info!r}\n"
    )


async def _fail(katana: KatanaClient) -> None:
    _console.print("[bold]3. Send something wrong, and see the error[/bold]")
    try:
        await katana.sales_orders.create(
            order_no="", customer_id=1, sales_order_rows=[{"variant_id": 1, "quantity": -1}]
        )
    except ValidationFailed as error:
        _print(f"{type(error).__name__}: {error}")
        for one in error.details:
            _print(f".details: path={one.path!r} code={one.code!r} info={one.info!r}")
        _console.print()


def _print(text: str) -> None:
    _console.print(Padding(Text(text), (0, 0, 0, 3)))


def compare(console: Console, counted: Mapping[str, int], logged: Mapping[str, int]) -> int:
    """Print the counts of the client and of the sandbox; return the exit status."""
    table = Table("", "client", "sandbox", box=None, pad_edge=False)
    for name, number in counted.items():
        mark = "" if number == logged[name] else "  <- differs"
        table.add_row(name, f"{number:,}", f"{logged[name]:,}{mark}")
    console.print(table)
    return 0 if counted == logged and not logged["refused as too many (429)"] else FAILED
