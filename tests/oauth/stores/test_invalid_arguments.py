"""Invalid arguments of stores: the constructor raises, and no password is shown."""

import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from katana_async.errors import ConfigurationError, TokenStoreError
from katana_async.oauth import RedisTokenStore, SQLTokenStore
from katana_async.oauth.stores import sql_engines
from tests.client.leaks import Canary, leaks, watching

pytestmark = pytest.mark.filterwarnings("error")

PLACE = "user:hunter2@db.example/app"
PASSWORD = "hunter2"

# For calls that a type checker would refuse.
SQL: Any = SQLTokenStore
REDIS: Any = RedisTokenStore


# ---- URLs of databases --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"mysql+aiomysql://{PLACE}", "is like postgresql[+]asyncpg://"),
        ("sqlite://", "has the path of a file"),
        ("sqlite:///:memory:", "has the path of a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "has the path of a file"),
        ("user:hunter2 at host", "is like postgresql[+]asyncpg://"),
        ("postgresql://user:hunter2@host:port/db", "is like postgresql[+]asyncpg://"),
        (f"postgresql+psycopg2://{PLACE}", "is like postgresql[+]asyncpg://.* this driver"),
        (f"postgresql+psycopg://{PLACE}", "is like postgresql[+]asyncpg://.* this driver"),
        (f"postgres+pg8000://{PLACE}", "is like postgresql[+]asyncpg://.* this driver"),
        (f"postgresql+asynpg://{PLACE}", "is like postgresql[+]asyncpg://.* this driver"),
        ("sqlite+pysqlcipher://:hunter2@/x.db", "this driver .* sqlite[+]aiosqlite://"),
        (f"postgresql://{PLACE}?connect_timeout=soon", "limits and sizes are numbers"),
        (f"postgresql://{PLACE}?statement_cache_size=no", "limits and sizes are numbers"),
        (f"postgresql://{PLACE}?prepared_statement_cache_size=no", "limits and sizes are numbers"),
        (f"postgresql://{PLACE}?sslrootcert=/no/ca.pem", "sslrootcert .* /no/ca.pem is no file"),
        (f"postgresql://{PLACE}?sslkey=/no/key.pem", "sslkey .* /no/key.pem is no file"),
        ("postgresql://user:hunter2@a:1,b:2/db", "one host"),
        ("postgresql://user:hunter2@a,b/db", "one host"),
        ("postgresql://user:ab@c?hunter=2@db.example/app", "contains an @ after a [?]"),
        ("sqlite:////tmp/x.db?mod=ro", "at most [?]timeout="),
        ("sqlite:////tmp/x.db?timeout=long", "limits and sizes are numbers"),
        ("sqlite://user:hunter2@/x.db", "has the path of a file"),
        ("sqlite://hunter2/x.db", "has the path of a file"),
    ],
)
def test_an_invalid_url_is_refused_without_quoting_it(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        SQLTokenStore(url)
    assert PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


@pytest.mark.parametrize(
    "parameters",
    [
        "sslmode=require",
        "ssl=disable&target_session_attrs=primary",
        "unknown=1",
        "host=/cloudsql/a&port=1",
        "statement_cache_size=0&prepared_statement_cache_size=0",
        "timeout=3&command_timeout=2.5",
    ],
)
async def test_a_url_may_have_parameters_of_its_driver(parameters: str) -> None:
    store = SQLTokenStore(f"postgres+asyncpg://{PLACE}?{parameters}")
    assert store._url.drivername == "postgresql+asyncpg"
    await store.close()


async def test_a_sqlite_url_may_set_the_limit_for_locks(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    store = SQLTokenStore(f"sqlite+pysqlite:///{path}?timeout=0.05")
    assert await store.write("a", 1, b"x") is True
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(TokenStoreError, match="database is locked"):
            await store.write("a", 2, b"x")
        assert 0.05 <= time.monotonic() - began < 1
        other.execute("ROLLBACK")
    await store.close()


@pytest.mark.parametrize("set_by", ["the URL", "default"])
async def test_the_error_for_a_silent_database_names_the_time(
    set_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_engines, "ATTEMPT_SECONDS", 0.2 if set_by == "default" else 60)
    more = "" if set_by == "default" else "?timeout=0.2"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = SQLTokenStore(f"postgresql://user:hunter2@127.0.0.1:{port}/app{more}")
        with pytest.raises(
            TokenStoreError, match=r"^postgresql: it did not answer within 0\.\d+ s$"
        ):
            await store.now()
        await store.close()


async def test_the_error_for_a_statement_that_takes_too_long_names_the_time(
    postgres_url: str,
) -> None:
    store = SQLTokenStore(f"{postgres_url}?command_timeout=0.3")
    await store.write("a", 1, b"x")
    other = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
    async with other.begin() as connection:
        await connection.execute(text("LOCK TABLE katana_tokens"))
        with pytest.raises(
            TokenStoreError, match=r"^postgresql: it did not answer within 0\.\d+ s"
        ):
            await store.write("a", 2, b"y")
    assert await store.write("a", 2, b"y") is True
    await store.close()
    await other.dispose()


# ---- objects of other kinds ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: create_engine("sqlite:////tmp/x.db"), "engine of create_async_engine, not Engine"),
        (lambda: None, "not None"),
        (lambda: Path("/tmp/x.db"), r"not \w+Path.*SQLTokenStore\.sqlite\(path\)"),
        (lambda: b"sqlite:////tmp/x.db", "not bytes"),
    ],
)
def test_a_sql_store_takes_a_url_or_an_async_engine(given: Callable[[], Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        SQL(given())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (redis.Redis, "not Redis. .* not async .* in redis.asyncio"),
        (lambda: None, "not None"),
        (lambda: b"redis://host", "not bytes"),
        (lambda: redis.asyncio.Redis, "not the class Redis itself"),
        (lambda: "redis://:ab@c?hunter2=2@host", "encoded with urllib.parse.quote"),
        (lambda: "redis://:hunter2@host?socket_timeout=long", "does not accept the URL"),
        (lambda: "http://user:hunter2@host", "is like redis://"),
        (lambda: "user:hunter2 at host", "is like redis://"),
    ],
)
def test_a_redis_store_takes_a_url_or_an_async_client(
    given: Callable[[], Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        REDIS(given())
    assert PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("socket_timout=3", "unexpected keyword argument 'socket_timout'"),
        ("protocol=7", "protocol must be"),
        ("hunter2=3", r"unexpected keyword argument '\*\*\*'"),
    ],
)
async def test_the_first_operation_names_a_wrong_parameter_of_redis(
    parameter: str, message: str
) -> None:
    store = RedisTokenStore(f"redis://:{PASSWORD}@127.0.0.1?{parameter}")
    with pytest.raises(TokenStoreError, match=message) as raised:
        await store.now()
    await store.close()
    assert PASSWORD not in str(raised.value)


