"""Collections of the rows and productions of manufacturing orders."""

from __future__ import annotations

from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import (
    ManufacturingOrderOperationRow,
    ManufacturingOrderProduction,
    ManufacturingOrderRecipeRow,
    ProductionIngredient,
)
from .._base import Finds, GetsAndDeletes


class ManufacturingOrderOperationRows(
    GetsAndDeletes[ManufacturingOrderOperationRow], path="/manufacturing_order_operation_rows"
):
    """Operations of manufacturing orders, with operators, resource and status."""

    def list(
        self, **filters: Unpack[params.ManufacturingOrderOperationRowFilters]
    ) -> Pages[ManufacturingOrderOperationRow]:
        """List operations of manufacturing orders, the newest first."""
        return self._list(filters, params.ManufacturingOrderOperationRowFilters)

    async def create(
        self, **body: Unpack[params.ManufacturingOrderOperationRowCreate]
    ) -> ManufacturingOrderOperationRow:
        """Add an operation to a manufacturing order that is not done yet.

        Operations and resources are given by id or by name. A new name creates one.
        """
        return await self._create(body, params.ManufacturingOrderOperationRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.ManufacturingOrderOperationRowUpdate]
    ) -> ManufacturingOrderOperationRow:
        """Change an operation of a manufacturing order."""
        return await self._update(id, changes, params.ManufacturingOrderOperationRowUpdate)


class ManufacturingOrderRecipeRows(
    GetsAndDeletes[ManufacturingOrderRecipeRow], path="/manufacturing_order_recipe_rows"
):
    """Ingredients of manufacturing orders, with planned and used quantities."""

    def list(
        self, **filters: Unpack[params.ManufacturingOrderRecipeRowFilters]
    ) -> Pages[ManufacturingOrderRecipeRow]:
        """List ingredients of manufacturing orders, the newest first."""
        return self._list(filters, params.ManufacturingOrderRecipeRowFilters)

    async def create(
        self, **body: Unpack[params.ManufacturingOrderRecipeRowCreate]
    ) -> ManufacturingOrderRecipeRow:
        """Add an ingredient to a manufacturing order."""
        return await self._create(body, params.ManufacturingOrderRecipeRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.ManufacturingOrderRecipeRowUpdate]
    ) -> ManufacturingOrderRecipeRow:
        """Change an ingredient of a manufacturing order."""
        return await self._update(id, changes, params.ManufacturingOrderRecipeRowUpdate)


class ManufacturingOrderProductions(
    GetsAndDeletes[ManufacturingOrderProduction], path="/manufacturing_order_productions"
):
    """Productions: the quantities that manufacturing orders have made so far."""

    def list(
        self, **filters: Unpack[params.ManufacturingOrderProductionFilters]
    ) -> Pages[ManufacturingOrderProduction]:
        """List productions, the newest first."""
        return self._list(filters, params.ManufacturingOrderProductionFilters)

    async def create(
        self, **body: Unpack[params.ManufacturingOrderProductionCreate]
    ) -> ManufacturingOrderProduction:
        """Report a quantity of a manufacturing order as made.

        By default it consumes the planned ingredients and operations of the order; an empty list
        of `ingredients` or `operations` consumes none.
        """
        return await self._create(body, params.ManufacturingOrderProductionCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.ManufacturingOrderProductionUpdate]
    ) -> ManufacturingOrderProduction:
        """Change the day of a production, or its batches and serial numbers."""
        return await self._update(id, changes, params.ManufacturingOrderProductionUpdate)


class ProductionIngredients(
    Finds[ProductionIngredient], path="/manufacturing_order_production_ingredients"
):
    """Ingredients of productions."""

    def list(
        self, **filters: Unpack[params.ProductionIngredientFilters]
    ) -> Pages[ProductionIngredient]:
        """List ingredients of productions, the newest first."""
        return self._list(filters, params.ProductionIngredientFilters)

    async def update(
        self, id: int, /, **changes: Unpack[params.ProductionIngredientUpdate]
    ) -> ProductionIngredient:
        """Change the batches and bins that an ingredient of a production was taken from."""
        return await self._update(id, changes, params.ProductionIngredientUpdate)
