"""Translate the URL of a PostgreSQL database, as hosts give it out, for asyncpg.

Such URLs are written for libpq. asyncpg takes some of libpq's parameters in a DSN only, some under
other names, and some not at all.
"""

import inspect
import os
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlencode

from attrs import define
from sqlalchemy.engine import URL

from ...errors import ConfigurationError
from .sql_urls import find_unknown

_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# SQLAlchemy hands them on as text, which asyncpg does not take.
_NUMBERS: Final[Mapping[str, Callable[[str], float]]] = {
    "timeout": float,
    "command_timeout": float,
    "statement_cache_size": int,
    "max_cached_statement_lifetime": int,
    "max_cacheable_statement_size": int,
}
# asyncpg.connect() has them, and they are no text.
_OBJECTS: Final = {"dsn", "loop", "connection_class", "record_class", "server_settings"}
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
# asyncpg takes these in a DSN only.
_IN_DSN: Final = (
    *_FILES,
    "sslpassword",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
)
_SERVER_SETTINGS: Final = ("application_name", "fallback_application_name", "options")
# They change nothing here, with these values; None: with any. Silence is noticed by `timeout` and
# `command_timeout`, and the size of the pool is ours.
_IGNORED: Final[Mapping[str, tuple[str, ...] | None]] = {
    "channel_binding": ("disable", "prefer", "require"),  # see `_tls`
    "client_encoding": ("utf8", "utf-8", "UTF8", "UTF-8", "auto"),
    "connection_limit": None,
    "gssencmode": ("disable", "prefer"),
    "keepalives": None,
    "keepalives_count": None,
    "keepalives_idle": None,
    "keepalives_interval": None,
    "load_balance_hosts": ("disable",),
    "pgbouncer": ("true", "false"),  # see `_translate`
    "pool_timeout": None,
    "sslcompression": ("0",),
    "sslsni": ("1",),
    "supa": None,
    "tcp_user_timeout": None,
}
_PRIMARIES: Final = ("any", "primary", "read-write")
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?")
_NETLOC: Final = re.compile(r"(?s)([\w+]+://(?:[^/?@]*@)?)([^/?@]*,[^/?@]*)(.*)")


def move_hosts(url: str) -> str:
    """Return a URL that SQLAlchemy can read: it takes several hosts in the query only."""
    found = _NETLOC.fullmatch(url)
    if found is None:
        return url
    head, hosts, rest = found.groups()
    return f"{head}{rest}{'&' if '?' in rest else '?'}{urlencode({'host': unquote(hosts)})}"


def asyncpg_settings(url: URL) -> tuple[URL, dict[str, Any]] | ConfigurationError:
    """Return a URL without what SQLAlchemy cannot pass on, and that for asyncpg; or what is wrong.

    Raises:
        ImportError: There is no asyncpg, which alone knows the names of its parameters.
    """
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] - only its parameters' names are read

    known = set(inspect.signature(asyncpg.connect).parameters) - _OBJECTS  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - as above
    known |= {"prepared_statement_cache_size", "sslmode", "connect_timeout", "dbname"}
    mistake = find_unknown(url, {*known, *_IN_DSN, *_SERVER_SETTINGS, *_IGNORED})
    if mistake:
        return ConfigurationError(mistake)
    try:
        return _translate(url)
    except ValueError as error:
        mistake = str(error)
    return ConfigurationError(mistake)


def _translate(url: URL) -> tuple[URL, dict[str, Any]]:
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    _check_values(query)
    settings = _numbers(query) | _tls(query) | _server_settings(query)
    hosts = _hosts(url)
    if query.get("pgbouncer") == "true":  # Supabase's and Prisma's mark of a pool of transactions
        settings.setdefault("statement_cache_size", 0)
    used = {*_NUMBERS, *_IN_DSN, *_SERVER_SETTINGS, *_IGNORED, "ssl", "sslmode", "connect_timeout"}
    if hosts is not None:
        settings["async_creator_fn"] = _FirstOf(hosts)
        # The store writes all the time, so a replica will not do.
        settings["target_session_attrs"] = query.get("target_session_attrs", "primary")
        used |= {"host", "port", "target_session_attrs"}
        url = url.set(host=hosts[0][0], port=hosts[0][1])
    # Here messages are redacted by the URL's password, so it must be in its place.
    url = url.set(
        username=query.get("user", url.username),
        password=query.get("password", url.password),
        database=query.get("dbname", query.get("database", url.database)),
    )
    return url.difference_update_query({*used, "user", "password", "dbname", "database"}), settings


