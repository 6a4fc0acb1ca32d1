"""The SQL store, beyond the shared suite: files, engines, URLs, tables, purging."""

import asyncio
import os
import sqlite3
import stat
import sys
import threading
import time
import traceback
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import create_async_engine

from katana_async.errors import ConfigurationError, TokenStoreError
from katana_async.oauth import SQLTokenStore, schema_sql
from tests.processes import run_python

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{path}"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("postgresql:", "postgresql+asyncpg:")


async def execute(url: str, statement: str) -> list[Any]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return list(result.fetchall()) if result.returns_rows else []
    finally:
        await engine.dispose()


# ---- SQLite's file ------------------------------------------------------------------------------


async def test_only_the_owner_may_read_the_files(path: Path) -> None:
    before = os.umask(0)
    try:
        store = SQLTokenStore.sqlite(path)
        await store.write("a", 1, b"x")
    finally:
        os.umask(before)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    await store.close()
    assert modes == {"tokens.db": 0o600, "tokens.db-wal": 0o600, "tokens.db-shm": 0o600}


async def test_the_error_for_a_missing_directory_names_the_file(
    tmp_path: Path,
) -> None:
    store = SQLTokenStore.sqlite(tmp_path / "missing" / "tokens.db")
    with pytest.raises(TokenStoreError, match=r"No such file .*/missing/tokens\.db"):
        await store.now()
    await store.close()


async def test_a_sqlite_file_uses_wal_and_syncs_each_write(path: Path) -> None:
    store = SQLTokenStore.sqlite(path)
    await store.now()
    async with store._engine.connect() as connection:
        values = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    await store.close()
    assert values == ["wal", 2, 30]


async def test_a_relative_path_does_not_follow_chdir(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    store = SQLTokenStore.sqlite(path.name)
    monkeypatch.chdir("/")
    await store.write("a", 1, b"x")
    await store.close()
    assert [each.name for each in path.parent.glob("*")] == [path.name]


async def test_a_write_waits_for_a_locked_file(path: Path) -> None:
    store = SQLTokenStore.sqlite(path)
    await store.write("a", 1, b"x")
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", isolation_level="AUTOCOMMIT")
    async with engine.connect() as other:
        await other.execute(text("BEGIN IMMEDIATE"))
        writing = asyncio.ensure_future(store.write("a", 2, b"y"))
        assert await store.read("a") is not None  # readers do not wait
        await asyncio.sleep(0.05)
        assert not writing.done()
        await other.execute(text("COMMIT"))
        assert await writing is True
    await engine.dispose()
    await store.close()


async def test_a_write_gets_its_turn_beside_a_process_that_writes_continuously(path: Path) -> None:
    store = SQLTokenStore.sqlite(path)
    await store.write("a", 1, b"x")
    stopped = threading.Event()

    def write_continuously() -> None:  # like another process on a slow disk: with short gaps
        with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as connection:
            while not stopped.is_set():
                connection.execute("BEGIN IMMEDIATE")
                time.sleep(0.06)
                connection.execute("COMMIT")
                time.sleep(0.004)

    writer = asyncio.create_task(asyncio.to_thread(write_continuously))
    try:
        for version in range(2, 12):
            assert await store.write("a", version, b"x") is True
    finally:
        stopped.set()
        await writer
        await store.close()


async def test_polling_a_lease_only_reads(path: Path) -> None:
    store = SQLTokenStore.sqlite(path)
    await store.lease("a", "holder", 60)
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", isolation_level="AUTOCOMMIT")
    async with engine.connect() as other:
        await other.execute(text("BEGIN IMMEDIATE"))  # a write would wait for this
        assert await asyncio.wait_for(store.lease("a", "waiter", 60), 2) is False
        await other.execute(text("ROLLBACK"))
    await engine.dispose()
    await store.close()


async def test_a_lock_that_stays_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("katana_async.oauth.stores.sql_engines.ATTEMPT_SECONDS", 0.01)
    store = SQLTokenStore.sqlite(path)
    await store.write("a", 1, b"x")
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", isolation_level="AUTOCOMMIT")
    async with engine.connect() as other:
        await other.execute(text("BEGIN IMMEDIATE"))
        with pytest.raises(TokenStoreError, match="sqlite: OperationalError: database is locked"):
            await store.write("a", 2, b"y")
        await other.execute(text("ROLLBACK"))
    assert await store.write("a", 2, b"y") is True
    await engine.dispose()
    await store.close()


# ---- tables -------------------------------------------------------------------------------------


async def test_the_tables_may_be_created_from_the_ddl(url: str) -> None:
    dialect: Any = "sqlite" if url.startswith("sqlite") else "postgresql"
    for statement in schema_sql(dialect, table_prefix="app_").split(";"):
        if statement.strip():
            await execute(url, statement)
    store = SQLTokenStore(url, table_prefix="app_")
    assert await store.write("a", 1, b"x") is True
    await store.close()
    assert [tuple(row) for row in await execute(url, "SELECT key, version FROM app_tokens")] == [
        ("a", 1)
    ]


async def test_a_user_who_may_not_create_tables_uses_those_that_exist(postgres_url: str) -> None:
    plain = postgres_url.replace("postgresql:", "postgresql+asyncpg:")
    owner = SQLTokenStore(postgres_url)
    await owner.write("a", 1, b"x")
    await owner.close()
    role = f"app_{uuid4().hex}"
    await execute(plain, f"CREATE ROLE {role} LOGIN")
    try:
        await execute(plain, "REVOKE CREATE ON SCHEMA public FROM public")
        await execute(plain, f"GRANT ALL ON katana_tokens, katana_token_leases TO {role}")
        store = SQLTokenStore(postgres_url.replace("//postgres@", f"//{role}@"))
        assert await store._fetch("SELECT current_user", {}) == [(role,)]
        assert await store.write("a", 2, b"y") is True
        assert await store.lease("a", "x", 60) is True
        await store.close()
    finally:
        await execute(plain, f"DROP OWNED BY {role}")
        await execute(plain, f"DROP ROLE {role}")


async def test_stores_with_other_prefixes_share_nothing(url: str) -> None:
    one, other = SQLTokenStore(url), SQLTokenStore(url, table_prefix="other_")
    await one.write("a", 1, b"x")
    await one.lease("a", "x", 60)
    assert await other.read("a") is None
    assert await other.lease("a", "y", 60) is True
    await one.close()
    await other.close()


@pytest.mark.parametrize("prefix", ["", "a-b", "a;drop table x", "A", "x" * 41, '"'])
def test_an_invalid_table_prefix_is_refused(prefix: str, path: Path) -> None:
    with pytest.raises(ConfigurationError, match="table_prefix"):
        SQLTokenStore.sqlite(path, table_prefix=prefix)


def test_the_ddl_of_another_database_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="mysql"):
        schema_sql("mysql")  # type: ignore[arg-type]  # tests the check at run time


