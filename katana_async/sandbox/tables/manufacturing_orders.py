"""Manufacturing orders, which copy the bill of materials and the operations of their variant."""

from collections.abc import Generator
from contextlib import contextmanager

from ..account import Account
from ..errors import blocked
from ..operations import Collection
from ..search import search_operation
from ..store import Id, Record
from . import production, usage
from .manufacturing_shapes import ORDER_LAYOUT, present_order, read_order_field
from .product_operations import operations_of
from .rerank import rerank_operation
from .workshop import WORK

_ROWS = ("manufacturing_order_recipe_rows", "manufacturing_order_operation_rows")


def open_order(account: Account, values: Record) -> Record:
    """Create an order with its rows, which commits its ingredients and expects its product."""
    numbered = {
        "order_no": f"MO-{account.store.next('manufacturing order')}",
        "order_created_date": account.now(),
    }
    table = account.store["manufacturing_orders"]
    order = table.create({**numbered, **values})
    _add_rows(account, order)
    production.settle(account, order["id"])
    return table.update(order["id"], {})


def _add_rows(account: Account, order: Record) -> None:
    link = {"manufacturing_order_id": order["id"]}
    for row in account.store["bom_rows"].children("product_variant_id", order["variant_id"]):
        values = {
            "variant_id": row["ingredient_variant_id"],
            "planned_quantity_per_unit": row["quantity"] or 0,
            "notes": row["notes"],
        }
        account.store["manufacturing_order_recipe_rows"].create({**link, **values})
    for row in operations_of(account, order["variant_id"]):
        work = {name: row[name] for name in WORK}
        account.store["manufacturing_order_operation_rows"].create({**link, **work})


def _creating(account: Account, given: Record) -> Record:
    return open_order(account, _read(account, given, given["variant_id"]))


def _read(account: Account, given: Record, variant_id: Id) -> Record:
    if "variant_id" in given:
        usage.require_made(account, given["variant_id"], "variant_id")
    if "location_id" in given:
        usage.require(account, "locations", given["location_id"], "location_id")
    return {**given, **production.read_traced(account, given, variant_id)}


def _updating(account: Account, before: Record, given: Record) -> Record:
    changes = _read(account, given, {**before, **given}["variant_id"])
    status = given.get("status", before["status"])
    if status == "DONE" != before["status"]:
        planned = changes.get("planned_quantity", before["planned_quantity"])
        made = changes.get("actual_quantity", before["actual_quantity"])
        made = planned if made is None else made
        changes = {"done_date": account.now(), **changes, "actual_quantity": made}
    if before["status"] == "DONE" != status:
        changes = {"actual_quantity": None, **changes, "done_date": None}
    return changes


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    with production.settled(account, before["id"]):
        yield
        order = {**before, **changes}
        if not changes or order["variant_id"] != before["variant_id"]:
            for table in _ROWS:
                usage.delete_children(account, table, "manufacturing_order_id", before["id"])
        if order["variant_id"] != before["variant_id"]:
            _add_rows(account, order)
        if order["status"] == "DONE" != before["status"]:
            production.finish(account, order)
        elif before["status"] == "DONE" != order["status"]:
            for made in production.productions_of(account, order):
                if made["is_final"]:
                    production.undo(account, before, made)


def unlink(account: Account, order: Record) -> None:
    """Remove the links between an order and the sales order that it was made for."""
    links = {"sales_order_rows": "sales_order_row_id", "sales_orders": "sales_order_id"}
    for table, name in links.items():
        linked = None if order[name] is None else account.store[table].get(order[name])
        if linked is not None and linked["linked_manufacturing_order_id"] == order["id"]:
            account.store[table].update(linked["id"], {"linked_manufacturing_order_id": None})
    changes = dict.fromkeys((*links.values(), "sales_order_delivery_deadline"))
    account.store["manufacturing_orders"].update(order["id"], changes)


def _deleting(account: Account, record: Record) -> None:
    if production.productions_of(account, record):
        what = f"The manufacturing order {record['id']}"
        raise blocked(f"{what} cannot be deleted: it has productions. Delete these first.")
    unlink(account, record)


def _is_open(order: Record) -> bool:
    return bool(order["status"] != "DONE")


MANUFACTURING_ORDERS = Collection(
    layout=ORDER_LAYOUT,
    present=present_order,
    creating=_creating,
    updating=_updating,
    settling=_settling,
    deleting=_deleting,
    wiped=("additional_info",),
    more=(
        search_operation("manufacturing_orders", present_order, read_order_field),
        rerank_operation("/manufacturing_order_rerank", "manufacturing_orders", _is_open),
    ),
)
