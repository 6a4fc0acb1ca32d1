"""A store in SQLite or PostgreSQL, through SQLAlchemy. `sql_statements` says what is asked."""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...errors import ConfigurationError, KatanaError, TokenStoreError
from ..concurrency import FailFastQueue
from ._home import Home, extra_is_missing
from .base import Row
from .sql_statements import PURGED_AT_ONCE, Dialect, schema_sql, statements, wrong_prefix

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["SQLTokenStore", "schema_sql"]

_PATIENCE = 1.0
"""Seconds for which a statement is tried again while others are at the same place.

The last try may wait as long again for a lock of SQLite's: 2 seconds in all.
"""

_PURGE_EVERY = 60.0
_KEYS_AT_ONCE = 500
# Any number: it keeps processes that start at the same time from making the tables twice.
_SCHEMA_LOCK = 0x6B6174616E61


class SQLTokenStore:
    """Keep rows and leases in two tables of a SQLite file or of a PostgreSQL database.

    It needs the extra `sql`, and is used from one event loop. Several processes, and on PostgreSQL
    several hosts, may use the same tables. Time is the database's.

    A database is waited for briefly: 2 seconds for a connection, an answer or a lock, unless the
    URL says others (`?timeout=5&command_timeout=5` for PostgreSQL, `?timeout=5` for SQLite). What
    the store does not take is offered again soon, and after a failover it is soon that counts:
    fresh tokens which are not stored before somebody else takes over are lost, and the connection
    with them. When PostgreSQL is silent, hangs up, or says that it is no primary any more, the
    connections that are idle are let go.

    Args:
        url_or_engine: `postgresql+asyncpg://user:password@host/database`,
            `sqlite+aiosqlite:////path/to/file`, or a SQLAlchemy `AsyncEngine` for one of the two.
            An engine is used as it is and never closed. Its limits are those that it was made with,
            and it has none by default: `pool_pre_ping=True`, `pool_timeout=2` and
            `connect_args={"timeout": 2, "command_timeout": 2}` are like a URL's with asyncpg. With
            many connections in its pool, each that a failover left silent is met in turn.
        create: Make the tables at the first use if they are not there. `schema_sql` has the DDL.
        table_prefix: What the tables' names begin with.

    Raises:
        ConfigurationError: The packages are not installed, or an argument cannot work.
    """

    def __init__(
        self,
        url_or_engine: "str | URL | AsyncEngine",
        *,
        create: bool = True,
        table_prefix: str = "katana_",
    ) -> None:
        made = _made(url_or_engine, table_prefix)
        del (
            url_or_engine
        )  # with its password: the traceback of what is raised next holds this frame
        if isinstance(made, ConfigurationError):
            raise made
        from . import sql_engines  # there it is: the engine was made there

        self._sql = sql_engines
        self._engine, self._lent = made
        self._url = self._engine.url
        self._dialect = cast("Dialect", self._engine.dialect.name)
        self._statements = statements(self._dialect, table_prefix)
        self._create = create
        self._home = Home("SQLTokenStore")
        self._ready = False
        self._preparing = FailFastQueue(1)
        # Who waits here is told when the server is silent; the pool would let each find it out.
        self._line = FailFastQueue(sys.maxsize if self._lent else sql_engines.CONNECTIONS)
        # SQLite has one writer at a time. Those of this process line up here, in order and without
        # taking the readers' connections.
        self._writing = FailFastQueue(1) if self._dialect == "sqlite" else self._line
        self._purge_at = time.monotonic() + _PURGE_EVERY

    @classmethod
    def sqlite(
        cls, path: str | os.PathLike[str], *, create: bool = True, table_prefix: str = "katana_"
    ) -> "SQLTokenStore":
        """Return a store in a SQLite file on a local disk.

        Args:
            path: The file. It is made, readable by its owner only, in a directory that is there.
            create: Make the tables at the first use if they are not there.
            table_prefix: What the tables' names begin with.
        """
        try:
            from sqlalchemy.engine import URL
        except ImportError:
            raise extra_is_missing("sql") from None
        url = URL.create("sqlite+aiosqlite", database=os.fspath(path))
        return cls(url, create=create, table_prefix=table_prefix)

    def __repr__(self) -> str:
        # A traceback with locals shows it when it was refused and knows nothing yet.
        dialect: str | None = getattr(self, "_dialect", None)
        return f"<SQLTokenStore {dialect}>" if dialect else "<SQLTokenStore, refused>"

    async def read(self, key: str) -> Row | None:
        """Return a row, or None when there is none or its time is over."""
        for version, data, now in await self._fetch(self._statements.read, {"key": key}):
            return Row(int(version), bytes(data), float(now))
        return None

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        """Write a version of a row if the one before it is what is there."""
        if ttl is not None:
            await self._purge()
        # aiosqlite logs what it binds, at DEBUG; of a memoryview that is only its address.
        bound = memoryview(data) if self._dialect == "sqlite" else data
        values = {"key": key, "data": bound, "ttl": ttl}
        if version == 1:
            return await self._change(self._statements.make, values)
        return await self._change(self._statements.replace, {**values, "before": version - 1})

    async def delete(self, key: str, version: int) -> bool:
        """Delete a row if it has this version, and return whether it was deleted."""
        return await self._change(self._statements.delete, {"key": key, "version": version})

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Give the keys of the rows that begin with a text, in their order, 500 a query."""
        async for (key,) in self._listed(self._statements.keys_from, prefix):
            yield key

    async def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        """Give the rows whose keys begin with a text, in the order of the keys, 500 a query."""
        async for key, version, data, now in self._listed(self._statements.rows_from, prefix):
            yield key, Row(int(version), bytes(data), float(now))

    async def _listed(self, statement: str, prefix: str) -> AsyncIterator[Any]:
        if not (prefix.isascii() and prefix.isprintable()):
            return  # no key has such characters, and not every database takes them
        # The first text after all that begin with it; no key has a character after "z".
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else "~"
        values = {"first": prefix, "end": end, "count": _KEYS_AT_ONCE}
        after = ""
        while True:
            rows = await self._fetch(statement, {**values, "after": after})
            for row in rows:
                yield row
            if len(rows) < _KEYS_AT_ONCE:
                return
            after = rows[-1][0]

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Take the lease of a key, or have it anew when it is already the owner's."""
        # Looking first lets those who wait for a lease only read.
        if await self._fetch(self._statements.lease_held, {"key": key, "owner": owner}):
            return False
        values = {"key": key, "owner": owner, "seconds": seconds}
        return await self._change(self._statements.lease_take, values)

    async def release(self, key: str, owner: str) -> bool:
        """Free a lease if it is the owner's and not over, and return whether it was."""
        return await self._change(self._statements.lease_free, {"key": key, "owner": owner})

    async def now(self) -> float:
        """Return the database's clock; SQLite's is the machine's."""
        ((now,),) = await self._fetch(self._statements.now, {})
        return float(now)

    @property
    def limits_itself(self) -> bool:
        """Whether a silent server is given up soon: a lent one's limits are not known."""
        return not self._lent

    async def close(self) -> None:
        """Close the store's own connections; a lent engine is the caller's to dispose of."""
        await self._home.close(self._disconnect)

    async def _disconnect(self) -> None:
        if not self._lent:
            await self._engine.dispose()

    async def _purge(self) -> None:
        """Delete some rows and leases whose time is over, now and then.

        Only who writes a row that expires pays for it, since only such rows are left behind: a
        refresh never does. It goes before the write, whose outcome it must not cloud.
        """
        if time.monotonic() < self._purge_at:
            return
        self._purge_at = time.monotonic() + _PURGE_EVERY
        with suppress(TokenStoreError):  # the write will say so itself
            for statement in self._statements.purge:
                if await self._run(statement, {}, writes=True) == PURGED_AT_ONCE:
                    self._purge_at = 0  # there are more: the next write goes on

    async def _fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Any]:
        rows = await self._run(statement, values, writes=False)
        assert not isinstance(rows, int)
        return rows

    async def _change(self, statement: str, values: Mapping[str, Any]) -> bool:
        return await self._run(statement, values, writes=True) == 1

    async def _run(
        self, statement: str, values: Mapping[str, Any], *, writes: bool
    ) -> int | Sequence[Any]:
        line = self._writing if writes else self._line
        return await self._home.run(line, self._execute, line, statement, values, writes=writes)

    async def _execute(
        self, line: FailFastQueue, statement: str, values: Mapping[str, Any], *, writes: bool
    ) -> int | Sequence[Any]:
        """Run one statement, and return its rows, or how many it changed.

        Raises:
            TokenStoreError: It could not be run. It is raised outside of the `except` block, since
                a driver's exception and its frames hold the database's password.
        """
        began = time.monotonic()
        try:
            return await self._patiently(statement, values, writes=writes)
        except KatanaError:
            raise
        except Exception as error:  # noqa: BLE001 - each driver has exceptions of its own
            failure = TokenStoreError(
                self._sql.describe(error, self._url, time.monotonic() - began)
            )
            if self._sql.was_in_vain(error):
                line.fail_waiters(failure)
                self._preparing.fail_waiters(failure)
        raise failure

    async def _patiently(
        self, statement: str, values: Mapping[str, Any], *, writes: bool
    ) -> int | Sequence[Any]:
        """Run one statement, and again where it failed and is known to have changed nothing."""
        until = time.monotonic() + _PATIENCE
        demoted = self._lent  # of an engine that is not ours, the connections are not let go
        while True:
            try:
                await self._prepare()
                return await self._once(statement, values, writes=writes)
            except Exception as error:
                if not demoted and self._sql.was_demoted(error):
                    demoted = True
                elif not self._sql.is_busy(error) or time.monotonic() >= until:
                    raise
            await asyncio.sleep(random.uniform(0.001, 0.02))  # noqa: S311 - no secret # nosec B311

    async def _once(
        self, statement: str, values: Mapping[str, Any], *, writes: bool
    ) -> int | Sequence[Any]:
        from sqlalchemy import text

        async with self._engine.connect() as connection:
            result = await connection.execute(text(statement), values)
            return result.rowcount if writes else result.fetchall()

    async def _prepare(self) -> None:
        """Make the file and the tables, once."""
        if not self._ready:
            async with self._preparing.slot():
                await self._make_ready()

    async def _make_ready(self) -> None:
        if self._ready:
            return
        if self._dialect == "sqlite" and not self._lent:
            self._sql.make_file(Path(str(self._url.database)))
            # It stays with the file. Only when it is switched on does it need the file alone, and
            # then SQLite does not wait but is busy at once.
            if await self._once("PRAGMA journal_mode", {}, writes=False) != [("wal",)]:
                await self._once("PRAGMA journal_mode = WAL", {}, writes=False)
        if self._create and not await self._once(self._statements.exists, {}, writes=False):
            await self._make_tables()
        self._ready = True

    async def _make_tables(self) -> None:
        from sqlalchemy import text

        if self._dialect == "sqlite":
            for statement in self._statements.schema:
                await self._once(statement, {}, writes=True)
            return
        # CREATE ... IF NOT EXISTS by two at the same time can fail for one of them.
        engine = self._engine.execution_options(isolation_level="READ COMMITTED")
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})"))
            for statement in self._statements.schema:
                await connection.execute(text(statement))


def _made(given: object, prefix: object) -> "tuple[AsyncEngine, bool] | ConfigurationError":
    """Return an engine and whether it was lent, or what is wrong."""
    problem = wrong_prefix(prefix)
    if problem:
        return ConfigurationError(problem)
    try:
        from sqlalchemy.ext.asyncio import AsyncEngine

        from . import sql_engines
    except ImportError:
        return extra_is_missing("sql")
    engine = sql_engines.engine_of(given)
    if isinstance(engine, ConfigurationError):
        return engine
    return engine, isinstance(given, AsyncEngine)
