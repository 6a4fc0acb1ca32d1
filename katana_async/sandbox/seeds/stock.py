"""Seeded adjustments, transfers and stocktakes, batches, bins and serial numbers."""

from ..clock import timestamp
from ..store import Record, UuidIds
from . import words
from .base import (
    DAY,
    LAYOUT,
    RecordRandom,
    SeededTable,
    id_of,
    relate_by_parent,
    relate_each,
    relate_grandchildren,
)
from .items import purchase_price
from .plan import SeedPlan

_BINS_USED = 20
_SERIAL_NUMBERS = 5
_SHELF_LIFE = 3 * 365 * 86_400_000  # milliseconds


class SerialTransactions(UuidIds):
    """Ids of serial number transactions; the first is "undefined", as observed."""

    def id(self, number: int) -> str:
        return super().id(number) if number else "undefined"

    def number(self, id: str | int) -> int | None:
        return 0 if id == "undefined" else super().number(id)


def batch_fields(batch: int, quantity: int, bin_id: int | None = None) -> Record:
    """Return the fields of a row with its batch; -1 stands for stock without a batch."""
    batch_id = id_of("batches", batch) if batch >= 0 else None
    place = {"batch_id": batch_id, "bin_location_id": bin_id, "serial_number_id": None}
    return {
        "batch_transactions": [{"batch_id": batch_id, "quantity": quantity}],
        "traceability": [{**place, "quantity": str(quantity)}],
    }


