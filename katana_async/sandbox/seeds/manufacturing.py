"""Seeded manufacturing orders with their rows: the older are done, the newest not begun."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

from ..clock import timestamp
from ..schema import number
from ..store import Id, Record
from ..tables.batches import BATCH_LAYOUT
from ..tables.manufacturing_shapes import ORDER_LAYOUT
from ..tables.places import LOCATION_LAYOUT
from ..tables.settings import OPERATOR_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from . import words
from .base import Seeded
from .catalog import BomRows
from .plan import Calendar, Plan
from .settings import Operators
from .tracking import Batches
from .workshop import INGREDIENTS, STEPS, step

_ORDER, _RECIPE_ROW, _OPERATION_ROW, _AMOUNT = range(110, 114)
_DAY = 86_400_000


class Making:
    """How many manufacturing orders there are, what they make, and how far they are."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.orders = min(max(plan.products // 6, 8), 2_000) if plan.products else 0
        self.done = self.orders * 60 // 100
        # Orders of which something has been made, all or part of it: one production for each.
        self.begun = self.orders * 75 // 100
        self._made_here = plan.products - (plan.products + 1) // 5
        self._calendar = Calendar(self.orders)

    def variant(self, order: int) -> int:
        """Return which variant an order makes: the first of a product that is made here."""
        product = order % self._made_here
        return self.plan.variants.of(product // 4 * 5 + (0, 1, 2, 4)[product % 4]).start

    def orders_of(self, variant: int) -> Sequence[int]:
        """Return the orders that make a variant."""
        return [order for order in range(self.orders) if self.variant(order) == variant]

    def bom_row(self, recipe_row: int) -> int:
        """Return which row of a bill of materials a recipe row was copied from."""
        order, place = divmod(recipe_row, INGREDIENTS)
        return self.plan.bom.of(self.variant(order)).start + place

    def quantity(self, order: int) -> int:
        """Return how much an order is to make."""
        return 2 * self.plan.dice(_AMOUNT, order).between(1, 12)

    def made(self, order: int) -> int:
        """Return how much of that has been made."""
        if order >= self.begun:
            return 0
        return self.quantity(order) // (1 if order < self.done else 2)

    def created(self, order: int) -> int:
        """Return when an order was created."""
        return self._calendar.created(order)

    def produced(self, order: int) -> int:
        """Return when it was made."""
        return self.created(order) + 3 * _DAY

    def status(self, order: int) -> str:
        """Return how far an order is."""
        if order < self.begun:
            return "DONE" if order < self.done else "PARTIALLY_COMPLETED"
        return ("IN_PROGRESS", "NOT_STARTED", "BLOCKED", "NOT_STARTED")[order % 4]


class ManufacturingOrders(Seeded):
    """Manufacturing orders."""

    def __init__(self, plan: Plan) -> None:
        self.making = Making(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        return self.making.orders

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        return self.making.orders_of(parent - VARIANT_LAYOUT.id(0))

    def make(self, index: int) -> Record:
        making, dice = self.making, self.plan.dice(_ORDER, index)
        stamps = self.calendar.stamps(index, dice)
        done = index < making.done
        return {
            "order_no": f"MO-{index + 1}",
            "variant_id": VARIANT_LAYOUT.id(making.variant(index)),
            "location_id": LOCATION_LAYOUT.id(0),
            "status": making.status(index),
            "planned_quantity": making.quantity(index),
            "order_created_date": stamps["created_at"],
            "production_deadline_date": timestamp(making.created(index) + 10 * _DAY),
            "done_date": timestamp(making.produced(index)) if done else None,
            "additional_info": dice.pick(words.NOTES) if dice.chance(30) else None,
            "ingredient_availability": "PROCESSED" if done else dice.pick(_AVAILABILITY),
            **stamps,
        }


_AVAILABILITY = ("IN_STOCK", "IN_STOCK", "EXPECTED", "NOT_AVAILABLE")


class _Rows(Seeded):
    """Rows of manufacturing orders, as many of each."""

    each: int

    def __init__(self, plan: Plan) -> None:
        self.making = Making(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        return self.each * self.making.orders

    def created(self, index: int) -> int:
        return self.making.created(index // self.each)

    def rows_of(self, parent: Id) -> Sequence[int]:
        """Return the rows of an order."""
        order = parent - ORDER_LAYOUT.id(0) if isinstance(parent, int) else -1
        if not 0 <= order < self.making.orders:
            return ()
        return range(self.each * order, self.each * (order + 1))


class RecipeRows(_Rows):
    """The ingredients of manufacturing orders, as their variants' bills of materials say."""

    each = INGREDIENTS

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._bom = BomRows(plan)
        self._batches = Batches(plan)

    @cached_property
    def _by_variant(self) -> dict[Id, list[int]]:
        found: defaultdict[Id, list[int]] = defaultdict(list)
        for row in range(len(self)):
            found[self._ingredient(row)].append(row)
        return dict(found)

    def _ingredient(self, index: int) -> int:
        material = self.making.bom_row(index) % self.plan.materials
        return VARIANT_LAYOUT.id(self.plan.variants.total + material)

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if link == "variant_id":
            return self._by_variant.get(parent, ())
        return self.rows_of(parent)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_RECIPE_ROW, index)
        order = index // self.each
        ingredient = self._bom.make(self.making.bom_row(index))
        stamp = timestamp(self.created(index))
        availability = "PROCESSED" if order < self.making.done else dice.pick(_AVAILABILITY)
        expected = timestamp(self.created(index) + 7 * _DAY)
        return {
            "batch_transactions": self._used(order, ingredient),
            "manufacturing_order_id": ORDER_LAYOUT.id(order),
            "variant_id": ingredient["ingredient_variant_id"],
            "planned_quantity_per_unit": ingredient["quantity"],
            "notes": ingredient["notes"],
            "ingredient_availability": availability,
            "ingredient_expected_date": expected if availability == "EXPECTED" else None,
            "created_at": stamp,
            "updated_at": stamp,
        }

    def _used(self, order: int, ingredient: Record) -> list[Record]:
        """Return the batch an order that is done was made of, if its ingredient has batches."""
        if order >= self.making.done:
            return []
        quantity = number(ingredient["quantity"] * self.making.made(order))
        batches = self._batches.of(ingredient["ingredient_variant_id"] - VARIANT_LAYOUT.id(0))
        return [{"batch_id": BATCH_LAYOUT.id(each), "quantity": quantity} for each in batches[:1]]


class OperationRows(_Rows):
    """The operations of manufacturing orders; those of orders that are done are completed."""

    each = STEPS

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._operators = Operators(plan)

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        return self.rows_of(parent)

    def make(self, index: int) -> Record:
        making, dice = self.making, self.plan.dice(_OPERATION_ROW, index)
        order, place = divmod(index, self.each)
        work = step(self.plan, making.variant(order), place)
        done, active = order < making.done, making.status(order) == "IN_PROGRESS" and place == 0
        stamp = timestamp(self.created(index))
        operators = [self._operator(dice.below(3))] if done or active or dice.chance(50) else []
        return {
            "manufacturing_order_id": ORDER_LAYOUT.id(order),
            **work,
            "assigned_operators": operators,
            "completed_by_operators": operators if done else [],
            "active_operator_id": operators[0]["operator_id"] if active else None,
            "status": "COMPLETED" if done else "IN_PROGRESS" if active else "NOT_STARTED",
            "completed_at": timestamp(making.produced(order)) if done else None,
            "created_at": stamp,
            "updated_at": timestamp(self.created(index) + dice.below(3 * _DAY)),
        }

    def _operator(self, index: int) -> Record:
        name = self._operators.make(index)["operator_name"]
        return {"operator_id": OPERATOR_LAYOUT.id(index), "name": name, "deleted_at": None}


def time_of(work: Record, made: int, planned: int) -> int | Decimal:
    """Return how many seconds of an operation went into what has been made of an order."""
    share = Decimal(made) / planned if work["type"] == "setup" else Decimal(made)
    return number(work["planned_time_parameter"] * share)
