"""Collections of stock levels, movements, signals and forecasts."""

from __future__ import annotations

from typing import Unpack

from ...http.encoding import encode_query
from ...http.pages import Pages
from ...models.inventory import (
    BinInventory,
    DemandForecast,
    Inventory,
    InventoryMovement,
    InventorySafetyStockLevel,
    InventorySignal,
    NegativeStock,
)
from ...params.inventory import (
    BinInventoryFilters,
    DemandForecastClear,
    DemandForecastCreate,
    DemandForecastQuery,
    InventoryFilters,
    InventoryMovementFilters,
    InventorySignalFilters,
    NegativeStockFilters,
    StockLevelUpdate,
)
from .._base import Collection, Finds, operation

__all__ = [
    "BinInventories",
    "DemandForecasts",
    "InventoryLevels",
    "InventoryMovements",
    "InventorySignals",
    "NegativeStocks",
]


class InventoryLevels(Collection[Inventory]):
    """Stock levels, by variant and location. Orders and adjustments change them, not calls here.

    Katana: The inventory object, https://developer.katanamrp.com/reference/the-inventory-object
    """

    path = "/inventory"
    model = Inventory
    key = ("variant_id", "location_id")

    def list(self, **filters: Unpack[InventoryFilters]) -> Pages[Inventory]:
        """List the stock of variants at locations, the oldest locations first.

        Katana: https://developer.katanamrp.com/reference/list-current-inventory
        """
        return self._list(filters, InventoryFilters)

    @operation("POST", "/inventory_reorder_points")
    async def update_reorder_point(
        self, **body: Unpack[StockLevelUpdate]
    ) -> InventorySafetyStockLevel:
        """Set the reorder point of a variant at a location: the older name of its safety stock.

        Katana: https://developer.katanamrp.com/reference/update-reorder-point
        """
        response = await self._call("POST", "/inventory_reorder_points", body, StockLevelUpdate)
        return self._read_one(response, InventorySafetyStockLevel)

    @operation("POST", "/inventory_safety_stock_levels")
    async def update_safety_stock_level(
        self, **body: Unpack[StockLevelUpdate]
    ) -> InventorySafetyStockLevel:
        """Set the safety stock level of a variant at a location.

        Katana: https://developer.katanamrp.com/reference/createinventorysafetystocklevel
        """
        path = "/inventory_safety_stock_levels"
        response = await self._call("POST", path, body, StockLevelUpdate)
        return self._read_one(response, InventorySafetyStockLevel)


class BinInventories(Collection[BinInventory]):
    """Stock levels, by storage bin.

    Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
    """

    path = "/bin_inventory"
    model = BinInventory
    key = ("variant_id", "location_id", "bin_location_id", "batch_id", "serial_number_id")

    def list(self, **filters: Unpack[BinInventoryFilters]) -> Pages[BinInventory]:
        """List the stock of storage bins. "null" selects stock without a bin, batch or number.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._list(filters, BinInventoryFilters)


class InventoryMovements(Finds[InventoryMovement]):
    """Movements: every change of stock, with its cause.

    Katana: https://developer.katanamrp.com/reference/list-all-inventory-movements
    """

    path = "/inventory_movements"
    model = InventoryMovement

    def list(self, **filters: Unpack[InventoryMovementFilters]) -> Pages[InventoryMovement]:
        """List movements of stock.

        Katana: https://developer.katanamrp.com/reference/list-all-inventory-movements
        """
        return self._list(filters, InventoryMovementFilters)


class InventorySignals(Collection[InventorySignal]):
    """Forecasts of how long the stock of variants lasts at recent demand, computed every night.

    Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
    """

    path = "/inventory_signals"
    model = InventorySignal
    key = ("variant_id", "demand_window")

    def list(self, **filters: Unpack[InventorySignalFilters]) -> Pages[InventorySignal]:
        """List signals of variants, computed from 30 days of demand unless a window is given.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._list(filters, InventorySignalFilters)


class NegativeStocks(Collection[NegativeStock]):
    """Variants with negative stock: a sign that a movement was not recorded.

    Katana: https://developer.katanamrp.com/reference/getallnegativestock
    """

    path = "/negative_stock"
    model = NegativeStock
    key = ("variant_id", "location_id")

    def list(self, **filters: Unpack[NegativeStockFilters]) -> Pages[NegativeStock]:
        """List variants with negative stock.

        Katana: https://developer.katanamrp.com/reference/getallnegativestock
        """
        return self._list(filters, NegativeStockFilters)


class DemandForecasts(Collection[DemandForecast]):
    """Demand forecasts: the expected demand, by variant, location and period.

    Katana: https://developer.katanamrp.com/reference/demand-forecast
    """

    path = "/demand_forecasts"
    model = DemandForecast

    @operation("GET", "/demand_forecasts")
    async def get(self, **query: Unpack[DemandForecastQuery]) -> DemandForecast:
        """Get the demand forecast of a variant at a location.

        Katana: no page; https://developer.katanamrp.com/reference/createdemandforecast describes
        the call that creates forecasts.
        """
        pairs = encode_query(query, DemandForecastQuery)
        return self._read(await self._send("GET", self.path, query=pairs), self._codec.one)

    async def create(self, **body: Unpack[DemandForecastCreate]) -> None:
        """Create the demand forecast of a variant at a location, by period.

        Katana: https://developer.katanamrp.com/reference/createdemandforecast
        """
        await self._call("POST", self.path, body, DemandForecastCreate)

    @operation("DELETE", "/demand_forecasts")
    async def clear(self, **body: Unpack[DemandForecastClear]) -> None:
        """Delete the demand forecast of some periods.

        Repeating the call changes nothing, so it is sent again if the answer is lost. An error that
        answers the second attempt leaves open whether the first one succeeded: it is raised with
        `outcome_unknown`.

        Katana: https://developer.katanamrp.com/reference/deletedemandforecast
        """
        await self._call("DELETE", self.path, body, DemandForecastClear)
