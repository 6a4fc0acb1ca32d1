"""Sources of keys: the program, a file, or a function such as the client of a secret manager.

Each source has a `description` for messages, the `keys` of its last successful read, the current
one first, and `read`, which returns the keys, or the error to raise if there are none:

- `missing`: a row names a key that is not in `keys`. Read past any cache, unless the last such read
  was just before. If the source fails, return the error even if there are keys: it may have the
  missing one.
- `afresh`: always read past any cache; otherwise like `missing`.
"""

import logging
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from ...errors import ConfigurationError, KatanaError, KeyUnavailable
from ...sources import Fetch, SingleFlight, Unanswered, WatchedFile, path_of
from .keys import Key, parse_keys

log = logging.getLogger("katana_async")

KeyCallable = Callable[[], str | Awaitable[str]]

# Rows may name a key that does not exist; they must not cause a call each.
_SEARCH_INTERVAL: Final = 10.0


@runtime_checkable
class KeyWrapper(Protocol):
    """A key in a KMS, which encrypts (wraps) and decrypts the data keys of rows."""

    @property
    def name(self) -> str:
        """The name in the rows, with the rules of a `Key`'s name."""
        ...

    async def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return a data key of 32 bytes in wrapped form, of at most 65,535 bytes.

        Args:
            data_key: Must not remain in a variable, log or exception after the call.
            context: At most 200 bytes, the same for wrapping and unwrapping: the encryption context
                or additional authenticated data of the KMS.
        """
        ...

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes | None:
        """Return the data key, or None if the KMS answers that it did not wrap these bytes.

        An exception means that the KMS is not available, and nothing about the row.
        """
        ...


Keys = tuple[Key | KeyWrapper, ...]


class FixedKeys:
    """Keys from the program's start."""

    def __init__(self, keys: Keys, description: str) -> None:
        self.keys = keys
        self.description = description

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        return self.keys


class FileKeys:
    """Keys in a file that may be replaced at any time, such as a mounted secret.

    Each use of the keys checks the file with one `stat`, which follows symlinks, and reads it if it
    has changed. The keys of the last read stay while the file is missing, unreadable or invalid.
    """

    def __init__(self, path: Path) -> None:
        self.description = f"the file {path}"
        parse = partial(parse_keys, description=self.description)
        self._file = WatchedFile[tuple[Key, ...]](path, parse, called="key file")
        self._has_warned = False

    @classmethod
    def load_from(cls, given: object) -> "FileKeys | ConfigurationError":
        """Return the keys of a file, read now, or the error to raise."""
        path = path_of(given)
        if isinstance(path, ConfigurationError):
            return path
        source = cls(path)
        return source.load() or source

    @property
    def keys(self) -> Keys:
        return self._file.value or ()

    def load(self) -> ConfigurationError | None:
        """Read the file now, and return the error if it is not usable."""
        loaded = self._file.load()
        if isinstance(loaded, ConfigurationError):
            return loaded
        self._warn_if_world_readable()
        return None

    def _warn_if_world_readable(self) -> None:
        status = self._file.status
        # On Windows, the mode of every file looks readable; permissions are stored elsewhere.
        if status and status.st_mode & 0o004 and os.name != "nt" and not self._has_warned:
            self._has_warned = True
            log.warning(
                "the key file %s can be read by everyone on this machine: chmod o-r it, or mount"
                " the secret with mode 0440",
                self._file.path,
            )

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        if missing or afresh or not self._file.unchanged():
            problem = self.load()
            if problem is not None:
                log.warning("%s; keeping the keys read before", problem)
                if missing or afresh:
                    return problem
        return self.keys


class FetchedKeys:
    """Keys that a function fetches, kept for `ttl` seconds. Concurrent callers share one call."""

    def __init__(
        self, fetch: KeyCallable, *, ttl: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        name = getattr(fetch, "__qualname__", type(fetch).__name__)
        self.description = f"the key source {name}"
        self.keys: Keys = ()
        parse = partial(parse_keys, description=self.description)
        self._fetch = Fetch(fetch, parse, self.description)
        self._ttl = ttl
        self._clock = clock
        self._fresh_until = self._next_search_at = float("-inf")
        self._problem: ConfigurationError | KeyUnavailable | None = None
        self._flight = SingleFlight(self._load, "katana-token-keys")

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        deadline = self._next_search_at if missing else self._fresh_until
        if self.keys and not afresh and self._clock() < deadline:
            return self._outcome(missing)
        if not self.keys or missing or afresh:
            await self._flight()
        else:
            await self._flight.soon()
        if missing:  # set after the call, so that concurrent callers wait for the same answer
            self._next_search_at = self._clock() + _SEARCH_INTERVAL
        return self._outcome(missing or afresh)

    def _outcome(self, must_be_fresh: bool) -> Keys | KatanaError:
        if self._problem is None or (self.keys and not must_be_fresh):
            return self.keys
        # A new error for each caller, since a raised error collects frames.
        return type(self._problem)(str(self._problem))

    async def _load(self) -> None:
        fetched = await self._call()
        if isinstance(fetched, ConfigurationError | KeyUnavailable):
            self._problem = fetched
            if self.keys:
                log.warning("%s; keeping the keys read before", fetched)
                self._fresh_until = self._clock() + _SEARCH_INTERVAL
            return
        self.keys, self._problem = fetched, None
        self._fresh_until = self._clock() + self._ttl

    async def _call(self) -> tuple[Key, ...] | ConfigurationError | KeyUnavailable:
        # The error is returned: the exception of a client may hold the secret that it fetched.
        try:
            return await self._fetch()
        except Unanswered as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - the function is the caller's
            reason = f"{self.description} failed with {type(error).__name__}"
        return KeyUnavailable(f"{reason}: nothing was changed")


KeyRingSource = FixedKeys | FileKeys | FetchedKeys
