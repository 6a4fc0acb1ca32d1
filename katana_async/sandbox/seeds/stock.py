"""Seeded adjustments, transfers and stocktakes, batches, bins and serial numbers."""

from ..clock import timestamp
from ..store import Record, Uuids
from . import words
from .base import DAY, LAYOUT, Dice, Seeded, each, id_of, lookup, within
from .items import purchase_price
from .plan import Plan

_BINS_USED = 20
_SERIAL_NUMBERS = 5


class SerialTransactions(Uuids):
    """Ids of serial number transactions: that of the first is "undefined", as seen live."""

    def id(self, number: int) -> str:
        return super().id(number) if number else "undefined"

    def number(self, id: str | int) -> int | None:
        return 0 if id == "undefined" else super().number(id)


def traced(batch: int, quantity: int, bin_id: int | None = None) -> Record:
    """Return the fields that name the batch of a row; stock without a batch if it is -1."""
    batch_id = id_of("batches", batch) if batch >= 0 else None
    place = {"batch_id": batch_id, "bin_location_id": bin_id, "serial_number_id": None}
    return {
        "batch_transactions": [{"batch_id": batch_id, "quantity": quantity}],
        "traceability": [{**place, "quantity": str(quantity)}],
    }


class Stock:
    """The tables of what happened to stock, and of where it is."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._binned = min(plan.materials, 3 * _BINS_USED)
        self.stocks = each(plan.batches.total, plan.locations)

    def add(self) -> None:
        """Add the tables to the plan."""
        plan = self.plan
        for parents, rows, count, fields, row_fields in (
            (
                "stock_adjustments",
                "stock_adjustment_rows",
                plan.purchases // 3,
                _adjustment,
                self._adjusted,
            ),
            (
                "stock_transfers",
                "stock_transfer_rows",
                plan.purchases // 4,
                _transfer,
                self._transferred,
            ),
            ("stocktakes", "stocktake_rows", plan.purchases // 6, _stocktake, _counted),
            (
                "bin_transfers",
                "bin_transfer_rows",
                min(plan.materials // 2, 3),
                _bin_transfer,
                self._put_away,
            ),
        ):
            two = each(count, 2)
            links = {
                parents.removesuffix("s") + "_id": two,
                "variant_id": plan.materials_in_turn(two.total),
            }
            plan.add(rows, row_fields, links, owner=plan.add(parents, fields, count=count))
        batches = plan.add("batches", _batch, {"variant_id": plan.batches})
        plan.add(
            "batch_stocks",
            lambda index, _dice, _at: self._batch_stock(batches, index),
            {"batch_id": self.stocks, "variant_id": within(plan.batches, self.stocks)},
        )
        binned = self._binned + self.stocks.total
        plan.add(
            "bin_stocks",
            self._bin_stock,
            {
                "variant_id": lookup(binned, self._variant_of_bin_stock),
                "bin_location_id": lookup(binned, self._bin_of_bin_stock),
            },
        )
        made = each(min(_SERIAL_NUMBERS, plan.begun))
        plan.add(
            "serial_number_transactions",
            _serial_transaction,
            {"serial_number_id": made, "resource_id": made},
            owner=plan.add("serial_numbers", _serial_number, count=made.total),
        )

    def _material(self, row: int) -> int:
        return self.plan.first_material + row % self.plan.materials

    def _adjusted(self, index: int, dice: Dice, _at: int) -> Record:
        quantity = dice.between(1, 6) * (1 if index % 3 else -1)
        return self._moved(index, quantity)

    def _transferred(self, index: int, dice: Dice, _at: int) -> Record:
        return self._moved(index, dice.between(1, 20))

    def _moved(self, index: int, quantity: int) -> Record:
        """Make a row that moves stock: of a material with batches, stock without a batch."""
        variant = self._material(index)
        without_batch = traced(-1, quantity) if self.plan.is_batched(variant) else {}
        cost = purchase_price(self.plan, variant)
        return {"quantity": quantity, "cost_per_unit": cost, **without_batch}

    def _put_away(self, index: int, _dice: Dice, _at: int) -> Record:
        """Make a row of a bin transfer, by which the first materials came into their bins."""
        quantity = str(max(self._in_bin(index), 1))
        batches = self.plan.batches.of(self._material(index))[:1]
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
        """Return how much of a material is in its bin: half of the main warehouse's stock."""
        return self._stock_of(self.plan.first_material + material, 0) // 2

    def _in_batch(self, index: int) -> int:
        """Return the quantity of a batch in a location: an equal share of the variant's stock."""
        batch, location = divmod(index, self.plan.locations)
        variant = self.plan.batches.parent(batch)
        stock, batches = self._stock_of(variant, location), self.plan.batches.of(variant)
        share = stock // len(batches)
        return share if batch != batches[-1] else stock - share * (len(batches) - 1)

    def _batch_stock(self, batches: Seeded, index: int) -> Record:
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
        return self.plan.batches.parent((index - self._binned) // self.plan.locations)

    def _bin_of_bin_stock(self, index: int) -> int:
        """Return the bin of a material or of its first batch; -1 for other batches."""
        if index < self._binned:
            return index % _BINS_USED
        batch, location = divmod(index - self._binned, self.plan.locations)
        variant = self.plan.batches.parent(batch)
        material = variant - self.plan.first_material
        first = batch == self.plan.batches.of(variant)[0]
        in_bin = first and location == 0 and 0 <= material < self._binned
        return material % _BINS_USED if in_bin else -1

    def _bin_stock(self, index: int, _dice: Dice, _at: int) -> Record:
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


def _adjustment(index: int, dice: Dice, at: int) -> Record:
    return {
        "stock_adjustment_number": f"SA-{index + 1}",
        "stock_adjustment_date": timestamp(at),
        "location_id": id_of("locations", 0),
        "reason": dice.pick(("Damaged in the workshop", "Found behind the saw", None)),
        "additional_info": dice.maybe(30, dice.pick(words.NOTES)),
    }


def _transfer(index: int, dice: Dice, at: int) -> Record:
    return {
        "stock_transfer_number": f"ST-{index + 1}",
        "status": "received",
        "source_location_id": id_of("locations", 0),
        "target_location_id": id_of("locations", 1),
        **dict.fromkeys(("transfer_date", "order_created_date"), timestamp(at)),
        "expected_arrival_date": timestamp(at + dice.between(1, 9) * DAY),
        "additional_info": dice.maybe(30, dice.pick(words.NOTES)),
    }


def _stocktake(index: int, dice: Dice, at: int) -> Record:
    return {
        "stocktake_number": f"STK-{index + 1}",
        "location_id": id_of("locations", 0),
        "status": "COMPLETED",
        "reason": dice.maybe(30, "Yearly count"),
        **dict.fromkeys(("stocktake_created_date", "started_date"), timestamp(at)),
        "completed_date": timestamp(at + dice.between(1, 5) * DAY),
    }


def _bin_transfer(index: int, _dice: Dice, at: int) -> Record:
    return {
        "bin_transfer_number": f"BT-{index + 1}",
        "location_id": id_of("locations", 0),
        "status": "DONE",
        **dict.fromkeys(("created_date", "departed_at", "arrived_at"), timestamp(at)),
        "additional_info": None if index else "Put away.",
    }


def _batch(index: int, dice: Dice, at: int) -> Record:
    made = timestamp(at)
    return {
        "batch_number": f"B-{index + 1:05d}",
        "batch_barcode": dice.maybe(50, f"47401{index:07d}"),
        "batch_created_date": made,
        "expiration_date": dice.maybe(40, f"2027{made[4:]}"),
    }


def _counted(_index: int, dice: Dice, _at: int) -> Record:
    there = dice.between(1, 90)
    counted = dict.fromkeys(("counted_quantity", "in_stock_quantity"), there)
    return {**counted, "discrepancy_quantity": 0}


def _serial_number(index: int, _dice: Dice, _at: int) -> Record:
    return {"serial_number": f"SN-{index + 1:05d}", "in_stock": True}


def _serial_transaction(index: int, _dice: Dice, at: int) -> Record:
    return {
        "serial_number": f"SN-{index + 1:05d}",
        "resource_type": "Production",
        "transaction_date": timestamp(at),
    }
