"""What can be called about stock."""

from .changes import StockAdjustments, StocktakeRows, Stocktakes, StockTransfers
from .levels import (
    BinInventories,
    DemandForecasts,
    InventoryLevels,
    InventoryMovements,
    NegativeStocks,
)
from .places import BinTransferRows, BinTransfers, Locations, StorageBins
from .tracking import Batches, BatchStocks, SerialNumbers, SerialNumberStocks

__all__ = [
    "BatchStocks",
    "Batches",
    "BinInventories",
    "BinTransferRows",
    "BinTransfers",
    "DemandForecasts",
    "InventoryLevels",
    "InventoryMovements",
    "Locations",
    "NegativeStocks",
    "SerialNumberStocks",
    "SerialNumbers",
    "StockAdjustments",
    "StockTransfers",
    "StocktakeRows",
    "Stocktakes",
    "StorageBins",
]
