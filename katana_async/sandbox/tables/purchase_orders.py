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
from ..store import Record
from . import usage
from .money import conversion, in_base_currency
from .purchase_order_rows import present_row, row_total, settled
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
    },
    links=("supplier_id",),
)
_INGREDIENTS = ("ingredient_availability", "ingredient_expected_date")


def _present(showing: Showing) -> Record:
    """Write a purchase order; the answer to a PATCH is without rows."""
    account, record, how = showing.account, showing.record, showing.how
    rows = account.store["purchase_order_rows"].children("purchase_order_id", record["id"])
    shown = dict(record)
    rate = shown.pop("conversion_rate")
    del shown["conversion_date"]
    total = number(sum((Decimal(row_total(row)) for row in rows), Decimal(0)))
    shown["total"] = total
    shown["total_in_base_currency"] = in_base_currency(total, rate)
    if how in ("create", "update"):
        for name in _INGREDIENTS:
            del shown[name]
    if how != "update":
        shown["purchase_order_rows"] = [present_row(record, row) for row in rows]
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
        "default_group_id": account.store.next("group"),
        **given,
        "currency": currency,
        **conversion(account, currency),
    }
    rows = values.pop("purchase_order_rows")
    order = account.store["purchase_orders"].create(values)
    # Katana has been seen to drop the location of rows that come with their order.
    left_out = ("location_id", "tax_name", "tax_rate")
    with settled(account, order["id"]):
        for row in rows:
            kept = {name: value for name, value in row.items() if name not in left_out}
            links = {"purchase_order_id": order["id"], "group_id": order["default_group_id"]}
            account.store["purchase_order_rows"].create({**kept, **links})
    return order


def _updating(account: Account, _before: Record, given: Record) -> Record:
    _require_what_is_named(account, given)
    changes = dict(given)
    if "currency" in given:
        changes |= conversion(account, given["currency"])
    return changes


@contextmanager
def _settling(account: Account, order: Record, changes: Record) -> Generator[None]:
    """Let the rows and the stock follow an order's status; a deleted order takes its rows along."""
    rows = account.store["purchase_order_rows"]
    with settled(account, order["id"]):
        yield
        for row in rows.children("purchase_order_id", order["id"]):
            if not changes:
                rows.delete(row["id"])
            elif changes.get("status") == "RECEIVED" and row["received_date"] is None:
                rows.update(row["id"], {"received_date": account.now()})
            elif changes.get("status") in ("NOT_RECEIVED", "DRAFT") and row["received_date"]:
                rows.update(row["id"], {"received_date": None})


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
)
