"""Where an API key comes from: a literal, the environment, a file, or a secret manager."""

import asyncio
import inspect
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from ..errors import ConfigurationError
from ..secrets import Secret

log = logging.getLogger("katana_async")

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

    def load(self) -> Secret:
        if self.variable not in os.environ:
            raise ConfigurationError(
                f"no API key: set {self.variable} (make a key in Katana under Settings > API)"
            )
        return accepted(parse_key(os.environ[self.variable], self.description))

    async def read(self, refused: Secret | None) -> Secret:
        if self._key is None or self._key == refused:
            self._key = self.load()
        return self._key


class FileSource:
    """A key in a file that may be replaced at any time, such as a mounted secret.

    The file is looked at (one `stat`, following symlinks) before each request and read when it is
    another file or has changed. While it is missing, unreadable or empty, the last key stays.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.description = f"the file {path}"
        self._key: Secret | None = None
        self._seen: tuple[int, ...] | None = None

    def load(self) -> Secret:
        """Read the file now; raises ConfigurationError when there is no usable key in it."""
        return accepted(self._parsed())

    def _parsed(self) -> Secret | ConfigurationError:
        try:
            status = self.path.stat()
            text = self.path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            problem = "is not text"
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        else:
            parsed = parse_key(text, self.description)
            if isinstance(parsed, Secret):
                self._key = parsed
                self._seen = (
                    status.st_dev,
                    status.st_ino,
                    status.st_mtime_ns,
                    status.st_size,
                )
            return parsed
        return ConfigurationError(f"the API key file {self.path} {problem}")

    def _unchanged(self) -> bool:
        try:
            status = self.path.stat()
        except OSError:
            return False
        return self._seen == (
            status.st_dev,
            status.st_ino,
            status.st_mtime_ns,
            status.st_size,
        )

    async def read(self, refused: Secret | None) -> Secret:
        if self._key is not None and self._key != refused and self._unchanged():
            return self._key
        try:
            return self.load()
        except ConfigurationError as error:
            if self._key is None:
                raise
            log.warning("%s; keeping the key read before", error)
            return self._key


class CallableSource:
    """A key that a function fetches, kept for `ttl` seconds; concurrent callers share one fetch."""

    def __init__(self, fetch: SourceCallable, *, ttl: float, clock: Callable[[], float]) -> None:
        name = getattr(fetch, "__qualname__", type(fetch).__name__)
        self.description = f"the key source {name}"
        self._fetch = fetch
        self._ttl = ttl
        self._clock = clock
        self._key: Secret | None = None
        self._good_until = 0.0
        self._flight: asyncio.Task[Secret] | None = None

    async def read(self, refused: Secret | None) -> Secret:
        if self._key is not None and self._key != refused and self._clock() < self._good_until:
            return self._key
        loop = asyncio.get_running_loop()
        flight = self._flight
        # A client in another thread's loop cannot await this loop's task: it fetches for itself.
        if flight is None or flight.done() or flight.get_loop() is not loop:
            flight = self._flight = loop.create_task(self._load(), name="katana-api-key")
        # Shielded: a cancelled caller must not take the key away from the others.
        return await asyncio.shield(flight)

    async def _load(self) -> Secret:
        try:
            key = accepted(await self._call())
        except Exception as error:
            if self._key is None:
                raise
            log.warning(
                "%s failed (%s); keeping the key read before",
                self.description,
                type(error).__name__,
            )
            return self._key
        self._key = key
        self._good_until = self._clock() + self._ttl
        return key

    async def _call(self) -> Secret | ConfigurationError:
        if inspect.iscoroutinefunction(self._fetch):
            return self._parsed(await self._fetch())
        # Clients of secret managers often block; in a thread they do not stop the loop.
        result = await asyncio.to_thread(self._call_blocking)
        if isinstance(result, Secret | ConfigurationError):
            return result
        return self._parsed(await result)

    def _call_blocking(self) -> Secret | ConfigurationError | Awaitable[object]:
        # The key leaves the thread as a Secret: a future shows its result, and a task its future.
        result = self._fetch()
        return result if inspect.isawaitable(result) else self._parsed(result)

    def _parsed(self, result: object) -> Secret | ConfigurationError:
        if not isinstance(result, str):
            return ConfigurationError(
                f"{self.description} returned {type(result).__name__}, not the key as str"
            )
        return parse_key(result, self.description)
