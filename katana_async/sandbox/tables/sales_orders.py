"""Sales orders."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ..account import Account
from ..errors import blocked
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply
from ..search import search_operation
from ..store import Record
from . import shipping, usage
from .addresses import OF_SALES_ORDER
from .make_to_order import follow_sale
from .money import conversion
from .sales_order_rows import add_row
from .sales_shapes import present_order

SALES_ORDER_LAYOUT = Layout(
    name="sales_orders",
    first=5_000_001,
    fields={
        "order_no": "",
        "customer_id": None,
        "location_id": None,
        "status": "NOT_SHIPPED",
        "source": "api",
        "currency": "USD",
        "conversion_rate": None,
        "conversion_date": None,
        "order_created_date": None,
        "delivery_date": None,
        "picked_date": None,
        "additional_info": None,
        "customer_ref": None,
        "tracking_number": None,
        "tracking_number_url": None,
        "ecommerce_order_type": None,
        "ecommerce_store_name": None,
        "ecommerce_order_id": None,
        "invoicing_status": "notInvoiced",
        "product_availability": "NOT_AVAILABLE",
        "product_expected_date": None,
        "ingredient_availability": "NOT_APPLICABLE",
        "ingredient_expected_date": None,
        "production_status": "NOT_APPLICABLE",
        "linked_manufacturing_order_id": None,
        "custom_fields": None,
        "billing_address_id": None,
        "shipping_address_id": None,
    },
    links=("customer_id",),
)


def _creating(account: Account, given: Record) -> Record:
    customer = usage.require(account, "customers", given["customer_id"], "customer_id")
    if given.get("location_id") is not None:
        usage.require(account, "locations", given["location_id"], "location_id")
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
    for name, table in (("customer_id", "customers"), ("location_id", "locations")):
        if name in given:
            usage.require(account, table, given[name], name)
    changes = dict(given)
    fulfilled = shipping.fulfillments_of(account, before["id"])
    if "status" in changes and (fulfilled or changes["status"] == shipping.DELIVERED):
        # Katana takes it, answers 200 and changes nothing: only a fulfillment delivers.
        del changes["status"]
    if "currency" in given and "conversion_rate" not in given:
        changes |= conversion(account, given["currency"])
    return changes


def _deleting(account: Account, record: Record) -> None:
    for table in ("sales_order_fulfillments", "sales_returns"):
        if account.store[table].children("sales_order_id", record["id"]):
            what = table.replace("_", " ")
            raise blocked(f"The order {record['id']} cannot be deleted: it has {what}.")


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Let stock follow an order; a deleted one takes what belongs to it along."""
    if not changes:
        for row in account.store["sales_order_rows"].children("sales_order_id", before["id"]):
            follow_sale(account, row, None)
    with shipping.settled(account, before["id"]):
        yield
    if not changes:
        for table in ("sales_order_rows", "sales_order_addresses", "sales_order_shipping_fee"):
            usage.delete_children(account, table, "sales_order_id", before["id"])
    elif "order_no" in changes:
        returns = account.store["sales_returns"]
        for each in returns.children("sales_order_id", before["id"]):
            number = {"sales_order_no": changes["order_no"], "updated_at": each["updated_at"]}
            returns.update(each["id"], number)


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
        Operation(method="GET", path="/sales_orders/{id}/returnable_items", run=_returnable_items),
    ),
)
