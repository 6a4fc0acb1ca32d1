"""What can be called about what products are made of, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack
from uuid import UUID

from ...http.pages import Pages
from ...models.manufacturing import BomRow, ProductOperationRow, RecipeRow
from ...params.manufacturing import (
    BomRowBatch,
    BomRowCreate,
    BomRowFilters,
    BomRowUpdate,
    ProductOperationRerank,
    ProductOperationRowFilters,
    ProductOperationRowsCreate,
    ProductOperationRowUpdate,
    RecipeFilters,
    RecipeRowUpdate,
    RecipesCreate,
)
from .._base import Deletes, DeletesByUuid, Finds, FindsByUuid, operation

__all__ = [
    "BomRows",
    "ProductOperationRows",
    "RecipeRows",
    "Recipes",
]


class BomRows(FindsByUuid[BomRow], DeletesByUuid[BomRow]):
    """The ingredients of product variants. Their ids are UUIDs.

    Katana: The BOM row object, https://developer.katanamrp.com/reference/the-bom-row-object
    """

    path = "/bom_rows"
    model = BomRow
    found_by = "id"

    # The addresses of the pages of create and create_many are swapped at Katana.

    def list(self, **filters: Unpack[BomRowFilters]) -> Pages[BomRow]:
        """List BOM rows.

        Katana: https://developer.katanamrp.com/reference/getallbomrows
        """
        return self._list(filters, BomRowFilters)

    async def create(self, **body: Unpack[BomRowCreate]) -> BomRow | None:
        """Add an ingredient to a product variant.

        Returns:
            The new row, or None when Katana answers without one, as it documents.

        Katana: https://developer.katanamrp.com/reference/batchcreatebomrows

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create_maybe(body, BomRowCreate)

    @operation("POST", "/bom_rows/batch/create", body=BomRowBatch)
    async def create_many(self, rows: Sequence[BomRowCreate], /) -> None:
        """Add up to 250 ingredients at once. Katana does not say which ids they got.

        Katana: https://developer.katanamrp.com/reference/createbomrow

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        await self._call("POST", "/bom_rows/batch/create", {"data": [*rows]}, BomRowBatch)

    async def update(self, id: UUID | str, /, **changes: Unpack[BomRowUpdate]) -> BomRow:
        """Change a BOM row. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updatebomrow

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or the text is not a UUID.
        """
        return await self._update(id, changes, BomRowUpdate)


class Recipes(FindsByUuid[RecipeRow], DeletesByUuid[RecipeRow]):
    """The ingredients of product variants by their older name. Their ids are UUIDs.

    Katana advises `bom_rows` instead, and has announced that deleting here will go: `recipe_rows`
    deletes the same rows.

    Katana: https://developer.katanamrp.com/reference/the-recipe-bom-object
    """

    path = "/recipes"
    model = RecipeRow
    found_by = "recipe_row_id"

    def list(self, **filters: Unpack[RecipeFilters]) -> Pages[RecipeRow]:
        """List recipe rows, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallrecipes
        """
        return self._list(filters, RecipeFilters)

    async def create(self, **body: Unpack[RecipesCreate]) -> None:
        """Add up to 150 ingredients to product variants. Katana does not say which ids they got.

        With `keep_current_rows=False` they replace the ingredients that the variants have; left
        out, those stay.

        Katana: https://developer.katanamrp.com/reference/createrecipes

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        await self._call("POST", self.path, body, RecipesCreate)


class RecipeRows(DeletesByUuid[RecipeRow]):
    """The rows of `recipes`, one by one. Their ids are UUIDs.

    Katana: https://developer.katanamrp.com/reference/the-recipe-bom-object
    """

    path = "/recipe_rows"
    model = RecipeRow

    async def update(self, id: UUID | str, /, **changes: Unpack[RecipeRowUpdate]) -> RecipeRow:
        """Change a recipe row. What is not given stays.

        Katana: https://developer.katanamrp.com/reference/updatereciperow

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or the text is not a UUID.
        """
        return await self._update(id, changes, RecipeRowUpdate)


class ProductOperationRows(Finds[ProductOperationRow], Deletes[ProductOperationRow]):
    """The steps of work that making a product variant takes.

    Their ids are `product_operation_row_id`.

    Katana: https://developer.katanamrp.com/reference/the-product-operation-object
    """

    path = "/product_operation_rows"
    model = ProductOperationRow
    key = ("product_operation_row_id",)
    found_by = "product_operation_row_id"

    def list(self, **filters: Unpack[ProductOperationRowFilters]) -> Pages[ProductOperationRow]:
        """List operations of products, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallproductoperationrows
        """
        return self._list(filters, ProductOperationRowFilters)

    async def create(self, **body: Unpack[ProductOperationRowsCreate]) -> None:
        """Give product variants operations. Katana does not say which ids they got.

        With `keep_current_rows=False` they replace the operations that the variants have, with
        True they come after those. Say which: Katana's documents contradict each other on what
        happens when it is left out.

        An operation and its resource go by id, or by name: a name that is new makes a new one.

        Katana: https://developer.katanamrp.com/reference/createproductoperationrows

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        await self._call("POST", self.path, body, ProductOperationRowsCreate)

    async def update(
        self, id: int, /, **changes: Unpack[ProductOperationRowUpdate]
    ) -> ProductOperationRow:
        """Change an operation of a product. What is not given stays.

        Katana: https://developer.katanamrp.com/reference/updateproductoperationrow

        Raises:
            NotFound: There is no such operation.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, ProductOperationRowUpdate)

    @operation("POST", "/product_operation_rerank")
    async def rerank(self, **body: Unpack[ProductOperationRerank]) -> None:
        """Move an operation behind another one of the same product, or group the two.

        Katana: https://developer.katanamrp.com/reference/rerankproductoperation

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        await self._call("POST", "/product_operation_rerank", body, ProductOperationRerank)
