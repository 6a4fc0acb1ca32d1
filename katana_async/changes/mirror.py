"""The interface to the consumer's records, and a mirror in memory."""

from collections.abc import Collection, Mapping
from inspect import isawaitable
from numbers import Number
from typing import Any, Protocol, cast, runtime_checkable

from attrs import define, field
from msgspec.structs import astuple

from ..secrets import kind_of
from .batch import ChangeBatch
from .commands import Version
from .state import Key
from .traits import Traits


@runtime_checkable
class Mirror(Protocol):
    """The consumer's records, as the feed looks them up.

    The consumer stores a `Version` with each record (`batch.versions`), in one transaction with
    the record and the cursor. The methods return the versions of stored records only.
    """

    async def by_keys(self, keys: Collection[Key], /) -> Mapping[Key, Version]:
        """Return the versions of the stored records among at most 250 keys."""
        ...

    async def by_creation(self, after: int, until: int, /) -> Mapping[Key, Version]:
        """Return the versions of all stored records with `after < created_at <= until`.

        The arguments are milliseconds since the epoch. In collections without that field,
        `created_at` is 0, and the feed looks up all records at once: 50,000 versions take about
        15 MB.
        """
        ...


@runtime_checkable
class RowMirror(Mirror, Protocol):
    """A mirror of rows that other records contain, for `ChangeFeed.reconcile`."""

    async def by_parents(self, field: str, keys: Collection[Key], /) -> Mapping[Key, Version]:
        """Return the versions of the stored rows whose `field` is one of some keys.

        Args:
            field: The field with the key of the record, such as `sales_order_id`.
            keys: The keys of the records, as many as a batch has.
        """
        ...


async def read_versions(reply: object, method: str, traits: Traits) -> Mapping[Key, Version]:
    """Await and check the reply of a mirror's method.

    The type of keys is checked, because a key of another type would match no record.

    Raises:
        TypeError: The reply is no mapping of the collection's keys to versions.
    """
    place = f"{method}() of the mirror"
    if not isawaitable(reply):
        raise TypeError(f"{place} must be `async def`")
    found: object = await reply
    if not isinstance(found, Mapping):
        raise TypeError(f"{place} returned {kind_of(found)}, not a dict of Version by key")
    # Keys may be numbers of NumPy or of a database.
    key_type = Number if traits.key_type is int else traits.key_type
    for key, version in cast("Mapping[Key, object]", found).items():
        if not isinstance(key, key_type):
            raise TypeError(
                f"{place} returned the key {key!r}, and keys of {traits.collection} are of type"
                f" {traits.key_type.__name__}: store `version.key` unchanged"
            )
        if not isinstance(version, Version) or None in astuple(version):
            raise TypeError(f"{place} returned {version!r} for {key!r}, not a complete Version")
    return cast("Mapping[Key, Version]", found)


@define
class MemoryMirror:
    """A copy of one collection in memory, for small collections and for tests.

    Attributes:
        collection: The name of the collection; None before the first batch.
        records: The records by key.
        versions: Their versions by key.
        cursor: The cursor of the last applied batch; None before the first.
    """

    records: dict[Key, Any] = field(factory=dict[Key, Any])
    versions: dict[Key, Version] = field(factory=dict[Key, Version])
    cursor: str | None = None
    collection: str | None = None

    def apply(self, batch: ChangeBatch) -> None:
        """Apply the changes of a batch, and keep its cursor.

        Raises:
            ValueError: The batch is of another collection, whose records may have the same keys.
        """
        if self.collection not in (None, batch.collection):
            raise ValueError(
                f"the mirror has {self.collection}, and the batch {batch.collection}: make a"
                " MemoryMirror for each collection"
            )
        self.collection = batch.collection
        for version, record in zip(batch.versions, batch.upserts, strict=True):
            self.records[version.key] = record
            self.versions[version.key] = version
        for delete in batch.deletes:
            self.records.pop(delete.key, None)
            self.versions.pop(delete.key, None)
        self.cursor = batch.cursor

    async def by_keys(self, keys: Collection[Key], /) -> Mapping[Key, Version]:
        """Return the versions of the stored records among some keys."""
        return {key: self.versions[key] for key in keys if key in self.versions}

    async def by_creation(self, after: int, until: int, /) -> Mapping[Key, Version]:
        """Return the versions of all stored records with `after < created_at <= until`."""
        return {
            key: each for key, each in self.versions.items() if after < each.created_at <= until
        }

    async def by_parents(self, field: str, keys: Collection[Key], /) -> Mapping[Key, Version]:
        """Return the versions of the stored rows whose `field` is one of some keys."""
        return {
            key: self.versions[key]
            for key, record in self.records.items()
            if _value(record, field) in keys
        }


def _value(record: Any, name: str) -> Key:
    if isinstance(record, Mapping):
        return cast("Mapping[str, Key]", record)[name]
    return cast("Key", getattr(record, name))
