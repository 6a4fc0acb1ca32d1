"""Authentication with an API key of one account (Katana: Settings > API)."""

import os
import time
from collections.abc import Callable

from ..errors import ConfigurationError
from ..secrets import Secret, fingerprint
from ..sources import no_function
from .base import Credential
from .sources import (
    DEFAULT_VARIABLE,
    CallableSource,
    EnvironmentSource,
    FileSource,
    KeySource,
    LiteralSource,
    SourceCallable,
    accepted,
    parse_key,
)


class ApiKey:
    """Authenticate with an API key, and follow it when it is rotated.

    Katana's keys are rotated by making a new one, storing it where it is read from, and deleting
    the old one. Nothing has to be restarted: a file is read again when it changes, and when the
    server refuses a key its source is asked again and the call is tried once more with the new key.

    Args:
        key: The key itself. Better is a source that can change: see the class methods.

    Raises:
        ConfigurationError: The key is empty or cannot be a key. The message never shows it.
    """

    def __init__(self, key: str) -> None:
        parsed = parse_key(key, LiteralSource.description)
        del key  # the traceback of what is raised next holds this frame
        self._source: KeySource = LiteralSource(accepted(parsed))
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
            ConfigurationError: At once, when the variable is not set or empty.
        """
        source = EnvironmentSource.loaded(variable)
        del variable  # as in __init__: it may be the key
        if isinstance(source, ConfigurationError):
            raise source
        return cls._of(source)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "ApiKey":
        """Read the key from a file, such as a mounted secret, and again whenever the file changes.

        Symlinks are followed and white space around the key is dropped. A moment in which the file
        is empty or unreadable keeps the key read before.

        Raises:
            ConfigurationError: At once, when there is no readable key in the file.
        """
        source = FileSource.loaded(path)
        del path  # as in __init__: it may be the key
        if isinstance(source, ConfigurationError):
            raise source
        return cls._of(source)

    @classmethod
    def from_source(
        cls,
        fetch: SourceCallable,
        *,
        ttl: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> "ApiKey":
        """Fetch the key with a function, for instance from a secret manager.

        Args:
            fetch: Returns the key. A coroutine function is awaited; a plain function runs in a
                thread, so it may block. Its exception reaches the caller the first time, and so
                does a TimeoutError if it does not answer within 10 seconds; later ones keep the key
                fetched before, and it is asked again after 10 seconds.
            ttl: Seconds for which a fetched key is used without asking again.
            clock: Seconds that only grow; for tests.

        Raises:
            ConfigurationError: `fetch` is no function.
        """
        problem = no_function(fetch, "the key")
        if problem:
            del fetch  # as in __init__: it may be the key
            raise ConfigurationError(problem)
        return cls._of(CallableSource(fetch, ttl=ttl, clock=clock))

    async def credential(self) -> Credential:
        """Return the key as the next request is to be sent with."""
        return await self._read(refused=None)

    async def rejected(self, credential: Credential) -> bool:
        """Ask the source again, unless a newer key is already in use."""
        return (await self._read(refused=credential.token)).token != credential.token

    async def _read(self, refused: Secret | None) -> Credential:
        key = await self._source.read(refused)
        if self._last is None or self._last.token != key:
            self._last = Credential(token=key, quota=fingerprint(key, "quota"))
        return self._last

    def __repr__(self) -> str:
        # A traceback with locals shows it when the key was refused and there is no source yet.
        source: KeySource | None = getattr(self, "_source", None)
        return f"<ApiKey from {source.description}>" if source else "<ApiKey, refused>"
