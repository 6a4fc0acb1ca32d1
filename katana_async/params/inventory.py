"""What you send about inventory and storage bins."""

from typing import Literal, TypedDict

__all__ = [
    "InventoryFilters",
    "StorageBinCreate",
    "StorageBinFilters",
    "StorageBinUpdate",
]


class InventoryFilters(TypedDict, total=False):
    """Which inventory to list, and what to embed in it."""

    variant_id: list[int] | tuple[int, ...]
    location_id: int
    include_archived: bool
    extend: list[Literal["variant", "location"]] | tuple[Literal["variant", "location"], ...]


class StorageBinFilters(TypedDict, total=False):
    """Which storage bins to list. The name matches exactly."""

    ids: list[int] | tuple[int, ...]
    location_id: int
    bin_name: str
    include_deleted: bool


class StorageBinCreate(TypedDict):
    """A new storage bin.

    Limits: bin_name at least 1 character.
    """

    location_id: int
    bin_name: str


class StorageBinUpdate(TypedDict):
    """The new name of a storage bin; nothing else of it can change.

    Limits: bin_name at least 1 character.
    """

    bin_name: str
