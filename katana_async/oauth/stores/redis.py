"""A store in Redis. Redis must persist and must not evict keys; see `docs/token-stores.md`.

A row is a hash (its version, its data, the stamp of the write), a lease a string. Each operation
is a script: one atomic round trip, which may be sent twice, because Redis clients repeat a command
whose answer was lost.
"""

import asyncio
import logging
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import ConfigurationError, TokenStoreError
from ...secrets import Secret, kind_of, redact
from ..concurrency import FailFastQueue
from ._operations import ATTEMPT_SECONDS, CLOSE_SECONDS, OperationRunner, make_missing_extra_error
from .base import Row, TokenStore

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

_log = logging.getLogger("katana_async.oauth")

_EXAMPLE = (
    "redis-py does not accept the URL of a RedisTokenStore. It is like redis://user:password@host"
    ":6379/0?socket_timeout=3, with special characters encoded with urllib.parse.quote"
)

_KEYS_PER_SCAN = 500
_ROWS_PER_BATCH = 100
_MAX_CONNECTIONS = 20

# Names of settings, their safe values, and the consequence of other values.
_SETTINGS = (
    ("maxmemory-policy", "noeviction", "may evict tokens and leases when its memory is full"),
    ("appendonly", "yes", "loses the latest tokens if it crashes"),
)

_READ = """
local row = redis.call('HMGET', KEYS[1], 'version', 'data')
if not row[1] then return false end
local time = redis.call('TIME')
return {row[1], row[2], time[1], time[2]}
"""

# KEYS: row. ARGV: the version before or '', the version, data, milliseconds or '', stamp.
# The stamp identifies a repetition of a write that took effect, which returns 1 again.
_WRITE = """
local row = redis.call('HMGET', KEYS[1], 'version', 'stamp')
if row[1] == ARGV[2] and row[2] == ARGV[5] then return 1 end
if (row[1] or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'data', ARGV[3], 'stamp', ARGV[5])
if ARGV[4] == '' then redis.call('PERSIST', KEYS[1])
else redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
"""

# KEYS: lease. ARGV: owner, milliseconds.
_LEASE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS: lease. ARGV: owner.
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
"""

T = TypeVar("T")


class RedisTokenStore(TokenStore):
    """Keep rows and leases in Redis; a row and its lease share a slot of a cluster.

    It needs the extra `redis`, and belongs to one event loop. Times are Redis's. At the first use
    the store reads two settings of Redis, and logs a warning (`katana_async.oauth`) if they may
    lose tokens.

    The limits for a connection and an answer are 2 seconds each, unless the URL sets others
    (`?socket_connect_timeout=5&socket_timeout=5`).

    Args:
        url_or_client: `redis://host:6379/0`, `rediss://` or `unix://` as redis-py reads them, or a
            `redis.asyncio.Redis` or `RedisCluster` with any `decode_responses`. A client is used as
            it is and never closed. Give it `socket_timeout=2`, `socket_connect_timeout=2` and few
            retries: some versions of redis-py have no default limits, and each retry takes as long
            again. After a failover, the client must find the primary by itself.
        prefix: The first part of every key.

    Raises:
        ConfigurationError: The package is not installed, or an argument is invalid.
    """

    def __init__(
        self, url_or_client: "str | Redis | RedisCluster", *, prefix: str = "katana:"
    ) -> None:
        self._is_lent = not isinstance(url_or_client, str)
        self.limits_itself = not self._is_lent  # the limits of a lent client are unknown
        try:
            self._client, self._secrets = _open_client(url_or_client, prefix)
        except ConfigurationError as error:
            del url_or_client  # it holds a password, and a traceback keeps its frames
            error.__context__ = error.__traceback__ = None
            raise error
        self._prefix = prefix
        self._runner = OperationRunner("RedisTokenStore")
        self._has_checked_settings = False
        self._queue = FailFastQueue(_MAX_CONNECTIONS)

    async def read(self, key: str) -> Row | None:
        answer = await self._run_script(_READ, self._name("row", key))
        if answer is None:
            return None
        version, data, seconds, microseconds = answer
        return Row(int(version), data, int(seconds) + int(microseconds) / 1e6)

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        before = "" if version == 1 else str(version - 1)
        milliseconds = "" if ttl is None else _milliseconds(ttl)
        values: list[str | bytes] = [before, str(version), data, milliseconds, token_hex(8)]
        return bool(await self._run_script(_WRITE, self._name("row", key), *values))

    async def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        beginning = self._name("row", "")[:-1]
        pattern = re.sub(r"([\\*?\[\]^-])", r"\\\1", f"{beginning}{prefix}") + "*"
        names = self._client.scan_iter(match=pattern, count=_KEYS_PER_SCAN)
        found = set[str]()  # SCAN may return a key more than once
        while name := await self._call(partial(anext, names, None)):
            found.add(_decode(name)[len(beginning) : -1])
        keys = list(found)
        for start in range(0, len(keys), _ROWS_PER_BATCH):
            batch = keys[start : start + _ROWS_PER_BATCH]
            rows = await asyncio.gather(*map(self.read, batch))
            for key, row in zip(batch, rows, strict=True):
                if row is not None:
                    yield key, row

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        name = self._name("lease", key)
        return bool(await self._run_script(_LEASE, name, owner, _milliseconds(seconds)))

    async def release(self, key: str, owner: str) -> bool:
        return bool(await self._run_script(_RELEASE, self._name("lease", key), owner))

    async def now(self) -> float:
        seconds, microseconds = await self._call(self._client.time)
        return int(seconds) + int(microseconds) / 1e6

    async def close(self) -> None:
        """Close the store's own connections, but not a client that was passed in."""
        await self._runner.close(None if self._is_lent else self._client.aclose)

    def _name(self, kind: str, key: str) -> str:
        # The part in braces decides the slot of a cluster (cluster specification, hash tags).
        return f"{self._prefix}{kind}:{{{key}}}"

    async def _run_script(self, script: str, name: str, *values: str | bytes) -> Any:
        arguments = [each if isinstance(each, bytes) else each.encode() for each in (name, *values)]
        # Bytes are sent and returned unchanged (NEVER_DECODE), whatever a lent client's encoding.
        command = partial(self._client.execute_command, NEVER_DECODE=[])
        return await self._call(partial(command, "EVAL", script, 1, *arguments))

    async def _call(self, command: Callable[[], Awaitable[T]]) -> T:
        return await self._runner.run(self._queue, partial(self._run_command, command))

    async def _run_command(self, command: Callable[[], Awaitable[T]]) -> T:
        """Run a command, and again on new connections if the server is not the primary."""
        from redis.exceptions import TimeoutError as NoAnswer

        try:
            if not self._has_checked_settings:
                await self._check_settings()
            try:
                return await command()
            except Exception as error:
                if self._is_lent or not _is_not_primary(error):
                    raise
            await self._close_idle_connections()
            return await command()
        except Exception as error:  # noqa: BLE001 - redis-py passes on the network's errors
            lines = str(error).strip().splitlines() or ["no reason given"]
            reason = redact(lines[0][:300], self._secrets)
            failure = TokenStoreError(f"redis: {type(error).__name__}: {reason}")
            if isinstance(error, NoAnswer):
                await self._close_idle_connections()
                self._queue.fail_waiters(failure)
        raise failure  # outside of `except`: the frames of redis-py's exceptions hold the password

    async def _close_idle_connections(self) -> None:
        """Close idle connections after one has failed: they probably lead to the same server."""
        if not self._is_lent:
            with suppress(Exception):  # a connection that does not close is not used again either
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._client.connection_pool.disconnect(inuse_connections=False)

    async def _check_settings(self) -> None:
        """Log a warning about settings that lose tokens, once, if Redis shows its settings."""
        from redis.exceptions import ResponseError

        self._has_checked_settings = True  # also for the operations that run meanwhile
        try:
            for name, safe, danger in _SETTINGS:
                for value in (await self._client.config_get(name)).values():
                    if (text := _decode(value)) != safe:
                        _log.warning("Redis %s: %s is %s; set it to %s", danger, name, text, safe)
        except ResponseError:
            pass  # many hosting services forbid CONFIG
        except BaseException:
            self._has_checked_settings = False
            raise


