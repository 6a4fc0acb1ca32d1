"""A store in Redis. Redis must persist and must not evict: `docs/token-stores.md` says how."""

import asyncio
import logging
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast

from ...errors import ConfigurationError, TokenStoreError
from ...kinds import kind_of
from ...secrets import Secret, redact
from ..concurrency import FailFastQueue
from ._home import ATTEMPT_SECONDS, Home, extra_is_missing
from ._standstill import Standstill
from .base import Row
from .redis_scripts import DELETE, LEASE, READ, RELEASE, TOMB_MILLISECONDS, WRITE, Script

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

__all__ = ["RedisTokenStore"]

_log = logging.getLogger("katana_async.oauth")

_KEYS_AT_ONCE = 500
_AT_ONCE = 20  # as many connections at most
_HANG_UP_SECONDS = 0.5  # a server that is silent does not take part

P = ParamSpec("P")
T = TypeVar("T")


class _Pool(Protocol):
    async def disconnect(self, inuse_connections: bool) -> None: ...


class _Client(Protocol):
    """What is used of a client; redis-py's own annotations leave the types of answers open."""

    connection_pool: _Pool  # not of a cluster's

    async def execute_command(self, *args: Any, **options: Any) -> Any: ...
    async def scan(
        self, cursor: int, match: str, count: int, **options: Any
    ) -> tuple[int | dict[str, int], list[str | bytes]]: ...
    def get_node(self, *, node_name: str) -> object: ...  # of a cluster's
    async def config_get(self, pattern: str) -> dict[str | bytes, str | bytes]: ...
    async def time(self) -> tuple[int, int]: ...
    async def aclose(self) -> None: ...


