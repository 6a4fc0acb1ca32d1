"""Where the keys of a key ring come from: the program, a file, or a secret manager."""

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

# A row may name a key that nobody has: a secret manager is not asked about each such row.
_PAUSE: Final = 10.0


@runtime_checkable
class KeyWrapper(Protocol):
    """A key that stays in a KMS, which wraps and unwraps the data keys of rows with it."""

    @property
    def name(self) -> str:
        """What rows say that they are sealed with: as the name of a `Key`."""
        ...

    async def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return a data key of 32 bytes wrapped, in at most 65,535 bytes.

        Args:
            data_key: In no variable, log or exception that outlives the call.
            context: At most 200 bytes that have to be the same at unwrapping: the encryption
                context or additional authenticated data of the KMS.
        """
        ...

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes | None:
        """Return the data key, or None when the KMS answers that it did not wrap this so.

        Anything raised means that the KMS cannot be used right now, and nothing about the row.
        """
        ...


Keys = tuple[Key | KeyWrapper, ...]


class KeySource(Protocol):
    """One place that keys can be read from. What it read last is at hand."""

    @property
    def description(self) -> str:
        """Name the place in a message."""
        ...

    @property
    def keys(self) -> Keys:
        """The keys as they were read last, the current one first; none before the first time."""
        ...

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        """Return the keys, or the error to raise when there are none.

        Args:
            missing: A row names a key that is not among those at hand. Unless that was so just
                before, ask the place itself, past any cache; and where it cannot be asked, return
                the error although there are keys: nobody knows whether it has that one.
            afresh: Ask the place itself in any case; otherwise as for `missing`.
        """
        ...


class FixedKeys:
    """Keys that the program was started with."""

    def __init__(self, keys: Keys, description: str) -> None:
        self.keys = keys
        self.description = description

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        return self.keys


class FileKeys:
    """Keys in a file that may be replaced at any time, such as a mounted secret.

    The file is looked at (one `stat`, following symlinks) whenever keys are needed, and read when
    it is another file or has changed. While it is missing, unreadable or has no usable keys in it,
    those read before stay.
    """

    def __init__(self, path: Path) -> None:
        self.description = f"the file {path}"
        parse = partial(parse_keys, description=self.description)
        self._file = WatchedFile[tuple[Key, ...]](path, parse, called="key file")
        self._warned = False

    @classmethod
    def loaded(cls, given: object) -> "FileKeys | ConfigurationError":
        """Return the keys of a file that was read now, or the error to raise."""
        path = path_of(given)
        if isinstance(path, ConfigurationError):
            return path
        source = cls(path)
        return source.load() or source

    @property
    def keys(self) -> Keys:
        return self._file.value or ()

    def load(self) -> ConfigurationError | None:
        """Read the file now, and return what is wrong with it, if anything."""
        loaded = self._file.load()
        if isinstance(loaded, ConfigurationError):
            return loaded
        self._warn()
        return None

    def _warn(self) -> None:
        status = self._file.status
        # Windows keeps its permissions elsewhere: there every file looks readable.
        if status and status.st_mode & 0o004 and os.name != "nt" and not self._warned:
            self._warned = True
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
    """Keys that a function fetches, kept for `ttl` seconds; concurrent callers share one fetch."""

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
        self._good_until = self._next_search = float("-inf")
        self._problem: ConfigurationError | KeyUnavailable | None = None
        self._flight = SingleFlight(self._load, "katana-token-keys")

    async def read(self, *, missing: bool = False, afresh: bool = False) -> Keys | KatanaError:
        patience = self._next_search if missing else self._good_until
        if self.keys and not afresh and self._clock() < patience:
            return self._found(missing)
        if not self.keys or missing or afresh:
            await self._flight()
        else:
            await self._flight.soon()
        if missing:  # not before: others that miss a key meanwhile wait for the same answer
            self._next_search = self._clock() + _PAUSE
        return self._found(missing or afresh)

    def _found(self, just_now: bool) -> Keys | KatanaError:
        if self._problem is None or (self.keys and not just_now):
            return self.keys
        # One of its own for each caller: raised, it gathers frames.
        return type(self._problem)(str(self._problem))

    async def _load(self) -> None:
        parsed = await self._call()
        if isinstance(parsed, ConfigurationError | KeyUnavailable):
            self._problem = parsed
            if self.keys:
                log.warning("%s; keeping the keys read before", parsed)
                self._good_until = self._clock() + _PAUSE
            return
        self.keys, self._problem = parsed, None
        self._good_until = self._clock() + self._ttl

    async def _call(self) -> tuple[Key, ...] | ConfigurationError | KeyUnavailable:
        # Returned and not raised: what a secret manager's client raises may hold what it fetched.
        try:
            return await self._fetch()
        except Unanswered as error:
            says = str(error)
        except Exception as error:  # noqa: BLE001 - the function is the caller's, and raises anything
            says = f"{self.description} failed with {type(error).__name__}"
        return KeyUnavailable(f"{says}: nothing was changed")
