"""How the SQL store reaches a database: engines, the SQLite file, what an error says."""

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, ExceptionContext
from sqlalchemy.exc import SQLAlchemyError, TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ...errors import ConfigurationError
from ...kinds import kind_of
from ...secrets import Secret, redact
from ._home import ATTEMPT_SECONDS, extra_is_missing
from .postgres_urls import asyncpg_settings, move_hosts
from .sql_urls import parse_url

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 1.0
"""How long SQLite waits in its thread for a lock before it says that it is busy."""

CONNECT_SECONDS = ATTEMPT_SECONDS
"""How long PostgreSQL is waited for when a connection is opened, unless the URL says another."""

STATEMENT_SECONDS = ATTEMPT_SECONDS
"""How long PostgreSQL is waited for when it was asked something, unless the URL says another."""

_CLOSE_SECONDS = 0.5
"""For how long PostgreSQL is asked to cancel what it was asked, and to hang up."""

_LIVES_SECONDS = 1.0
"""For how long after it was used a connection that is not closed is taken to be one that lives."""

CONNECTIONS = 5
"""Of a process: eight of them stay below PostgreSQL's default of 100 connections."""


def engine_of(given: object) -> AsyncEngine | ConfigurationError:
    """Return an engine whose statements each commit by themselves, or what is wrong.

    It is not raised here: a traceback would hold the frames, and in them a password.

    Args:
        given: A URL, or an engine that somebody else has made.
    """
    if isinstance(given, AsyncEngine):
        if given.dialect.name not in ("postgresql", "sqlite"):
            return ConfigurationError(
                f"tokens are stored in PostgreSQL or SQLite, not in {given.dialect.name}"
            )
        return given.execution_options(isolation_level="AUTOCOMMIT")
    if isinstance(given, Engine):
        return ConfigurationError(
            "the engine of a SQLTokenStore is one that is not async: make it with"
            " sqlalchemy.ext.asyncio.create_async_engine"
        )
    if not isinstance(given, str | URL):
        return ConfigurationError(
            f"a SQLTokenStore is made of a URL or an AsyncEngine, not {kind_of(given)};"
            " SQLTokenStore.sqlite(path) takes a file"
        )
    url = parse_url(move_hosts(given) if isinstance(given, str) else given)
    return url if isinstance(url, ConfigurationError) else _engine(url)


def _engine(url: URL) -> AsyncEngine | ConfigurationError:
    options: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "hide_parameters": True,
        "pool_size": CONNECTIONS,
        "max_overflow": 0,
        "pool_reset_on_return": None,  # there is never a transaction to roll back
    }
    backend, driver = url.get_backend_name(), url.get_driver_name()
    try:
        if backend == "sqlite":
            if "timeout" not in url.query:
                options["connect_args"] = {"timeout": BUSY_SECONDS}
        else:
            options["pool_pre_ping"] = True  # the server may have restarted since
        if driver == "asyncpg":
            settings = asyncpg_settings(url)
            if isinstance(settings, ConfigurationError):
                return settings
            url, asked = settings
            limits = {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}
            options["connect_args"] = limits | asked | {"connection_class": _connection_class()}
        made = create_async_engine(url, **options)
    except ImportError:
        if driver in ("asyncpg", "aiosqlite"):
            return extra_is_missing("sql")
        return ConfigurationError(
            f"the driver {driver} is not installed. A token store needs none but asyncpg: begin its"
            " URL with postgresql+asyncpg://"
        )
    except (SQLAlchemyError, ValueError):
        return ConfigurationError(
            f"a parameter of the URL of a token store has a value that {driver} does not take"
        )
    if backend == "sqlite":
        event.listen(made.sync_engine, "connect", _write_through)
    if driver == "asyncpg":
        _know_idle(made.sync_engine)
    return made


def _connection_class() -> type:
    """Return the class of asyncpg's connections that does not wait for a silent server to hang up.

    Raises:
        ImportError: There is no asyncpg.
    """
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] - one method is called, as it is documented

    class Connection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
        async def close(self, *, timeout: float | None = None) -> None:
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await super().close(timeout=timeout)  # pyright: ignore[reportUnknownMemberType]
            except TimeoutError:
                self.terminate()

    return Connection


