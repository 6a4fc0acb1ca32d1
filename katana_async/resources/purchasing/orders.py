"""What can be called about purchase orders and their rows."""

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

__all__ = [
    "OutsourcedRecipeRows",
    "PurchaseOrderRows",
    "PurchaseOrders",
]


class PurchaseOrders(Deletes[PurchaseOrder], Searches[PurchaseOrder]):
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

    @operation("POST", "/purchase_orders/search")
    def search(
        self,
        *,
        where: PurchaseOrderWhere | None = None,
        custom_fields: Mapping[UUID | str, CustomFieldCondition] | None = None,
        order: str | Sequence[str] | None = None,
    ) -> Pages[PurchaseOrder]:
        """Search purchase orders by conditions that a list's filters cannot express.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Args:
            where: Conditions by field, such as `{"status": "NOT_RECEIVED"}`.
            custom_fields: Conditions by the UUID of a custom field's definition.
            order: The fields to sort by, each with its direction, such as "created_at DESC".

        Raises:
            TypeError: There is no such field or comparator, within `and` and `or` too.
            ValueError: More than 100 values in inq or nin, or more than 2 levels of and/or.
            ValidationFailed: When read: Katana refuses a value or the order.
        """
        return self._search(PurchaseOrderWhere, where, custom_fields, order)

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

    @operation(
        "POST",
        "/purchase_order_receive",
        body=PurchaseOrderReceiveRow | tuple[PurchaseOrderReceiveRow, ...],
    )
    async def receive(self, rows: Sequence[PurchaseOrderReceiveRow], /) -> None:
        """Receive what has arrived of purchase order rows, which raises the stock.

        Takes at least one row. Less than a row's quantity receives it in part, and splits the row:
        the received part gets a new id and group_id, the open rest keeps the id.

        Katana: https://developer.katanamrp.com/reference/receivepurchaseorder

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        await self._call_with_rows("/purchase_order_receive", rows, PurchaseOrderReceiveRow)


class PurchaseOrderRows(Gets[PurchaseOrderRow], Deletes[PurchaseOrderRow]):
    """What is bought with each purchase order.

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

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, PurchaseOrderRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[PurchaseOrderRowUpdate]
    ) -> PurchaseOrderRow:
        """Change a row of a purchase order. What is not given stays.

        None clears the unit of purchase and its conversion rate.

        Katana: https://developer.katanamrp.com/reference/updatepurchaseorderrow

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        return await self._update(id, changes, PurchaseOrderRowUpdate)


class OutsourcedRecipeRows(Gets[OutsourcedRecipeRow], Deletes[OutsourcedRecipeRow]):
    """What subcontractors need to make what is ordered from them.

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

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, OutsourcedRecipeRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[OutsourcedRecipeRowUpdate]
    ) -> OutsourcedRecipeRow:
        """Change an ingredient of an outsourced order row. What is not given stays.

        Katana: https://developer.katanamrp.com/reference/updatepurchaseorderreciperow

        Raises:
            NotFound: There is no such ingredient.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, OutsourcedRecipeRowUpdate)
