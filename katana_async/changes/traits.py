"""The traits of collections that the feed relies on, derived from the SDK's declarations."""

import inspect
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from attrs import field, frozen

from ..resources import RESOURCES, load
from ..resources._base import Collection

_WITHOUT_TIMES = {"manufacturing_order_production_ingredients", "sales_order_fulfillments"}
"""Collections whose model has times that their list omits (Katana's examples of October 2026)."""


@frozen
class Nesting:
    """A collection whose records are rows inside the records of another.

    Attributes:
        parent: The attribute of the other collection.
        field: The field of its records that contains the rows.
        key: The field of a row that contains the key of its record, such as `sales_order_id`.
    """

    parent: str
    field: str
    key: str


@frozen
class Traits:
    """The declarations of a collection that the feed uses.

    Attributes:
        collection: The attribute of the client.
        key: The fields of the key.
        key_type: The type of keys: int, str (a UUID), or tuple for several fields.
        has_dates: The list has the filters `updated_at_min` and `created_at_max`, and its records
            both times. Without them, the feed compares the whole list with the mirror.
        has_marks: Changes include deleted records, which have `deleted_at`.
        has_keys: Single records can be read again, by the filter `ids`.
        has_archive: The list leaves archived records out unless `include_archived` is set.
        paged: False if the whole list is one answer.
        has_created_at, has_updated_at, has_deleted_at: The model has the field.
        nested_in: The collections that contain the records as rows.
    """

    collection: str
    key: tuple[str, ...]
    key_type: type
    has_dates: bool
    has_marks: bool
    has_keys: bool
    has_archive: bool
    paged: bool
    has_created_at: bool
    has_updated_at: bool
    has_deleted_at: bool
    nested_in: tuple[Nesting, ...] = field(default=(), repr=False)

    @property
    def needs_mirror(self) -> bool:
        """Whether the feed needs `mirror=`, because it compares the whole list."""
        return not self.has_dates

    @property
    def changes_by(self) -> str:
        """The source of new versions: `dates` or `comparison`."""
        return "dates" if self.has_dates else "comparison"

    @property
    def deletes_by(self) -> tuple[str, ...]:
        """The sources of deletions: `marks`, and `sweeps` or `comparison`."""
        marks = ("marks",) if self.has_marks else ()
        return (*marks, "sweeps" if self.has_dates else "comparison")


@cache
def all_traits() -> dict[str, Traits]:
    """Return the traits of every collection that can be listed, by its attribute on the client.

    This imports every area.
    """
    classes = {name: cls for name in RESOURCES if _is_listed(cls := load(name))}
    return {name: _read_traits(name, cls, classes) for name, cls in classes.items()}


def traits_of(collection: str) -> Traits:
    """Return the traits of one collection.

    Raises:
        ValueError: There is no such collection, or it cannot be listed.
    """
    cls = load(collection) if collection in list(RESOURCES) else None  # it may be unhashable
    if cls is None or not _is_listed(cls):
        close = get_close_matches(str(collection).lower(), all_traits(), n=1)
        raise ValueError(
            f"there is no list of {collection!r}: pass the name of an attribute of the client that"
            " has list(), such as 'sales_orders'"
            + (f". Did you mean {close[0]!r}?" if close else "")
        )
    return _read_traits(collection, cls, {})


def _is_listed(cls: Any) -> bool:
    return hasattr(cls, "list") and issubclass(cls, Collection)


def _read_traits(name: str, cls: type[Any], classes: dict[str, type[Any]]) -> Traits:
    filters = filters_of(cls)
    stamps = {"created_at", "updated_at"}
    fields: set[str] = set(cls.model.__struct_fields__)
    if name in _WITHOUT_TIMES:
        fields -= stamps
    has_dates = {"updated_at_min", "created_at_max"} <= filters and stamps <= fields
    return Traits(
        collection=name,
        key=cls.key,
        key_type=_key_type(cls),
        has_dates=has_dates,
        has_marks=has_dates and "include_deleted" in filters and "deleted_at" in fields,
        has_keys=has_dates and "ids" in filters and cls.key == ("id",),
        has_archive="include_archived" in filters,
        paged=cls.paged,
        has_created_at="created_at" in fields,
        has_updated_at="updated_at" in fields,
        has_deleted_at="deleted_at" in fields,
        nested_in=tuple(_nestings(cls, classes)) if has_dates else (),
    )


def _key_type(cls: type[Any]) -> type:
    if len(cls.key) > 1:
        return tuple
    return str if get_type_hints(cls.model)[cls.key[0]] is UUID else int


def filters_of(cls: type[Any]) -> set[str]:
    """Return the names of the filters of a collection's list."""
    function = inspect.unwrap(cls.list)
    hint = get_type_hints(function).get("filters")
    return set(get_type_hints(get_args(hint)[0])) if get_args(hint) else set()


def _nestings(cls: type[Any], classes: dict[str, type[Any]]) -> list[Nesting]:
    return [
        Nesting(parent, name, f"{parent.removesuffix('s')}_id")
        for parent, other in classes.items()
        for name, hint in get_type_hints(other.model).items()
        if get_origin(hint) is tuple and get_args(hint)[0] is cls.model
    ]
