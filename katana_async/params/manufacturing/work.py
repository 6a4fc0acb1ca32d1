"""Filters and bodies of the rows and productions of manufacturing orders."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import CustomFieldValues, Day, Instant, ListOrTuple, Number, RecordFilters
from ..inventory.tracking import (
    BatchInput,
    BatchQuantityInput,
    BatchTransactionInput,
    IngredientTraceabilityInput,
    ProductionTraceabilityInput,
)

_Status = (
    models.OperationStatus | Literal["NOT_STARTED", "BLOCKED", "IN_PROGRESS", "PAUSED", "COMPLETED"]
)


class OperatorInput(TypedDict, total=False):
    """An operator, by id or by name. Limits: name at least 1 character."""

    operator_id: int
    name: str


class ProductionOperationInput(TypedDict, total=False):
    """The duration of an operation of a production, in seconds. Limits: time above 0."""

    manufacturing_order_operation_id: Required[int]
    time: Required[Number]


class ProductionIngredientInput(TypedDict, total=False):
    """The quantity of an ingredient that a production used.

    `traceability` overrides `batch_transactions`.

    Limits: quantity above 0.
    """

    manufacturing_order_recipe_row_id: Required[int]
    quantity: Required[Number]
    batch_transactions: ListOrTuple[BatchQuantityInput]
    traceability: ListOrTuple[IngredientTraceabilityInput]


class ManufacturingOrderOperationRowFilters(RecordFilters, total=False):
    """Filters for operations of manufacturing orders."""

    manufacturing_order_id: int
    status: _Status


class _OperationRowFields(TypedDict, total=False):
    """Fields of both new and changed operations of manufacturing orders."""

    operation_id: int
    operation_name: str
    type: models.OperationType | Literal["process", "setup", "perUnit", "fixed"]
    resource_id: int | None
    resource_name: str | None
    assigned_operators: ListOrTuple[OperatorInput]
    custom_fields: CustomFieldValues | None


class ManufacturingOrderOperationRowCreate(_OperationRowFields, total=False):
    """A new operation of a manufacturing order.

    Times are in seconds. `planned_time_per_unit` is an older name of `planned_time_parameter`.
    Katana ignores a name if the id is given.

    Limits: names at least 1 character, times and costs 0 to 10,000,000,000,000,000.
    """

    manufacturing_order_id: Required[int]
    status: Required[models.OperationStatus | Literal["NOT_STARTED"]]
    planned_time_parameter: Number
    planned_time_per_unit: Number
    cost_parameter: Number
    cost_per_hour: Number


class ManufacturingOrderOperationRowUpdate(_OperationRowFields, total=False):
    """Changes to an operation of a manufacturing order. Limits: the same as for creation."""

    status: _Status
    completed_by_operators: ListOrTuple[OperatorInput]
    planned_time_parameter: Number | None
    planned_time_per_unit: Number | None
    total_actual_time: Number | None
    cost_parameter: Number | None
    cost_per_hour: Number | None


class ManufacturingOrderRecipeRowFilters(RecordFilters, total=False):
    """Filters for ingredients of manufacturing orders."""

    manufacturing_order_id: int
    variant_id: int
    ingredient_availability: (
        models.IngredientAvailability
        | Literal[
            "PROCESSED", "IN_STOCK", "NOT_AVAILABLE", "EXPECTED", "NO_RECIPE", "NOT_APPLICABLE"
        ]
    )


class ManufacturingOrderRecipeRowCreate(TypedDict, total=False):
    """A new ingredient of a manufacturing order. `traceability` overrides `batch_transactions`.

    Limits: planned_quantity_per_unit 0.00001 to 1,000,000,000,000,000, total_actual_quantity 0 to
    as much, notes at most 255 characters; quantities of batches 0.00001 to 100,000,000,000,000,000.
    """

    manufacturing_order_id: Required[int]
    variant_id: Required[int]
    planned_quantity_per_unit: Required[Number]
    total_actual_quantity: Number
    batch_transactions: ListOrTuple[BatchQuantityInput]
    traceability: ListOrTuple[IngredientTraceabilityInput]
    notes: str
    custom_fields: CustomFieldValues | None


class ManufacturingOrderRecipeRowUpdate(TypedDict, total=False):
    """Changes to an ingredient of a manufacturing order.

    Limits: those of a new ingredient, but quantities to 10,000,000,000,000,000.
    """

    variant_id: int
    planned_quantity_per_unit: Number
    total_actual_quantity: Number | None
    batch_transactions: ListOrTuple[BatchQuantityInput]
    traceability: ListOrTuple[IngredientTraceabilityInput]
    notes: str | None
    custom_fields: CustomFieldValues | None


class ManufacturingOrderProductionFilters(RecordFilters, total=False):
    """Filters for productions."""

    manufacturing_order_ids: ListOrTuple[int]


class ManufacturingOrderProductionCreate(TypedDict, total=False):
    """A produced quantity of a manufacturing order, with the used ingredients and operations.

    `ingredients` and `operations` are the planned ones by default; `[]` means none.
    `traceability` overrides `batch_transaction` and `serial_numbers`.

    Limits: completed_quantity 0 to 1,000,000,000,000,000.
    """

    manufacturing_order_id: Required[int]
    completed_quantity: Required[Number]
    completed_date: Instant
    is_final: bool
    ingredients: ListOrTuple[ProductionIngredientInput]
    operations: ListOrTuple[ProductionOperationInput]
    batch_transaction: BatchInput
    serial_numbers: ListOrTuple[int]
    traceability: ListOrTuple[ProductionTraceabilityInput]


class ManufacturingOrderProductionUpdate(TypedDict, total=False):
    """Changes to a production: its day, its batches and serial numbers."""

    production_date: Day
    traceability: ListOrTuple[ProductionTraceabilityInput]


class ProductionIngredientFilters(RecordFilters, total=False):
    """Filters for ingredients of productions."""

    manufacturing_order_ids: ListOrTuple[int]
    production_ids: ListOrTuple[int]


class ProductionIngredientUpdate(TypedDict, total=False):
    """The batches and bins that an ingredient of a production was taken from.

    `traceability` overrides `batch_transactions`.
    """

    batch_transactions: ListOrTuple[BatchTransactionInput]
    traceability: ListOrTuple[IngredientTraceabilityInput]
