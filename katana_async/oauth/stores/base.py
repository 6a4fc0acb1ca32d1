"""What a token store must do. It holds bytes: what they mean and how they are sealed is not here.

Three things make refreshing safe across processes, and a store has to keep all of them: a row is
only ever replaced by its next version (compare and set), a lease has one holder at a time, and
both go by the store's own clock, since those of its clients differ.

`katana_async.testing.token_store_suite` is what a store of your own is tested with.
"""

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from attrs import field, frozen


@frozen
class Row:
    """One row as it was read.

    Attributes:
        version: From 1; each write of the row counts one up.
        data: What was written.
        now: The store's clock when it was read: seconds since the epoch.
    """

    version: int
    data: bytes = field(repr=False)
    now: float


@runtime_checkable
class TokenStore(Protocol):
    """Keep rows and leases for every process that shares the connections.

    Keys are text of at most 200 characters from A-Z, a-z, 0-9 and `-._/:@`; they differ by case.
    Rows are at most 64 KiB. Any exception may be raised when the store cannot be reached: what was
    asked then may or may not have been done. It is raised soon, within 2.5 seconds or so: tokens
    that were not taken are offered again, and lost if another process takes over before. So each
    operation is given up after 5 seconds, unless the store has an attribute `limits_itself` that is
    true: then after 30. Such a store raises soon when its server is silent to all, and lets the
    operations wait for one another as long as some are answered.

    A store may also have `rows(prefix)`, an async iterator like `keys` that gives each key with its
    `Row`, so that all connections are listed by one query and not by one for each.
    """

    async def read(self, key: str) -> Row | None:
        """Return a row, or None when there is none or its time is over.

        A read sees every write that was confirmed before it began, whoever wrote.
        """
        ...

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        """Write a version of a row if the one before it is what is there.

        Args:
            key: Which row.
            version: The version that `data` becomes. 1 makes a row that must not be there yet; an
                expired one is not.
            data: The whole row. It is on disk when this returns, where the store has one.
            ttl: Seconds after which the row is gone by itself; None keeps it until it is deleted.
                Each write says it anew.

        Returns:
            Whether it was written. False changes nothing.
        """
        ...

    async def delete(self, key: str, version: int) -> bool:
        """Delete a row if it has this version, and return whether it was deleted."""
        ...

    def keys(self, prefix: str) -> AsyncIterator[str]:
        """Give the keys of the rows that begin with a text, in any order, each once.

        Rows that are there all the while are given; those made or deleted meanwhile may be. Reading
        and writing while iterating is allowed.
        """
        ...

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Take the lease of a key, or have it anew when it is already the owner's.

        A lease is independent of whether there is a row, and free once its seconds are over.

        Args:
            key: What is leased.
            owner: A name that no one else uses, of at most 64 characters.
            seconds: For how long, counted from now.

        Returns:
            Whether the owner has it now. False means that another one does.
        """
        ...

    async def release(self, key: str, owner: str) -> bool:
        """Free a lease if it is the owner's and not over, and return whether it was."""
        ...

    async def now(self) -> float:
        """Return the store's clock: seconds since the epoch."""
        ...

    async def close(self) -> None:
        """Close connections that the store itself opened. A closed store is not used again."""
        ...
