"""What a store is made with and cannot be: it is said at once, and no password is shown."""

import os
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from katana_async.errors import ConfigurationError, TokenStoreError
from katana_async.oauth.stores import RedisTokenStore, SQLTokenStore, sql_engines
from tests.client.leaks import Canary, leaks, watching

pytestmark = pytest.mark.filterwarnings("error")

PLACE = "user:hunter2@db.example/app"
PASSWORD = "hunter2"

SQL: Any = SQLTokenStore  # what callers without a type checker see
REDIS: Any = RedisTokenStore


# ---- URLs of databases --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"mysql+aiomysql://{PLACE}", "is like postgresql[+]asyncpg://"),
        ("sqlite://", "needs the path of a file"),
        ("sqlite:///:memory:", "needs the path of a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "needs the path of a file"),
        ("user:hunter2 at host", "is like postgresql[+]asyncpg://"),
        ("postgresql://user:hunter2@host:port/db", "is like postgresql[+]asyncpg://"),
        (f"postgresql+psycopg2://{PLACE}", "psycopg2 is none.* postgresql[+]asyncpg://"),
        (f"postgres+pg8000://{PLACE}", "pg8000 is none.* postgresql[+]asyncpg://"),
        (f"postgresql+asynpg://{PLACE}", "asynpg is none.* postgresql[+]asyncpg://"),
        ("sqlite+pysqlcipher://:hunter2@/x.db", "pysqlcipher is none.* sqlite[+]aiosqlite://"),
        (f"postgresql+psycopg://{PLACE}", "psycopg is not installed.* postgresql[+]asyncpg://"),
        (f"postgresql://{PLACE}?sslmod=require", "'sslmod' .*did you mean sslmode[?]"),
        (
            f"postgresql://{PLACE}?search_path=x",
            "'search_path'.* takes application_name, .*options",
        ),
        (f"postgresql://{PLACE}?sslmode=disable&channel_binding=require", "needs TLS: sslmode=dis"),
        (
            f"postgresql://{PLACE}?channel_binding=x",
            "'channel_binding' .* disable or prefer or req",
        ),
        (f"postgresql://{PLACE}?gssencmode=require", "'gssencmode' .* is disable or prefer here"),
        (f"postgresql://{PLACE}?connect_timeout=soon", "'connect_timeout' .* is a number"),
        (f"postgresql://{PLACE}?sslrootcert=/no/ca.pem", "'sslrootcert' .* none at /no/ca.pem"),
        (f"postgresql://{PLACE}?sslkey=/no/key.pem", "'sslkey' .* none at /no/key.pem"),
        (f"postgresql://{PLACE}?sslmode=require&sslrootcert=system", "needs verify-full"),
        (f"postgresql://{PLACE}?sslrootcert=system&sslcert={__file__}", "'sslkey' .* do not open"),
        (f"postgresql://{PLACE}?target_session_attrs=standby", "a replica does not take"),
        ("postgresql://user:hunter2@a:1,b:x/db", "several hosts: host:port,host:port"),
        ("postgresql://user:hunter2@a,b,c/db?port=1,2", "not as many ports"),
        (f"postgresql://{PLACE}?hunter2=1", "that cannot be set there"),
        ("postgresql://user:ab@c?hunter=2@db.example/app", "has a parameter that cannot be set"),
        (f"postgresql://{PLACE}?record_class=x", "'record_class'"),
        (f"postgresql://{PLACE}?sslmode=requir", "'sslmode' .* one of disable, allow, prefer"),
        (f"postgresql://{PLACE}?ssl=a&ssl=b", "'ssl' is in the URL of a token store twice"),
        (f"postgresql://{PLACE}?statement_cache_size=no", "'statement_cache_size' .* number"),
        (f"postgresql://{PLACE}?prepared_statement_cache_size=no", "parameter of the URL"),
        ("sqlite:////tmp/x.db?mod=ro", "'mod'"),
        ("sqlite:////tmp/x.db?timeout=long", "parameter of the URL"),
        ("sqlite://user:hunter2@/x.db", "has no user, password or host"),
    ],
)
def test_a_url_that_cannot_work_is_refused_without_quoting_it(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as raised:
        SQLTokenStore(url)
    assert PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


@pytest.mark.parametrize(
    "parameters",
    [
        "sslmode=require",
        "ssl=disable&target_session_attrs=primary",
        "host=a:1&host=b:2",
        "statement_cache_size=0&prepared_statement_cache_size=0",
        "timeout=3&command_timeout=2.5",
    ],
)
async def test_a_url_may_say_what_its_driver_knows(parameters: str) -> None:
    store = SQLTokenStore(f"postgres+asyncpg://{PLACE}?{parameters}")
    assert store._url.drivername == "postgresql+asyncpg"
    await store.close()


async def test_a_sqlite_url_may_say_how_long_a_lock_is_waited_for(tmp_path: Path) -> None:
    store = SQLTokenStore(f"sqlite+pysqlite:///{tmp_path}/x.db?timeout=3")
    assert await store.now() > 0
    await store.close()


@pytest.mark.parametrize("said_by", ["the URL", "default"])
async def test_a_database_that_does_not_answer_is_said_to_be_silent_for_so_long(
    said_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_engines, "CONNECT_SECONDS", 0.2 if said_by == "default" else 60)
    more = "" if said_by == "default" else "?timeout=0.2"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = SQLTokenStore(f"postgresql://user:hunter2@127.0.0.1:{port}/app{more}")
        with pytest.raises(
            TokenStoreError, match=r"^postgresql: it did not answer within 0\.\d+ s$"
        ):
            await store.now()
        await store.close()


async def test_a_database_that_takes_too_long_to_answer_is_no_other_error(
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


# ---- what is no URL, and none of the clients ----------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (lambda: create_engine("sqlite:////tmp/x.db"), "not async: make it with .*create_async_"),
        (lambda: None, "not None"),
        (lambda: Path("/tmp/x.db"), r"not \w+Path.*SQLTokenStore\.sqlite\(path\)"),
        (lambda: b"sqlite:////tmp/x.db", "not bytes"),
    ],
)
def test_a_sql_store_is_made_of_a_url_or_an_async_engine(
    given: Callable[[], Any], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        SQL(given())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (redis.Redis, "not async: .* from redis.asyncio"),
        (lambda: None, "not None"),
        (lambda: b"redis://host", "not bytes"),
        (lambda: redis.asyncio.Redis, "not the class Redis itself"),
        (lambda: "redis://:hunter2@host?socket_timout=3", "'socket_timout'"),
        (lambda: "redis://:hunter2@host?hunter2=3", "does not take"),
        (lambda: "redis://:ab@c?hunter=2@host", "does not take"),
        (lambda: "redis://:hunter2@host?protocol=7", "does not take"),
        (lambda: "redis://:hunter2@host?socket_timeout=long", "does not take"),
        (lambda: "http://user:hunter2@host", "it is like redis://"),
        (lambda: "user:hunter2 at host", "it is like redis://"),
    ],
)
def test_a_redis_store_is_made_of_a_url_or_an_async_client(
    given: Callable[[], Any], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says) as raised:
        REDIS(given())
    assert PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