class RedisTokenStore:
    """Keep rows and leases in Redis, a row and its lease in one slot of a cluster.

    It needs the extra `redis`, and is used from one event loop. Time is Redis's. At the first use
    it looks how Redis is set up, and warns in the log (`katana_async.oauth`) when that may lose
    tokens.

    Redis is waited for briefly: 2 seconds for a connection and for an answer, unless the URL says
    others (`?socket_connect_timeout=5&socket_timeout=5`). What the store does not take is offered
    again soon, and after a failover it is soon that counts: fresh tokens which are not stored
    before somebody else takes over are lost, and the connection with them. When Redis is silent, or
    says that it is no primary any more, the connections that are idle are let go.

    Args:
        url_or_client: `redis://host:6379/0`, `rediss://` or `unix://` as redis-py reads them, or a
            `redis.asyncio.Redis` or `RedisCluster`, whichever way it decodes. A client is used as
            it is and never closed. Give it `socket_timeout=2` and `socket_connect_timeout=2`, and
            few retries: not every version of redis-py has limits by default, and many attempts
            take as many times as long. After a failover it has to find the primary by itself.
        prefix: What every key begins with.

    Raises:
        ConfigurationError: The package is not installed, or an argument cannot work.
    """

    def __init__(
        self, url_or_client: "str | Redis | RedisCluster", *, prefix: str = "katana:"
    ) -> None:
        made = _made(url_or_client, prefix)
        lent = not isinstance(url_or_client, str)
        del (
            url_or_client
        )  # with its password: the traceback of what is raised next holds this frame
        if isinstance(made, ConfigurationError):
            raise made
        self._client, self._secrets = made
        self._lent = lent
        self._prefix = prefix
        self._home = Home("RedisTokenStore")
        self._looked = False
        self._line = FailFastQueue(_AT_ONCE)

    def __repr__(self) -> str:
        # A traceback with locals shows it when it was refused and knows nothing yet.
        prefix: str | None = getattr(self, "_prefix", None)
        return "<RedisTokenStore, refused>" if prefix is None else f"<RedisTokenStore {prefix!r}>"

    async def read(self, key: str) -> Row | None:
        """Return a row, or None when there is none or its time is over."""
        answer = await self._run(READ, [self._row(key)])
        if answer is None:
            return None
        version, data, seconds, microseconds = answer
        return Row(int(version), data, int(seconds) + int(microseconds) / 1e6)

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        """Write a version of a row if the one before it is what is there."""
        before = "" if version == 1 else str(version - 1)
        lasts = "" if ttl is None else _milliseconds(ttl)
        values: list[str | bytes] = [before, str(version), data, lasts, token_hex(8)]
        return bool(await self._run(WRITE, [self._row(key)], *values))

    async def delete(self, key: str, version: int) -> bool:
        """Delete a row if it has this version, and return whether it was deleted."""
        keys = [self._row(key), self._name("gone", key)]
        values = [str(version), token_hex(8), str(TOMB_MILLISECONDS)]
        return bool(await self._run(DELETE, keys, *values))

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Give the keys of the rows that begin with a text, each once."""
        async for keys in self._found(prefix):
            for key in keys:
                yield key

    async def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        """Give the rows whose keys begin with a text, each once; those of one SCAN side by side."""
        async for keys in self._found(prefix):
            rows = await asyncio.gather(*map(self.read, keys))
            for key, row in zip(keys, rows, strict=True):
                if row is not None:
                    yield key, row

    async def _found(self, prefix: str) -> AsyncIterator[list[str]]:
        """Give the keys that begin with a text, each once, as they are found."""
        begin = f"{self._prefix}row:{{"
        pattern = _escaped(f"{begin}{prefix}") + "*"
        seen = set[str]()  # SCAN may give a key more than once
        async for names in self._scan(pattern):
            texts = (name if isinstance(name, str) else name.decode() for name in names)
            new = [text for text in dict.fromkeys(texts) if text not in seen]
            seen.update(new)
            yield [text[len(begin) : -1] for text in new]

    async def _scan(self, pattern: str) -> AsyncIterator[list[str | bytes]]:
        """Give the names that fit a pattern, with a turn and a limit for each call of SCAN.

        Among many keys of others, most calls find nothing: all of them take long.
        """
        left: list[tuple[int, dict[str, object]]] = [(0, {})]
        while left:
            cursor, where = left.pop()
            scan = partial(self._client.scan, cursor, pattern, _KEYS_AT_ONCE, **where)
            found, names = await self._home.run(self._line, self._ask, scan)
            yield names
            cursors = {"": found} if isinstance(found, int) else found
            left += [(at, where or self._at(server)) for server, at in cursors.items() if at]

    def _at(self, server: str) -> dict[str, object]:
        """Return what has a command go to one server of a cluster, each of which has a cursor."""
        return {"target_nodes": self._client.get_node(node_name=server)} if server else {}

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Take the lease of a key, or have it anew when it is already the owner's."""
        values = [owner, _milliseconds(seconds)]
        return bool(await self._run(LEASE, [self._name("lease", key)], *values))

    async def release(self, key: str, owner: str) -> bool:
        """Free a lease if it is the owner's and not over, and return whether it was."""
        return bool(await self._run(RELEASE, [self._name("lease", key)], owner))

    async def now(self) -> float:
        """Return Redis's clock."""
        seconds, microseconds = await self._home.run(self._line, self._ask, self._client.time)
        return int(seconds) + int(microseconds) / 1e6

    @property
    def limits_itself(self) -> bool:
        """Whether a silent server is given up soon: a lent one's limits are not known."""
        return not self._lent

    async def close(self) -> None:
        """Close the store's own connections; a lent client is the caller's to close."""
        await self._home.close(self._disconnect)

    async def _disconnect(self) -> None:
        if not self._lent:
            await self._client.aclose()

    def _row(self, key: str) -> str:
        return self._name("row", key)

    def _name(self, kind: str, key: str) -> str:
        # What is between braces decides the slot of a cluster (cluster specification, hash tags).
        return f"{self._prefix}{kind}:{{{key}}}"

    async def _run(self, script: Script, keys: list[str], *values: str | bytes) -> Any:
        return await self._home.run(self._line, self._ask, self._of_primary, script, keys, *values)

    async def _of_primary(self, script: Script, keys: list[str], *values: str | bytes) -> Any:
        """Run a script, and once more on new connections if the server is no primary any more."""
        from redis.exceptions import (
            BusyLoadingError,
            MasterDownError,
            ReadOnlyError,
            ResponseError,
        )

        try:
            return await self._evaluate(script, keys, *values)
        except (ReadOnlyError, BusyLoadingError, MasterDownError):
            if self._lent:
                raise
        except ResponseError as error:
            # So says Redis 6 of a script that was refused where it first wrote.
            if self._lent or "-READONLY" not in str(error):
                raise
        await self._let_go()
        return await self._evaluate(script, keys, *values)

    async def _let_go(self) -> None:
        """Close the connections that are idle: others may lead to a server that is well."""
        if not self._lent:
            with suppress(Exception):  # what does not close is not used again either
                async with asyncio.timeout(_HANG_UP_SECONDS):
                    await self._client.connection_pool.disconnect(inuse_connections=False)

    async def _evaluate(self, script: Script, keys: list[str], *values: str | bytes) -> Any:
        # Bytes go out as they are, whatever a lent client encodes with, and come back as they are
        # (NEVER_DECODE), whether it decodes or not.
        arguments = [value if isinstance(value, bytes) else value.encode() for value in values]
        rest = [len(keys), *(key.encode() for key in keys), *arguments]
        options: dict[str, Any] = {"NEVER_DECODE": []}
        from redis.exceptions import NoScriptError

        try:
            return await self._client.execute_command("EVALSHA", script.digest, *rest, **options)
        except NoScriptError:
            pass  # this server sees it for the first time, or forgot it when it restarted
        return await self._client.execute_command("EVAL", script.text, *rest, **options)

    async def _ask(
        self, command: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask Redis something.

        Raises:
            TokenStoreError: It did not answer. It is raised outside of the `except` block, since
                redis-py's exceptions and their frames hold the password.
        """
        from redis.exceptions import TimeoutError as NoAnswer

        try:
            return await self._patiently(command, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - redis-py lets the network's errors through
            failure = TokenStoreError(self._describe(error))
            in_vain = isinstance(error, NoAnswer)
        if in_vain:
            await self._let_go()
            self._line.fail_waiters(failure)
        raise failure

    async def _patiently(
        self, command: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask something, and once more if it was this process that did not hear the answer.

        The connection is gone by then, and what was answered on it. No server is at fault. Whatever
        is asked here may be asked twice (`redis_scripts`).
        """
        from redis.exceptions import TimeoutError as NoAnswer

        with Standstill() as standstill:
            try:
                await self._look()
                return await command(*args, **kwargs)
            except NoAnswer:
                if not standstill.was:
                    raise
        return await command(*args, **kwargs)

    def _describe(self, error: Exception) -> str:
        lines = str(error).strip().splitlines() or ["no reason given"]
        return f"redis: {type(error).__name__}: {redact(lines[0][:300], self._secrets)}"

    async def _look(self) -> None:
        """Warn of settings that lose tokens, once, where Redis says how it is set."""
        if self._looked:
            return
        from redis.exceptions import ResponseError

        self._looked = True
        try:
            evicts = await self._setting("maxmemory-policy")
            appends = await self._setting("appendonly")
        except ResponseError:
            return  # hosts often do not allow the question
        except BaseException:
            self._looked = False
            raise
        if evicts not in (None, "noeviction"):
            _log.warning(
                "Redis may throw tokens and leases away when its memory is full: its"
                " maxmemory-policy is %s; set it to noeviction",
                evicts,
            )
        if appends == "no":
            _log.warning(
                "Redis loses the latest tokens when it crashes: appendonly is no; set it to yes"
            )

    async def _setting(self, name: str) -> str | None:
        for value in (await self._client.config_get(name)).values():
            return value if isinstance(value, str) else value.decode()
        return None


def _made(given: object, prefix: object) -> tuple[_Client, list[Secret]] | ConfigurationError:
    """Return a client and the secrets that its errors may show, or what is wrong.

    It is not raised here: a traceback would hold the frame, and in it the password.
    """
    if not isinstance(prefix, str) or "{" in prefix or "}" in prefix:
        # They would be taken for the part of the key that says its slot.
        return ConfigurationError("the prefix of a RedisTokenStore is text that holds no { or }")
    try:
        import redis
        import redis.asyncio
    except ImportError:
        return extra_is_missing("redis")
    if isinstance(given, str):
        return _opened(given)
    if isinstance(given, redis.asyncio.Redis | redis.asyncio.RedisCluster):
        return cast("_Client", given), []
    if isinstance(given, redis.Redis | redis.RedisCluster):
        return ConfigurationError(
            "the client of a RedisTokenStore is one that is not async: take the class of the same"
            " name from redis.asyncio"
        )
    return ConfigurationError(
        "a RedisTokenStore is made of a URL, a redis.asyncio.Redis or a redis.asyncio.RedisCluster,"
        f" not {kind_of(given)}"
    )


def _opened(url: str) -> tuple[_Client, list[Secret]] | ConfigurationError:
    import redis.asyncio
    import redis.exceptions
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    unknown = None
    try:
        # This pool and not the plain one, which opens connections one after the other.
        pool = redis.asyncio.BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] - its **kwargs have no types
            url,
            max_connections=_AT_ONCE,
            timeout=ATTEMPT_SECONDS,
            socket_connect_timeout=ATTEMPT_SECONDS,
            socket_timeout=ATTEMPT_SECONDS,
            # A connection that is lost is replaced at once; silence is not waited for twice.
            retry=Retry(NoBackoff(), 1, (redis.exceptions.ConnectionError,)),
        )
        pool.make_connection()  # type: ignore[no-untyped-call]  # it opens none, but knows the parameters
        password = pool.connection_kwargs.get("password")
    except (TypeError, ValueError, redis.exceptions.RedisError) as error:
        # A password with a ? that is not quoted goes on in what is taken for the parameters.
        if "@" not in url.partition("?")[2]:
            unknown = re.search(r"unexpected keyword argument '([a-z][a-z_]{1,39})'", str(error))
    else:
        made = redis.asyncio.Redis.from_pool(pool)
        return cast("_Client", made), [Secret(str(password))] if password else []
    if unknown is not None:
        return ConfigurationError(
            f"the URL of a RedisTokenStore has a parameter {unknown[1]!r}, which redis-py does not"
            " know"
        )
    return ConfigurationError(
        "the URL of a RedisTokenStore has a part that redis-py does not take: it is like"
        " redis://user:password@host:6379/0?socket_timeout=3"
    )


def _milliseconds(seconds: float) -> str:
    return str(max(1, math.ceil(seconds * 1000)))


def _escaped(text: str) -> str:
    """Return a pattern that only the text itself fits (https://redis.io/commands/keys)."""
    return re.sub(r"([\\*?\[\]^-])", r"\\\1", text)