async def test_a_write_of_a_row_that_expires_purges_expired_rows_at_most_once_a_minute(
    url: str,
) -> None:
    store = SQLTokenStore(url)
    for n in range(3):
        await store.write(f"old/{n}", 1, b"x", ttl=0.001)
    await store.write("later", 1, b"x", ttl=60)
    await store.write("kept", 1, b"x")
    await asyncio.sleep(0.01)
    counted = "SELECT count(*) FROM katana_tokens"
    await store.write("a", 1, b"x")  # without a ttl: never purges
    await store.write("b", 1, b"x", ttl=60)  # within the interval
    assert (await execute(url, counted))[0][0] == 7
    store._purge_at = 0.0
    await store.write("c", 1, b"x", ttl=60)
    assert (await execute(url, counted))[0][0] == 5
    assert store._purge_at > 0
    assert [key async for key, _ in store.rows("")] == ["a", "b", "c", "kept", "later"]
    await store.close()


async def test_a_purge_deletes_up_to_1000_rows(url: str) -> None:
    store = SQLTokenStore(url)
    await store.write("first", 1, b"x")
    await execute(
        url,
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)"
        " INSERT INTO katana_tokens SELECT 'old/' || n, 1, data, 1.0 FROM numbers, katana_tokens",
    )
    store._purge_at = 0.0
    await store.write("second", 1, b"x", ttl=60)
    assert (await execute(url, "SELECT count(*) FROM katana_tokens"))[0][0] == 202
    await store.close()


# ---- engines and URLs ---------------------------------------------------------------------------


async def test_a_lent_engine_is_used_and_left_open(url: str) -> None:
    engine = create_async_engine(url)
    closed: list[object] = []
    event.listen(engine.sync_engine, "engine_disposed", closed.append)
    store = SQLTokenStore(engine)
    assert await store.write("a", 1, b"x") is True
    await store.close()
    assert closed == []
    assert [row.version for row in await execute(url, "SELECT version FROM katana_tokens")] == [1]
    await engine.dispose()


