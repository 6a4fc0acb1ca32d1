"""Filters and bodies of locations, storage bins and bin transfers."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import Instant, ListOrTuple, Number, RecordFilters


class StorageBinFilters(TypedDict, total=False):
    """Filters for storage bins."""

    ids: ListOrTuple[int]
    location_id: int
    bin_name: str
    include_deleted: bool


class StorageBinCreate(TypedDict):
    """A new storage bin. Limits: bin_name at least 1 character."""

    location_id: int
    bin_name: str


class StorageBinUpdate(TypedDict):
    """The new name of a storage bin; nothing else of it can change.

    Limits: bin_name at least 1 character.
    """

    bin_name: str


class BinTransferTraceabilityInput(TypedDict, total=False):
    """A part of a quantity, by batch and serial number. Limits: quantity above 0."""

    batch_id: int | None
    quantity: Number
    serial_number_id: int | None


class BinTransferRowInput(TypedDict, total=False):
    """A row of a new bin transfer. A bin of None means stock without a bin.

    Limits: quantity above 0.
    """

    quantity: Required[Number]
    variant_id: Required[int]
    source_bin_location_id: int | None
    target_bin_location_id: int | None
    traceability: ListOrTuple[BinTransferTraceabilityInput]


class LocationFilters(RecordFilters, total=False):
    """Filters for locations."""

    name: str
    legal_name: str
    address_id: int
    is_primary: bool
    sales_allowed: bool
    manufacturing_allowed: bool
    purchases_allowed: bool
    rank: Number


class BinTransferFilters(RecordFilters, total=False):
    """Filters for bin transfers."""

    bin_transfer_number: str
    location_id: int
    status: models.BinTransferStatus | Literal["CREATED", "IN_TRANSIT", "DONE"]


class BinTransferCreate(TypedDict, total=False):
    """A new bin transfer.

    Limits: bin_transfer_number 1 to 255 characters, bin_transfer_rows at most 250 items.
    """

    location_id: Required[int]
    additional_info: str | None
    bin_transfer_number: str
    bin_transfer_rows: ListOrTuple[BinTransferRowInput]
    created_date: Instant | None


class BinTransferUpdate(TypedDict, total=False):
    """Changes to a bin transfer. Limits: bin_transfer_number 1 to 255 characters."""

    additional_info: str | None
    arrived_at: Instant | None
    bin_transfer_number: str
    created_date: Instant | None
    departed_at: Instant | None
    location_id: int


class BinTransferStatusUpdate(TypedDict):
    """The status of a bin transfer."""

    status: models.BinTransferStatus | Literal["CREATED", "IN_TRANSIT", "DONE"]


class BinTransferRowFilters(RecordFilters, total=False):
    """Filters for rows of bin transfers."""

    bin_transfer_id: int
    variant_id: int
    source_bin_location_id: int
    target_bin_location_id: int


class BinTransferRowCreate(BinTransferRowInput, total=False):
    """A new row of an existing bin transfer, with the limits of a row of a new transfer."""

    bin_transfer_id: Required[int]


class BinTransferRowUpdate(TypedDict, total=False):
    """Changes to a row of a bin transfer. Limits: quantity above 0."""

    quantity: Number
    source_bin_location_id: int | None
    target_bin_location_id: int | None
    traceability: ListOrTuple[BinTransferTraceabilityInput]
    variant_id: int
