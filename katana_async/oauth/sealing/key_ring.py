"""The keys that seal the rows of a store: the first one seals, all of them open."""

import logging
import os
from copy import copy
from typing import Final, cast

from ...auth import secret_sources as sources
from ...auth.secret_sources import FromSource, KeyCallable, SecretSource
from ...errors import (
    ConfigurationError,
    KeyUnavailable,
    RowTruncated,
    UnknownKey,
    UnsealError,
    WrongKey,
)
from ...secrets import kind_of
from . import envelope
from .cipher import Cipher, without_frames
from .envelope import START_OVER, Binding, Envelope, RowKind, describe_row
from .keys import HOW_TO_MAKE_ONE, Key, KeyWrapper, find_duplicate, find_name_problem, parse_keys

log = logging.getLogger("katana_async")

DEFAULT_VARIABLE = "KATANA_TOKEN_KEY"

Keys = tuple[KeyWrapper, ...]

# Rows may name keys that do not exist. Each such row must not cause a read of the source.
_SEARCH_INTERVAL: Final = 10.0


class KeyRing(FromSource[Keys], Cipher):
    """Seal rows with the first of several keys, and open them with any.

    To rotate a key, put a new one in front. Keep the old one until all rows are sealed with the new
    one: each refresh seals its row again, and `OAuthApp.rotate_keys` seals the others.

    Args:
        keys: The current key, then the earlier keys of existing rows. To move from a `Key` to one
            in a KMS, or back, use both.

    Raises:
        ConfigurationError: There is no key, or two keys have the same name or value.
    """

    _accepts_plaintext = False
    _next_search_at = float("-inf")

    def __init__(self, *keys: KeyWrapper) -> None:
        valid_keys = _check_keys(keys)
        del keys  # the traceback of the next line keeps this frame
        if isinstance(valid_keys, ConfigurationError):
            raise valid_keys
        self._source = SecretSource("the call of KeyRing(...)", valid_keys)

    @classmethod
    def from_env(cls, variable: str = DEFAULT_VARIABLE) -> "KeyRing":
        """Read the keys from an environment variable.

        Args:
            variable: The variable's name. Its value is `name:base64`, as `new_key` returns it;
                several keys are separated by commas or white space, the current one first. A key
                without a name gets a name that is derived from it.

        Raises:
            ConfigurationError: The variable is not set, or its value is invalid.
        """
        problem = f"no key to encrypt tokens with: {{}}; {HOW_TO_MAKE_ONE}"
        source: SecretSource[Keys] | ConfigurationError = sources.open_variable(
            variable, parse_keys, DEFAULT_VARIABLE, problem
        )
        del variable  # as in __init__: it may be the key
        return cls._of(source)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "KeyRing":
        """Read the keys from a file, such as a mounted secret, and again when it changes.

        Symlinks are followed. While the file is empty or unreadable, the keys of the last read stay
        in use. A file that every user of the machine can read causes a warning in the log.

        Args:
            path: A file with text in the format of `from_env`.

        Raises:
            ConfigurationError: The file has no valid keys now.
        """
        source = sources.WatchedFile[Keys].open(path, parse_keys, kind="key file")
        del path  # as above
        if isinstance(source, ConfigurationError):
            raise source
        # On Windows, the mode of every file looks readable; permissions are stored elsewhere.
        if source.status and source.status.st_mode & 0o004 and os.name != "nt":
            log.warning(
                "the key file %s can be read by everyone on this machine: chmod o-r it, or mount"
                " the secret with mode 0440",
                source.path,
            )
        return cls._of(source)

    @classmethod
    def from_source(cls, fetch: KeyCallable, *, ttl: float = 300.0) -> "KeyRing":
        """Fetch the keys with a function, for instance from a secret manager.

        The function is called for the first row, again after `ttl`, and when a row names an unknown
        key, at most every 10 seconds.

        Args:
            fetch: Returns text in the format of `from_env`. A coroutine function is awaited; a
                plain function runs in a thread, so it may block. If it fails, or does not return
                within 10 seconds, the keys of the last call stay in use.
            ttl: Seconds until the next call.

        Raises:
            ConfigurationError: `fetch` is not a function without required arguments.
        """
        problem = sources.explain_wrong_function(fetch, "the keys")
        if problem:
            del fetch  # as above
            raise ConfigurationError(problem)
        return cls._of(sources.FetchedSecret[Keys](fetch, parse_keys, _make_fetch_error, ttl))

    def accepting_plaintext(self) -> "KeyRing":
        """Return a ring that also opens rows of `InsecurePlaintext`, to move away from it.

        While it is in use, anything with write access to the store can forge rows.
        """
        ring = copy(self)
        ring._accepts_plaintext = True  # noqa: SLF001 - of its own class
        return ring

    def is_current(self, sealed: bytes) -> bool:
        try:
            claims = envelope.parse(sealed, "").claims
        except UnsealError:
            return False
        keys = self._source.value or ()
        return bool(keys) and _identify(keys[0]) == (claims.kind, claims.key_name, claims.check)

    @without_frames
    async def load(self) -> None:
        await self._read_keys(afresh=True)

    async def _read_keys(self, *, missing: bool = False, afresh: bool = False) -> Keys:
        """Return the keys. With an argument, a failure of the source is always raised."""
        # `afresh` always reads the source; `missing` (a row names an unknown key) reads it at most
        # once in each interval.
        source = self._source
        is_search = missing and source.clock() >= self._next_search_at
        await source.refresh(afresh=afresh or is_search)
        if is_search:  # set after the read, so that concurrent callers wait for the same one
            self._next_search_at = source.clock() + _SEARCH_INTERVAL
        if source.problem is not None and (missing or afresh or source.value is None):
            # A new error for each caller, since a raised error collects frames.
            is_invalid = isinstance(source.problem, ConfigurationError)
            raise (ConfigurationError if is_invalid else KeyUnavailable)(str(source.problem))
        return source.value or ()

    @without_frames
    async def seal(self, data: bytes, binding: Binding) -> bytes:
        # Each row has a data key of its own, which the current key wraps.
        key = (await self._read_keys())[0]
        claims = envelope.make_claims(binding, *_identify(key))
        data_key = os.urandom(envelope.KEY_SIZE)
        try:
            wrapped = await key.wrap(data_key, claims.context)
            return envelope.make_row(claims, data, data_key=data_key, wrapped=wrapped)
        except Exception as error:  # noqa: BLE001 - the wrapper is the caller's
            raise _make_kms_error(error, binding, key.name) from None

    @without_frames
    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        row = envelope.parse(sealed, describe_row(binding))
        claims = row.claims
        if claims.kind is RowKind.PLAIN:
            if not self._accepts_plaintext:
                raise RowTruncated(
                    f"{describe_row(binding)}: the row was never sealed: InsecurePlaintext wrote"
                    " it. If that was intended, KeyRing(...).accepting_plaintext() opens it, to"
                    f" seal it from now on; otherwise {START_OVER}"
                )
            envelope.check_place(claims, binding)
            return row.body
        key = await self._find_key(row, describe_row(binding))
        try:
            data_key = await key.unwrap(row.wrapped, claims.context)
            data = None if data_key is None else envelope.decrypt(data_key, row.body, row.header)
        except Exception as error:  # noqa: BLE001 - as above
            raise _make_kms_error(error, binding, key.name) from None
        if data is None:
            where = describe_row(binding, claims.key_name)
            why = "its key or its contents do not match its header"
            raise envelope.make_tampering_error(where, why)
        envelope.check_place(claims, binding)  # the claims are proven now
        return data

    async def _find_key(self, row: Envelope, where: str) -> KeyWrapper:
        name = row.claims.key_name
        keys: Keys = ()
        for missing in (False, True):
            try:
                keys = await self._read_keys(missing=missing)
            except (ConfigurationError, KeyUnavailable) as error:
                if self._source.value is None:
                    raise
                raise KeyUnavailable(
                    f"{where}: the row was sealed with the key {name!r}, which is not available,"
                    f" and {error}. Try again when it answers",
                    key_name=name,
                ) from None
            for key in keys:
                if _is_key_of(key, row):
                    return key
        names = [key.name for key in keys]
        has = f"only {', '.join(map(repr, names))}"
        if name in names:
            has = "another of that name (give that one another name, if it has sealed rows)"
        error_class = WrongKey if name in names else UnknownKey
        raise error_class(
            f"{where}: the row was sealed with the key {name!r}, and {self._source.description} has"
            f" {has}. Put that key back, behind the current one: the row is unchanged. Only if"
            f" every copy of it is lost, {START_OVER}",
            key_name=name,
        )

    def __repr__(self) -> str:
        names = ", ".join(repr(key.name) for key in self._source.value or ())
        return f"<KeyRing of {names or 'no keys yet'} from {self._source.description}>"