class StockSeeds:
    """The tables of stock movements, batches, bins and serial numbers."""

    def __init__(self, plan: SeedPlan) -> None:
        self.plan = plan
        self._binned = min(plan.materials, 3 * _BINS_USED)
        self.stocks = relate_each(plan.batches.total, plan.locations)

    def add(self) -> None:
        """Add the tables to the plan."""
        plan = self.plan
        for parents, rows, count, fields, row_fields in (
            (
                "stock_adjustments",
                "stock_adjustment_rows",
                plan.purchases // 3,
                _adjustment,
                self._adjustment_row,
            ),
            (
                "stock_transfers",
                "stock_transfer_rows",
                plan.purchases // 4,
                _transfer,
                self._transfer_row,
            ),
            ("stocktakes", "stocktake_rows", plan.purchases // 6, _stocktake, _stocktake_row),
            (
                "bin_transfers",
                "bin_transfer_rows",
                min(plan.materials // 2, 3),
                _bin_transfer,
                self._bin_transfer_row,
            ),
        ):
            two = relate_each(count, 2)
            links = {
                parents.removesuffix("s") + "_id": two,
                "variant_id": plan.materials_in_turn(two.total),
            }
            plan.add(rows, row_fields, links, owner=plan.add(parents, fields, count=count))
        batches = plan.add("batches", _batch, {"variant_id": plan.batches})
        plan.add(
            "batch_stocks",
            lambda index, _rng, _at: self._batch_stock(batches, index),
            {
                "batch_id": self.stocks,
                "variant_id": relate_grandchildren(plan.batches, self.stocks),
            },
        )
        binned = self._binned + self.stocks.total
        plan.add(
            "bin_stocks",
            self._bin_stock,
            {
                "variant_id": relate_by_parent(binned, self._variant_of_bin_stock),
                "bin_location_id": relate_by_parent(binned, self._bin_of_bin_stock),
            },
        )
        made = relate_each(min(_SERIAL_NUMBERS, plan.begun))
        plan.add(
            "serial_number_transactions",
            _serial_transaction,
            {"serial_number_id": made, "resource_id": made},
            owner=plan.add("serial_numbers", _serial_number, count=made.total),
        )

    def _material(self, row: int) -> int:
        return self.plan.first_material + row % self.plan.materials

    def _adjustment_row(self, index: int, rng: RecordRandom, _at: int) -> Record:
        quantity = rng.randint(1, 6) * (1 if index % 3 else -1)
        return self._movement_row(index, quantity)

    def _transfer_row(self, index: int, rng: RecordRandom, _at: int) -> Record:
        return self._movement_row(index, rng.randint(1, 20))

    def _movement_row(self, index: int, quantity: int) -> Record:
        """Return a row that moves stock; that of a material with batches has the batch null."""
        variant = self._material(index)
        without_batch = batch_fields(-1, quantity) if self.plan.is_batched(variant) else {}
        cost = purchase_price(self.plan, variant)
        return {"quantity": quantity, "cost_per_unit": cost, **without_batch}

    def _bin_transfer_row(self, index: int, _rng: RecordRandom, _at: int) -> Record:
        """Return a row of the bin transfers that put the first materials into their bins."""
        quantity = str(max(self._in_bin(index), 1))
        batches = self.plan.batches.children_of(self._material(index))[:1]
        return {
            "location_id": id_of("locations", 0),
            "quantity": quantity,
            "target_bin_location_id": id_of("bin_locations", index % _BINS_USED),
            "traceability": [
                {"batch_id": id_of("batches", each), "serial_number_id": None, "quantity": quantity}
                for each in batches
            ],
        }

    def _stock_of(self, variant: int, location: int) -> int:
        row = variant * self.plan.locations + location
        return int(self.plan.tables["inventory"].make(row)["quantity_in_stock"])

    def _in_bin(self, material: int) -> int:
        """Return the quantity of a material in its bin: half of the main warehouse's stock."""
        return self._stock_of(self.plan.first_material + material, 0) // 2

    def _in_batch(self, index: int) -> int:
        """Return the quantity of a batch in a location, an equal share of the variant's stock."""
        batch, location = divmod(index, self.plan.locations)
        variant = self.plan.batches.parent_of(batch)
        stock, batches = self._stock_of(variant, location), self.plan.batches.children_of(variant)
        share = stock // len(batches)
        return share if batch != batches[-1] else stock - share * (len(batches) - 1)

    def _batch_stock(self, batches: SeededTable, index: int) -> Record:
        batch, location = divmod(index, self.plan.locations)
        made = batches.make(batch)
        return {
            **{name: made[name] for name in LAYOUT["batches"].fields},
            "location_id": id_of("locations", location),
            "quantity": self._in_batch(index),
        }

    def _variant_of_bin_stock(self, index: int) -> int:
        if index < self._binned:
            return self.plan.first_material + index
        return self.plan.batches.parent_of((index - self._binned) // self.plan.locations)

    def _bin_of_bin_stock(self, index: int) -> int:
        """Return the bin of a material or of its first batch; -1 for other batches."""
        if index < self._binned:
            return index % _BINS_USED
        batch, location = divmod(index - self._binned, self.plan.locations)
        variant = self.plan.batches.parent_of(batch)
        material = variant - self.plan.first_material
        first = batch == self.plan.batches.children_of(variant)[0]
        in_bin = first and location == 0 and 0 <= material < self._binned
        return material % _BINS_USED if in_bin else -1

    def _bin_stock(self, index: int, _rng: RecordRandom, _at: int) -> Record:
        if index < self._binned:
            return {"location_id": id_of("locations", 0), "quantity_in_stock": self._in_bin(index)}
        row = index - self._binned
        batch, location = divmod(row, self.plan.locations)
        return {
            "granularity": "BATCH",
            "location_id": id_of("locations", location),
            "batch_id": id_of("batches", batch),
            "quantity_in_stock": self._in_batch(row),
        }


def _adjustment(index: int, rng: RecordRandom, at: int) -> Record:
    return {
        "stock_adjustment_number": f"SA-{index + 1}",
        "stock_adjustment_date": timestamp(at),
        "location_id": id_of("locations", 0),
        "reason": rng.choice(("Damaged in the workshop", "Found behind the saw", None)),
        "additional_info": rng.maybe(30, rng.choice(words.NOTES)),
    }


def _transfer(index: int, rng: RecordRandom, at: int) -> Record:
    return {
        "stock_transfer_number": f"ST-{index + 1}",
        "status": "received",
        "source_location_id": id_of("locations", 0),
        "target_location_id": id_of("locations", 1),
        **dict.fromkeys(("transfer_date", "order_created_date"), timestamp(at)),
        "expected_arrival_date": timestamp(at + rng.randint(1, 9) * DAY),
        "additional_info": rng.maybe(30, rng.choice(words.NOTES)),
    }


def _stocktake(index: int, rng: RecordRandom, at: int) -> Record:
    return {
        "stocktake_number": f"STK-{index + 1}",
        "location_id": id_of("locations", 0),
        "status": "COMPLETED",
        "reason": rng.maybe(30, "Yearly count"),
        **dict.fromkeys(("stocktake_created_date", "started_date"), timestamp(at)),
        "completed_date": timestamp(at + rng.randint(1, 5) * DAY),
    }


def _bin_transfer(index: int, _rng: RecordRandom, at: int) -> Record:
    return {
        "bin_transfer_number": f"BT-{index + 1}",
        "location_id": id_of("locations", 0),
        "status": "DONE",
        **dict.fromkeys(("created_date", "departed_at", "arrived_at"), timestamp(at)),
        "additional_info": None if index else "Put away.",
    }


def _batch(index: int, rng: RecordRandom, at: int) -> Record:
    return {
        "batch_number": f"B-{index + 1:05d}",
        "batch_barcode": rng.maybe(50, f"47401{index:07d}"),
        "batch_created_date": timestamp(at),
        "expiration_date": rng.maybe(40, timestamp(at + _SHELF_LIFE)),
    }


def _stocktake_row(_index: int, rng: RecordRandom, _at: int) -> Record:
    there = rng.randint(1, 90)
    counted = dict.fromkeys(("counted_quantity", "in_stock_quantity"), there)
    return {**counted, "discrepancy_quantity": 0}


def _serial_number(index: int, _rng: RecordRandom, _at: int) -> Record:
    return {"serial_number": f"SN-{index + 1:05d}", "in_stock": True}


def _serial_transaction(index: int, _rng: RecordRandom, at: int) -> Record:
    return {
        "serial_number": f"SN-{index + 1:05d}",
        "resource_type": "Production",
        "transaction_date": timestamp(at),
    }
