"""A partner's apps, browsers, and an API that checks each token at the provider."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar
from zlib import crc32

import aiohttp
from aiohttp import web
from attrs import define, field

from katana_async import KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.oauth import (
    Completed,
    Connection,
    Key,
    KeyRing,
    MemoryTokenStore,
    OAuthApp,
    new_key,
)
from katana_async.oauth.records import ConnectionRecord
from tests.clock import ManualClock
from tests.interop.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    Browser,
    Provider,
)
from tests.oauth.partner import group_settings

T = TypeVar("T")

SESSION = "the id of a browser's session"


@define(eq=False)
class PartnerSetup:
    """A provider, an API that trusts it, and apps that share one store.

    Attributes:
        provider: The authorization server, which all tests of a module share.
        stack: Closes the apps, clients and sessions after the test.
        refreshed: The connections passed to `on_refresh`.
        ended: The connections passed to `on_reauthorization_required`.
    """

    provider: Provider
    stack: AsyncExitStack
    api_url: str
    clock: ManualClock = field(factory=ManualClock)
    cipher: KeyRing = field(factory=lambda: KeyRing(Key.parse(new_key())))
    refreshed: list[Connection] = field(factory=list)
    ended: list[Connection] = field(factory=list)
    store: Any = None
    _http: Any = None
    _events_before: int = 0

    async def start(self) -> None:
        """Open the store, and skip the events of earlier tests."""
        self.store = MemoryTokenStore(clock=self.clock.now)
        self._http = await self.stack.enter_async_context(aiohttp.ClientSession())
        self._events_before = len(await self.audit())

    def app(self, **settings: Any) -> OAuthApp:
        """Return an app. Two apps stand for two processes of the partner."""
        defaults: dict[str, Any] = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": REDIRECT_URI,
            "store": self.store,
            "cipher": self.cipher,
            # OpenID Connect grants offline access only with this prompt (Core, section 11).
            "extra": {"prompt": "consent"},
            "authorize_url": self.provider.authorize_url,
            "token_url": self.provider.token_url,
            "revoke_url": self.provider.revoke_url,
            "api_url": self.api_url,
            "clock": self.clock,
            "limits": ProcessLimits(),
            "on_refresh": self.refreshed.append,
            "on_reauthorization_required": self.ended.append,
        }
        app = OAuthApp(**group_settings({**defaults, **settings}))
        self.stack.push_async_callback(app.close)
        return app

    async def browser(self, account: str = "ada") -> Browser:
        """Return a browser without cookies, that logs in to `account`."""
        jar = aiohttp.CookieJar(unsafe=True)  # also accept the cookies of an IP address
        session = await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        return Browser(session, account)

    async def connect(
        self, app: OAuthApp, connection_id: str | None = None, account: str = "ada"
    ) -> Completed:
        """Run the whole flow with consent; return the connection."""
        url = await app.begin(session=SESSION, connection_id=connection_id)
        callback = await (await self.browser(account)).approve(url)
        return await app.complete(callback, session=SESSION)

    def client(self) -> KatanaClient:
        """Return a client that lends its session to connections."""
        client = KatanaClient(auth=None, base_url=self.api_url, limits=ProcessLimits())
        self.stack.push_async_callback(client.close)
        return client

    async def record(self, app: OAuthApp, connection_id: str) -> ConnectionRecord:
        """Return the stored record, decrypted."""
        row = await app._sealed_rows.read_connection(connection_id)
        assert row is not None
        return row.record

    async def refresh_token(self, app: OAuthApp, connection_id: str) -> str:
        record = await self.record(app, connection_id)
        assert record.refresh is not None
        return record.refresh.reveal()

    async def post_form(self, url: str, **form: str) -> tuple[int, dict[str, Any]]:
        """Post a form with the client's credentials to the provider, without the SDK."""
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        async with self._http.post(url, data=client | form) as answer:
            body = await answer.read()
            return answer.status, await answer.json() if body else {}

    async def replay(self, refresh_token: str) -> str:
        """Use a refresh token without the SDK; return the provider's error code."""
        status, answer = await self.post_form(
            self.provider.token_url, grant_type="refresh_token", refresh_token=refresh_token
        )
        assert status == 400, answer
        error: str = answer["error"]
        return error

    async def is_active(self, token: str) -> bool:
        """Return whether the provider accepts a token (RFC 7662)."""
        _, answer = await self.post_form(self.provider.introspect_url, token=token)
        active: bool = answer["active"]
        return active

    async def audit(self, *events: str) -> list[dict[str, Any]]:
        """Return the provider's events in this test, all or only these kinds."""
        async with self._http.get(f"{self.provider.origin}/audit") as answer:
            recorded: list[dict[str, Any]] = await answer.json()
        return [
            each
            for each in recorded[self._events_before :]
            if not events or each["event"] in events
        ]

    async def refusals(self) -> list[str]:
        """Return the provider's internal reasons for refused token requests."""
        return [each["why"] for each in await self.audit("grant.error")]

    async def refreshes(self) -> int:
        """Return the number of refreshes for which the provider issued tokens."""
        granted = await self.audit("grant.success")
        return sum(each["type"] == "refresh_token" for each in granted)

    async def while_time_passes(self, work: Awaitable[T], step: float = 0.05) -> T:
        """Await `work`, and advance the clock meanwhile."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait([task], timeout=0.01)
            await self.clock.advance(step)
        return await task


@asynccontextmanager
async def open_partner_setup(provider: Provider) -> AsyncIterator[PartnerSetup]:
    """Serve an API beside a provider, and close both at the end."""
    async with AsyncExitStack() as stack:
        partner = PartnerSetup(provider, stack, await stack.enter_async_context(katana(provider)))
        await partner.start()
        yield partner


@asynccontextmanager
async def katana(provider: Provider) -> AsyncIterator[str]:
    """Serve the two endpoints that name an account, for tokens that the provider accepts."""
    async with aiohttp.ClientSession() as session:

        async def answer(request: web.Request) -> web.Response:
            kind, _, token = request.headers.get("Authorization", "").partition(" ")
            form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token": token}
            async with session.post(provider.introspect_url, data=form) as introspection:
                found = await introspection.json()
            if kind != "Bearer" or not found["active"]:
                return web.json_response({"statusCode": 401, "name": "Unauthorized"}, status=401)
            make_body = _factory if request.path == "/factory" else _user
            return web.json_response(make_body(found["sub"]))

        app = web.Application()
        app.add_routes([web.get("/factory", answer), web.get("/user_info", answer)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


def _factory(account: str) -> dict[str, Any]:
    name = account.title()
    return {"display_name": name, "legal_name": f"{name} Ltd", "base_currency_code": "EUR"}


def _user(account: str) -> dict[str, Any]:
    return {
        "id": crc32(account.encode()),
        "email": f"{account}@example.com",
        "firstName": account,
        "lastName": "Example",
    }
