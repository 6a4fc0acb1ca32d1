"""Failover: servers that stop answering, and servers that are not the primary any more."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import redis.asyncio
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from katana_async.errors import TokenStoreError
from katana_async.oauth import RedisTokenStore, SQLTokenStore, TokenStore
from katana_async.oauth.settings import RefreshTiming
from katana_async.oauth.stores import (
    _operations,
    redis as redis_module,
    sql_engines,
)
from tests.oauth.stores.racer import open_store
from tests.oauth.stores.relay import Relay, relay

LIMIT = 0.4
SOON = 2.0  # seconds; generous, for a loaded machine

Open = Callable[[], TokenStore]
OpenRelay = Callable[[], AbstractAsyncContextManager[tuple[Relay, Open]]]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_engines, "ATTEMPT_SECONDS", LIMIT)
    monkeypatch.setattr(sql_engines, "CLOSE_SECONDS", 0.1)
    monkeypatch.setattr(redis_module, "ATTEMPT_SECONDS", LIMIT)
    monkeypatch.setattr(redis_module, "_MAX_CONNECTIONS", 5)


@pytest.fixture(params=["postgresql", "redis"])
def open_relay(request: pytest.FixtureRequest) -> OpenRelay:
    """Return a function that yields a relay to a server, and a function to open a store."""
    kind = "postgres_url" if request.param == "postgresql" else "redis_url"
    url = urlsplit(request.getfixturevalue(kind))
    prefix = "" if request.param == "postgresql" else request.getfixturevalue("redis_prefix")

    @asynccontextmanager
    async def through() -> AsyncGenerator[tuple[Relay, Open], None]:
        async with relay(url.hostname or "", url.port or 0) as server:
            user = f"{url.username}@" if url.username else ""
            place = url._replace(netloc=f"{user}127.0.0.1:{server.port}").geturl()
            yield server, lambda: open_store(place, prefix)

    return through


async def read_many(store: TokenStore, count: int) -> list[object]:
    """Read that many rows concurrently, and return the results and exceptions."""
    reading = [store.read(f"k{n}") for n in range(count)]
    return await asyncio.gather(*reading, return_exceptions=True)


def count_failures(outcomes: list[object]) -> int:
    assert all(o is None or isinstance(o, TokenStoreError) for o in outcomes), outcomes
    return sum(outcome is not None for outcome in outcomes)


def test_a_failed_attempt_and_the_next_one_fit_into_a_last_call() -> None:
    timing = RefreshTiming()
    closing = max(0.5, _operations.CLOSE_SECONDS)  # of SQL: 0.5, but changed above
    assert _operations.ATTEMPT_SECONDS + closing + timing.save_interval < timing.last_call
    assert sql_engines._CONFLICT_SECONDS + timing.save_interval < timing.last_call


async def test_all_connections_to_a_silent_server_cost_one_timeout(
    open_relay: OpenRelay,
) -> None:
    async with open_relay() as (server, open_it):
        store = open_it()
        await read_many(store, 10)
        server.stop_answering()  # and another server is reached from now on
        began = time.monotonic()
        with pytest.raises(TokenStoreError):
            await store.read("a")
        assert count_failures(await read_many(store, 10)) == 0
        assert time.monotonic() - began < SOON
        await store.close()


async def test_queued_operations_fail_with_the_first_if_the_server_is_silent(
    open_relay: OpenRelay,
) -> None:
    async with open_relay() as (server, open_it):
        store, unused = open_it(), open_it()
        await read_many(store, 10)
        server.accepts = False
        server.stop_answering()
        began = time.monotonic()
        outcomes = await asyncio.gather(read_many(store, 50), read_many(unused, 50))
        assert [count_failures(each) for each in outcomes] == [50, 50]
        assert time.monotonic() - began < SOON
        await store.close()
        await unused.close()


async def test_a_cancelled_operation_in_the_queue_is_not_executed(
    open_relay: OpenRelay,
) -> None:
    async with open_relay() as (_server, open_it):
        store, other = open_it(), open_it()
        await store.read("a")
        async with AsyncExitStack() as turns:
            for _ in range(5):
                await turns.enter_async_context(cast("SQLTokenStore", store)._queue.slot())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(store.write("a", 1, b"x"), 0.01)
        await store.close()  # waits for running operations
        assert await other.read("a") is None
        await other.close()


async def test_closing_the_store_fails_its_pending_operations(
    open_relay: OpenRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_operations, "_CLOSING_SECONDS", LIMIT / 8)
    async with open_relay() as (server, open_it):
        store = open_it()
        await store.read("a")
        server.accepts = False
        server.stop_answering()
        reading = asyncio.ensure_future(store.read("a"))
        await asyncio.sleep(0)
        await store.close()
        with pytest.raises(TokenStoreError, match="TokenStore was closed before it answered"):
            await reading


async def test_a_silent_server_does_not_delay_closing(open_relay: OpenRelay) -> None:
    async with open_relay() as (server, open_it):
        store = open_it()
        await read_many(store, 10)
        server.accepts = False
        server.stop_answering()
        began = time.monotonic()
        await store.close()
        assert time.monotonic() - began < SOON


async def test_a_statement_that_takes_too_long_is_cancelled_at_the_server(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_engines, "CLOSE_SECONDS", 5.0)  # the server answers
    store = SQLTokenStore(postgres_url)
    await store.write("a", 1, b"x")
    other = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
    async with other.begin() as connection:
        await connection.execute(text("LOCK TABLE katana_tokens"))
        with pytest.raises(TokenStoreError, match="did not answer within"):
            await store.write("a", 2, b"y")
        waiting = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        assert (await connection.execute(text(waiting))).scalar() == 0
    await store.close()
    await other.dispose()


async def test_a_connection_that_was_just_used_is_not_tested(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested: list[object] = []
    dialect: Any = PGDialect_asyncpg
    ping = dialect.do_ping

    def do_ping(self: object, connection: object) -> bool:
        tested.append(connection)
        return bool(ping(self, connection))

    monkeypatch.setattr(dialect, "do_ping", do_ping)
    store = SQLTokenStore(postgres_url)
    for _ in range(5):
        await store.read("a")
    assert tested == []
    monkeypatch.setattr(sql_engines, "_FRESH_SECONDS", 0.0)
    await store.read("a")
    assert len(tested) == 1
    await store.close()


async def test_a_closed_connection_is_replaced_even_if_it_was_just_used(
    postgres_url: str,
) -> None:
    store = SQLTokenStore(postgres_url)
    await store.read("a")
    async with store._engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.terminate()  # like a server that closes the connection
    assert await store.read("a") is None
    await store.close()


async def test_a_demoted_primary_is_replaced_by_the_new_one(postgres_url: str) -> None:
    store = SQLTokenStore(postgres_url)
    await store.write("a", 1, b"x")
    async with store._engine.connect() as connection:  # like a server that is a replica now
        await connection.execute(text("SET default_transaction_read_only = on"))
    assert await store.write("a", 2, b"y") is True
    await store.close()


async def test_without_a_new_primary_a_write_fails(postgres_url: str) -> None:
    store = SQLTokenStore(postgres_url)
    await store.write("a", 1, b"x")
    name = postgres_url.rpartition("/")[2]
    async with store._engine.connect() as connection:
        await connection.execute(
            text(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        )
        await connection.execute(text("SET default_transaction_read_only = on"))
    with pytest.raises(TokenStoreError, match="in a read-only transaction"):
        await store.write("a", 2, b"y")
    await store.close()


async def test_a_lent_engine_keeps_its_connections(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
    store = SQLTokenStore(engine)
    await store.write("a", 1, b"x")
    async with engine.connect() as connection:
        await connection.execute(text("SET default_transaction_read_only = on"))
        await connection.commit()
    with pytest.raises(TokenStoreError, match="in a read-only transaction"):
        await store.write("a", 2, b"y")
    await engine.dispose()


async def test_writers_that_wait_for_a_locked_file_fail_with_the_first(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_engines, "ATTEMPT_SECONDS", 0.2)
    store = SQLTokenStore.sqlite(tmp_path / "tokens.db")
    await store.write("a", 1, b"x")
    other = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/tokens.db")
    async with other.connect() as connection:
        await connection.execute(text("BEGIN IMMEDIATE"))
        began = time.monotonic()
        writing = [store.write(f"k{n}", 1, b"x") for n in range(20)]
        outcomes = await asyncio.gather(*writing, return_exceptions=True)
        assert time.monotonic() - began < SOON
        assert {str(o) for o in outcomes} == {"sqlite: OperationalError: database is locked"}
        await connection.execute(text("ROLLBACK"))
    assert await store.write("a", 2, b"y") is True
    await store.close()
    await other.dispose()


async def test_the_connections_of_a_lent_client_stay_open(
    redis_url: str, redis_prefix: str
) -> None:
    url = urlsplit(redis_url)
    async with relay(url.hostname or "", url.port or 0) as server:
        place = url._replace(netloc=f"127.0.0.1:{server.port}").geturl()
        async with redis.asyncio.Redis.from_url(place, socket_timeout=0.3) as client:
            store = RedisTokenStore(client, prefix=redis_prefix)
            await read_many(store, 5)
            opened = list(client.connection_pool._available_connections)
            server.stop_answering()
            with pytest.raises(TokenStoreError, match="redis: TimeoutError"):
                await store.read("a")
            assert [each.is_connected for each in opened].count(True) == len(opened) - 1


@pytest.mark.parametrize("parameters", ["", "?socket_timeout=7&socket_connect_timeout=8"])
async def test_the_url_sets_the_limits_of_redis(parameters: str) -> None:
    store = RedisTokenStore(f"redis://127.0.0.1{parameters}")
    client: Any = store._client
    kwargs = client.connection_pool.connection_kwargs
    expected = (7, 8) if parameters else (LIMIT, LIMIT)
    assert (kwargs["socket_timeout"], kwargs["socket_connect_timeout"]) == expected
    await store.close()
