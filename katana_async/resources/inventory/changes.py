"""Collections of stock adjustments, stock transfers and stocktakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import StockAdjustment, Stocktake, StocktakeRow, StockTransfer
from .._base import FindsAndDeletes, operation


class StockAdjustments(FindsAndDeletes[StockAdjustment], path="/stock_adjustments"):
    """Stock adjustments: changes of stock without an order. Created rows cannot change."""

    preserves = ("additional_info",)

    def list(self, **filters: Unpack[params.StockAdjustmentFilters]) -> Pages[StockAdjustment]:
        """List stock adjustments, the newest first."""
        return self._list(filters, params.StockAdjustmentFilters)

    async def create(self, **body: Unpack[params.StockAdjustmentCreate]) -> StockAdjustment:
        """Create a stock adjustment with its rows. The rows cannot change later."""
        return await self._create(body, params.StockAdjustmentCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[params.StockAdjustmentUpdate]
    ) -> StockAdjustment:
        """Change a stock adjustment, and keep its `additional_info` unless `preserve` is False."""
        return await self._update(id, changes, params.StockAdjustmentUpdate, preserve=preserve)


class StockTransfers(FindsAndDeletes[StockTransfer], path="/stock_transfers"):
    """Stock transfers between locations. Created rows cannot change."""

    def list(self, **filters: Unpack[params.StockTransferFilters]) -> Pages[StockTransfer]:
        """List stock transfers, the newest first."""
        return self._list(filters, params.StockTransferFilters)

    async def create(self, **body: Unpack[params.StockTransferCreate]) -> StockTransfer:
        """Create a stock transfer with its rows. The rows cannot change later."""
        return await self._create(body, params.StockTransferCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.StockTransferUpdate]
    ) -> StockTransfer:
        """Change a stock transfer."""
        return await self._update(id, changes, params.StockTransferUpdate)

    @operation("PATCH", "/stock_transfers/{id}/status")
    async def update_status(
        self, id: int, /, **body: Unpack[params.StockTransferStatusUpdate]
    ) -> StockTransfer:
        """Set the status of a stock transfer: draft, in transit or received."""
        path = f"{self.path}/{self._segment(id)}/status"
        response = await self._call("PATCH", path, body, params.StockTransferStatusUpdate)
        return self._read(response, self._codec.one)


class Stocktakes(FindsAndDeletes[Stocktake], path="/stocktakes"):
    """Stocktakes: counts of the stock that is physically there."""

    def list(self, **filters: Unpack[params.StocktakeFilters]) -> Pages[Stocktake]:
        """List stocktakes, the newest first."""
        return self._list(filters, params.StocktakeFilters)

    async def create(self, **body: Unpack[params.StocktakeCreate]) -> Stocktake:
        """Create a stocktake."""
        return await self._create(body, params.StocktakeCreate)

    async def update(self, id: int, /, **changes: Unpack[params.StocktakeUpdate]) -> None:
        """Change a stocktake. Katana answers without content, so this returns None."""
        await self._patch(id, changes, params.StocktakeUpdate)


class StocktakeRows(FindsAndDeletes[StocktakeRow], path="/stocktake_rows"):
    """Rows of stocktakes: the variants to count and the counted quantities."""

    def list(self, **filters: Unpack[params.StocktakeRowFilters]) -> Pages[StocktakeRow]:
        """List rows of stocktakes, the newest first."""
        return self._list(filters, params.StocktakeRowFilters)

    async def create(self, **body: Unpack[params.StocktakeRowsCreate]) -> Sequence[StocktakeRow]:
        """Add rows to a stocktake, and return them."""
        return await self._create_many(body, params.StocktakeRowsCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.StocktakeRowUpdate]
    ) -> StocktakeRow:
        """Change a row of a stocktake."""
        return await self._update(id, changes, params.StocktakeRowUpdate)
