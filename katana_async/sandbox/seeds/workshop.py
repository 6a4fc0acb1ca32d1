"""Seeded operations and resources, and by which of them each variant is made."""

from collections.abc import Sequence

from ..store import Id, Record
from ..tables.items import PRODUCT_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from ..tables.workshop import OPERATION_LAYOUT, RANK_STEP, RESOURCE_LAYOUT
from . import words
from .base import Seeded
from .catalog import Variants
from .plan import Plan

_OPERATION, _RESOURCE, _STEP, _STAMPS = range(100, 104)

INGREDIENTS = 3
STEPS = 2


class Operations(Seeded):
    """What is done in the workshop."""

    def __len__(self) -> int:
        return len(words.WORK)

    def make(self, index: int) -> Record:
        stamps = self.calendar.stamps(index, self.plan.dice(_OPERATION, index))
        return {"name": words.WORK[index][0], **stamps}


class Resources(Seeded):
    """Where it is done: one resource for each operation."""

    def __len__(self) -> int:
        return len(words.WORK)

    def make(self, index: int) -> Record:
        stamps = self.calendar.stamps(index, self.plan.dice(_RESOURCE, index))
        return {"name": words.WORK[index][1], **stamps}


def step(plan: Plan, variant: int, place: int) -> Record:
    """Return the first or the second thing that is done to make a variant."""
    dice = plan.dice(_STEP, STEPS * variant + place)
    half = len(words.WORK) // STEPS
    work = half * place + dice.below(half)
    operation, resource, cost = words.WORK[work]
    rank = (place + 1) * RANK_STEP
    return {
        "operation_id": OPERATION_LAYOUT.id(work),
        "operation_name": operation,
        "resource_id": RESOURCE_LAYOUT.id(work),
        "resource_name": resource,
        "type": "setup" if place == 0 and dice.chance(20) else "process",
        "cost_parameter": cost,
        "planned_time_parameter": 300 * dice.between(1, 24),
        "rank": rank,
        "group_boundary": rank,
    }


class ProductOperations(Seeded):
    """Two operations for each variant that is made here."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._variants = Variants(plan)

    def __len__(self) -> int:
        return STEPS * (self.plan.bom.total // INGREDIENTS)

    def _variant(self, index: int) -> int:
        """Return the variant of a row: of those with a bill of materials, one after the other."""
        return self.plan.bom.parent(index // STEPS * INGREDIENTS)

    def hidden(self, index: int) -> str | None:
        gone = self.plan.hides(self.plan.variants.parent(self._variant(index)))
        return gone if gone == "deleted_at" else None

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        if link == "product_id":
            variants: Sequence[int] = self._variants.children("product_id", parent)
        else:
            variant = parent - VARIANT_LAYOUT.id(0)
            variants = (variant,) if 0 <= variant < self.plan.variants.total else ()
        ingredients = (self.plan.bom.of(variant) for variant in variants)
        places = [rows.start // INGREDIENTS for rows in ingredients if rows]
        return [STEPS * place + each for place in places for each in range(STEPS)]

    def make(self, index: int) -> Record:
        variant = self._variant(index)
        stamps = self.calendar.stamps(index, self.plan.dice(_STAMPS, index))
        return {
            "product_id": PRODUCT_LAYOUT.id(self.plan.variants.parent(variant)),
            "product_variant_id": VARIANT_LAYOUT.id(variant),
            **step(self.plan, variant, index % STEPS),
            **stamps,
            **self.veil(index, stamps),
        }
