"""How the SQL store reaches a database: engines, the SQLite file, what an error says.

The only module here that imports SQLAlchemy when it is loaded.
"""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ...errors import ConfigurationError
from ...secrets import Secret, redact
from ._home import extra_is_missing

BUSY_SECONDS = 5.0
"""How long SQLite waits in its thread for a lock before it says that it is busy."""

# Of a process: eight of them stay below PostgreSQL's default of 100 connections.
_CONNECTIONS = 5


def parse_url(url: str | URL) -> URL:
    """Return the address of a database with the driver that is used here.

    Raises:
        ConfigurationError: It is no such address, or of another database. It is not quoted, since
            it may hold a password.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (SQLAlchemyError, ValueError):
        parsed, backend = None, ""
    if parsed is None or backend not in ("postgresql", "postgres", "sqlite"):
        raise ConfigurationError(
            "the URL of a token store is like postgresql+asyncpg://user:password@host/database or"
            " sqlite+aiosqlite:////var/lib/app/tokens.db"
        )
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite", database=_file(parsed.database))
    if parsed.drivername in ("postgresql", "postgres", "postgresql+asyncpg"):
        # What hosts give out is libpq's spelling, which asyncpg.connect() knows by another name.
        query = {"ssl" if key == "sslmode" else key: parsed.query[key] for key in parsed.query}
        return parsed.set(drivername="postgresql+asyncpg", query=query)
    return parsed


def _file(database: str | None) -> str:
    if not database or database == ":memory:" or database.startswith("file:"):
        raise ConfigurationError(
            "a SQLite token store needs the path of a file; MemoryTokenStore is for tests"
        )
    return str(Path(database).absolute())


def make_engine(url: URL) -> AsyncEngine:
    """Return an engine whose statements each commit by themselves.

    Raises:
        ConfigurationError: The database's driver is not installed, or it is not an async one.
    """
    options: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "hide_parameters": True,
        "pool_size": _CONNECTIONS,
        "max_overflow": 0,
        "pool_reset_on_return": None,  # there is never a transaction to roll back
    }
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": BUSY_SECONDS}
    else:
        options["pool_pre_ping"] = True  # the server may have restarted since
        if url.get_driver_name() == "asyncpg":
            options["connect_args"] = {"timeout": 10, "command_timeout": 30}
    made: AsyncEngine | ConfigurationError
    try:
        made = create_async_engine(url, **options)
    except ImportError:
        made = extra_is_missing("sql")
    except SQLAlchemyError:
        made = ConfigurationError(f"a token store cannot use the driver of {url.drivername}")
    if isinstance(made, ConfigurationError):
        raise made
    if url.get_backend_name() == "sqlite":
        event.listen(made.sync_engine, "connect", _write_through)
    return made


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
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED


def describe(error: Exception, url: URL) -> str:
    """Return what an error says in one line, without what was stored and without the password."""
    cause: object = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    # PostgreSQL's second line is the detail, which quotes the row.
    text = lines[0][:300] if lines else "no reason given"
    secrets = [Secret(str(url.password))] if url.password else []
    return f"{url.get_backend_name()}: {type(cause).__name__}: {redact(text, secrets)}"
