"""Collections of manufacturing. Each module is imported when it is first used."""

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
"""The collections of each module."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
