"""Changes of stock without an order: adjustments, transfers, stocktakes."""

from decimal import Decimal

from .._base import DeletableRecord, Model, OpenEnum, Timestamp
from .tracking import BatchTransaction, Traceability


class StockTransferStatus(OpenEnum):
    """The progress of a stock transfer."""

    DRAFT = "draft"
    RECEIVED = "received"
    IN_TRANSIT = "inTransit"


class StocktakeStatus(OpenEnum):
    """The progress of a stocktake."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COUNTED = "COUNTED"
    COMPLETED = "COMPLETED"


class StockAdjustmentRow(Model):
    """A change of the stock of one variant."""

    id: int | None = None
    #: Negative if stock is taken out.
    quantity: Decimal
    variant_id: int
    batch_transactions: tuple[BatchTransaction, ...] = ()
    #: In the account's base currency (`Factory.base_currency_code`).
    cost_per_unit: Decimal | None = None
    traceability: tuple[Traceability, ...] = ()
    deleted_at: Timestamp | None = None


class StockAdjustment(DeletableRecord):
    """A change of stock without an order, such as goods found or lost."""

    location_id: int
    stock_adjustment_number: str
    additional_info: str | None = None
    reason: str | None = None
    stock_adjustment_date: Timestamp | None = None
    stock_adjustment_rows: tuple[StockAdjustmentRow, ...] = ()


class StockTransferRow(Model):
    """The quantity of one variant in a transfer."""

    #: Left out of answers to updates.
    id: int | None = None
    quantity: Decimal
    variant_id: int
    batch_transactions: tuple[BatchTransaction, ...] = ()
    #: In the account's base currency (`Factory.base_currency_code`).
    cost_per_unit: Decimal | None = None
    traceability: tuple[Traceability, ...] = ()
    deleted_at: Timestamp | None = None


class StockTransfer(DeletableRecord):
    """A transfer of stock from one location to another."""

    source_location_id: int
    stock_transfer_number: str
    target_location_id: int
    additional_info: str | None = None
    expected_arrival_date: Timestamp | None = None
    order_created_date: Timestamp | None = None
    status: StockTransferStatus | None = None
    stock_transfer_rows: tuple[StockTransferRow, ...] = ()
    transfer_date: Timestamp | None = None


class StocktakeRow(DeletableRecord):
    """The counted and the expected quantity of one variant."""

    stocktake_id: int
    variant_id: int
    batch_id: int | None = None
    #: None before the count.
    counted_quantity: Decimal | None = None
    #: Counted less expected quantity.
    discrepancy_quantity: Decimal | None = None
    in_stock_quantity: Decimal | None = None
    notes: str | None = None
    bin_location_id: int | None = None


class Stocktake(DeletableRecord):
    """A count of the stock at a location, which ends in a stock adjustment."""

    location_id: int
    status: StocktakeStatus
    stocktake_number: str
    additional_info: str | None = None
    completed_date: Timestamp | None = None
    reason: str | None = None
    set_remaining_items_as_counted: bool | None = None
    started_date: Timestamp | None = None
    status_update_in_progress: bool | None = None
    #: The adjustment to the counted quantities.
    stock_adjustment_id: int | None = None
    stocktake_created_date: Timestamp | None = None
    #: Only in the answer to `create`.
    stocktake_rows: tuple[StocktakeRow, ...] = ()
