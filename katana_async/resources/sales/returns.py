"""Collections of sales returns and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import SalesReturn, SalesReturnReason, SalesReturnRow, UnassignedBatchTransaction
from .._base import GetsAndDeletes, operation


class SalesReturns(GetsAndDeletes[SalesReturn], path="/sales_returns"):
    """Sales returns."""

    def list(self, **filters: Unpack[params.SalesReturnFilters]) -> Pages[SalesReturn]:
        """List sales returns, the newest first.

        There is no filter by sales order, since Katana ignores it: compare `sales_order_id`.
        """
        return self._list(filters, params.SalesReturnFilters)

    async def create(self, **body: Unpack[params.SalesReturnCreate]) -> SalesReturn:
        """Create a sales return without rows. `sales_return_rows.create` adds them."""
        return await self._create(body, params.SalesReturnCreate)

    async def update(self, id: int, /, **changes: Unpack[params.SalesReturnUpdate]) -> SalesReturn:
        """Change a sales return."""
        return await self._update(id, changes, params.SalesReturnUpdate)

    @operation("GET", "/sales_returns/return_reasons")
    async def return_reasons(self) -> Sequence[SalesReturnReason]:
        """Get all reasons for returns."""
        response = await self._send("GET", "/sales_returns/return_reasons")
        return self._read_many(response, SalesReturnReason)


class SalesReturnRows(GetsAndDeletes[SalesReturnRow], path="/sales_return_rows"):
    """Rows of sales returns: the returned items."""

    def list(self, **filters: Unpack[params.SalesReturnRowFilters]) -> Pages[SalesReturnRow]:
        """List rows of sales returns, the newest first."""
        return self._list(filters, params.SalesReturnRowFilters)

    async def create(self, **body: Unpack[params.SalesReturnRowCreate]) -> SalesReturnRow:
        """Add a row to a sales return: a returned quantity of a delivered item."""
        return await self._create(body, params.SalesReturnRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.SalesReturnRowUpdate]
    ) -> SalesReturnRow:
        """Change a row of a sales return."""
        return await self._update(id, changes, params.SalesReturnRowUpdate)

    @operation("GET", "/sales_return_rows/{id}/unassigned_batch_transactions")
    async def unassigned_batch_transactions(
        self, id: int, /
    ) -> Sequence[UnassignedBatchTransaction]:
        """Get the parts of a returned quantity that are not assigned to a batch yet."""
        path = f"{self.path}/{self._segment(id)}/unassigned_batch_transactions"
        response = await self._send("GET", path)
        content = response.content.lstrip()
        # Katana's example is a single object.
        if content.startswith(b"{") and not content.startswith(b'{"data"'):
            return (self._read_one(response, UnassignedBatchTransaction),)
        return self._read_many(response, UnassignedBatchTransaction)
