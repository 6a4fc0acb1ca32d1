"""What you send about bills of materials and the operations of products."""

from typing import Literal, Required, TypedDict
from uuid import UUID

from ...models.manufacturing import OperationType
from .._types import DateFilters, Number

__all__ = [
    "BomRowBatch",
    "BomRowCreate",
    "BomRowFilters",
    "BomRowUpdate",
    "ProductOperationRerank",
    "ProductOperationRowFilters",
    "ProductOperationRowInput",
    "ProductOperationRowUpdate",
    "ProductOperationRowsCreate",
    "RecipeFilters",
    "RecipeRowInput",
    "RecipeRowUpdate",
    "RecipesCreate",
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


class RecipeRowInput(TypedDict, total=False):
    """An ingredient to add to a product variant.

    Limits: ingredient_variant_id at least 0, notes at most 255 characters, product_variant_id at
    least 0, quantity 0 to 10,000,000,000,000,000.
    """

    ingredient_variant_id: Required[int]
    product_variant_id: Required[int]
    quantity: Required[Number]
    notes: str


class ProductOperationRowInput(TypedDict, total=False):
    """An operation to add to a product variant.

    Limits: cost_parameter at least 0, cost_per_hour at least 0, operation_name 1 to 256 characters,
    planned_time_parameter at least 0, planned_time_per_unit at least 0, resource_name 1 to 256
    characters.
    """

    product_variant_id: Required[int]
    cost_parameter: Number
    cost_per_hour: Number
    operation_id: int
    operation_name: str
    planned_time_parameter: int
    planned_time_per_unit: int
    resource_id: int
    resource_name: str
    type: OperationType | Literal["process", "setup", "perUnit", "fixed"]


class RecipeFilters(DateFilters, total=False):
    """Which recipe rows to list. Texts match exactly."""

    product_variant_ids: list[int] | tuple[int, ...]
    recipe_row_id: str
    product_id: int
    ingredient_variant_id: int


class RecipesCreate(TypedDict, total=False):
    """Ingredients to add to product variants. `keep_current_rows` False replaces those that are
    there.

    Limits: rows 1 to 150 items.
    """

    rows: Required[list[RecipeRowInput] | tuple[RecipeRowInput, ...]]
    keep_current_rows: bool


class RecipeRowUpdate(TypedDict, total=False):
    """What to change of a recipe row.

    Limits: notes at most 255 characters, quantity 0 to 10,000,000,000,000,000.
    """

    ingredient_variant_id: int
    notes: str
    quantity: Number


class ProductOperationRowFilters(DateFilters, total=False):
    """Which operations of products to list. Texts match exactly."""

    product_id: int
    product_operation_row_id: int
    product_variant_id: int
    operation_id: int
    operation_name: str
    resource_id: int
    resource_name: str


class ProductOperationRowsCreate(TypedDict, total=False):
    """Operations to add to product variants. `keep_current_rows` False replaces those that are
    there."""

    rows: Required[list[ProductOperationRowInput] | tuple[ProductOperationRowInput, ...]]
    keep_current_rows: bool


class ProductOperationRowUpdate(TypedDict, total=False):
    """What to change of an operation of a product.

    Limits: cost_parameter at least 0, cost_per_hour at least 0, operation_name 1 to 256 characters,
    planned_time_parameter at least 0, planned_time_per_unit at least 0, resource_name 1 to 256
    characters.
    """

    cost_parameter: Number
    cost_per_hour: Number
    operation_id: int
    operation_name: str
    planned_time_parameter: int
    planned_time_per_unit: int
    resource_id: int
    resource_name: str
    type: OperationType | Literal["process", "setup", "perUnit", "fixed"]


class ProductOperationRerank(TypedDict, total=False):
    """Where an operation goes in the order of operations."""

    rank_product_operation_id: Required[int]
    preceding_product_operation_id: int
    should_group: bool
