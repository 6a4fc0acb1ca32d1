"""What you send about bills of materials."""

from typing import Required, TypedDict
from uuid import UUID

from ._types import DateFilters, Number

__all__ = [
    "BomRowBatch",
    "BomRowCreate",
    "BomRowFilters",
    "BomRowUpdate",
]


class BomRowFilters(DateFilters, total=False):
    """Which BOM rows to list. `id` finds one."""

    id: UUID | str
    product_item_id: int
    product_variant_id: int
    ingredient_variant_id: int


class BomRowCreate(TypedDict, total=False):
    """A new ingredient of a product variant.

    Limits: quantity 0 to 100,000,000,000,000,000, notes at most 255 characters.
    """

    product_item_id: Required[int]
    product_variant_id: Required[int]
    ingredient_variant_id: Required[int]
    quantity: Number | None
    notes: str | None


class BomRowBatch(TypedDict):
    """New ingredients of product variants.

    Limits: 1 to 250 rows.
    """

    data: list[BomRowCreate] | tuple[BomRowCreate, ...]


class BomRowUpdate(TypedDict, total=False):
    """What to change of a BOM row. None clears.

    Limits: quantity 0 to 100,000,000,000,000,000, notes at most 255 characters.
    """

    ingredient_variant_id: int
    quantity: Number | None
    notes: str | None
