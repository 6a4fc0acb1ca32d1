"""How a table is laid out: its fields, its ids, the records it belongs to."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class Layout:
    """The layout of a table.

    Attributes:
        name: The table's name.
        first: The first id, None for UUIDs. Tables begin far apart, so that an id given for the
            wrong kind of record is not found instead of finding another one.
        fields: The fields and their default values.
        links: The fields that hold ids by which records are looked up.
        order: The sort key of its lists, the greatest first; None for newest first.
    """

    name: str
    first: int | None
    fields: Mapping[str, Any]
    links: tuple[str, ...] = ()
    order: Callable[[Mapping[str, Any]], Any] | None = None

    @property
    def uuid(self) -> bool:
        """Whether its ids are UUIDs."""
        return self.first is None

    @property
    def defaults(self) -> dict[str, Any]:
        """The fields with those that every record has."""
        return {**self.fields, "deleted_at": None}

    def id(self, index: int) -> int:
        """Return the id of a seeded record; only for tables that count."""
        assert self.first is not None
        return self.first + index
