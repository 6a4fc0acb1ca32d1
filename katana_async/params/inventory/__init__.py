"""Filters and bodies of stock. Each module is imported when it is first used."""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .changes import *
    from .levels import *
    from .places import *
    from .tracking import *

_NAMES = {
    "changes": """
        StockAdjustmentCreate StockAdjustmentFilters StockAdjustmentRowInput
        StockAdjustmentUpdate StockTransferCreate StockTransferFilters
        StockTransferRowInput StockTransferStatusUpdate StockTransferUpdate
        StocktakeCreate StocktakeFilters StocktakeRowFilters StocktakeRowInput
        StocktakeRowUpdate StocktakeRowsCreate StocktakeUpdate
    """,
    "levels": """
        BinInventoryFilters DemandForecastClear DemandForecastCreate
        DemandForecastPeriodInput DemandForecastQuery ForecastPeriod InventoryFilters
        InventoryMovementFilters InventorySignalFilters NegativeStockFilters StockLevelUpdate
    """,
    "places": """
        BinTransferCreate BinTransferFilters BinTransferRowCreate BinTransferRowFilters
        BinTransferRowInput BinTransferRowUpdate BinTransferStatusUpdate
        BinTransferTraceabilityInput BinTransferUpdate LocationFilters StorageBinCreate
        StorageBinFilters StorageBinUpdate
    """,
    "tracking": """
        AdjustmentTraceabilityInput BatchCreate BatchInput BatchQuantityInput
        BatchStockFilters BatchStockUpdate BatchTransactionInput
        IngredientTraceabilityInput ProductionTraceabilityInput SerialNumberFilters
        SerialNumberTransactionInput SerialNumbersCreate SerialNumbersDelete
        StockBatchInput TraceabilityInput
    """,
}
"""The names that each module exports in its `__all__`."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
