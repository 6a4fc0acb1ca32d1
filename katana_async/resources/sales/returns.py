"""Collections of sales returns and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ...http.pages import Pages
from ...models.sales import (
    SalesReturn,
    SalesReturnReason,
    SalesReturnRow,
    UnassignedBatchTransaction,
)
from ...params.sales import (
    SalesReturnCreate,
    SalesReturnFilters,
    SalesReturnRowCreate,
    SalesReturnRowFilters,
    SalesReturnRowUpdate,
    SalesReturnUpdate,
)
from .._base import Deletes, Gets, operation

__all__ = [
    "SalesReturnRows",
    "SalesReturns",
]


class SalesReturns(Gets[SalesReturn], Deletes[SalesReturn]):
    """Sales returns.

    Katana: https://developer.katanamrp.com/reference/the-sales-return-object
    """

    path = "/sales_returns"
    model = SalesReturn

    def list(self, **filters: Unpack[SalesReturnFilters]) -> Pages[SalesReturn]:
        """List sales returns, the newest first.

        There is no filter by sales order, since Katana ignores it: compare `sales_order_id`.

        Katana: https://developer.katanamrp.com/reference/getallsalesreturns
        """
        return self._list(filters, SalesReturnFilters)

    async def create(self, **body: Unpack[SalesReturnCreate]) -> SalesReturn:
        """Create a sales return without rows. `sales_return_rows.create` adds them.

        Katana: https://developer.katanamrp.com/reference/createsalesreturn
        """
        return await self._create(body, SalesReturnCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesReturnUpdate]) -> SalesReturn:
        """Change a sales return.

        Katana: https://developer.katanamrp.com/reference/updatesalesreturn
        """
        return await self._update(id, changes, SalesReturnUpdate)

    @operation("GET", "/sales_returns/return_reasons")
    async def return_reasons(self) -> Sequence[SalesReturnReason]:
        """Get all reasons for returns.

        Katana: https://developer.katanamrp.com/reference/getreturnreasons
        """
        response = await self._send("GET", "/sales_returns/return_reasons")
        return self._read_many(response, SalesReturnReason)


class SalesReturnRows(Gets[SalesReturnRow], Deletes[SalesReturnRow]):
    """Rows of sales returns: the returned items.

    Katana: https://developer.katanamrp.com/reference/the-sales-return-row-object
    """

    path = "/sales_return_rows"
    model = SalesReturnRow

    def list(self, **filters: Unpack[SalesReturnRowFilters]) -> Pages[SalesReturnRow]:
        """List rows of sales returns, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallsalesreturnrows
        """
        return self._list(filters, SalesReturnRowFilters)

    async def create(self, **body: Unpack[SalesReturnRowCreate]) -> SalesReturnRow:
        """Add a row to a sales return: a returned quantity of a delivered item.

        Katana: https://developer.katanamrp.com/reference/createsalesreturnrow
        """
        return await self._create(body, SalesReturnRowCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesReturnRowUpdate]) -> SalesReturnRow:
        """Change a row of a sales return.

        Katana: https://developer.katanamrp.com/reference/updatesalesreturnrow
        """
        return await self._update(id, changes, SalesReturnRowUpdate)

    @operation("GET", "/sales_return_rows/{id}/unassigned_batch_transactions")
    async def unassigned_batch_transactions(
        self, id: int, /
    ) -> Sequence[UnassignedBatchTransaction]:
        """Get the parts of a returned quantity that are not assigned to a batch yet.

        Katana: https://developer.katanamrp.com/reference/getsalesreturnrowunassignedbatchtransactions
        """
        path = f"{self.path}/{self._segment(id)}/unassigned_batch_transactions"
        return self._read_some(await self._send("GET", path), UnassignedBatchTransaction)
