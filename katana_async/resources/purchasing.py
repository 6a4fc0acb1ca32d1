"""What can be called about purchase orders."""

from __future__ import annotations

from typing import Unpack

from ..http.pages import Pages
from ..models.purchasing import PurchaseOrder
from ..params.purchasing import (
    PurchaseOrderCreate,
    PurchaseOrderFilters,
    PurchaseOrderQuery,
    PurchaseOrderUpdate,
)
from ._base import Deletes


class PurchaseOrders(Deletes[PurchaseOrder]):
    """What the account ordered from suppliers, outsourced work included.

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

    async def get(self, id: int, /, **query: Unpack[PurchaseOrderQuery]) -> PurchaseOrder:
        """Get one purchase order with its rows.

        Katana: https://developer.katanamrp.com/reference/getpurchaseorder

        Raises:
            NotFound: There is no such order.
        """
        return await self._get(id, query, PurchaseOrderQuery)

    async def create(self, **body: Unpack[PurchaseOrderCreate]) -> PurchaseOrder:
        """Create a purchase order with its rows.

        Katana drops the `location_id` of rows that come with a new order.

        Katana: https://developer.katanamrp.com/reference/createpurchaseorder

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, PurchaseOrderCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[PurchaseOrderUpdate]
    ) -> PurchaseOrder:
        """Change a purchase order. What is not given stays.

        Katana wipes `additional_info` when an update leaves it out. So it is read first and sent
        along, unless it is given here: one more request, and what someone else writes to it
        between the two is lost.

        The answer leaves the rows out, so `purchase_order_rows` is empty in what this returns.

        Katana: https://developer.katanamrp.com/reference/updatepurchaseorder

        Args:
            id: The order's id.
            preserve: False leaves that out, and lets Katana wipe the field.
            **changes: The fields to change.

        Raises:
            NotFound: There is no such order.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        return await self._update(id, changes, PurchaseOrderUpdate, preserve=preserve)
