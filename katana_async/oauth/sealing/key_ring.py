"""The keys that seal the rows of a store: one seals, all open."""

import os
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from ...errors import (
    ConfigurationError,
    KatanaError,
    KeyUnavailable,
    RowTruncated,
    UnknownKey,
    UnsealError,
    WrongKey,
)
from ...kinds import kind_of
from ...sources import no_function, not_set
from .cipher import Binding
from .envelope import (
    KEY_SIZE,
    NO_CHECK,
    START_OVER,
    Claims,
    Envelope,
    Kind,
    claims_of,
    decrypt,
    misplaced,
    name_row,
    parse,
    seal_body,
    tampered,
)
from .key_sources import FetchedKeys, FileKeys, FixedKeys, KeyCallable, Keys, KeySource, KeyWrapper
from .keys import HOW_TO_MAKE_ONE, Key, clash, new_key, parse_keys, wrong_name
from .plaintext import open_plain

__all__ = ["Key", "KeyRing", "KeyWrapper", "new_key"]

DEFAULT_VARIABLE = "KATANA_TOKEN_KEY"

_LONGEST_WRAPPED = 0xFFFF

T = TypeVar("T")


class KeyRing:
    """Seal rows with the first of some keys, and open them with any.

    A key is rotated by putting a new one in front of it. The old one stays until every row is
    sealed anew: each refresh does that, and `rotate-keys` does the rest.

    Args:
        keys: The current key, then those that rows may still be sealed with. A key may stay in a
            KMS (`KeyWrapper`); both kinds may be mixed, to move from one to the other.
        accept_plaintext: Whether to open rows that `InsecurePlaintext` wrote, to move away from it.
            While it is set, whoever can write to the store can forge rows.

    Raises:
        ConfigurationError: There is no key, two have one name, or one is there twice.
    """

    def __init__(self, *keys: Key | KeyWrapper, accept_plaintext: bool = False) -> None:
        checked = _checked(keys)
        del keys  # the traceback of what is raised next holds this frame
        if isinstance(checked, ConfigurationError):
            raise checked
        self._source: KeySource = FixedKeys(checked, "the call of KeyRing(...)")
        self._accept_plaintext = accept_plaintext

    @classmethod
    def _of(cls, source: KeySource, accept_plaintext: bool) -> "KeyRing":
        ring = cls.__new__(cls)
        ring._source = source  # noqa: SLF001 - of its own class
        ring._accept_plaintext = accept_plaintext  # noqa: SLF001 - as above
        return ring

    @classmethod
    def from_env(
        cls, variable: str = DEFAULT_VARIABLE, *, accept_plaintext: bool = False
    ) -> "KeyRing":
        """Read the keys from an environment variable.

        Args:
            variable: Holds `name:base64`, as `new_key` makes it; several are separated by commas or
                white space, the current one first. A key without a name gets one that is derived
                from it.
            accept_plaintext: As for `KeyRing`.

        Raises:
            ConfigurationError: The variable is not set, or what it holds are no keys.
        """
        missing = not_set(variable, DEFAULT_VARIABLE)
        if missing:
            del variable  # as in __init__: it may be the key
            raise ConfigurationError(f"no key to encrypt tokens with: {missing}; {HOW_TO_MAKE_ONE}")
        description = f"the environment variable {variable}"
        parsed = parse_keys(os.environ[variable], description)
        if isinstance(parsed, ConfigurationError):
            raise parsed
        return cls._of(FixedKeys(parsed, description), accept_plaintext)

    @classmethod
    def from_file(
        cls, path: str | os.PathLike[str], *, accept_plaintext: bool = False
    ) -> "KeyRing":
        """Read the keys from a file, such as a mounted secret, and again whenever it changes.

        Symlinks are followed. A moment in which the file is empty or unreadable keeps the keys read
        before. A file that everyone on the machine can read is warned of in the log.

        Args:
            path: A file with the text that `from_env` reads from a variable.
            accept_plaintext: As for `KeyRing`.

        Raises:
            ConfigurationError: At once, when there are no readable keys in the file.
        """
        source = FileKeys.loaded(path)
        del path  # as in __init__: it may be the key
        if isinstance(source, ConfigurationError):
            raise source
        return cls._of(source, accept_plaintext)

    @classmethod
    def from_source(
        cls,
        fetch: KeyCallable,
        *,
        ttl: float = 300.0,
        accept_plaintext: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> "KeyRing":
        """Fetch the keys with a function, for instance from a secret manager.

        It is asked when the first row is sealed or opened, again after `ttl`, and when a row names
        a key that is not known, though at most every 10 seconds.

        Args:
            fetch: Returns the text that `from_env` reads from a variable. A coroutine function is
                awaited; a plain function runs in a thread, so it may block. When it fails, or does
                not answer within 10 seconds, the keys fetched before stay.
            ttl: Seconds for which fetched keys are used without asking again.
            accept_plaintext: As for `KeyRing`.
            clock: Seconds that only grow; for tests.

        Raises:
            ConfigurationError: `fetch` is no function.
        """
        problem = no_function(fetch, "the keys")
        if problem:
            del fetch  # as in __init__: it may be the key
            raise ConfigurationError(problem)
        return cls._of(FetchedKeys(fetch, ttl=ttl, clock=clock), accept_plaintext)

    async def seal(self, data: bytes, binding: Binding) -> bytes:
        """Return data encrypted with a key of its own, which the current key wraps.

        Raises:
            KeyUnavailable: The secret manager or the KMS failed, and there is no key.
            ConfigurationError: The first time that the secret manager is asked, it gives no keys.
        """
        work = self._sealed(data, binding)
        del data  # the traceback of what is raised next holds this frame
        return _raised_or_returned(await _without_frames(work))

    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        """Return the data of a row.

        Raises:
            UnknownKey: Its key is not in the ring.
            WrongKey: The ring has another key of that name.
            RowMoved: It was sealed for another row or client.
            RowRolledBack: It was sealed as another version.
            RowTampered: It was changed.
            RowTruncated: It was cut short, or never sealed.
            UnsealError: It is in a format of the future.
            KeyUnavailable: The secret manager or the KMS failed; nothing is known of the row.
            ConfigurationError: As for `seal`.
        """
        work = self._opened(sealed, binding)
        del sealed  # as above: it may be a row that was never sealed
        return _raised_or_returned(await _without_frames(work))

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a row is sealed with the key that `seal` uses now.

        It asks nobody: it goes by the keys that were read last. Where these may have changed since,
        `load` comes first.
        """
        row = parse(sealed, "")
        if isinstance(row, UnsealError) or not self._source.keys:
            return False
        kind, name, check = _identity(self._source.keys[0])
        claims = row.claims
        return (claims.kind, claims.key_name, claims.check) == (kind, name, check)

    async def load(self) -> None:
        """Read the keys now, past any cache: to fail at the start, or to go by `is_current`.

        Raises:
            KeyUnavailable: The secret manager failed. Keys that were read before stay.
            ConfigurationError: It, or the file, has no keys. As above.
        """
        _raised_or_returned(await _without_frames(self._source.read(afresh=True)))

    async def _sealed(self, data: bytes, binding: Binding) -> bytes | KatanaError:
        keys = await self._source.read()
        if isinstance(keys, KatanaError):
            return keys
        key = keys[0]
        claims = claims_of(binding, *_identity(key))
        data_key = os.urandom(KEY_SIZE)
        if isinstance(key, Key):
            wrapped = key.wrap_for_row(data_key, claims.context)
        else:
            outcome = await _wrap(key, data_key, claims, name_row(binding, key.name))
            if isinstance(outcome, KeyUnavailable):
                return outcome
            wrapped = outcome
        return seal_body(claims, wrapped, data_key, data)

    async def _opened(self, sealed: bytes, binding: Binding) -> bytes | KatanaError:
        row = parse(sealed, name_row(binding))
        if isinstance(row, UnsealError):
            return row
        if row.claims.kind is Kind.PLAIN:
            return open_plain(row, binding) if self._accept_plaintext else _never_sealed(binding)
        key = await self._find(row, name_row(binding))
        if isinstance(key, KatanaError):
            return key
        where = name_row(binding, row.claims.key_name)
        if isinstance(key, Key):
            data_key = key.unwrap_for_row(row.wrapped, row.claims.context)
        else:
            outcome = await _unwrap(key, row, where)
            if isinstance(outcome, KeyUnavailable):
                return outcome
            data_key = outcome
        if data_key is None:
            return tampered(where, "its key does not open it")
        data = decrypt(data_key, row.body, row.head)
        if data is None:
            return tampered(where, "its contents do not fit its header")
        # What the row claims is proven now. It is given out only where it belongs.
        return misplaced(row.claims, binding) or data

    async def _find(self, row: Envelope, where: str) -> Key | KeyWrapper | KatanaError:
        """Return the key of a row, or the error to raise; ask the source if it is not at hand."""
        name = row.claims.key_name
        keys: Keys = ()
        for missing in (False, True):
            outcome = await self._source.read(missing=missing)
            if isinstance(outcome, KatanaError):
                if not self._source.keys:
                    return outcome
                return KeyUnavailable(
                    f"{where}: the row was sealed with the key {name!r}, which is not at hand, and"
                    f" {outcome}. Try again when it answers",
                    key_name=name,
                )
            keys = outcome
            for key in keys:
                if _identity(key) == (row.claims.kind, name, row.claims.check):
                    return key
        if any(key.name == name for key in keys):
            return WrongKey(
                f"{where}: the row was sealed with another key {name!r} than the one that"
                f" {self._source.description} has by that name. Put the right one back, and give"
                " the other, if it has sealed rows, another name: the row is as it was. Only if"
                f" every copy of it is lost, {START_OVER}",
                key_name=name,
            )
        has = ", ".join(repr(key.name) for key in keys)
        return UnknownKey(
            f"{where}: the row was sealed with the key {name!r}, and {self._source.description} has"
            f" only {has}. Put that key back, behind the current one: the row is as it was. Only if"
            f" every copy of it is lost, {START_OVER}",
            key_name=name,
        )

    def __repr__(self) -> str:
        # A traceback with locals shows it when the keys were refused and there is no source yet.
        source: KeySource | None = getattr(self, "_source", None)
        if source is None:
            return "<KeyRing, refused>"
        names = ", ".join(repr(key.name) for key in source.keys)
        return f"<KeyRing of {names or 'no keys yet'} from {source.description}>"


def _checked(entries: tuple[object, ...]) -> Keys | ConfigurationError:
    """Return the keys of a ring, or the error to raise: raised here, it would hold them."""
    if not entries:
        return ConfigurationError(f"a KeyRing needs a key; {HOW_TO_MAKE_ONE}")
    keys: list[Key | KeyWrapper] = []
    for entry in entries:
        if isinstance(entry, type) or not isinstance(entry, Key | KeyWrapper):
            return ConfigurationError(
                f"a KeyRing is made of Key and KeyWrapper, not {_misfit(entry)}"
            )
        problem = wrong_name(entry.name)
        if problem:
            return ConfigurationError(f"a key of the key ring: {problem}")
        keys.append(entry)
    names = [key.name for key in keys]
    if len(set(names)) < len(names):
        return ConfigurationError(f"a KeyRing has two keys of one name: {', '.join(names)}")
    problem = clash([key for key in keys if isinstance(key, Key)])
    return ConfigurationError(f"a KeyRing: {problem}") if problem else tuple(keys)


def _misfit(entry: object) -> str:
    if isinstance(entry, str):
        return "str: Key.parse(text) makes one of a text"
    return kind_of(entry)


def _identity(key: Key | KeyWrapper) -> tuple[Kind, str, bytes]:
    """Return how a row says which key it is sealed with."""
    if isinstance(key, Key):
        return Kind.LOCAL, key.name, key.check
    return Kind.WRAPPER, key.name, NO_CHECK


def _never_sealed(binding: Binding) -> RowTruncated:
    return RowTruncated(
        f"{name_row(binding)}: the row was never sealed: InsecurePlaintext wrote it. If that was"
        " meant, KeyRing(..., accept_plaintext=True) opens it, to seal it from now on; otherwise"
        f" {START_OVER}"
    )


async def _wrap(
    key: KeyWrapper, data_key: bytes, claims: Claims, where: str
) -> bytes | KeyUnavailable:
    try:
        wrapped = cast("object", await key.wrap(data_key, claims.context))
    except Exception as error:  # noqa: BLE001 - the wrapper is the caller's, and raises anything
        return _unavailable(key, where, f"failed with {type(error).__name__}")
    if not isinstance(wrapped, bytes) or len(wrapped) > _LONGEST_WRAPPED:
        return _unavailable(key, where, "did not return a wrapped key of at most 65,535 bytes")
    return wrapped


async def _unwrap(key: KeyWrapper, row: Envelope, where: str) -> bytes | KeyUnavailable | None:
    try:
        data_key = cast("object", await key.unwrap(row.wrapped, row.claims.context))
    except Exception as error:  # noqa: BLE001 - as above
        return _unavailable(key, where, f"failed with {type(error).__name__}")
    if data_key is None:
        return None
    if not isinstance(data_key, bytes) or len(data_key) != KEY_SIZE:
        return _unavailable(key, where, f"did not return a key of {KEY_SIZE} bytes")
    return data_key


def _unavailable(key: KeyWrapper, where: str, what: str) -> KeyUnavailable:
    return KeyUnavailable(
        f"{where}: the KMS {what}. Nothing was changed: try again when it answers",
        key_name=key.name,
    )


async def _without_frames(work: Coroutine[Any, Any, T]) -> T:
    """Await what returns its errors; what is raised all the same forgets where it has been.

    Cancelled, or the program is ending: the frames that it would keep hold keys and tokens.
    """
    try:
        return await work
    except BaseException as error:  # noqa: BLE001 - raised again below
        stopped = error
        stopped.__cause__ = stopped.__context__ = stopped.__traceback__ = None
    raise stopped


def _raised_or_returned(outcome: T | KatanaError) -> T:
    if isinstance(outcome, KatanaError):
        raise outcome
    return outcome
