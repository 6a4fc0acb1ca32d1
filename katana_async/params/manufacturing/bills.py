"""Filters and bodies of ingredients and operations of products."""

from typing import Literal, Required, TypedDict
from uuid import UUID

from ... import models
from .._types import CustomFieldValues, DateFilters, ListOrTuple, Number


class BomRowFilters(DateFilters, total=False):
    """Filters for BOM rows. `id` selects one row."""

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
    custom_fields: CustomFieldValues | None


class BomRowBatch(TypedDict):
    """New ingredients of product variants. Limits: 1 to 250 rows."""

    data: ListOrTuple[BomRowCreate]


class BomRowUpdate(TypedDict, total=False):
    """Changes to a BOM row.

    Limits: quantity 0 to 100,000,000,000,000,000, notes at most 255 characters.
    """

    ingredient_variant_id: int
    quantity: Number | None
    notes: str | None
    custom_fields: CustomFieldValues | None


class RecipeRowInput(TypedDict, total=False):
    """An ingredient to add to a product variant.

    Limits: quantity 0 to 10,000,000,000,000,000, notes at most 255 characters.
    """

    product_variant_id: Required[int]
    ingredient_variant_id: Required[int]
    quantity: Required[Number]
    notes: str


class _ProductOperationFields(TypedDict, total=False):
    """Fields of both new and changed operations of products."""

    operation_id: int
    operation_name: str
    type: models.OperationType | Literal["process", "setup", "perUnit", "fixed"]
    resource_id: int
    resource_name: str
    planned_time_parameter: int
    planned_time_per_unit: int
    cost_parameter: Number
    cost_per_hour: Number


class ProductOperationRowUpdate(_ProductOperationFields, total=False):
    """Changes to an operation of a product.

    Times are in seconds. `planned_time_per_unit` is an older name of `planned_time_parameter`.
    Katana ignores a name if the id is given.

    Limits: names 1 to 256 characters, times and costs 0 to 2,147,483,647.
    """

    custom_fields: CustomFieldValues | None


class ProductOperationRowInput(_ProductOperationFields, total=False):
    """An operation to add to a product variant, with the limits of an update."""

    product_variant_id: Required[int]


class RecipeFilters(DateFilters, total=False):
    """Filters for recipe rows. `recipe_row_id` selects one row."""

    product_id: int
    product_variant_ids: ListOrTuple[int]
    recipe_row_id: UUID | str
    ingredient_variant_id: int


class RecipesCreate(TypedDict, total=False):
    """Ingredients to add to product variants.

    `keep_current_rows=False` deletes the present ingredients. By default they stay.

    Limits: 1 to 150 rows.
    """

    rows: Required[ListOrTuple[RecipeRowInput]]
    keep_current_rows: bool


class RecipeRowUpdate(TypedDict, total=False):
    """Changes to a recipe row.

    Limits: quantity 0 to 10,000,000,000,000,000, notes at most 255 characters.
    """

    ingredient_variant_id: int
    quantity: Number
    notes: str


class ProductOperationRowFilters(DateFilters, total=False):
    """Filters for operations of products."""

    product_id: int
    product_operation_row_id: int
    product_variant_id: int
    operation_id: int
    operation_name: str
    resource_id: int
    resource_name: str


class ProductOperationRowsCreate(TypedDict, total=False):
    """Operations to add to product variants. `keep_current_rows=False` deletes the present ones.

    Limits: 150 rows, by Katana's page.
    """

    rows: Required[ListOrTuple[ProductOperationRowInput]]
    keep_current_rows: bool


class ProductOperationRerank(TypedDict, total=False):
    """The new place of an operation: behind another one, and optionally in the same group."""

    rank_product_operation_id: Required[int]
    preceding_product_operation_id: int
    should_group: bool
