"""What you send about the rows and productions of manufacturing orders."""

from typing import Literal, Required, TypedDict

from ...models.inventory import IngredientAvailability
from ...models.manufacturing import OperationStatus, OperationType
from .._types import DateFilters, Day, Instant, Number
from ..inventory import BatchInput, BatchQuantityInput, BatchTransactionInput

__all__ = [
    "ManufacturingOrderOperationRowCreate",
    "ManufacturingOrderOperationRowFilters",
    "ManufacturingOrderOperationRowUpdate",
    "ManufacturingOrderProductionCreate",
    "ManufacturingOrderProductionFilters",
    "ManufacturingOrderProductionUpdate",
    "ManufacturingOrderRecipeRowCreate",
    "ManufacturingOrderRecipeRowFilters",
    "ManufacturingOrderRecipeRowUpdate",
    "OperatorInput",
    "ProductionIngredientInput",
    "ProductionIngredientUpdate",
    "ProductionOperationInput",
]


class OperatorInput(TypedDict, total=False):
    """An operator, by id or by name."""

    name: str
    operator_id: int


class ProductionOperationInput(TypedDict, total=False):
    """How much time an operation of a production took.

    Limits: time above 0.
    """

    manufacturing_order_operation_id: Required[int]
    time: Required[Number]
    batch_transactions: list[BatchQuantityInput] | tuple[BatchQuantityInput, ...]


class ProductionIngredientInput(TypedDict, total=False):
    """How much of an ingredient went into a production.

    Limits: quantity above 0.
    """

    manufacturing_order_recipe_row_id: Required[int]
    quantity: Required[Number]
    batch_transactions: list[BatchQuantityInput] | tuple[BatchQuantityInput, ...]


class ManufacturingOrderOperationRowFilters(DateFilters, total=False):
    """Which operations of manufacturing orders to list."""

    ids: list[int] | tuple[int, ...]
    manufacturing_order_id: int
    status: (
        OperationStatus | Literal["NOT_STARTED", "BLOCKED", "IN_PROGRESS", "PAUSED", "COMPLETED"]
    )
    include_deleted: bool


class ManufacturingOrderOperationRowCreate(TypedDict, total=False):
    """A new operation of a manufacturing order.

    Limits: cost_parameter 0 to 10,000,000,000,000,000, cost_per_hour 0 to 10,000,000,000,000,000,
    operation_name at least 1 character, planned_time_parameter 0 to 10,000,000,000,000,000,
    planned_time_per_unit 0 to 10,000,000,000,000,000, resource_name at least 1 character.
    """

    manufacturing_order_id: Required[int]
    status: Required[OperationStatus | Literal["NOT_STARTED"]]
    assigned_operators: list[OperatorInput] | tuple[OperatorInput, ...]
    cost_parameter: Number
    cost_per_hour: Number
    operation_id: int
    operation_name: str
    planned_time_parameter: Number
    planned_time_per_unit: Number
    resource_id: int | None
    resource_name: str | None
    type: OperationType | Literal["process", "setup", "perUnit", "fixed"]


class ManufacturingOrderOperationRowUpdate(TypedDict, total=False):
    """What to change of an operation of a manufacturing order.

    Limits: cost_parameter 0 to 10,000,000,000,000,000, cost_per_hour 0 to 10,000,000,000,000,000,
    operation_name at least 1 character, planned_time_parameter 0 to 10,000,000,000,000,000,
    planned_time_per_unit 0 to 10,000,000,000,000,000, resource_name at least 1 character,
    total_actual_time 0 to 10,000,000,000,000,000.
    """

    assigned_operators: list[OperatorInput] | tuple[OperatorInput, ...]
    completed_by_operators: list[OperatorInput] | tuple[OperatorInput, ...]
    cost_parameter: Number | None
    cost_per_hour: Number | None
    operation_id: int
    operation_name: str
    planned_time_parameter: Number | None
    planned_time_per_unit: Number | None
    resource_id: int | None
    resource_name: str | None
    status: (
        OperationStatus | Literal["NOT_STARTED", "BLOCKED", "IN_PROGRESS", "PAUSED", "COMPLETED"]
    )
    total_actual_time: Number | None
    type: OperationType | Literal["process", "setup", "perUnit", "fixed"]


class ManufacturingOrderRecipeRowFilters(DateFilters, total=False):
    """Which ingredients of manufacturing orders to list."""

    ids: list[int] | tuple[int, ...]
    manufacturing_order_id: int
    variant_id: int
    ingredient_availability: (
        IngredientAvailability
        | Literal[
            "PROCESSED", "IN_STOCK", "NOT_AVAILABLE", "EXPECTED", "NO_RECIPE", "NOT_APPLICABLE"
        ]
    )
    include_deleted: bool


class ManufacturingOrderRecipeRowCreate(TypedDict, total=False):
    """A new ingredient of a manufacturing order.

    Limits: notes at most 255 characters, planned_quantity_per_unit 1e-05 to 1,000,000,000,000,000,
    total_actual_quantity 0 to 1,000,000,000,000,000.
    """

    manufacturing_order_id: Required[int]
    planned_quantity_per_unit: Required[Number]
    variant_id: Required[int]
    batch_transactions: list[BatchQuantityInput] | tuple[BatchQuantityInput, ...]
    notes: str
    total_actual_quantity: Number


class ManufacturingOrderRecipeRowUpdate(TypedDict, total=False):
    """What to change of an ingredient of a manufacturing order.

    Limits: notes at most 255 characters, planned_quantity_per_unit 1e-05 to 10,000,000,000,000,000,
    total_actual_quantity 0 to 10,000,000,000,000,000.
    """

    batch_transactions: list[BatchQuantityInput] | tuple[BatchQuantityInput, ...]
    notes: str | None
    planned_quantity_per_unit: Number
    total_actual_quantity: Number | None
    variant_id: int


class ManufacturingOrderProductionFilters(DateFilters, total=False):
    """Which productions to list."""

    ids: list[int] | tuple[int, ...]
    manufacturing_order_ids: list[int] | tuple[int, ...]
    include_deleted: bool


class ManufacturingOrderProductionCreate(TypedDict, total=False):
    """A new production.

    Limits: completed_date at least 1 character, completed_quantity 0 to 1,000,000,000,000,000.
    """

    completed_quantity: Required[Number]
    manufacturing_order_id: Required[int]
    batch_transaction: BatchInput
    completed_date: Instant
    ingredients: list[ProductionIngredientInput] | tuple[ProductionIngredientInput, ...]
    is_final: bool
    operations: list[ProductionOperationInput] | tuple[ProductionOperationInput, ...]
    serial_numbers: list[int] | tuple[int, ...]


class ManufacturingOrderProductionUpdate(TypedDict, total=False):
    """What to change of a production."""

    production_date: Day


class ProductionIngredientUpdate(TypedDict, total=False):
    """What to change of an ingredient of a production."""

    batch_transactions: list[BatchTransactionInput] | tuple[BatchTransactionInput, ...]
