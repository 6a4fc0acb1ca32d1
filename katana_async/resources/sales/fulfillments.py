"""What can be called about fulfillments, shipping fees and invoices."""

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
    """What of sales orders was packed and delivered, and when.

    Only a fulfillment delivers an order: to write DELIVERED to the order itself changes nothing.

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

        Raises:
            NotFound: There is no such fulfillment.
        """
        return await self._get(id, query, SalesOrderFulfillmentQuery)

    async def create(self, **body: Unpack[SalesOrderFulfillmentCreate]) -> SalesOrderFulfillment:
        """Say what of a sales order was packed or delivered.

        Katana: https://developer.katanamrp.com/reference/create-sales-order-fulfillment

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, SalesOrderFulfillmentCreate)

    async def update(
        self, id: int, /, **changes: Unpack[SalesOrderFulfillmentUpdate]
    ) -> SalesOrderFulfillment:
        """Change a fulfillment. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/update-sales-order-fulfillment

        Raises:
            NotFound: There is no such fulfillment.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        return await self._update(id, changes, SalesOrderFulfillmentUpdate)


class ShippingFees(Gets[ShippingFee], Deletes[ShippingFee]):
    """What the shipping of sales orders costs their customers.

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

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, ShippingFeeCreate)

    async def update(self, id: int, /, **changes: Unpack[ShippingFeeUpdate]) -> ShippingFee:
        """Change a shipping fee. What is not given stays, but `amount` must be given every time.

        Katana: https://developer.katanamrp.com/reference/updateshippingfee

        Raises:
            NotFound: There is no such shipping fee.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._update(id, changes, ShippingFeeUpdate)


class SalesOrderAccounting(Collection[SalesOrderAccountingMetadata]):
    """Which invoice in the accounting software belongs to which fulfillment.

    Katana: https://developer.katanamrp.com/reference/getallsalesorderaccountingmetadata
    """

    path = "/sales_order_accounting_metadata"
    model = SalesOrderAccountingMetadata

    def list(
        self, **filters: Unpack[SalesOrderAccountingMetadataFilters]
    ) -> Pages[SalesOrderAccountingMetadata]:
        """List which invoices belong to which fulfillments, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallsalesorderaccountingmetadata
        """
        return self._list(filters, SalesOrderAccountingMetadataFilters)
