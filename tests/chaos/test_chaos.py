"""Concurrent callers, tenants and random faults, over real HTTP: no write is lost or duplicated.

`make test-all` runs it for 30 seconds, `make chaos` for three minutes (KATANA_CHAOS_SECONDS=180).
The seed is printed; KATANA_CHAOS_SEED repeats the random decisions, but not the timing of sockets.
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
from katana_async.sandbox.wire import Answer, HttpRequest
from tests.chaos.consistency import ConsistencyChecker
from tests.chaos.random_faults import CHANGING_COLLECTION, RULES, RandomFaults, Tenant
from tests.chaos.workers import Workers, wait_for_generators

SECONDS = float(os.environ.get("KATANA_CHAOS_SECONDS", "30"))
SEED = int(os.environ.get("KATANA_CHAOS_SEED", secrets.randbelow(2**32)))

WORKERS = 24
TENANTS = 4
CONNECTIONS = 12
"""Fewer connections than workers, so that calls have to wait for one."""

LIMIT, WINDOW = 150, 0.5
"""The rate limit of each key, high enough that the run is not spent waiting."""

WALKS = 500 / 180
"""The minimum of successful walks per second."""

KINDS = 20
"""The minimum of different faults that must be applied."""

pytestmark = [pytest.mark.timeout(SECONDS + 120)]


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> ConsistencyChecker:
    """Return a checker that records the client's calls and the sandbox's writes."""
    checker = ConsistencyChecker()
    send, answer = Transport.send, App.answer

    async def send_and_record(transport: Transport, request: Request) -> Response:
        loop = asyncio.get_running_loop()
        assert transport.options.deadline is not None
        deadline = loop.time() + transport.options.deadline
        try:
            return await send(transport, request)
        finally:
            checker.record_call(f"{request.method} {request.path}", deadline, loop.time())

    def answer_and_record(app: App, request: HttpRequest) -> Answer:
        answered = answer(app, request)
        checker.record_answer(request, answered)
        return answered

    monkeypatch.setattr(Transport, "send", send_and_record)
    monkeypatch.setattr(App, "answer", answer_and_record)
    return checker


async def test_nothing_is_lost_done_twice_or_leaked(checker: ConsistencyChecker) -> None:
    print(f"\nchaos: seed {SEED}, {SECONDS:g} s")
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: checker.violations.append(f"unseen: {context}"))
    sockets = _open_files()
    limits = ProcessLimits(LIMIT, WINDOW)
    sandbox = Sandbox(products=300, rate_limit=RateLimit(LIMIT, WINDOW), port=_free_port())
    tenants = [Tenant(sandbox.add_key(), rotates=n % 2 == 0) for n in range(TENANTS)]
    changing_table = sandbox.store[CHANGING_COLLECTION[1:]]
    for n in range(300):
        checker.alive[changing_table.create({"name": f"seed {n}"})["id"]] = 0.0
    random_faults = RandomFaults(sandbox, tenants, Random(SEED))
    measure_task = asyncio.ensure_future(checker.delay.measure())
    async with sandbox, _client(sandbox, limits) as katana:
        auths: list[Auth] = [
            ApiKey.from_source(t.fetch) if t.rotates else ApiKey(t.key) for t in tenants
        ]
        variants = frozenset(map(int, sandbox.store["variants"].ids()))
        workers = Workers(katana, auths, checker, Random(SEED + 1), variants)
        fault_task = asyncio.ensure_future(random_faults.run())
        until = loop.time() + SECONDS
        await asyncio.gather(*(workers.work(until) for _ in range(WORKERS)))
        fault_task.cancel()
        await asyncio.gather(fault_task, return_exceptions=True)
        await wait_for_generators()
        leaks = _leaks(katana, limits, {measure_task})
        for auth in auths:  # every tenant can still make calls
            await katana.with_auth(auth).with_options(deadline=10).variants.list().first()
        print(_summary(checker, random_faults))
        await katana.close()
        await wait_for_generators()
        assert sandbox.connections.open == 0
        contradictions = checker.compare(sandbox)
    measure_task.cancel()
    await asyncio.gather(measure_task, return_exceptions=True)
    assert leaks == []
    assert contradictions == []
    assert _open_files() == sockets
    assert checker.walks >= WALKS * SECONDS
    assert len(+random_faults.hits) >= KINDS
    if SECONDS >= 60:
        assert random_faults.hits.keys() >= RULES.keys()


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
    """Return the tasks, slots and queue entries that remain when no call runs."""
    tasks = asyncio.all_tasks() - expected - {asyncio.current_task()}
    found = [f"task {task}" for task in tasks]
    free = katana._http.session.slots._value
    if free != CONNECTIONS:
        found.append(f"{CONNECTIONS - free} connection slots")
    return found + [
        f"{limiter.window.outstanding} slots of a quota, or callers in its queue"
        for limiter in limits._limiters.values()
        if limiter.window.outstanding or limiter._queues.size
    ]


def _summary(checker: ConsistencyChecker, random_faults: RandomFaults) -> str:
    def format_counts(counts: Any) -> str:
        return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))

    return "\n".join(
        (
            f"  calls: {checker.calls}, the latest {checker.latest * 1e3:.0f} ms late",
            f"  results: {format_counts(checker.results)}; {checker.cancelled} actions cancelled",
            f"  errors: {format_counts(checker.errors)}",
            f"  writes executed: {len(checker.executed)}; walks checked: {checker.walks}",
            f"  faults of {len(+random_faults.hits)} kinds: {format_counts(random_faults.hits)}",
        )
    )


def _free_port() -> int:
    """Return a port that a restarted sandbox can use again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _open_files() -> int:
    """Return the number of this process's open files and sockets; 0 where it is unknown."""
    gc.collect()
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
