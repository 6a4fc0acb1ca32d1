"""Collections of sales orders, their rows and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import ReturnableItem, SalesOrder, SalesOrderAddress, SalesOrderRow
from .._base import Deletes, FindsAndDeletes, GetsAndDeletes, operation
from .._rerank import Reranks
from .._search import Searches


class SalesOrders(
    GetsAndDeletes[SalesOrder], Searches[SalesOrder], Reranks[SalesOrder], path="/sales_orders"
):
    """Sales orders."""

    def list(self, **filters: Unpack[params.SalesOrderFilters]) -> Pages[SalesOrder]:
        """List sales orders with their rows and addresses, the newest first."""
        return self._list(filters, params.SalesOrderFilters)

    def search(self, **query: Unpack[params.Search[params.SalesOrderWhere]]) -> Pages[SalesOrder]:
        """Search sales orders, such as `where={"status": {"inq": ["PENDING"]}}`."""
        return self._search(query, params.SalesOrderWhere)

    async def create(self, **body: Unpack[params.SalesOrderCreate]) -> SalesOrder:
        """Create a sales order with its rows and addresses."""
        return await self._create(body, params.SalesOrderCreate)

    async def update(self, id: int, /, **changes: Unpack[params.SalesOrderUpdate]) -> SalesOrder:
        """Change a sales order.

        Katana accepts the status DELIVERED without effect: only a fulfillment delivers an order.
        `picked_date` changes all fulfillments of the order.
        """
        return await self._update(id, changes, params.SalesOrderUpdate)

    @operation("GET", "/sales_orders/{id}/returnable_items")
    async def returnable_items(self, id: int, /) -> Sequence[ReturnableItem]:
        """Get the delivered items of an order that can be returned."""
        path = f"{self.path}/{self._segment(id)}/returnable_items"
        return self._read_many(await self._send("GET", path), ReturnableItem)


class SalesOrderRows(Deletes[SalesOrderRow], Searches[SalesOrderRow], path="/sales_order_rows"):
    """Rows of sales orders."""

    def list(self, **filters: Unpack[params.SalesOrderRowFilters]) -> Pages[SalesOrderRow]:
        """List sales order rows, the newest first."""
        return self._list(filters, params.SalesOrderRowFilters)

    def search(
        self, **query: Unpack[params.Search[params.SalesOrderRowWhere]]
    ) -> Pages[SalesOrderRow]:
        """Search sales order rows, such as `where={"quantity": {"gt": 10}}`."""
        return self._search(query, params.SalesOrderRowWhere)

    async def get(self, id: int, /, **query: Unpack[params.SalesOrderRowQuery]) -> SalesOrderRow:
        """Get one sales order row."""
        return await self._get(id, query, params.SalesOrderRowQuery)

    async def create(self, **body: Unpack[params.SalesOrderRowCreate]) -> SalesOrderRow:
        """Add a row to a sales order that is PENDING or NOT_SHIPPED."""
        return await self._create(body, params.SalesOrderRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.SalesOrderRowUpdate]
    ) -> SalesOrderRow:
        """Change a sales order row."""
        return await self._update(id, changes, params.SalesOrderRowUpdate)


class SalesOrderAddresses(FindsAndDeletes[SalesOrderAddress], path="/sales_order_addresses"):
    """Billing and shipping addresses of sales orders."""

    def list(self, **filters: Unpack[params.SalesOrderAddressFilters]) -> Pages[SalesOrderAddress]:
        """List addresses of sales orders, the newest first."""
        return self._list(filters, params.SalesOrderAddressFilters)

    async def create(self, **body: Unpack[params.SalesOrderAddressCreate]) -> SalesOrderAddress:
        """Add an address to a sales order."""
        return await self._create(body, params.SalesOrderAddressCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.SalesOrderAddressUpdate]
    ) -> SalesOrderAddress:
        """Change an address of a sales order."""
        return await self._update(id, changes, params.SalesOrderAddressUpdate)
