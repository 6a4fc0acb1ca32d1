"""Collections of purchasing."""

from .costs import AdditionalCosts, PurchaseOrderAccounting, PurchaseOrderCostRows
from .orders import OutsourcedRecipeRows, PurchaseOrderRows, PurchaseOrders

__all__ = [
    "AdditionalCosts",
    "OutsourcedRecipeRows",
    "PurchaseOrderAccounting",
    "PurchaseOrderCostRows",
    "PurchaseOrderRows",
    "PurchaseOrders",
]
