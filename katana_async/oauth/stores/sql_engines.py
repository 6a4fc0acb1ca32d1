"""SQLAlchemy engines and their errors. Only this and `sql_urls` import SQLAlchemy on loading."""

import asyncio
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, ExceptionContext
from sqlalchemy.exc import SQLAlchemyError, TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ...errors import ConfigurationError
from ...secrets import Secret, kind_of, redact
from ._operations import ATTEMPT_SECONDS, CLOSE_SECONDS, make_missing_extra_error
from .sql_urls import parse_url, split_postgres_url

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

# SQLite polls a lock at growing intervals, up to 100 ms. Beside a process that writes continuously,
# whose gaps are short, it would wait until its limit. So it gives up early, and the store repeats
# the statement, with short intervals each time.
_LOCK_POLL_MS = 30
_CONFLICT_SECONDS = 1.0  # a lent engine for SQLite has a limit of its own for locks besides
_FRESH_SECONDS = 1.0  # a connection used within this time is not tested before its next use
POOL_SIZE = 5  # of a process: eight processes stay below PostgreSQL's default of 100


def open_engine(given: object) -> tuple[AsyncEngine, bool]:
    """Return an engine whose statements commit by themselves, and whether it is the caller's."""
    if isinstance(given, AsyncEngine):
        return given.execution_options(isolation_level="AUTOCOMMIT"), True
    if not isinstance(given, str | URL):
        raise ConfigurationError(
            "a SQLTokenStore takes a URL or an engine of create_async_engine, not"
            f" {kind_of(given)}; SQLTokenStore.sqlite(path) takes the path of a file"
        )
    url = parse_url(given)
    options: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "hide_parameters": True,
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "pool_reset_on_return": None,  # no connection is returned within a transaction
    }
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_async_engine(url, **options)
            event.listen(engine.sync_engine, "connect", _configure_sqlite)
            return engine, False
        url, arguments = split_postgres_url(url)
        limits = {"timeout": ATTEMPT_SECONDS, "command_timeout": ATTEMPT_SECONDS}
        options["connect_args"] = limits | arguments | {"connection_class": _connection_class()}
        options["pool_pre_ping"] = True  # the server may have restarted since the last use
        engine = create_async_engine(url, **options)
    except ImportError:
        raise make_missing_extra_error("sql") from None
    except (SQLAlchemyError, ValueError):
        raise ConfigurationError(
            "a parameter of the URL of a token store has a value that the driver does not accept:"
            " limits and sizes are numbers"
        ) from None
    _track_idle_connections(engine.sync_engine)
    return engine, False


def _connection_class() -> type:
    """Return a class of asyncpg connections whose `close` does not wait for a silent server."""
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] - one documented method is called

    class BoundedCloseConnection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
        async def close(self, *, timeout: float | None = None) -> None:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await super().close(timeout=timeout)  # pyright: ignore[reportUnknownMemberType]
            except TimeoutError:
                self.terminate()

    return BoundedCloseConnection


def _track_idle_connections(engine: Engine) -> None:
    """Close all idle connections together with one that failed, and test only old ones."""
    # After a failover all of them may be silent, and each would cost the whole limit. SQLAlchemy
    # tests a connection when it leaves the pool, which takes as long as a statement.
    idle = WeakKeyDictionary[Any, float]()
    ping = engine.dialect.do_ping

    def do_ping(connection: Any) -> bool:
        # From here on the connection is in use, and `invalidate` must not close it.
        used_at = idle.pop(connection.driver_connection, 0.0)
        is_fresh = time.monotonic() - used_at < _FRESH_SECONDS
        return (is_fresh and not connection.driver_connection.is_closed()) or ping(connection)

    def checkin(connection: object, record: "ConnectionPoolEntry") -> None:
        if connection is not None:
            idle[record.driver_connection] = time.monotonic()

    def invalidate(_connection: object, record: "ConnectionPoolEntry", _error: object) -> None:
        # This one is closed by SQLAlchemy, which may have to cancel its statement first.
        idle.pop(record.driver_connection, None)
        while idle:
            idle.popitem()[0].terminate()

    def handle_error(context: ExceptionContext) -> None:
        if is_read_only(context.original_exception):
            context.is_disconnect = True  # after a failover, the primary is another server

    for listener in (checkin, invalidate, handle_error):
        event.listen(engine, listener.__name__, listener)
    engine.dialect.do_ping = do_ping  # type: ignore[assignment, method-assign]  # there is no event for it


def _configure_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_LOCK_POLL_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")  # stored in the file
    # In WAL mode, a lower level may lose the last writes in a power failure, and a lost refresh
    # token means that the customer must connect the account again.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def is_conflict(error: Exception) -> bool:
    """Return whether a statement failed without effect because of a concurrent one."""
    # SQLite's locks fail without a wait while a file is being opened or closed. 40001 occurs with a
    # stricter default isolation level than READ COMMITTED.
    return _sqlstate(error) == "40001" or _is_locked(error)


def conflict_limit(engine: AsyncEngine, is_lent: bool) -> float:
    """Return for how many seconds a statement that conflicts is repeated."""
    if engine.dialect.name == "sqlite" and not is_lent:
        return float(str(engine.url.query.get("timeout", ATTEMPT_SECONDS)))
    return _CONFLICT_SECONDS


def is_read_only(error: BaseException) -> bool:
    """Return whether a statement failed without effect because its server is not the primary."""
    return _sqlstate(error) == "25006"


def is_unresponsive(error: Exception) -> bool:
    """Return whether the database did not respond, so that other operations would wait in vain."""
    return isinstance(_cause(error), TimeoutError | NoConnection) or _is_locked(error)


def _is_locked(error: Exception) -> bool:
    code = getattr(_cause(error), "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED


def _cause(error: BaseException) -> object:
    return getattr(error, "orig", None) or error


def _sqlstate(error: BaseException) -> object:
    return getattr(_cause(error), "sqlstate", None)


def describe(error: Exception, url: URL, seconds: float) -> str:
    """Return the first line of an error, without data and password."""
    backend, cause = url.get_backend_name(), _cause(error)
    lines = str(cause).strip().splitlines()
    if isinstance(cause, TimeoutError) and not lines:
        return f"{backend}: it did not answer within {seconds:.3g} s"
    # PostgreSQL's second line is the detail, which quotes the row.
    text = lines[0][:300] if lines else "no reason given"
    secrets = [Secret(str(url.password))] if url.password else []
    remedy = _find_remedy(_sqlstate(error), text)
    return f"{backend}: {type(cause).__name__}: {redact(text, secrets)}{remedy}"


def _find_remedy(sqlstate: object, text: str) -> str:
    if sqlstate in ("26000", "42P05"):  # a prepared statement's name is unknown, or taken
        return (
            ". Behind PgBouncer in transaction mode a token store needs ?statement_cache_size=0 in"
            ' its URL, or connect_args={"statement_cache_size": 0} for an engine of your own'
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            ". The URL's sslrootcert= names a file with the certificates to trust; both"
            " sslmode=verify-full and channel_binding=require verify the server's"
        )
    return ""
