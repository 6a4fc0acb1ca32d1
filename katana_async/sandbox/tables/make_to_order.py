"""Manufacturing orders for a row of a sales order, and the links between the two."""

from ..account import AccountState
from ..endpoints import ApiEndpoint, Call, Presentation, Result
from ..errors import precondition_failed
from ..store import Record
from . import references
from .manufacturing_orders import open_order, unlink
from .manufacturing_presentation import present_order

_NAME = "sales_order_row_id"


def _make(call: Call) -> Result:
    account = call.account
    row = references.require(account, "sales_order_rows", call.body[_NAME], _NAME)
    references.require_product_variant(account, row["variant_id"], _NAME)
    if row["linked_manufacturing_order_id"] is not None:
        raise precondition_failed(f"The row {row['id']} has a manufacturing order already.")
    sale = account.store["sales_orders"].get(row["sales_order_id"])
    assert sale is not None
    rows = account.store["sales_order_rows"].children("sales_order_id", sale["id"])
    place = 1 + [each["id"] for each in rows].index(row["id"])
    created = open_order(
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
    link = {"linked_manufacturing_order_id": created["id"]}
    account.store["sales_order_rows"].update(row["id"], link)
    account.store["sales_orders"].update(sale["id"], link)
    return Result(200, present_order(Presentation(account, created, "create")))


def _unlink(call: Call) -> Result:
    account = call.account
    row = references.require(account, "sales_order_rows", call.body[_NAME], _NAME)
    if row["linked_manufacturing_order_id"] is None:
        raise precondition_failed(f"No manufacturing order is linked to the row {row['id']}.")
    unlink_row(account, row)
    return Result(204)


def unlink_row(account: AccountState, row: Record) -> None:
    """Remove the links between a row of a sales order and its manufacturing order, if any."""
    linked = row["linked_manufacturing_order_id"]
    order = None if linked is None else account.store["manufacturing_orders"].get(linked)
    if order is not None:
        unlink(account, order)


ENDPOINTS = (
    ApiEndpoint(method="POST", path="/manufacturing_order_make_to_order", run=_make),
    ApiEndpoint(method="POST", path="/manufacturing_order_unlink", run=_unlink),
)
