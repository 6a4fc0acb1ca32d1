"""The interface of a token store. A store holds bytes and does not interpret them.

Refreshing is safe across processes because every store guarantees three things: a write replaces
only the version before it (compare and set), a lease has one owner at a time, and both use the
store's own clock, since the clocks of its clients differ.

`katana_async.testing.token_store_suite` tests a store of your own.
"""

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from attrs import field, frozen


@frozen
class Row:
    """One row as it was read.

    Attributes:
        version: Starts at 1; each write of the row adds 1.
        data: The bytes of the last write.
        now: The store's clock at the time of the read, in seconds since the epoch.
    """

    version: int
    data: bytes = field(repr=False)
    now: float


@runtime_checkable
class TokenStore(Protocol):
    """Keep rows and leases for all processes that share the connections.

    Keys are at most 200 characters from A-Z, a-z, 0-9 and `-._/:@`, and are case-sensitive. Rows
    are at most 64 KiB.

    An operation may raise any exception if the store cannot be reached; it may or may not have
    taken effect. It should raise within about 2.5 seconds: the SDK offers unsaved tokens again, and
    they are lost if another process takes over before. So the SDK abandons each operation after 5
    seconds, or after 30 if the store has a true attribute `limits_itself`. Such a store raises soon
    when its server does not answer, and queues operations as long as it answers some of them.
    """

    async def read(self, key: str) -> Row | None:
        """Return a row, or None if it does not exist or has expired.

        A read sees every write, of any client, that was confirmed before the read began.
        """
        ...

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        """Write a version of a row if the stored version is the one before it.

        Args:
            key: The row's key.
            version: The new version. 1 creates a row; an expired row counts as absent.
            data: The whole row. A persistent store returns after it is on disk.
            ttl: Seconds until the row expires; None means never. Each write sets it again. Nothing
                else deletes a row.

        Returns:
            True if the row was written; False if nothing changed.
        """
        ...

    def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        """Yield all rows whose keys have this prefix, in any order, each key once.

        Rows that exist during the whole iteration are included; rows that are created or expire
        meanwhile may be. The caller may read and write while iterating.
        """
        ...

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Acquire the lease of a key, or renew it if the owner holds it already.

        A lease does not depend on a row, and expires after its seconds.

        Args:
            key: The key to lease.
            owner: A unique name of at most 64 characters.
            seconds: The lease's duration from now.

        Returns:
            True if the owner holds the lease now; False if another owner does.
        """
        ...

    async def release(self, key: str, owner: str) -> bool:
        """Release a lease that the owner holds, and return whether the owner held it."""
        ...

    async def now(self) -> float:
        """Return the store's clock in seconds since the epoch."""
        ...

    async def close(self) -> None:
        """Close the connections that the store itself opened. It cannot be used afterwards."""
        ...
