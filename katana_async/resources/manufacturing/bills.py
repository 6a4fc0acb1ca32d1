"""Collections of ingredients (BOM and recipe rows) and operations of products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack
from uuid import UUID

from ... import params
from ...http.pages import Pages
from ...models import BomRow, ProductOperationRow, RecipeRow
from .._base import DeletesByUuid, FindsAndDeletes, FindsByUuid, operation


class BomRows(FindsByUuid[BomRow], DeletesByUuid[BomRow], path="/bom_rows"):
    """BOM rows: the ingredients of product variants. Ids are UUIDs."""

    found_by = "id"

    def list(self, **filters: Unpack[params.BomRowFilters]) -> Pages[BomRow]:
        """List BOM rows."""
        return self._list(filters, params.BomRowFilters)

    async def create(self, **body: Unpack[params.BomRowCreate]) -> BomRow | None:
        """Add an ingredient to a product variant.

        Returns:
            The created row; None if Katana answers without content, as it documents.
        """
        response = await self._call("POST", self.path, body, params.BomRowCreate)
        return self._read(response, self._codec.one) if response.content.strip() else None

    @operation("POST", "/bom_rows/batch/create", body=params.BomRowBatch)
    async def create_many(self, rows: Sequence[params.BomRowCreate], /) -> None:
        """Add up to 250 ingredients at once. Katana does not return their ids."""
        await self._call("POST", "/bom_rows/batch/create", {"data": [*rows]}, params.BomRowBatch)

    async def update(self, id: UUID | str, /, **changes: Unpack[params.BomRowUpdate]) -> BomRow:
        """Change a BOM row."""
        return await self._update(id, changes, params.BomRowUpdate)


class Recipes(FindsByUuid[RecipeRow], DeletesByUuid[RecipeRow], path="/recipes"):
    """Recipe rows: the older name of the ingredients of product variants. Ids are UUIDs.

    Katana recommends `bom_rows` and has announced the removal of `delete` here; `recipe_rows`
    deletes the same rows.
    """

    found_by = "recipe_row_id"

    def list(self, **filters: Unpack[params.RecipeFilters]) -> Pages[RecipeRow]:
        """List recipe rows, the newest first."""
        return self._list(filters, params.RecipeFilters)

    async def create(self, **body: Unpack[params.RecipesCreate]) -> None:
        """Add up to 150 ingredients to product variants. Katana does not return their ids.

        `keep_current_rows=False` deletes the present ingredients of these variants. By default
        they stay.
        """
        await self._call("POST", self.path, body, params.RecipesCreate)


class RecipeRows(DeletesByUuid[RecipeRow], path="/recipe_rows"):
    """Recipe rows, changed or deleted one by one. Ids are UUIDs."""

    async def update(
        self, id: UUID | str, /, **changes: Unpack[params.RecipeRowUpdate]
    ) -> RecipeRow:
        """Change a recipe row."""
        return await self._update(id, changes, params.RecipeRowUpdate)


class ProductOperationRows(FindsAndDeletes[ProductOperationRow], path="/product_operation_rows"):
    """Operations of products: the steps of making a variant.

    The field `product_operation_row_id` is the id.
    """

    key = ("product_operation_row_id",)
    found_by = "product_operation_row_id"

    def list(
        self, **filters: Unpack[params.ProductOperationRowFilters]
    ) -> Pages[ProductOperationRow]:
        """List operations of products, the newest first."""
        return self._list(filters, params.ProductOperationRowFilters)

    async def create(self, **body: Unpack[params.ProductOperationRowsCreate]) -> None:
        """Add operations to product variants. Katana does not return their ids.

        `keep_current_rows=False` deletes the present operations of these variants; True adds the
        new ones after them. Always give it: Katana's documents contradict each other about the
        default.

        Operations and resources are given by id or by name. A new name creates one.
        """
        await self._call("POST", self.path, body, params.ProductOperationRowsCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.ProductOperationRowUpdate]
    ) -> ProductOperationRow:
        """Change an operation of a product."""
        return await self._update(id, changes, params.ProductOperationRowUpdate)

    @operation("POST", "/product_operation_rerank")
    async def rerank(self, **body: Unpack[params.ProductOperationRerank]) -> None:
        """Move an operation behind another one of the same product, or group the two."""
        await self._call("POST", "/product_operation_rerank", body, params.ProductOperationRerank)
