"""What can be called about selling. Each module is loaded when first used."""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .fulfillments import *
    from .orders import *
    from .returns import *

_NAMES = {
    "fulfillments": "SalesOrderAccounting SalesOrderFulfillments ShippingFees",
    "orders": "SalesOrderAddresses SalesOrderRows SalesOrders",
    "returns": "SalesReturnRows SalesReturns",
}
"""What each module exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
