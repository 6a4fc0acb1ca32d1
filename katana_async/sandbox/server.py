"""The sandbox server: Katana's API on a local port."""

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

from .account import AccountState, Oddities
from .app import BASE, App
from .callers import Callers, key_id
from .clock import Clock, SystemClock
from .connection import Connections, Exchange, HttpConnection
from .fault_rules import FaultPlan, Faults
from .faults import Delivery, deliver
from .journal import Journal, Seen
from .limits import RateLimit, RateLimiter
from .oauth.authorization import Client
from .oauth.forms import mask_body, mask_query
from .oauth.server import OAuthEndpoints, OAuthServer, serves
from .registry import endpoints
from .seeds import seed_store
from .store import Store
from .tables.settings import COMPANY
from .wire import Answer, HttpRequest, parse_json

_DEFAULT_LIMIT = RateLimit()

_WILDCARD_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised # nosec B104
"""The loopback addresses for wildcard addresses, to which some systems cannot connect."""


class Sandbox:
    """Katana's API over real HTTP on a local port, with its records in memory.

    Use it as an asynchronous context manager, or call `start` and `stop`.

    Args:
        products: The number of products; other records are in proportion.
        seed: The seed of the records: the same seed and number of products give the same records.
        rate_limit: The limit of each key, by default Katana's 60 requests a minute. None sets no
            limit; answers then have a limit of a million, so that clients do not wait.
        clock: The clock of timestamps and windows; by default the machine's.
        host: The address to listen on. With a wildcard address (`0.0.0.0`, `::`), `base_url` has
            the loopback address.
        port: The port to listen on; 0 for a free one.
        api_key: The first valid key; random by default.
        journal_limit: The number of requests that the journal keeps; None keeps all.
        oauth_client: The first app that is registered for OAuth; random by default.

    Attributes:
        journal: The requests that were read.
        faults: The active faults (see `katana_async.sandbox.faults`).
        connections: Counts of connections.
        oauth: The authorization server (see `katana_async.sandbox.oauth`).
        oddities: Switches between behaviours of the live service.
        store: The records, by collection, which tests can read and change without HTTP.
    """

    def __init__(
        self,
        *,
        products: int = 200,
        seed: int = 1,
        rate_limit: RateLimit | None = _DEFAULT_LIMIT,
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
        self.store: Store = seed_store(products=products, seed=seed, clock=self.clock)
        self.store.history.span = self.oddities.longest_lag
        self._limits = RateLimiter(rate_limit, self.clock, phase=seed * 0.618034 % 1)
        self.oauth = OAuthServer(self.clock, COMPANY, oauth_client, lambda: self._origin)
        self._callers = Callers(self.oauth.caller)
        account = AccountState(self.store, self.clock, self.oddities)
        self._app = App(account, self._limits, self._callers, endpoints())
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self.api_key = self.add_key(api_key)

    def __repr__(self) -> str:
        return f"<Sandbox {self.base_url if self._server else 'not started'}>"

    # -- running

    async def start(self) -> Self:
        """Start listening, and return the sandbox."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: HttpConnection(self), self._host, self._port, backlog=1024
        )
        return self

    async def stop(self) -> None:
        """Close all connections at once, and stop listening."""
        if self._server is None:
            return
        server, self._server = self._server, None
        await _finish_accepting(server)
        server.close()
        for connection in self.connections.all():
            connection.abort()
        while self.connections.open:  # noqa: ASYNC110 - aborted ones end in the next loop iteration
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
        """The port of the running sandbox."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use `async with Sandbox()`")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        """The API's address, in the place of https://api.katanamrp.com/v1."""
        return self._origin + BASE

    @property
    def _origin(self) -> str:
        host = _WILDCARD_ADDRESSES.get(self._host, self._host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"

    # -- keys and limits

    def add_key(self, key: str | None = None) -> str:
        """Make a key valid, and return it; by default a random one."""
        key = key or f"sandbox-{secrets.token_urlsafe(24)}"
        self._callers.keys.add(key_id(key))
        return key

    def revoke_key(self, key: str) -> None:
        """Make a key invalid: its requests are answered with 401."""
        self._callers.keys.discard(key_id(key))

    def key_id(self, key: str) -> str:
        """Return the id of a key in the journal and in `rate_limited`.

        An access token has the id of its grant, to which the rate limit applies.
        """
        return self._callers.find_by_key(key).id

    def draw(self, n: int, key: str | None = None) -> int:
        """Use up to `n` requests of a key's quota, like another client; return the number used."""
        return self._limits.draw(self.key_id(key or self.api_key), n)

    @property
    def rate_limited(self) -> Counter[str]:
        """The number of requests over the limit, by key id."""
        return self._limits.rejections

    @property
    def violations(self) -> int:
        """The number of requests that were over the limit; 429s by faults do not count."""
        return self._limits.rejections.total()

    # -- requests of connections

    def path_of(self, target: str) -> str:
        """Return the decoded path below the base URL of a request target."""
        return unquote(target.partition("?")[0].removeprefix(BASE))

    def receive(self, request: HttpRequest, connection: int) -> Exchange:
        """Add a request to the journal, and return its exchange."""
        path = self.path_of(request.target)
        plan = self.faults.plan(request.method, path)
        app, shown, body = self._select_app(request)
        caller = self._callers.find_caller(request)
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
        return Exchange(plan, partial(_carry_out, app, request, plan), seen)

    def _select_app(self, request: HttpRequest) -> tuple[App | OAuthEndpoints, HttpRequest, Any]:
        """Return a request's application, and the request and body as the journal has them."""
        if serves(request.path):
            return self.oauth.endpoints, mask_query(request), mask_body(request)
        return self._app, request, _parse_body(request.body)


async def _finish_accepting(server: asyncio.Server) -> None:
    """Stop accepting connections, and wait until accepted ones have a transport.

    If a server closes between the acceptance of a connection and the creation of its transport,
    asyncio loses the socket: it stays open until it is garbage-collected, and the client waits.
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener)
    for _ in range(2):  # one iteration creates the transport, the next calls connection_made
        await asyncio.sleep(0)


@contextmanager
def threaded(sandbox: Sandbox) -> Generator[Sandbox, None, None]:
    """Run a sandbox in a thread for the duration of a `with` block.

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


def _carry_out(app: App | OAuthEndpoints, request: HttpRequest, plan: FaultPlan) -> Delivery:
    """Carry out a request unless a fault prevents it, and return its delivery."""
    outcome = plan.outcome
    if outcome is None or outcome.processed:
        answer = app.answer(request)
    else:
        answer = Answer(200)
        if outcome.uses_quota:
            app.spend(request)
    if outcome is not None and (refusal := outcome.refusal()) is not None:
        answer = app.answer_refusal(refusal)
    answer = app.add_headers(answer, request, skew=plan.skew)
    return deliver(answer) if outcome is None else outcome.deliver(answer)


def _parse_body(body: bytes) -> Any:
    if not body:
        return None
    try:
        return parse_json(body)
    except (ValueError, RecursionError):
        return body


def _cookies(request: HttpRequest) -> dict[str, str]:
    header = request.header("cookie")
    if header is None:
        return {}
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {"": header}
