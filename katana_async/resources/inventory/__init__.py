"""Collections of stock and its changes. Each module is imported when it is first used."""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .changes import *
    from .levels import *
    from .places import *
    from .tracking import *

_NAMES = {
    "changes": "StockAdjustments StockTransfers StocktakeRows Stocktakes",
    "levels": """
        BinInventories DemandForecasts InventoryLevels InventoryMovements InventorySignals
        NegativeStocks
    """,
    "places": "BinTransferRows BinTransfers Locations StorageBins",
    "tracking": "BatchStocks Batches SerialNumberStocks SerialNumbers",
}
"""The collections of each module."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
