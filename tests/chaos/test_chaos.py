"""Callers, tenants and faults all at once, over real HTTP. Nothing may be lost, done twice or leak.

`make test-all` runs 30 seconds; `make chaos` three minutes: KATANA_CHAOS_SECONDS=180. The seed is
printed; KATANA_CHAOS_SEED repeats its decisions, though not the order in which sockets answer.
"""

import asyncio
import gc
import os
import secrets
import socket
from pathlib import Path
from random import Random
from typing import Any

import pytest

from katana_async import ApiKey, Auth, KatanaClient
from katana_async.http.limits import ProcessLimits
from katana_async.http.messages import Request, Response
from katana_async.http.settings import HTTPSettings
from katana_async.http.transport import Transport
from katana_async.sandbox import RateLimit, Sandbox
from katana_async.sandbox.app import App
from katana_async.sandbox.wire import Answer, Request as Received
from tests.chaos.ledger import Ledger
from tests.chaos.weather import RESTLESS, RULES, Tenant, Weather
from tests.chaos.workers import Workers, wait_for_generators

SECONDS = float(os.environ.get("KATANA_CHAOS_SECONDS", "30"))
SEED = int(os.environ.get("KATANA_CHAOS_SEED", secrets.randbelow(2**32)))

WORKERS = 24
TENANTS = 4
CONNECTIONS = 12
"""Fewer than there are workers, so that calls wait for one."""

LIMIT, WINDOW = 150, 0.5
"""The rate limit of each key: so fast that waiting for it does not fill the run."""

WALKS = 500 / 180
"""How many walks must end well, per second."""

KINDS = 20
"""How many kinds of faults must strike at least."""

pytestmark = [pytest.mark.timeout(SECONDS + 120)]


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Note each call of the client as it ends, and each request that the sandbox carries out."""
    ledger = Ledger()
    send, answer = Transport.send, App.answer

    async def timed(transport: Transport, request: Request) -> Response:
        loop = asyncio.get_running_loop()
        assert transport.options.deadline is not None
        deadline = loop.time() + transport.options.deadline
        try:
            return await send(transport, request)
        finally:
            ledger.note_call(f"{request.method} {request.path}", deadline, loop.time())

    def noted(app: App, request: Received) -> Answer:
        answered = answer(app, request)
        ledger.note_answer(request, answered)
        return answered

    monkeypatch.setattr(Transport, "send", timed)
    monkeypatch.setattr(App, "answer", noted)
    return ledger


async def test_nothing_is_lost_done_twice_or_leaked(ledger: Ledger) -> None:
    print(f"\nchaos: seed {SEED}, {SECONDS:g} s")
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: ledger.violations.append(f"unseen: {context}"))
    sockets = _open_files()
    limits = ProcessLimits(LIMIT, WINDOW)
    sandbox = Sandbox(products=300, rate_limit=RateLimit(LIMIT, WINDOW), port=_free_port())
    tenants = [Tenant(sandbox.add_key(), rotates=n % 2 == 0) for n in range(TENANTS)]
    restless = sandbox.store[RESTLESS[1:]]
    for n in range(300):
        ledger.alive[restless.create({"name": f"seed {n}"})["id"]] = 0.0
    weather = Weather(sandbox, tenants, Random(SEED))
    measuring = asyncio.ensure_future(ledger.delay.measure())
    async with sandbox, _client(sandbox, limits) as katana:
        auths: list[Auth] = [
            ApiKey.from_source(t.fetch) if t.rotates else ApiKey(t.key) for t in tenants
        ]
        variants = frozenset(map(int, sandbox.store["variants"].ids()))
        workers = Workers(katana, auths, ledger, Random(SEED + 1), variants)
        blowing = asyncio.ensure_future(weather.blow())
        until = loop.time() + SECONDS
        await asyncio.gather(*(workers.work(until) for _ in range(WORKERS)))
        blowing.cancel()
        await asyncio.gather(blowing, return_exceptions=True)
        await wait_for_generators()
        leaks = _leaks(katana, limits, {measuring})
        for auth in auths:  # every tenant works again
            await katana.with_auth(auth).with_options(deadline=10).variants.list().first()
        print(_summary(ledger, weather))
        await katana.close()
        await wait_for_generators()
        assert sandbox.connections.open == 0
        contradictions = ledger.compare(sandbox)
    measuring.cancel()
    await asyncio.gather(measuring, return_exceptions=True)
    assert leaks == []
    assert contradictions == []
    assert _open_files() == sockets
    assert ledger.walks >= WALKS * SECONDS
    assert len(+weather.struck) >= KINDS
    if SECONDS >= 60:
        assert weather.struck.keys() >= RULES.keys()


def _client(sandbox: Sandbox, limits: ProcessLimits) -> KatanaClient:
    return KatanaClient(
        auth=None,
        base_url=sandbox.base_url,
        limits=limits,
        http=HTTPSettings(max_connections=CONNECTIONS),
        connect_timeout=0.5,
        max_response_bytes=2**21,
    )


def _leaks(
    katana: KatanaClient, limits: ProcessLimits, expected: "set[asyncio.Future[Any]]"
) -> list[str]:
    """Return the tasks, slots and places in queues that are left when no call runs."""
    tasks = asyncio.all_tasks() - expected - {asyncio.current_task()}
    found = [f"task {task}" for task in tasks]
    free = katana._http.session.slots._value
    if free != CONNECTIONS:
        found.append(f"{CONNECTIONS - free} connection slots")
    return found + [
        f"{limiter.window.outstanding} slots of a quota, or callers in its queue"
        for limiter in limits._limiters.values()
        if limiter.window.outstanding or limiter._queues
    ]


def _summary(ledger: Ledger, weather: Weather) -> str:
    def listed(counts: Any) -> str:
        return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))

    return "\n".join(
        (
            f"  calls: {ledger.calls}, the latest {ledger.latest * 1e3:.0f} ms after its deadline",
            f"  results: {listed(ledger.results)}; {ledger.cancelled} actions cancelled",
            f"  errors: {listed(ledger.errors)}",
            f"  writes executed: {len(ledger.executed)}; walks checked: {ledger.walks}",
            f"  faults of {len(+weather.struck)} kinds: {listed(weather.struck)}",
        )
    )


def _free_port() -> int:
    """Return a port that a restarted listener can take again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _open_files() -> int:
    """Return how many sockets and files this process has open; 0 where that cannot be seen."""
    gc.collect()
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
