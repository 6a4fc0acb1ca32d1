"""What of sales orders was packed, delivered and invoiced."""

from __future__ import annotations

from decimal import Decimal

from .. import account, inventory
from .._base import Model, OpenEnum, Timestamp

__all__ = [
    "FulfillmentInvoiceStatus",
    "FulfillmentStatus",
    "SalesOrderAccountingMetadata",
    "SalesOrderFulfillment",
    "SalesOrderFulfillmentRow",
]


class FulfillmentStatus(OpenEnum):
    """How far a fulfillment has got."""

    PACKED = "PACKED"
    DELIVERED = "DELIVERED"


class FulfillmentInvoiceStatus(OpenEnum):
    """How much of a fulfillment has been invoiced."""

    NOT_INVOICED = "NOT_INVOICED"
    INVOICED = "INVOICED"
    PARTIALLY_INVOICED = "PARTIALLY_INVOICED"


class SalesOrderFulfillmentRow(Model):
    """How much of a row of a sales order is in a fulfillment."""

    quantity: Decimal
    #: The answer to an update leaves it out.
    id: int | None = None
    sales_order_row_id: int | None = None
    batch_transactions: tuple[inventory.BatchTransaction, ...] = ()
    #: Their ids.
    serial_numbers: tuple[int, ...] = ()
    traceability: tuple[inventory.Traceability, ...] = ()


class SalesOrderFulfillment(Model):
    """What of a sales order was packed or delivered together.

    Katana: https://developer.katanamrp.com/reference/the-sales-order-fulfillment-object
    """

    id: int
    sales_order_id: int
    status: FulfillmentStatus | None = None
    invoice_status: FulfillmentInvoiceStatus | None = None
    picked_date: Timestamp | None = None
    #: The operator who packed it.
    packer_id: int | None = None
    #: Between the order's currency and the base currency.
    conversion_rate: Decimal | None = None
    conversion_date: Timestamp | None = None
    sales_order_fulfillment_rows: tuple[SalesOrderFulfillmentRow, ...] = ()
    tracking_carrier: str | None = None
    tracking_method: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


class SalesOrderAccountingMetadata(Model):
    """The invoice in the accounting software that belongs to a fulfillment.

    Katana: https://developer.katanamrp.com/reference/getallsalesorderaccountingmetadata
    """

    id: int
    sales_order_id: int
    fulfillment_id: int
    integration_type: account.AccountingIntegration
    #: The accounting software's own id.
    invoice_id: str
    created_at: Timestamp
