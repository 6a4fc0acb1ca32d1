"""What you send about purchase orders."""

from typing import Literal, Required, TypedDict

from ..models.purchasing import BillingStatus, PurchaseOrderStatus, PurchaseOrderType
from ._types import DateFilters, Day, Instant, Number, NumericString

__all__ = [
    "PurchaseOrderCreate",
    "PurchaseOrderFilters",
    "PurchaseOrderQuery",
    "PurchaseOrderRowCreate",
    "PurchaseOrderUpdate",
]


class PurchaseOrderFilters(DateFilters, total=False):
    """Which purchase orders to list, and what to embed in them. Texts match exactly.

    `last_document_status` has texts of its own, unlike those that orders are answered with.
    """

    ids: list[int] | tuple[int, ...]
    order_no: str
    entity_type: PurchaseOrderType | Literal["regular", "outsourced"]
    status: PurchaseOrderStatus | Literal["DRAFT", "NOT_RECEIVED", "PARTIALLY_RECEIVED", "RECEIVED"]
    billing_status: BillingStatus | Literal["BILLED", "NOT_BILLED", "PARTIALLY_BILLED"]
    last_document_status: Literal["notSent", "sending", "sent", "failed"]
    currency: str
    supplier_id: int
    location_id: int
    tracking_location_id: int
    include_deleted: bool
    extend: list[Literal["supplier"]] | tuple[Literal["supplier"], ...]


class PurchaseOrderQuery(TypedDict, total=False):
    """What to embed in a purchase order."""

    extend: list[Literal["supplier"]] | tuple[Literal["supplier"], ...]


class PurchaseOrderRowCreate(TypedDict, total=False):
    """A row of a new purchase order.

    Limits: quantity, price and conversion rate 0 to 100,000,000,000,000,000, purchase_uom 1 to 7
    characters.
    """

    variant_id: Required[int]
    quantity: Required[Number]
    price_per_unit: Required[Number]
    purchase_uom: str | None
    purchase_uom_conversion_rate: Number | None
    location_id: int
    tax_rate_id: int
    tax_name: str
    # A percentage, which Katana wants as text.
    tax_rate: NumericString
    arrival_date: Instant


class PurchaseOrderCreate(TypedDict, total=False):
    """A new purchase order, with its rows.

    Limits: order_no and currency at least 1 character.
    """

    supplier_id: Required[int]
    location_id: Required[int]
    purchase_order_rows: Required[list[PurchaseOrderRowCreate] | tuple[PurchaseOrderRowCreate, ...]]
    order_no: str
    entity_type: PurchaseOrderType | Literal["regular", "outsourced"]
    status: PurchaseOrderStatus | Literal["DRAFT", "NOT_RECEIVED"]
    currency: str
    order_created_date: Day
    expected_arrival_date: Day
    tracking_location_id: int
    additional_info: str


class PurchaseOrderUpdate(TypedDict, total=False):
    """What to change of a purchase order.

    Limits: order_no and currency at least 1 character.
    """

    supplier_id: int
    location_id: int
    order_no: str
    status: PurchaseOrderStatus | Literal["DRAFT", "NOT_RECEIVED", "PARTIALLY_RECEIVED", "RECEIVED"]
    currency: str
    order_created_date: Instant
    expected_arrival_date: Instant
    tracking_location_id: int
    additional_info: str
