"""Collections of fulfillments, shipping fees and invoices."""

from __future__ import annotations

from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import SalesOrderAccountingMetadata, SalesOrderFulfillment, ShippingFee
from .._base import Collection, Deletes, GetsAndDeletes


class SalesOrderFulfillments(Deletes[SalesOrderFulfillment], path="/sales_order_fulfillments"):
    """Fulfillments: the packed and delivered parts of sales orders.

    Only a fulfillment delivers an order. Setting the order's status to DELIVERED has no effect.
    """

    def list(
        self, **filters: Unpack[params.SalesOrderFulfillmentFilters]
    ) -> Pages[SalesOrderFulfillment]:
        """List fulfillments, the newest first."""
        return self._list(filters, params.SalesOrderFulfillmentFilters)

    async def get(
        self, id: int, /, **query: Unpack[params.SalesOrderFulfillmentQuery]
    ) -> SalesOrderFulfillment:
        """Get one fulfillment."""
        return await self._get(id, query, params.SalesOrderFulfillmentQuery)

    async def create(
        self, **body: Unpack[params.SalesOrderFulfillmentCreate]
    ) -> SalesOrderFulfillment:
        """Create a fulfillment: report rows of a sales order as packed or delivered."""
        return await self._create(body, params.SalesOrderFulfillmentCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.SalesOrderFulfillmentUpdate]
    ) -> SalesOrderFulfillment:
        """Change a fulfillment."""
        return await self._update(id, changes, params.SalesOrderFulfillmentUpdate)


class ShippingFees(GetsAndDeletes[ShippingFee], path="/sales_order_shipping_fee"):
    """Shipping fees of sales orders."""

    def list(self, **filters: Unpack[params.ShippingFeeFilters]) -> Pages[ShippingFee]:
        """List shipping fees, the newest first."""
        return self._list(filters, params.ShippingFeeFilters)

    async def create(self, **body: Unpack[params.ShippingFeeCreate]) -> ShippingFee:
        """Add a shipping fee to a sales order."""
        return await self._create(body, params.ShippingFeeCreate)

    async def update(self, id: int, /, **changes: Unpack[params.ShippingFeeUpdate]) -> ShippingFee:
        """Change a shipping fee. `amount` is required in every change."""
        return await self._update(id, changes, params.ShippingFeeUpdate)


class SalesOrderAccounting(
    Collection[SalesOrderAccountingMetadata], path="/sales_order_accounting_metadata"
):
    """Invoices of fulfillments in the accounting software."""

    def list(
        self, **filters: Unpack[params.SalesOrderAccountingMetadataFilters]
    ) -> Pages[SalesOrderAccountingMetadata]:
        """List invoices of fulfillments, the newest first."""
        return self._list(filters, params.SalesOrderAccountingMetadataFilters)
