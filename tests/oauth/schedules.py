"""Processes that refresh one connection, in an order that a test chooses step by step.

Each process waits before and after every operation on the store or the server until the test lets
it go on. In between it may be stopped, killed, or lose an answer. The store, the server and the
clock are simulated; `Refresher`, its decisions and its rows are real.
"""

import asyncio
from typing import Any

from attrs import define, field

from katana_async import KatanaError, TokenRequestFailed, TokenStoreError
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore
from katana_async.oauth.records import ConnectionRecord, Status
from katana_async.oauth.sealing.sealed_rows import SealedRows
from katana_async.oauth.server.answers import Tokens
from katana_async.oauth.server.forms import ClientRegistration, Form
from katana_async.oauth.server.traffic import EndpointTraffic
from katana_async.oauth.settings import RefreshTiming
from katana_async.oauth.tokens.refresh import StoredTokens, is_sendable
from katana_async.oauth.tokens.refresher import AppContext, ConnectionEvent, Refresher
from katana_async.secrets import Secret

ID = "tenant"
LIFE = 1000.0
TIMING = RefreshTiming(leeway=100, patience=90, lease=30, timeout=10)

LONGEST_ASKING = TIMING.patience - (TIMING.lease - TIMING.longest_answer) - 1
"""Seconds from the sending of a refresh to the storing of its tokens without another refresh.

The time may pass on the network, in the store, or while the process is stopped.
"""


@define(eq=False)
class Server:
    """An authorization server with rotation and reuse detection.

    Attributes:
        current: The number of the valid refresh token.
        alive: False after a reuse: the server then refuses all refresh tokens.
        reused: Number of requests with a spent refresh token.
    """

    current: int = 0
    alive: bool = True
    reused: int = 0

    def refresh(self, token: str) -> Tokens | TokenRequestFailed:
        if self.alive and token == f"refresh-{self.current}":
            self.current += 1
            return self.tokens()
        self.reused += self.alive
        self.alive = False
        return TokenRequestFailed("no", error="invalid_grant", status=400)

    def tokens(self) -> Tokens:
        return Tokens(
            Secret(f"access-{self.current}"), Secret(f"refresh-{self.current}"), LIFE, None
        )


@define(eq=False)
class Process:
    """One process, and the future that it waits for."""

    simulation: "Simulation"
    name: int
    waiting: asyncio.Future[None] | None = None
    wakes_at: float = 0.0
    stopped_until: float = 0.0
    loses_answer: bool = False
    asked_at: float | None = None
    task: asyncio.Task[StoredTokens | KatanaError] | None = None
    dead: bool = False

    @property
    def can_go_on(self) -> bool:
        now = self.simulation.now
        return self.waiting is not None and max(self.wakes_at, self.stopped_until) <= now

    async def gate(self, seconds: float = 0.0) -> None:
        """Wait until the test lets this process go on."""
        self.wakes_at = self.simulation.now + seconds
        self.waiting = asyncio.get_running_loop().create_future()
        await self.waiting

    def go_on(self) -> None:
        assert self.waiting is not None
        waiting, self.waiting = self.waiting, None
        waiting.set_result(None)


@define(eq=False)
class GatedStore:
    """A store as one process reaches it."""

    process: Process
    store: MemoryTokenStore

    async def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        simulation = self.process.simulation
        await self.process.gate()
        if simulation.now < simulation.store_is_away_until:
            raise ConnectionError("the database is away")
        found = await getattr(self.store, name)(*args, **kwargs)
        await self.process.gate()
        if simulation.now < simulation.store_is_away_until:
            raise ConnectionError("the database is away, and did it just before")
        return found

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._call(name, *args, **kwargs)

        return call


@define(eq=False)
class GatedServer:
    """The token endpoint as one process reaches it."""

    process: Process
    traffic: EndpointTraffic

    async def request_tokens(
        self, form: Form, until: float | None = None
    ) -> Tokens | TokenRequestFailed:
        simulation, process = self.process.simulation, self.process
        token = form.fields["refresh_token"]
        assert isinstance(token, Secret)
        process.asked_at = simulation.now
        await process.gate()  # on its way there
        answer = simulation.server.refresh(token.reveal())
        lost = process.loses_answer
        process.loses_answer = False
        await process.gate()  # on its way back
        if not lost:
            return answer
        return TokenRequestFailed("lost", outcome_unknown=True, may_still_happen=True)

    async def revoke(self, form: Form) -> None:
        raise AssertionError("nothing is disconnected here")


