"""Manufacturing orders that are made for a row of a sales order, and linked to it."""

from typing import Any

from ..account import Account
from ..errors import blocked
from ..operations import Call, Operation, Reply, Showing
from ..store import Record
from . import usage
from .manufacturing_orders import open_order, unlink
from .manufacturing_shapes import present_order

_NAME = "sales_order_row_id"


def _make(call: Call) -> Reply:
    account = call.account
    row = usage.require(account, "sales_order_rows", call.body[_NAME], _NAME)
    usage.require_made(account, row["variant_id"], _NAME)
    if row["linked_manufacturing_order_id"] is not None:
        raise blocked(f"The row {row['id']} has a manufacturing order already.")
    sale = account.store["sales_orders"].get(row["sales_order_id"])
    assert sale is not None
    rows = account.store["sales_order_rows"].children("sales_order_id", sale["id"])
    place = 1 + [each["id"] for each in rows].index(row["id"])
    made = open_order(
        account,
        {
            "order_no": f"{sale['order_no']} / {place}",
            "variant_id": row["variant_id"],
            "location_id": row["location_id"] or sale["location_id"],
            "planned_quantity": row["quantity"],
            "production_deadline_date": sale["delivery_date"],
            "sales_order_delivery_deadline": sale["delivery_date"],
            "sales_order_id": sale["id"],
            "sales_order_row_id": row["id"],
        },
    )
    link = {"linked_manufacturing_order_id": made["id"]}
    account.store["sales_order_rows"].update(row["id"], link)
    account.store["sales_orders"].update(sale["id"], link)
    return Reply(200, present_order(Showing(account, made, "create")))


def _unlink(call: Call) -> Reply:
    account = call.account
    row = usage.require(account, "sales_order_rows", call.body[_NAME], _NAME)
    if row["linked_manufacturing_order_id"] is None:
        raise blocked(f"No manufacturing order is linked to the row {row['id']}.")
    follow_sale(account, row, None)
    return Reply(204)


def follow_sale(account: Account, row: Record, quantity: Any) -> None:
    """Unlink the order of a row that is deleted (None); it does not follow another quantity."""
    linked = row["linked_manufacturing_order_id"]
    order = None if linked is None else account.store["manufacturing_orders"].get(linked)
    if order is not None and quantity is None:
        unlink(account, order)


OPERATIONS = (
    Operation(method="POST", path="/manufacturing_order_make_to_order", run=_make),
    Operation(method="POST", path="/manufacturing_order_unlink", run=_unlink),
)
