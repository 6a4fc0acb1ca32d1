"""The sealed rows of an app: records are sealed when they are written, and opened when read.

Exceptions of a store or a cipher become errors of the SDK here, and no frame in the traceback of
such an error holds an opened row.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from hashlib import blake2b
from typing import Generic, TypeGuard, TypeVar

from attrs import define, frozen

from ...errors import KatanaError, KeyUnavailable, TokenStoreError, UnsealError
from ...http.messages import printable
from ..records import ConnectionRecord, PendingRecord, R, read_record, write_record
from ..stores.base import Row, TokenStore
from .cipher import Cipher
from .envelope import START_OVER, Binding

T = TypeVar("T")

_CONNECTION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")

# The data in the row of a disconnected connection. No truncated row looks like this.
TOMBSTONE = b"katana_async: disconnected"
_TOMBSTONE_SECONDS = 86_400.0  # longer than any process is stopped

# The limit of one call of a store or a cipher. By default, a call that takes this long, a
# `save_interval`, and a call that is answered fit into `last_call`.
_CALL_SECONDS = 5.0
_QUEUED_CALL_SECONDS = 30.0  # of a store that limits itself: operations wait for one another
_LISTING_SECONDS = 60.0  # until the next row of a list: a store may have to skip many other keys


def check_connection_id(connection_id: object) -> str:
    """Return a connection's id. Raise TypeError or ValueError if some store cannot hold it."""
    if not isinstance(connection_id, str):
        raise TypeError(f"a connection's id is a str, not {type(connection_id).__name__}")
    if not _CONNECTION_ID.fullmatch(connection_id):
        raise ValueError(
            f"not an id of a connection: {printable(connection_id, 100)!r}. It has 1 to 128"
            " characters of A-Z, a-z, 0-9 and . _ : @ -, and begins with a letter or a digit"
        )
    return connection_id


def holds_connection(row: Row | None) -> TypeGuard[Row]:
    """Return whether a row belongs to a connection that is not disconnected."""
    return row is not None and row.data != TOMBSTONE


@frozen
class StoredRecord(Generic[R]):
    """A record, the version of its row, and the store's clock at the time of the read."""

    record: R
    version: int
    now: float