# ---- secrets ------------------------------------------------------------------------------------

Refused = Callable[[Canary], object]


def without(module: str, make: Callable[[], object]) -> object:
    """Make a store where a package is not installed."""
    hidden = {name: sys.modules[name] for name in sys.modules if name.startswith(module)}
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    try:
        return make()
    finally:
        sys.modules.update(hidden)


REFUSED: dict[str, Refused] = {
    "another database": lambda pw: SQLTokenStore(f"mysql://u:{pw.reveal()}@host/db"),
    "another driver": lambda pw: SQLTokenStore(f"postgresql+psycopg2://u:{pw.reveal()}@host/db"),
    "no port": lambda pw: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host:port/db"),
    "no URL": lambda pw: SQLTokenStore(f"u {pw.reveal()}"),
    "bytes": lambda pw: SQL(pw.reveal().encode()),
    "a parameter": lambda pw: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host/db?sslmod=x"),
    "a value": lambda pw: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host/db?timeout=x"),
    "a password as a value": lambda pw: SQLTokenStore(f"sqlite:////x.db?timeout={pw.reveal()}"),
    "a password of a file": lambda pw: SQLTokenStore(f"sqlite://u:{pw.reveal()}@/x.db"),
    "a prefix": lambda pw: SQL(f"postgresql://u:{pw.reveal()}@host/db", table_prefix="A;"),
    "a prefix that is none": lambda pw: SQL(f"postgresql://u:{pw.reveal()}@h", table_prefix=None),
    "a prefix of an engine": lambda pw: SQL(
        create_async_engine(f"postgresql+asyncpg://u:{pw.reveal()}@host/db"), table_prefix="A;"
    ),
    "an engine that is not async": lambda pw: SQL(
        create_engine(f"postgresql+asyncpg://u:{pw.reveal()}@host/db")
    ),
    "no SQLAlchemy": lambda pw: without(
        "sqlalchemy", lambda: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host/db")
    ),
    "no asyncpg": lambda pw: without(
        "asyncpg", lambda: SQLTokenStore(f"postgresql://u:{pw.reveal()}@host/db")
    ),
    "Redis, no URL": lambda pw: RedisTokenStore(f"http://:{pw.reveal()}@host"),
    "Redis, bytes": lambda pw: REDIS(pw.reveal().encode()),
    "Redis, a prefix": lambda pw: RedisTokenStore(f"redis://:{pw.reveal()}@host", prefix="{"),
    "Redis, no prefix": lambda pw: REDIS(f"redis://:{pw.reveal()}@host", prefix=None),
    "Redis, a parameter": lambda pw: RedisTokenStore(f"redis://:{pw.reveal()}@host?x=1"),
    "Redis, not async": lambda pw: REDIS(redis.Redis.from_url(f"redis://:{pw.reveal()}@host")),
    "Redis is not there": lambda pw: without(
        "redis", lambda: RedisTokenStore(f"redis://:{pw.reveal()}@host")
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_no_password_is_left_when_a_store_is_refused(name: str) -> None:
    canary = Canary()
    with watching() as watch, pytest.raises(ConfigurationError) as raised:
        REFUSED[name](canary)
    assert leaks([canary], raised.value, watch) == []


def test_a_store_that_was_refused_can_be_shown_in_a_debugger() -> None:
    for kind in (SQLTokenStore, RedisTokenStore):
        assert repr(kind.__new__(kind)) == f"<{kind.__name__}, refused>"
    with pytest.raises(ConfigurationError) as raised:
        SQLTokenStore(f"mysql://{PLACE}")
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert os.linesep.join(told.format())
