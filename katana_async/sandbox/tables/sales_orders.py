"""Sales orders."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply
from ..search import search_operation
from ..store import Record
from . import shipping, usage
from .addresses import OF_SALES_ORDER
from .make_to_order import follow_sale
from .money import conversion
from .rerank import rerank_operation
from .sales_order_rows import add_row
from .sales_shapes import present_order

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


def _creating(account: Account, given: Record) -> Record:
    customer = usage.require(account, "customers", given["customer_id"], "customer_id")
    usage.require_named(account, given, location_id="locations")
    for index, row in enumerate(given["sales_order_rows"]):
        usage.require_of_row(account, row, "sales_order_rows", index)
    currency = given.get("currency") or customer["currency"]
    values: dict[str, Any] = {
        "order_no": f"SO-{account.store.next('sales order')}",
        "location_id": account.store["locations"].ids()[0],
        "order_created_date": account.now(),
        **given,
        "currency": currency,
        **conversion(account, currency),
    }
    rows, addresses = values.pop("sales_order_rows"), values.pop("addresses", ())
    order = account.store["sales_orders"].create(values)
    for address in addresses:
        OF_SALES_ORDER.add(account, order["id"], address)
    with shipping.settled(account, order["id"]):
        for row in rows:
            add_row(account, order, row)
    return SALES_ORDERS.found(account, order["id"])


def _updating(account: Account, before: Record, given: Record) -> Record:
    usage.require_named(account, given, customer_id="customers", location_id="locations")
    if "delivery_date" in given and before["status"] == shipping.DELIVERED:
        message = "must not change in a delivered order"
        raise invalid([Problem(("delivery_date",), "readOnly", message, {})])
    changes = dict(given)
    fulfillments = shipping.fulfillments_of(account, before["id"])
    if fulfillments or changes.get("status") == shipping.DELIVERED:
        # Katana answers 200 and changes nothing: only a fulfillment delivers.
        changes.pop("status", None)
    if "currency" in given and "conversion_rate" not in given:
        changes |= conversion(account, given["currency"])
    for each in fulfillments if "picked_date" in given else ():
        picked = {"picked_date": given["picked_date"]}
        account.store["sales_order_fulfillments"].update(each["id"], picked)
    return changes


def _deleting(account: Account, record: Record) -> None:
    for table in ("sales_order_fulfillments", "sales_returns"):
        if account.store[table].children("sales_order_id", record["id"]):
            what = table.replace("_", " ")
            raise blocked(f"The order {record['id']} cannot be deleted: it has {what}.")


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Let stock follow an order; the parts of a deleted one are deleted with it."""
    if not changes:
        for row in account.store["sales_order_rows"].children("sales_order_id", before["id"]):
            follow_sale(account, row, None)
    with shipping.settled(account, before["id"]):
        yield
    if not changes:
        for table in ("sales_order_rows", "sales_order_addresses", "sales_order_shipping_fee"):
            usage.delete_children(account, table, "sales_order_id", before["id"])


def _is_open(order: Record) -> bool:
    return bool(order["status"] != shipping.DELIVERED)


def _returnable_items(call: Call) -> Reply:
    order = SALES_ORDERS.found(call.account, call.id)
    return Reply(200, shipping.returnable_items(call.account, order["id"]))


SALES_ORDERS = Collection(
    layout=SALES_ORDER_LAYOUT,
    present=present_order,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
    settling=_settling,
    more=(
        search_operation("sales_orders", present_order),
        rerank_operation("/sales_order_rerank", "sales_orders", _is_open),
        Operation(method="GET", path="/sales_orders/{id}/returnable_items", run=_returnable_items),
    ),
)
