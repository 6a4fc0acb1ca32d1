"""Filters and bodies of stock adjustments, stock transfers and stocktakes."""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict

from ... import models
from .._types import Instant, ListOrTuple, Number, NumericString, RecordFilters
from .tracking import AdjustmentTraceabilityInput, StockBatchInput, TraceabilityInput


class StocktakeRowInput(TypedDict, total=False):
    """A variant to count, or its counted quantity."""

    variant_id: Required[int]
    batch_id: int | None
    bin_location_id: int | None
    counted_quantity: Number | None
    notes: str | None


class StockTransferRowInput(TypedDict, total=False):
    """The quantity of a variant to transfer.

    Katana does not document the fields of `batch_transactions`; answers have `batch_id` and
    `quantity`. `traceability` has these fields and more.

    Limits: quantity at most 100,000,000,000,000,000.
    """

    quantity: Required[NumericString]
    variant_id: Required[int]
    batch_transactions: ListOrTuple[Mapping[str, object]]
    traceability: ListOrTuple[TraceabilityInput]


class StockAdjustmentRowInput(TypedDict, total=False):
    """The change of the stock of a variant.

    Limits: cost_per_unit 0 to 1,000,000,000,000,000,000, quantity at most 100,000,000,000,000,000.
    """

    quantity: Required[Number]
    variant_id: Required[int]
    batch_transactions: ListOrTuple[StockBatchInput]
    cost_per_unit: Number
    traceability: ListOrTuple[AdjustmentTraceabilityInput]


class StockAdjustmentFilters(RecordFilters, total=False):
    """Filters for stock adjustments."""

    stock_adjustment_number: str
    location_id: int


class StockAdjustmentCreate(TypedDict, total=False):
    """A new stock adjustment."""

    location_id: Required[int]
    stock_adjustment_number: str
    stock_adjustment_rows: Required[ListOrTuple[StockAdjustmentRowInput]]
    additional_info: str | None
    reason: str
    stock_adjustment_date: Instant


class StockAdjustmentUpdate(TypedDict, total=False):
    """Changes to a stock adjustment. Limits: stock_adjustment_number at least 1 character."""

    additional_info: str | None
    location_id: int
    reason: str
    stock_adjustment_date: Instant
    stock_adjustment_number: str


class StockTransferFilters(RecordFilters, total=False):
    """Filters for stock transfers."""

    stock_transfer_number: str
    source_location_id: int
    target_location_id: int


class StockTransferCreate(TypedDict, total=False):
    """A new stock transfer."""

    source_location_id: Required[int]
    stock_transfer_number: str
    stock_transfer_rows: Required[ListOrTuple[StockTransferRowInput]]
    target_location_id: Required[int]
    additional_info: str | None
    expected_arrival_date: Instant | None
    order_created_date: Instant | None
    transfer_date: Instant


class StockTransferUpdate(TypedDict, total=False):
    """Changes to a stock transfer."""

    additional_info: str | None
    expected_arrival_date: Instant | None
    order_created_date: Instant | None
    stock_transfer_number: str
    transfer_date: Instant


class StockTransferStatusUpdate(TypedDict, total=False):
    """The status of a stock transfer."""

    status: models.StockTransferStatus | Literal["draft", "received", "inTransit"]


class StocktakeFilters(RecordFilters, total=False):
    """Filters for stocktakes."""

    stocktake_number: str
    status: models.StocktakeStatus | Literal["NOT_STARTED", "IN_PROGRESS", "COUNTED", "COMPLETED"]
    stock_adjustment_id: int
    location_id: int


class StocktakeCreate(TypedDict, total=False):
    """A new stocktake. Limits: reason at most 540 characters, stocktake_rows at most 250 items."""

    location_id: Required[int]
    stocktake_number: Required[str]
    additional_info: str | None
    created_date: Instant
    reason: str
    set_remaining_items_as_counted: bool
    stocktake_rows: ListOrTuple[StocktakeRowInput]


class StocktakeUpdate(TypedDict, total=False):
    """Changes to a stocktake. Limits: reason at most 540 characters."""

    additional_info: str | None
    completed_date: Instant | None
    created_date: Instant
    location_id: int
    reason: str | None
    set_remaining_items_as_counted: bool
    status: models.StocktakeStatus | Literal["NOT_STARTED", "IN_PROGRESS", "COUNTED", "COMPLETED"]
    stocktake_number: str


class StocktakeRowFilters(RecordFilters, total=False):
    """Filters for rows of stocktakes."""

    stocktake_ids: ListOrTuple[int]
    variant_id: int
    batch_id: int
    bin_location_id: int


class StocktakeRowsCreate(TypedDict, total=False):
    """Rows to add to a stocktake."""

    stocktake_id: Required[int]
    stocktake_rows: ListOrTuple[StocktakeRowInput]


class StocktakeRowUpdate(TypedDict, total=False):
    """Changes to a row of a stocktake."""

    batch_id: int | None
    bin_location_id: int | None
    counted_quantity: Number | None
    notes: str | None
    variant_id: int
