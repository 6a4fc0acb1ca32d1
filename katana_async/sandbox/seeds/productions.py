"""Seeded productions: all that has been made of a manufacturing order, at once."""

from collections.abc import Sequence
from decimal import Decimal

from ..clock import timestamp
from ..schema import number
from ..store import Id, Record
from ..tables.manufacturing_shapes import (
    OPERATION_ROW_LAYOUT,
    ORDER_LAYOUT,
    RECIPE_ROW_LAYOUT,
)
from ..tables.places import LOCATION_LAYOUT
from ..tables.productions import PRODUCTION_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from ..tables.workshop import cost_of
from .base import Seeded
from .catalog import purchase_price
from .manufacturing import Making, RecipeRows, time_of
from .plan import Plan
from .workshop import INGREDIENTS, STEPS, step

_PRODUCTION, _USE = range(120, 122)


class _Made(Seeded):
    """What was made of the orders that have been begun, oldest first.

    Attributes:
        each: How many records there are for each production.
    """

    each = 1

    def __init__(self, plan: Plan) -> None:
        self.making = Making(plan)
        self.recipe = RecipeRows(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        return self.each * self.making.begun

    def created(self, index: int) -> int:
        return self.making.produced(index // self.each)

    def of(self, place: int) -> range:
        """Return the records of a production or an order."""
        inside = 0 <= place < self.making.begun
        return range(self.each * place, self.each * (place + 1)) if inside else range(0)

    def common(self, index: int) -> Record:
        """Return what a production and its ingredients both say."""
        order = index // self.each
        at = timestamp(self.created(index))
        return {
            "manufacturing_order_id": ORDER_LAYOUT.id(order),
            "location_id": LOCATION_LAYOUT.id(0),
            "production_date": at,
            "created_at": at,
            "updated_at": at,
        }

    def used(self, recipe_row: int) -> Record:
        """Return the variant, the quantity and the cost of what was used of a recipe row."""
        row = self.recipe.make(recipe_row)
        quantity = row["planned_quantity_per_unit"] * self.making.made(recipe_row // INGREDIENTS)
        variant = row["variant_id"] - VARIANT_LAYOUT.id(0)
        cost = Decimal(quantity) * Decimal(purchase_price(self.plan, variant))
        return {
            "variant_id": row["variant_id"],
            "quantity": number(quantity),
            "cost": number(cost),
        }


class Productions(_Made):
    """The productions; some of what they made has serial numbers."""

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        return self.of(parent - ORDER_LAYOUT.id(0)) if isinstance(parent, int) else ()

    def make(self, index: int) -> Record:
        making, common = self.making, self.common(index)
        made = making.made(index)
        rows = range(INGREDIENTS * index, INGREDIENTS * (index + 1))
        work = [self._work(index, place, common) for place in range(STEPS)]
        costs = [each["cost"] for each in (*work, *map(self.used, rows))]
        value = sum(map(Decimal, costs), Decimal(0)) / made
        return {
            **common,
            "variant_id": VARIANT_LAYOUT.id(making.variant(index)),
            "quantity": made,
            "is_final": index < making.done,
            "value_per_unit": number(round(value, 10)),
            "operations": work,
        }

    def _work(self, index: int, place: int, common: Record) -> Record:
        made, planned = self.making.made(index), self.making.quantity(index)
        work = step(self.plan, self.making.variant(index), place)
        time = time_of(work, made, planned)
        row = STEPS * index + place
        return {
            **common,
            "id": row + 1,
            "production_id": PRODUCTION_LAYOUT.id(index),
            "manufacturing_order_operation_id": OPERATION_ROW_LAYOUT.id(row),
            "time": time,
            "cost": number(cost_of(work, time, made)),
            "deleted_at": None,
        }


class ProductionIngredients(_Made):
    """What the productions used."""

    each = INGREDIENTS

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        if link == "production_id":
            return self.of(parent - PRODUCTION_LAYOUT.id(0))
        row = parent - RECIPE_ROW_LAYOUT.id(0)
        return (row,) if 0 <= row < len(self) else ()

    def make(self, index: int) -> Record:
        return {
            **self.common(index),
            **self.used(index),
            "production_id": PRODUCTION_LAYOUT.id(index // self.each),
            "manufacturing_order_recipe_row_id": RECIPE_ROW_LAYOUT.id(index),
        }
