"""Returns of sold goods."""

from decimal import Decimal

from .._base import DatedRecord, DeletableRecord, Model, OpenEnum, Timestamp
from ..inventory.tracking import BatchTransaction


class SalesReturnStatus(OpenEnum):
    """The progress of a sales return."""

    NOT_RETURNED = "NOT_RETURNED"
    RETURNED_ALL = "RETURNED_ALL"
    RESTOCKED_ALL = "RESTOCKED_ALL"


class RefundStatus(OpenEnum):
    """The refund status of a sales return."""

    NOT_REFUNDED = "NOT_REFUNDED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


class ReturnableItem(Model):
    """A delivered item of a sales order that its customer can send back."""

    fulfillment_row_id: int
    variant_id: int
    location_id: int
    quantity_sold: Decimal
    available_for_return_quantity: Decimal
    net_price_per_unit: Decimal


class SalesReturnReason(Model):
    """A reason for a return."""

    id: int
    name: str


class SalesReturnRow(DatedRecord):
    """One item of a sales return."""

    sales_return_id: int
    variant_id: int
    quantity: Decimal
    #: The delivery of the item, and the row that ordered it.
    fulfillment_row_id: int | None = None
    sales_order_row_id: int | None = None
    #: In the return's currency.
    net_price_per_unit: Decimal | None = None
    #: The id of one of `return_reasons()`.
    reason_id: int | None = None
    restock_location_id: int | None = None
    batch_transactions: tuple[BatchTransaction, ...] = ()


class SalesReturn(DeletableRecord):
    """Goods that a customer sends back."""

    order_no: str
    customer_id: int
    return_location_id: int
    status: SalesReturnStatus
    refund_status: RefundStatus | None = None
    sales_order_id: int | None = None
    #: An ISO 4217 code.
    currency: str | None = None
    order_created_date: Timestamp | None = None
    return_date: Timestamp | None = None
    additional_info: str | None = None
    sales_return_rows: tuple[SalesReturnRow, ...] = ()
    tracking_carrier: str | None = None
    tracking_method: str | None = None
    tracking_number: str | None = None
    tracking_number_url: str | None = None


class UnassignedBatchTransaction(Model):
    """A returned quantity that is not yet assigned to a batch."""

    quantity: Decimal
    id: int | None = None
    status: str | None = None
    batch_id: int | None = None
    batch_number: str | None = None
    barcode: str | None = None
    batch_created_date: Timestamp | None = None
    batch_expiration_date: Timestamp | None = None