def _numbers(query: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, number in _NUMBERS.items():
        if name in query:
            found[name] = _number(name, query[name], number)
    if "connect_timeout" in query and "timeout" not in found:
        seconds = _number("connect_timeout", query["connect_timeout"], float)
        if seconds > 0:  # libpq's 0 is no limit, and there has to be one: the store's own
            found["timeout"] = seconds
    return found


def _number(name: str, value: str, number: Callable[[str], float]) -> float:
    try:
        return number(value)
    except ValueError:
        problem = f"{name!r} in the URL of a token store is a number"
    raise ValueError(problem)


def _check_values(query: Mapping[str, str]) -> None:
    for name, values in _IGNORED.items():
        if values is not None and query.get(name, values[0]) not in values:
            raise ValueError(f"{name!r} in the URL of a token store is {' or '.join(values)} here")
    if query.get("target_session_attrs", "any") not in _PRIMARIES:
        raise ValueError(
            "'target_session_attrs' in the URL of a token store is one of"
            f" {', '.join(_PRIMARIES)}: it writes, which a replica does not take"
        )


def _server_settings(query: Mapping[str, str]) -> dict[str, Any]:
    found = {name: query[name] for name in ("application_name", "options") if name in query}
    if "fallback_application_name" in query:
        found.setdefault("application_name", query["fallback_application_name"])
    return {"server_settings": found} if found else {}


def _tls(query: Mapping[str, str]) -> dict[str, Any]:
    """Return how asyncpg is to encrypt, and what it verifies."""
    mode = query.get("sslmode", query.get("ssl"))
    if mode is not None and mode not in _SSL_MODES:
        raise ValueError(f"'sslmode' in the URL of a token store is one of {', '.join(_SSL_MODES)}")
    given = {name: query[name] for name in _IN_DSN if name in query}
    if query.get("channel_binding") == "require":
        # asyncpg has no channel binding. It keeps a server out that is not the right one, and so
        # does a certificate that is verified; nothing less may stand in for it.
        if mode == "disable":
            raise ValueError(
                "'channel_binding=require' in the URL of a token store needs TLS: sslmode=disable"
                " rules it out"
            )
        mode = "verify-full"
    root = given.get("sslrootcert", os.environ.get("PGSSLROOTCERT"))
    if mode in ("verify-ca", "verify-full") and root is None and not _has_own_root():
        root = "system"
    for name in _FILES:
        if name in given and given[name] != "system" and not Path(given[name]).is_file():
            raise ValueError(
                f"{name!r} in the URL of a token store is the path of a file, and there is none at"
                f" {given[name]}"
            )
    if root == "system":
        if mode not in (None, "verify-full", "verify-ca"):
            raise ValueError("'sslrootcert=system' in the URL of a token store needs verify-full")
        return {"ssl": _system_context(given)}
    found: dict[str, Any] = {} if mode is None else {"ssl": mode}
    return {**found, "dsn": f"postgresql://?{urlencode(given)}"} if given else found


def _has_own_root() -> bool:
    """Return whether libpq, and so asyncpg, finds a root certificate by itself."""
    return Path("~/.postgresql/root.crt").expanduser().is_file()


def _system_context(given: Mapping[str, str]) -> ssl.SSLContext:
    """Return TLS with the certificates that the system trusts; asyncpg cannot be asked for them."""
    context = ssl.create_default_context()
    if "sslcert" in given:
        try:
            context.load_cert_chain(
                given["sslcert"], given.get("sslkey"), given.get("sslpassword", "")
            )
        except OSError:  # an SSLError is one
            problem = "'sslcert' and 'sslkey' in the URL of a token store do not open"
        else:
            problem = ""
        if problem:
            raise ValueError(problem)
    return context


def _hosts(url: URL) -> list[tuple[str, int]] | None:
    """Return several hosts and their ports; None where there is one, which SQLAlchemy reads."""
    given = _listed(url.query.get("host", ()))
    if len(given) < 2:
        return None
    ports = _listed(url.query.get("port", ()))
    default = url.port or 5432
    if len(ports) not in (0, 1, len(given)):
        raise ValueError("the URL of a token store has several hosts, and not as many ports")
    found: list[tuple[str, int]] = []
    for place, host in enumerate(given):
        parts = _HOST.fullmatch(host)
        port = ports[min(place, len(ports) - 1)] if ports else str(default)
        if parts is None or not port.isdecimal():
            raise ValueError("the URL of a token store has several hosts: host:port,host:port")
        found.append((parts[1] or parts[2], int(parts[3] or port)))
    return found


def _listed(given: str | Iterable[str]) -> list[str]:
    several = (given,) if isinstance(given, str) else given
    return [each for text in several for each in text.split(",") if each]


@define(eq=False)
class _FirstOf:
    """Connect to the first of several hosts that answers as it should.

    Each has its share of the time: asyncpg would wait for a silent one until all of it is over.
    The host that was connected to comes first from then on.

    Attributes:
        hosts: Names and ports.
    """

    hosts: list[tuple[str, int]]

    async def __call__(self, *, timeout: float, **settings: Any) -> Any:
        asyncpg: Any = import_module("asyncpg")  # it has no types
        settings = {name: it for name, it in settings.items() if name not in ("host", "port")}
        problem: Exception | None = None
        for place in list(self.hosts):
            try:
                connection = await asyncpg.connect(
                    host=place[0], port=place[1], timeout=timeout / len(self.hosts), **settings
                )
            except (
                OSError,  # a TimeoutError is one
                asyncpg.CannotConnectNowError,
                asyncpg.ConnectionDoesNotExistError,
                asyncpg.TargetServerAttributeNotMatched,
            ) as error:
                problem = error
                continue
            self.hosts.remove(place)
            self.hosts.insert(0, place)
            return connection
        assert problem is not None
        raise problem
