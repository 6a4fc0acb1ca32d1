"""Filters and bodies of manufacturing. Each module is imported when it is first used."""

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
"""The names that each module exports in its `__all__`."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
