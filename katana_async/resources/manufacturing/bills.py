"""Collections of ingredients (BOM and recipe rows) and operations of products."""

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
    """BOM rows: the ingredients of product variants. Ids are UUIDs.

    Katana: The BOM row object, https://developer.katanamrp.com/reference/the-bom-row-object
    """

    path = "/bom_rows"
    model = BomRow
    found_by = "id"

    # Katana has swapped the addresses of its pages for create and create_many.

    def list(self, **filters: Unpack[BomRowFilters]) -> Pages[BomRow]:
        """List BOM rows.

        Katana: https://developer.katanamrp.com/reference/getallbomrows
        """
        return self._list(filters, BomRowFilters)

    async def create(self, **body: Unpack[BomRowCreate]) -> BomRow | None:
        """Add an ingredient to a product variant.

        Returns:
            The created row; None if Katana answers without content, as it documents.

        Katana: https://developer.katanamrp.com/reference/batchcreatebomrows
        """
        return await self._create_maybe(body, BomRowCreate)

    @operation("POST", "/bom_rows/batch/create", body=BomRowBatch)
    async def create_many(self, rows: Sequence[BomRowCreate], /) -> None:
        """Add up to 250 ingredients at once. Katana does not return their ids.

        Katana: https://developer.katanamrp.com/reference/createbomrow
        """
        await self._call("POST", "/bom_rows/batch/create", {"data": [*rows]}, BomRowBatch)

    async def update(self, id: UUID | str, /, **changes: Unpack[BomRowUpdate]) -> BomRow:
        """Change a BOM row.

        Katana: https://developer.katanamrp.com/reference/updatebomrow
        """
        return await self._update(id, changes, BomRowUpdate)


class Recipes(FindsByUuid[RecipeRow], DeletesByUuid[RecipeRow]):
    """Recipe rows: the older name of the ingredients of product variants. Ids are UUIDs.

    Katana recommends `bom_rows` and has announced the removal of `delete` here; `recipe_rows`
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
        """Add up to 150 ingredients to product variants. Katana does not return their ids.

        `keep_current_rows=False` deletes the present ingredients of these variants. By default
        they stay.

        Katana: https://developer.katanamrp.com/reference/createrecipes
        """
        await self._call("POST", self.path, body, RecipesCreate)


class RecipeRows(DeletesByUuid[RecipeRow]):
    """Recipe rows, changed or deleted one by one. Ids are UUIDs.

    Katana: https://developer.katanamrp.com/reference/the-recipe-bom-object
    """

    path = "/recipe_rows"
    model = RecipeRow

    async def update(self, id: UUID | str, /, **changes: Unpack[RecipeRowUpdate]) -> RecipeRow:
        """Change a recipe row.

        Katana: https://developer.katanamrp.com/reference/updatereciperow
        """
        return await self._update(id, changes, RecipeRowUpdate)


class ProductOperationRows(Finds[ProductOperationRow], Deletes[ProductOperationRow]):
    """Operations of products: the steps of making a variant.

    The field `product_operation_row_id` is the id.

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
        """Add operations to product variants. Katana does not return their ids.

        `keep_current_rows=False` deletes the present operations of these variants; True adds the
        new ones after them. Always give it: Katana's documents contradict each other about the
        default.

        Operations and resources are given by id or by name. A new name creates one.

        Katana: https://developer.katanamrp.com/reference/createproductoperationrows
        """
        await self._call("POST", self.path, body, ProductOperationRowsCreate)

    async def update(
        self, id: int, /, **changes: Unpack[ProductOperationRowUpdate]
    ) -> ProductOperationRow:
        """Change an operation of a product.

        Katana: https://developer.katanamrp.com/reference/updateproductoperationrow
        """
        return await self._update(id, changes, ProductOperationRowUpdate)

    @operation("POST", "/product_operation_rerank")
    async def rerank(self, **body: Unpack[ProductOperationRerank]) -> None:
        """Move an operation behind another one of the same product, or group the two.

        Katana: https://developer.katanamrp.com/reference/rerankproductoperation
        """
        await self._call("POST", "/product_operation_rerank", body, ProductOperationRerank)