def _is_not_primary(error: Exception) -> bool:
    """Return whether a script had no effect because its server is a replica, or still loading."""
    from redis.exceptions import BusyLoadingError, MasterDownError, ReadOnlyError, ResponseError

    if isinstance(error, ReadOnlyError | BusyLoadingError | MasterDownError):
        return True
    # Redis 6 reports the refused write as an error of the script.
    return isinstance(error, ResponseError) and "-READONLY" in str(error)


def _open_client(given: object, prefix: object) -> tuple[Any, list[Secret]]:
    if not isinstance(prefix, str) or "{" in prefix or "}" in prefix:
        # A brace in the prefix would decide the slot of every key.
        raise ConfigurationError("the prefix of a RedisTokenStore must be a str without { and }")
    try:
        from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import ConnectionError as NoConnection, RedisError
    except ImportError:
        raise make_missing_extra_error("redis") from None
    if isinstance(given, Redis | RedisCluster):
        return given, []
    if not isinstance(given, str):
        raise ConfigurationError(
            "a RedisTokenStore takes a URL, a redis.asyncio.Redis or a redis.asyncio.RedisCluster,"
            f" not {kind_of(given)}. A client that is not async has its class of the same name in"
            " redis.asyncio"
        )
    if "@" in given.partition("?")[2]:
        # The ? may belong to the password, and errors name the parameters.
        raise ConfigurationError(_EXAMPLE)
    try:
        # The plain pool would open its connections one after the other.
        pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] - its **kwargs have no types
            given,
            max_connections=_MAX_CONNECTIONS,
            timeout=ATTEMPT_SECONDS,
            socket_connect_timeout=ATTEMPT_SECONDS,
            socket_timeout=ATTEMPT_SECONDS,
            # A lost connection is replaced at once; a timeout is not repeated.
            retry=Retry(NoBackoff(), 1, (NoConnection,)),
        )
    except (ValueError, RedisError):
        raise ConfigurationError(_EXAMPLE) from None
    password = pool.connection_kwargs.get("password")
    return Redis.from_pool(pool), [Secret(str(password))] if password else []


def _decode(text: str | bytes) -> str:
    # A lent client may decode answers or not.
    return text if isinstance(text, str) else text.decode()


def _milliseconds(seconds: float) -> str:
    return str(max(1, math.ceil(seconds * 1000)))
