"""The batches that the feed yields."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from attrs import field, frozen

from ..http.messages import parse_json
from .commands import Reason, Version
from .rows import key_of
from .state import Key
from .traits import all_traits


@frozen
class Deletion:
    """The deletion of a record, which may never have been delivered.

    Attributes:
        key: The key, as in `Version.key`.
        reason: `marked`: the record has `deleted_at`. `vanished`: it is absent from reads by its
            key. `swept`: a sweep or a comparison of the list found it absent.
    """

    key: Key
    reason: Reason


@frozen
class ChangeBatch:
    """Changes, and the cursor to store with them in one transaction.

    Attributes:
        collection: The attribute of the collection.
        upserts: New versions of records: models, or JSON objects with `raw=True`, or bytes with
            the JSON as sent, in the batches of `ChangeFeed.as_json`.
        versions: The `Version` of each record of `upserts`, in the same order.
        deletes: Deleted records. No key is in both `upserts` and `deletes`.
        cursor: The cursor after this batch.
        lag: Every change older than this was delivered; None while the snapshot is incomplete.
        remaining: The number of records still to read, of the snapshot or of the list of changes;
            None if Katana has not counted them.
    """

    collection: str
    upserts: Sequence[Any]
    versions: Sequence[Version]
    deletes: Sequence[Deletion]
    cursor: str = field(repr=False)
    lag: timedelta | None
    remaining: int | None = None
    _records: Sequence[bytes] = field(default=(), alias="records", repr=False, eq=False)

    def nested_keys(self, collection: str) -> dict[Key, frozenset[Key]]:
        """Return the keys of the rows inside each upserted record that shows its rows.

        The lists of stocktakes and of sales returns leave the rows out.

        A stored row that its record no longer contains may have been deleted without a mark. Pass
        the batch to `ChangeFeed.reconcile` of the feed of the rows, which reads such rows.

        Args:
            collection: The collection of the rows, such as `sales_order_rows`.

        Raises:
            ValueError: The records of this batch contain no rows of that collection.
        """
        traits = all_traits().get(collection)
        nestings = traits.nested_in if traits else ()
        names = [each.field for each in nestings if each.parent == self.collection]
        if traits is None or not names:
            raise ValueError(f"{self.collection} contain no rows of {collection!r}")
        records = map(parse_json, self._records)
        return {
            version.key: frozenset(_row_keys(record, names, traits.key))
            for version, record in zip(self.versions, records, strict=True)
            if not record.keys().isdisjoint(names)
        }


def _row_keys(record: Mapping[str, Any], names: Sequence[str], fields: Sequence[str]) -> set[Key]:
    keys: set[Key] = set()
    for name in names:
        for row in cast("Sequence[Mapping[str, Any]]", record.get(name) or ()):
            key = key_of(row, fields)
            if key is not None:
                keys.add(key)
    return keys
