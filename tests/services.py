"""PostgreSQL and Redis for tests: each test gets a database or a key prefix of its own.

To use the fixtures, import them into a `conftest.py`.
"""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

POSTGRES = os.environ.get("KATANA_TEST_POSTGRES") or "postgresql://postgres@127.0.0.1:5432/test"
REDIS = os.environ.get("KATANA_TEST_REDIS") or "redis://127.0.0.1:6379/0"


def is_missing(what: str) -> NoReturn:
    """Skip the test because a service is missing; fail it with KATANA_REQUIRE_SERVICES=1."""
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
    """Yield the URL of a new database, which is dropped afterwards despite open connections."""
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


async def _delete_keys(prefix: str) -> None:
    import redis.asyncio

    async with redis.asyncio.Redis.from_url(REDIS, socket_connect_timeout=5) as client:
        await client.ping()
        async for key in client.scan_iter(match=f"{prefix}*", count=1000):
            await client.delete(key)


@contextmanager
def redis_keys() -> Iterator[str]:
    """Yield an unused key prefix on `REDIS`; its keys are deleted afterwards."""
    import redis.exceptions

    prefix = f"katana-{uuid4().hex}:"
    try:
        _run(_delete_keys(prefix))
    except (OSError, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        reason = type(error).__name__
    else:
        reason = ""
    if reason:
        is_missing(f"no Redis at {_host(REDIS)}, KATANA_TEST_REDIS ({reason})")
    try:
        yield prefix
    finally:
        _run(_delete_keys(prefix))


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Yield the URL of a new PostgreSQL database."""
    with postgres_database() as url:
        yield url


@pytest.fixture
def redis_prefix() -> Iterator[str]:
    """Yield the prefix of the test's keys on Redis."""
    with redis_keys() as prefix:
        yield prefix


@pytest.fixture
def redis_url(redis_prefix: str) -> str:
    """Return the URL of Redis, on which the test's keys must begin with `redis_prefix`."""
    return REDIS
