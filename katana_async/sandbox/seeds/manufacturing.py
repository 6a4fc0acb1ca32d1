"""Seeded manufacturing orders; older ones are done, the newest are not started."""

from decimal import Decimal

from ..amounts import number
from ..clock import timestamp
from ..store import Record
from ..tables.workshop import cost_of
from . import words
from .base import DAY, RecordRandom, id_of, relate_by_parent, relate_each
from .items import purchase_price, step
from .plan import INGREDIENTS, STEPS, SeedPlan

_AVAILABILITY = ("IN_STOCK", "IN_STOCK", "EXPECTED", "NOT_AVAILABLE")


class ManufacturingSeeds:
    """The tables of manufacturing orders and productions."""

    def __init__(self, plan: SeedPlan) -> None:
        self.plan = plan

    def add(self) -> None:
        """Add the tables to the plan."""
        plan = self.plan
        recipe, used = relate_each(plan.making, INGREDIENTS), relate_each(plan.begun, INGREDIENTS)
        variants = relate_by_parent(plan.making, self.variant)
        orders = plan.add("manufacturing_orders", self._order, {"variant_id": variants})
        plan.add(
            "manufacturing_order_recipe_rows",
            self._recipe_row,
            {
                "manufacturing_order_id": recipe,
                "variant_id": relate_by_parent(recipe.total, self._ingredient),
            },
            owner=orders,
        )
        plan.add(
            "manufacturing_order_operation_rows",
            self._operation_row,
            {"manufacturing_order_id": relate_each(plan.making, STEPS)},
            owner=orders,
        )
        productions = plan.add(
            "manufacturing_order_productions",
            self._production,
            {"manufacturing_order_id": relate_each(plan.begun)},
            owner=orders,
            after=3 * DAY,
        )
        plan.add(
            "manufacturing_order_production_ingredients",
            self._ingredient_use,
            {
                "production_id": used,
                "manufacturing_order_id": used,
                "manufacturing_order_recipe_row_id": relate_each(used.total),
            },
            owner=productions,
        )

    def variant(self, order: int) -> int:
        """Return the variant of an order: the first of a manufactured product."""
        made_here = self.plan.products - (self.plan.products + 1) // 5
        group, place = divmod(order % made_here, 4)
        return self.plan.of_product.children_of(5 * group + (0, 1, 2, 4)[place])[0]

    def quantity(self, order: int) -> int:
        """Return the planned quantity of an order."""
        return 2 * RecordRandom(self.plan.seed, 93, order).randint(1, 12)

    def completed_quantity(self, order: int) -> int:
        """Return the produced quantity of an order."""
        if order >= self.plan.begun:
            return 0
        return self.quantity(order) // (1 if order < self.plan.made else 2)

    def status(self, order: int) -> str:
        """Return the status of an order."""
        if order < self.plan.begun:
            return "DONE" if order < self.plan.made else "PARTIALLY_COMPLETED"
        return ("IN_PROGRESS", "NOT_STARTED", "BLOCKED", "NOT_STARTED")[order % 4]

    def _order(self, index: int, rng: RecordRandom, at: int) -> Record:
        done = index < self.plan.made
        return {
            "order_no": f"MO-{index + 1}",
            "location_id": id_of("locations", 0),
            "status": self.status(index),
            "planned_quantity": self.quantity(index),
            "order_created_date": timestamp(at),
            "production_deadline_date": timestamp(at + 10 * DAY),
            "done_date": timestamp(at + 3 * DAY) if done else None,
            "additional_info": rng.maybe(30, rng.choice(words.NOTES)),
            "ingredient_availability": "PROCESSED" if done else rng.choice(_AVAILABILITY),
        }

    def _bom_row(self, recipe_row: int) -> int:
        order, place = divmod(recipe_row, INGREDIENTS)
        return self.plan.bom.children_of(self.variant(order))[place]

    def _ingredient(self, recipe_row: int) -> int:
        return self.plan.bom_materials.parent_of(self._bom_row(recipe_row))

    def _recipe_row(self, index: int, rng: RecordRandom, at: int) -> Record:
        order, bom_row = index // INGREDIENTS, self._bom_row(index)
        ingredient = self.plan.tables["bom_rows"].make(bom_row)
        done = order < self.plan.made
        availability = "PROCESSED" if done else rng.choice(_AVAILABILITY)
        expected = timestamp(at + 7 * DAY) if availability == "EXPECTED" else None
        used = number(ingredient["quantity"] * self.completed_quantity(order))
        batches = self.plan.batches.children_of(self._ingredient(index))[:1] if done else ()
        return {
            "batch_transactions": [
                {"batch_id": id_of("batches", each), "quantity": used} for each in batches
            ],
            "planned_quantity_per_unit": ingredient["quantity"],
            "notes": ingredient["notes"],
            "ingredient_availability": availability,
            "ingredient_expected_date": expected,
        }

    def _operation_row(self, index: int, rng: RecordRandom, at: int) -> Record:
        order, place = divmod(index, STEPS)
        done = order < self.plan.made
        active = self.status(order) == "IN_PROGRESS" and place == 0
        operators = [self._operator(rng.randbelow(3))] if done or active or rng.chance(50) else []
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

    def _production(self, index: int, _rng: RecordRandom, at: int) -> Record:
        made = self.completed_quantity(index)
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
        """Return a production's entry for an operation of its order."""
        work = step(self.plan, self.variant(production), place)
        row, made = STEPS * production + place, self.completed_quantity(production)
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

    def _ingredient_use(self, index: int, _rng: RecordRandom, at: int) -> Record:
        place = {"location_id": id_of("locations", 0), "production_date": timestamp(at)}
        return {**place, **self._use(index)}

    def _use(self, recipe_row: int) -> Record:
        """Return the used variant, quantity and cost of a recipe row."""
        ingredient = self.plan.tables["bom_rows"].make(self._bom_row(recipe_row))
        quantity = ingredient["quantity"] * self.completed_quantity(recipe_row // INGREDIENTS)
        price = Decimal(purchase_price(self.plan, self._ingredient(recipe_row)))
        return {
            "variant_id": ingredient["ingredient_variant_id"],
            "quantity": number(quantity),
            "cost": number(quantity * price),
        }
