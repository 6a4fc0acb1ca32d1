"""Sources of keys: the program, a file, or a function such as the client of a secret manager."""

import logging
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from ...auth.secret_sources import Fetch, FetchTimeout, SingleFlight, WatchedFile, parse_path
from ...errors import ConfigurationError, KatanaError, KeyUnavailable
from .keys import Key, KeyWrapper, parse_keys

log = logging.getLogger("katana_async")

KeyCallable = Callable[[], str | Awaitable[str]]
Keys = tuple[KeyWrapper, ...]

# Rows may name a key that does not exist; they must not cause a call each.
_SEARCH_INTERVAL: Final = 10.0


class FixedKeys:
    """Keys from the program's start, and the base of the other sources.

    Attributes:
        description: The source in messages.
        keys: The keys of the last successful read, the current one first.
    """

    def __init__(self, description: str, keys: Keys = ()) -> None:
        self.description = description
        self.keys = keys

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        """Return the keys, or the error to raise if there are none.

        With an argument, a failure of the source is returned even if there are keys.

        Args:
            missing: A row names a key that is not in `keys`. Read past any cache, unless the last
                such read was just before.
            afresh: Always read past any cache.
        """
        return self.keys


class FileKeys(FixedKeys):
    """Keys in a file that may be replaced at any time, such as a mounted secret.

    Each use of the keys checks the file with one `stat`, which follows symlinks, and reads it if it
    has changed. The keys of the last read stay while the file is missing, unreadable or invalid.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"the file {path}")
        parse = partial(parse_keys, description=self.description)
        self._file = WatchedFile[tuple[Key, ...]](path, parse, kind="key file")

    @classmethod
    def load_from(cls, given: object) -> "FileKeys | ConfigurationError":
        """Return the keys of a file, read now, or the error to raise."""
        path = parse_path(given)
        if isinstance(path, ConfigurationError):
            return path
        source = cls(path)
        problem = source._load()
        status = source._file.status
        # On Windows, the mode of every file looks readable; permissions are stored elsewhere.
        if status and status.st_mode & 0o004 and os.name != "nt":
            log.warning(
                "the key file %s can be read by everyone on this machine: chmod o-r it, or mount"
                " the secret with mode 0440",
                path,
            )
        return problem or source

    def _load(self) -> ConfigurationError | None:
        loaded = self._file.load()
        if isinstance(loaded, ConfigurationError):
            return loaded
        self.keys = loaded
        return None

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        if missing or afresh or not self._file.is_current():
            problem = self._load()
            if problem is not None:
                log.warning("%s; keeping the keys read before", problem)
                if missing or afresh:
                    return problem
        return self.keys


class FetchedKeys(FixedKeys):
    """Keys that a function fetches, kept for `ttl` seconds. Concurrent callers share one call."""

    def __init__(
        self, fetch: KeyCallable, *, ttl: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(f"the key source {getattr(fetch, '__qualname__', type(fetch).__name__)}")
        parse = partial(parse_keys, description=self.description)
        self._fetch = Fetch(fetch, parse, self.description)
        self._ttl = ttl
        self._clock = clock
        self._fresh_until = self._next_search_at = float("-inf")
        self._problem: ConfigurationError | KeyUnavailable | None = None
        self._flight = SingleFlight(self._load, "katana-token-keys")

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        deadline = self._next_search_at if missing else self._fresh_until
        if afresh or not self.keys or self._clock() >= deadline:
            if self.keys and not missing and not afresh:
                await self._flight.wait_briefly()
            else:
                await self._flight()
            if missing:  # set after the call, so that concurrent callers wait for the same answer
                self._next_search_at = self._clock() + _SEARCH_INTERVAL
        if self._problem and (missing or afresh or not self.keys):
            # A new error for each caller, since a raised error collects frames.
            return type(self._problem)(str(self._problem))
        return self.keys

    async def _load(self) -> None:
        fetched: Keys | ConfigurationError | KeyUnavailable
        try:
            fetched = await self._fetch()
        except FetchTimeout as error:
            fetched = KeyUnavailable(f"{error}: nothing was changed")
        except Exception as error:  # noqa: BLE001 - the function is the caller's
            # The exception itself may hold the secret.
            reason = f"{self.description} failed with {type(error).__name__}"
            fetched = KeyUnavailable(f"{reason}: nothing was changed")
        if not isinstance(fetched, KatanaError):
            self.keys, self._problem = fetched, None
            self._fresh_until = self._clock() + self._ttl
            return
        self._problem = fetched
        if self.keys:
            log.warning("%s; keeping the keys read before", fetched)
            self._fresh_until = self._clock() + _SEARCH_INTERVAL
