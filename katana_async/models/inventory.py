"""What is in stock and where: inventory, locations, storage bins, and what stock is tracked by."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from . import catalog
from ._base import Model, OpenEnum, Timestamp

__all__ = [
    "BatchTransaction",
    "DefaultStorageBin",
    "IngredientAvailability",
    "Inventory",
    "Location",
    "LocationAddress",
    "ProductAvailability",
    "SerialNumberTransaction",
    "StorageBin",
    "Traceability",
]


class ProductAvailability(OpenEnum):
    """Whether what was ordered can be delivered from stock."""

    IN_STOCK = "IN_STOCK"
    EXPECTED = "EXPECTED"
    PICKED = "PICKED"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class IngredientAvailability(OpenEnum):
    """Whether what is needed to make something is in stock."""

    PROCESSED = "PROCESSED"
    IN_STOCK = "IN_STOCK"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    EXPECTED = "EXPECTED"
    NO_RECIPE = "NO_RECIPE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@frozen(kw_only=True, repr=False)
class BatchTransaction(Model):
    """How much of a quantity belongs to which batch."""

    quantity: Decimal
    # None is stock without a batch.
    batch_id: int | None = None


@frozen(kw_only=True, repr=False)
class SerialNumberTransaction(Model):
    """One serial number that moved."""

    serial_number_id: int
    # 0 or 1.
    quantity: int | None = None


@frozen(kw_only=True, repr=False)
class Traceability(Model):
    """How much of a quantity came from which batch, storage bin and serial number."""

    quantity: Decimal
    batch_id: int | None = None
    bin_location_id: int | None = None
    serial_number_id: int | None = None


@frozen(kw_only=True, repr=False)
class LocationAddress(Model):
    """Where a location is."""

    id: int
    line_1: str | None = None
    line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


@frozen(kw_only=True, repr=False)
class Location(Model):
    """A place that holds stock, such as a warehouse or a workshop.

    Katana: The location object, https://developer.katanamrp.com/reference/the-location-object
    """

    id: int
    name: str
    legal_name: str | None = None
    address_id: int | None = None
    address: LocationAddress | None = None
    is_primary: bool | None = None
    sales_allowed: bool | None = None
    purchase_allowed: bool | None = None
    manufacturing_allowed: bool | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class StorageBin(Model):
    """A named place within a location.

    Answers to writes say `bin_name`, a documented list says `name`: `label` is whichever is there.

    Katana: The storage bin object,
    https://developer.katanamrp.com/reference/getallstoragebins
    """

    id: int
    location_id: int
    bin_name: str | None = None
    name: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None

    @property
    def label(self) -> str | None:
        """The bin's name, whichever of the two fields holds it."""
        return self.name if self.bin_name is None else self.bin_name


@frozen(kw_only=True, repr=False)
class DefaultStorageBin(Model):
    """The bin in which a variant is put unless said otherwise.

    Katana: Link variant default storage bins,
    https://developer.katanamrp.com/reference/linkvariantdefaultstoragebins
    """

    id: int
    variant_id: int | None = None
    storage_bin_id: int | None = None
    bin_name: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class Inventory(Model):
    """The stock of one variant at one location. It has no id: the pair of ids is its key.

    Katana: The inventory object, https://developer.katanamrp.com/reference/the-inventory-object
    """

    variant_id: int
    location_id: int
    quantity_in_stock: Decimal
    # Promised to orders.
    quantity_committed: Decimal
    # On its way from suppliers and production.
    quantity_expected: Decimal
    # In stock and expected, less committed and the level to keep: negative when some is missing.
    quantity_missing_or_excess: Decimal
    # What could be made of the ingredients in stock.
    quantity_potential: Decimal | None = None
    # Katana's older name for the safety stock level.
    reorder_point: Decimal
    safety_stock_level: Decimal | None = None
    # In the account's base currency, which is on the factory.
    average_cost: Decimal
    value_in_stock: Decimal
    default_storage_bin: DefaultStorageBin | None = None
    # With extend=["variant"].
    variant: catalog.Variant | None = None
    # With extend=["location"].
    location: Location | None = None
    archived_at: Timestamp | None = None
