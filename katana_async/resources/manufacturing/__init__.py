"""What can be called about making products.

Each module is loaded when first used.
"""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .bills import *
    from .orders import *
    from .work import *

_NAMES = {
    "bills": "BomRows ProductOperationRows RecipeRows Recipes",
    "orders": "ManufacturingOrders Operators",
    "work": """
        ManufacturingOrderOperationRows ManufacturingOrderProductions
        ManufacturingOrderRecipeRows ProductionIngredients
    """,
}
"""What each module exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
