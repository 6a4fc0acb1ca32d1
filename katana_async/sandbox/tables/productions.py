"""Productions: quantities of a manufacturing order's product, and the ingredients they used."""

from collections.abc import Container, Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import AccountState
from ..amounts import number, sum_field
from ..endpoints import CollectionSpec, Presentation, leave_out
from ..errors import invalid_reference
from ..store import Id, Layout, Record
from . import manufacturing_stock, references
from .manufacturing_presentation import serials_of
from .traceability import ITEM_FIELDS

PRODUCTION_LAYOUT = Layout(
    name="manufacturing_order_productions",
    first=20_600_001,
    fields={
        "manufacturing_order_id": None,
        "variant_id": None,
        "location_id": None,
        "quantity": 0,
        "production_date": None,
        "is_final": False,
        "value_per_unit": 0,
        "operations": (),
        **ITEM_FIELDS,
    },
    links=("manufacturing_order_id",),
)
INGREDIENT_LAYOUT = Layout(
    name="manufacturing_order_production_ingredients",
    first=20_800_001,
    fields={
        "production_id": None,
        "manufacturing_order_id": None,
        "manufacturing_order_recipe_row_id": None,
        "variant_id": None,
        "location_id": None,
        "quantity": 0,
        "cost": 0,
        "production_date": None,
        **ITEM_FIELDS,
    },
    links=("production_id", "manufacturing_order_recipe_row_id"),
)

_HIDDEN_FIELDS = ("variant_id", "location_id", "is_final", "value_per_unit", "batch_transactions")
_STAMPS = ("created_at", "updated_at", "deleted_at")


def _present(presentation: Presentation) -> Record:
    record, deleted = presentation.record, {"deleted_at": presentation.record["deleted_at"]}
    used = manufacturing_stock.ingredients_in(presentation.account, record)
    return {
        **leave_out(record, *_HIDDEN_FIELDS),
        "operations": [{**each, **deleted} for each in record["operations"]],
        "ingredients": [leave_out(each, *ITEM_FIELDS) for each in used],
        "serial_numbers": serials_of(presentation.account, record),
    }


def _present_ingredient(presentation: Presentation) -> Record:
    return leave_out(presentation.record, "batch_transactions", *_STAMPS)


def _create_record(account: AccountState, body: Record) -> Record:
    name = "manufacturing_order_id"
    order = references.require(account, "manufacturing_orders", body[name], name)
    quantity = Decimal(body["completed_quantity"])
    uses = manufacturing_stock.planned_uses(account, order, quantity)
    times = manufacturing_stock.planned_times(account, order, quantity)
    if "ingredients" in body:
        uses = _read_ingredients(account, body, manufacturing_stock.ingredients_of(account, order))
    if "operations" in body:
        named = _index_rows(body, "operations", "manufacturing_order_operation_id", times)
        times = {row_id: Decimal(each["time"]) for row_id, each in named.items()}
    total = sum_field(manufacturing_stock.productions_of(account, order), "quantity") + quantity
    values: Record = {
        "quantity": body["completed_quantity"],
        "production_date": body.get("completed_date") or account.now(),
        "is_final": body.get("is_final", total >= Decimal(order["planned_quantity"])),
    }
    changes: Record = {"status": "PARTIALLY_COMPLETED"}
    if values["is_final"]:
        done = {"done_date": values["production_date"], "actual_quantity": number(total)}
        changes = {"status": "DONE", **done}
    items = _items_of(account, order, body)
    with manufacturing_stock.sync_stock(account, order["id"]):
        created = manufacturing_stock.produce(account, order, values, uses, times, items)
        account.store["manufacturing_orders"].update(order["id"], changes)
    return created


def _index_rows(body: Record, what: str, name: str, existing: Container[Id]) -> dict[Id, Record]:
    """Return the entries of a body for rows of an order, by row id.

    Raises:
        RequestRefused: 422, a row is not the order's.
    """
    for index, each in enumerate(body[what]):
        if each[name] not in existing:
            message = "must be the id of a row of this manufacturing order"
            raise invalid_reference(message, what, index, name)
    return {each[name]: each for each in body[what]}


def _read_ingredients(account: AccountState, body: Record, rows: list[Record]) -> dict[Id, Record]:
    variants = {row["id"]: row["variant_id"] for row in rows}
    named = _index_rows(body, "ingredients", "manufacturing_order_recipe_row_id", variants)
    return {
        row_id: {
            "quantity": number(each["quantity"]),
            **manufacturing_stock.read_item_fields(
                account, each, variants[row_id], "ingredients", index
            ),
        }
        for index, (row_id, each) in enumerate(named.items())
    }


def _items_of(account: AccountState, order: Record, body: Record) -> list[Record]:
    """Return the batches and serial numbers of a production as items of `traceability`."""
    if "traceability" in body:
        manufacturing_stock.read_item_fields(account, body, order["variant_id"])
        items: list[Record] = body["traceability"]
        return items
    batch: Id | None = body.get("batch_transaction", {}).get("batch_id")
    if batch is not None:
        references.require(account, "batches", batch, "batch_transaction", "batch_id")
    serials = body.get("serial_numbers", ())
    for index, each in enumerate(serials):
        references.require(account, "serial_numbers", each, "serial_numbers", index)
    items = [{"serial_number_id": each, "batch_id": batch, "quantity": 1} for each in serials]
    rest = Decimal(body["completed_quantity"]) - len(items)
    return [*items, {"batch_id": batch, "quantity": rest}] if batch and rest > 0 else items


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    changes = manufacturing_stock.replace_items(account, before, body, 1)
    if "production_date" in body:
        date = {"production_date": body["production_date"]}
        table = account.store[INGREDIENT_LAYOUT.name]
        for use in manufacturing_stock.ingredients_in(account, before):
            table.update(use["id"], date)
        changes |= {**date, "operations": [{**each, **date} for each in before["operations"]]}
    return changes


def _read_ingredient_changes(account: AccountState, before: Record, body: Record) -> Record:
    return manufacturing_stock.replace_items(account, before, body, -1)


@contextmanager
def _around_change(account: AccountState, record: Record, changes: Record) -> Generator[None]:
    """Undo a production before its deletion, and reopen its order."""
    orders = account.store["manufacturing_orders"]
    order = orders.get(record["manufacturing_order_id"])
    if changes or order is None:
        yield
        return
    with manufacturing_stock.sync_stock(account, order["id"]):
        manufacturing_stock.undo(account, order, record)
        yield
        others = manufacturing_stock.productions_of(account, order)
        status = "PARTIALLY_COMPLETED" if others else "NOT_STARTED"
        orders.update(order["id"], {"status": status, "done_date": None, "actual_quantity": None})


MANUFACTURING_ORDER_PRODUCTIONS = CollectionSpec(
    layout=PRODUCTION_LAYOUT,
    present=_present,
    create=_create_record,
    read_changes=_read_changes,
    around_change=_around_change,
)
MANUFACTURING_ORDER_PRODUCTION_INGREDIENTS = CollectionSpec(
    layout=INGREDIENT_LAYOUT, present=_present_ingredient, read_changes=_read_ingredient_changes
)
