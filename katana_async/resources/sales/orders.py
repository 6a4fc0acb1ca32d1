"""What can be called about sales orders, their rows and addresses."""

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
    """What customers ordered.

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
        """Search sales orders by conditions that a list's filters cannot express.

        Katana: https://developer.katanamrp.com/reference/searchsalesorders

        Args:
            where: Conditions by field, such as `{"status": {"inq": ["PENDING"]}}`.
            custom_fields: Conditions by the UUID of a custom field's definition.
            order: The fields to sort by, each with its direction, such as "created_at DESC".

        Raises:
            TypeError: There is no such field or comparator, within `and` and `or` too.
            ValueError: More than 100 values in inq or nin, or more than 2 levels of and/or.
            ValidationFailed: When read: Katana refuses a value or the order.
        """
        return self._search(SalesOrderWhere, where, custom_fields, order)

    async def create(self, **body: Unpack[SalesOrderCreate]) -> SalesOrder:
        """Create a sales order with its rows and addresses.

        Katana: https://developer.katanamrp.com/reference/create-sales-order

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, SalesOrderCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesOrderUpdate]) -> SalesOrder:
        """Change a sales order. What is not given stays, None clears.

        The status DELIVERED is answered as if it worked, and changes nothing: a fulfillment
        delivers an order. `picked_date` reaches all fulfillments of the order.

        Katana: https://developer.katanamrp.com/reference/update-sales-order

        Raises:
            NotFound: There is no such order.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
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
        path = "/sales_order_rerank"
        return await self._rerank(path, order_ids, position, before_id, after_id)

    @operation("GET", "/sales_orders/{id}/returnable_items")
    async def returnable_items(self, id: int, /) -> Sequence[ReturnableItem]:
        """Get what was delivered on an order and could be sent back.

        Katana: https://developer.katanamrp.com/reference/getreturnableitems

        Raises:
            NotFound: There is no such order.
        """
        path = f"{self.path}/{self._segment(id)}/returnable_items"
        return self._read_many(await self._send("GET", path), ReturnableItem)


class SalesOrderRows(Deletes[SalesOrderRow], Searches[SalesOrderRow]):
    """The lines of sales orders.

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
        """Search sales order rows by conditions that a list's filters cannot express.

        Katana: https://developer.katanamrp.com/reference/searchsalesorderrows

        Args:
            where: Conditions by field, such as `{"quantity": {"gt": 10}}`.
            custom_fields: Conditions by the UUID of a custom field's definition.
            order: The fields to sort by, each with its direction, such as "created_at DESC".

        Raises:
            TypeError: There is no such field or comparator, within `and` and `or` too.
            ValueError: More than 100 values in inq or nin, or more than 2 levels of and/or.
            ValidationFailed: When read: Katana refuses a value or the order.
        """
        return self._search(SalesOrderRowWhere, where, custom_fields, order)

    async def get(self, id: int, /, **query: Unpack[SalesOrderRowQuery]) -> SalesOrderRow:
        """Get one sales order row.

        Katana: https://developer.katanamrp.com/reference/retrieve-sales-order-row

        Raises:
            NotFound: There is no such row.
        """
        return await self._get(id, query, SalesOrderRowQuery)

    async def create(self, **body: Unpack[SalesOrderRowCreate]) -> SalesOrderRow:
        """Add a row to a sales order that is PENDING or NOT_SHIPPED.

        Katana: https://developer.katanamrp.com/reference/create-sales-order-row

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, SalesOrderRowCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesOrderRowUpdate]) -> SalesOrderRow:
        """Change a sales order row. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/update-sales-order-row

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, SalesOrderRowUpdate)


class SalesOrderAddresses(Finds[SalesOrderAddress], Deletes[SalesOrderAddress]):
    """Where sales orders are billed and shipped to.

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

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, SalesOrderAddressCreate)

    async def update(
        self, id: int, /, **changes: Unpack[SalesOrderAddressUpdate]
    ) -> SalesOrderAddress:
        """Change an address of a sales order. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/update-sales-order-address

        Raises:
            NotFound: There is no such address.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, SalesOrderAddressUpdate)
