"""Sales orders."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ..account import AccountState
from ..amounts import conversion_fields
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Result, rerank_endpoint
from ..errors import ErrorDetail, precondition_failed, unprocessable
from ..search import search_endpoint
from ..store import Layout, Record
from . import references, shipping
from .addresses import SALES_ORDER_OWNER
from .make_to_order import unlink_row
from .sales_order_rows import add_row
from .sales_presentation import present_order

SALES_ORDER_LAYOUT = Layout(
    name="sales_orders",
    first=5_000_001,
    fields={
        "order_no": "",
        "status": "NOT_SHIPPED",
        "source": "api",
        "currency": "USD",
        "invoicing_status": "notInvoiced",
        "product_availability": "NOT_AVAILABLE",
        "ingredient_availability": "NOT_APPLICABLE",
        "production_status": "NOT_APPLICABLE",
        **dict.fromkeys(
            (
                *("customer_id", "location_id", "conversion_rate", "conversion_date"),
                *("order_created_date", "delivery_date", "picked_date", "additional_info"),
                *("customer_ref", "tracking_number", "tracking_number_url", "ecommerce_order_type"),
                *("ecommerce_store_name", "ecommerce_order_id", "product_expected_date"),
                *("ingredient_expected_date", "linked_manufacturing_order_id", "custom_fields"),
                *("billing_address_id", "shipping_address_id"),
            )
        ),
    },
    links=("customer_id",),
)


def _create_record(account: AccountState, body: Record) -> Record:
    customer = references.require(account, "customers", body["customer_id"], "customer_id")
    references.require_all(account, body, location_id="locations")
    for index, row in enumerate(body["sales_order_rows"]):
        references.require_row_references(account, row, "sales_order_rows", index)
    currency = body.get("currency") or customer["currency"]
    values: dict[str, Any] = {
        "order_no": f"SO-{account.store.next_number('sales order')}",
        "location_id": account.store["locations"].ids()[0],
        "order_created_date": account.now(),
        **body,
        "currency": currency,
        **conversion_fields(account, currency),
    }
    rows, addresses = values.pop("sales_order_rows"), values.pop("addresses", ())
    order = account.store["sales_orders"].create(values)
    for address in addresses:
        SALES_ORDER_OWNER.add(account, order["id"], address)
    with shipping.sync_stock(account, order["id"]):
        for row in rows:
            add_row(account, order, row)
    return SALES_ORDERS.get_record(account, order["id"])


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    references.require_all(account, body, customer_id="customers", location_id="locations")
    if "delivery_date" in body and before["status"] == shipping.DELIVERED:
        message = "must not change in a delivered order"
        raise unprocessable(ErrorDetail(("delivery_date",), "readOnly", message, {}))
    changes = dict(body)
    fulfillments = shipping.fulfillments_of(account, before["id"])
    if fulfillments or changes.get("status") == shipping.DELIVERED:
        # Katana answers 200 and ignores the status: only a fulfillment delivers.
        changes.pop("status", None)
    if "currency" in body and "conversion_rate" not in body:
        changes |= conversion_fields(account, body["currency"])
    for each in fulfillments if "picked_date" in body else ():
        picked = {"picked_date": body["picked_date"]}
        account.store["sales_order_fulfillments"].update(each["id"], picked)
    return changes


def _before_delete(account: AccountState, record: Record) -> None:
    for table in ("sales_order_fulfillments", "sales_returns"):
        if account.store[table].children("sales_order_id", record["id"]):
            what = table.replace("_", " ")
            raise precondition_failed(f"The order {record['id']} cannot be deleted: it has {what}.")


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    """Update stock to an order's change, and delete the children of a deleted order."""
    if not changes:
        for row in account.store["sales_order_rows"].children("sales_order_id", before["id"]):
            unlink_row(account, row)
    with shipping.sync_stock(account, before["id"]):
        yield
    if not changes:
        for table in ("sales_order_rows", "sales_order_addresses", "sales_order_shipping_fee"):
            references.delete_children(account, table, "sales_order_id", before["id"])


def _is_open(order: Record) -> bool:
    return bool(order["status"] != shipping.DELIVERED)


def _returnable_items(call: Call) -> Result:
    order = SALES_ORDERS.get_record(call.account, call.id)
    return Result(200, shipping.returnable_items(call.account, order["id"]))


SALES_ORDERS = CollectionSpec(
    layout=SALES_ORDER_LAYOUT,
    present=present_order,
    create=_create_record,
    read_changes=_read_changes,
    before_delete=_before_delete,
    around_change=_around_change,
    extra_endpoints=(
        search_endpoint("sales_orders", present_order),
        rerank_endpoint("/sales_order_rerank", "sales_orders", _is_open),
        ApiEndpoint(
            method="GET", path="/sales_orders/{id}/returnable_items", run=_returnable_items
        ),
    ),
)
