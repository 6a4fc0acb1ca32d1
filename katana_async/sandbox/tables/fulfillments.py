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
        "status": "PACKED",
        "invoice_status": "NOT_INVOICED",
        **dict.fromkeys(
            (
                *("sales_order_id", "picked_date", "packer_id", "conversion_rate"),
                *("conversion_date", "tracking_number", "tracking_url", "tracking_carrier"),
                "tracking_method",
            )
        ),
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
    },
    links=("sales_order_fulfillment_id", "sales_order_row_id"),
)
_ROW_SHOWN = ("id", "sales_order_row_id", "quantity", *TRACED, "serial_numbers")
_LEFT_OUT = {"create": ("invoice_status", "packer_id"), "update": ("invoice_status",)}


def _present(showing: Showing) -> Record:
    """Write a fulfillment; rows are without their ids in the answer to a PATCH."""
    record, how = showing.record, showing.how
    left_out = {"created_at", "updated_at", *_LEFT_OUT.get(how, ())}
    if record["deleted_at"] is None:
        left_out.add("deleted_at")
    names = _ROW_SHOWN[1:] if how == "update" else _ROW_SHOWN
    rows = shipping.rows_in(showing.account, record)
    return {
        **{name: value for name, value in record.items() if name not in left_out},
        "sales_order_fulfillment_rows": [{name: row[name] for name in names} for row in rows],
    }


def _creating(account: Account, given: Record) -> Record:
    order = usage.require(account, "sales_orders", given["sales_order_id"], "sales_order_id")
    rates = {name: order[name] for name in ("conversion_rate", "conversion_date")}
    values: Record = {**rates, "picked_date": account.now(), **given}
    rows = values.pop("sales_order_fulfillment_rows")
    checked = _check_rows(account, order, rows)
    with settled(account, order["id"]):
        made = account.store["sales_order_fulfillments"].create(values)
        for row in checked:
            link = {"sales_order_fulfillment_id": made["id"]}
            account.store["sales_order_fulfillment_rows"].create({**row, **link})
        if made["status"] == DELIVERED:
            shipping.move(account, made, -1)
    return made


def _traced(given: Record) -> Record:
    """Return what a row is made up of: `traceability` overrides batches and serial numbers."""
    serials = given.get("serial_numbers", ())
    if (items := given.get("traceability")) is not None:
        serials = [each["serial_number_id"] for each in items if each.get("serial_number_id")]
    elif batches := given.get("batch_transactions"):
        return {**traced({"batch_transactions": batches}, 0), "serial_numbers": serials}
    else:
        items = [{"serial_number_id": each, "quantity": 1} for each in serials]
    values = traced({"traceability": items}, given["quantity"])
    return {**values, "serial_numbers": serials}


def _check_rows(account: Account, order: Record, given: list[Record]) -> list[Record]:
    """Return the records of rows, which must be of the order and ship no more than was ordered.

    Raises:
        Refusal: 422, a row is another order's, too much of it is shipped, or its batches or serial
            numbers are not there.
    """
    rows = {row["id"]: row for row in shipping.order_rows(account, order["id"])}
    left: dict[Any, Decimal] = {
        key: Decimal(row["quantity"]) - shipping.fulfilled(account, key)
        for key, row in rows.items()
    }
    checked: list[Record] = []
    for index, row in enumerate(given):
        path, ordered = ("sales_order_fulfillment_rows", index), row["sales_order_row_id"]
        if ordered not in left:
            said = "must be the id of a row of the order"
            raise invalid([Problem((*path, "sales_order_row_id"), "reference", said, {})])
        if row["quantity"] > left[ordered]:
            limit = number(left[ordered])
            said = f"must not be greater than {limit}, which is left of the row"
            raise invalid([Problem((*path, "quantity"), "maximum", said, {"limit": limit})])
        left[ordered] -= Decimal(row["quantity"])
        values, variant = {**row, **_traced(row)}, rows[ordered]["variant_id"]
        require_tracked(account, variant, values["traceability"], *path, "traceability")
        checked.append(values)
    return checked


def _updating(account: Account, before: Record, given: Record) -> Record:
    usage.require_named(account, given, packer_id="operators")
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
            shipping.move(account, before, 1)
        yield
        if comes:
            shipping.move(account, {**before, **changes}, -1)
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
