"""Manufacturing orders, which copy the bill of materials and operations of their variant."""

from collections.abc import Generator
from contextlib import contextmanager

from ..account import AccountState
from ..endpoints import CollectionSpec, rerank_endpoint
from ..errors import precondition_failed
from ..search import search_endpoint
from ..store import Id, Record
from . import manufacturing_stock, references
from .manufacturing_presentation import ORDER_LAYOUT, present_order, read_order_field
from .product_operations import operations_of
from .workshop import WORK

_ROW_TABLES = ("manufacturing_order_recipe_rows", "manufacturing_order_operation_rows")


def open_order(account: AccountState, values: Record) -> Record:
    """Create an order with its rows, commit its ingredients and expect its product."""
    numbered = {
        "order_no": f"MO-{account.store.next_number('manufacturing order')}",
        "order_created_date": account.now(),
    }
    table = account.store["manufacturing_orders"]
    order = table.create({**numbered, **values})
    _add_rows(account, order)
    manufacturing_stock.claim_stock(account, order["id"])
    return table.update(order["id"], {})


def _add_rows(account: AccountState, order: Record) -> None:
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


def _create_record(account: AccountState, body: Record) -> Record:
    return open_order(account, _read(account, body, body["variant_id"]))


def _read(account: AccountState, body: Record, variant_id: Id) -> Record:
    if "variant_id" in body:
        references.require_product_variant(account, body["variant_id"], "variant_id")
    if "location_id" in body:
        references.require(account, "locations", body["location_id"], "location_id")
    return {**body, **manufacturing_stock.read_item_fields(account, body, variant_id)}


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    changes = _read(account, body, {**before, **body}["variant_id"])
    status = body.get("status", before["status"])
    if status == "DONE" != before["status"]:
        planned = changes.get("planned_quantity", before["planned_quantity"])
        created = changes.get("actual_quantity", before["actual_quantity"])
        created = planned if created is None else created
        changes = {"done_date": account.now(), **changes, "actual_quantity": created}
    if before["status"] == "DONE" != status:
        changes = {"actual_quantity": None, **changes, "done_date": None}
    return changes


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    with manufacturing_stock.sync_stock(account, before["id"]):
        yield
        order = {**before, **changes}
        if not changes or order["variant_id"] != before["variant_id"]:
            for table in _ROW_TABLES:
                references.delete_children(account, table, "manufacturing_order_id", before["id"])
        if order["variant_id"] != before["variant_id"]:
            _add_rows(account, order)
        if order["status"] == "DONE" != before["status"]:
            manufacturing_stock.finish(account, order)
        elif before["status"] == "DONE" != order["status"]:
            for created in manufacturing_stock.productions_of(account, order):
                if created["is_final"]:
                    manufacturing_stock.undo(account, before, created)


def unlink(account: AccountState, order: Record) -> None:
    """Remove the links between an order and its sales order."""
    links = {"sales_order_rows": "sales_order_row_id", "sales_orders": "sales_order_id"}
    for table, name in links.items():
        linked = None if order[name] is None else account.store[table].get(order[name])
        if linked is not None and linked["linked_manufacturing_order_id"] == order["id"]:
            account.store[table].update(linked["id"], {"linked_manufacturing_order_id": None})
    changes = dict.fromkeys((*links.values(), "sales_order_delivery_deadline"))
    account.store["manufacturing_orders"].update(order["id"], changes)


def _before_delete(account: AccountState, record: Record) -> None:
    if manufacturing_stock.productions_of(account, record):
        what = f"The manufacturing order {record['id']}"
        message = f"{what} cannot be deleted: it has productions. Delete these first."
        raise precondition_failed(message)
    unlink(account, record)


def _is_open(order: Record) -> bool:
    return bool(order["status"] != "DONE")


MANUFACTURING_ORDERS = CollectionSpec(
    layout=ORDER_LAYOUT,
    present=present_order,
    create=_create_record,
    read_changes=_read_changes,
    around_change=_around_change,
    before_delete=_before_delete,
    cleared_fields=("additional_info",),
    extra_endpoints=(
        search_endpoint("manufacturing_orders", present_order, read_order_field),
        rerank_endpoint("/manufacturing_order_rerank", "manufacturing_orders", _is_open),
    ),
)
