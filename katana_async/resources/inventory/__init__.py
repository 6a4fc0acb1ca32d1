"""What can be called about stock.

Each module is loaded when first used.
"""

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
"""What each module exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
