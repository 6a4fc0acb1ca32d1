"""What can be called about levels of stock."""

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
    """The stock of every variant at every location. It changes by what happens, not by calls.

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
        """Set how much of a variant is to be kept at a location, by the older name of that level.

        Katana: https://developer.katanamrp.com/reference/update-reorder-point

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        response = await self._call("POST", "/inventory_reorder_points", body, StockLevelUpdate)
        return self._read_one(response, InventorySafetyStockLevel)

    @operation("POST", "/inventory_safety_stock_levels")
    async def update_safety_stock_level(
        self, **body: Unpack[StockLevelUpdate]
    ) -> InventorySafetyStockLevel:
        """Set how much of a variant is to be kept at a location.

        Katana: https://developer.katanamrp.com/reference/createinventorysafetystocklevel

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        path = "/inventory_safety_stock_levels"
        response = await self._call("POST", path, body, StockLevelUpdate)
        return self._read_one(response, InventorySafetyStockLevel)


class BinInventories(Collection[BinInventory]):
    """How much is in which storage bin.

    Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
    """

    path = "/bin_inventory"
    model = BinInventory
    key = ("variant_id", "location_id", "bin_location_id", "batch_id", "serial_number_id")

    def list(self, **filters: Unpack[BinInventoryFilters]) -> Pages[BinInventory]:
        """List the stock of storage bins; "null" asks for stock without a bin, batch or number.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._list(filters, BinInventoryFilters)


class InventoryMovements(Finds[InventoryMovement]):
    """Every change of stock, and what made it.

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
    """How long the stock of variants lasts at the pace of recent demand, computed once a night.

    Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
    """

    path = "/inventory_signals"
    model = InventorySignal
    key = ("variant_id", "demand_window")

    def list(self, **filters: Unpack[InventorySignalFilters]) -> Pages[InventorySignal]:
        """List the signals of variants, from the demand of 30 days where no window is given.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._list(filters, InventorySignalFilters)


class NegativeStocks(Collection[NegativeStock]):
    """Where less than nothing is in stock, which means that something was not written down.

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
    """What is expected to be needed, by variant, location and period.

    Katana: https://developer.katanamrp.com/reference/demand-forecast
    """

    path = "/demand_forecasts"
    model = DemandForecast

    @operation("GET", "/demand_forecasts")
    async def get(self, **query: Unpack[DemandForecastQuery]) -> DemandForecast:
        """Get what is expected to be needed of a variant at a location.

        Katana has no page of this call; that of the one that writes it is
        https://developer.katanamrp.com/reference/createdemandforecast

        Raises:
            NotFound: There is no such variant or location.
        """
        pairs = encode_query(query, DemandForecastQuery)
        return self._read(await self._send("GET", self.path, query=pairs), self._codec.one)

    async def create(self, **body: Unpack[DemandForecastCreate]) -> None:
        """Say what is expected to be needed of a variant at a location, by period.

        Katana: https://developer.katanamrp.com/reference/createdemandforecast

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        await self._call("POST", self.path, body, DemandForecastCreate)

    @operation("DELETE", "/demand_forecasts")
    async def clear(self, **body: Unpack[DemandForecastClear]) -> None:
        """Take back what was said of some periods.

        To do it twice is to do it once, so after a lost answer it is asked again. An error in the
        second answer does not tell whether the first had done it: it is raised, with
        `outcome_unknown`.

        Katana: https://developer.katanamrp.com/reference/deletedemandforecast

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        await self._call("DELETE", self.path, body, DemandForecastClear)
