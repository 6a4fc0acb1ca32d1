"""Sales orders, their fulfillments, and returns.

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
"""The exports of each module, equal to its `__all__`."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
