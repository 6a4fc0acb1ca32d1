"""Collections of the additional costs and bills of purchase orders."""

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


class AdditionalCosts(Finds[AdditionalCost]):
    """Kinds of additional costs of purchases, such as freight.

    They are set up in Katana itself; the API can only read them.

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
    """Additional costs of purchase orders, such as the freight of one delivery.

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

        `group_id` is the group of rows that bears it: the order's `default_group_id` or a row's.

        Katana: https://developer.katanamrp.com/reference/createpoadditionalcostrow
        """
        return await self._create(body, PurchaseOrderCostRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[PurchaseOrderCostRowUpdate]
    ) -> PurchaseOrderCostRow:
        """Change an additional cost of a purchase order.

        Katana: https://developer.katanamrp.com/reference/updateadditionalcostrow
        """
        return await self._update(id, changes, PurchaseOrderCostRowUpdate)


class PurchaseOrderAccounting(Collection[PurchaseOrderAccountingMetadata]):
    """Bills of purchase orders in the accounting software.

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
