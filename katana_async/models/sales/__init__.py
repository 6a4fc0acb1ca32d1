"""What customers ordered, what was delivered of it, and what comes back.

Each module is loaded when first used.
"""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .fulfillments import *
    from .orders import *
    from .returns import *

_NAMES = {
    "fulfillments": """
        FulfillmentInvoiceStatus FulfillmentStatus SalesOrderAccountingMetadata
        SalesOrderFulfillment SalesOrderFulfillmentRow
    """,
    "orders": """
        InvoicingStatus ProductionStatus RowAttribute SalesOrder SalesOrderAddress
        SalesOrderRow SalesOrderStatus ShippingFee
    """,
    "returns": """
        RefundStatus ReturnableItem SalesReturn SalesReturnReason SalesReturnRow
        SalesReturnStatus UnassignedBatchTransaction
    """,
}
"""What each module exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
