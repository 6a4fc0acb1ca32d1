"""The commands of the core and the replies to them."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec
from attrs import field, frozen

from ..http.messages import Pagination
from ..http.walk import Window
from .state import BOTTOM, TOP, Key

LIMIT = 250
"""Rows of a page, and the most ids of a recheck: a page must be able to show all of them."""

Reason = Literal["marked", "vanished", "swept"]
T = TypeVar("T")


class _Small(msgspec.Struct, frozen=True, gc=False):
    """Base of the values of which there is one for each record, so that creating them is fast."""


class Row(_Small, frozen=True):
    """A record as one answer shows it.

    Attributes:
        created: `created_at` in milliseconds; 0 if the collection has none.
        updated: `updated_at` in milliseconds; 0 if the collection has none.
        deleted: Whether `deleted_at` is set.
        fingerprint: A hash of the contents without computed fields.
        record: The record itself, which the core does not read.
    """

    key: Key
    created: int
    updated: int
    deleted: bool
    fingerprint: int
    record: Any = None

    def __repr__(self) -> str:
        return f"Row({self.key!r}, updated={self.updated}, deleted={self.deleted})"


class Version(_Small, frozen=True):
    """A record in the consumer's mirror, without its contents.

    Attributes:
        key: The id; a tuple for collections with several key fields; a text for a UUID.
        created_at: Milliseconds since the epoch; 0 if the collection has no such field.
        updated_at: Milliseconds since the epoch; 0 if the collection has no such field.
        fingerprint: A hash of the contents, from 0 to 2**32 - 1.
    """

    key: Key
    created_at: int
    updated_at: int
    fingerprint: int


@frozen
class Answer:
    """One page. Times are the server's, in milliseconds.

    Attributes:
        sent: The request was sent at this time or later.
        read: The rows were read at this time or earlier.
    """

    rows: Sequence[Row]
    sent: int
    read: int
    window: Window
    pagination: Pagination | None = None

    @property
    def total(self) -> int | None:
        """The number of rows of the list by the header, or None."""
        return self.pagination.total_records if self.pagination else None

    @property
    def is_whole(self) -> bool:
        """Whether no rows follow the page."""
        count = len(self.rows)
        is_last = self.total is None or self.total <= self.window.offset + count
        return count < self.window.limit and is_last


@frozen
class Read:
    """The command to read one page; the reply is an `Answer`. Times are in milliseconds."""

    window: Window = field(default=Window(1, LIMIT))
    updated_min: int | None = None
    updated_max: int | None = None
    created_min: int | None = None
    created_max: int | None = None
    with_deleted: bool = True
    keys: tuple[Key, ...] | None = None
    bulk: bool = False


@frozen
class LookUp:
    """The command to look up versions in the mirror; the reply is a mapping by key.

    Attributes:
        keys: The keys to look up; None for those with `after < created_at <= until`.
        parent: The field of rows that contains the key of their record: `keys` are those of
            records, and the versions of their rows are looked up.
    """

    keys: tuple[Key, ...] | None = None
    after: int = BOTTOM
    until: int = TOP
    parent: str | None = None


class Change(_Small, frozen=True):
    """A delivery: a new version of a record, or its deletion.

    Attributes:
        row: The row; None if the record is absent.
        reason: The reason of a deletion; None for a new version.
    """

    key: Key
    row: Row | None
    reason: Reason | None


@frozen
class Deliver:
    """The command to hand changes to the consumer, at most one for each key. There is no reply."""

    changes: Sequence[Change]


Have: TypeAlias = Mapping[Key, Version]
Commands: TypeAlias = Generator[Read | LookUp | Deliver, Any, T]
"""A generator of commands that receives their replies and returns a value."""
Steps: TypeAlias = Commands[None]
