"""Seeded manufacturing orders: older ones are done, the newest not started."""

from decimal import Decimal

from ..clock import timestamp
from ..schema import number
from ..store import Record
from ..tables.workshop import cost_of
from . import words
from .base import DAY, Dice, each, id_of, lookup
from .items import purchase_price, step
from .plan import INGREDIENTS, STEPS, Plan

_AVAILABILITY = ("IN_STOCK", "IN_STOCK", "EXPECTED", "NOT_AVAILABLE")


class Making:
    """The tables of manufacturing orders and of what was made."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def add(self) -> None:
        """Add the tables to the plan."""
        plan = self.plan
        recipe, used = each(plan.making, INGREDIENTS), each(plan.begun, INGREDIENTS)
        variants = lookup(plan.making, self.variant)
        orders = plan.add("manufacturing_orders", self._order, {"variant_id": variants})
        plan.add(
            "manufacturing_order_recipe_rows",
            self._recipe_row,
            {
                "manufacturing_order_id": recipe,
                "variant_id": lookup(recipe.total, self._ingredient),
            },
            owner=orders,
        )
        plan.add(
            "manufacturing_order_operation_rows",
            self._operation_row,
            {"manufacturing_order_id": each(plan.making, STEPS)},
            owner=orders,
        )
        productions = plan.add(
            "manufacturing_order_productions",
            self._production,
            {"manufacturing_order_id": each(plan.begun)},
            owner=orders,
            after=3 * DAY,
        )
        plan.add(
            "manufacturing_order_production_ingredients",
            self._used,
            {
                "production_id": used,
                "manufacturing_order_id": used,
                "manufacturing_order_recipe_row_id": each(used.total),
            },
            owner=productions,
        )

    def variant(self, order: int) -> int:
        """Return the variant that an order makes: the first of a product that is not bought."""
        made_here = self.plan.products - (self.plan.products + 1) // 5
        group, place = divmod(order % made_here, 4)
        return self.plan.of_product.of(5 * group + (0, 1, 2, 4)[place])[0]

    def quantity(self, order: int) -> int:
        """Return the planned quantity of an order."""
        return 2 * Dice(self.plan.seed, 93, order).between(1, 12)

    def completed(self, order: int) -> int:
        """Return the quantity of an order that was made."""
        if order >= self.plan.begun:
            return 0
        return self.quantity(order) // (1 if order < self.plan.made else 2)

    def status(self, order: int) -> str:
        """Return the status of an order."""
        if order < self.plan.begun:
            return "DONE" if order < self.plan.made else "PARTIALLY_COMPLETED"
        return ("IN_PROGRESS", "NOT_STARTED", "BLOCKED", "NOT_STARTED")[order % 4]

    def _order(self, index: int, dice: Dice, at: int) -> Record:
        done = index < self.plan.made
        return {
            "order_no": f"MO-{index + 1}",
            "location_id": id_of("locations", 0),
            "status": self.status(index),
            "planned_quantity": self.quantity(index),
            "order_created_date": timestamp(at),
            "production_deadline_date": timestamp(at + 10 * DAY),
            "done_date": timestamp(at + 3 * DAY) if done else None,
            "additional_info": dice.maybe(30, dice.pick(words.NOTES)),
            "ingredient_availability": "PROCESSED" if done else dice.pick(_AVAILABILITY),
        }

    def _bom_row(self, recipe_row: int) -> int:
        order, place = divmod(recipe_row, INGREDIENTS)
        return self.plan.bom.of(self.variant(order))[place]

    def _ingredient(self, recipe_row: int) -> int:
        return self.plan.bom_materials.parent(self._bom_row(recipe_row))

    def _recipe_row(self, index: int, dice: Dice, at: int) -> Record:
        order, bom_row = index // INGREDIENTS, self._bom_row(index)
        ingredient = self.plan.tables["bom_rows"].make(bom_row)
        done = order < self.plan.made
        availability = "PROCESSED" if done else dice.pick(_AVAILABILITY)
        expected = timestamp(at + 7 * DAY) if availability == "EXPECTED" else None
        used = number(ingredient["quantity"] * self.completed(order))
        batches = self.plan.batches.of(self._ingredient(index))[:1] if done else ()
        return {
            "batch_transactions": [
                {"batch_id": id_of("batches", each), "quantity": used} for each in batches
            ],
            "planned_quantity_per_unit": ingredient["quantity"],
            "notes": ingredient["notes"],
            "ingredient_availability": availability,
            "ingredient_expected_date": expected,
        }

    def _operation_row(self, index: int, dice: Dice, at: int) -> Record:
        order, place = divmod(index, STEPS)
        done = order < self.plan.made
        active = self.status(order) == "IN_PROGRESS" and place == 0
        operators = [self._operator(dice.below(3))] if done or active or dice.chance(50) else []
        return {
            **step(self.plan, self.variant(order), place),
            "assigned_operators": operators,
            "completed_by_operators": operators if done else [],
            "active_operator_id": operators[0]["operator_id"] if active else None,
            "status": "COMPLETED" if done else "IN_PROGRESS" if active else "NOT_STARTED",
            "completed_at": timestamp(at + 3 * DAY) if done else None,
        }

    def _operator(self, index: int) -> Record:
        name = self.plan.tables["operators"].make(index)["operator_name"]
        return {"operator_id": id_of("operators", index), "name": name, "deleted_at": None}

    def _production(self, index: int, _dice: Dice, at: int) -> Record:
        made = self.completed(index)
        work = [self._work(index, place, timestamp(at)) for place in range(STEPS)]
        used = (self._use(index * INGREDIENTS + place) for place in range(INGREDIENTS))
        value = sum((Decimal(item["cost"]) for item in (*work, *used)), Decimal(0)) / made
        return {
            "location_id": id_of("locations", 0),
            "production_date": timestamp(at),
            "variant_id": id_of("variants", self.variant(index)),
            "quantity": made,
            "is_final": index < self.plan.made,
            "value_per_unit": number(round(value, 10)),
            "operations": work,
        }

    def _work(self, production: int, place: int, at: str) -> Record:
        """Return what a production says of an operation of its order."""
        work = step(self.plan, self.variant(production), place)
        row, made = STEPS * production + place, self.completed(production)
        setup = work["type"] == "setup"
        share = Decimal(made) / self.quantity(production) if setup else made
        time = number(Decimal(work["planned_time_parameter"] * share))
        return {
            "manufacturing_order_id": id_of("manufacturing_orders", production),
            "location_id": id_of("locations", 0),
            **dict.fromkeys(("production_date", "created_at", "updated_at"), at),
            "id": row + 1,
            "production_id": id_of("manufacturing_order_productions", production),
            "manufacturing_order_operation_id": id_of("manufacturing_order_operation_rows", row),
            "time": time,
            "cost": number(cost_of(work, time, made)),
            "deleted_at": None,
        }

    def _used(self, index: int, _dice: Dice, at: int) -> Record:
        place = {"location_id": id_of("locations", 0), "production_date": timestamp(at)}
        return {**place, **self._use(index)}

    def _use(self, recipe_row: int) -> Record:
        """Return the variant, quantity and cost of what was used for a recipe row."""
        ingredient = self.plan.tables["bom_rows"].make(self._bom_row(recipe_row))
        quantity = ingredient["quantity"] * self.completed(recipe_row // INGREDIENTS)
        price = Decimal(purchase_price(self.plan, self._ingredient(recipe_row)))
        return {
            "variant_id": ingredient["ingredient_variant_id"],
            "quantity": number(quantity),
            "cost": number(quantity * price),
        }
