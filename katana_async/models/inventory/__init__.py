"""Stock: levels and movements, locations and bins, batches and serial numbers, adjustments.

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
    "changes": """
        StockAdjustment StockAdjustmentRow StockTransfer StockTransferRow
        StockTransferStatus Stocktake StocktakeRow StocktakeStatus
    """,
    "levels": """
        BinInventory BinInventoryGranularity DemandForecast DemandForecastPeriod
        IngredientAvailability Inventory InventoryMovement InventorySafetyStockLevel
        InventorySignal LeadTimeSource MovementResource NegativeStock ProductAvailability
    """,
    "places": """
        BinTransfer BinTransferRow BinTransferStatus BinTransferTraceability
        DefaultStorageBin Location LocationAddress StorageBin
    """,
    "tracking": """
        Batch BatchStock BatchTransaction SerialNumber SerialNumberFailure
        SerialNumberFailureReason SerialNumberMove SerialNumberResource
        SerialNumberStock SerialNumberTransaction SerialNumbersCreated Traceability
    """,
}
"""The exports of each module, equal to its `__all__`."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
