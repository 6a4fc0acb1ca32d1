"""Collections of the rows and productions of manufacturing orders."""

from __future__ import annotations

from typing import Unpack

from ...http.pages import Pages
from ...models.manufacturing import (
    ManufacturingOrderOperationRow,
    ManufacturingOrderProduction,
    ManufacturingOrderRecipeRow,
    ProductionIngredient,
)
from ...params.manufacturing import (
    ManufacturingOrderOperationRowCreate,
    ManufacturingOrderOperationRowFilters,
    ManufacturingOrderOperationRowUpdate,
    ManufacturingOrderProductionCreate,
    ManufacturingOrderProductionFilters,
    ManufacturingOrderProductionUpdate,
    ManufacturingOrderRecipeRowCreate,
    ManufacturingOrderRecipeRowFilters,
    ManufacturingOrderRecipeRowUpdate,
    ProductionIngredientFilters,
    ProductionIngredientUpdate,
)
from .._base import Deletes, Finds, Gets

__all__ = [
    "ManufacturingOrderOperationRows",
    "ManufacturingOrderProductions",
    "ManufacturingOrderRecipeRows",
    "ProductionIngredients",
]


class ManufacturingOrderOperationRows(
    Gets[ManufacturingOrderOperationRow], Deletes[ManufacturingOrderOperationRow]
):
    """Operations of manufacturing orders, with operators, resource and status.

    Katana: https://developer.katanamrp.com/reference/the-manufacturing-order-operation-row-object
    """

    path = "/manufacturing_order_operation_rows"
    model = ManufacturingOrderOperationRow

    def list(
        self, **filters: Unpack[ManufacturingOrderOperationRowFilters]
    ) -> Pages[ManufacturingOrderOperationRow]:
        """List operations of manufacturing orders, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallmanufacturingorderoperationrows
        """
        return self._list(filters, ManufacturingOrderOperationRowFilters)

    async def create(
        self, **body: Unpack[ManufacturingOrderOperationRowCreate]
    ) -> ManufacturingOrderOperationRow:
        """Add an operation to a manufacturing order that is not done yet.

        Operations and resources are given by id or by name. A new name creates one.

        Katana: https://developer.katanamrp.com/reference/createmanufacturingorderoperationrow
        """
        return await self._create(body, ManufacturingOrderOperationRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[ManufacturingOrderOperationRowUpdate]
    ) -> ManufacturingOrderOperationRow:
        """Change an operation of a manufacturing order.

        Katana: https://developer.katanamrp.com/reference/updatemanufacturingorderoperationrow
        """
        return await self._update(id, changes, ManufacturingOrderOperationRowUpdate)


class ManufacturingOrderRecipeRows(
    Gets[ManufacturingOrderRecipeRow], Deletes[ManufacturingOrderRecipeRow]
):
    """Ingredients of manufacturing orders, with planned and used quantities.

    Katana: https://developer.katanamrp.com/reference/the-manufacturing-order-recipe-row-object
    """

    path = "/manufacturing_order_recipe_rows"
    model = ManufacturingOrderRecipeRow

    def list(
        self, **filters: Unpack[ManufacturingOrderRecipeRowFilters]
    ) -> Pages[ManufacturingOrderRecipeRow]:
        """List ingredients of manufacturing orders, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallmanufacturingorderreciperows
        """
        return self._list(filters, ManufacturingOrderRecipeRowFilters)

    async def create(
        self, **body: Unpack[ManufacturingOrderRecipeRowCreate]
    ) -> ManufacturingOrderRecipeRow:
        """Add an ingredient to a manufacturing order.

        Katana: https://developer.katanamrp.com/reference/createmanufacturingorderreciperows
        """
        return await self._create(body, ManufacturingOrderRecipeRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[ManufacturingOrderRecipeRowUpdate]
    ) -> ManufacturingOrderRecipeRow:
        """Change an ingredient of a manufacturing order.

        Katana: https://developer.katanamrp.com/reference/updatemanufacturingorderreciperows
        """
        return await self._update(id, changes, ManufacturingOrderRecipeRowUpdate)


class ManufacturingOrderProductions(
    Gets[ManufacturingOrderProduction], Deletes[ManufacturingOrderProduction]
):
    """Productions: the quantities that manufacturing orders have made so far.

    Katana: https://developer.katanamrp.com/reference/the-manufacturing-order-production-object
    """

    path = "/manufacturing_order_productions"
    model = ManufacturingOrderProduction

    def list(
        self, **filters: Unpack[ManufacturingOrderProductionFilters]
    ) -> Pages[ManufacturingOrderProduction]:
        """List productions, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallmanufacturingorderproductions
        """
        return self._list(filters, ManufacturingOrderProductionFilters)

    async def create(
        self, **body: Unpack[ManufacturingOrderProductionCreate]
    ) -> ManufacturingOrderProduction:
        """Report a quantity of a manufacturing order as made.

        By default it consumes the planned ingredients and operations of the order; an empty list
        of `ingredients` or `operations` consumes none.

        Katana: https://developer.katanamrp.com/reference/createmanufacturingorderproduction
        """
        return await self._create(body, ManufacturingOrderProductionCreate)

    async def update(
        self, id: int, /, **changes: Unpack[ManufacturingOrderProductionUpdate]
    ) -> ManufacturingOrderProduction:
        """Change the day of a production, or its batches and serial numbers.

        Katana: https://developer.katanamrp.com/reference/updatemanufacturingorderproduction
        """
        return await self._update(id, changes, ManufacturingOrderProductionUpdate)


class ProductionIngredients(Finds[ProductionIngredient]):
    """Ingredients of productions.

    Katana: https://developer.katanamrp.com/reference/updatemanufacturingorderproductioningredient
    """

    path = "/manufacturing_order_production_ingredients"
    model = ProductionIngredient

    def list(self, **filters: Unpack[ProductionIngredientFilters]) -> Pages[ProductionIngredient]:
        """List ingredients of productions, the newest first.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._list(filters, ProductionIngredientFilters)

    async def update(
        self, id: int, /, **changes: Unpack[ProductionIngredientUpdate]
    ) -> ProductionIngredient:
        """Change the batches and bins that an ingredient of a production was taken from.

        Katana: https://developer.katanamrp.com/reference/updatemanufacturingorderproductioningredient
        """
        return await self._update(id, changes, ProductionIngredientUpdate)
