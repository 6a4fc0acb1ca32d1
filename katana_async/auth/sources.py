"""Where an API key comes from: a literal, the environment, a file, or a secret manager."""

import logging
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from ..errors import ConfigurationError
from ..secrets import Secret
from ..sources import Fetch, SingleFlight, Unanswered, WatchedFile, not_set, path_of

log = logging.getLogger("katana_async")

DEFAULT_VARIABLE = "KATANA_API_KEY"

# How long a key that could not be fetched anew is used before its source is asked again.
_PAUSE: Final = 10.0

SourceCallable = Callable[[], str | Awaitable[str]]


class KeySource(Protocol):
    """One place that a key can be read from."""

    @property
    def description(self) -> str:
        """Name the place in a message. Never the key."""
        ...

    async def read(self, refused: Secret | None) -> Secret:
        """Return the key.

        Args:
            refused: A key that the server has just refused: if it is the one in use, ask the place
                itself again, past any cache.
        """
        ...


def parse_key(text: object, description: str) -> Secret | ConfigurationError:
    """Return the key in a text, or what is wrong with it without showing it.

    The error is returned, for `accepted` to raise: raised here, its traceback would hold this
    frame, and in it the text.
    """
    if not isinstance(text, str):
        return ConfigurationError(
            f"the API key from {description} is {type(text).__name__}, not str"
        )
    key = text.strip()
    if not key:
        return ConfigurationError(f"the API key from {description} is empty")
    if not all("!" <= character <= "~" for character in key):
        # Anything else cannot travel in a header; a line break would even start another header.
        return ConfigurationError(
            f"the API key from {description} holds a space, a line break or a character outside"
            " ASCII: it was probably copied with something else"
        )
    return Secret(key)


def accepted(parsed: Secret | ConfigurationError) -> Secret:
    """Return what `parse_key` found, or raise what it did not like."""
    if isinstance(parsed, ConfigurationError):
        raise parsed
    return parsed


class LiteralSource:
    """A key given in code."""

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
    def loaded(cls, variable: str) -> "EnvironmentSource | ConfigurationError":
        """Return the source if there is a key in it, or the error to raise."""
        missing = not_set(variable, DEFAULT_VARIABLE)
        if missing:
            return _no_key(missing)
        source = cls(variable)
        key = source.load()
        return key if isinstance(key, ConfigurationError) else source

    def load(self) -> Secret | ConfigurationError:
        """Read the variable now."""
        text = os.environ.get(self.variable)
        if text is None:  # it was set when the program began: so that is a name, and is shown
            return _no_key(f"set {self.variable}")
        return parse_key(text, self.description)

    async def read(self, refused: Secret | None) -> Secret:
        if self._key is None or self._key == refused:
            self._key = accepted(self.load())
        return self._key


def _no_key(remedy: str) -> ConfigurationError:
    return ConfigurationError(f"no API key: {remedy} (make a key in Katana under Settings > API)")


class FileSource:
    """A key in a file that may be replaced at any time, such as a mounted secret.

    The file is looked at (one `stat`, following symlinks) before each request and read when it is
    another file or has changed. While it is missing, unreadable or empty, the last key stays.
    """

    def __init__(self, path: Path) -> None:
        self.description = f"the file {path}"
        parse = partial(parse_key, description=self.description)
        self._file = WatchedFile[Secret](path, parse, called="API key file")

    @classmethod
    def loaded(cls, given: object) -> "FileSource | ConfigurationError":
        """Return the source if there is a usable key in the file now, or the error to raise."""
        path = path_of(given)
        if isinstance(path, ConfigurationError):
            return path
        source = cls(path)
        key = source._file.load()
        return key if isinstance(key, ConfigurationError) else source

    async def read(self, refused: Secret | None) -> Secret:
        before = self._file.value
        if before is not None and before != refused and self._file.unchanged():
            return before
        loaded = self._file.load()
        if before is None or isinstance(loaded, Secret):
            return accepted(loaded)
        log.warning("%s; keeping the key read before", loaded)
        return before


class CallableSource:
    """A key that a function fetches, kept for `ttl` seconds; concurrent callers share one fetch."""

    def __init__(self, fetch: SourceCallable, *, ttl: float, clock: Callable[[], float]) -> None:
        name = getattr(fetch, "__qualname__", type(fetch).__name__)
        self.description = f"the key source {name}"
        self._fetch = Fetch(fetch, self._parsed, self.description)
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
        await self._flight.soon()
        return self._key

    async def _load(self) -> Secret:
        try:
            key = accepted(await self._fetch())
        except Exception as error:
            if self._key is None:
                raise
            kind = type(error).__name__
            silent = isinstance(error, Unanswered)
            says = str(error) if silent else f"{self.description} failed ({kind})"
            log.warning("%s; keeping the key read before", says)
            self._good_until = self._clock() + _PAUSE
            return self._key
        self._key = key
        self._good_until = self._clock() + self._ttl
        return key

    def _parsed(self, result: object) -> Secret | ConfigurationError:
        if not isinstance(result, str):
            return ConfigurationError(
                f"{self.description} returned {type(result).__name__}, not the key as str"
            )
        return parse_key(result, self.description)
