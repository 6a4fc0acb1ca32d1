"""What can be called about the costs and bills of purchase orders."""

from __future__ import annotations

from typing import Unpack

from ...http.pages import Pages
from ...models.purchasing import (
    AdditionalCost,
    PurchaseOrderAccountingMetadata,
    PurchaseOrderCostRow,
)
from ...params.purchasing import (
    AdditionalCostFilters,
    PurchaseOrderAccountingMetadataFilters,
    PurchaseOrderCostRowCreate,
    PurchaseOrderCostRowFilters,
    PurchaseOrderCostRowUpdate,
)
from .._base import Collection, Deletes, Finds, Gets

__all__ = [
    "AdditionalCosts",
    "PurchaseOrderAccounting",
    "PurchaseOrderCostRows",
]


class AdditionalCosts(Finds[AdditionalCost]):
    """The kinds of costs that come on top of what is bought, such as freight.

    They are set up in Katana itself: the API only lists them.

    Katana: https://developer.katanamrp.com/reference/getadditionalcosts
    """

    path = "/additional_costs"
    model = AdditionalCost

    def list(self, **filters: Unpack[AdditionalCostFilters]) -> Pages[AdditionalCost]:
        """List kinds of additional costs, the newest first.

        Katana: https://developer.katanamrp.com/reference/getadditionalcosts
        """
        return self._list(filters, AdditionalCostFilters)


class PurchaseOrderCostRows(Gets[PurchaseOrderCostRow], Deletes[PurchaseOrderCostRow]):
    """What comes on top of the rows of purchase orders, such as the freight of one delivery.

    Katana: https://developer.katanamrp.com/reference/getpoadditionalcostrow
    """

    path = "/po_additional_cost_rows"
    model = PurchaseOrderCostRow

    def list(self, **filters: Unpack[PurchaseOrderCostRowFilters]) -> Pages[PurchaseOrderCostRow]:
        """List additional costs of purchase orders, the newest first.

        Katana: https://developer.katanamrp.com/reference/getpurchaseorderadditionalcostrows
        """
        return self._list(filters, PurchaseOrderCostRowFilters)

    async def create(self, **body: Unpack[PurchaseOrderCostRowCreate]) -> PurchaseOrderCostRow:
        """Add an additional cost to a purchase order.

        It belongs to a group of rows: `default_group_id` of the order, or `group_id` of a row.

        Katana: https://developer.katanamrp.com/reference/createpoadditionalcostrow

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, PurchaseOrderCostRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[PurchaseOrderCostRowUpdate]
    ) -> PurchaseOrderCostRow:
        """Change an additional cost of a purchase order. What is not given stays.

        Katana: https://developer.katanamrp.com/reference/updateadditionalcostrow

        Raises:
            NotFound: There is no such additional cost.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, PurchaseOrderCostRowUpdate)


class PurchaseOrderAccounting(Collection[PurchaseOrderAccountingMetadata]):
    """Which bill in the accounting software belongs to which purchase order.

    Katana: https://developer.katanamrp.com/reference/the-purchase-order-accounting-metadata-object
    """

    path = "/purchase_order_accounting_metadata"
    model = PurchaseOrderAccountingMetadata

    def list(
        self, **filters: Unpack[PurchaseOrderAccountingMetadataFilters]
    ) -> Pages[PurchaseOrderAccountingMetadata]:
        """List bills of purchase orders, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallpurchaseorderaccountingmetadata
        """
        return self._list(filters, PurchaseOrderAccountingMetadataFilters)