# ---- secrets ------------------------------------------------------------------------------------

OpenStore = Callable[[Canary], object]


def without_package(module: str, make: Callable[[], object]) -> object:
    """Create a store as if a package were not installed."""
    hidden = {name: sys.modules[name] for name in sys.modules if name.startswith(module)}
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None hides the module
    try:
        return make()
    finally:
        sys.modules.update(hidden)


INVALID_ARGUMENTS: dict[str, OpenStore] = {
    "unknown database": lambda pw: SQLTokenStore(f"mysql://u:{pw.reveal()}@host/db"),
    "unknown driver": lambda pw: SQLTokenStore(f"postgresql+psycopg2://u:{pw.reveal()}@host/db"),
    "invalid port": lambda pw: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host:port/db"),
    "not a URL": lambda pw: SQLTokenStore(f"u {pw.reveal()}"),
    "bytes": lambda pw: SQL(pw.reveal().encode()),
    "an unquoted password": lambda pw: SQLTokenStore(f"postgresql://u:x@y?{pw.reveal()}=1@host"),
    "a value": lambda pw: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host/db?timeout=x"),
    "a password as value": lambda pw: SQLTokenStore(f"sqlite:////x.db?timeout={pw.reveal()}"),
    "a password for a file": lambda pw: SQLTokenStore(f"sqlite://u:{pw.reveal()}@/x.db"),
    "an invalid prefix": lambda pw: SQL(f"postgresql://u:{pw.reveal()}@host/db", table_prefix="A;"),
    "a prefix of another type": lambda pw: SQL(
        f"postgresql://u:{pw.reveal()}@h", table_prefix=None
    ),
    "an engine and an invalid prefix": lambda pw: SQL(
        create_async_engine(f"postgresql+asyncpg://u:{pw.reveal()}@host/db"), table_prefix="A;"
    ),
    "an engine that is not async": lambda pw: SQL(
        create_engine(f"postgresql+asyncpg://u:{pw.reveal()}@host/db")
    ),
    "no SQLAlchemy": lambda pw: without_package(
        # The module that imports it.
        "katana_async.oauth.stores.sql_engines",
        lambda: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host/db"),
    ),
    "no asyncpg": lambda pw: without_package(
        "asyncpg", lambda: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host/db")
    ),
    "Redis, not a URL": lambda pw: RedisTokenStore(f"http://:{pw.reveal()}@host"),
    "Redis, bytes": lambda pw: REDIS(pw.reveal().encode()),
    "Redis, an invalid prefix": lambda pw: RedisTokenStore(
        f"redis://:{pw.reveal()}@host", prefix="{"
    ),
    "Redis, a prefix of another type": lambda pw: REDIS(
        f"redis://:{pw.reveal()}@host", prefix=None
    ),
    "Redis, an unquoted password": lambda pw: RedisTokenStore(f"redis://:x?{pw.reveal()}=1@host"),
    "Redis, a value": lambda pw: RedisTokenStore(f"redis://:{pw.reveal()}@host?socket_timeout=x"),
    "Redis, not async": lambda pw: REDIS(redis.Redis.from_url(f"redis://:{pw.reveal()}@host")),
    "no redis-py": lambda pw: without_package(
        "redis", lambda: RedisTokenStore(f"redis://:{pw.reveal()}@host")
    ),
}


@pytest.mark.parametrize("name", INVALID_ARGUMENTS)
async def test_a_refused_argument_leaves_no_password_behind(name: str) -> None:
    canary = Canary()
    with watching() as watch, pytest.raises(ConfigurationError) as raised:
        INVALID_ARGUMENTS[name](canary)
    assert leaks([canary], raised.value, watch) == []
