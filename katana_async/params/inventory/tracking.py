"""Filters and bodies of batches and serial numbers."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import Instant, ListOrTuple, Number

_Assignable = Literal[
    "ManufacturingOrder",
    "Production",
    "StockAdjustmentRow",
    "StockTransferRow",
    "PurchaseOrderRow",
    "SalesOrderRow",
]
_Resource = models.SerialNumberResource | Literal[_Assignable, "SalesOrderFulfillmentRow"]


class BatchTransactionInput(TypedDict, total=False):
    """A quantity of a row to take from a batch."""

    batch_id: Required[int]
    quantity: Number


class SerialNumberTransactionInput(TypedDict, total=False):
    """A serial number that a row takes. Limits: quantity 0 or 1."""

    serial_number_id: Required[int]
    quantity: int


class IngredientTraceabilityInput(TypedDict, total=False):
    """A quantity of an ingredient, by batch and storage bin. Limits: quantity not 0."""

    quantity: Number
    batch_id: int | None
    bin_location_id: int | None


class TraceabilityInput(IngredientTraceabilityInput, total=False):
    """A quantity of a row, by batch, storage bin and serial number. Limits: quantity not 0."""

    serial_number_id: int | None


class ProductionTraceabilityInput(TypedDict, total=False):
    """A quantity of a made variant, by batch and serial number. Limits: quantity not 0."""

    quantity: Number
    batch_id: int | None
    serial_number_id: int | None


class BatchInput(TypedDict):
    """The batch that a production adds to."""

    batch_id: int


class BatchQuantityInput(BatchInput):
    """A quantity of a batch."""

    quantity: Number


class StockBatchInput(TypedDict):
    """A quantity of a batch; a batch of None means stock without a batch.

    Limits: quantity at least 0.
    """

    batch_id: int | None
    quantity: Number


class AdjustmentTraceabilityInput(TypedDict, total=False):
    """A change of stock, by batch, storage bin and serial number. Limits: quantity not 0."""

    quantity: Required[Number]
    batch_id: int | None
    bin_location_id: int | None
    serial_number_id: int | None


class BatchCreate(TypedDict, total=False):
    """A new batch. Limits: batch_barcode 3 to 40 characters, batch_number at least 1 character."""

    batch_number: Required[str]
    variant_id: Required[int]
    batch_barcode: str
    batch_created_date: Instant
    expiration_date: Instant


class BatchStockFilters(TypedDict, total=False):
    """Filters for stocks of batches."""

    batch_id: int
    batch_number: str
    location_id: int
    variant_id: int
    batch_barcode: str
    include_empty: bool
    batch_created_at_max: Instant
    batch_created_at_min: Instant


class BatchStockUpdate(TypedDict, total=False):
    """Changes to a batch. Limits: batch_barcode 3 to 40 characters."""

    batch_barcode: str | None
    batch_created_date: Instant | None
    batch_number: str
    expiration_date: Instant | None


class SerialNumbersDelete(TypedDict):
    """Serial numbers to remove from a record."""

    ids: ListOrTuple[int]
    resource_id: int
    resource_type: _Resource


class SerialNumberFilters(TypedDict, total=False):
    """Filters for serial numbers."""

    resource_type: _Resource
    resource_id: int


class SerialNumbersCreate(TypedDict, total=False):
    """Serial numbers to assign, and the record that receives or consumes them.

    `resource_type` is required here, since Katana answers 204 without it and does nothing. A
    manufacturing order takes no serial numbers, since its productions create them.
    """

    resource_id: Required[int]
    resource_type: Required[models.SerialNumberResource | _Assignable]
    serial_numbers: ListOrTuple[str]
