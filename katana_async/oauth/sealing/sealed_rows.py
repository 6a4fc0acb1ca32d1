"""Records in the store: sealed on the way in, opened on the way out, and never half written.

Everything that a store or a cipher raises becomes an error of ours here, and no frame that it keeps
has seen an opened row.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from hashlib import blake2b
from typing import Generic, TypeVar

from attrs import define, frozen

from ...errors import KatanaError, KeyUnavailable, RowRolledBack, TokenStoreError, UnsealError
from ...http.messages import printable
from ..records import ConnectionRecord, PendingRecord, R, read_record, write_record
from ..stores.base import Row, TokenStore
from .cipher import Binding, Cipher
from .envelope import START_OVER

T = TypeVar("T")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")

# Stands in a connection's row when it was disconnected. No row that was cut short reads like this.
FORGOTTEN = b"katana_async: disconnected"
_FORGOTTEN_FOR = 86_400.0  # seconds: longer than any process is stopped

_LONGEST_WAIT = 5.0
"""Seconds after which a store or a cipher that does not answer has failed.

Whoever holds fresh tokens has to notice that the store is back while others still wait for them:
one attempt that hangs for this long, a pause (`Timing.again`) and one more attempt fit into
`Timing.last_call`, unless the lease was set to be short.
"""

_LONGEST_LINE = 30.0
"""The same for a store that limits itself: one that is slow has many wait for one another."""

_LONGEST_LISTING = 60.0
"""The same for the next ids of a list: a store may have to look through much that is not ours."""

_CONNECTIONS = "connections"
_PENDING = "pending"


def checked_id(connection_id: object) -> str:
    """Return a connection's id.

    Raises:
        TypeError: It is not text.
        ValueError: It has characters that not every store keeps apart, or too many.
    """
    if not isinstance(connection_id, str):
        raise TypeError(f"a connection's id is a str, not {type(connection_id).__name__}")
    if not _ID.fullmatch(connection_id):
        raise ValueError(
            f"not an id of a connection: {printable(connection_id, 100)!r}. It has 1 to 128"
            " characters of A-Z, a-z, 0-9 and . _ : @ -, and begins with a letter or a digit"
        )
    return connection_id


def is_kept(row: Row | None) -> bool:
    """Return whether a row is of a connection that was not disconnected."""
    return row is not None and row.data != FORGOTTEN


@frozen
class Opened(Generic[R]):
    """A row that was read and opened.

    Attributes:
        record: What it says.
        version: Which version of the row it is.
        now: The store's clock when it was read.
    """

    record: R
    version: int
    now: float


@define(eq=False)
class Vault:
    """The rows of one app.

    Attributes:
        store: Where they are.
        cipher: What seals them.
        client_id: Whose they are; part of what seals them.
        environment: Where they are used; part of what seals them, too.
    """

    store: TokenStore
    cipher: Cipher
    client_id: str
    environment: str | None = None

    @property
    def _prefix(self) -> str:
        # Two apps may share a store. Of a fixed length, whatever the client id holds.
        return blake2b(self.client_id.encode(), digest_size=6).hexdigest()

    def connection_key(self, connection_id: str) -> str:
        """Return the key of a connection's row, and of its lease."""
        return f"{self._prefix}/{_CONNECTIONS}/{connection_id}"

    def pending_key(self, state: str) -> str:
        """Return the key of the row of an authorization, by its state's fingerprint."""
        return f"{self._prefix}/{_PENDING}/{state}"

    async def connection(self, connection_id: str) -> Opened[ConnectionRecord] | None:
        """Return a connection's record, or None when there is none.

        Raises:
            TokenStoreError: The store cannot be read.
            UnsealError: The row does not open.
            KeyUnavailable: The key that opens it cannot be had right now.
        """
        _, opened = await self.latest(connection_id)
        return opened

    async def latest(self, connection_id: str) -> tuple[int, Opened[ConnectionRecord] | None]:
        """Return a connection's record with the version of its row. Raises as above.

        The version of one that was disconnected is remembered: versions are not used again, so that
        what somebody is still about to write for the old one cannot land on a new one.
        """
        key = self.connection_key(connection_id)
        row = await self._asked(self.store.read(key), "read")
        if row is None or not is_kept(row):
            return 0 if row is None else row.version, None
        return row.version, await self._opening(key, row, ConnectionRecord)

    async def pending(self, state: str) -> Opened[PendingRecord] | None:
        """Return the record of an authorization, or None when there is none. Raises as above."""
        try:
            return await self._read(self.pending_key(state), PendingRecord)
        except UnsealError as error:
            error.args = (str(error).replace(START_OVER, "let the person begin again"),)
            raise

    async def save_connection(
        self, connection_id: str, version: int, record: ConnectionRecord
    ) -> bool:
        """Write a version of a connection's row if the one before it is there.

        Raises:
            TokenStoreError: The store cannot be written: whether it was is not known.
            KeyUnavailable: The key that seals it cannot be had right now.
        """
        return await self._write(self.connection_key(connection_id), version, record, None)

    async def save_pending(
        self, state: str, version: int, record: PendingRecord, ttl: float
    ) -> bool:
        """Write a version of an authorization's row, to live for `ttl` seconds. Raises as above."""
        return await self._write(self.pending_key(state), version, record, ttl)

    async def forget_connection(self, connection_id: str, version: int) -> bool:
        """Write that a connection was disconnected over its row, if it has this version."""
        key = self.connection_key(connection_id)
        writing = self.store.write(key, version + 1, FORGOTTEN, ttl=_FORGOTTEN_FOR)
        return await self._asked(writing, "write to")

    async def rows(self) -> AsyncIterator[tuple[str, Row]]:
        """Give the ids and rows of all connections, and of some that were disconnected.

        By one query for hundreds of them, where the store has that.
        """
        prefix = self.connection_key("")
        listed = getattr(self.store, "rows", None)
        found = self._rows_by_key(prefix) if listed is None else listed(prefix)
        while True:
            given = await self._asked(anext(found, None), "list", _LONGEST_LISTING)
            if given is None:
                return
            key, row = given
            yield key.removeprefix(prefix), row

    async def _rows_by_key(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        async for key in self.store.keys(prefix):
            row = await self.store.read(key)
            if row is not None:
                yield key, row

    async def opened(self, connection_id: str, row: Row) -> ConnectionRecord:
        """Return the record in a connection's row.

        Raises:
            UnsealError: It does not open.
            KeyUnavailable: The key that opens it cannot be had right now.
        """
        key = self.connection_key(connection_id)
        return (await self._opening(key, row, ConnectionRecord)).record

    async def row(self, connection_id: str) -> Row | None:
        """Return a connection's row as it is stored, or None when there is none."""
        row = await self._asked(self.store.read(self.connection_key(connection_id)), "read")
        return row if is_kept(row) else None

    async def reseal(self, connection_id: str, row: Row) -> bool:
        """Seal a row anew with the current key, and return whether that was the newest version.

        Raises:
            UnsealError: It does not open.
        """
        key = self.connection_key(connection_id)
        outcome = await self._open(key, row, ConnectionRecord)
        if isinstance(outcome, KatanaError):
            raise outcome
        return await self.save_connection(connection_id, row.version + 1, outcome.record)

    async def lease(self, connection_id: str, owner: str, seconds: float) -> bool:
        """Take the lease of a connection."""
        taking = self.store.lease(self.connection_key(connection_id), owner, seconds)
        return await self._asked(taking, "lease from")

    async def release(self, connection_id: str, owner: str) -> None:
        """Free the lease of a connection."""
        key = self.connection_key(connection_id)
        await self._asked(self.store.release(key, owner), "release in")

    async def now(self) -> float:
        """Return the store's clock."""
        return await self._asked(self.store.now(), "read the clock of")

    async def _read(self, key: str, kind: type[R]) -> Opened[R] | None:
        row = await self._asked(self.store.read(key), "read")
        return None if row is None else await self._opening(key, row, kind)

    async def _opening(self, key: str, row: Row, kind: type[R]) -> Opened[R]:
        outcome = await self._open(key, row, kind)
        if isinstance(outcome, KatanaError):
            raise outcome
        return outcome

    async def _open(self, key: str, row: Row, kind: type[R]) -> Opened[R] | KatanaError:
        if row.version < 1:
            return TokenStoreError(f"the token store gave version {row.version} of a row")
        try:
            record = await self._opened(key, row, kind)
        except KatanaError as error:
            return error.with_traceback(None)
        if isinstance(record, UnsealError):
            return type(record)(f"{key}: {record}")
        return Opened(record, row.version, row.now)

    async def _opened(self, key: str, row: Row, kind: type[R]) -> R | UnsealError:
        binding = Binding(self.client_id, key, row.version, self.environment)
        opening = self.cipher.open(row.data, binding)
        return read_record(await self._ciphered(opening, "open a row"), kind)

    async def _write(
        self, key: str, version: int, record: ConnectionRecord | PendingRecord, ttl: float | None
    ) -> bool:
        binding = Binding(self.client_id, key, version, self.environment)
        sealing = self.cipher.seal(write_record(record), binding)
        sealed = await self._ciphered(sealing, "seal a row")
        return await self._asked(self.store.write(key, version, sealed, ttl=ttl), "write to")

    async def _ciphered(self, work: Awaitable[bytes], what: str) -> bytes:
        """Await the cipher, and make what it raises an error of ours that shows nothing."""
        limit = asyncio.timeout(_LONGEST_WAIT)
        try:
            async with limit:
                return await work
        except KatanaError:
            raise
        except Exception as error:  # noqa: BLE001 - a cipher may be anyone's, and raise anything
            says = f"it failed with {type(error).__name__}"
        says = _silent(limit, _LONGEST_WAIT) or says
        raise KeyUnavailable(f"the cipher cannot {what} right now: {says}")

    async def _asked(self, asking: Awaitable[T], what: str, seconds: float | None = None) -> T:
        """Await the store, and make what it raises an error of ours."""
        if seconds is None:
            limits_itself = getattr(self.store, "limits_itself", False)
            seconds = _LONGEST_LINE if limits_itself else _LONGEST_WAIT
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await asking
        except KatanaError:
            raise
        except Exception as error:  # noqa: BLE001 - a store may be anyone's, and raise anything
            text = printable(str(error), 200)
            says = type(error).__name__ + (f": {text}" if text else "")
        raise TokenStoreError(f"cannot {what} the token store: {_silent(limit, seconds) or says}")


def _silent(limit: asyncio.Timeout, seconds: float) -> str | None:
    return f"it did not answer within {seconds:g} s" if limit.expired() else None


def rolled_back(connection_id: str, seen: int, found: int) -> RowRolledBack:
    """Return the error for a row that is older than one which this process has seen."""
    return RowRolledBack(
        f"connection {connection_id}: the row is version {found}, but version {seen} was here"
        " before: a backup was restored, or a replica lags. Its refresh token is probably spent,"
        " and using it would end the connection: disconnect it, then let the person connect the"
        " account again"
    )
