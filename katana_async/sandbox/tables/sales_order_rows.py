"""The rows of sales orders."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ..account import AccountState
from ..amounts import TAX_RATE_ID, number
from ..endpoints import CollectionSpec
from ..errors import ErrorDetail, precondition_failed, unprocessable
from ..search import search_endpoint
from ..store import Layout, Record
from . import references, shipping
from .make_to_order import unlink_row
from .sales_presentation import present_row
from .traceability import read_items

SALES_ORDER_ROW_LAYOUT = Layout(
    name="sales_order_rows",
    first=5_200_001,
    fields={
        "quantity": 1,
        "price_per_unit": 0,
        "total_discount": 0,
        "tax_rate_id": TAX_RATE_ID,
        "attributes": (),
        "batch_transactions": (),
        "serial_numbers": (),
        "traceability": (),
        "product_availability": "NOT_AVAILABLE",
        **dict.fromkeys(
            (
                *("sales_order_id", "variant_id", "location_id", "custom_fields"),
                *("linked_manufacturing_order_id", "product_expected_date"),
            )
        ),
    },
    links=("sales_order_id", "variant_id"),
)


def add_row(account: AccountState, order: Record, body: Record) -> Record:
    """Add a row to an order; defaults are the order's location and the variant's price."""
    variant = references.require(account, "variants", body["variant_id"], "variant_id")
    values = {
        "location_id": order["location_id"],
        "price_per_unit": variant["sales_price"] or 0,
        **body,
        "sales_order_id": order["id"],
    }
    return account.store["sales_order_rows"].create(values)


def _create_record(account: AccountState, body: Record) -> Record:
    order = references.require(account, "sales_orders", body["sales_order_id"], "sales_order_id")
    references.require_row_references(account, body)
    with shipping.sync_stock(account, order["id"]):
        return add_row(account, order, body)


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    references.require_row_references(account, body)
    quantity: Any = body.get("quantity", before["quantity"])
    if quantity < (least := shipping.fulfilled_quantity(account, before["id"])):
        message = f"must not be less than {number(least)}, which is in fulfillments"
        limits = {"comparison": ">=", "limit": number(least)}
        raise unprocessable(ErrorDetail(("quantity",), "minimum", message, limits))
    changes = dict(body)
    serials = changes.pop("serial_number_transactions", None)
    if "traceability" in body:
        changes |= read_items({"traceability": body["traceability"]}, quantity)
        serials = [each for each in changes["traceability"] if each["serial_number_id"] is not None]
    elif "batch_transactions" in body:
        batches = [{"quantity": 0, **each} for each in body["batch_transactions"]]
        changes |= read_items({"batch_transactions": batches}, 0)
    if serials is not None:
        changes["serial_numbers"] = [each["serial_number_id"] for each in serials]
    return changes


def _before_delete(account: AccountState, record: Record) -> None:
    if shipping.rows_for(account, record["id"]):
        message = f"The row {record['id']} cannot be deleted: it is in a fulfillment."
        raise precondition_failed(message)


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    if not changes:  # a deletion
        unlink_row(account, before)
    with shipping.sync_stock(account, before["sales_order_id"]):
        yield


def _read_field(account: AccountState, record: Record, name: str) -> Any:
    """Return the value of a field for a search; some are the order's or the tax rate's."""
    if name in ("currency", "delivery_date"):
        order = account.store["sales_orders"].get(record["sales_order_id"], deleted=True)
        return None if order is None else order[name]
    if name == "tax_rate":
        rate = account.store["tax_rates"].get(record["tax_rate_id"])
        return None if rate is None else rate["rate"]
    return record.get(name)


SALES_ORDER_ROWS = CollectionSpec(
    layout=SALES_ORDER_ROW_LAYOUT,
    present=present_row,
    create=_create_record,
    read_changes=_read_changes,
    before_delete=_before_delete,
    around_change=_around_change,
    extra_endpoints=(search_endpoint("sales_order_rows", present_row, _read_field),),
)
