"""What can be called about selling."""

from .fulfillments import SalesOrderAccounting, SalesOrderFulfillments, ShippingFees
from .orders import SalesOrderAddresses, SalesOrderRows, SalesOrders
from .returns import SalesReturnRows, SalesReturns

__all__ = [
    "SalesOrderAccounting",
    "SalesOrderAddresses",
    "SalesOrderFulfillments",
    "SalesOrderRows",
    "SalesOrders",
    "SalesReturnRows",
    "SalesReturns",
    "ShippingFees",
]
