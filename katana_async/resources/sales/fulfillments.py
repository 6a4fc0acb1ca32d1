"""Collections of fulfillments, shipping fees and invoices."""

from __future__ import annotations

from typing import Unpack

from ...http.pages import Pages
from ...models.sales import SalesOrderAccountingMetadata, SalesOrderFulfillment, ShippingFee
from ...params.sales import (
    SalesOrderAccountingMetadataFilters,
    SalesOrderFulfillmentCreate,
    SalesOrderFulfillmentFilters,
    SalesOrderFulfillmentQuery,
    SalesOrderFulfillmentUpdate,
    ShippingFeeCreate,
    ShippingFeeFilters,
    ShippingFeeUpdate,
)
from .._base import Collection, Deletes, Gets

__all__ = [
    "SalesOrderAccounting",
    "SalesOrderFulfillments",
    "ShippingFees",
]


class SalesOrderFulfillments(Deletes[SalesOrderFulfillment]):
    """Fulfillments: the packed and delivered parts of sales orders.

    Only a fulfillment delivers an order. Setting the order's status to DELIVERED has no effect.

    Katana: https://developer.katanamrp.com/reference/the-sales-order-fulfillment-object
    """

    path = "/sales_order_fulfillments"
    model = SalesOrderFulfillment

    def list(self, **filters: Unpack[SalesOrderFulfillmentFilters]) -> Pages[SalesOrderFulfillment]:
        """List fulfillments, the newest first.

        Katana: https://developer.katanamrp.com/reference/list-all-sales-order-fulfillments
        """
        return self._list(filters, SalesOrderFulfillmentFilters)

    async def get(
        self, id: int, /, **query: Unpack[SalesOrderFulfillmentQuery]
    ) -> SalesOrderFulfillment:
        """Get one fulfillment.

        Katana: https://developer.katanamrp.com/reference/retrieve-sales-order-fulfillment
        """
        return await self._get(id, query, SalesOrderFulfillmentQuery)

    async def create(self, **body: Unpack[SalesOrderFulfillmentCreate]) -> SalesOrderFulfillment:
        """Create a fulfillment: report rows of a sales order as packed or delivered.

        Katana: https://developer.katanamrp.com/reference/create-sales-order-fulfillment
        """
        return await self._create(body, SalesOrderFulfillmentCreate)

    async def update(
        self, id: int, /, **changes: Unpack[SalesOrderFulfillmentUpdate]
    ) -> SalesOrderFulfillment:
        """Change a fulfillment.

        Katana: https://developer.katanamrp.com/reference/update-sales-order-fulfillment
        """
        return await self._update(id, changes, SalesOrderFulfillmentUpdate)


class ShippingFees(Gets[ShippingFee], Deletes[ShippingFee]):
    """Shipping fees of sales orders.

    Katana: https://developer.katanamrp.com/reference/getallshippingfees
    """

    path = "/sales_order_shipping_fee"
    model = ShippingFee

    def list(self, **filters: Unpack[ShippingFeeFilters]) -> Pages[ShippingFee]:
        """List shipping fees, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallshippingfees
        """
        return self._list(filters, ShippingFeeFilters)

    async def create(self, **body: Unpack[ShippingFeeCreate]) -> ShippingFee:
        """Add a shipping fee to a sales order.

        Katana: https://developer.katanamrp.com/reference/addshippingfee
        """
        return await self._create(body, ShippingFeeCreate)

    async def update(self, id: int, /, **changes: Unpack[ShippingFeeUpdate]) -> ShippingFee:
        """Change a shipping fee. `amount` is required in every change.

        Katana: https://developer.katanamrp.com/reference/updateshippingfee
        """
        return await self._update(id, changes, ShippingFeeUpdate)


class SalesOrderAccounting(Collection[SalesOrderAccountingMetadata]):
    """Invoices of fulfillments in the accounting software.

    Katana: https://developer.katanamrp.com/reference/getallsalesorderaccountingmetadata
    """

    path = "/sales_order_accounting_metadata"
    model = SalesOrderAccountingMetadata

    def list(
        self, **filters: Unpack[SalesOrderAccountingMetadataFilters]
    ) -> Pages[SalesOrderAccountingMetadata]:
        """List invoices of fulfillments, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallsalesorderaccountingmetadata
        """
        return self._list(filters, SalesOrderAccountingMetadataFilters)
