"""Collections of the additional costs and bills of purchase orders."""

from __future__ import annotations

from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import AdditionalCost, PurchaseOrderAccountingMetadata, PurchaseOrderCostRow
from .._base import Collection, Finds, GetsAndDeletes


class AdditionalCosts(Finds[AdditionalCost], path="/additional_costs"):
    """Kinds of additional costs of purchases, such as freight.

    They are set up in Katana itself; the API can only read them.
    """

    def list(self, **filters: Unpack[params.AdditionalCostFilters]) -> Pages[AdditionalCost]:
        """List kinds of additional costs, the newest first."""
        return self._list(filters, params.AdditionalCostFilters)


class PurchaseOrderCostRows(GetsAndDeletes[PurchaseOrderCostRow], path="/po_additional_cost_rows"):
    """Additional costs of purchase orders, such as the freight of one delivery."""

    def list(
        self, **filters: Unpack[params.PurchaseOrderCostRowFilters]
    ) -> Pages[PurchaseOrderCostRow]:
        """List additional costs of purchase orders, the newest first."""
        return self._list(filters, params.PurchaseOrderCostRowFilters)

    async def create(
        self, **body: Unpack[params.PurchaseOrderCostRowCreate]
    ) -> PurchaseOrderCostRow:
        """Add an additional cost to a purchase order.

        `group_id` is the group of rows that bears it: the order's `default_group_id` or a row's.
        """
        return await self._create(body, params.PurchaseOrderCostRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.PurchaseOrderCostRowUpdate]
    ) -> PurchaseOrderCostRow:
        """Change an additional cost of a purchase order."""
        return await self._update(id, changes, params.PurchaseOrderCostRowUpdate)


class PurchaseOrderAccounting(
    Collection[PurchaseOrderAccountingMetadata], path="/purchase_order_accounting_metadata"
):
    """Bills of purchase orders in the accounting software."""

    def list(
        self, **filters: Unpack[params.PurchaseOrderAccountingMetadataFilters]
    ) -> Pages[PurchaseOrderAccountingMetadata]:
        """List bills of purchase orders, the newest first."""
        return self._list(filters, params.PurchaseOrderAccountingMetadataFilters)
