"""What changes stock without an order: adjustments, transfers, stocktakes."""

from __future__ import annotations

from decimal import Decimal

from .._base import Model, OpenEnum, Timestamp
from .tracking import BatchTransaction, Traceability

__all__ = [
    "StockAdjustment",
    "StockAdjustmentRow",
    "StockTransfer",
    "StockTransferRow",
    "StockTransferStatus",
    "Stocktake",
    "StocktakeRow",
    "StocktakeStatus",
]


class StockTransferStatus(OpenEnum):
    """How far a stock transfer has got."""

    DRAFT = "draft"
    RECEIVED = "received"
    IN_TRANSIT = "inTransit"


class StocktakeStatus(OpenEnum):
    """How far a stocktake has got."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COUNTED = "COUNTED"
    COMPLETED = "COMPLETED"


class StockAdjustmentRow(Model):
    """By how much the stock of a variant changes."""

    id: int | None = None
    #: Below 0 takes out of stock.
    quantity: Decimal
    variant_id: int
    batch_transactions: tuple[BatchTransaction, ...] = ()
    #: In the account's base currency, which is on the factory.
    cost_per_unit: Decimal | None = None
    traceability: tuple[Traceability, ...] = ()
    deleted_at: Timestamp | None = None


class StockAdjustment(Model):
    """A change of stock that no order explains, such as what was found or lost.

    Katana: https://developer.katanamrp.com/reference/the-stock-adjustment-object
    """

    id: int
    location_id: int
    stock_adjustment_number: str
    additional_info: str | None = None
    reason: str | None = None
    stock_adjustment_date: Timestamp | None = None
    stock_adjustment_rows: tuple[StockAdjustmentRow, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


class StockTransferRow(Model):
    """How much of a variant moves."""

    #: Answers to updates leave it out.
    id: int | None = None
    quantity: Decimal
    variant_id: int
    batch_transactions: tuple[BatchTransaction, ...] = ()
    #: In the account's base currency, which is on the factory.
    cost_per_unit: Decimal | None = None
    traceability: tuple[Traceability, ...] = ()
    deleted_at: Timestamp | None = None


class StockTransfer(Model):
    """A transfer of stock from one location to another.

    Katana: https://developer.katanamrp.com/reference/the-stock-transfer-object
    """

    id: int
    source_location_id: int
    stock_transfer_number: str
    target_location_id: int
    additional_info: str | None = None
    expected_arrival_date: Timestamp | None = None
    order_created_date: Timestamp | None = None
    status: StockTransferStatus | None = None
    stock_transfer_rows: tuple[StockTransferRow, ...] = ()
    transfer_date: Timestamp | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


class StocktakeRow(Model):
    """What was counted of a variant, and what should have been there.

    Katana: https://developer.katanamrp.com/reference/the-stocktake-row-object
    """

    id: int
    stocktake_id: int
    variant_id: int
    batch_id: int | None = None
    #: None while nobody has counted.
    counted_quantity: Decimal | None = None
    #: Counted, less what should have been there.
    discrepancy_quantity: Decimal | None = None
    in_stock_quantity: Decimal | None = None
    notes: str | None = None
    bin_location_id: int | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


class Stocktake(Model):
    """A count of what really is in stock at a location, which ends in a stock adjustment.

    Katana: https://developer.katanamrp.com/reference/the-stocktake-object
    """

    id: int
    location_id: int
    status: StocktakeStatus
    stocktake_number: str
    additional_info: str | None = None
    completed_date: Timestamp | None = None
    reason: str | None = None
    set_remaining_items_as_counted: bool | None = None
    started_date: Timestamp | None = None
    status_update_in_progress: bool | None = None
    #: The adjustment that put right what the count found.
    stock_adjustment_id: int | None = None
    stocktake_created_date: Timestamp | None = None
    #: Only the answer to `create` has them.
    stocktake_rows: tuple[StocktakeRow, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None
