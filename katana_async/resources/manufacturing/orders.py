"""Collections of manufacturing orders and operators."""

from __future__ import annotations

from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import ManufacturingOrder, Operator
from .._base import Collection, GetsAndDeletes, operation
from .._rerank import Reranks
from .._search import Searches


class Operators(Collection[Operator], path="/operators"):
    """Operators: the people who work on the shop floor and in the warehouse."""

    def list(self, **filters: Unpack[params.OperatorFilters]) -> Pages[Operator]:
        """List operators."""
        return self._list(filters, params.OperatorFilters)


class ManufacturingOrders(
    GetsAndDeletes[ManufacturingOrder],
    Searches[ManufacturingOrder],
    Reranks[ManufacturingOrder],
    path="/manufacturing_orders",
):
    """Manufacturing orders, open and done."""

    preserves = ("additional_info",)

    def list(
        self, **filters: Unpack[params.ManufacturingOrderFilters]
    ) -> Pages[ManufacturingOrder]:
        """List manufacturing orders, the newest first."""
        return self._list(filters, params.ManufacturingOrderFilters)

    def search(
        self, **query: Unpack[params.Search[params.ManufacturingOrderWhere]]
    ) -> Pages[ManufacturingOrder]:
        """Search manufacturing orders, such as `where={"planned_quantity": {"gte": 10}}`."""
        return self._search(query, params.ManufacturingOrderWhere)

    async def create(self, **body: Unpack[params.ManufacturingOrderCreate]) -> ManufacturingOrder:
        """Create a manufacturing order."""
        return await self._create(body, params.ManufacturingOrderCreate)

    async def update(
        self,
        id: int,
        /,
        *,
        preserve: bool = True,
        **changes: Unpack[params.ManufacturingOrderUpdate],
    ) -> ManufacturingOrder:
        """Change an order, and keep its `additional_info` unless `preserve` is False."""
        return await self._update(id, changes, params.ManufacturingOrderUpdate, preserve=preserve)

    @operation("POST", "/manufacturing_order_make_to_order")
    async def make_to_order(self, **body: Unpack[params.MakeToOrder]) -> ManufacturingOrder:
        """Create the manufacturing order that makes the variant of a sales order row.

        `create_subassemblies=True` also creates the orders of its producible ingredients, whether
        or not they are in stock.
        """
        response = await self._call(
            "POST", "/manufacturing_order_make_to_order", body, params.MakeToOrder
        )
        return self._read(response, self._codec.one)

    @operation("POST", "/manufacturing_order_unlink")
    async def unlink(self, **body: Unpack[params.ManufacturingOrderUnlink]) -> None:
        """Remove the link between a manufacturing order and a sales order row."""
        await self._call(
            "POST", "/manufacturing_order_unlink", body, params.ManufacturingOrderUnlink
        )
