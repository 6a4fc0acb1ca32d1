"""Seeded movements of stock, and adjustments, transfers and stocktakes long done."""

from collections.abc import Sequence

from ..clock import timestamp
from ..layout import Layout
from ..schema import number
from ..store import Id, Record
from ..tables.places import LOCATION_LAYOUT
from ..tables.stock_adjustments import STOCK_ADJUSTMENT_LAYOUT
from ..tables.stock_transfers import STOCK_TRANSFER_LAYOUT
from ..tables.stocktakes import STOCKTAKE_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from . import words
from .base import Seeded
from .catalog import Inventory, purchase_price
from .plan import Plan

_ADJUSTMENT, _TRANSFER, _STOCKTAKE = range(130, 133)
_DAY = 86_400_000


class Movements(Seeded):
    """One movement for each row of stock: all that is there came in as the account began."""

    def __init__(self, plan: Plan) -> None:
        self._stock = Inventory(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        return len(self._stock)

    def created(self, index: int) -> int:
        return self._stock.created(index)

    def children(self, link: str, parent: Id) -> Sequence[int]:
        return self._stock.children(link, parent)

    def make(self, index: int) -> Record:
        row = self._stock.make(index)
        stock, cost, created = row["quantity_in_stock"], row["average_cost"], row["created_at"]
        return {
            "variant_id": row["variant_id"],
            "location_id": row["location_id"],
            "movement_date": created,
            "quantity_change": stock,
            "balance_after": stock,
            "value_per_unit": cost,
            "average_cost_after": cost,
            "value_in_stock_after": number(stock * cost),
            "created_at": created,
            "updated_at": created,
        }


class Adjustments(Seeded):
    """Stock adjustments: things get lost, broken and found."""

    def __len__(self) -> int:
        return self.plan.purchases // 3

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_ADJUSTMENT, index)
        stamps = self.calendar.stamps(index, dice)
        return {
            "stock_adjustment_number": f"SA-{index + 1}",
            "stock_adjustment_date": stamps["created_at"],
            "location_id": LOCATION_LAYOUT.id(0),
            "reason": dice.pick(("Damaged in the workshop", "Found behind the saw", "Samples")),
            "additional_info": dice.pick(words.NOTES) if dice.chance(30) else None,
            **stamps,
        }


class Transfers(Seeded):
    """Stock transfers from the first location to the second, all of them received."""

    def __len__(self) -> int:
        return self.plan.purchases // 4

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_TRANSFER, index)
        stamps = self.calendar.stamps(index, dice)
        return {
            "stock_transfer_number": f"ST-{index + 1}",
            "status": "received",
            "source_location_id": LOCATION_LAYOUT.id(0),
            "target_location_id": LOCATION_LAYOUT.id(1),
            "transfer_date": stamps["created_at"],
            "order_created_date": stamps["created_at"],
            "expected_arrival_date": timestamp(self.created(index) + dice.between(1, 9) * _DAY),
            "additional_info": dice.pick(words.NOTES) if dice.chance(30) else None,
            **stamps,
        }


class Stocktakes(Seeded):
    """Stocktakes that found everything in its place."""

    def __len__(self) -> int:
        return self.plan.purchases // 6

    def children(self, _link: str, _parent: Id) -> Sequence[int]:
        return ()

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_STOCKTAKE, index)
        stamps = self.calendar.stamps(index, dice)
        created = stamps["created_at"]
        return {
            "stocktake_number": f"STK-{index + 1}",
            "location_id": LOCATION_LAYOUT.id(0),
            "status": "COMPLETED",
            "reason": "Yearly count" if dice.chance(30) else None,
            "stocktake_created_date": created,
            "started_date": created,
            "completed_date": timestamp(self.created(index) + dice.between(1, 5) * _DAY),
            **stamps,
        }


class _Rows(Seeded):
    """Two rows for each record of another table, which go through the materials.

    Args:
        parents: The other table's records.
        layout: The other table's layout.
        link: The field that holds the id of the other record.
    """

    def __init__(self, plan: Plan, parents: Seeded, layout: Layout, link: str) -> None:
        self._parents, self._layout, self._link = parents, layout, link
        super().__init__(plan)

    def __len__(self) -> int:
        return 2 * len(self._parents)

    def created(self, index: int) -> int:
        return self._parents.created(index // 2)

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        index = parent - self._layout.id(0)
        return range(2 * index, 2 * index + 2) if 0 <= index < len(self._parents) else ()

    def make(self, index: int) -> Record:
        stamp = timestamp(self.created(index))
        return {
            self._link: self._layout.id(index // 2),
            "variant_id": VARIANT_LAYOUT.id(self.variant(index)),
            "created_at": stamp,
            "updated_at": stamp,
        }

    def variant(self, index: int) -> int:
        """Return the index of a row's variant."""
        return self.plan.variants.total + index % self.plan.materials


class AdjustmentRows(_Rows):
    """The rows of stock adjustments."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, Adjustments(plan), STOCK_ADJUSTMENT_LAYOUT, "stock_adjustment_id")

    def make(self, index: int) -> Record:
        amount = self.plan.dice(_ADJUSTMENT, index).between(1, 6)
        cost = purchase_price(self.plan, self.variant(index))
        sign = 1 if index % 3 else -1
        return {**super().make(index), "quantity": sign * amount, "cost_per_unit": cost}


class TransferRows(_Rows):
    """The rows of stock transfers."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, Transfers(plan), STOCK_TRANSFER_LAYOUT, "stock_transfer_id")

    def make(self, index: int) -> Record:
        amount = self.plan.dice(_TRANSFER, index).between(1, 20)
        cost = purchase_price(self.plan, self.variant(index))
        return {**super().make(index), "quantity": amount, "cost_per_unit": cost}


class StocktakeRows(_Rows):
    """The rows of stocktakes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, Stocktakes(plan), STOCKTAKE_LAYOUT, "stocktake_id")

    def make(self, index: int) -> Record:
        there = self.plan.dice(_STOCKTAKE, index).between(1, 90)
        return {
            **super().make(index),
            "counted_quantity": there,
            "in_stock_quantity": there,
            "discrepancy_quantity": 0,
        }
