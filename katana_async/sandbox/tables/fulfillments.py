"""Fulfillments: parts of a sales order that are packed or delivered together."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import number
from ..endpoints import CollectionSpec, Presentation, leave_out
from ..errors import ErrorDetail, invalid_reference, precondition_failed, unprocessable
from ..store import Layout, Record
from . import references, shipping
from .shipping import DELIVERED, sync_stock
from .traceability import ITEM_FIELDS, check_item_references, read_items

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
        **ITEM_FIELDS,
        "serial_numbers": (),
    },
    links=("sales_order_fulfillment_id", "sales_order_row_id"),
)
_ROW_FIELDS = ("id", "sales_order_row_id", "quantity", *ITEM_FIELDS, "serial_numbers")
_LEFT_OUT = {"create": ("invoice_status", "packer_id"), "update": ("invoice_status",)}


def _present(presentation: Presentation) -> Record:
    """Return a fulfillment as an answer shows it; PATCH lacks the ids of rows."""
    record, action = presentation.record, presentation.action
    left_out = {"created_at", "updated_at", *_LEFT_OUT.get(action, ())}
    if record["deleted_at"] is None:
        left_out.add("deleted_at")
    names = _ROW_FIELDS[1:] if action == "update" else _ROW_FIELDS
    rows = shipping.rows_in(presentation.account, record)
    return {
        **leave_out(record, *left_out),
        "sales_order_fulfillment_rows": [{name: row[name] for name in names} for row in rows],
    }


def _create_record(account: AccountState, body: Record) -> Record:
    order = references.require(account, "sales_orders", body["sales_order_id"], "sales_order_id")
    rates = {name: order[name] for name in ("conversion_rate", "conversion_date")}
    values: Record = {**rates, "picked_date": account.now(), **body}
    rows = values.pop("sales_order_fulfillment_rows")
    checked = _check_rows(account, order, rows)
    with sync_stock(account, order["id"]):
        created = account.store["sales_order_fulfillments"].create(values)
        for row in checked:
            link = {"sales_order_fulfillment_id": created["id"]}
            account.store["sales_order_fulfillment_rows"].create({**row, **link})
        if created["status"] == DELIVERED:
            shipping.move_fulfillment(account, created, -1)
    return created


def _read_row_items(body: Record) -> Record:
    """Return the items of a row; `traceability` overrides batches and serial numbers."""
    serials = body.get("serial_numbers", ())
    if (items := body.get("traceability")) is not None:
        serials = [each["serial_number_id"] for each in items if each.get("serial_number_id")]
    elif batches := body.get("batch_transactions"):
        return {**read_items({"batch_transactions": batches}, 0), "serial_numbers": serials}
    else:
        items = [{"serial_number_id": each, "quantity": 1} for each in serials]
    values = read_items({"traceability": items}, body["quantity"])
    return {**values, "serial_numbers": serials}


def _check_rows(account: AccountState, order: Record, body: list[Record]) -> list[Record]:
    """Return the records of new rows.

    Raises:
        RequestRefused: 422, a row is another order's, its quantity exceeds the ordered one, or a
            batch or serial number does not exist.
    """
    rows = {row["id"]: row for row in shipping.order_rows(account, order["id"])}
    left: dict[Any, Decimal] = {
        key: Decimal(row["quantity"]) - shipping.fulfilled_quantity(account, key)
        for key, row in rows.items()
    }
    checked: list[Record] = []
    for index, row in enumerate(body):
        path, ordered = ("sales_order_fulfillment_rows", index), row["sales_order_row_id"]
        if ordered not in left:
            message = "must be the id of a row of the order"
            raise invalid_reference(message, *path, "sales_order_row_id")
        if row["quantity"] > left[ordered]:
            limit = number(left[ordered])
            message = f"must not be greater than {limit}, the rest of the row"
            raise unprocessable(
                ErrorDetail((*path, "quantity"), "maximum", message, {"limit": limit})
            )
        left[ordered] -= Decimal(row["quantity"])
        values, variant = {**row, **_read_row_items(row)}, rows[ordered]["variant_id"]
        check_item_references(account, variant, values["traceability"], *path, "traceability")
        checked.append(values)
    return checked


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    references.require_all(account, body, packer_id="operators")
    if shipping.compare_status(before, body, DELIVERED)[0]:
        _refuse_if_returned(account, before, "be taken back")
    return body


def _before_delete(account: AccountState, record: Record) -> None:
    _refuse_if_returned(account, record, "be deleted")


def _refuse_if_returned(account: AccountState, fulfillment: Record, what: str) -> None:
    if any(
        shipping.return_rows_for(account, row["id"])
        for row in shipping.rows_in(account, fulfillment)
    ):
        message = f"The fulfillment {fulfillment['id']} cannot {what}: some has been returned."
        raise precondition_failed(message)


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    """Update the stock and the order when a fulfillment changes or is deleted."""
    leaves, enters = shipping.compare_status(before, changes, DELIVERED)
    with sync_stock(account, before["sales_order_id"]):
        if leaves:
            shipping.move_fulfillment(account, before, 1)
        yield
        if enters:
            shipping.move_fulfillment(account, {**before, **changes}, -1)
        if not changes:
            table = "sales_order_fulfillment_rows"
            references.delete_children(account, table, "sales_order_fulfillment_id", before["id"])


SALES_ORDER_FULFILLMENTS = CollectionSpec(
    layout=FULFILLMENT_LAYOUT,
    present=_present,
    create=_create_record,
    read_changes=_read_changes,
    before_delete=_before_delete,
    around_change=_around_change,
)