@define(eq=False)
class SealedRows:
    """The sealed rows of one app. Its client id and environment are part of each row's binding.

    Methods raise TokenStoreError if the store fails (a write may have taken effect), UnsealError if
    a row does not open, and KeyUnavailable if the key is not available now.
    """

    store: TokenStore
    cipher: Cipher
    client_id: str
    environment: str | None = None

    @property
    def _prefix(self) -> str:
        # Several apps may share a store. A digest has a fixed length for any client id.
        return blake2b(self.client_id.encode(), digest_size=6).hexdigest()

    def connection_key(self, connection_id: str) -> str:
        return f"{self._prefix}/connections/{connection_id}"

    def pending_key(self, state: str) -> str:
        return f"{self._prefix}/pending/{state}"

    async def read_connection(self, connection_id: str) -> StoredRecord[ConnectionRecord] | None:
        return (await self.read_latest(connection_id))[1]

    async def read_latest(
        self, connection_id: str
    ) -> tuple[int, StoredRecord[ConnectionRecord] | None]:
        """Return the version of a connection's row, and its record."""
        key = self.connection_key(connection_id)
        row = await self._read(key)
        if not holds_connection(row):
            # The version stays after a disconnect, since none is used again: a late write for the
            # old connection must not replace a new one.
            return 0 if row is None else row.version, None
        return row.version, await self._open(key, row, ConnectionRecord)

    async def read_pending(self, state: str) -> StoredRecord[PendingRecord] | None:
        key = self.pending_key(state)
        row = await self._read(key)
        try:
            return None if row is None else await self._open(key, row, PendingRecord)
        except UnsealError as error:
            error.args = (str(error).replace(START_OVER, "let the person begin again"),)
            raise

    async def save_connection(
        self, connection_id: str, version: int, record: ConnectionRecord
    ) -> bool:
        """Write a version of a connection's row if the stored version is the one before it."""
        return await self._write(self.connection_key(connection_id), version, record, None)

    async def save_pending(
        self, state: str, version: int, record: PendingRecord, ttl: float
    ) -> bool:
        return await self._write(self.pending_key(state), version, record, ttl)

    async def delete_connection(self, connection_id: str, version: int) -> bool:
        """Replace a connection's row by a tombstone if it has this version."""
        key = self.connection_key(connection_id)
        writing = self.store.write(key, version + 1, TOMBSTONE, ttl=_TOMBSTONE_SECONDS)
        return await self._call_store(writing, "write to")

    async def iterate(self) -> AsyncIterator[tuple[str, Row]]:
        """Yield the ids and rows of all connections, including some tombstones."""
        prefix = self.connection_key("")
        rows = self.store.rows(prefix)
        while found := await self._call_store(anext(rows, None), "list", _LISTING_SECONDS):
            yield found[0].removeprefix(prefix), found[1]

    async def open_connection(self, connection_id: str, row: Row) -> ConnectionRecord:
        key = self.connection_key(connection_id)
        return (await self._open(key, row, ConnectionRecord)).record

    async def read_row(self, connection_id: str) -> Row | None:
        row = await self._read(self.connection_key(connection_id))
        return row if holds_connection(row) else None

    async def lease(self, connection_id: str, owner: str, seconds: float) -> bool:
        leasing = self.store.lease(self.connection_key(connection_id), owner, seconds)
        return await self._call_store(leasing, "lease from")

    async def release(self, connection_id: str, owner: str) -> None:
        key = self.connection_key(connection_id)
        await self._call_store(self.store.release(key, owner), "release in")

    async def now(self) -> float:
        return await self._call_store(self.store.now(), "read the clock of")

    async def _read(self, key: str) -> Row | None:
        return await self._call_store(self.store.read(key), "read")

    async def _open(self, key: str, row: Row, kind: type[R]) -> StoredRecord[R]:
        opening = self.cipher.open(row.data, self._bind(key, row.version))
        # The opened row is in no variable, since the traceback of the next error keeps this frame.
        record = read_record(await _call_cipher(opening, "open a row"), kind)
        if isinstance(record, UnsealError):
            raise type(record)(f"{key}: {record}")
        return StoredRecord(record, row.version, row.now)

    async def _write(
        self, key: str, version: int, record: ConnectionRecord | PendingRecord, ttl: float | None
    ) -> bool:
        sealing = self.cipher.seal(write_record(record), self._bind(key, version))
        sealed = await _call_cipher(sealing, "seal a row")
        return await self._call_store(self.store.write(key, version, sealed, ttl=ttl), "write to")

    def _bind(self, key: str, version: int) -> Binding:
        return Binding(self.client_id, key, version, self.environment)

    async def _call_store(self, call: Awaitable[T], action: str, seconds: float | None = None) -> T:
        if seconds is None:
            limits_itself = getattr(self.store, "limits_itself", False)
            seconds = _QUEUED_CALL_SECONDS if limits_itself else _CALL_SECONDS
        return await _call(call, seconds, TokenStoreError, f"cannot {action} the token store")


async def _call_cipher(call: Awaitable[bytes], action: str) -> bytes:
    failure = f"the cipher cannot {action} right now"
    return await _call(call, _CALL_SECONDS, KeyUnavailable, failure)


async def _call(
    call: Awaitable[T],
    seconds: float,
    kind: type[TokenStoreError] | type[KeyUnavailable],
    failure: str,
) -> T:
    """Await a call of a store or a cipher, and raise its exceptions as errors of the SDK."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await call
    except KatanaError as raised:
        error = raised.with_traceback(None)
    except Exception as raised:  # noqa: BLE001 - the store or the cipher may be the caller's
        # The text of a cipher's exception may show secrets.
        text = printable(str(raised), 200) if kind is TokenStoreError else ""
        reason = type(raised).__name__ + (f": {text}" if text else "")
        if limit.expired():
            reason = f"it did not answer within {seconds:g} s"
        error = kind(f"{failure}: {reason}")
    raise error
