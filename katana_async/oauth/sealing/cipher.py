"""The interface of encryption for stored rows, and an implementation without encryption."""

import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from ...errors import UnknownKey, UnsealError
from . import envelope
from .envelope import Binding, RowKind

log = logging.getLogger("katana_async")

M = TypeVar("M", bound=Callable[..., Coroutine[Any, Any, Any]])


def without_frames(method: M) -> M:
    """Remove the frames of a method, which hold keys or tokens, from its exceptions."""

    @wraps(method)
    async def call(*args: Any, **kwargs: Any) -> Any:
        work = method(*args, **kwargs)
        del args, kwargs  # the traceback of the last line keeps this frame
        try:
            return await work
        except BaseException as error:  # noqa: BLE001 - raised again below
            error.__cause__ = error.__context__ = error.__traceback__ = None
            raised = error
        raise raised

    return cast("M", call)


@runtime_checkable
class Cipher(Protocol):
    """Seal the rows of a store."""

    async def load(self) -> None:
        """Read the keys now, and not from a cache.

        Call it at the program's start, so that invalid keys fail early, and before `is_current`.

        Raises:
            KeyUnavailable: The secret manager does not answer. Earlier keys stay in use.
            ConfigurationError: The secret manager or the file has no valid keys. Earlier keys stay
                in use.
        """
        ...

    async def seal(self, data: bytes, binding: Binding) -> bytes:
        """Return data in sealed form, for one place in a store.

        Raises:
            KeyUnavailable: The key is not available now; a later attempt may succeed.
            ConfigurationError: The secret manager has never returned valid keys.
        """
        ...

    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        """Return the data of a row of any origin, which must have been sealed for this place.

        Raises:
            UnsealError: The row does not open; the subclass names the reason.
            KeyUnavailable: The key is not available now; the row may be intact.
            ConfigurationError: As for `seal`.
        """
        ...

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a row is sealed with the key that `seal` uses now.

        It reads only the row's header and does not verify it. For bytes that are no row, it returns
        False. Call `load` first if the keys may have changed since their last read.
        """
        ...


class InsecurePlaintext(Cipher):
    """Store tokens unencrypted, for tests: a copy of the store gives access to every account.

    It detects the same mistakes as encryption (a row that was moved, damaged or cut short), but no
    forgeries.
    """

    def __init__(self) -> None:
        log.warning("InsecurePlaintext stores tokens unencrypted: outside of tests, use a KeyRing")

    async def load(self) -> None:
        pass  # there are no keys

    async def seal(self, data: bytes, binding: Binding) -> bytes:
        claims = envelope.make_claims(binding, RowKind.PLAIN, "", envelope.NO_KEY_CHECK)
        return envelope.make_row(claims, data)

    @without_frames
    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        where = envelope.describe_row(binding)
        row = envelope.parse(sealed, where)
        if row.claims.kind is not RowKind.PLAIN:
            name = row.claims.key_name
            raise UnknownKey(
                f"{where}: the row is sealed with the key {name!r}, and InsecurePlaintext has no"
                " keys: open it with a KeyRing that has this one",
                key_name=name,
            )
        envelope.check_place(row.claims, binding)
        return row.body

    def is_current(self, sealed: bytes) -> bool:
        try:
            return envelope.parse(sealed, "").claims.kind is RowKind.PLAIN
        except UnsealError:
            return False