@define(eq=False)
class GatedClock:
    """Time as one process sees it."""

    process: Process

    def now(self) -> float:
        return self.process.simulation.now

    async def sleep(self, seconds: float) -> None:
        await self.process.gate(seconds)


@define(eq=False)
class Simulation:
    """A simulated server, a simulated store, and the processes that use them.

    Attributes:
        now: The one clock.
        reauthorizations: Notifications that a person must connect again.
        store_is_away_until: The time until which every operation on the store fails.
    """

    now: float = 10_000.0
    server: Server = field(factory=Server)
    processes: list[Process] = field(factory=list)
    reauthorizations: int = 0
    store_is_away_until: float = 0.0
    store: MemoryTokenStore = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store = MemoryTokenStore(clock=lambda: self.now)

    def sealed_rows(self, process: Process | None = None) -> SealedRows:
        store: Any = self.store if process is None else GatedStore(process, self.store)
        return SealedRows(store, InsecurePlaintext(), "client")

    async def connect(self) -> None:
        tokens = self.server.tokens()
        record = ConnectionRecord(
            birth="b",
            standing=Status.CONNECTED,
            reason=None,
            access=tokens.access,
            refresh=tokens.refresh,
            issued_at=self.now,
            life=LIFE,
            scopes=(),
            account=None,
            connected_at=self.now,
            refreshed_at=None,
            intent=None,
        )
        assert await self.sealed_rows().save_connection(ID, 1, record)

    def refresher(self, process: Process) -> Refresher:
        def notify(event: ConnectionEvent, *_: object) -> None:
            self.reauthorizations += event == "on_reauthorization_required"

        clock = GatedClock(process)
        endpoint: Any = GatedServer(process, EndpointTraffic(clock))
        context = AppContext(
            client=ClientRegistration(
                client_id="client", client_secret=None, redirect_uri="https://a.example/"
            ),
            sealed_rows=self.sealed_rows(process),
            endpoint=endpoint,
            timing=TIMING,
            clock=clock,
            notify=notify,
        )
        return Refresher(context, ID)

    async def start(self, name: int) -> Process:
        """Start a process that wants a usable token."""
        process = Process(self, name)
        refresher = self.refresher(process)
        process.task = asyncio.ensure_future(self._get_tokens(refresher))
        self.processes.append(process)
        await self.settle()
        return process

    async def _get_tokens(self, refresher: Refresher) -> StoredTokens | KatanaError:
        # As a `TokenSession`: try again after a failure, and offer unsaved tokens to the store.
        clock = refresher.context.clock
        while True:
            try:
                stored = await refresher.get_tokens(None)
            except TokenStoreError:
                await clock.sleep(TIMING.save_interval)
            except TokenRequestFailed:
                continue
            except KatanaError as error:
                return error
            else:
                assert is_sendable(stored.record, self.now, TIMING), "a token that has ended"
                if stored.unsaved is None:
                    return stored
                await clock.sleep(TIMING.save_interval)

    async def settle(self) -> None:
        """Let all processes run until they wait."""
        for _ in range(12):
            await asyncio.sleep(0)

    async def step(self, process: Process) -> None:
        process.go_on()
        await self.settle()

    async def kill(self, process: Process) -> None:
        assert process.task is not None
        process.dead = True
        process.waiting = None
        process.task.cancel()
        await self.settle()

    def running(self) -> list[Process]:
        return [
            each
            for each in self.processes
            if not each.dead and each.task is not None and not each.task.done()
        ]

    def ready(self) -> list[Process]:
        return [each for each in self.running() if each.can_go_on]

    def at_most(self, seconds: float) -> float:
        """Return the time that may pass before a request of a process takes too long."""
        asking = [each.asked_at for each in self.running() if each.asked_at is not None]
        return min([seconds, *(since + LONGEST_ASKING - self.now for since in asking)])

    def pass_time(self) -> None:
        """Move to the next moment at which a process can go on."""
        times = [max(each.wakes_at, each.stopped_until) for each in self.running()]
        self.now = max(self.now, min(times))

    async def finish(self) -> None:
        """Let all go on to the end, one after the other."""
        for _ in range(5000):
            if not self.running():
                return
            if ready := self.ready():
                await self.step(ready[0])
            else:
                self.pass_time()
        raise AssertionError("it does not come to an end")

    async def read_record(self) -> ConnectionRecord:
        opened = await self.sealed_rows().read_connection(ID)
        assert opened is not None
        return opened.record


def outcome(process: Process) -> StoredTokens | KatanaError:
    assert process.task is not None
    return process.task.result()


def expired(simulation: Simulation) -> None:
    """Let the access token end."""
    simulation.now += LIFE + 1
