"""What you send about manufacturing orders."""

from typing import Literal, Required, TypedDict

from ...models.manufacturing import ManufacturingOrderStatus, WorkingArea
from .._types import DateFilters, Instant, Number
from ..inventory import BatchQuantityInput

__all__ = [
    "MakeToOrder",
    "ManufacturingOrderCreate",
    "ManufacturingOrderFilters",
    "ManufacturingOrderUnlink",
    "ManufacturingOrderUpdate",
    "OperatorFilters",
]


class OperatorFilters(TypedDict, total=False):
    """Which operators to list."""

    working_area: WorkingArea | Literal["shopFloor", "warehouse"]
    resource_id: int


class ManufacturingOrderFilters(DateFilters, total=False):
    """Which manufacturing orders to list. Texts match exactly."""

    ids: list[int] | tuple[int, ...]
    status: (
        ManufacturingOrderStatus
        | Literal["NOT_STARTED", "BLOCKED", "IN_PROGRESS", "PARTIALLY_COMPLETED", "DONE"]
    )
    order_no: str
    location_id: int
    is_linked_to_sales_order: bool
    include_deleted: bool


class ManufacturingOrderCreate(TypedDict, total=False):
    """A new manufacturing order.

    Limits: actual_quantity 0 to 1,000,000,000,000,000, additional_info at least 1 character,
    order_created_date at least 1 character, order_no at least 1 character, planned_quantity 1e-05
    to 1,000,000,000,000,000, production_deadline_date at least 1 character.
    """

    location_id: Required[int]
    planned_quantity: Required[Number]
    variant_id: Required[int]
    actual_quantity: Number | None
    additional_info: str | None
    batch_transactions: list[BatchQuantityInput] | tuple[BatchQuantityInput, ...]
    order_created_date: Instant
    order_no: str
    production_deadline_date: Instant
    status: ManufacturingOrderStatus | Literal["NOT_STARTED"]


class ManufacturingOrderUpdate(TypedDict, total=False):
    """What to change of a manufacturing order.

    Limits: actual_quantity 0 to 1,000,000,000,000,000, additional_info at least 1 character,
    done_date at least 1 character, order_created_date at least 1 character, order_no at least 1
    character, planned_quantity 1e-05 to 1,000,000,000,000,000, production_deadline_date at least 1
    character.
    """

    actual_quantity: Number | None
    additional_info: str | None
    batch_transactions: list[BatchQuantityInput] | tuple[BatchQuantityInput, ...]
    done_date: Instant
    location_id: int
    order_created_date: Instant
    order_no: str
    planned_quantity: Number
    production_deadline_date: Instant
    status: (
        ManufacturingOrderStatus
        | Literal["NOT_STARTED", "BLOCKED", "IN_PROGRESS", "PARTIALLY_COMPLETED", "DONE"]
    )
    variant_id: int


class MakeToOrder(TypedDict, total=False):
    """Which row of a sales order to make."""

    sales_order_row_id: Required[int]
    create_subassemblies: bool


class ManufacturingOrderUnlink(TypedDict):
    """From which row of a sales order to unlink."""

    sales_order_row_id: int
