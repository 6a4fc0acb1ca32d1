"""Collections of purchase orders, their rows and their ingredients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import OutsourcedRecipeRow, PurchaseOrder, PurchaseOrderRow
from .._base import Deletes, GetsAndDeletes, operation
from .._search import Searches


class PurchaseOrders(Deletes[PurchaseOrder], Searches[PurchaseOrder], path="/purchase_orders"):
    """Purchase orders to suppliers, including outsourced work."""

    preserves = ("additional_info",)

    def list(self, **filters: Unpack[params.PurchaseOrderFilters]) -> Pages[PurchaseOrder]:
        """List purchase orders with their rows, the newest first."""
        return self._list(filters, params.PurchaseOrderFilters)

    def search(
        self, **query: Unpack[params.Search[params.PurchaseOrderWhere]]
    ) -> Pages[PurchaseOrder]:
        """Search purchase orders, such as `where={"status": "NOT_RECEIVED"}`."""
        return self._search(query, params.PurchaseOrderWhere)

    async def get(self, id: int, /, **query: Unpack[params.SupplierQuery]) -> PurchaseOrder:
        """Get one purchase order with its rows."""
        return await self._get(id, query, params.SupplierQuery)

    async def create(self, **body: Unpack[params.PurchaseOrderCreate]) -> PurchaseOrder:
        """Create a purchase order with its rows.

        Katana ignores `location_id` in the rows of a new order.
        """
        return await self._create(body, params.PurchaseOrderCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[params.PurchaseOrderUpdate]
    ) -> PurchaseOrder:
        """Change a purchase order, and keep its `additional_info` unless `preserve` is False.

        Katana answers without the rows, so `purchase_order_rows` of the returned record is empty.
        """
        return await self._update(id, changes, params.PurchaseOrderUpdate, preserve=preserve)

    @operation(
        "POST",
        "/purchase_order_receive",
        body=params.PurchaseOrderReceiveRow | tuple[params.PurchaseOrderReceiveRow, ...],
    )
    async def receive(self, rows: Sequence[params.PurchaseOrderReceiveRow], /) -> None:
        """Receive purchase order rows, at least one. This adds the quantities to the stock.

        A smaller quantity than ordered splits the row: the received part gets a new id and
        `group_id`, and the open part keeps the id.
        """
        await self._call_with_rows("/purchase_order_receive", rows, params.PurchaseOrderReceiveRow)


class PurchaseOrderRows(GetsAndDeletes[PurchaseOrderRow], path="/purchase_order_rows"):
    """Rows of purchase orders."""

    def list(self, **filters: Unpack[params.PurchaseOrderRowFilters]) -> Pages[PurchaseOrderRow]:
        """List rows of purchase orders, the newest first."""
        return self._list(filters, params.PurchaseOrderRowFilters)

    async def create(self, **body: Unpack[params.PurchaseOrderRowCreate]) -> PurchaseOrderRow:
        """Add a row to a purchase order."""
        return await self._create(body, params.PurchaseOrderRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.PurchaseOrderRowUpdate]
    ) -> PurchaseOrderRow:
        """Change a row of a purchase order.

        None clears `purchase_uom` and `purchase_uom_conversion_rate`.
        """
        return await self._update(id, changes, params.PurchaseOrderRowUpdate)


class OutsourcedRecipeRows(
    GetsAndDeletes[OutsourcedRecipeRow], path="/outsourced_purchase_order_recipe_rows"
):
    """Ingredients that subcontractors need for outsourced purchase orders."""

    def list(
        self, **filters: Unpack[params.OutsourcedRecipeRowFilters]
    ) -> Pages[OutsourcedRecipeRow]:
        """List ingredients of outsourced order rows, the newest first."""
        return self._list(filters, params.OutsourcedRecipeRowFilters)

    async def create(self, **body: Unpack[params.OutsourcedRecipeRowCreate]) -> OutsourcedRecipeRow:
        """Add an ingredient to a row of an outsourced order."""
        return await self._create(body, params.OutsourcedRecipeRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.OutsourcedRecipeRowUpdate]
    ) -> OutsourcedRecipeRow:
        """Change an ingredient of an outsourced order row."""
        return await self._update(id, changes, params.OutsourcedRecipeRowUpdate)
