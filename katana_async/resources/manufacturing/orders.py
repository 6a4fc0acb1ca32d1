"""Collections of manufacturing orders and operators."""

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
    """Operators: the people who work on the shop floor and in the warehouse.

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
    """Manufacturing orders, open and done.

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
        """Search manufacturing orders, such as `where={"planned_quantity": {"gte": 10}}`.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._search(ManufacturingOrderWhere, where, custom_fields, order)

    async def create(self, **body: Unpack[ManufacturingOrderCreate]) -> ManufacturingOrder:
        """Create a manufacturing order.

        Katana: https://developer.katanamrp.com/reference/createmanufacturingorder
        """
        return await self._create(body, ManufacturingOrderCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[ManufacturingOrderUpdate]
    ) -> ManufacturingOrder:
        """Change a manufacturing order, and keep its `additional_info`.


        Katana: https://developer.katanamrp.com/reference/updatemanufacturingorder

        Args:
            preserve: False lets Katana clear an omitted `additional_info`: see `Collection`.
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
        """Move open orders to another place in the ranking: see `Reranks`.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        path = "/manufacturing_order_rerank"
        return await self._rerank(path, order_ids, position, before_id, after_id)

    @operation("POST", "/manufacturing_order_make_to_order")
    async def make_to_order(self, **body: Unpack[MakeToOrder]) -> ManufacturingOrder:
        """Create the manufacturing order that makes the variant of a sales order row.

        `create_subassemblies=True` also creates the orders of its producible ingredients, whether
        or not they are in stock.

        Katana: https://developer.katanamrp.com/reference/maketoordermanufacturingorder
        """
        response = await self._call("POST", "/manufacturing_order_make_to_order", body, MakeToOrder)
        return self._read(response, self._codec.one)

    @operation("POST", "/manufacturing_order_unlink")
    async def unlink(self, **body: Unpack[ManufacturingOrderUnlink]) -> None:
        """Remove the link between a manufacturing order and a sales order row.

        Katana: https://developer.katanamrp.com/reference/unlinkmanufacturingorder
        """
        await self._call("POST", "/manufacturing_order_unlink", body, ManufacturingOrderUnlink)
