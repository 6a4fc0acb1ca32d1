"""A sandbox and clients whose secrets are canaries, and the tables of their failures."""

import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from attrs import define, field

from katana_async import ApiKey, KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.http.settings import HTTPSettings
from katana_async.sandbox import Sandbox, faults
from tests.client.leaks import Canary
from tests.client.peers import Answer, Peer, peer

USER = "buyer"


@define(eq=False)
class CanaryClients:
    """A sandbox, and clients whose secrets are all canaries."""

    sandbox: Sandbox
    stack: AsyncExitStack
    folder: Path
    key: Canary = field(factory=Canary)
    header: Canary = field(factory=Canary)
    password: Canary = field(factory=lambda: Canary(USER))
    peers: list[Peer] = field(factory=list)
    broken: bool = False

    def __attrs_post_init__(self) -> None:
        self.sandbox.add_key(self.key.reveal())

    def client(self, **settings: Any) -> KatanaClient:
        settings.setdefault("auth", ApiKey(self.key.reveal()))
        settings.setdefault("base_url", self.sandbox.base_url)
        settings.setdefault("limits", ProcessLimits())
        settings.setdefault("timeout", 1.0)
        settings.setdefault("extra_headers", {"X-Token": f"Token {self.header.reveal()}"})
        # The settings must be in no variable of this frame, which is in the traceback of a refusal.
        calls = [partial(KatanaClient, **settings)]
        del settings
        client = calls.pop()()
        client._http.rng = lambda: 0.0
        self.stack.push_async_callback(client.close)
        return client

    def add_fault(self, fault: faults.Fault, **where: Any) -> None:
        self.sandbox.faults.add(fault, **({"times": None} | where))

    async def peer(self, answer: Answer, tls: ssl.SSLContext | None = None) -> Peer:
        made = await self.stack.enter_async_context(peer(answer, tls))
        self.peers.append(made)
        return made

    async def echo(self, answer: Answer, **settings: Any) -> KatanaClient:
        """Return a client of a server that echoes requests."""
        settings.setdefault("retries", 0)
        return self.client(base_url=f"http://{(await self.peer(answer)).address}/v1", **settings)

    def proxy(self, address: str, scheme: str = "http") -> str:
        return f"{scheme}://{USER}:{self.password.reveal()}@{address}"

    def http(self, address: str, scheme: str = "http", **settings: Any) -> HTTPSettings:
        """Return settings with a proxy at this address, whose password is a canary."""
        return HTTPSettings(proxy=self.proxy(address, scheme), **settings)

    async def fetch(self) -> str:
        """Return the key like a secret manager, or fail if `broken`."""
        if self.broken:
            raise OSError("the vault is sealed")
        return self.key.reveal()

    @property
    def canaries(self) -> list[Canary]:
        return [self.key, self.header, self.password]

    @property
    def was_sent(self) -> bool:
        """Whether a server received a canary."""
        return any(
            canary.is_in(request)
            for canary in (self.key, self.password)
            for one in self.peers
            for request in one.requests
        ) or any(
            seen.key_id == self.sandbox.key_id(self.key.reveal()) for seen in self.sandbox.journal
        )


Failure = Callable[[CanaryClients], Awaitable[object]]
Call = Callable[[KatanaClient], Awaitable[object]]

ON_THE_WAY: dict[str, Failure] = {}
"""Failures of requests that sent the canary to a server."""

BEFORE: dict[str, Failure] = {}
"""Failures before anything was sent."""


def on_the_way(failure: Failure) -> Failure:
    ON_THE_WAY[failure.__name__.replace("_", " ")] = failure
    return failure


def before(failure: Failure) -> Failure:
    BEFORE[failure.__name__.replace("_", " ")] = failure
    return failure


async def read(katana: KatanaClient) -> object:
    return await katana.products.list().page(1)


async def walk(katana: KatanaClient) -> object:
    return [product async for product in katana.products.list()]


async def search(katana: KatanaClient) -> object:
    return await katana.sales_orders.search(where={"id": 1}).first()


async def create(katana: KatanaClient) -> object:
    return await katana.price_lists.create(name="Wholesale")


async def change(katana: KatanaClient) -> object:
    return await katana.products.update(1, name="Retail")


async def delete(katana: KatanaClient) -> object:
    await katana.price_lists.delete(1)
    return None


async def ask(katana: KatanaClient) -> object:
    return await katana.request("PATCH", "/price_lists/1", json={"name": "Retail"})


CALLS: list[Call] = [read, search, create, change, delete]
