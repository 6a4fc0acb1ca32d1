"""Translate database URLs, as hosting services give them out, for SQLAlchemy and asyncpg.

Those of PostgreSQL are written for libpq. asyncpg reads most of libpq's parameters, but only from a
DSN, and SQLAlchemy does not pass one on. Parameters that neither reads are translated or dropped
here; an unknown one reaches the server, which refuses the connection and names the parameter.

A URL holds a password, so no message quotes one.
"""

import os
import re
import ssl
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from ...errors import ConfigurationError

_EXAMPLES: Final = (
    "the URL of a token store is like postgresql+asyncpg://user:password@host:port/database, with"
    " one host, or sqlite+aiosqlite:////var/lib/app/tokens.db"
)

_DRIVERS: Final = {"postgresql": "asyncpg", "sqlite": "aiosqlite"}

# asyncpg.connect() takes these as numbers only, and SQLAlchemy passes text.
_NUMBERS: Final = {
    "timeout": float,
    "connect_timeout": float,
    "command_timeout": float,
    "statement_cache_size": int,
    "prepared_statement_cache_size": int,  # SQLAlchemy's
}
# Parameters without effect here: the store has its own limits and pool, asyncpg always uses UTF-8,
# and `_parse_tls` handles channel_binding.
_DROPPED: Final = re.compile(
    "(?:channel_binding|client_encoding|connection_limit|fallback_application_name"
    "|keepalives(?:_count|_idle|_interval)?|load_balance_hosts|pgbouncer|pool_timeout"
    "|sslcompression|sslsni|supa|tcp_user_timeout)=.*|gssencmode=(?:disable|prefer)"
)


def parse_url(url: str | URL) -> URL:
    """Return a database's URL with the driver that the store uses.

    Raises:
        ConfigurationError: The URL is malformed, or of another database or driver.
    """
    if isinstance(url, str) and "@" in url.partition("?")[2]:
        # The ? may belong to the password, and parameters are shown in errors.
        raise ConfigurationError(
            "the URL of a token store contains an @ after a ?: encode these with urllib.parse.quote"
            " where they belong to a value"
        )
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise ConfigurationError(_EXAMPLES) from None
    database, _, driver = parsed.drivername.partition("+")
    database = "postgresql" if database == "postgres" else database
    if database not in _DRIVERS or "," in (parsed.host or ""):
        raise ConfigurationError(_EXAMPLES)
    if driver not in (_DRIVERS[database], "", "pysqlite"):  # the last two are defaults
        raise ConfigurationError(
            f"a token store does not support the driver {driver}: begin its URL with"
            f" {database}+{_DRIVERS[database]}://"
        )
    parsed = parsed.set(drivername=f"{database}+{_DRIVERS[database]}")
    return _check_sqlite_url(parsed) if database == "sqlite" else parsed


def _check_sqlite_url(url: URL) -> URL:
    path = url.database
    if not path or path == ":memory:" or path.startswith("file:"):
        raise ConfigurationError(
            "a SQLite token store needs the path of a file; MemoryTokenStore is for tests"
        )
    if url.username or url.password or url.host or url.port or set(url.query) - {"timeout"}:
        raise ConfigurationError(
            "the URL of a SQLite token store has a path and no user, password, host or parameter"
            " but ?timeout=seconds: it is like sqlite+aiosqlite:////var/lib/app/tokens.db"
        )
    return url.set(database=str(Path(path).absolute()))


def split_postgres_url(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return a URL for SQLAlchemy and arguments for `asyncpg.connect`.

    Raises:
        ConfigurationError: A parameter's value cannot be used.
    """
    query = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in url.query.items()
    }
    arguments = _parse_numbers(query)
    context = _parse_tls(query)
    if context is not None:
        arguments["ssl"] = context
    if query.get("pgbouncer") == "true":  # Supabase and Prisma mark a transaction pooler this way
        arguments.setdefault("statement_cache_size", 0)
    # Errors are redacted by the URL's password.
    for_sqlalchemy = url.set(query={}, password=query.pop("password", None))
    for_dsn = {n: value for n, value in query.items() if not _DROPPED.fullmatch(f"{n}={value}")}
    if for_dsn:
        arguments["dsn"] = f"postgresql://?{urlencode(for_dsn)}"
    return for_sqlalchemy, arguments


def _parse_numbers(query: dict[str, str]) -> dict[str, Any]:
    """Remove the numbers from the query, and return them."""
    numbers: dict[str, Any] = {}
    for name, convert in _NUMBERS.items():
        try:
            if name in query:
                numbers[name] = convert(query.pop(name))
        except ValueError:
            raise _make_error(name, "a number") from None
    seconds = numbers.pop("connect_timeout", 0)
    if seconds > 0:  # 0 is no limit for libpq; here the store's default applies
        numbers.setdefault("timeout", seconds)
    return numbers


def _make_error(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"{name!r} in the URL of a token store must be {what}")


def _parse_tls(query: dict[str, str]) -> ssl.SSLContext | None:
    """Set `sslmode` in the query, and return an SSLContext if asyncpg cannot make it.

    asyncpg has no channel binding, whose purpose is to detect another server in between. A verified
    certificate serves the same purpose, so `channel_binding=require` requires that. asyncpg cannot
    be told to trust the system's certificates, which are the default here when it verifies; with
    them, it sends no client certificate.
    """
    alias = query.pop("ssl", None)  # SQLAlchemy's name
    mode = query.get("sslmode", alias)
    if query.get("channel_binding", "prefer") not in ("disable", "prefer"):
        mode = "verify-full"
    if mode is not None:
        query["sslmode"] = mode
    for name in ("sslrootcert", "sslcert", "sslkey", "sslcrl"):
        path = query.get(name, "system")
        if path != "system" and not Path(path).is_file():
            raise _make_error(name, f"the path of a file, and {path} is none")
    root = query.get("sslrootcert", os.environ.get("PGSSLROOTCERT"))
    is_verified = mode in ("verify-ca", "verify-full")
    if is_verified and root is None and not Path("~/.postgresql/root.crt").expanduser().is_file():
        root = "system"
    return ssl.create_default_context() if root == "system" else None
