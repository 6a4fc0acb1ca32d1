"""Servers that fall silent or are no primary any more: what that costs, and what comes after."""

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
from katana_async.oauth.settings import RefreshTiming
from katana_async.oauth.stores import (
    RedisTokenStore,
    SQLTokenStore,
    TokenStore,
    _home,
    redis as redis_module,
    sql as sql_module,
    sql_engines,
)
from tests.oauth.stores.racer import open_store
from tests.oauth.stores.relay import Relay, relay

LIMIT = 0.4
SOON = 2.0  # seconds; a machine that is held up takes a while

Open = Callable[[], TokenStore]
Reached = Callable[[], AbstractAsyncContextManager[tuple[Relay, Open]]]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_engines, "CONNECT_SECONDS", LIMIT)
    monkeypatch.setattr(sql_engines, "STATEMENT_SECONDS", LIMIT)
    monkeypatch.setattr(sql_engines, "_CLOSE_SECONDS", 0.1)
    monkeypatch.setattr(redis_module, "ATTEMPT_SECONDS", LIMIT)
    monkeypatch.setattr(redis_module, "_AT_ONCE", 5)


@pytest.fixture(params=["postgresql", "redis"])
def reached(request: pytest.FixtureRequest) -> Reached:
    """Give what makes a relay to a server, and what opens a store through it."""
    kind = "postgres_url" if request.param == "postgresql" else "redis_url"
    url = urlsplit(request.getfixturevalue(kind))
    prefix = "" if request.param == "postgresql" else request.getfixturevalue("redis_prefix")

    @asynccontextmanager
    async def through() -> AsyncGenerator[tuple[Relay, Open], None]:
        async with relay(url.hostname or "", url.port or 0) as way:
            user = f"{url.username}@" if url.username else ""
            place = url._replace(netloc=f"{user}127.0.0.1:{way.port}").geturl()
            yield way, lambda: open_store(place, prefix)

    return through


async def reads(store: TokenStore, count: int) -> list[object]:
    """Read so often at once, and return what came of it."""
    reading = [store.read(f"k{n}") for n in range(count)]
    return await asyncio.gather(*reading, return_exceptions=True)


def failures(outcomes: list[object]) -> int:
    assert all(o is None or isinstance(o, TokenStoreError) for o in outcomes), outcomes
    return sum(outcome is not None for outcome in outcomes)


def test_an_attempt_that_fails_and_the_next_one_fit_into_a_last_call() -> None:
    timing = RefreshTiming()
    closing = max(0.5, redis_module._HANG_UP_SECONDS)  # sql_engines' is another in this module
    assert _home.ATTEMPT_SECONDS + closing + timing.save_interval < timing.last_call
    assert sql_module._PATIENCE + sql_engines.BUSY_SECONDS + timing.save_interval < timing.last_call


async def test_the_connections_of_a_server_that_fell_silent_cost_one_wait(
    reached: Reached,
) -> None:
    async with reached() as (way, open_it):
        store = open_it()
        await reads(store, 10)
        way.fall_silent()  # and another server is reached from now on
        began = time.monotonic()
        with pytest.raises(TokenStoreError):
            await store.read("a")
        assert failures(await reads(store, 10)) == 0
        assert time.monotonic() - began < SOON
        await store.close()


async def test_who_waits_in_line_for_a_silent_server_is_told_with_the_first(
    reached: Reached,
) -> None:
    async with reached() as (way, open_it):
        store, unused = open_it(), open_it()
        await reads(store, 10)
        way.accepts = False
        way.fall_silent()
        began = time.monotonic()
        outcomes = await asyncio.gather(reads(store, 50), reads(unused, 50))
        assert [failures(each) for each in outcomes] == [50, 50]
        assert time.monotonic() - began < SOON
        await store.close()
        await unused.close()


async def test_who_gives_up_in_line_is_not_served_when_nobody_waits_for_it(
    reached: Reached,
) -> None:
    async with reached() as (_way, open_it):
        store, other = open_it(), open_it()
        await store.read("a")
        async with AsyncExitStack() as turns:
            for _ in range(5):  # all there are
                await turns.enter_async_context(cast("SQLTokenStore", store)._line.slot())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(store.write("a", 1, b"x"), 0.01)
        await store.close()  # waits for what runs
        assert await other.read("a") is None
        await other.close()


