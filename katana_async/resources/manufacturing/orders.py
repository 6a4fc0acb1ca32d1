"""What can be called about manufacturing orders and operators."""

from __future__ import annotations

from typing import Unpack

from ...http.pages import Pages
from ...models.manufacturing import ManufacturingOrder, Operator
from ...params.manufacturing import (
    MakeToOrder,
    ManufacturingOrderCreate,
    ManufacturingOrderFilters,
    ManufacturingOrderUnlink,
    ManufacturingOrderUpdate,
    OperatorFilters,
)
from .._base import Collection, Deletes, Gets, operation

__all__ = [
    "ManufacturingOrders",
    "Operators",
]


class Operators(Collection[Operator]):
    """The people who work in the workshop and the warehouse.

    Katana: https://developer.katanamrp.com/reference/getoperators
    """

    path = "/operators"
    model = Operator

    def list(self, **filters: Unpack[OperatorFilters]) -> Pages[Operator]:
        """List operators.

        Katana: https://developer.katanamrp.com/reference/getoperators
        """
        return self._list(filters, OperatorFilters)


class ManufacturingOrders(Gets[ManufacturingOrder], Deletes[ManufacturingOrder]):
    """What the account is to make, and has made.

    Katana: https://developer.katanamrp.com/reference/the-manufacturing-order-object
    """

    path = "/manufacturing_orders"
    model = ManufacturingOrder
    preserves = ("additional_info",)

    def list(self, **filters: Unpack[ManufacturingOrderFilters]) -> Pages[ManufacturingOrder]:
        """List manufacturing orders, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallmanufacturingorders
        """
        return self._list(filters, ManufacturingOrderFilters)

    async def create(self, **body: Unpack[ManufacturingOrderCreate]) -> ManufacturingOrder:
        """Create a manufacturing order.

        Katana: https://developer.katanamrp.com/reference/createmanufacturingorder

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, ManufacturingOrderCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[ManufacturingOrderUpdate]
    ) -> ManufacturingOrder:
        """Change a manufacturing order. What is not given stays, None clears.

        Katana wipes `additional_info` when an update leaves it out. So it is read first and sent
        along, unless it is given here: one more request, and what someone else writes to it between
        the two is lost.

        Katana: https://developer.katanamrp.com/reference/updatemanufacturingorder

        Args:
            id: The manufacturing order's id.
            preserve: False leaves that out, and lets Katana wipe the field.
            **changes: The fields to change.

        Raises:
            NotFound: There is no such manufacturing order.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        return await self._update(id, changes, ManufacturingOrderUpdate, preserve=preserve)

    @operation("POST", "/manufacturing_order_make_to_order")
    async def make_to_order(self, **body: Unpack[MakeToOrder]) -> ManufacturingOrder:
        """Create the manufacturing order that makes what a row of a sales order asks for.

        With `create_subassemblies=True` also the orders for those of its ingredients that are made
        themselves, whether or not they are in stock.

        Katana: https://developer.katanamrp.com/reference/maketoordermanufacturingorder

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        response = await self._call("POST", "/manufacturing_order_make_to_order", body, MakeToOrder)
        return self._codec.one(response.content)

    @operation("POST", "/manufacturing_order_unlink")
    async def unlink(self, **body: Unpack[ManufacturingOrderUnlink]) -> None:
        """Let a manufacturing order and the row of a sales order go separate ways.

        Katana: https://developer.katanamrp.com/reference/unlinkmanufacturingorder

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        await self._call("POST", "/manufacturing_order_unlink", body, ManufacturingOrderUnlink)
