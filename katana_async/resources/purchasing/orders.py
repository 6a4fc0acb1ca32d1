"""Collections of purchase orders, their rows and their ingredients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack
from uuid import UUID

from ...http.pages import Pages
from ...models.purchasing import OutsourcedRecipeRow, PurchaseOrder, PurchaseOrderRow
from ...params.purchasing import (
    OutsourcedRecipeRowCreate,
    OutsourcedRecipeRowFilters,
    OutsourcedRecipeRowUpdate,
    PurchaseOrderCreate,
    PurchaseOrderFilters,
    PurchaseOrderQuery,
    PurchaseOrderReceiveRow,
    PurchaseOrderRowCreate,
    PurchaseOrderRowFilters,
    PurchaseOrderRowUpdate,
    PurchaseOrderUpdate,
    PurchaseOrderWhere,
)
from ...params.search import CustomFieldCondition
from .._base import Deletes, Gets, operation
from .._search import Searches


class PurchaseOrders(Deletes[PurchaseOrder], Searches[PurchaseOrder]):
    """Purchase orders to suppliers, including outsourced work.

    Katana: The purchase order object,
    https://developer.katanamrp.com/reference/the-purchase-order-object
    """

    path = "/purchase_orders"
    model = PurchaseOrder
    preserves = ("additional_info",)

    def list(self, **filters: Unpack[PurchaseOrderFilters]) -> Pages[PurchaseOrder]:
        """List purchase orders with their rows, the newest first.

        Katana: https://developer.katanamrp.com/reference/findpurchaseorders
        """
        return self._list(filters, PurchaseOrderFilters)

    @operation("POST", "/purchase_orders/search")
    def search(
        self,
        *,
        where: PurchaseOrderWhere | None = None,
        custom_fields: Mapping[UUID | str, CustomFieldCondition] | None = None,
        order: str | Sequence[str] | None = None,
    ) -> Pages[PurchaseOrder]:
        """Search purchase orders, such as `where={"status": "NOT_RECEIVED"}`.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._search(PurchaseOrderWhere, where, custom_fields, order)

    async def get(self, id: int, /, **query: Unpack[PurchaseOrderQuery]) -> PurchaseOrder:
        """Get one purchase order with its rows.

        Katana: https://developer.katanamrp.com/reference/getpurchaseorder
        """
        return await self._get(id, query, PurchaseOrderQuery)

    async def create(self, **body: Unpack[PurchaseOrderCreate]) -> PurchaseOrder:
        """Create a purchase order with its rows.

        Katana ignores `location_id` in the rows of a new order.

        Katana: https://developer.katanamrp.com/reference/createpurchaseorder
        """
        return await self._create(body, PurchaseOrderCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[PurchaseOrderUpdate]
    ) -> PurchaseOrder:
        """Change a purchase order, and keep its `additional_info`.


        Katana answers without the rows, so `purchase_order_rows` of the returned record is empty.

        Katana: https://developer.katanamrp.com/reference/updatepurchaseorder

        Args:
            preserve: False lets Katana clear an omitted `additional_info`: see `Collection`.
        """
        return await self._update(id, changes, PurchaseOrderUpdate, preserve=preserve)

    @operation(
        "POST",
        "/purchase_order_receive",
        body=PurchaseOrderReceiveRow | tuple[PurchaseOrderReceiveRow, ...],
    )
    async def receive(self, rows: Sequence[PurchaseOrderReceiveRow], /) -> None:
        """Receive purchase order rows, at least one. This adds the quantities to the stock.

        A smaller quantity than ordered splits the row: the received part gets a new id and
        `group_id`, and the open part keeps the id.

        Katana: https://developer.katanamrp.com/reference/receivepurchaseorder
        """
        await self._call_with_rows("/purchase_order_receive", rows, PurchaseOrderReceiveRow)


class PurchaseOrderRows(Gets[PurchaseOrderRow], Deletes[PurchaseOrderRow]):
    """Rows of purchase orders.

    Katana: https://developer.katanamrp.com/reference/the-purchase-order-row-object
    """

    path = "/purchase_order_rows"
    model = PurchaseOrderRow

    def list(self, **filters: Unpack[PurchaseOrderRowFilters]) -> Pages[PurchaseOrderRow]:
        """List rows of purchase orders, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallpurchaseorderrows
        """
        return self._list(filters, PurchaseOrderRowFilters)

    async def create(self, **body: Unpack[PurchaseOrderRowCreate]) -> PurchaseOrderRow:
        """Add a row to a purchase order.

        Katana: https://developer.katanamrp.com/reference/createpurchaseorderrow
        """
        return await self._create(body, PurchaseOrderRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[PurchaseOrderRowUpdate]
    ) -> PurchaseOrderRow:
        """Change a row of a purchase order.

        None clears `purchase_uom` and `purchase_uom_conversion_rate`.

        Katana: https://developer.katanamrp.com/reference/updatepurchaseorderrow
        """
        return await self._update(id, changes, PurchaseOrderRowUpdate)


class OutsourcedRecipeRows(Gets[OutsourcedRecipeRow], Deletes[OutsourcedRecipeRow]):
    """Ingredients that subcontractors need for outsourced purchase orders.

    Katana: https://developer.katanamrp.com/reference/outsourced-purchase-order-recipe-row
    """

    path = "/outsourced_purchase_order_recipe_rows"
    model = OutsourcedRecipeRow

    def list(self, **filters: Unpack[OutsourcedRecipeRowFilters]) -> Pages[OutsourcedRecipeRow]:
        """List ingredients of outsourced order rows, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallpurchaseorderreciperows
        """
        return self._list(filters, OutsourcedRecipeRowFilters)

    async def create(self, **body: Unpack[OutsourcedRecipeRowCreate]) -> OutsourcedRecipeRow:
        """Add an ingredient to a row of an outsourced order.

        Katana: https://developer.katanamrp.com/reference/createpurchaseorderreciperow
        """
        return await self._create(body, OutsourcedRecipeRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[OutsourcedRecipeRowUpdate]
    ) -> OutsourcedRecipeRow:
        """Change an ingredient of an outsourced order row.

        Katana: https://developer.katanamrp.com/reference/updatepurchaseorderreciperow
        """
        return await self._update(id, changes, OutsourcedRecipeRowUpdate)
