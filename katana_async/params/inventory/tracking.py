"""What you send about batches and serial numbers."""

from typing import Literal, Required, TypedDict

from ...models.inventory import SerialNumberResource
from .._types import Instant, Number

__all__ = [
    "AdjustmentTraceabilityInput",
    "BatchCreate",
    "BatchInput",
    "BatchQuantityInput",
    "BatchStockFilters",
    "BatchStockUpdate",
    "BatchTransactionInput",
    "IngredientTraceabilityInput",
    "ProductionTraceabilityInput",
    "SerialNumberFilters",
    "SerialNumberTransactionInput",
    "SerialNumbersCreate",
    "SerialNumbersDelete",
    "StockBatchInput",
    "TraceabilityInput",
]


_Resource = (
    SerialNumberResource
    | Literal[
        "ManufacturingOrder",
        "SalesOrderRow",
        "Production",
        "SalesOrderFulfillmentRow",
        "StockAdjustmentRow",
        "StockTransferRow",
        "PurchaseOrderRow",
    ]
)


class BatchTransactionInput(TypedDict, total=False):
    """How much of a row to take from which batch."""

    batch_id: Required[int]
    quantity: Number


class SerialNumberTransactionInput(TypedDict, total=False):
    """Which serial number a row takes.

    Limits: quantity 0 or 1.
    """

    serial_number_id: Required[int]
    quantity: int


class TraceabilityInput(TypedDict, total=False):
    """How much of a row to take from which batch, storage bin and serial number.

    Limits: quantity not 0.
    """

    quantity: Number
    batch_id: int | None
    bin_location_id: int | None
    serial_number_id: int | None


class IngredientTraceabilityInput(TypedDict, total=False):
    """How much of an ingredient to take from which batch and storage bin.

    Limits: quantity not 0.
    """

    quantity: Number
    batch_id: int | None
    bin_location_id: int | None


class ProductionTraceabilityInput(TypedDict, total=False):
    """How much of what is made goes into which batch, or gets which serial number.

    Limits: quantity not 0.
    """

    quantity: Number
    batch_id: int | None
    serial_number_id: int | None


class BatchInput(TypedDict):
    """The batch that a production goes into."""

    batch_id: int


class BatchQuantityInput(TypedDict):
    """How much belongs to which batch."""

    batch_id: int
    quantity: Number


class StockBatchInput(TypedDict):
    """How much belongs to which batch; None is stock without a batch.

    Limits: quantity at least 0.
    """

    batch_id: int | None
    quantity: Number


class AdjustmentTraceabilityInput(TypedDict, total=False):
    """By how much the stock of which batch, storage bin and serial number changes.

    Limits: quantity not 0.
    """

    quantity: Required[Number]
    batch_id: int | None
    bin_location_id: int | None
    serial_number_id: int | None


class BatchCreate(TypedDict, total=False):
    """A new batch.

    Limits: batch_barcode 3 to 40 characters, batch_number at least 1 character.
    """

    batch_number: Required[str]
    variant_id: Required[int]
    batch_barcode: str
    batch_created_date: Instant
    expiration_date: Instant


class BatchStockFilters(TypedDict, total=False):
    """Which stocks of batches to list. Texts match exactly."""

    batch_id: int
    batch_number: str
    location_id: int
    variant_id: int
    batch_barcode: str
    include_empty: bool
    batch_created_at_max: Instant
    batch_created_at_min: Instant


class BatchStockUpdate(TypedDict, total=False):
    """What to change of a batch.

    Limits: batch_barcode 3 to 40 characters.
    """

    batch_barcode: str | None
    batch_created_date: Instant | None
    batch_number: str
    expiration_date: Instant | None


class SerialNumbersDelete(TypedDict):
    """Which serial numbers to take off a record."""

    ids: list[int] | tuple[int, ...]
    resource_id: int
    resource_type: _Resource


class SerialNumberFilters(TypedDict, total=False):
    """Which serial numbers to list."""

    resource_type: _Resource
    resource_id: int


class SerialNumbersCreate(TypedDict, total=False):
    """Serial numbers to assign, and the record that they come in or go out with.

    Without `resource_type` Katana answers 204 and does nothing. A manufacturing order takes none:
    its productions make the serial numbers.
    """

    resource_id: Required[int]
    resource_type: Required[
        SerialNumberResource
        | Literal[
            "ManufacturingOrder",
            "Production",
            "StockAdjustmentRow",
            "StockTransferRow",
            "PurchaseOrderRow",
            "SalesOrderRow",
        ]
    ]
    serial_numbers: list[str] | tuple[str, ...]
