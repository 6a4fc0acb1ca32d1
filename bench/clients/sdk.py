"""This SDK, by its public names but for the two functions that decode and encode without HTTP."""

import gc
import math
import time
import tracemalloc
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import aiohttp
from yarl import URL

from bench.clients.base import KEY, Client, Settings
from bench.pages import RECORDS
from katana_async import ApiKey, HTTPSettings, KatanaClient
from katana_async.http.decoding.codec import Codec
from katana_async.http.encoding import encode_body
from katana_async.http.exchange import ApiCall, exchange
from katana_async.http.limits import Priority, ProcessLimits
from katana_async.http.messages import Repeat, Request
from katana_async.http.options import Stats
from katana_async.http.session import no_resend
from katana_async.models import Product, SalesOrder
from katana_async.params import SalesOrderCreate
from katana_async.secrets import Secret

NO_LIMIT = 10_000_000
"""Requests per window: the quota of `server.py`, so that no call waits."""


class SdkClient(Client):
    """The SDK with models."""

    def __init__(self, settings: Settings) -> None:
        self.katana = KatanaClient(
            auth=ApiKey(KEY),
            base_url=settings.base_url,
            http=HTTPSettings(max_connections=settings.connections),
            limits=ProcessLimits(NO_LIMIT),
        )
        self._products = Codec(Product, "/products", Stats())
        self._orders = Codec(SalesOrder, "/sales_orders", Stats())

    async def get(self) -> object:
        return await self.katana.factory.get()

    async def get_as(self, tenant: int) -> object:
        return await self.katana.with_auth(ApiKey(f"{KEY}-{tenant}")).factory.get()

    async def stream(self) -> int:
        count = 0
        async for _ in self.katana.products.list():
            count += 1
        return count

    def decode_page(self, name: str, content: bytes) -> object:
        codec = self._products if name.startswith("products") else self._orders
        return codec.rows(content)

    def encode_order(self) -> bytes:
        return encode_body(new_order(), SalesOrderCreate)

    async def grants(self, count: int) -> int:
        """Take grants of the limiter that need no wait."""
        limiter = ProcessLimits(NO_LIMIT).limiter("server", "quota")
        (await limiter.acquire(Priority.NORMAL)).record_answer(None)  # others wait for the first
        for _ in range(count):
            await limiter.acquire(Priority.NORMAL)
        return count

    async def tenants_over_one(self, count: int) -> float:
        """Return the CPU seconds that calls of many tenants cost over the same calls of one."""
        block = count // 10  # small blocks in turn, so that other load affects both alike
        seconds = 0.0
        for start in range(0, count, block):
            began = time.process_time()
            for tenant in range(start, start + block):
                await self.get_as(tenant)
            between = time.process_time()
            await self.gets(block, 1)
            seconds += 2 * between - began - time.process_time()
        return seconds

    async def idle_tenants(self, count: int) -> int:
        """Return the bytes of one client that `with_auth` made, with its key."""
        keys = [f"{KEY}-{number}" for number in range(2 * count)]
        tenants = [self.katana.with_auth(ApiKey(key)) for key in keys[:count]]
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        tenants += [self.katana.with_auth(ApiKey(key)) for key in keys[count:]]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (after - before) // count

    async def close(self) -> None:
        await self.katana.close()


class SdkRawClient(SdkClient):
    """The SDK with `raw()`: the JSON objects that Katana sent, with exact numbers."""

    async def stream(self) -> int:
        count = 0
        async for _ in self.katana.products.list().raw():
            count += 1
        return count


class AiohttpStep(SdkClient):
    """aiohttp with the arguments that the SDK passes, and nothing of the SDK's."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        # Steps of it are measured.
        self.http = self.katana._http  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self.url = URL(f"{settings.base_url}/factory", encoded=True)
        self._headers = {
            "Accept": "application/json",
            "User-Agent": "katana-async",
            "Authorization": f"Bearer {KEY}",
        }
        self._timeout = aiohttp.ClientTimeout(total=30, connect=10, ceil_threshold=math.inf)

    async def get(self) -> object:
        async with self.http.session.get().request(
            "GET",
            self.url,
            headers=self._headers,
            timeout=self._timeout,
            allow_redirects=False,
            middlewares=(no_resend,),
            read_bufsize=2**18,
        ) as answer:
            return await answer.read()


class AttemptStep(AiohttpStep):
    """One attempt: the request with its headers, the answer in pieces, redacted."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.request = Request("GET", "/factory", repeat=Repeat.READ)
        self._outgoing = ApiCall(self.request, Secret(KEY))

    async def get(self) -> object:
        session = self.http.session
        options = self.http.options
        return await exchange(
            session.get(), session, self.url, self._outgoing, options, options.timeout
        )


class CallStep(AttemptStep):
    """A call: also its credential, limiter, connection slot, and the decision about retries."""

    async def get(self) -> object:
        return await self.http.send(self.request)


@cache
def new_order() -> dict[str, Any]:
    """Return a new order as programs have it: amounts as Decimal, times as datetime."""
    order = RECORDS["new_order"]
    amounts = ("quantity", "price_per_unit", "total_discount")
    rows = [
        row | {name: Decimal(str(row[name])) for name in amounts if name in row}
        for row in order["sales_order_rows"]
    ]
    times = {
        name: datetime.fromisoformat(order[name])
        for name in ("order_created_date", "delivery_date")
    }
    return order | times | {"sales_order_rows": rows}
