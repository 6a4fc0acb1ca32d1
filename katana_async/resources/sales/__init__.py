"""Collections of sales. Each module is imported when it is first used."""

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
"""The collections of each module."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
