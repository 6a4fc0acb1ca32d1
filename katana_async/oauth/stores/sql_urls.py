"""Translate database URLs, as hosting services give them out, for SQLAlchemy and asyncpg.

Those of PostgreSQL are written for libpq. asyncpg reads most of libpq's parameters, but only from a
DSN, and SQLAlchemy does not pass one on. Parameters that neither reads are translated or dropped
here; an unknown one reaches the server, which refuses the connection and names the parameter.

A URL holds a password, so no message quotes one.
"""

import os
import re
import ssl
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlencode, urlsplit

from attrs import define
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from ...errors import ConfigurationError

_EXAMPLES: Final = (
    "the URL of a token store is like postgresql+asyncpg://user:password@host/database or"
    " sqlite+aiosqlite:////var/lib/app/tokens.db"
)

_DRIVERS: Final = {"postgresql": "asyncpg", "sqlite": "aiosqlite"}
# SQLAlchemy's default for a URL without a driver; "" for PostgreSQL means that none was named.
_DEFAULT_DRIVERS: Final = {"", "pysqlite"}

# asyncpg.connect() takes these as numbers only, and SQLAlchemy passes text.
_NUMBERS: Final = {
    "timeout": float,
    "connect_timeout": float,
    "command_timeout": float,
    "statement_cache_size": int,
    "max_cached_statement_lifetime": int,
    "max_cacheable_statement_size": int,
    "prepared_statement_cache_size": int,  # SQLAlchemy's
}
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
# Parameters without effect here: the store has its own limits and pool, asyncpg always uses UTF-8,
# and `_tls_arguments` handles channel_binding.
_DROPPED: Final = re.compile(
    "channel_binding|client_encoding|connection_limit|fallback_application_name|gssencmode|host"
    "|keepalives(_count|_idle|_interval)?|load_balance_hosts|pgbouncer|pool_timeout|port|ssl"
    "|sslcompression|sslsni|supa|tcp_user_timeout"
)
_SEVERAL_HOSTS: Final = re.compile(r"(?s)([\w+]+://(?:[^/?@]*@)?)([^/?@]*,[^/?@]*)(.*)")


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
        parsed = make_url(_move_hosts(url) if isinstance(url, str) else url)
    except (SQLAlchemyError, ValueError):
        raise ConfigurationError(_EXAMPLES) from None
    database, _, driver = parsed.drivername.partition("+")
    database = "postgresql" if database == "postgres" else database
    if database not in _DRIVERS:
        raise ConfigurationError(_EXAMPLES)
    if driver not in {_DRIVERS[database], *_DEFAULT_DRIVERS}:
        raise ConfigurationError(
            f"a token store does not support the driver {driver}: begin its URL with"
            f" {database}+{_DRIVERS[database]}://"
        )
    parsed = parsed.set(drivername=f"{database}+{_DRIVERS[database]}")
    return _check_sqlite_url(parsed) if database == "sqlite" else parsed


def _move_hosts(url: str) -> str:
    """Move several hosts into the query, the only place where SQLAlchemy accepts them."""
    found = _SEVERAL_HOSTS.fullmatch(url)
    if found is None:
        return url
    head, hosts, rest = found.groups()
    return f"{head}{rest}{'&' if '?' in rest else '?'}{urlencode({'host': unquote(hosts)})}"


def _check_sqlite_url(url: URL) -> URL:
    path = url.database
    if url.username or url.password or url.host or url.port:
        raise ConfigurationError(
            "the URL of a SQLite token store has no user, password or host: it is like"
            " sqlite+aiosqlite:////var/lib/app/tokens.db"
        )
    if not path or path == ":memory:" or path.startswith("file:"):
        raise ConfigurationError(
            "a SQLite token store needs the path of a file; MemoryTokenStore is for tests"
        )
    if set(url.query) - {"timeout"}:
        raise ConfigurationError(
            "the URL of a SQLite token store has no parameter but ?timeout=seconds"
        )
    return url.set(database=str(Path(path).absolute()))


