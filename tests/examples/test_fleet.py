"""`examples/fleet.py` with two workers, Redis and PostgreSQL; one worker is killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from katana_async.oauth import AuthorizationServer, KeyRing, OAuthApp, SQLTokenStore, new_key
from katana_async.sandbox import Sandbox, faults
from tests.services import REDIS

asyncpg = pytest.importorskip("asyncpg")
pytest.importorskip("taskiq_redis")

CUSTOMERS = tuple(f"customer-{number}" for number in range(4))
REDIRECT_URI = "http://127.0.0.1:8000/callback"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(products=800, rate_limit=None) as running:
        yield running


@pytest.fixture
def environment(sandbox: Sandbox, postgres_url: str, redis_prefix: str) -> dict[str, str]:
    """The variables of the example, and the addresses of the sandbox."""
    oauth = sandbox.oauth
    client = oauth.add_client(redirect_uris=(REDIRECT_URI,))
    return {
        **os.environ,
        "KATANA_BASE_URL": sandbox.base_url,
        "KATANA_CLIENT_ID": client.client_id,
        "KATANA_CLIENT_SECRET": client.client_secret,
        "KATANA_REDIRECT_URI": REDIRECT_URI,
        "KATANA_TOKEN_KEY": new_key(),
        "DATABASE_URL": postgres_url,
        "REDIS_URL": REDIS,
        "KATANA_QUEUE": f"{redis_prefix}fleet",
        "KATANA_DEAD_AFTER": "1",
        "FLEET_SERVER": json.dumps(
            {
                "authorize_url": oauth.authorize_url,
                "token_url": oauth.token_url,
                "revoke_url": oauth.revoke_url,
                "api_url": sandbox.base_url,
            }
        ),
    }


async def connect(sandbox: Sandbox, environment: dict[str, str]) -> None:
    """Connect the account of each customer."""
    app = OAuthApp(
        client_id=environment["KATANA_CLIENT_ID"],
        client_secret=environment["KATANA_CLIENT_SECRET"],
        redirect_uri=REDIRECT_URI,
        store=SQLTokenStore(environment["DATABASE_URL"]),
        cipher=KeyRing.from_source(lambda: environment["KATANA_TOKEN_KEY"]),
        server=AuthorizationServer(**json.loads(environment["FLEET_SERVER"])),
    )
    async with app:
        for each in CUSTOMERS:
            account = sandbox.oauth.add_account(name=each, email=f"{each}@a.example")
            url = await app.begin(session="a browser", connection_id=each)
            await app.complete(sandbox.oauth.approve(url, account=account), session="a browser")


@pytest.fixture
async def start(
    sandbox: Sandbox, environment: dict[str, str]
) -> AsyncIterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a process in a group of its own; all groups are killed at the end."""
    await connect(sandbox, environment)
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command], env=environment, start_new_session=True
        )
        started.append(process)
        return process

    yield start
    for each in started:
        kill(each)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the processes of a group, which end at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


WORKER = (
    *("-m", "taskiq", "worker", "tests.examples.sandboxed_fleet:broker"),
    *("--workers", "1", "--max-async-tasks", "2", "--log-level", "WARNING"),
)


async def wait_until(condition: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """Return the first true result of a condition."""
    async with asyncio.timeout(seconds):
        while not (result := await condition()):  # noqa: ASYNC110 - other processes change it
            await asyncio.sleep(0.02)
        return result


async def test_the_task_of_a_killed_worker_is_run_again_without_a_loss(
    sandbox: Sandbox,
    environment: dict[str, str],
    start: Callable[..., subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox.faults.add(faults.Latency(0.05), times=None)
    workers = [start(*WORKER), start(*WORKER)]
    groups = {each.pid: each for each in workers}
    database = await asyncpg.connect(environment["DATABASE_URL"])

    async def find_task() -> tuple[int, str] | None:
        """Return a worker and the customer whose account it has read in part."""
        rows = await database.fetch(
            "SELECT a.application_name, c.connection FROM pg_locks l"
            " JOIN pg_stat_activity a ON a.pid = l.pid"
            " JOIN katana_cursors c ON hashtextextended(c.connection, 0)"
            " = (l.classid::bigint << 32) | l.objid::bigint"
            " WHERE l.locktype = 'advisory' GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND 3"
        )
        for name, customer in rows:
            group = os.getpgid(int(name.rpartition("-")[2]))
            if group in groups:
                return group, customer
        return None

    async def has_tables() -> bool:
        return bool(await database.fetchval("SELECT to_regclass('katana_cursors') IS NOT NULL"))

    async def read_keys() -> dict[tuple[str, str], set[int]]:
        """Return the keys of the stored records by customer and collection."""
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        for *place, key in await database.fetch(
            "SELECT connection, collection, key FROM katana_records"
        ):
            found[place[0], place[1]].add(key)
        return found

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    from tests.examples.sandboxed_fleet import fleet

    await fleet.broker.startup()
    try:
        await wait_until(has_tables)
        for each in CUSTOMERS:  # once only: a lost task would stay undone
            await fleet.sync.kiq(each)
        group, victim = await wait_until(find_task)
        kill(groups[group])
        before = await read_keys()
        wanted = {
            (each, name): set(sandbox.store[name].ids(archived=True))
            for each in CUSTOMERS
            for name in fleet.COLLECTIONS
        }
        partial = [(victim, name) for name in fleet.COLLECTIONS]
        assert sum(len(before[each]) for each in partial) > 0
        assert any(before[each] != wanted[each] for each in partial)

        async def is_done() -> bool:
            # Workers look for the tasks of dead ones when another one comes, as each minute.
            await fleet.sync.kiq(CUSTOMERS[CUSTOMERS[0] == victim])
            await asyncio.sleep(0.3)
            return await read_keys() == wanted

        await wait_until(is_done)
    finally:
        await fleet.broker.shutdown()
        await database.close()
    assert [each.poll() for each in workers].count(None) == 1
