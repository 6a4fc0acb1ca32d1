"""What a search asks for: conditions on fields, joined by `and` and `or`."""

from collections.abc import Mapping
from typing import Generic, TypedDict, TypeVar, Union

from ..models.inventory import IngredientAvailability, ProductAvailability
from ..models.sales import InvoicingStatus, ProductionStatus, SalesOrderStatus
from ._types import Instant, Number

__all__ = [
    "Comparator",
    "Condition",
    "CustomFieldCondition",
    "SalesOrderRowWhere",
    "SalesOrderWhere",
    "SearchFilter",
]


T = TypeVar("T")


class Comparator(TypedDict, Generic[T], total=False):
    """Conditions on one field, all of which must hold.

    In `like` and `ilike`, which ignores case, `%` stands for any text.

    Limits: exactly 2 values in between, at most 100 in inq (one of) and nin (none of); texts at
    most 256 characters.
    """

    neq: T | None
    gt: T
    gte: T
    lt: T
    lte: T
    between: list[T] | tuple[T, ...]
    inq: list[T | None] | tuple[T | None, ...]
    nin: list[T | None] | tuple[T | None, ...]
    like: str
    ilike: str


# mypy takes a bare type variable in an alias as a type only within Union.
Condition = Union[T, Comparator[T], None]  # noqa: UP007 - see above
"""What a field must be: a value, null, or a `Comparator`."""

CustomFieldCondition = Condition[str | bool | Number]
"""What a custom field must be."""


# The functional form, because both keys are Python's own words. What stands in the lists cannot be
# typed further: it may hold `custom_fields.<uuid>`, and pyright refuses a circle here.
_Logic = TypedDict(
    "_Logic",
    {"and": list[Mapping[str, object]], "or": list[Mapping[str, object]]},
    total=False,
)


class SalesOrderWhere(_Logic, total=False):
    """Which sales orders to find: all conditions must hold, and one of those in `or`.

    Keys `custom_fields.<uuid>` cannot be typed: give them as `search(custom_fields=...)`, or in
    the mappings within `and` and `or`.
    """

    id: Condition[int]
    order_no: Condition[str]
    source: Condition[str]
    status: Condition[SalesOrderStatus | str]
    customer_id: Condition[int]
    customer_ref: Condition[str]
    location_id: Condition[int]
    currency: Condition[str]
    invoicing_status: Condition[InvoicingStatus | str]
    production_status: Condition[ProductionStatus | str]
    product_availability: Condition[ProductAvailability | str]
    ingredient_availability: Condition[IngredientAvailability | str]
    tracking_number: Condition[str]
    ecommerce_order_type: Condition[str]
    ecommerce_store_name: Condition[str]
    ecommerce_order_id: Condition[str]
    custom_fields: CustomFieldCondition
    order_created_date: Condition[Instant]
    delivery_date: Condition[Instant]
    picked_date: Condition[Instant]
    created_at: Condition[Instant]
    updated_at: Condition[Instant]


class SalesOrderRowWhere(_Logic, total=False):
    """Which sales order rows to find: all conditions must hold, and one of those in `or`.

    Keys `custom_fields.<uuid>` cannot be typed: give them as `search(custom_fields=...)`, or in
    the mappings within `and` and `or`.
    """

    id: Condition[int]
    sales_order_id: Condition[int]
    variant_id: Condition[int]
    location_id: Condition[int]
    quantity: Condition[Number]
    price_per_unit: Condition[Number]
    total_discount: Condition[Number]
    currency: Condition[str]
    tax_rate: Condition[Number]
    tax_rate_id: Condition[int]
    product_availability: Condition[ProductAvailability | str]
    custom_fields: CustomFieldCondition
    delivery_date: Condition[Instant]
    shipping_date: Condition[Instant]
    created_at: Condition[Instant]
    updated_at: Condition[Instant]


class SearchFilter(TypedDict, total=False):
    """What a search sends as its filter; paging adds `page` and `limit`.

    `where` is open, because it may hold `custom_fields.<uuid>`.
    """

    where: Mapping[str, object]
    order: str | list[str] | tuple[str, ...]