def split_postgres_url(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return a URL for SQLAlchemy and arguments for `asyncpg.connect`.

    Raises:
        ConfigurationError: A parameter's value cannot be used.
    """
    query = {name: _list_values(value)[-1] for name, value in url.query.items() if value}
    arguments = _parse_numbers(query) | _tls_arguments(query)
    if query.get("pgbouncer") == "true":  # Supabase and Prisma mark a transaction pooler this way
        arguments.setdefault("statement_cache_size", 0)
    if "fallback_application_name" in query:
        query.setdefault("application_name", query["fallback_application_name"])
    if query.get("gssencmode", "prefer") not in ("disable", "prefer"):
        raise ConfigurationError(
            "'gssencmode' in the URL of a token store must be disable or prefer"
        )
    hosts = _parse_hosts(url)
    if len(hosts) > 1:
        # A replica does not accept writes.
        query.setdefault("target_session_attrs", "primary")
        arguments["async_creator_fn"] = _HostList(hosts)
    host, port = hosts[0] if hosts else (url.host, url.port)
    for_sqlalchemy = URL.create(
        url.drivername,
        query.pop("user", url.username),
        query.pop("password", url.password),  # errors are redacted by the URL's password
        host,
        port,
        query.pop("dbname", query.pop("database", url.database)),
    )
    for_dsn = {
        name: value
        for name, value in query.items()
        if name not in _NUMBERS and not _DROPPED.fullmatch(name)
    }
    if for_dsn:
        arguments["dsn"] = f"postgresql://?{urlencode(for_dsn)}"
    return for_sqlalchemy, arguments


def _list_values(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _parse_numbers(query: dict[str, str]) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for name, convert in _NUMBERS.items():
        if name in query:
            try:
                numbers[name] = convert(query[name])
            except ValueError:
                raise ConfigurationError(
                    f"{name!r} in the URL of a token store must be a number"
                ) from None
    seconds = numbers.pop("connect_timeout", 0)
    if seconds > 0:  # 0 is no limit for libpq; here the store's default applies
        numbers.setdefault("timeout", seconds)
    return numbers


def _tls_arguments(query: dict[str, str]) -> dict[str, Any]:
    """Set `sslmode` in the query, and return an SSLContext if asyncpg cannot make it.

    asyncpg has no channel binding, whose purpose is to detect another server in between. A verified
    certificate serves the same purpose, so `channel_binding=require` requires that. asyncpg cannot
    be told to trust the system's certificates, which are the default here when it verifies.
    """
    if "ssl" in query:
        query.setdefault("sslmode", query["ssl"])
    mode = query.get("sslmode")
    if query.get("channel_binding", "prefer") not in ("disable", "prefer"):
        if mode == "disable":
            raise ConfigurationError(
                "channel_binding=require in the URL of a token store needs TLS, and"
                " sslmode=disable forbids it"
            )
        mode = query["sslmode"] = "verify-full"
    for name in _FILES:
        path = query.get(name, "system")
        if path != "system" and not Path(path).is_file():
            raise ConfigurationError(
                f"{name!r} in the URL of a token store must be the path of a file, and {path} is"
                " none"
            )
    root = query.get("sslrootcert", os.environ.get("PGSSLROOTCERT"))
    verifies = mode in ("verify-ca", "verify-full")
    if verifies and root is None and not Path("~/.postgresql/root.crt").expanduser().is_file():
        root = "system"
    if root != "system":
        return {}
    context = ssl.create_default_context()
    if "sslcert" in query:
        try:
            context.load_cert_chain(
                query["sslcert"], query.get("sslkey"), query.get("sslpassword", "")
            )
        except OSError:  # the base class of SSLError
            raise ConfigurationError(
                "'sslcert' and 'sslkey' in the URL of a token store cannot be loaded"
            ) from None
    return {"ssl": context}


def _parse_hosts(url: URL) -> list[tuple[str, int]]:
    """Return the hosts and ports in a URL's query; [] if the URL has its host in front."""
    hosts = ",".join(_list_values(url.query.get("host", ()))).split(",")
    ports = ",".join(_list_values(url.query.get("port", ()))).split(",")
    if hosts == [""]:
        return []
    if len(ports) == 1:
        ports *= len(hosts)
    found: list[tuple[str, int]] = []
    try:
        for host, port in zip(hosts, ports, strict=True):
            parts = urlsplit(f"//{host}")
            is_socket = host.startswith("/")
            name = host if is_socket else parts.hostname or ""
            found.append((name, (not is_socket and parts.port) or int(port or url.port or 5432)))
    except ValueError:
        raise ConfigurationError(
            "several hosts in the URL of a token store are like host:port,host:port"
        ) from None
    return found


@define(eq=False)
class _HostList:
    """Connect to the first of several hosts that accepts the connection.

    Each host gets an equal share of the timeout. asyncpg would spend all of it on a host that does
    not answer. The host of the last connection is tried first.

    Attributes:
        hosts: Names and ports, in the order in which they are tried.
    """

    hosts: list[tuple[str, int]]

    async def __call__(self, *, timeout: float, **arguments: Any) -> Any:
        asyncpg: Any = import_module("asyncpg")  # it has no type annotations
        arguments = {k: value for k, value in arguments.items() if k not in ("host", "port")}
        failure: Exception | None = None
        for place in list(self.hosts):
            try:
                connection = await asyncpg.connect(
                    host=place[0], port=place[1], timeout=timeout / len(self.hosts), **arguments
                )
            except (
                OSError,  # the base class of TimeoutError
                asyncpg.CannotConnectNowError,
                asyncpg.ConnectionDoesNotExistError,
                asyncpg.TargetServerAttributeNotMatched,
            ) as error:
                failure = error
                continue
            self.hosts.remove(place)
            self.hosts.insert(0, place)
            return connection
        assert failure is not None
        raise failure
