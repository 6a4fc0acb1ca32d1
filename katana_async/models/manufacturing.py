"""How products are made: the rows of their bills of materials."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from attrs import frozen

from ._base import Model, Timestamp

__all__ = [
    "BomRow",
]


@frozen(kw_only=True, repr=False)
class BomRow(Model):
    """One ingredient of a product variant, in its bill of materials. Its id is a UUID.

    Katana: The BOM row object, https://developer.katanamrp.com/reference/the-bom-row-object
    """

    id: UUID
    product_item_id: int
    product_variant_id: int
    ingredient_variant_id: int
    # Per unit of the product variant, in the ingredient's unit of measure.
    quantity: Decimal | None = None
    notes: str | None = None
    # Orders the rows of a variant.
    rank: int | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