async def test_a_stricter_default_isolation_level_works(postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    plain = postgres_url.replace("postgresql:", "postgresql+asyncpg:")
    await execute(
        plain, f"ALTER DATABASE {name} SET default_transaction_isolation TO 'repeatable read'"
    )
    one, other = SQLTokenStore(postgres_url), SQLTokenStore(postgres_url)
    await one.write("a", 1, b"x")
    for version in range(2, 12):
        done = await asyncio.gather(
            *[(one, other)[n % 2].write("a", version, b"%d" % n) for n in range(10)]
        )
        assert sum(done) == 1
    await one.close()
    await other.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
async def test_each_scheme_of_postgresql_works(postgres_url: str, scheme: str) -> None:
    url = postgres_url.replace("postgresql", scheme) + "?sslmode=prefer"
    store = SQLTokenStore(url)
    assert await store.now() > 1.6e9
    await store.close()


async def test_the_error_for_an_unreachable_server_has_no_password() -> None:
    store = SQLTokenStore("postgresql://user:hunter2@127.0.0.1:1/db")
    with pytest.raises(TokenStoreError, match="postgresql: ") as raised:
        await store.read("a")
    await store.close()
    error = raised.value
    assert error.__cause__ is error.__context__ is None
    assert "hunter2" not in "".join(traceback.format_exception(error)) + repr(store) + repr(error)


async def test_stored_data_is_in_no_error_and_no_log(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    store = SQLTokenStore(url)
    await store.write("a", 1, b"canary-data")
    await execute(url, "DROP TABLE katana_tokens")
    with pytest.raises(TokenStoreError) as raised:
        await store.write("a", 2, b"canary-data")
    await store.close()
    assert "canary" not in str(raised.value) + caplog.text


def test_the_error_for_missing_packages_names_the_extra() -> None:
    output = run_python(
        "import sys\n"
        "sys.modules['sqlalchemy'] = None\n"
        "from katana_async.errors import ConfigurationError\n"
        "from katana_async.oauth import SQLTokenStore\n"
        "for make in (SQLTokenStore, SQLTokenStore.sqlite):\n"
        "    try: make('sqlite:///x.db')\n"
        "    except ConfigurationError as error: print(error)\n"
    )
    assert output.count("pip install 'katana-async[sql]'") == 2


# ---- loops and processes ------------------------------------------------------------------------


async def test_use_in_another_event_loop_is_refused(path: Path) -> None:
    store = SQLTokenStore.sqlite(path)
    await store.now()
    raised: list[BaseException] = []

    def use_in_thread() -> None:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            try:
                runner.run(store.now())
            except ConfigurationError as error:
                raised.append(error)

    thread = threading.Thread(target=use_in_thread)
    thread.start()
    await asyncio.to_thread(thread.join)
    assert "another event loop" in str(raised[0])
    await store.close()


async def test_use_of_a_closed_store_is_refused(path: Path) -> None:
    store = SQLTokenStore.sqlite(path)
    await store.now()
    await store.close()
    await store.close()
    with pytest.raises(ConfigurationError, match="closed"):
        await store.now()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_use_in_a_forked_child_is_refused(path: Path) -> None:
    output = run_python(
        "import asyncio, os, warnings\n"
        "warnings.simplefilter('ignore', DeprecationWarning)\n"
        "from katana_async.oauth import SQLTokenStore\n"
        f"store = SQLTokenStore.sqlite({str(path)!r})\n"
        "async def parent():\n"
        "    await store.now()\n"
        "    child = os.fork()\n"
        "    if child:\n"
        "        os.waitpid(child, 0)\n"
        "        await store.close()\n"
        "        return\n"
        "    try: await store.now()\n"
        "    except Exception as error: print(type(error).__name__, error, flush=True)\n"
        "    os._exit(0)\n"
        "asyncio.run(parent())\n"
    )
    assert "ConfigurationError this SQLTokenStore was used before the process forked" in output


async def test_a_running_write_continues_if_its_caller_is_cancelled(
    path: Path,
) -> None:
    store = SQLTokenStore.sqlite(path)
    await store.now()
    task = asyncio.ensure_future(store.write("a", 1, b"x"))
    for _ in range(2):  # it is queued, then starts
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.close()  # waits for running operations
    again = SQLTokenStore.sqlite(path)
    row = await again.read("a")
    await again.close()
    assert row is not None


def test_the_page_about_stores_shows_the_ddl() -> None:
    page = Path(__file__).parents[3] / "docs" / "token-stores.md"
    assert schema_sql("postgresql") in page.read_text(encoding="utf-8")