def _know_idle(engine: Engine) -> None:
    """Let an engine know which connections are idle: how long, and to lose them with one in use.

    After a failover they may all be silent, and each would be waited for until its time is over.
    Those that are in use end in their own time. SQLAlchemy asks a connection whether it lives when
    it takes it out of the pool, and replaces one that is closed at once. It takes as long as a
    statement, and is done without where the connection was used just before.
    """
    idle = WeakKeyDictionary[Any, float]()
    ping = engine.dialect.do_ping

    def do_ping(connection: Any) -> bool:
        lent = connection.driver_connection
        recent = time.monotonic() - idle.get(lent, 0.0) < _LIVES_SECONDS
        return (recent and not lent.is_closed()) or ping(connection)

    def checkin(connection: object, record: "ConnectionPoolEntry") -> None:
        if connection is not None:
            idle[record.driver_connection] = time.monotonic()

    def checkout(_connection: object, record: "ConnectionPoolEntry", _proxy: object) -> None:
        idle.pop(record.driver_connection, None)

    def invalidate(_connection: object, record: "ConnectionPoolEntry", _error: object) -> None:
        idle.pop(record.driver_connection, None)  # of this one, a query may have to be cancelled
        while idle:
            idle.popitem()[0].terminate()

    def handle_error(context: ExceptionContext) -> None:
        if was_demoted(context.original_exception):
            context.is_disconnect = True  # whoever is the primary now, it is another server

    for listener in (checkin, checkout, invalidate, handle_error):
        event.listen(engine, listener.__name__, listener)
    engine.dialect.do_ping = do_ping  # type: ignore[assignment, method-assign]  # there is no event for it


def _write_through(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # In WAL mode, anything less may lose the last writes with the power; a lost refresh token is
    # a customer who has to connect again.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def make_file(path: Path) -> None:
    """Make an empty database file that only its owner reads; one that is there stays as it is.

    SQLite gives its -wal and -shm files the mode of the database's.

    Raises:
        ConfigurationError: The directory is not there.
    """
    if not path.parent.is_dir():
        raise ConfigurationError(f"the token store's directory {path.parent} does not exist")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def is_busy(error: Exception) -> bool:
    """Tell whether a statement failed, and changed nothing, since another was at the same place.

    SQLite says so of a lock (and at once, without waiting, while a file is being opened or closed),
    PostgreSQL where transactions are serializable by default.
    """
    cause = getattr(error, "orig", None) or error
    if getattr(cause, "sqlstate", None) == "40001":
        return True
    return _is_locked(cause)


def _is_locked(cause: object) -> bool:
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED


def was_in_vain(error: Exception) -> bool:
    """Tell whether a database was waited for that others would wait for as well."""
    cause = getattr(error, "orig", None) or error
    return isinstance(cause, TimeoutError | NoConnection) or _is_locked(cause)


def was_demoted(error: BaseException) -> bool:
    """Tell whether a statement changed nothing since its server is no primary any more."""
    cause = getattr(error, "orig", None) or error
    return getattr(cause, "sqlstate", None) == "25006"  # read_only_sql_transaction


def describe(error: Exception, url: URL, seconds: float) -> str:
    """Return what an error says in one line, without what was stored and without the password.

    Args:
        error: The error.
        url: The database's address.
        seconds: How long was waited for it.
    """
    backend = url.get_backend_name()
    cause: object = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    if isinstance(cause, TimeoutError) and not lines:
        return f"{backend}: it did not answer within {seconds:.3g} s"
    # PostgreSQL's second line is the detail, which quotes the row.
    text = lines[0][:300] if lines else "no reason given"
    secrets = [Secret(str(url.password))] if url.password else []
    return f"{backend}: {type(cause).__name__}: {redact(text, secrets)}{_remedy(cause, text)}"


def _remedy(cause: object, text: str) -> str:
    """Return which setting mends an error that names none."""
    if getattr(cause, "sqlstate", None) in ("26000", "42P05"):  # of a prepared statement's name
        return (
            ". Behind PgBouncer in transaction mode a token store needs ?statement_cache_size=0 in"
            ' its URL, or connect_args={"statement_cache_size": 0} for an engine of your own'
        )
    if "unsupported startup parameter" in text:
        return (
            ". Leave it out of the URL, or let PgBouncer pass over it with its setting"
            " ignore_startup_parameters"
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            ". The URL's sslrootcert= names a file with the certificates to trust; both"
            " sslmode=verify-full and channel_binding=require verify the server's"
        )
    return ""
