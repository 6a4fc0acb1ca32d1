"""The time limits of the token endpoint, with servers on loopback.

A refresh token that is sent has to have the whole timeout for its answer, which holds the next one:
whatever was lost in waiting to send must not be taken off it.
"""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from attrs import define, field

from katana_async import Secret, TokenRequestFailed
from katana_async.http.clock import SystemClock
from katana_async.http.session import SessionHolder
from katana_async.http.settings import HTTPSettings
from katana_async.oauth import AuthorizationServer
from katana_async.oauth.server.answers import Tokens
from katana_async.oauth.server.endpoint import Revocation, TokenEndpoint
from katana_async.oauth.server.forms import ClientRegistration, make_refresh_form, make_revoke_form
from tests.clock import ManualClock
from tests.oauth.partner import Partner

APP = ClientRegistration(
    client_id="app",
    client_secret=Secret("client-secret"),
    redirect_uri="https://partner.example/callback",
    scopes=("offline_access",),
    audience=None,
    extra={},
)
FORM = make_refresh_form(APP, Secret("refresh-token"))
GOOD = {"access_token": "at", "refresh_token": "rt", "token_type": "Bearer"}


@define(eq=False)
class Server:
    """A token endpoint that can be slow.

    Attributes:
        url: Its address.
        takes: Seconds before each answer; the last one also applies to all later requests.
        answer: The body of its answers.
        seen: The arrival time and the form fields of each request.
        headers: The headers of each request, by lower-case name.
        arrived: Set when a request has arrived.
    """

    url: str = ""
    takes: list[float] = field(factory=lambda: [0.0])
    answer: dict[str, Any] = field(factory=lambda: dict(GOOD))
    seen: list[tuple[float, dict[str, Any]]] = field(factory=list[tuple[float, dict[str, Any]]])
    headers: list[dict[str, str]] = field(factory=list[dict[str, str]])
    arrived: asyncio.Event = field(factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        self.seen.append((time.monotonic(), dict(await request.post())))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        takes = self.takes.pop(0) if len(self.takes) > 1 else self.takes[0]
        self.arrived.set()
        await asyncio.sleep(takes)
        return web.json_response(self.answer)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    app = web.Application()
    app.router.add_post("/{path:.*}", served.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/oauth/token"
    yield served
    await runner.cleanup()


@define(eq=False)
class LoopClock:
    """The clock of the running event loop, which stands still until `advance` is called."""

    _now: float

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def advance(self, seconds: float) -> None:
        """Move the clock from timer to timer, and let all tasks run that need no network."""
        loop: Any = asyncio.get_running_loop()
        until = self._now + seconds
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            times = [each.when() for each in loop._scheduled if not each.cancelled()]
            if not times or min(times) > until:
                break
            self._now = max(self._now, min(times))
        self._now = until


@pytest.fixture
async def clock(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LoopClock]:
    loop = asyncio.get_running_loop()
    stopped = LoopClock(loop.time())
    with monkeypatch.context() as patch:
        patch.setattr(loop, "time", stopped.now)
        yield stopped


Made = Callable[..., TokenEndpoint]


@pytest.fixture
async def make_endpoint(server: Server) -> AsyncIterator[Made]:
    async with AsyncExitStack() as stack:

        def make(
            timeout: float, *, connections: int = 100, token_url: str = "", clock: Any = None
        ) -> TokenEndpoint:
            holder = SessionHolder(HTTPSettings(max_connections=connections))
            stack.push_async_callback(holder.close)
            settings = AuthorizationServer(token_url=token_url or server.url, revoke_url=server.url)
            return TokenEndpoint(holder, settings, timeout, clock or SystemClock())

        yield make


async def end_after(
    asking: Awaitable[Any], clock: LoopClock, server: Server, sent: float, answer: float
) -> Any:
    """Return an outcome; so many seconds pass until the request is sent, and until the answer."""
    task = asyncio.ensure_future(asking)
    await clock.advance(sent)
    await server.arrived.wait()
    await clock.advance(answer)
    return await task


async def end_exactly(asking: Awaitable[Any], clock: LoopClock, seconds: float) -> Any:
    """Return an outcome that comes after so many seconds: not a millisecond earlier or later."""
    task = asyncio.ensure_future(asking)
    await clock.advance(seconds - 0.001)
    assert not task.done()
    await clock.advance(0.002)
    assert task.done()
    return task.result()


def slow_to_connect(endpoint: TokenEndpoint, *delays: float) -> None:
    """Let connections take so long, one after the other, as with a slow network or handshake."""
    connector: Any = endpoint.session.get().connector
    create, left = connector._create_connection, list(delays)

    async def slow(*args: Any, **kwargs: Any) -> Any:
        if left:
            await asyncio.sleep(left.pop(0))
        return await create(*args, **kwargs)

    connector._create_connection = slow


@asynccontextmanager
async def occupy_connection(
    endpoint: TokenEndpoint, seconds: float, server: Server
) -> AsyncIterator[None]:
    """Keep the only connection of a pool busy for a while."""
    server.takes = [seconds, 0.0]
    session = endpoint.session.get()

    async def occupy() -> None:
        async with session.post(server.url) as answer:
            await answer.read()

    task = asyncio.ensure_future(occupy())
    await server.arrived.wait()
    server.arrived.clear()
    server.seen.clear()
    yield
    await task


def not_sent(outcome: object) -> None:
    assert isinstance(outcome, TokenRequestFailed), outcome
    assert not outcome.outcome_unknown
    assert not outcome.may_still_happen


async def test_a_form_arrives_as_it_was_made(server: Server, make_endpoint: Made) -> None:
    assert isinstance(await make_endpoint(5.0).request_tokens(FORM), Tokens)
    ((_, fields),) = server.seen
    assert fields["refresh_token"] == "refresh-token"
    assert fields["client_secret"] == "client-secret"
    assert fields["redirect_uri"] == APP.redirect_uri


async def test_the_timeout_is_for_the_answer_and_not_for_the_way_there(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(2.0, clock=clock)
    slow_to_connect(endpoint, 0.25)
    server.takes = [1.8]  # with the way there it is more than the timeout
    outcome = await end_after(endpoint.request_tokens(FORM), clock, server, 0.25, 1.8)
    assert isinstance(outcome, Tokens)


async def test_the_timeout_begins_when_the_form_goes_out(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(0.4, clock=clock)
    slow_to_connect(endpoint, 0.5)
    server.takes = [0.35]
    asking = endpoint.request_tokens(FORM, until=clock.now() + 2.0)
    assert isinstance(await end_after(asking, clock, server, 0.5, 0.35), Tokens)


async def test_a_request_ends_at_the_promised_time(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(2.0, clock=clock)
    slow_to_connect(endpoint, 0.2)
    server.takes = [5.0]
    asking = asyncio.ensure_future(endpoint.request_tokens(FORM))
    await clock.advance(0.2)
    await server.arrived.wait()
    outcome = await end_exactly(asking, clock, 2.0 * 1.25 - 0.2)
    assert isinstance(outcome, TokenRequestFailed)
    assert "no answer within 2 s" in str(outcome)
    assert outcome.outcome_unknown
    assert outcome.may_still_happen


async def test_a_late_request_has_its_whole_timeout_and_no_more_than_the_limit(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(0.8, clock=clock)
    slow_to_connect(endpoint, 0.3)
    server.takes = [5.0]
    asking = asyncio.ensure_future(endpoint.request_tokens(FORM, until=clock.now() + 0.8))
    await clock.advance(0.3)
    await server.arrived.wait()
    outcome = await end_exactly(asking, clock, 0.8 * 1.25)
    assert isinstance(outcome, TokenRequestFailed)
    assert outcome.may_still_happen


async def test_a_connection_that_takes_too_long_certainly_sent_nothing(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(1.0, clock=clock)
    slow_to_connect(endpoint, 10.0)
    not_sent(await end_exactly(endpoint.request_tokens(FORM), clock, 1.0 * 0.2))
    await clock.advance(10.0)
    assert server.seen == []


async def test_a_request_that_connects_too_late_for_an_answer_is_not_sent(
    server: Server, make_endpoint: Made
) -> None:
    """As when the process is stopped: timers and sockets are ready at once when it goes on."""
    clock = ManualClock()
    endpoint = make_endpoint(10.0, clock=clock)
    connector: Any = endpoint.session.get().connector
    create = connector._create_connection

    async def connect_late(*args: Any, **kwargs: Any) -> Any:
        found = await create(*args, **kwargs)
        await clock.advance(3600)
        return found

    connector._create_connection = connect_late
    outcome = await endpoint.request_tokens(FORM)
    not_sent(outcome)
    assert "no connection in time to wait for the answer" in str(outcome)
    await asyncio.sleep(0.05)
    assert server.seen == []


async def test_a_request_that_waits_too_long_for_the_pool_is_not_sent(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(1.0, connections=1, clock=clock)
    async with occupy_connection(endpoint, 0.6, server):
        not_sent(await end_exactly(endpoint.request_tokens(FORM), clock, 1.0 * 0.2))
        await clock.advance(0.6)
    assert server.seen == []
    assert isinstance(await endpoint.request_tokens(FORM), Tokens)


async def test_a_request_that_leaves_the_pool_in_time_has_its_whole_timeout(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(1.0, connections=1, clock=clock)
    async with occupy_connection(endpoint, 0.15, server):
        server.takes = [0.95]
        outcome = await end_after(endpoint.request_tokens(FORM), clock, server, 0.15, 0.95)
        assert isinstance(outcome, Tokens)


async def test_a_request_may_wait_for_the_pool_as_long_as_the_lease_allows(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    endpoint = make_endpoint(0.4, connections=1, clock=clock)
    async with occupy_connection(endpoint, 0.6, server):
        server.takes = [0.35]
        asking = endpoint.request_tokens(FORM, until=clock.now() + 2.0)
        assert isinstance(await end_after(asking, clock, server, 0.6, 0.35), Tokens)


async def test_when_it_is_too_late_already_nothing_is_tried(
    server: Server, make_endpoint: Made
) -> None:
    endpoint = make_endpoint(1.0)
    not_sent(await endpoint.request_tokens(FORM, until=endpoint.clock.now()))
    assert server.seen == []


async def test_a_server_that_accepts_no_connection_certainly_got_no_request(
    make_endpoint: Made, clock: LoopClock
) -> None:
    with socket.socket() as listening, ExitStack() as stack:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        for _ in range(4):  # its queue is full, and the kernel drops further connections
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(address)
        endpoint = make_endpoint(1.0, token_url=f"http://127.0.0.1:{address[1]}/", clock=clock)
        not_sent(await end_exactly(endpoint.request_tokens(FORM), clock, 1.0 * 0.2))


@pytest.mark.parametrize("wait", [0.05, 0.3], ids=["in time", "too late"])
async def test_a_refused_connection_is_tried_again_if_the_answer_can_have_its_whole_time(
    server: Server,
    make_endpoint: Made,
    clock: LoopClock,
    monkeypatch: pytest.MonkeyPatch,
    wait: float,
) -> None:
    def backoff(attempt: int) -> float:
        return wait

    monkeypatch.setattr("katana_async.oauth.server.endpoint.backoff", backoff)
    endpoint = make_endpoint(1.0, clock=clock)
    connector: Any = endpoint.session.get().connector
    create, refusals = connector._create_connection, [1]

    async def refuse_first(req: Any, *args: Any, **kwargs: Any) -> Any:
        if refusals:
            refusals.pop()
            raise aiohttp.ClientConnectorError(req.connection_key, ConnectionRefusedError())
        return await create(req, *args, **kwargs)

    connector._create_connection = refuse_first
    server.takes = [0.95]
    asking = endpoint.request_tokens(FORM)
    if wait < 0.2:
        assert isinstance(await end_after(asking, clock, server, wait, 0.95), Tokens)
    else:
        not_sent(await asking)
        assert server.seen == []


async def test_a_connection_that_breaks_once_the_form_is_out_leaves_its_fate_open(
    make_endpoint: Made,
) -> None:
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.close()

    listening = await asyncio.start_server(drop, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    endpoint = make_endpoint(1.0, token_url=f"http://127.0.0.1:{port}/")
    outcome = await endpoint.request_tokens(FORM)
    listening.close()
    assert isinstance(outcome, TokenRequestFailed)
    assert outcome.may_still_happen


async def test_revoking_waits_no_longer_than_asking(
    server: Server, make_endpoint: Made, clock: LoopClock
) -> None:
    form = make_revoke_form(APP, Secret("refresh-token"), "refresh_token")
    endpoint = make_endpoint(0.4, clock=clock)
    assert await endpoint.revoke(form) is Revocation.REVOKED
    server.takes = [5.0]
    server.arrived.clear()
    revoking = asyncio.ensure_future(endpoint.revoke(form))
    await server.arrived.wait()
    assert await end_exactly(revoking, clock, 0.4 * 1.25) is Revocation.FAILED


async def test_nothing_is_left_running(server: Server, make_endpoint: Made) -> None:
    before = asyncio.all_tasks()
    endpoint = make_endpoint(0.2)
    server.takes = [1.0, 0.0]
    await endpoint.request_tokens(FORM)
    await endpoint.request_tokens(FORM)
    asking = asyncio.ensure_future(endpoint.request_tokens(FORM))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.sleep(0.05)
    left = [task for task in asyncio.all_tasks() - before if "handle" not in repr(task)]
    assert [task for task in left if "endpoint" in repr(task) or "exchange" in repr(task)] == []


# ---- whose account it is ----------------------------------------------------------------------


class BrokenLimits:
    """A user's own implementation of shared limits, which fails."""

    def limiter(self, server: str, quota: str) -> Any:
        raise RuntimeError("the limiter of the access-token is away")


async def test_a_failure_to_name_an_account_costs_its_name_and_nothing_else(
    partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    app = partner.app(limits=BrokenLimits())
    with caplog.at_level(logging.WARNING):
        connection = await partner.connect(app)
    assert connection.account is None
    assert (await partner.record(app, connection.id)).access
    assert "not read completely: RuntimeError" in caplog.text
    assert "access-token" not in caplog.text


async def test_a_caller_that_is_cancelled_while_the_account_is_read_stays_cancelled(
    partner: Partner,
) -> None:
    class Cancelled:
        def limiter(self, server: str, quota: str) -> Any:
            raise asyncio.CancelledError

    app = partner.app(limits=Cancelled())
    with pytest.raises(asyncio.CancelledError):
        await partner.connect(app)


@pytest.mark.parametrize("url", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(
    "options",
    [
        {"trust_env": True},
        {"headers": {"authorization": "Basic b3RoZXI6b3RoZXI="}},
        {"headers": {"X-Api-Key": "other", "Content-Type": "text/plain", "Cookie": "a=b"}},
        {"cookies": {"other": "value"}},
    ],
    ids=["netrc", "authorization", "other headers", "cookies"],
)
async def test_nothing_that_a_lent_session_sends_by_itself_goes_to_the_endpoint(
    server: Server,
    url: str,
    options: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def ask(session: aiohttp.ClientSession) -> None:
        settings = AuthorizationServer(
            token_url=f"{server.url}/oauth/token", revoke_url=f"{server.url}/oauth/revoke"
        )
        asked = TokenEndpoint(SessionHolder(HTTPSettings(), session), settings, 5, SystemClock())
        if url == "/oauth/token":
            assert isinstance(await asked.request_tokens(FORM), Tokens)
        else:
            form = make_revoke_form(APP, Secret("a"), "access_token")
            assert await asked.revoke(form) is Revocation.REVOKED

    for lent in ({}, options):
        jar = aiohttp.CookieJar(unsafe=True)  # or it keeps no cookie for an address without a name
        async with aiohttp.ClientSession(cookie_jar=jar, **lent) as session:
            await ask(session)
    plain, with_own = server.headers
    assert with_own == plain
    assert not plain.keys() & {"authorization", "cookie"}
