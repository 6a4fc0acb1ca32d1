"""Fulfillments: what of a sales order has been packed or delivered, together."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..layout import Layout
from ..operations import Collection, Showing
from ..schema import number
from ..store import Record
from . import shipping, usage
from .shipping import DELIVERED, settled
from .tracing import TRACED, traced
from .tracking import require_tracked

FULFILLMENT_LAYOUT = Layout(
    name="sales_order_fulfillments",
    first=16_800_001,
    fields={
        "sales_order_id": None,
        "status": "PACKED",
        "invoice_status": "NOT_INVOICED",
        "picked_date": None,
        "packer_id": None,
        "conversion_rate": None,
        "conversion_date": None,
        "tracking_number": None,
        "tracking_url": None,
        "tracking_carrier": None,
        "tracking_method": None,
    },
    links=("sales_order_id",),
)
FULFILLMENT_ROW_LAYOUT = Layout(
    name="sales_order_fulfillment_rows",
    first=17_000_001,
    fields={
        "sales_order_fulfillment_id": None,
        "sales_order_row_id": None,
        "quantity": 0,
        **TRACED,
        "serial_numbers": (),
        # What was taken out of which stock, and what a unit of it was worth there.
        "variant_id": None,
        "location_id": None,
        "value_per_unit": None,
    },
    links=("sales_order_fulfillment_id", "sales_order_row_id"),
)

_NOT_SHOWN = ("created_at", "updated_at")
_NOT_WRITTEN = ("invoice_status", "packer_id")
_ROW_SHOWN = (
    "id",
    "sales_order_row_id",
    "quantity",
    "batch_transactions",
    "traceability",
    "serial_numbers",
)


def _present(showing: Showing) -> Record:
    """Write a fulfillment; rows are without their ids in the answer to a PATCH."""
    record, how = showing.record, showing.how
    shown = {name: value for name, value in record.items() if name not in _NOT_SHOWN}
    if record["deleted_at"] is None:
        del shown["deleted_at"]
    if how == "create":
        for name in _NOT_WRITTEN:
            del shown[name]
    elif how == "update":
        del shown["invoice_status"]
    names = _ROW_SHOWN[1:] if how == "update" else _ROW_SHOWN
    rows = shipping.rows_in(showing.account, record)
    shown["sales_order_fulfillment_rows"] = [{name: row[name] for name in names} for row in rows]
    return shown


def _creating(account: Account, given: Record) -> Record:
    order = usage.require(account, "sales_orders", given["sales_order_id"], "sales_order_id")
    _check_rows(account, order, given["sales_order_fulfillment_rows"])
    rates = {name: order[name] for name in ("conversion_rate", "conversion_date")}
    values = {**rates, "picked_date": account.now(), **given}
    rows: list[Record] = given["sales_order_fulfillment_rows"]
    del values["sales_order_fulfillment_rows"]
    with settled(account, order["id"]):
        made = account.store["sales_order_fulfillments"].create(values)
        for row in rows:
            _add_row(account, made, row)
        if made["status"] == DELIVERED:
            shipping.deliver(account, made)
    return made


def _add_row(account: Account, fulfillment: Record, given: Record) -> None:
    ordered = account.store["sales_order_rows"].get(given["sales_order_row_id"])
    assert ordered is not None
    account.store["sales_order_fulfillment_rows"].create(
        {
            **given,
            **_traced(given),
            "sales_order_fulfillment_id": fulfillment["id"],
            "variant_id": ordered["variant_id"],
            "location_id": ordered["location_id"],
        }
    )


def _traced(given: Record) -> Record:
    """Return what a row is made up of; serial numbers can be told in two ways."""
    serials = given.get("serial_numbers", ())
    items = [{"serial_number_id": each, "quantity": 1} for each in serials]
    told = given.get("traceability") or given.get("batch_transactions")
    values = traced(given if told else {"traceability": items}, given["quantity"])
    known = [each["serial_number_id"] for each in values["traceability"]]
    return {**values, "serial_numbers": serials or [each for each in known if each is not None]}


def _check_rows(account: Account, order: Record, given: list[Record]) -> None:
    """Check that rows are of the order, and that no more is shipped than was ordered.

    Raises:
        Refusal: 422, a row is another order's, too much of it is shipped, or it is made up of
            what is not there.
    """
    rows = shipping.order_rows(account, order["id"])
    variants = {row["id"]: row["variant_id"] for row in rows}
    left: dict[Any, Decimal] = {
        row["id"]: Decimal(row["quantity"]) - shipping.fulfilled(account, row["id"]) for row in rows
    }
    for index, row in enumerate(given):
        path, ordered = ("sales_order_fulfillment_rows", index), row["sales_order_row_id"]
        if ordered not in left:
            said = "must be the id of a row of the order"
            raise invalid([Problem((*path, "sales_order_row_id"), "reference", said, {})])
        if row["quantity"] > left[ordered]:
            limit = number(left[ordered])
            said = f"must not be greater than {limit}, which is left of the row"
            problem = Problem((*path, "quantity"), "maximum", said, {"limit": limit})
            raise invalid([problem])
        left[ordered] -= Decimal(row["quantity"])
        items = _traced(row)["traceability"]
        require_tracked(account, variants[ordered], items, *path, "traceability")


def _updating(account: Account, before: Record, given: Record) -> Record:
    if "packer_id" in given:
        usage.require(account, "operators", given["packer_id"], "packer_id")
    if shipping.crosses(before, given, DELIVERED)[0]:
        _refuse_if_returned(account, before, "be taken back")
    return given


def _deleting(account: Account, record: Record) -> None:
    _refuse_if_returned(account, record, "be deleted")


def _refuse_if_returned(account: Account, fulfillment: Record, what: str) -> None:
    if any(shipping.returned(account, row["id"]) for row in shipping.rows_in(account, fulfillment)):
        raise blocked(f"The fulfillment {fulfillment['id']} cannot {what}: some has been returned.")


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Let stock and the order follow a fulfillment that changes or is deleted."""
    leaves, comes = shipping.crosses(before, changes, DELIVERED)
    with settled(account, before["sales_order_id"]):
        if leaves:
            shipping.take_back(account, before)
        yield
        if comes:
            shipping.deliver(account, {**before, **changes})
        if not changes:
            table = "sales_order_fulfillment_rows"
            usage.delete_children(account, table, "sales_order_fulfillment_id", before["id"])


SALES_ORDER_FULFILLMENTS = Collection(
    layout=FULFILLMENT_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
    settling=_settling,
)
