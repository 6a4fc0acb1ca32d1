"""The sandbox: Katana's API on a loopback port of this machine."""

import asyncio
import secrets
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.cookies import CookieError, SimpleCookie
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from .account import Account, Oddities
from .app import BASE, App
from .callers import Callers, key_id
from .catalogue import operations
from .clock import Clock, SystemClock
from .codec import parse_json
from .connection import Connection, Connections, Exchange
from .fault_rules import Faults, Plan
from .faults import Delivery, deliver
from .journal import Journal, Seen
from .limits import Limits, RateLimit
from .oauth.authorization import Client
from .oauth.forms import masked_body, masked_query
from .oauth.server import Endpoints, OAuthServer, serves
from .seeds import seeded
from .store import Store
from .tables.settings import COMPANY
from .wire import Answer, Request

_KATANAS_LIMIT = RateLimit()

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised # nosec B104
"""Hosts that listen on all addresses, and cannot be connected to on every system: by the address
that can."""


class Sandbox:
    """Katana's API over real HTTP on a free loopback port, with its records in memory.

    Use it as an asynchronous context manager, or call `start` and `stop`.

    Args:
        products: How many products there are; all else is in proportion.
        seed: The same seed and size make the same records.
        rate_limit: The limit of every key; Katana's 60 a minute by default. None sets no limit,
            and answers name a limit of a million, so that clients do not wait.
        clock: The clock of timestamps and windows; the machine's by default.
        host: The address to listen on. Where it means all addresses of the machine (`0.0.0.0`,
            `::`), `base_url` is on the loopback address.
        port: The port to listen on; 0 takes a free one.
        api_key: The first valid key; random by default.
        journal_limit: How many requests the journal keeps; None keeps all.
        oauth_client: The first app that is registered for OAuth; random by default.

    Attributes:
        journal: The requests that were read.
        faults: The faults that are switched on, see `katana_async.sandbox.faults`.
        connections: Counts of connections.
        oauth: The authorization server, see `katana_async.sandbox.oauth`.
        oddities: Switches for how the service behaves.
        store: The records, by collection, for tests to read and change without HTTP.
    """

    def __init__(
        self,
        *,
        products: int = 200,
        seed: int = 1,
        rate_limit: RateLimit | None = _KATANAS_LIMIT,
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        journal_limit: int | None = None,
        oauth_client: Client | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.journal = Journal(journal_limit)
        self.faults = Faults()
        self.connections = Connections()
        self.oddities = Oddities()
        self.store: Store = seeded(products=products, seed=seed, clock=self.clock)
        self.store.history.span = self.oddities.longest_lag
        self._limits = Limits(rate_limit, self.clock, phase=seed * 0.618034 % 1)
        self.oauth = OAuthServer(self.clock, COMPANY, oauth_client, lambda: self._origin)
        self._callers = Callers(self.oauth.caller)
        account = Account(self.store, self.clock, self.oddities)
        self._app = App(account, self._limits, self._callers, operations())
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self.api_key = self.add_key(api_key)

    def __repr__(self) -> str:
        return f"<Sandbox {self.base_url if self._server else 'not started'}>"

    # -- running

    async def start(self) -> Self:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), self._host, self._port, backlog=1024
        )
        return self

    async def stop(self) -> None:
        """End every connection at once, and stop listening."""
        if self._server is None:
            return
        server, self._server = self._server, None
        await _finish_accepting(server)
        server.close()
        for connection in self.connections.all():
            connection.abort()
        while self.connections.open:  # noqa: ASYNC110 - aborted: gone after a turn of the loop
            await asyncio.sleep(0)
        await server.wait_closed()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use `async with Sandbox()`")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        """The address in the place of https://api.katanamrp.com/v1."""
        return self._origin + BASE

    @property
    def _origin(self) -> str:
        host = _EVERY_ADDRESS.get(self._host, self._host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"

    # -- keys and limits

    def add_key(self, key: str | None = None) -> str:
        """Make a key valid, and return it; a random one if none is given."""
        key = key or f"sandbox-{secrets.token_urlsafe(24)}"
        self._callers.keys.add(key_id(key))
        return key

    def revoke_key(self, key: str) -> None:
        """Make a key invalid: it gets a 401 from now on."""
        self._callers.keys.discard(key_id(key))

    def key_id(self, key: str) -> str:
        """Return the name of a key in the journal and in `rate_limited`.

        For an access token, it is the id of its grant, to which the limit applies.
        """
        return self._callers.holding(key).id

    def draw(self, n: int, key: str | None = None) -> int:
        """Spend up to `n` requests of a key, as another client would, and return how many."""
        return self._limits.draw(self.key_id(key or self.api_key), n)

    @property
    def rate_limited(self) -> Counter[str]:
        """How many requests were answered 429 for being over the limit, by key id."""
        return self._limits.refused

    @property
    def violations(self) -> int:
        """How many requests were answered 429 for being over the limit; faults do not count."""
        return self._limits.refused.total()

    # -- what connections call

    def path_of(self, target: str) -> str:
        """Return the path below the base URL that a request target means."""
        return unquote(target.partition("?")[0].removeprefix(BASE))

    def receive(self, request: Request, connection: int) -> Exchange:
        """Add a request to the journal, and return its exchange."""
        path = self.path_of(request.target)
        plan = self.faults.plan(request.method, path)
        app, shown, body = self._serving(request)
        caller = self._callers.of(request)
        secret = ("authorization", "cookie", "proxy-authorization")
        seen = Seen(
            method=request.method,
            path=path,
            target=shown.target,
            query=shown.query,
            body=body,
            headers={name: value for name, value in shown.headers if name not in secret},
            cookies=_cookies(request),
            at=self.clock.time(),
            key_id=None if caller is None else caller.id,
            connection=connection,
            operation=app.operation_of(request),
            fault=plan.name,
        )
        self.journal.add(seen)
        return Exchange(plan, partial(_answer, app, request, plan), seen)

    def _serving(self, request: Request) -> tuple[App | Endpoints, Request, Any]:
        """Return the application of a request, and what the journal keeps of it and its body."""
        if serves(request.path):
            return self.oauth.endpoints, masked_query(request), masked_body(request)
        return self._app, request, _parsed(request.body)


async def _finish_accepting(server: asyncio.Server) -> None:
    """Accept no more connections, and let those that are being accepted begin.

    asyncio forgets a connection whose server closes between its acceptance and its first turn: the
    socket stays open until it is collected as garbage, and the client waits.
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener)
    for _ in range(2):  # one turn makes the transport, one calls connection_made
        await asyncio.sleep(0)


@contextmanager
def threaded(sandbox: Sandbox) -> Generator[Sandbox, None, None]:
    """Run a sandbox in a thread while the block runs.

    The block can use the sandbox's attributes: each answer holds the store's lock.

    Args:
        sandbox: A sandbox that is not running.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="katana-sandbox", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(sandbox.start(), loop).result()
        try:
            yield sandbox
        finally:
            asyncio.run_coroutine_threadsafe(sandbox.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _answer(app: App | Endpoints, request: Request, plan: Plan) -> Delivery:
    """Carry out a request unless a fault prevents it, and return what to send."""
    outcome = plan.outcome
    if outcome is None or outcome.processed:
        answer = app.answer(request)
    else:
        answer = Answer(200)
        if outcome.spends:
            app.spend(request)
    if outcome is not None and (refusal := outcome.refusal()) is not None:
        answer = app.refused(refusal)
    answer = app.stamped(answer, request, skew=plan.skew)
    return deliver(answer) if outcome is None else outcome.deliver(answer)


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        return parse_json(body)
    except (ValueError, RecursionError):
        return body


def _cookies(request: Request) -> dict[str, str]:
    header = request.header("cookie")
    if header is None:
        return {}
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {"": header}
