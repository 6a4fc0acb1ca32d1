"""Purchase orders with their rows."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Collection, Showing
from ..schema import number
from ..search import search_operation
from ..store import Record
from . import purchase_order_rows as order_rows, usage
from .money import conversion, in_base_currency
from .suppliers import embedded_supplier, require_supplier

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
# Only what reads one order or lists them shows these.
_ONLY_READ = ("ingredient_availability", "ingredient_expected_date")
# What a search does not show, besides the rows.
_NOT_SEARCHED = (
    *_ONLY_READ,
    "additional_info",
    "default_group_id",
    "deleted_at",
    "expected_arrival_date",
    "last_document_status",
    "order_created_date",
)


def _present(showing: Showing) -> Record:
    """Write a purchase order; the answers to a PATCH and a search are without rows."""
    account, record, how = showing.account, showing.record, showing.how
    rows = order_rows.rows_of(account, record["id"])
    left_out: tuple[str, ...] = _NOT_SEARCHED if how == "search" else ()
    if how in ("create", "update"):
        left_out = _ONLY_READ
    total = number(sum((Decimal(order_rows.row_total(row)) for row in rows), Decimal(0)))
    shown: Record = {
        **record,
        "additional_info": record["additional_info"] or "",
        "total": total,
        "total_in_base_currency": in_base_currency(total, record["conversion_rate"]),
    }
    for name in ("conversion_rate", "conversion_date", *left_out):
        del shown[name]
    if how not in ("update", "search"):
        shown["purchase_order_rows"] = [order_rows.present_row(record, row) for row in rows]
    if "supplier" in showing.extended:
        shown["supplier"] = embedded_supplier(account, record["supplier_id"])
    return shown


def _creating(account: Account, given: Record) -> Record:
    _require_what_is_named(account, given)
    for index, row in enumerate(given["purchase_order_rows"]):
        usage.require_of_row(account, row, "purchase_order_rows", index)
    supplier = usage.require(account, "suppliers", given["supplier_id"], "supplier_id")
    currency = given.get("currency") or supplier["currency"]
    values: dict[str, Any] = {
        "order_no": f"PO-{account.store.next('purchase order')}",
        "order_created_date": account.now(),
        "expected_arrival_date": account.now(),
        "default_group_id": account.store.next("group"),
        **given,
        "currency": currency,
        **conversion(account, currency),
    }
    rows = values.pop("purchase_order_rows")
    order = account.store["purchase_orders"].create(values)
    with order_rows.settled(account, order["id"]):
        for row in rows:
            links = {"purchase_order_id": order["id"], "group_id": order["default_group_id"]}
            # Katana drops the location of rows that come with their order.
            values = {**order_rows.stored_row(row), **links, "location_id": None}
            account.store["purchase_order_rows"].create(values)
    return order


def _updating(account: Account, before: Record, given: Record) -> Record:
    _require_what_is_named(account, given)
    if given.get("status") in order_rows.OPEN and before["status"] == order_rows.PARTIALLY:
        message = "must not be undone while only a part is received"
        raise invalid([Problem(("status",), "readOnly", message, {"status": order_rows.PARTIALLY})])
    changes = dict(given)
    if "currency" in given:
        changes |= conversion(account, given["currency"])
    return changes


@contextmanager
def _settling(account: Account, order: Record, changes: Record) -> Generator[None]:
    """Let the rows and the stock follow an order's status; a deleted order takes its rows along."""
    table, rows = account.store["purchase_order_rows"], order_rows.rows_of(account, order["id"])
    with order_rows.settled(account, order["id"]):
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


def _require_what_is_named(account: Account, given: Record) -> None:
    require_supplier(account, given, "supplier_id")
    for name in ("location_id", "tracking_location_id"):
        if name in given:
            usage.require(account, "locations", given[name], name)
    if given.get("entity_type") == "outsourced" and "tracking_location_id" not in given:
        message = "must have tracking_location_id when it is outsourced"
        problem = Problem((), "required", message, {"missingProperty": "tracking_location_id"})
        raise invalid([problem])


PURCHASE_ORDERS = Collection(
    layout=PURCHASE_ORDER_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    settling=_settling,
    wiped=("additional_info",),
    more=(search_operation("purchase_orders", _present),),
)
