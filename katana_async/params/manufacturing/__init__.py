"""What you send about making products.

Each module is loaded when first used.
"""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .bills import *
    from .orders import *
    from .work import *

_NAMES = {
    "bills": """
        BomRowBatch BomRowCreate BomRowFilters BomRowUpdate ProductOperationRerank
        ProductOperationRowFilters ProductOperationRowInput ProductOperationRowUpdate
        ProductOperationRowsCreate RecipeFilters RecipeRowInput RecipeRowUpdate RecipesCreate
    """,
    "orders": """
        MakeToOrder ManufacturingOrderCreate ManufacturingOrderFilters
        ManufacturingOrderUnlink ManufacturingOrderUpdate ManufacturingOrderWhere
        OperatorFilters
    """,
    "work": """
        ManufacturingOrderOperationRowCreate ManufacturingOrderOperationRowFilters
        ManufacturingOrderOperationRowUpdate ManufacturingOrderProductionCreate
        ManufacturingOrderProductionFilters ManufacturingOrderProductionUpdate
        ManufacturingOrderRecipeRowCreate ManufacturingOrderRecipeRowFilters
        ManufacturingOrderRecipeRowUpdate OperatorInput ProductionIngredientFilters
        ProductionIngredientInput ProductionIngredientUpdate ProductionOperationInput
    """,
}
"""What each module exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
