"""Locations, their storage bins, and transfers between bins."""

from decimal import Decimal

from .._base import DeletableRecord, Model, OpenEnum, Timestamp


class BinTransferStatus(OpenEnum):
    """The progress of a bin transfer."""

    CREATED = "CREATED"
    IN_TRANSIT = "IN_TRANSIT"
    DONE = "DONE"


class LocationAddress(Model):
    """The address of a location."""

    id: int
    line_1: str | None = None
    line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


class Location(DeletableRecord):
    """A place that holds stock, such as a warehouse or a workshop."""

    name: str
    legal_name: str | None = None
    address_id: int | None = None
    address: LocationAddress | None = None
    is_primary: bool | None = None
    sales_allowed: bool | None = None
    purchase_allowed: bool | None = None
    manufacturing_allowed: bool | None = None


class StorageBin(DeletableRecord):
    """A named place within a location.

    Answers to writes have `bin_name`, a documented list has `name`; `label` is the one present.
    """

    location_id: int
    bin_name: str | None = None
    name: str | None = None

    @property
    def label(self) -> str | None:
        """The bin's name, from the field that has it."""
        return self.name if self.bin_name is None else self.bin_name


class DefaultStorageBin(DeletableRecord):
    """The default bin of a variant."""

    variant_id: int | None = None
    storage_bin_id: int | None = None
    bin_name: str | None = None


class BinTransferTraceability(Model):
    """The part of a quantity with one batch and serial number."""

    quantity: Decimal
    batch_id: int | None = None
    serial_number_id: int | None = None


class BinTransferRow(DeletableRecord):
    """The quantity of a variant that goes from one storage bin to another."""

    bin_transfer_id: int
    quantity: Decimal
    variant_id: int
    arrived_at: Timestamp | None = None
    created_date: Timestamp | None = None
    departed_at: Timestamp | None = None
    location_id: int | None = None
    #: None for stock that is outside of bins, before or after.
    source_bin_location_id: int | None = None
    target_bin_location_id: int | None = None
    traceability: tuple[BinTransferTraceability, ...] = ()


class BinTransfer(DeletableRecord):
    """A transfer between storage bins of one location."""

    bin_transfer_number: str
    location_id: int
    additional_info: str | None = None
    arrived_at: Timestamp | None = None
    bin_transfer_rows: tuple[BinTransferRow, ...] = ()
    created_date: Timestamp | None = None
    departed_at: Timestamp | None = None
    status: BinTransferStatus | None = None
