"""Filters and bodies of sales. Each module is imported when it is first used."""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .fulfillments import *
    from .orders import *
    from .returns import *

_NAMES = {
    "fulfillments": """
        SalesOrderAccountingMetadataFilters SalesOrderFulfillmentCreate
        SalesOrderFulfillmentFilters SalesOrderFulfillmentQuery
        SalesOrderFulfillmentRowInput SalesOrderFulfillmentUpdate ShippingFeeCreate
        ShippingFeeFilters ShippingFeeUpdate
    """,
    "orders": """
        RowAttributeInput SalesOrderAddressCreate SalesOrderAddressFilters
        SalesOrderAddressInput SalesOrderAddressUpdate SalesOrderCreate SalesOrderFilters
        SalesOrderRowCreate SalesOrderRowFilters SalesOrderRowInput SalesOrderRowQuery
        SalesOrderRowUpdate SalesOrderRowWhere SalesOrderUpdate SalesOrderWhere
    """,
    "returns": """
        SalesReturnCreate SalesReturnFilters SalesReturnRowCreate SalesReturnRowFilters
        SalesReturnRowUpdate SalesReturnUpdate
    """,
}
"""The names that each module exports in its `__all__`."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
