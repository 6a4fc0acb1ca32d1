"""Servers that tests need: each use gets a database, or a beginning of keys, of its own.

A module that uses the fixtures imports them, by their names, into its `conftest.py`.
"""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

POSTGRES = os.environ.get("KATANA_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("KATANA_TEST_REDIS", "redis://127.0.0.1:6379/0")


def is_missing(what: str) -> NoReturn:
    """Skip the test, or fail it where KATANA_REQUIRE_SERVICES=1 says that all must be there."""
    if os.environ.get("KATANA_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what}, and KATANA_REQUIRE_SERVICES=1")
    pytest.skip(what)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


async def _on_postgres(statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(POSTGRES, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def postgres_database() -> Iterator[str]:
    """Give the URL of a new, empty database, dropped afterwards with whoever is connected."""
    name = f"katana_{uuid4().hex}"
    try:
        _run(_on_postgres(f"CREATE DATABASE {name}"))
    except (OSError, TimeoutError) as error:
        reason = type(error).__name__
    else:
        reason = ""
    if reason:
        is_missing(f"no PostgreSQL at {_host(POSTGRES)}, KATANA_TEST_POSTGRES ({reason})")
    try:
        yield urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
    finally:
        _run(_on_postgres(f"DROP DATABASE {name} WITH (FORCE)"))


async def _forget(prefix: str) -> None:
    import redis.asyncio

    async with redis.asyncio.Redis.from_url(REDIS, socket_connect_timeout=5) as client:
        await client.ping()
        async for key in client.scan_iter(match=f"{prefix}*", count=1000):
            await client.delete(key)


@contextmanager
def redis_keys() -> Iterator[str]:
    """Give a beginning of keys that no one else uses on `REDIS`; they are deleted afterwards."""
    import redis.exceptions

    prefix = f"katana-{uuid4().hex}:"
    try:
        _run(_forget(prefix))
    except (OSError, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        reason = type(error).__name__
    else:
        reason = ""
    if reason:
        is_missing(f"no Redis at {_host(REDIS)}, KATANA_TEST_REDIS ({reason})")
    try:
        yield prefix
    finally:
        _run(_forget(prefix))


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Give the URL of a PostgreSQL database of the test's own."""
    with postgres_database() as url:
        yield url


@pytest.fixture
def redis_prefix() -> Iterator[str]:
    """Give what the test's own keys on Redis begin with."""
    with redis_keys() as prefix:
        yield prefix


@pytest.fixture
def redis_url(redis_prefix: str) -> str:
    """Give the URL of a Redis; the test's keys begin with `redis_prefix`."""
    return REDIS
