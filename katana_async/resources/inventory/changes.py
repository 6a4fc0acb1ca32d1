"""What can be called about adjustments, transfers and stocktakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ...http.pages import Pages
from ...models.inventory import StockAdjustment, Stocktake, StocktakeRow, StockTransfer
from ...params.inventory import (
    StockAdjustmentCreate,
    StockAdjustmentFilters,
    StockAdjustmentUpdate,
    StocktakeCreate,
    StocktakeFilters,
    StocktakeRowFilters,
    StocktakeRowsCreate,
    StocktakeRowUpdate,
    StocktakeUpdate,
    StockTransferCreate,
    StockTransferFilters,
    StockTransferStatusUpdate,
    StockTransferUpdate,
)
from .._base import Deletes, Finds, operation

__all__ = [
    "StockAdjustments",
    "StockTransfers",
    "StocktakeRows",
    "Stocktakes",
]


class StockAdjustments(Finds[StockAdjustment], Deletes[StockAdjustment]):
    """Changes of stock that no order explains. Their rows cannot change once created.

    Katana: https://developer.katanamrp.com/reference/the-stock-adjustment-object
    """

    path = "/stock_adjustments"
    model = StockAdjustment
    preserves = ("additional_info",)

    def list(self, **filters: Unpack[StockAdjustmentFilters]) -> Pages[StockAdjustment]:
        """List stock adjustments, the newest first.

        Katana: https://developer.katanamrp.com/reference/findstockadjustments
        """
        return self._list(filters, StockAdjustmentFilters)

    async def create(self, **body: Unpack[StockAdjustmentCreate]) -> StockAdjustment:
        """Create a stock adjustment with its rows, which cannot change later.

        Katana: https://developer.katanamrp.com/reference/createstockadjustment

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, StockAdjustmentCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[StockAdjustmentUpdate]
    ) -> StockAdjustment:
        """Change a stock adjustment. What is not given stays, None clears.

        Katana wipes `additional_info` when an update leaves it out. So it is read first and sent
        along, unless it is given here: one more request, and what someone else writes to it between
        the two is lost.

        Katana: https://developer.katanamrp.com/reference/updatestockadjustment

        Args:
            id: The stock adjustment's id.
            preserve: False leaves that out, and lets Katana wipe the field.
            **changes: The fields to change.

        Raises:
            NotFound: There is no such stock adjustment.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        return await self._update(id, changes, StockAdjustmentUpdate, preserve=preserve)


class StockTransfers(Finds[StockTransfer], Deletes[StockTransfer]):
    """Transfers of stock from one location to another. Their rows cannot change once created.

    Katana: https://developer.katanamrp.com/reference/the-stock-transfer-object
    """

    path = "/stock_transfers"
    model = StockTransfer

    def list(self, **filters: Unpack[StockTransferFilters]) -> Pages[StockTransfer]:
        """List stock transfers, the newest first.

        Katana: https://developer.katanamrp.com/reference/findstocktransfers
        """
        return self._list(filters, StockTransferFilters)

    async def create(self, **body: Unpack[StockTransferCreate]) -> StockTransfer:
        """Create a stock transfer with its rows, which cannot change later.

        Katana: https://developer.katanamrp.com/reference/createstocktransfer

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, StockTransferCreate)

    async def update(self, id: int, /, **changes: Unpack[StockTransferUpdate]) -> StockTransfer:
        """Change a stock transfer. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updatestocktransfer

        Raises:
            NotFound: There is no such stock transfer.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        return await self._update(id, changes, StockTransferUpdate)

    @operation("PATCH", "/stock_transfers/{id}/status")
    async def update_status(
        self, id: int, /, **body: Unpack[StockTransferStatusUpdate]
    ) -> StockTransfer:
        """Say how far a stock transfer has got: draft, on its way, received.

        Katana: https://developer.katanamrp.com/reference/updatestocktransferstatus

        Raises:
            NotFound: There is no such stock transfer.
            ValidationFailed: Katana refuses the status.
        """
        path = f"{self.path}/{self._segment(id)}/status"
        response = await self._call("PATCH", path, body, StockTransferStatusUpdate)
        return self._read(response, self._codec.one)


class Stocktakes(Finds[Stocktake], Deletes[Stocktake]):
    """Counts of what really is in stock.

    Katana: https://developer.katanamrp.com/reference/the-stocktake-object
    """

    path = "/stocktakes"
    model = Stocktake

    def list(self, **filters: Unpack[StocktakeFilters]) -> Pages[Stocktake]:
        """List stocktakes, the newest first.

        Katana: https://developer.katanamrp.com/reference/findstocktakes
        """
        return self._list(filters, StocktakeFilters)

    async def create(self, **body: Unpack[StocktakeCreate]) -> Stocktake:
        """Create a stocktake.

        Katana: https://developer.katanamrp.com/reference/createstocktake

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, StocktakeCreate)

    async def update(self, id: int, /, **changes: Unpack[StocktakeUpdate]) -> None:
        """Change a stocktake. What is not given stays, None clears. Katana answers nothing.

        Katana: https://developer.katanamrp.com/reference/updatestocktakebyid

        Raises:
            NotFound: There is no such stocktake.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        await self._patch(id, changes, StocktakeUpdate)


class StocktakeRows(Finds[StocktakeRow], Deletes[StocktakeRow]):
    """What is to be counted, and was.

    Katana: https://developer.katanamrp.com/reference/the-stocktake-row-object
    """

    path = "/stocktake_rows"
    model = StocktakeRow

    def list(self, **filters: Unpack[StocktakeRowFilters]) -> Pages[StocktakeRow]:
        """List rows of stocktakes, the newest first.

        Katana: https://developer.katanamrp.com/reference/findstocktakerows
        """
        return self._list(filters, StocktakeRowFilters)

    async def create(self, **body: Unpack[StocktakeRowsCreate]) -> Sequence[StocktakeRow]:
        """Add rows to a stocktake.

        Returns:
            The new rows.

        Katana: https://developer.katanamrp.com/reference/createstocktakerows

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        return await self._many("POST", self.path, body, StocktakeRowsCreate, StocktakeRow)

    async def update(self, id: int, /, **changes: Unpack[StocktakeRowUpdate]) -> StocktakeRow:
        """Change a row of a stocktake. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updatestocktakerowbyid

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, StocktakeRowUpdate)
