"""Sources of an API key: a literal, an environment variable, a file, a function."""

import logging
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from ..errors import ConfigurationError
from ..secrets import Secret
from .secret_sources import (
    Fetch,
    FetchTimeout,
    SingleFlight,
    WatchedFile,
    explain_unset_variable,
    parse_path,
)

log = logging.getLogger("katana_async")

DEFAULT_VARIABLE = "KATANA_API_KEY"

# Seconds between a failed fetch and the next one, while the previous key is used.
_PAUSE: Final = 10.0

SourceCallable = Callable[[], str | Awaitable[str]]


class KeySource(Protocol):
    """A place that a key is read from."""

    @property
    def description(self) -> str:
        """The name of the place in messages. It never contains the key."""
        ...

    async def read(self, refused: Secret | None) -> Secret:
        """Return the key.

        Args:
            refused: The key that the server has just refused, if any. If it is the cached key, the
                cache is not used.
        """
        ...


def parse_key(text: object, description: str) -> Secret | ConfigurationError:
    """Return the key in a text, or an error that does not show it.

    The error is returned for `raise_if_error`, because a traceback from here would hold this frame
    and the text in it.
    """
    if not isinstance(text, str):
        return ConfigurationError(
            f"the API key from {description} is {type(text).__name__}, not str"
        )
    key = text.strip()
    if not key:
        return ConfigurationError(f"the API key from {description} is empty")
    if not all("!" <= character <= "~" for character in key):
        # A header cannot contain other characters; a line break would even start another header.
        return ConfigurationError(
            f"the API key from {description} holds a space, a line break or a character outside"
            " ASCII: it was probably copied with something else"
        )
    return Secret(key)


def raise_if_error(parsed: Secret | ConfigurationError) -> Secret:
    """Return the key that `parse_key` returned, or raise its error."""
    if isinstance(parsed, ConfigurationError):
        raise parsed
    return parsed


class LiteralSource:
    """A key that is given in code."""

    description = "the argument of ApiKey(...)"

    def __init__(self, key: Secret) -> None:
        self._key = key

    async def read(self, refused: Secret | None) -> Secret:
        return self._key


class EnvironmentSource:
    """A key in an environment variable, read again when the server refuses it."""

    def __init__(self, variable: str) -> None:
        self.variable = variable
        self.description = f"the environment variable {variable}"
        self._key: Secret | None = None

    @classmethod
    def create(cls, variable: str) -> "EnvironmentSource | ConfigurationError":
        """Return the source if the variable contains a key, otherwise the error to raise."""
        missing = explain_unset_variable(variable, DEFAULT_VARIABLE)
        if missing:
            return _no_key(missing)
        source = cls(variable)
        key = source.load()
        return key if isinstance(key, ConfigurationError) else source

    def load(self) -> Secret | ConfigurationError:
        """Read the variable."""
        text = os.environ.get(self.variable)
        if text is None:  # it was set before, so the text is surely a name
            return _no_key(f"set {self.variable}")
        return parse_key(text, self.description)

    async def read(self, refused: Secret | None) -> Secret:
        if self._key is None or self._key == refused:
            self._key = raise_if_error(self.load())
        return self._key


def _no_key(remedy: str) -> ConfigurationError:
    return ConfigurationError(f"no API key: {remedy} (make a key in Katana under Settings > API)")


class FileSource:
    """A key in a file that may be replaced at any time, such as a mounted secret.

    Before each request the file is checked with one `stat`, which follows symlinks. It is read if
    it was replaced or changed. The last key stays in use while the file is missing, unreadable or
    empty.
    """

    def __init__(self, path: Path) -> None:
        self.description = f"the file {path}"
        parse = partial(parse_key, description=self.description)
        self._file = WatchedFile[Secret](path, parse, kind="API key file")

    @classmethod
    def create(cls, given: object) -> "FileSource | ConfigurationError":
        """Return the source if the file contains a usable key, otherwise the error to raise."""
        path = parse_path(given)
        if isinstance(path, ConfigurationError):
            return path
        source = cls(path)
        key = source._file.load()
        return key if isinstance(key, ConfigurationError) else source

    async def read(self, refused: Secret | None) -> Secret:
        before = self._file.value
        if before is not None and before != refused and self._file.is_current():
            return before
        key = self._file.load()
        if before is None or isinstance(key, Secret):
            return raise_if_error(key)
        log.warning("%s; keeping the key read before", key)
        return before


class CallableSource:
    """A key that a function fetches, kept for `ttl` seconds; concurrent callers share one fetch."""

    def __init__(self, fetch: SourceCallable, *, ttl: float, clock: Callable[[], float]) -> None:
        name = getattr(fetch, "__qualname__", type(fetch).__name__)
        self.description = f"the key source {name}"
        self._fetch = Fetch(fetch, self._parse, self.description)
        self._ttl = ttl
        self._clock = clock
        self._key: Secret | None = None
        self._good_until = 0.0
        self._flight = SingleFlight(self._load, "katana-api-key")

    async def read(self, refused: Secret | None) -> Secret:
        if self._key is not None and self._key != refused and self._clock() < self._good_until:
            return self._key
        if self._key is None or self._key == refused:
            return await self._flight()
        await self._flight.wait_briefly()
        return self._key

    async def _load(self) -> Secret:
        try:
            key = raise_if_error(await self._fetch())
        except Exception as error:
            if self._key is None:
                raise
            kind = type(error).__name__
            timed_out = isinstance(error, FetchTimeout)
            problem = str(error) if timed_out else f"{self.description} failed ({kind})"
            log.warning("%s; keeping the key read before", problem)
            self._good_until = self._clock() + _PAUSE
            return self._key
        self._key = key
        self._good_until = self._clock() + self._ttl
        return key

    def _parse(self, result: object) -> Secret | ConfigurationError:
        if not isinstance(result, str):
            return ConfigurationError(
                f"{self.description} returned {type(result).__name__}, not the key as str"
            )
        return parse_key(result, self.description)
