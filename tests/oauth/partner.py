"""A partner's product and its customers' Katana, on one clock that tests move."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from attrs import define, field, fields

from katana_async import KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.oauth import (
    AuthorizationServer,
    Completed,
    Connection,
    InsecurePlaintext,
    MemoryTokenStore,
    OAuthApp,
    RefreshTiming,
)
from katana_async.oauth.records import ConnectionRecord
from katana_async.sandbox import ManualClock as SandboxClock, Sandbox
from tests.clock import ManualClock

T = TypeVar("T")


def group_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return arguments of `OAuthApp`: settings of the server and the timing go to their objects."""
    grouped = dict(settings)
    kinds: dict[str, Any] = {"server": AuthorizationServer, "timing": RefreshTiming}
    for argument, kind in kinds.items():
        names = [field.name for field in fields(kind) if field.name in grouped]
        values = {name: grouped.pop(name) for name in names}
        if values:
            grouped[argument] = kind(**values)
    return grouped


BROWSER = "the id of a browser's session"

DAY = 86_400
"""Seconds that an access token of the sandbox lives."""


def query(url: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@define(eq=False)
class Partner:
    """A sandbox, a store, and apps that share it as processes would."""

    sandbox: Sandbox
    stack: AsyncExitStack
    server_clock: SandboxClock
    store: Any = None
    clock: ManualClock = field(factory=ManualClock)
    refreshed: list[Connection] = field(factory=list)
    ended: list[Connection] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        if self.store is None:
            self.store = MemoryTokenStore(clock=self.server_clock.time)

    @property
    def oauth(self) -> Any:
        """The sandbox's authorization server."""
        return self.sandbox.oauth

    def app(self, **settings: Any) -> OAuthApp:
        """Return an app as one process of the partner has it."""
        defaults: dict[str, Any] = {
            "client_id": self.oauth.client.client_id,
            "client_secret": self.oauth.client.client_secret,
            "redirect_uri": "http://127.0.0.1:8000/callback",
            "store": self.store,
            "cipher": InsecurePlaintext(),
            "authorize_url": self.oauth.authorize_url,
            "token_url": self.oauth.token_url,
            "revoke_url": self.oauth.revoke_url,
            "api_url": self.sandbox.base_url,
            "clock": self.clock,
            "limits": ProcessLimits(),
            "on_refresh": self.refreshed.append,
            "on_reauthorization_required": self.ended.append,
        }
        app = OAuthApp(**group_settings({**defaults, **settings}))
        self.stack.push_async_callback(app.close)
        return app

    async def connect(self, app: OAuthApp, connection_id: str | None = None) -> Completed:
        """Connect an account: the person consents."""
        url = await app.begin(session=BROWSER, connection_id=connection_id)
        return await app.complete(self.oauth.approve(url), session=BROWSER)

    async def expired(self, **settings: Any) -> tuple[OAuthApp, str]:
        """Return an app with a connection whose access token has ended, and no request so far."""
        app = self.app(**settings)
        connection = await self.connect(app)
        await app.auth(connection.id).credential()
        await self.pass_time(DAY + 1)
        self.sandbox.journal.clear()
        return app, connection.id

    def client(self) -> KatanaClient:
        """Return a client that lends its session to connections."""
        client = KatanaClient(auth=None, base_url=self.sandbox.base_url, limits=ProcessLimits())
        self.stack.push_async_callback(client.close)
        return client

    async def record(self, app: OAuthApp, connection_id: str) -> ConnectionRecord:
        """Return the stored record of a connection."""
        opened = await app._sealed_rows.read_connection(connection_id)
        assert opened is not None
        return opened.record

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for everyone."""
        self.server_clock.advance(seconds)
        await self.clock.advance(seconds)

    async def while_time_passes(self, work: Awaitable[T], step: float = 0.05) -> T:
        """Await something that waits for time to pass."""
        task = asyncio.ensure_future(work)
        while not task.done():
            for _ in range(20):
                await asyncio.sleep(0)
            if not task.done():
                await self.pass_time(step)
        return await task

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let everyone work until something is so, without time passing."""
        while not condition():  # noqa: ASYNC110 - what is awaited is the server's, in this loop
            await asyncio.sleep(0)

    def requests(self, path: str = "/oauth/token") -> int:
        """Return how many requests reached an address of the authorization server."""
        return sum(seen.path == path for seen in self.sandbox.journal)
