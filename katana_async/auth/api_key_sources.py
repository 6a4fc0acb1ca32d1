"""Sources of an API key: a literal, an environment variable, a file, a function.

Each source has a `description` for messages, which never contains the key, and `read`, which
returns the key. `read` gets the key that the server has just refused, if any, and goes past its
cache if that is the cached key.
"""

import logging
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from ..errors import ConfigurationError
from ..secrets import Secret
from .secret_sources import Fetch, FetchTimeout, SingleFlight, WatchedFile, parse_path

log = logging.getLogger("katana_async")

DEFAULT_VARIABLE = "KATANA_API_KEY"

# Seconds between a failed fetch and the next one, while the previous key is used.
_PAUSE: Final = 10.0

KeyCallable = Callable[[], str | Awaitable[str]]


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


class RereadKey:
    """A key that is read again when the server refuses it: given in code, or in a variable."""

    def __init__(self, load: Callable[[], Secret | ConfigurationError], description: str) -> None:
        self.description = description
        self._load = load
        self._key = raise_if_error(load())

    @classmethod
    def from_variable(cls, variable: str) -> "RereadKey":
        """Read an environment variable that is set."""
        description = f"the environment variable {variable}"

        def load() -> Secret | ConfigurationError:
            text = os.environ.get(variable)
            # It was set before, so the text is surely a name.
            return no_key(f"set {variable}") if text is None else parse_key(text, description)

        return cls(load, description)

    async def read(self, refused: Secret | None) -> Secret:
        if self._key == refused:
            self._key = raise_if_error(self._load())
        return self._key


def no_key(remedy: str) -> ConfigurationError:
    """Return the error for a variable that is not set."""
    return ConfigurationError(f"no API key: {remedy} (make a key in Katana under Settings > API)")


class FileKey:
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
    def create(cls, given: object) -> "FileKey | ConfigurationError":
        """Return the source if the file contains a usable key, otherwise the error to raise."""
        path = parse_path(given)
        if isinstance(path, ConfigurationError):
            return path
        source = cls(path)
        key = source._file.load()
        return key if isinstance(key, ConfigurationError) else source

    async def read(self, refused: Secret | None) -> Secret:
        before = self._file.value
        assert before is not None  # `create` has read it
        if before != refused and self._file.is_current():
            return before
        key = self._file.load()
        if isinstance(key, Secret):
            return key
        log.warning("%s; keeping the key read before", key)
        return before


class FetchedKey:
    """A key that a function fetches, kept for `ttl` seconds; concurrent callers share one fetch."""

    def __init__(self, fetch: KeyCallable, *, ttl: float, clock: Callable[[], float]) -> None:
        name = getattr(fetch, "__qualname__", type(fetch).__name__)
        self.description = f"the key source {name}"
        self._fetch = Fetch(
            fetch, partial(parse_key, description=self.description), self.description
        )
        self._ttl = ttl
        self._clock = clock
        self._key: Secret | None = None
        self._good_until = 0.0
        self._flight = SingleFlight(self._load, "katana-api-key")

    async def read(self, refused: Secret | None) -> Secret:
        if self._key is None or self._key == refused:
            return await self._flight()
        if self._clock() >= self._good_until:
            await self._flight.wait_briefly()
        return self._key

    async def _load(self) -> Secret:
        try:
            key = raise_if_error(await self._fetch())
        except Exception as error:
            if self._key is None:
                raise
            is_timeout = isinstance(error, FetchTimeout)
            problem = error if is_timeout else f"{self.description} failed ({type(error).__name__})"
            log.warning("%s; keeping the key read before", problem)
            self._good_until = self._clock() + _PAUSE
            return self._key
        self._key = key
        self._good_until = self._clock() + self._ttl
        return key


KeySource = RereadKey | FileKey | FetchedKey
