"""Seeded movements of stock."""

from collections.abc import Sequence

from ..schema import number
from ..store import Id, Record
from .base import Seeded
from .catalog import Inventory
from .plan import Plan


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
