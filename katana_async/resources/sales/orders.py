"""Collections of sales orders, their rows and addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Unpack
from uuid import UUID

from ...http.pages import Pages
from ...models.sales import ReturnableItem, SalesOrder, SalesOrderAddress, SalesOrderRow
from ...params import OrderRerank
from ...params.sales import (
    SalesOrderAddressCreate,
    SalesOrderAddressFilters,
    SalesOrderAddressUpdate,
    SalesOrderCreate,
    SalesOrderFilters,
    SalesOrderRowCreate,
    SalesOrderRowFilters,
    SalesOrderRowQuery,
    SalesOrderRowUpdate,
    SalesOrderRowWhere,
    SalesOrderUpdate,
    SalesOrderWhere,
)
from ...params.search import CustomFieldCondition
from .._base import Deletes, Finds, Gets, operation
from .._rerank import Reranks
from .._search import Searches

__all__ = [
    "SalesOrderAddresses",
    "SalesOrderRows",
    "SalesOrders",
]


class SalesOrders(Gets[SalesOrder], Deletes[SalesOrder], Searches[SalesOrder], Reranks[SalesOrder]):
    """Sales orders.

    Katana: The sales order object,
    https://developer.katanamrp.com/reference/the-sales-order-object
    """

    path = "/sales_orders"
    model = SalesOrder

    def list(self, **filters: Unpack[SalesOrderFilters]) -> Pages[SalesOrder]:
        """List sales orders with their rows and addresses, the newest first.

        Katana: https://developer.katanamrp.com/reference/list-all-sales-orders
        """
        return self._list(filters, SalesOrderFilters)

    @operation("POST", "/sales_orders/search")
    def search(
        self,
        *,
        where: SalesOrderWhere | None = None,
        custom_fields: Mapping[UUID | str, CustomFieldCondition] | None = None,
        order: str | Sequence[str] | None = None,
    ) -> Pages[SalesOrder]:
        """Search sales orders, such as `where={"status": {"inq": ["PENDING"]}}`.

        Katana: https://developer.katanamrp.com/reference/searchsalesorders
        """
        return self._search(SalesOrderWhere, where, custom_fields, order)

    async def create(self, **body: Unpack[SalesOrderCreate]) -> SalesOrder:
        """Create a sales order with its rows and addresses.

        Katana: https://developer.katanamrp.com/reference/create-sales-order
        """
        return await self._create(body, SalesOrderCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesOrderUpdate]) -> SalesOrder:
        """Change a sales order.

        Katana accepts the status DELIVERED without effect: only a fulfillment delivers an order.
        `picked_date` changes all fulfillments of the order.

        Katana: https://developer.katanamrp.com/reference/update-sales-order
        """
        return await self._update(id, changes, SalesOrderUpdate)

    @operation("POST", "/sales_order_rerank", body=OrderRerank)
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
        path = "/sales_order_rerank"
        return await self._rerank(path, order_ids, position, before_id, after_id)

    @operation("GET", "/sales_orders/{id}/returnable_items")
    async def returnable_items(self, id: int, /) -> Sequence[ReturnableItem]:
        """Get the delivered items of an order that can be returned.

        Katana: https://developer.katanamrp.com/reference/getreturnableitems
        """
        path = f"{self.path}/{self._segment(id)}/returnable_items"
        return self._read_many(await self._send("GET", path), ReturnableItem)


class SalesOrderRows(Deletes[SalesOrderRow], Searches[SalesOrderRow]):
    """Rows of sales orders.

    Katana: The sales order row object,
    https://developer.katanamrp.com/reference/the-sales-order-row-object
    """

    path = "/sales_order_rows"
    model = SalesOrderRow

    def list(self, **filters: Unpack[SalesOrderRowFilters]) -> Pages[SalesOrderRow]:
        """List sales order rows, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallsalesorderrows
        """
        return self._list(filters, SalesOrderRowFilters)

    @operation("POST", "/sales_order_rows/search")
    def search(
        self,
        *,
        where: SalesOrderRowWhere | None = None,
        custom_fields: Mapping[UUID | str, CustomFieldCondition] | None = None,
        order: str | Sequence[str] | None = None,
    ) -> Pages[SalesOrderRow]:
        """Search sales order rows, such as `where={"quantity": {"gt": 10}}`.

        Katana: https://developer.katanamrp.com/reference/searchsalesorderrows
        """
        return self._search(SalesOrderRowWhere, where, custom_fields, order)

    async def get(self, id: int, /, **query: Unpack[SalesOrderRowQuery]) -> SalesOrderRow:
        """Get one sales order row.

        Katana: https://developer.katanamrp.com/reference/retrieve-sales-order-row
        """
        return await self._get(id, query, SalesOrderRowQuery)

    async def create(self, **body: Unpack[SalesOrderRowCreate]) -> SalesOrderRow:
        """Add a row to a sales order that is PENDING or NOT_SHIPPED.

        Katana: https://developer.katanamrp.com/reference/create-sales-order-row
        """
        return await self._create(body, SalesOrderRowCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesOrderRowUpdate]) -> SalesOrderRow:
        """Change a sales order row.

        Katana: https://developer.katanamrp.com/reference/update-sales-order-row
        """
        return await self._update(id, changes, SalesOrderRowUpdate)


class SalesOrderAddresses(Finds[SalesOrderAddress], Deletes[SalesOrderAddress]):
    """Billing and shipping addresses of sales orders.

    Katana: https://developer.katanamrp.com/reference/the-sales-order-address-object
    """

    path = "/sales_order_addresses"
    model = SalesOrderAddress

    def list(self, **filters: Unpack[SalesOrderAddressFilters]) -> Pages[SalesOrderAddress]:
        """List addresses of sales orders, the newest first.

        Katana: https://developer.katanamrp.com/reference/getsalesorderaddresses
        """
        return self._list(filters, SalesOrderAddressFilters)

    async def create(self, **body: Unpack[SalesOrderAddressCreate]) -> SalesOrderAddress:
        """Add an address to a sales order.

        Katana: https://developer.katanamrp.com/reference/create-sales-order-address
        """
        return await self._create(body, SalesOrderAddressCreate)

    async def update(
        self, id: int, /, **changes: Unpack[SalesOrderAddressUpdate]
    ) -> SalesOrderAddress:
        """Change an address of a sales order.

        Katana: https://developer.katanamrp.com/reference/update-sales-order-address
        """
        return await self._update(id, changes, SalesOrderAddressUpdate)
