"""Batches and serial numbers."""

from decimal import Decimal

from ...errors import PartialFailure
from .._base import DatedRecord, Model, OpenEnum, Timestamp


class SerialNumberResource(OpenEnum):
    """The kind of record that a serial number is assigned to."""

    MANUFACTURING_ORDER = "ManufacturingOrder"
    PRODUCTION = "Production"
    STOCK_ADJUSTMENT_ROW = "StockAdjustmentRow"
    STOCK_TRANSFER_ROW = "StockTransferRow"
    PURCHASE_ORDER_ROW = "PurchaseOrderRow"
    SALES_ORDER_ROW = "SalesOrderRow"
    SALES_ORDER_FULFILLMENT_ROW = "SalesOrderFulfillmentRow"


class SerialNumberFailureReason(OpenEnum):
    """The reason why a serial number was not assigned."""

    DUPLICATE = "DUPLICATE"
    MISSING = "MISSING"
    NOT_IN_STOCK = "NOT_IN_STOCK"


class BatchTransaction(Model):
    """The part of a quantity with one batch."""

    quantity: Decimal
    #: None for stock without a batch.
    batch_id: int | None = None


class SerialNumberTransaction(Model):
    """The movement of one serial number."""

    serial_number_id: int
    #: 0 or 1.
    quantity: int | None = None


class Traceability(Model):
    """The part of a quantity with one batch, storage bin and serial number."""

    #: Negative in an adjustment that takes stock out.
    quantity: Decimal
    batch_id: int | None = None
    bin_location_id: int | None = None
    serial_number_id: int | None = None


class Batch(DatedRecord):
    """A quantity of one variant that was made or bought together."""

    batch_number: str
    variant_id: int
    batch_barcode: str | None = None
    batch_created_date: Timestamp | None = None
    expiration_date: Timestamp | None = None


class BatchStock(Model):
    """The quantity of one batch at one location. Only its batch has an id."""

    #: Answers to an update have it in place of `batch_id`.
    id: int | None = None
    batch_number: str
    variant_id: int
    batch_barcode: str | None = None
    batch_created_date: Timestamp | None = None
    batch_id: int | None = None
    expiration_date: Timestamp | None = None
    location_id: int | None = None
    quantity_in_stock: Decimal | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class SerialNumber(Model):
    """A serial number that came in or went out with a record."""

    id: int
    #: 1 when it came in, -1 when it went out.
    quantity_change: int | None = None
    resource_id: int | None = None
    resource_type: SerialNumberResource | None = None
    serial_number: str | None = None
    transaction_date: Timestamp | None = None
    #: Katana has sent the text "undefined" here.
    transaction_id: str | None = None


class SerialNumberMove(Model):
    """A record with which a serial number came in or went out."""

    id: int | str
    quantity_change: int
    resource_id: int
    resource_type: SerialNumberResource
    transaction_date: Timestamp | None = None


class SerialNumberStock(Model):
    """A serial number, whether it is in stock, and its moves."""

    id: int
    in_stock: bool
    serial_number: str
    transactions: tuple[SerialNumberMove, ...] = ()


class SerialNumberFailure(Model):
    """A serial number that was not assigned, and the reason."""

    serial_number: str
    reason: SerialNumberFailureReason | None = None


class SerialNumbersCreated(Model):
    """The result of assigning serial numbers: Katana may assign some and refuse others.

    It is neither a list nor true or false, so that a part cannot pass for all: call `all()`, which
    raises if some were refused, or read `successful` and `failed`.
    """

    successful: tuple[SerialNumber, ...]
    failed: tuple[SerialNumberFailure, ...] = ()

    def all(self) -> tuple[SerialNumber, ...]:
        """Return the assigned serial numbers if none was refused.

        Raises:
            PartialFailure: Some were refused: its `failed` has them with the reasons. Those in its
                `successful` stay assigned.
        """
        if not self.failed:
            return self.successful
        refused = ", ".join(f"{each.serial_number} ({each.reason})" for each in self.failed[:8])
        hidden = len(self.failed) - 8
        more = f" and {hidden} more" if hidden > 0 else ""
        rest = ". The others were" if self.successful else ""
        raise PartialFailure(
            f"{len(self.failed)} of {len(self.failed) + len(self.successful)} serial numbers were"
            f" not assigned: {refused}{more}{rest}",
            successful=self.successful,
            failed=self.failed,
        )

    def __bool__(self) -> bool:
        raise TypeError("some may have failed: take .all(), or look at .failed")
