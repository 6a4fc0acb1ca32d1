"""Seeded batches, how much of each is where, and what is in bins."""

from collections.abc import Sequence

from ..clock import timestamp
from ..store import Id, Record
from ..tables.batches import BATCH_LAYOUT
from ..tables.bin_transfers import BIN_TRANSFER_LAYOUT
from ..tables.places import BIN_LAYOUT, LOCATION_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from .base import Seeded, each_of
from .catalog import Inventory
from .plan import Plan

_BATCH, _BATCH_STOCK, _BIN_STOCK, _TRANSFER = range(70, 74)
_PER_MATERIAL = 2
_BINS_USED = 20
_ROWS_EACH = 2


class Batches(Seeded):
    """Two batches of each material that is tracked by them, then one of each such product."""

    def __len__(self) -> int:
        return _PER_MATERIAL * self.plan.tracked_materials + self.plan.tracked_products

    def variant(self, index: int) -> int:
        """Return the place of the variant that a batch is of."""
        if (product := index - _PER_MATERIAL * self.plan.tracked_materials) >= 0:
            return self.plan.variants.of(self.plan.tracked_product(product)).start
        return self.plan.variants.total + self.plan.tracked_material(index // _PER_MATERIAL)

    def of(self, variant: int) -> range:
        """Return the batches of a variant."""
        materials = self.plan.tracked_materials
        if variant >= self.plan.variants.total:
            place = self.plan.place_of_material(variant - self.plan.variants.total)
            if place is None:
                return range(0)
            return range(_PER_MATERIAL * place, _PER_MATERIAL * (place + 1))
        place = self.plan.place_of_product(self.plan.variants.parent(variant))
        first = _PER_MATERIAL * materials
        return range(0) if place is None else range(first + place, first + place + 1)

    def said(self, index: int) -> Record:
        """Make what a batch says, its stock repeats it."""
        dice = self.plan.dice(_BATCH, index)
        made = self.calendar.stamps(index, dice)["created_at"]
        return {
            "batch_number": f"B-{index + 1:05d}",
            "variant_id": VARIANT_LAYOUT.id(self.variant(index)),
            "batch_barcode": f"47401{index:07d}" if dice.chance(50) else None,
            "batch_created_date": made,
            "expiration_date": f"2027{made[4:]}" if dice.chance(40) else None,
        }

    def make(self, index: int) -> Record:
        stamps = self.calendar.stamps(index, self.plan.dice(_BATCH, index))
        return {**self.said(index), **stamps}


class BatchStocks(Seeded):
    """The stock of every batch in every location: all batches of a variant make up its stock."""

    def __init__(self, plan: Plan) -> None:
        self._batches = Batches(plan)
        self._inventory = Inventory(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        return len(self._batches) * self.plan.locations

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        batches = range(parent - BATCH_LAYOUT.id(0), parent - BATCH_LAYOUT.id(0) + 1)
        if link == "variant_id":
            variant = parent - VARIANT_LAYOUT.id(0)
            known = 0 <= variant < self.plan.all_variants
            batches = self._batches.of(variant) if known else range(0)
        elif not 0 <= batches.start < len(self._batches):
            return ()
        each = self.plan.locations
        return range(batches.start * each, batches.stop * each)

    def quantity(self, index: int) -> int:
        """Return how much of a batch is in a location."""
        batch, location = divmod(index, self.plan.locations)
        variant = self._batches.variant(batch)
        row = self._inventory.make(variant * self.plan.locations + location)
        stock, batches = int(row["quantity_in_stock"]), self._batches.of(variant)
        half = stock // len(batches)
        return half if batch + 1 < batches.stop else stock - half * (len(batches) - 1)

    def make(self, index: int) -> Record:
        batch, location = divmod(index, self.plan.locations)
        return {
            **self._batches.said(batch),
            "batch_id": BATCH_LAYOUT.id(batch),
            "location_id": LOCATION_LAYOUT.id(location),
            "quantity": self.quantity(index),
            **self.calendar.stamps(index, self.plan.dice(_BATCH_STOCK, index)),
        }


class BinStocks(Seeded):
    """Half of the main warehouse's stock of the first materials is in bins; then all batches.

    Of a material that is tracked, it is the first batch that is in the bin.
    """

    def __init__(self, plan: Plan) -> None:
        self._batches = Batches(plan)
        self._stocks = BatchStocks(plan)
        self._inventory = Inventory(plan)
        self._binned = min(plan.materials, 3 * _BINS_USED)
        super().__init__(plan)

    def __len__(self) -> int:
        return self._binned + len(self._stocks)

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        if link == "bin_location_id":
            bin_place = parent - BIN_LAYOUT.id(0)
            if not 0 <= bin_place < _BINS_USED:
                return ()
            materials = range(bin_place, self._binned, _BINS_USED)
        else:
            material = parent - VARIANT_LAYOUT.id(self.plan.variants.total)
            materials = range(material, material + 1) if 0 <= material < self._binned else range(0)
        batches = [
            row
            for variant in self._variants_of(link, parent, materials)
            for row in self._stocks.children("variant_id", VARIANT_LAYOUT.id(variant))
        ]
        return [*materials, *(self._binned + row for row in batches)]

    def _variants_of(self, link: str, parent: int, materials: range) -> list[int]:
        if link == "variant_id":
            return [parent - VARIANT_LAYOUT.id(0)]
        return [self.plan.variants.total + material for material in materials]

    def make(self, index: int) -> Record:
        stamps = self.calendar.stamps(index, self.plan.dice(_BIN_STOCK, index))
        if index < self._binned:
            variant = self.plan.variants.total + index
            stock = self._inventory.make(variant * self.plan.locations)["quantity_in_stock"]
            return {
                "granularity": "VARIANT",
                "variant_id": VARIANT_LAYOUT.id(variant),
                "location_id": LOCATION_LAYOUT.id(0),
                "bin_location_id": BIN_LAYOUT.id(index % _BINS_USED),
                "quantity_in_stock": int(stock) // 2,
                **stamps,
            }
        row = index - self._binned
        batch, location = divmod(row, self.plan.locations)
        variant = self._batches.variant(batch)
        material = variant - self.plan.variants.total
        first = batch == self._batches.of(variant).start
        in_bin = first and location == 0 and 0 <= material < self._binned
        return {
            "granularity": "BATCH",
            "variant_id": VARIANT_LAYOUT.id(variant),
            "location_id": LOCATION_LAYOUT.id(location),
            "bin_location_id": BIN_LAYOUT.id(material % _BINS_USED) if in_bin else None,
            "batch_id": BATCH_LAYOUT.id(batch),
            "quantity_in_stock": self._stocks.quantity(row),
            **stamps,
        }


class BinTransfers(Seeded):
    """The transfers by which the first materials came into their bins."""

    def __len__(self) -> int:
        return min(self.plan.materials // _ROWS_EACH, 3)

    def make(self, index: int) -> Record:
        stamps = self.calendar.stamps(index, self.plan.dice(_TRANSFER, index))
        at = stamps["created_at"]
        return {
            "bin_transfer_number": f"BT-{index + 1}",
            "location_id": LOCATION_LAYOUT.id(0),
            "status": "DONE",
            **dict.fromkeys(("created_date", "departed_at", "arrived_at"), at),
            "additional_info": "Put away." if index == 0 else None,
            **stamps,
        }


class BinTransferRows(Seeded):
    """The rows of bin transfers, one for each material; batches are named where there are some."""

    def __init__(self, plan: Plan) -> None:
        self._transfers = BinTransfers(plan)
        self._batches = Batches(plan)
        self._bins = BinStocks(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        return _ROWS_EACH * len(self._transfers)

    def created(self, index: int) -> int:
        return self._transfers.created(index // _ROWS_EACH)

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if link == "bin_transfer_id":
            return each_of(parent, BIN_TRANSFER_LAYOUT, len(self._transfers), _ROWS_EACH)
        material = -1
        if isinstance(parent, int):
            material = parent - VARIANT_LAYOUT.id(self.plan.variants.total)
        return [material] if 0 <= material < len(self) else ()

    def make(self, index: int) -> Record:
        there = self._bins.make(index)
        quantity = str(max(there["quantity_in_stock"], 1))
        batches = self._batches.of(self.plan.variants.total + index)[:1]
        stamp = timestamp(self.created(index))
        return {
            "bin_transfer_id": BIN_TRANSFER_LAYOUT.id(index // _ROWS_EACH),
            "location_id": LOCATION_LAYOUT.id(0),
            "variant_id": there["variant_id"],
            "quantity": quantity,
            "target_bin_location_id": there["bin_location_id"],
            "traceability": [
                {"batch_id": BATCH_LAYOUT.id(each), "serial_number_id": None, "quantity": quantity}
                for each in batches
            ],
            **dict.fromkeys(("created_at", "updated_at"), stamp),
        }
