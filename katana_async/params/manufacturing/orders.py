"""Filters and bodies of manufacturing orders and operators."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import CustomFieldValues, Instant, ListOrTuple, Number, RecordFilters
from ..inventory.tracking import BatchQuantityInput, ProductionTraceabilityInput
from ..search import Choice, Condition, RecordWhere

_Status = (
    models.ManufacturingOrderStatus
    | Literal["NOT_STARTED", "BLOCKED", "IN_PROGRESS", "PARTIALLY_COMPLETED", "DONE"]
)


class OperatorFilters(TypedDict, total=False):
    """Filters for operators."""

    working_area: models.WorkingArea | Literal["shopFloor", "warehouse"]
    resource_id: int


class ManufacturingOrderFilters(RecordFilters, total=False):
    """Filters for manufacturing orders."""

    status: _Status
    order_no: str
    location_id: int
    is_linked_to_sales_order: bool


class ManufacturingOrderWhere(RecordWhere, total=False):
    """Search conditions for manufacturing orders."""

    order_no: Condition[str]
    status: Choice[models.ManufacturingOrderStatus | str]
    variant_id: Condition[int]
    location_id: Condition[int]
    planned_quantity: Condition[Number]
    actual_quantity: Condition[Number]
    completed_quantity: Condition[Number]
    remaining_quantity: Condition[Number]
    includes_partial_completions: Condition[bool]
    is_linked_to_sales_order: Condition[bool]
    ingredient_availability: Choice[models.IngredientAvailability | str]
    total_cost: Condition[Number]
    order_created_date: Condition[Instant]
    production_deadline_date: Condition[Instant]
    done_date: Condition[Instant]


class _ManufacturingOrderFields(TypedDict, total=False):
    """Fields of both new and changed manufacturing orders."""

    order_no: str
    actual_quantity: Number | None
    order_created_date: Instant
    production_deadline_date: Instant
    additional_info: str | None
    batch_transactions: ListOrTuple[BatchQuantityInput]
    traceability: ListOrTuple[ProductionTraceabilityInput]
    custom_fields: CustomFieldValues | None


class ManufacturingOrderCreate(_ManufacturingOrderFields, total=False):
    """A new manufacturing order. `traceability` overrides `batch_transactions`.

    Limits: planned_quantity 0.00001 to 1,000,000,000,000,000, actual_quantity 0 to as much,
    order_no and additional_info at least 1 character.
    """

    variant_id: Required[int]
    planned_quantity: Required[Number]
    location_id: Required[int]
    status: models.ManufacturingOrderStatus | Literal["NOT_STARTED"]


class ManufacturingOrderUpdate(_ManufacturingOrderFields, total=False):
    """Changes to a manufacturing order. Limits: the same as for creation."""

    variant_id: int
    planned_quantity: Number
    location_id: int
    status: _Status
    done_date: Instant


class MakeToOrder(TypedDict, total=False):
    """The sales order row to make; `create_subassemblies` is False by default."""

    sales_order_row_id: Required[int]
    create_subassemblies: bool


class ManufacturingOrderUnlink(TypedDict):
    """The sales order row to unlink from its manufacturing order."""

    sales_order_row_id: int
