"""What can be called about making products."""

from .bills import BomRows, ProductOperationRows, RecipeRows, Recipes
from .orders import ManufacturingOrders, Operators
from .work import (
    ManufacturingOrderOperationRows,
    ManufacturingOrderProductions,
    ManufacturingOrderRecipeRows,
    ProductionIngredients,
)

__all__ = [
    "BomRows",
    "ManufacturingOrderOperationRows",
    "ManufacturingOrderProductions",
    "ManufacturingOrderRecipeRows",
    "ManufacturingOrders",
    "Operators",
    "ProductOperationRows",
    "ProductionIngredients",
    "RecipeRows",
    "Recipes",
]
