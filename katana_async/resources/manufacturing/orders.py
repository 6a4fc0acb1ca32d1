"""What can be called about manufacturing orders and operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Unpack
from uuid import UUID

from ...http.pages import Pages
from ...models.manufacturing import ManufacturingOrder, Operator
from ...params import OrderRerank
from ...params.manufacturing import (
    MakeToOrder,
    ManufacturingOrderCreate,
    ManufacturingOrderFilters,
    ManufacturingOrderUnlink,
    ManufacturingOrderUpdate,
    ManufacturingOrderWhere,
    OperatorFilters,
)
from ...params.search import CustomFieldCondition
from .._base import Collection, Deletes, Gets, operation
from .._rerank import Reranks
from .._search import Searches

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


class ManufacturingOrders(
    Gets[ManufacturingOrder],
    Deletes[ManufacturingOrder],
    Searches[ManufacturingOrder],
    Reranks[ManufacturingOrder],
):
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

    @operation("POST", "/manufacturing_orders/search")
    def search(
        self,
        *,
        where: ManufacturingOrderWhere | None = None,
        custom_fields: Mapping[UUID | str, CustomFieldCondition] | None = None,
        order: str | Sequence[str] | None = None,
    ) -> Pages[ManufacturingOrder]:
        """Search manufacturing orders by conditions that a list's filters cannot express.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Args:
            where: Conditions by field, such as `{"planned_quantity": {"gte": 10}}`.
            custom_fields: Conditions by the UUID of a custom field's definition.
            order: The fields to sort by, each with its direction, such as "created_at DESC".

        Raises:
            TypeError: There is no such field or comparator, within `and` and `or` too.
            ValueError: More than 100 values in inq or nin, or more than 2 levels of and/or.
            ValidationFailed: When read: Katana refuses a value or the order.
        """
        return self._search(ManufacturingOrderWhere, where, custom_fields, order)

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

    @operation("POST", "/manufacturing_order_rerank", body=OrderRerank)
    async def rerank(
        self,
        order_ids: Sequence[int],
        /,
        *,
        position: Literal["top", "bottom"] | None = None,
        before_id: int | None = None,
        after_id: int | None = None,
    ) -> tuple[int, ...] | None:
        """Move open orders in the ranking, to exactly one place. Repeating it changes nothing.

        Lists show the new ranking shortly after, not at once.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Args:
            order_ids: The orders to move, in their new order: 1 to 250 different ids.
            position: "top" moves them before all others, "bottom" behind.
            before_id: Moves them before this order.
            after_id: Moves them behind this order.

        Returns:
            The ids in their new order; None when Katana answers without them, as it did before
            October 2026.

        Raises:
            TypeError: No place is given, or more than one.
            ValidationFailed: One of the orders is unknown or not open.
        """
        path = "/manufacturing_order_rerank"
        return await self._rerank(path, order_ids, position, before_id, after_id)

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
        return self._read(response, self._codec.one)

    @operation("POST", "/manufacturing_order_unlink")
    async def unlink(self, **body: Unpack[ManufacturingOrderUnlink]) -> None:
        """Let a manufacturing order and the row of a sales order go separate ways.

        Katana: https://developer.katanamrp.com/reference/unlinkmanufacturingorder

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        await self._call("POST", "/manufacturing_order_unlink", body, ManufacturingOrderUnlink)
