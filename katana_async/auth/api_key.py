"""Authentication with an API key of one account (Katana: Settings > API)."""

import os

from ..errors import ConfigurationError
from ..secrets import Secret, fingerprint
from . import secret_sources as sources
from .base import Credential
from .secret_sources import FromSource, KeyCallable, SecretSource

DEFAULT_VARIABLE = "KATANA_API_KEY"


class ApiKey(FromSource[Secret]):
    """Authenticate with an API key, and pick up a rotated key without a restart.

    To rotate a key, create a new one in Katana, store it in the source, and delete the old one. A
    file is read again when it changes. If the server refuses a key, a file or a function is read
    again and the call is sent once more with the new key.

    Args:
        key: The key itself. The class methods read it from a source that can change.

    Raises:
        ConfigurationError: The key is empty or is not a valid key. The message never shows it.
    """

    _last: Credential | None = None

    def __init__(self, key: str) -> None:
        description = "the argument of ApiKey(...)"
        parsed = _parse_key(key, description)
        del key  # the traceback of the next line keeps this frame
        if isinstance(parsed, ConfigurationError):
            raise parsed
        self._source = SecretSource(description, parsed)

    @classmethod
    def from_env(cls, variable: str = DEFAULT_VARIABLE) -> "ApiKey":
        """Read the key from an environment variable, once.

        Raises:
            ConfigurationError: The variable is not set or empty.
        """
        problem = "no API key: {} (make a key in Katana under Settings > API)"
        source = sources.open_variable(variable, _parse_key, DEFAULT_VARIABLE, problem)
        del variable  # as in __init__: it may be the key
        return cls._of(source)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "ApiKey":
        """Read the key from a file, such as a mounted secret, and again when the file changes.

        Symlinks are followed and white space around the key is removed. While the file is empty or
        unreadable, the previous key stays in use.

        Raises:
            ConfigurationError: The file contains no readable key now.
        """
        source = sources.WatchedFile[Secret].open(path, _parse_key, kind="API key file")
        del path  # as above
        return cls._of(source)

    @classmethod
    def from_source(cls, fetch: KeyCallable, *, ttl: float = 300.0) -> "ApiKey":
        """Fetch the key with a function, for instance from a secret manager.

        Args:
            fetch: Returns the key. A coroutine function is awaited; a plain function runs in a
                thread, so it may block. The first call raises its exception, or TimeoutError after
                10 seconds. Later failures keep the previous key, and the function is called again
                after 10 seconds.
            ttl: Seconds for which a fetched key is used before the next fetch.

        Raises:
            ConfigurationError: `fetch` is not a function that can be called without arguments.
        """
        problem = sources.explain_wrong_function(fetch, "the key")
        if problem:
            del fetch  # as above
            raise ConfigurationError(problem)
        source = sources.FetchedSecret[Secret](fetch, _parse_key, lambda error, _text: error, ttl)
        return cls._of(source)

    async def credential(self) -> Credential:
        """Return the key for the next request."""
        if self._last is not None and not self._source.can_change:
            return self._last
        return await self._read(refused=None)

    async def rejected(self, credential: Credential) -> bool:
        """Read the source again, unless a newer key is already in use."""
        return (await self._read(refused=credential.token)).token != credential.token

    async def _read(self, refused: Secret | None) -> Credential:
        source = self._source
        await source.refresh(afresh=refused is not None and source.value == refused)
        if source.value is None:
            raise source.problem or AssertionError("a read has a value or a problem")
        key = source.value
        if self._last is None or self._last.token != key:
            self._last = Credential(token=key, quota=fingerprint(key, "quota"))
        return self._last

    def __repr__(self) -> str:
        return f"<ApiKey from {self._source.description}>"


def _parse_key(text: object, description: str) -> Secret | ConfigurationError:
    """Return the key in a text, or the error to raise: a traceback would hold the text."""
    if not isinstance(text, str):
        return ConfigurationError(
            f"the API key from {description} is {type(text).__name__}, not str"
        )
    key = text.strip()
    if not key:
        return ConfigurationError(f"the API key from {description} is empty")
    if not (key.isascii() and key.isprintable() and " " not in key):
        # A header cannot contain other characters; a line break would even start another header.
        return ConfigurationError(
            f"the API key from {description} holds a space, a line break or a character outside"
            " ASCII: it was probably copied with something else"
        )
    return Secret(key)
