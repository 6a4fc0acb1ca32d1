"""Collections of stock levels, movements, signals and forecasts."""

from __future__ import annotations

from typing import Unpack

from ... import params
from ...http.encoding import encode_query
from ...http.pages import Pages
from ...models import (
    BinInventory,
    DemandForecast,
    Inventory,
    InventoryMovement,
    InventorySafetyStockLevel,
    InventorySignal,
    NegativeStock,
)
from .._base import Collection, Finds, operation


class InventoryLevels(Collection[Inventory], path="/inventory"):
    """Stock levels, by variant and location. Orders and adjustments change them, not calls here."""

    key = ("variant_id", "location_id")

    def list(self, **filters: Unpack[params.InventoryFilters]) -> Pages[Inventory]:
        """List the stock of variants at locations, the oldest locations first."""
        return self._list(filters, params.InventoryFilters)

    @operation("POST", "/inventory_reorder_points")
    async def update_reorder_point(
        self, **body: Unpack[params.StockLevelUpdate]
    ) -> InventorySafetyStockLevel:
        """Set the reorder point of a variant at a location: the older name of its safety stock."""
        response = await self._call(
            "POST", "/inventory_reorder_points", body, params.StockLevelUpdate
        )
        return self._read_one(response, InventorySafetyStockLevel)

    @operation("POST", "/inventory_safety_stock_levels")
    async def update_safety_stock_level(
        self, **body: Unpack[params.StockLevelUpdate]
    ) -> InventorySafetyStockLevel:
        """Set the safety stock level of a variant at a location."""
        path = "/inventory_safety_stock_levels"
        response = await self._call("POST", path, body, params.StockLevelUpdate)
        return self._read_one(response, InventorySafetyStockLevel)


class BinInventories(Collection[BinInventory], path="/bin_inventory"):
    """Stock levels, by storage bin."""

    key = ("variant_id", "location_id", "bin_location_id", "batch_id", "serial_number_id")

    def list(self, **filters: Unpack[params.BinInventoryFilters]) -> Pages[BinInventory]:
        """List the stock of storage bins. "null" selects stock without a bin, batch or number."""
        return self._list(filters, params.BinInventoryFilters)


class InventoryMovements(Finds[InventoryMovement], path="/inventory_movements"):
    """Movements: every change of stock, with its cause."""

    def list(self, **filters: Unpack[params.InventoryMovementFilters]) -> Pages[InventoryMovement]:
        """List movements of stock."""
        return self._list(filters, params.InventoryMovementFilters)


class InventorySignals(Collection[InventorySignal], path="/inventory_signals"):
    """Forecasts of how long the stock of variants lasts at recent demand, computed every night."""

    key = ("variant_id", "demand_window")

    def list(self, **filters: Unpack[params.InventorySignalFilters]) -> Pages[InventorySignal]:
        """List signals of variants, computed from 30 days of demand unless a window is given."""
        return self._list(filters, params.InventorySignalFilters)


class NegativeStocks(Collection[NegativeStock], path="/negative_stock"):
    """Variants with negative stock: a sign that a movement was not recorded."""

    key = ("variant_id", "location_id")

    def list(self, **filters: Unpack[params.NegativeStockFilters]) -> Pages[NegativeStock]:
        """List variants with negative stock."""
        return self._list(filters, params.NegativeStockFilters)


class DemandForecasts(Collection[DemandForecast], path="/demand_forecasts"):
    """Demand forecasts: the expected demand, by variant, location and period."""

    @operation("GET", "/demand_forecasts")
    async def get(self, **query: Unpack[params.DemandForecastQuery]) -> DemandForecast:
        """Get the demand forecast of a variant at a location."""
        pairs = encode_query(query, params.DemandForecastQuery)
        return self._read(await self._send("GET", self.path, query=pairs), self._codec.one)

    async def create(self, **body: Unpack[params.DemandForecastCreate]) -> None:
        """Create the demand forecast of a variant at a location, by period."""
        await self._call("POST", self.path, body, params.DemandForecastCreate)

    @operation("DELETE", "/demand_forecasts")
    async def clear(self, **body: Unpack[params.DemandForecastClear]) -> None:
        """Delete the demand forecast of some periods.

        Repeating the call changes nothing, so it is sent again if the answer is lost. An error that
        answers the second attempt leaves open whether the first one succeeded: it is raised with
        `outcome_unknown`.
        """
        await self._call("DELETE", self.path, body, params.DemandForecastClear)
