"""Manufacturing orders, with the rows that they take over from how their variant is made."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import Account
from ..errors import blocked
from ..operations import Collection
from ..store import Id, Record
from . import production, tracking, usage
from .manufacturing_shapes import ORDER_LAYOUT, present_order
from .product_operations import operations_of
from .workshop import WORK

_ROWS = ("manufacturing_order_recipe_rows", "manufacturing_order_operation_rows")
_WHAT_MOVES_STOCK = {
    "status",
    "batch_transactions",
    "variant_id",
    "location_id",
    "planned_quantity",
    "actual_quantity",
}


def open_order(account: Account, values: Record) -> Record:
    """Create an order with its rows, which claims what it needs and promises what it makes."""
    numbered = {
        "order_no": f"MO-{account.store.next('manufacturing order')}",
        "order_created_date": account.now(),
    }
    orders = account.store["manufacturing_orders"]
    order = orders.create({**numbered, **values})
    _add_rows(account, order)
    production.claim(account, order, 1)
    production.note_availability(account, order)
    return orders.update(order["id"], {})


def _add_rows(account: Account, order: Record) -> None:
    link = {"manufacturing_order_id": order["id"]}
    for row in account.store["bom_rows"].children("product_variant_id", order["variant_id"]):
        account.store["manufacturing_order_recipe_rows"].create(
            {
                **link,
                "variant_id": row["ingredient_variant_id"],
                "planned_quantity_per_unit": row["quantity"] or 0,
                "notes": row["notes"],
            }
        )
    for row in operations_of(account, order["variant_id"]):
        work = {name: row[name] for name in WORK}
        account.store["manufacturing_order_operation_rows"].create({**link, **work})


def _creating(account: Account, given: Record) -> Record:
    _require_what_is_named(account, given, given["variant_id"])
    return open_order(account, given)


def _updating(account: Account, before: Record, given: Record) -> Record:
    _require_what_is_named(account, given, {**before, **given}["variant_id"])
    changes = dict(given)
    status = given.get("status", before["status"])
    if status == "DONE" and before["status"] != "DONE":
        changes.setdefault("done_date", account.now())
    if status != "DONE" and before["status"] == "DONE":
        changes = {"actual_quantity": None, **changes, "done_date": None}
    return changes


def _require_what_is_named(account: Account, given: Record, variant_id: Id) -> None:
    if "variant_id" in given:
        usage.require_made(account, given["variant_id"], "variant_id")
    if "location_id" in given:
        usage.require(account, "locations", given["location_id"], "location_id")
    batches = given.get("batch_transactions", ())
    tracking.require_tracked(account, variant_id, batches, "batch_transactions")


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    if changes and _WHAT_MOVES_STOCK.isdisjoint(changes):
        yield
        return
    with production.changing(account, before["id"]):
        yield
        variant = before["variant_id"]
        if changes.get("variant_id", variant) != variant or not changes:
            for table in _ROWS:
                usage.delete_children(account, table, "manufacturing_order_id", before["id"])
        if changes.get("variant_id", variant) != variant:
            _add_rows(account, {**before, **changes})
    if not changes:
        unlink(account, before)


def delete_order(account: Account, order: Record) -> None:
    """Delete an order with its rows, and what it claims and promises."""
    with _settling(account, order, {}):
        account.store["manufacturing_orders"].delete(order["id"])


def plan(account: Account, order: Record, quantity: int | Decimal) -> None:
    """Let an order make another quantity."""
    changes: Record = {"planned_quantity": quantity}
    with _settling(account, order, changes):
        account.store["manufacturing_orders"].update(order["id"], changes)


def unlink(account: Account, order: Record) -> None:
    """Let a sales order and its row know no more of an order that was made for them."""
    for table, name in (
        ("sales_order_rows", "sales_order_row_id"),
        ("sales_orders", "sales_order_id"),
    ):
        linked = None if order[name] is None else account.store[table].get(order[name])
        if linked is not None and linked["linked_manufacturing_order_id"] == order["id"]:
            account.store[table].update(linked["id"], {"linked_manufacturing_order_id": None})


def _deleting(account: Account, record: Record) -> None:
    if production.productions_of(account, record):
        what = f"The manufacturing order {record['id']}"
        raise blocked(f"{what} cannot be deleted: something has been produced for it.")


MANUFACTURING_ORDERS = Collection(
    layout=ORDER_LAYOUT,
    present=present_order,
    creating=_creating,
    updating=_updating,
    settling=_settling,
    deleting=_deleting,
    wiped=("additional_info",),
)
