"""Rows that are not sealed, for tests."""

import logging
from functools import cache

from ...errors import KatanaError, UnknownKey, UnsealError
from .cipher import Binding
from .envelope import (
    NO_CHECK,
    Envelope,
    Kind,
    claims_of,
    misplaced,
    name_row,
    parse,
    plain_row,
)

log = logging.getLogger("katana_async")


class InsecurePlaintext:
    """Store tokens as they are: whoever reads the store has every customer's account.

    For tests only. Mistakes are found as with real keys (a row that was moved, damaged or cut), and
    forgeries are not.
    """

    def __init__(self) -> None:
        _warn()

    async def load(self) -> None:
        """Do nothing: there are no keys."""

    async def seal(self, data: bytes, binding: Binding) -> bytes:
        """Return data with a header in front of it."""
        return plain_row(claims_of(binding, Kind.PLAIN, "", NO_CHECK), data)

    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        """Return the data behind the header.

        Raises:
            UnknownKey: The row is sealed.
            UnsealError: It is not as it was stored, or not where: another subclass says why.
        """
        outcome = _opened(sealed, binding)
        del sealed  # the traceback of what is raised next holds this frame
        if isinstance(outcome, KatanaError):
            raise outcome
        return outcome

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a row is one of its own."""
        row = parse(sealed, "")
        return isinstance(row, Envelope) and row.claims.kind is Kind.PLAIN

    def __repr__(self) -> str:
        return "<InsecurePlaintext>"


def _opened(sealed: bytes, binding: Binding) -> bytes | UnsealError:
    row = parse(sealed, name_row(binding))
    if isinstance(row, UnsealError):
        return row
    if row.claims.kind is not Kind.PLAIN:
        name = row.claims.key_name
        return UnknownKey(
            f"{name_row(binding)}: the row is sealed with the key {name!r}, and InsecurePlaintext"
            " has no keys: open it with a KeyRing that has this one",
            key_name=name,
        )
    return open_plain(row, binding)


def open_plain(row: Envelope, binding: Binding) -> bytes | UnsealError:
    """Return the data of a row that was never sealed, if it is where it belongs."""
    return misplaced(row.claims, binding) or row.body


@cache
def _warn() -> None:
    # Once for the process, however many there are.
    log.warning(
        "InsecurePlaintext stores tokens unencrypted: it is for tests; anywhere else use a KeyRing"
    )
