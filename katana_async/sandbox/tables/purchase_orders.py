"""Purchase orders with their rows."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import conversion_fields, convert_to_base, number
from ..endpoints import CollectionSpec, Presentation
from ..errors import ErrorDetail, unprocessable
from ..search import search_endpoint
from ..store import Layout, Record
from . import purchase_order_rows as order_rows, references
from .suppliers import present_embedded_supplier, require_supplier

PURCHASE_ORDER_LAYOUT = Layout(
    name="purchase_orders",
    first=6_000_001,
    fields={
        "order_no": "",
        "supplier_id": None,
        "location_id": None,
        "status": "NOT_RECEIVED",
        "entity_type": "regular",
        "currency": "USD",
        "conversion_rate": None,
        "conversion_date": None,
        "expected_arrival_date": None,
        "order_created_date": None,
        "additional_info": None,
        "billing_status": "NOT_BILLED",
        "last_document_status": "NOT_SENT",
        "default_group_id": None,
        "tracking_location_id": None,
        "ingredient_availability": None,
        "ingredient_expected_date": None,
        "custom_fields": None,
    },
    links=("supplier_id",),
)
# Only GET shows these.
_ONLY_READ = ("ingredient_availability", "ingredient_expected_date")
# Fields that a search lacks besides the rows.
_NOT_IN_SEARCH = (
    *_ONLY_READ,
    "additional_info",
    "default_group_id",
    "deleted_at",
    "expected_arrival_date",
    "last_document_status",
    "order_created_date",
)


def _present(presentation: Presentation) -> Record:
    """Return a purchase order as an answer shows it; PATCH and search lack the rows."""
    account, record, action = presentation.account, presentation.record, presentation.action
    rows = order_rows.rows_of(account, record["id"])
    left_out: tuple[str, ...] = _NOT_IN_SEARCH if action == "search" else ()
    if action in ("create", "update"):
        left_out = _ONLY_READ
    total = number(sum((Decimal(order_rows.row_total(row)) for row in rows), Decimal(0)))
    result: Record = {
        **record,
        "additional_info": record["additional_info"] or "",
        "total": total,
        "total_in_base_currency": convert_to_base(total, record["conversion_rate"]),
    }
    for name in ("conversion_rate", "conversion_date", *left_out):
        del result[name]
    if action not in ("update", "search"):
        result["purchase_order_rows"] = [order_rows.present_row(record, row) for row in rows]
    if "supplier" in presentation.extended:
        result["supplier"] = present_embedded_supplier(account, record["supplier_id"])
    return result


def _create_record(account: AccountState, body: Record) -> Record:
    _check_references(account, body)
    for index, row in enumerate(body["purchase_order_rows"]):
        references.require_row_references(account, row, "purchase_order_rows", index)
    supplier = references.require(account, "suppliers", body["supplier_id"], "supplier_id")
    currency = body.get("currency") or supplier["currency"]
    values: dict[str, Any] = {
        "order_no": f"PO-{account.store.next_number('purchase order')}",
        "order_created_date": account.now(),
        "expected_arrival_date": account.now(),
        "default_group_id": account.store.next_number("group"),
        **body,
        "currency": currency,
        **conversion_fields(account, currency),
    }
    rows = values.pop("purchase_order_rows")
    order = account.store["purchase_orders"].create(values)
    with order_rows.sync_stock(account, order["id"]):
        for row in rows:
            links = {"purchase_order_id": order["id"], "group_id": order["default_group_id"]}
            # Katana ignores the location of rows that are created with their order.
            values = {**order_rows.stored_row(row), **links, "location_id": None}
            account.store["purchase_order_rows"].create(values)
    return order


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    _check_references(account, body)
    if body.get("status") in order_rows.OPEN and before["status"] == order_rows.PARTIALLY:
        message = "must not be undone while only a part is received"
        raise unprocessable(
            ErrorDetail(("status",), "readOnly", message, {"status": order_rows.PARTIALLY})
        )
    changes = dict(body)
    if "currency" in body:
        changes |= conversion_fields(account, body["currency"])
    return changes


@contextmanager
def _around_change(account: AccountState, order: Record, changes: Record) -> Generator[None]:
    """Update rows and stock to an order's status, and delete the rows of a deleted order."""
    table, rows = account.store["purchase_order_rows"], order_rows.rows_of(account, order["id"])
    with order_rows.sync_stock(account, order["id"]):
        yield
        for row in () if changes else rows:
            table.delete(row["id"])
    status = changes.get("status", order["status"])
    if status == order_rows.RECEIVED != order["status"]:
        opened = [row for row in rows if row["received_date"] is None]
        parts = [{**row, "purchase_order_row_id": row["id"]} for row in opened]
        order_rows.receive(account, order["id"], parts)
    elif status in order_rows.OPEN and order["status"] == order_rows.RECEIVED:
        order_rows.undo_receipts(account, order)


def _check_references(account: AccountState, body: Record) -> None:
    require_supplier(account, body, "supplier_id")
    for name in ("location_id", "tracking_location_id"):
        if name in body:
            references.require(account, "locations", body[name], name)
    if body.get("entity_type") == "outsourced" and "tracking_location_id" not in body:
        message = "must have tracking_location_id when it is outsourced"
        problem = ErrorDetail((), "required", message, {"missingProperty": "tracking_location_id"})
        raise unprocessable(problem)


PURCHASE_ORDERS = CollectionSpec(
    layout=PURCHASE_ORDER_LAYOUT,
    present=_present,
    create=_create_record,
    read_changes=_read_changes,
    around_change=_around_change,
    cleared_fields=("additional_info",),
    extra_endpoints=(search_endpoint("purchase_orders", _present),),
)
