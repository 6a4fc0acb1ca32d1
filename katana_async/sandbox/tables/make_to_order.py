"""Manufacturing orders that are made for a row of a sales order, and follow it."""

from decimal import Decimal
from typing import Any

from ..account import Account
from ..errors import blocked
from ..operations import Call, Operation, Reply, Showing
from ..schema import number
from ..store import Id, Record
from . import production, usage
from .manufacturing_orders import delete_order, open_order, plan, unlink
from .manufacturing_shapes import present_order


def _make(call: Call) -> Reply:
    account, given = call.account, call.body
    name = "sales_order_row_id"
    row = usage.require(account, "sales_order_rows", given[name], name)
    usage.require_made(account, row["variant_id"], name)
    if row["linked_manufacturing_order_id"] is not None:
        raise blocked(f"A manufacturing order has been made for the row {row['id']} already.")
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
    if given.get("create_subassemblies"):
        _make_parts(account, made, {made["variant_id"]})
    return Reply(200, present_order(Showing(account, made, "create")))


def _make_parts(account: Account, order: Record, above: set[Any]) -> None:
    """Make orders for the ingredients that are made here, and for those of theirs.

    Args:
        above: The variants that the order is a part of, itself among them; no order for these.
    """
    bom, parts = account.store["bom_rows"], 0
    for row in production.ingredients_of(account, order):
        variant: Id = row["variant_id"]
        if variant in above or not bom.children("product_variant_id", variant):
            continue
        parts += 1
        copied = ("location_id", "production_deadline_date", "sales_order_delivery_deadline")
        values = {
            **{name: order[name] for name in copied},
            "order_no": f"{order['order_no']} / {parts}",
            "variant_id": variant,
            "planned_quantity": number(production.wanted(order, row)),
        }
        _make_parts(account, open_order(account, values), {*above, variant})


def _unlink(call: Call) -> Reply:
    account, name = call.account, "sales_order_row_id"
    row = usage.require(account, "sales_order_rows", call.body[name], name)
    linked = row["linked_manufacturing_order_id"]
    order = None if linked is None else account.store["manufacturing_orders"].get(linked)
    if order is None:
        raise blocked(f"No manufacturing order is linked to the row {row['id']}.")
    _part(account, order)
    return Reply(204)


def _part(account: Account, order: Record) -> None:
    unlink(account, order)
    links = ("sales_order_id", "sales_order_row_id", "sales_order_delivery_deadline")
    account.store["manufacturing_orders"].update(order["id"], dict.fromkeys(links))


def follow_sale(account: Account, row: Record, quantity: int | Decimal | None) -> None:
    """Let the order that was made for a row go with it, or go on by itself if it was begun.

    As Katana describes it for orders from Shopify,
    https://support.katanamrp.com/en/articles/5968251-how-so-changes-in-shopify-affect-mos-in-katana

    Args:
        row: The row of a sales order, before it changes or is deleted.
        quantity: What it is going to ask for; None when it is deleted.
    """
    linked = row["linked_manufacturing_order_id"]
    order = None if linked is None else account.store["manufacturing_orders"].get(linked)
    if order is None or quantity == row["quantity"]:
        return
    if order["status"] != "NOT_STARTED" or production.productions_of(account, order):
        _part(account, order)
    elif quantity is None:
        delete_order(account, order)
    else:
        plan(account, order, quantity)


OPERATIONS = (
    Operation(
        method="POST",
        path="/manufacturing_order_make_to_order",
        run=_make,
    ),
    Operation(
        method="POST",
        path="/manufacturing_order_unlink",
        run=_unlink,
    ),
)
