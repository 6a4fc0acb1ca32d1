"""What can be called about sales returns."""

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
    """What customers send back.

    Katana: https://developer.katanamrp.com/reference/the-sales-return-object
    """

    path = "/sales_returns"
    model = SalesReturn

    def list(self, **filters: Unpack[SalesReturnFilters]) -> Pages[SalesReturn]:
        """List sales returns, the newest first.

        Katana ignores filters by sales order here, so there is none: look at `sales_order_id`.

        Katana: https://developer.katanamrp.com/reference/getallsalesreturns
        """
        return self._list(filters, SalesReturnFilters)

    async def create(self, **body: Unpack[SalesReturnCreate]) -> SalesReturn:
        """Create a sales return, to which rows are then added.

        Katana: https://developer.katanamrp.com/reference/createsalesreturn

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, SalesReturnCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesReturnUpdate]) -> SalesReturn:
        """Change a sales return. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updatesalesreturn

        Raises:
            NotFound: There is no such sales return.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, SalesReturnUpdate)

    @operation("GET", "/sales_returns/return_reasons")
    async def return_reasons(self) -> Sequence[SalesReturnReason]:
        """Read the reasons that goods can come back for, all at once.

        Katana: https://developer.katanamrp.com/reference/getreturnreasons
        """
        response = await self._send("GET", "/sales_returns/return_reasons")
        return self._read_many(response, SalesReturnReason)


class SalesReturnRows(Gets[SalesReturnRow], Deletes[SalesReturnRow]):
    """The items that come back with sales returns.

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
        """Add a row to a sales return: what comes back of something that was delivered.

        Katana: https://developer.katanamrp.com/reference/createsalesreturnrow

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, SalesReturnRowCreate)

    async def update(self, id: int, /, **changes: Unpack[SalesReturnRowUpdate]) -> SalesReturnRow:
        """Change a row of a sales return. What is not given stays.

        Katana: https://developer.katanamrp.com/reference/updatesalesreturnrow

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, SalesReturnRowUpdate)

    @operation("GET", "/sales_return_rows/{id}/unassigned_batch_transactions")
    async def unassigned_batch_transactions(
        self, id: int, /
    ) -> Sequence[UnassignedBatchTransaction]:
        """Read which part of a returned quantity is not yet assigned to a batch.

        Katana: https://developer.katanamrp.com/reference/getsalesreturnrowunassignedbatchtransactions

        Raises:
            NotFound: There is no such row.
        """
        path = f"{self.path}/{self._segment(id)}/unassigned_batch_transactions"
        return self._read_some(await self._send("GET", path), UnassignedBatchTransaction)