def _check_keys(entries: tuple[object, ...]) -> Keys | ConfigurationError:
    """Return the keys of a ring, or the error to raise: a traceback would hold them."""
    if not entries:
        return ConfigurationError(f"a KeyRing needs a key; {HOW_TO_MAKE_ONE}")
    for entry in entries:
        if isinstance(entry, type) or not isinstance(entry, KeyWrapper):
            hint = "; Key.parse(text) parses one" if isinstance(entry, str) else ""
            return ConfigurationError(
                f"a KeyRing takes Key and KeyWrapper objects, not {kind_of(entry)}{hint}"
            )
        problem = find_name_problem(entry.name)
        if problem:
            return ConfigurationError(f"a key of the key ring: {problem}")
    keys = cast("Keys", entries)
    problem = find_duplicate(keys)
    return ConfigurationError(f"a KeyRing: {problem}") if problem else keys


def _identify(key: KeyWrapper) -> tuple[RowKind, str, bytes]:
    """Return the key's kind, name and check value, as in a row's header."""
    if isinstance(key, Key):
        return RowKind.LOCAL, key.name, key.check
    return RowKind.WRAPPER, key.name, envelope.NO_KEY_CHECK


def _is_key_of(key: KeyWrapper, row: Envelope) -> bool:
    kind, name, check = _identify(key)
    # The check value also finds a local key that was given another name.
    is_named = kind is RowKind.LOCAL or name == row.claims.key_name
    return (kind, check) == (row.claims.kind, row.claims.check) and is_named


def _make_fetch_error(error: Exception, text: str) -> ConfigurationError | KeyUnavailable:
    if isinstance(error, ConfigurationError):
        return ConfigurationError(text)
    return KeyUnavailable(f"{text}: nothing was changed")


def _make_kms_error(error: Exception, binding: Binding, key_name: str) -> KeyUnavailable:
    # The text of the exception may show a key.
    return KeyUnavailable(
        f"{describe_row(binding, key_name)}: the KMS failed with {type(error).__name__}. Nothing"
        " was changed: try again when it answers",
        key_name=key_name,
    )