async def test_who_waits_for_an_answer_when_the_store_is_closed_is_told_so(
    reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_home, "_CLOSING_SECONDS", LIMIT / 8)
    async with reached() as (way, open_it):
        store = open_it()
        await store.read("a")
        way.accepts = False
        way.fall_silent()
        reading = asyncio.ensure_future(store.read("a"))
        await asyncio.sleep(0)
        await store.close()
        with pytest.raises(TokenStoreError, match="TokenStore was closed before it answered"):
            await reading


async def test_a_silent_server_does_not_hold_up_closing(reached: Reached) -> None:
    async with reached() as (way, open_it):
        store = open_it()
        await reads(store, 10)
        way.accepts = False
        way.fall_silent()
        began = time.monotonic()
        await store.close()
        assert time.monotonic() - began < SOON


async def test_what_was_waited_for_too_long_is_cancelled_at_the_server(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_engines, "_CLOSE_SECONDS", 5.0)  # the server is well
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


async def test_a_connection_that_was_just_used_is_not_asked_whether_it_lives(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    dialect: Any = PGDialect_asyncpg
    ping = dialect.do_ping

    def do_ping(self: object, connection: object) -> bool:
        asked.append(connection)
        return bool(ping(self, connection))

    monkeypatch.setattr(dialect, "do_ping", do_ping)
    store = SQLTokenStore(postgres_url)
    for _ in range(5):
        await store.read("a")
    assert asked == []
    monkeypatch.setattr(sql_engines, "_LIVES_SECONDS", 0.0)
    await store.read("a")
    assert len(asked) == 1
    await store.close()


async def test_a_connection_that_was_just_used_and_is_closed_is_replaced(
    postgres_url: str,
) -> None:
    store = SQLTokenStore(postgres_url)
    await store.read("a")
    async with store._engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.terminate()  # as when the server hangs up
    assert await store.read("a") is None
    await store.close()


async def test_a_primary_that_was_demoted_is_left_for_the_new_one(postgres_url: str) -> None:
    store = SQLTokenStore(postgres_url)
    await store.write("a", 1, b"x")
    async with store._engine.connect() as connection:  # what a server says that is a replica now
        await connection.execute(text("SET default_transaction_read_only = on"))
    assert await store.write("a", 2, b"y") is True
    await store.close()


async def test_a_primary_that_stays_demoted_is_an_error(postgres_url: str) -> None:
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


async def test_writers_who_wait_for_a_locked_file_are_told_with_the_first(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_module, "_PATIENCE", 0.0)
    monkeypatch.setattr(sql_engines, "BUSY_SECONDS", 0.2)
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


async def test_the_connections_of_a_lent_client_are_not_the_stores_to_close(
    redis_url: str, redis_prefix: str
) -> None:
    url = urlsplit(redis_url)
    async with relay(url.hostname or "", url.port or 0) as way:
        place = url._replace(netloc=f"127.0.0.1:{way.port}").geturl()
        async with redis.asyncio.Redis.from_url(place, socket_timeout=0.3) as client:
            store = RedisTokenStore(client, prefix=redis_prefix)
            await reads(store, 5)
            opened = list(client.connection_pool._available_connections)
            way.fall_silent()
            with pytest.raises(TokenStoreError, match="redis: TimeoutError"):
                await store.read("a")
            assert [each.is_connected for each in opened].count(True) == len(opened) - 1


@pytest.mark.parametrize("says", ["", "?socket_timeout=7&socket_connect_timeout=8"])
async def test_the_url_says_how_long_redis_is_waited_for(says: str) -> None:
    store = RedisTokenStore(f"redis://127.0.0.1{says}")
    client: Any = store._client
    kwargs = client.connection_pool.connection_kwargs
    expected = (7, 8) if says else (LIMIT, LIMIT)
    assert (kwargs["socket_timeout"], kwargs["socket_connect_timeout"]) == expected
    await store.close()
