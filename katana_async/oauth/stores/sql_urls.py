"""Translate database URLs, as hosting services give them out, for SQLAlchemy and asyncpg.

PostgreSQL's URLs are written for libpq. asyncpg reads most of libpq's parameters, but only from a
DSN, and SQLAlchemy passes it none. So a DSN with these parameters is made here. Parameters that
asyncpg does not read are translated or dropped; an unknown one reaches the server, which refuses
the connection and names the parameter.

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
    " this driver and one host, or like sqlite+aiosqlite:////var/lib/app/tokens.db"
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
    """Return a database's URL with the driver that the store uses."""
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
    # The last two are defaults.
    is_supported = database in _DRIVERS and driver in (_DRIVERS[database], "", "pysqlite")
    if not is_supported or "," in (parsed.host or ""):
        raise ConfigurationError(_EXAMPLES)
    parsed = parsed.set(drivername=f"{database}+{_DRIVERS[database]}")
    if database == "postgresql":
        return parsed
    path = parsed.database or ":memory:"
    is_file = path != ":memory:" and not path.startswith("file:")
    if not is_file or parsed.username or parsed.host or set(parsed.query) - {"timeout"}:
        raise ConfigurationError(
            "the URL of a SQLite token store has the path of a file, and at most ?timeout=seconds:"
            " it is like sqlite+aiosqlite:////var/lib/app/tokens.db; MemoryTokenStore is for tests"
        )
    return parsed.set(database=str(Path(path).absolute()))


def split_postgres_url(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return a URL for SQLAlchemy, and arguments for asyncpg; ValueError if one is no number."""
    query = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in url.query.items()
    }
    arguments: dict[str, Any] = {
        name: convert(query.pop(name)) for name, convert in _NUMBERS.items() if name in query
    }
    seconds = arguments.pop("connect_timeout", 0)
    if seconds > 0:  # 0 is no limit for libpq; here the store's default applies
        arguments.setdefault("timeout", seconds)
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


def _parse_tls(query: dict[str, str]) -> ssl.SSLContext | None:
    """Set `sslmode` in the query, and return an SSLContext if asyncpg cannot make it."""
    # asyncpg has no channel binding, whose purpose is to detect another server in between. A
    # verified certificate does too, so `channel_binding=require` requires that. asyncpg has no
    # setting for the system's certificates, which are the default here when it verifies; with them,
    # it sends no client certificate.
    alias = query.pop("ssl", None)  # SQLAlchemy's name
    mode = query.get("sslmode", alias)
    if query.get("channel_binding", "prefer") not in ("disable", "prefer"):
        mode = "verify-full"
    if mode is not None:
        query["sslmode"] = mode
    for name in ("sslrootcert", "sslcert", "sslkey", "sslcrl"):
        path = query.get(name, "system")
        if path != "system" and not Path(path).is_file():
            raise ConfigurationError(f"{name} in the URL of a token store: {path} is no file")
    root = query.get("sslrootcert", os.environ.get("PGSSLROOTCERT"))
    is_verified = mode in ("verify-ca", "verify-full")
    if is_verified and root is None and not Path("~/.postgresql/root.crt").expanduser().is_file():
        root = "system"
    return ssl.create_default_context() if root == "system" else None
