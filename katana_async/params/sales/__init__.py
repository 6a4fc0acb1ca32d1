"""What you send about sales orders and what follows them. Each module is loaded when first used."""

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
"""What each module exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
