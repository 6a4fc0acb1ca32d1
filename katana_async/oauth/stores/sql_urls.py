"""What the URL of a database may say. It holds a password: what is wrong is returned, not raised.

Raised here, the traceback would hold this module's frames, and in them the URL. `sql_engines` and
this are the only modules here that import SQLAlchemy when they are loaded.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from ...errors import ConfigurationError

_LIKE: Final = (
    "the URL of a token store is like postgresql+asyncpg://user:password@host/database or"
    " sqlite+aiosqlite:////var/lib/app/tokens.db"
)

# The first is what is tested and comes with the package. psycopg is async too, if somebody has it.
_DRIVERS: Final = {
    "postgresql": ("asyncpg", "psycopg", "psycopg_async"),
    "sqlite": ("aiosqlite",),
}
# What is written without meaning a driver: it is the default of SQLAlchemy, or none.
_UNSAID: Final = {"postgresql": ("",), "sqlite": ("", "pysqlite")}

_OF_SQLITE: Final = ("timeout", "isolation_level", "detect_types", "cached_statements")
_PARAMETER: Final = re.compile(r"[a-z][a-z_]{1,39}")


def parse_url(url: str | URL) -> URL | ConfigurationError:
    """Return the address of a database with the driver that is used here, or what is wrong."""
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):
        return ConfigurationError(_LIKE)
    database, _, driver = parsed.drivername.partition("+")
    database = "postgresql" if database == "postgres" else database  # hosts give it out so
    if database not in _DRIVERS:
        return ConfigurationError(_LIKE)
    drivers = _DRIVERS[database]
    if driver in _UNSAID[database]:
        driver = drivers[0]
    if driver not in drivers:
        return ConfigurationError(
            f"a token store needs an async driver that it knows, and {driver} is none: begin its"
            f" URL with {database}+{drivers[0]}://"
        )
    parsed = parsed.set(drivername=f"{database}+{driver}")
    return _of_sqlite(parsed) if database == "sqlite" else parsed


def _of_sqlite(url: URL) -> URL | ConfigurationError:
    path = url.database
    if url.username or url.password or url.host or url.port:
        return ConfigurationError(
            "the URL of a SQLite token store has no user, password or host: it is like"
            " sqlite+aiosqlite:////var/lib/app/tokens.db"
        )
    if not path or path == ":memory:" or path.startswith("file:"):
        return ConfigurationError(
            "a SQLite token store needs the path of a file; MemoryTokenStore is for tests"
        )
    problem = find_unknown(url, _OF_SQLITE)
    return ConfigurationError(problem) if problem else url.set(database=str(Path(path).absolute()))


def find_unknown(url: URL, known: Iterable[str]) -> str | None:
    """Return what is wrong with the names of a URL's parameters, if anything."""
    known = sorted(known)
    for name, value in url.query.items():
        if name not in known:
            # A password with an @ and a ? that are not quoted ends here.
            is_name = _PARAMETER.fullmatch(name) and "@" not in str(value)
            shown = repr(name) if is_name else "a parameter"
            close = get_close_matches(name, known, n=1, cutoff=0.75)
            hint = f" (did you mean {close[0]}?)" if close else ""
            return (
                f"the URL of a token store has {shown} that cannot be set there{hint}:"
                f" {url.get_driver_name()} takes {', '.join(known)}"
            )
        if not isinstance(value, str) and name not in ("host", "port"):
            return f"{name!r} is in the URL of a token store twice"
    return None
