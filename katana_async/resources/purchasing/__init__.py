"""What can be called about buying."""

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
