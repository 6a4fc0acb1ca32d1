"""Bills of materials, operations, and manufacturing orders."""

from decimal import Decimal
from uuid import UUID

from ._base import CustomizableRecord, DeletableRecord, JSONValue, Model, OpenEnum, Timestamp
from .inventory.levels import IngredientAvailability
from .inventory.tracking import BatchTransaction, SerialNumber, Traceability


class ManufacturingOrderStatus(OpenEnum):
    """The progress of a manufacturing order."""

    NOT_STARTED = "NOT_STARTED"
    BLOCKED = "BLOCKED"
    IN_PROGRESS = "IN_PROGRESS"
    PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"
    DONE = "DONE"


class OperationStatus(OpenEnum):
    """The progress of an operation of a manufacturing order."""

    NOT_STARTED = "NOT_STARTED"
    BLOCKED = "BLOCKED"
    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"


class OperationType(OpenEnum):
    """How the time and cost of an operation grow with the quantity."""

    PROCESS = "process"
    SETUP = "setup"
    PER_UNIT = "perUnit"
    FIXED = "fixed"


class WorkingArea(OpenEnum):
    """The working area of an operator."""

    SHOP_FLOOR = "shopFloor"
    WAREHOUSE = "warehouse"


class BomRow(Model):
    """One ingredient of a product variant, in its bill of materials. Its id is a UUID."""

    id: UUID
    product_item_id: int
    product_variant_id: int
    ingredient_variant_id: int
    #: Per unit of the product variant, in the ingredient's unit of measure.
    quantity: Decimal | None = None
    notes: str | None = None
    #: The position among the rows of the variant.
    rank: int | None = None
    #: By the UUID of the field's definition.
    custom_fields: dict[str, JSONValue] | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class Operator(DeletableRecord):
    """A person working in the workshop or the warehouse."""

    operator_name: str


class AssignedOperator(Model):
    """An operator to whom an operation is assigned."""

    name: str
    operator_id: int
    deleted_at: Timestamp | None = None


class ManufacturingOrder(CustomizableRecord):
    """An order to make a quantity of a variant."""

    actual_quantity: Decimal | None = None
    additional_info: str | None = None
    batch_transactions: tuple[BatchTransaction, ...] = ()
    traceability: tuple[Traceability, ...] = ()
    completed_quantity: Decimal | None = None
    done_date: Timestamp | None = None
    includes_partial_completions: bool | None = None
    ingredient_availability: IngredientAvailability | None = None
    is_linked_to_sales_order: bool | None = None
    location_id: int | None = None
    #: All costs are in the account's base currency.
    material_cost: Decimal | None = None
    operations_cost: Decimal | None = None
    order_created_date: Timestamp | None = None
    order_no: str | None = None
    planned_quantity: Decimal | None = None
    production_deadline_date: Timestamp | None = None
    remaining_quantity: Decimal | None = None
    sales_order_delivery_deadline: Timestamp | None = None
    sales_order_id: int | None = None
    sales_order_row_id: int | None = None
    serial_numbers: tuple[SerialNumber, ...] = ()
    status: ManufacturingOrderStatus | None = None
    subassemblies_cost: Decimal | None = None
    #: All times are in seconds.
    total_actual_time: Decimal | None = None
    total_cost: Decimal | None = None
    total_planned_time: Decimal | None = None
    variant_id: int | None = None


class ManufacturingOrderOperationRow(CustomizableRecord):
    """A step of work of a manufacturing order."""

    active_operator_id: int | None = None
    assigned_operators: tuple[AssignedOperator, ...] = ()
    completed_at: Timestamp | None = None
    completed_by_operators: tuple[AssignedOperator, ...] = ()
    cost_parameter: Decimal | None = None
    cost_per_hour: Decimal | None = None
    group_boundary: Decimal | None = None
    is_status_actionable: bool | None = None
    manufacturing_order_id: int | None = None
    operation_id: int | None = None
    operation_name: str | None = None
    planned_cost_per_unit: Decimal | None = None
    #: All times are in seconds.
    planned_time_parameter: Decimal | None = None
    planned_time_per_unit: Decimal | None = None
    rank: int | None = None
    resource_id: int | None = None
    resource_name: str | None = None
    status: OperationStatus | None = None
    total_actual_cost: Decimal | None = None
    total_actual_time: Decimal | None = None
    total_consumed_time: Decimal | None = None
    total_remaining_time: Decimal | None = None
    type: OperationType | None = None


class ProductionOperation(DeletableRecord):
    """The time and cost of an operation in one production."""

    cost: Decimal | None = None
    location_id: int | None = None
    manufacturing_order_id: int | None = None
    manufacturing_order_operation_id: int | None = None
    production_date: Timestamp | None = None
    production_id: int | None = None
    #: In seconds.
    time: Decimal | None = None


class ProductionIngredient(DeletableRecord):
    """The quantity of an ingredient that one production used."""

    cost: Decimal | None = None
    location_id: int | None = None
    manufacturing_order_id: int | None = None
    manufacturing_order_recipe_row_id: int | None = None
    production_date: Timestamp | None = None
    production_id: int | None = None
    quantity: Decimal | None = None
    traceability: tuple[Traceability, ...] = ()
    variant_id: int | None = None


class ManufacturingOrderProduction(DeletableRecord):
    """A quantity made by a manufacturing order, with its ingredients and operations."""

    factory_id: int | None = None
    ingredients: tuple[ProductionIngredient, ...] = ()
    manufacturing_order_id: int | None = None
    operations: tuple[ProductionOperation, ...] = ()
    production_date: Timestamp | None = None
    quantity: Decimal | None = None
    serial_numbers: tuple[SerialNumber, ...] = ()
    traceability: tuple[Traceability, ...] = ()


class ManufacturingOrderRecipeRow(CustomizableRecord):
    """An ingredient of a manufacturing order."""

    batch_transactions: tuple[BatchTransaction, ...] = ()
    traceability: tuple[Traceability, ...] = ()
    cost: Decimal | None = None
    ingredient_availability: IngredientAvailability | None = None
    ingredient_expected_date: Timestamp | None = None
    manufacturing_order_id: int | None = None
    notes: str | None = None
    planned_quantity_per_unit: Decimal | None = None
    total_actual_quantity: Decimal | None = None
    total_consumed_quantity: Decimal | None = None
    total_remaining_quantity: Decimal | None = None
    variant_id: int | None = None


class ProductOperationRow(Model):
    """A step of work in making a product."""

    product_operation_row_id: int
    cost_parameter: Decimal | None = None
    cost_per_hour: Decimal | None = None
    #: By the UUID of the field's definition.
    custom_fields: dict[str, JSONValue] | None = None
    group_boundary: Decimal | None = None
    operation_id: int | None = None
    operation_name: str | None = None
    planned_cost_per_unit: Decimal | None = None
    #: In seconds; `planned_time_per_unit` is the older name of the same value.
    planned_time_parameter: Decimal | None = None
    planned_time_per_unit: Decimal | None = None
    product_id: int | None = None
    product_variant_id: int | None = None
    rank: int | None = None
    resource_id: int | None = None
    resource_name: str | None = None
    type: OperationType | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class RecipeRow(Model):
    """A row of a recipe. Katana's newer name for recipes is bill of materials (`BomRow`)."""

    id: UUID
    ingredient_variant_id: int
    product_variant_id: int
    quantity: Decimal
    notes: str | None = None
    product_id: int | None = None
    product_item_id: int | None = None
    rank: int | None = None
    recipe_row_id: UUID | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
