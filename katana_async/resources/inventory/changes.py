"""Collections of stock adjustments, stock transfers and stocktakes."""

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
    """Stock adjustments: changes of stock without an order. Created rows cannot change.

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
        """Create a stock adjustment with its rows. The rows cannot change later.

        Katana: https://developer.katanamrp.com/reference/createstockadjustment
        """
        return await self._create(body, StockAdjustmentCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[StockAdjustmentUpdate]
    ) -> StockAdjustment:
        """Change a stock adjustment, and keep its `additional_info`.


        Katana: https://developer.katanamrp.com/reference/updatestockadjustment

        Args:
            preserve: False lets Katana clear an omitted `additional_info`: see `Collection`.
        """
        return await self._update(id, changes, StockAdjustmentUpdate, preserve=preserve)


class StockTransfers(Finds[StockTransfer], Deletes[StockTransfer]):
    """Stock transfers between locations. Created rows cannot change.

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
        """Create a stock transfer with its rows. The rows cannot change later.

        Katana: https://developer.katanamrp.com/reference/createstocktransfer
        """
        return await self._create(body, StockTransferCreate)

    async def update(self, id: int, /, **changes: Unpack[StockTransferUpdate]) -> StockTransfer:
        """Change a stock transfer.

        Katana: https://developer.katanamrp.com/reference/updatestocktransfer
        """
        return await self._update(id, changes, StockTransferUpdate)

    @operation("PATCH", "/stock_transfers/{id}/status")
    async def update_status(
        self, id: int, /, **body: Unpack[StockTransferStatusUpdate]
    ) -> StockTransfer:
        """Set the status of a stock transfer: draft, in transit or received.

        Katana: https://developer.katanamrp.com/reference/updatestocktransferstatus
        """
        path = f"{self.path}/{self._segment(id)}/status"
        response = await self._call("PATCH", path, body, StockTransferStatusUpdate)
        return self._read(response, self._codec.one)


class Stocktakes(Finds[Stocktake], Deletes[Stocktake]):
    """Stocktakes: counts of the stock that is physically there.

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
        """
        return await self._create(body, StocktakeCreate)

    async def update(self, id: int, /, **changes: Unpack[StocktakeUpdate]) -> None:
        """Change a stocktake. Katana answers without content, so this returns None.

        Katana: https://developer.katanamrp.com/reference/updatestocktakebyid
        """
        await self._patch(id, changes, StocktakeUpdate)


class StocktakeRows(Finds[StocktakeRow], Deletes[StocktakeRow]):
    """Rows of stocktakes: the variants to count and the counted quantities.

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
            The created rows.

        Katana: https://developer.katanamrp.com/reference/createstocktakerows
        """
        return await self._many("POST", self.path, body, StocktakeRowsCreate, StocktakeRow)

    async def update(self, id: int, /, **changes: Unpack[StocktakeRowUpdate]) -> StocktakeRow:
        """Change a row of a stocktake.

        Katana: https://developer.katanamrp.com/reference/updatestocktakerowbyid
        """
        return await self._update(id, changes, StocktakeRowUpdate)
