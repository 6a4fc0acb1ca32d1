"""Authentication with an API key of one account (Katana: Settings > API)."""

import os
import time
from collections.abc import Callable

from ..errors import ConfigurationError
from ..secrets import Secret, fingerprint
from .api_key_sources import (
    DEFAULT_VARIABLE,
    FetchedKey,
    FileKey,
    KeyCallable,
    KeySource,
    RereadKey,
    no_key,
    parse_key,
)
from .base import Credential
from .secret_sources import explain_unset_variable, explain_wrong_function


class ApiKey:
    """Authenticate with an API key, and pick up a rotated key without a restart.

    To rotate a key, create a new one in Katana, store it in the source, and delete the old one. A
    file is read again when it changes. If the server refuses a key, the source is read again and
    the call is sent once more with the new key.

    Args:
        key: The key itself. The class methods read it from a source that can change.

    Raises:
        ConfigurationError: The key is empty or is not a valid key. The message never shows it.
    """

    def __init__(self, key: str) -> None:
        description = "the argument of ApiKey(...)"
        parsed = parse_key(key, description)
        del key  # the traceback of an error below holds this frame
        self._source: KeySource = RereadKey(lambda: parsed, description)
        self._last: Credential | None = None

    @classmethod
    def _of(cls, source: KeySource) -> "ApiKey":
        auth = cls.__new__(cls)
        auth._source = source  # noqa: SLF001 - of its own class
        auth._last = None  # noqa: SLF001 - as above
        return auth

    @classmethod
    def from_env(cls, variable: str = DEFAULT_VARIABLE) -> "ApiKey":
        """Read the key from an environment variable.

        Raises:
            ConfigurationError: The variable is not set or empty.
        """
        missing = explain_unset_variable(variable, DEFAULT_VARIABLE)
        if missing:
            del variable  # as in __init__: it may be the key
            raise no_key(missing)
        return cls._of(RereadKey.from_variable(variable))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "ApiKey":
        """Read the key from a file, such as a mounted secret, and again when the file changes.

        Symlinks are followed and white space around the key is removed. While the file is empty or
        unreadable, the previous key stays in use.

        Raises:
            ConfigurationError: The file contains no readable key now.
        """
        source = FileKey.create(path)
        del path  # as in __init__: it may be the key
        if isinstance(source, ConfigurationError):
            raise source
        return cls._of(source)

    @classmethod
    def from_source(
        cls,
        fetch: KeyCallable,
        *,
        ttl: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> "ApiKey":
        """Fetch the key with a function, for instance from a secret manager.

        Args:
            fetch: Returns the key. A coroutine function is awaited; a plain function runs in a
                thread, so it may block. The first call raises its exception, or TimeoutError after
                10 seconds. Later failures keep the previous key, and the function is called again
                after 10 seconds.
            ttl: Seconds for which a fetched key is used before the next fetch.
            clock: A monotonic clock, in seconds; for tests.

        Raises:
            ConfigurationError: `fetch` is not a function that can be called without arguments.
        """
        problem = explain_wrong_function(fetch, "the key")
        if problem:
            del fetch  # as in __init__: it may be the key
            raise ConfigurationError(problem)
        return cls._of(FetchedKey(fetch, ttl=ttl, clock=clock))

    async def credential(self) -> Credential:
        """Return the key for the next request."""
        return await self._read(refused=None)

    async def rejected(self, credential: Credential) -> bool:
        """Read the source again, unless a newer key is already in use."""
        return (await self._read(refused=credential.token)).token != credential.token

    async def _read(self, refused: Secret | None) -> Credential:
        key = await self._source.read(refused)
        if self._last is None or self._last.token != key:
            self._last = Credential(token=key, quota=fingerprint(key, "quota"))
        return self._last

    def __repr__(self) -> str:
        # A traceback with locals may show an object whose key was refused, which has no source.
        source: KeySource | None = getattr(self, "_source", None)
        return f"<ApiKey from {source.description}>" if source else "<ApiKey, refused>"
