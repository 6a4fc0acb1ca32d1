"""A store in SQLite or PostgreSQL, through SQLAlchemy."""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from ...errors import ConfigurationError, KatanaError, TokenStoreError
from ..concurrency import FailFastQueue
from . import sql_statements as statements
from ._operations import OperationRunner, make_missing_extra_error
from .base import Row, TokenStore
from .sql_statements import get_substitutions

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

_PURGE_INTERVAL = 60.0
_ROWS_PER_QUERY = 500
# An arbitrary number. With it, processes that start together do not create the tables twice.
_SCHEMA_LOCK = 0x6B6174616E61


class SQLTokenStore(TokenStore):
    """Keep rows and leases in two tables of a SQLite file or a PostgreSQL database.

    It needs the extra `sql`, and belongs to one event loop. Several processes may use the same
    tables, on PostgreSQL also several hosts. Times are the database's. The first use creates the
    tables if they do not exist; `schema_sql` returns their DDL.

    The limits for a connection, an answer and a lock are 2 seconds each, unless the URL sets others
    (`?timeout=5&command_timeout=5` for PostgreSQL, `?timeout=5` for SQLite).

    Args:
        url_or_engine: `postgresql+asyncpg://user:password@host/database`,
            `sqlite+aiosqlite:////path/to/file`, or a SQLAlchemy `AsyncEngine` for one of the two.
            An engine is used as it is and never closed. It has no limits of its own: give an engine
            for asyncpg `pool_pre_ping=True`, `pool_timeout=2` and
            `connect_args={"timeout": 2, "command_timeout": 2}`.
        table_prefix: The first part of the tables' names.

    Raises:
        ConfigurationError: The packages are not installed, or an argument is invalid.
    """

    def __init__(
        self, url_or_engine: "str | URL | AsyncEngine", *, table_prefix: str = "katana_"
    ) -> None:
        try:
            self._sql = _import_engines()
            self._engine, self._is_lent, self._substitutions = _open_engine(
                url_or_engine, table_prefix
            )
        except ConfigurationError as error:
            del url_or_engine  # it holds a password, and a traceback keeps its frames
            error.__context__ = error.__traceback__ = None
            raise error
        self.limits_itself = not self._is_lent  # the limits of a lent engine are unknown
        self._url = self._engine.url
        self._dialect = self._engine.dialect.name
        self._conflict_limit = self._sql.conflict_limit(self._engine, self._is_lent)
        self._runner = OperationRunner("SQLTokenStore")
        self._is_prepared = False
        self._preparations = FailFastQueue(1)
        # Operations wait here and not for the pool, so that they fail together if the server hangs.
        self._queue = FailFastQueue(sys.maxsize if self._is_lent else self._sql.POOL_SIZE)
        # SQLite allows one writer at a time. Others wait here, and leave connections to readers.
        self._writers = FailFastQueue(1) if self._dialect == "sqlite" else self._queue
        self._purge_at = time.monotonic() + _PURGE_INTERVAL

    @classmethod
    def sqlite(cls, path: str | os.PathLike[str], *, table_prefix: str = "katana_") -> Self:
        """Return a store in a SQLite file on a local disk.

        The store creates the file, readable by its owner only; its directory must exist.
        """
        url = _import_engines().URL.create("sqlite+aiosqlite", database=os.fspath(path))
        return cls(url, table_prefix=table_prefix)

    async def read(self, key: str) -> Row | None:
        for version, data, now in await self._fetch(statements.READ, {"key": key}):
            return Row(int(version), bytes(data), float(now))
        return None

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        if ttl is not None:
            await self._purge()
        # aiosqlite logs its arguments at DEBUG. The repr of a memoryview does not show the data.
        values = {"key": key, "data": memoryview(data), "ttl": ttl}
        if version == 1:
            return await self._change(statements.CREATE, values)
        return await self._change(statements.REPLACE, {**values, "before": version - 1})

    async def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        if not (prefix.isascii() and prefix.isprintable()):
            return  # no key has such characters, and some databases refuse them
        # The smallest text above all keys with the prefix; "z" is the largest character of a key.
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else "~"
        values = {"first": prefix, "end": end, "after": "", "count": _ROWS_PER_QUERY}
        while True:
            rows = await self._fetch(statements.LIST, values)
            for key, version, data, now in rows:
                yield key, Row(int(version), bytes(data), float(now))
            if len(rows) < _ROWS_PER_QUERY:
                return
            values["after"] = rows[-1][0]

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        # Because of this query, processes that poll a lease only read.
        if await self._fetch(statements.LEASE_EXISTS, {"key": key, "owner": owner}):
            return False
        values = {"key": key, "owner": owner, "seconds": seconds}
        return await self._change(statements.LEASE, values)

    async def release(self, key: str, owner: str) -> bool:
        return await self._change(statements.RELEASE, {"key": key, "owner": owner})

    async def now(self) -> float:
        """Return the database's clock; SQLite uses the machine's."""
        ((now,),) = await self._fetch(statements.NOW, {})
        return float(now)

    async def close(self) -> None:
        """Close the store's own connections, but not an engine that was passed in."""
        await self._runner.close(None if self._is_lent else self._engine.dispose)

    async def _purge(self) -> None:
        """Delete some expired rows, at most once a minute, before a write of a row that expires."""
        # Only authorizations and disconnects write such rows, so it delays no refresh.
        if time.monotonic() >= self._purge_at:
            self._purge_at = time.monotonic() + _PURGE_INTERVAL
            with suppress(TokenStoreError):  # the write will raise the same error
                await self._change(statements.PURGE, {})

    async def _fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Any]:
        queue = self._queue
        return await self._runner.run(queue, partial(self._execute, queue, statement, values))

    async def _change(self, statement: str, values: Mapping[str, Any]) -> bool:
        queue = self._writers
        execute = partial(self._execute, queue, statement, values)
        return bool(await self._runner.run(queue, execute) == 1)

    async def _execute(
        self, queue: FailFastQueue, statement: str, values: Mapping[str, Any]
    ) -> Any:
        """Return the rows of a statement, or the number of changed rows.

        A statement that failed without effect, because of a conflict or a server that is not the
        primary, is repeated.
        """
        began = time.monotonic()
        may_reconnect = not self._is_lent  # the connections of a lent engine are not closed
        while True:
            failure = None
            try:
                await self._prepare()
                return await self._execute_once(statement, values)
            except KatanaError:
                raise
            except Exception as error:  # noqa: BLE001 - each driver raises exceptions of its own
                seconds = time.monotonic() - began
                if may_reconnect and self._sql.is_read_only(error):
                    may_reconnect = False
                elif not self._sql.is_conflict(error) or seconds >= self._conflict_limit:
                    failure = TokenStoreError(self._sql.describe(error, self._url, seconds))
                    if self._sql.is_unresponsive(error):
                        queue.fail_waiters(failure)
                        self._preparations.fail_waiters(failure)
            if failure is not None:
                raise failure  # outside of `except`: a driver's frames hold the password
            await asyncio.sleep(random.uniform(0.001, 0.01))  # noqa: S311 - no secret # nosec B311

    async def _execute_once(self, statement: str, values: Mapping[str, Any]) -> Any:
        from sqlalchemy import text

        async with self._engine.connect() as connection:
            filled = text(statement.format_map(self._substitutions))
            result = await connection.execute(filled, values)
            return result.fetchall() if result.returns_rows else result.rowcount

    async def _prepare(self) -> None:
        if not self._is_prepared:
            async with self._preparations.slot():
                if not self._is_prepared:
                    await self._create_missing()
                    self._is_prepared = True

    async def _create_missing(self) -> None:
        from sqlalchemy import inspect, text

        if self._dialect == "sqlite" and not self._is_lent:
            # For its owner only. SQLite gives its -wal and -shm files the same mode.
            os.close(os.open(str(self._url.database), os.O_RDWR | os.O_CREAT, 0o600))
        async with self._engine.connect() as connection:
            last_table = "{prefix}token_leases".format_map(self._substitutions)
            if await connection.run_sync(lambda sync: inspect(sync).has_table(last_table)):
                return
        engine = self._engine
        if self._dialect == "postgresql":
            engine = engine.execution_options(isolation_level="READ COMMITTED")
        async with engine.begin() as connection:
            if self._dialect == "postgresql":
                # Of two concurrent CREATE ... IF NOT EXISTS, one may fail without this lock.
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})"))
            for statement in statements.SCHEMA.format_map(self._substitutions).split(";")[:-1]:
                await connection.execute(text(statement))


def _import_engines() -> Any:
    try:
        return import_module(".sql_engines", __package__)
    except ImportError:
        raise make_missing_extra_error("sql") from None


def _open_engine(given: object, table_prefix: str) -> "tuple[AsyncEngine, bool, dict[str, object]]":
    engine, is_lent = _import_engines().open_engine(given)
    return engine, is_lent, get_substitutions(engine.dialect.name, table_prefix)
