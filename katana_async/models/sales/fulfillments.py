"""Fulfillments of sales orders, and their invoices."""

from decimal import Decimal

from .. import account
from .._base import DeletableRecord, Model, OpenEnum, Timestamp
from ..inventory.tracking import BatchTransaction, Traceability


class FulfillmentStatus(OpenEnum):
    """The progress of a fulfillment."""

    PACKED = "PACKED"
    DELIVERED = "DELIVERED"


class FulfillmentInvoiceStatus(OpenEnum):
    """The invoicing status of a fulfillment."""

    NOT_INVOICED = "NOT_INVOICED"
    INVOICED = "INVOICED"
    PARTIALLY_INVOICED = "PARTIALLY_INVOICED"


class SalesOrderFulfillmentRow(Model):
    """The quantity of a sales order row in a fulfillment."""

    quantity: Decimal
    #: Left out of the answer to an update.
    id: int | None = None
    sales_order_row_id: int | None = None
    batch_transactions: tuple[BatchTransaction, ...] = ()
    #: The ids of serial numbers.
    serial_numbers: tuple[int, ...] = ()
    traceability: tuple[Traceability, ...] = ()


class SalesOrderFulfillment(DeletableRecord):
    """The part of a sales order that was packed or delivered together."""

    sales_order_id: int
    status: FulfillmentStatus | None = None
    invoice_status: FulfillmentInvoiceStatus | None = None
    picked_date: Timestamp | None = None
    #: The id of the operator.
    packer_id: int | None = None
    #: Between the order's currency and the base currency.
    conversion_rate: Decimal | None = None
    conversion_date: Timestamp | None = None
    sales_order_fulfillment_rows: tuple[SalesOrderFulfillmentRow, ...] = ()
    tracking_carrier: str | None = None
    tracking_method: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


class SalesOrderAccountingMetadata(Model):
    """The invoice of a fulfillment in the accounting software."""

    id: int
    sales_order_id: int
    fulfillment_id: int
    integration_type: account.AccountingIntegration
    #: The invoice's id in the accounting software.
    invoice_id: str
    created_at: Timestamp
