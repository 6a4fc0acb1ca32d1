"""Productions: quantities of a manufacturing order that are made at once, and what they used."""

from collections.abc import Container, Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Collection, Showing
from ..schema import number
from ..store import Id, Record
from . import production, usage
from .manufacturing_shapes import serials_of
from .tracing import TRACED

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
        **TRACED,
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
        **TRACED,
    },
    links=("production_id", "manufacturing_order_recipe_row_id"),
)

_NOT_SHOWN = ("variant_id", "location_id", "is_final", "value_per_unit", "batch_transactions")
_STAMPS = ("created_at", "updated_at", "deleted_at")


def _present(showing: Showing) -> Record:
    record, deleted = showing.record, {"deleted_at": showing.record["deleted_at"]}
    used = production.ingredients_in(showing.account, record)
    return {
        **_without(record, *_NOT_SHOWN),
        "operations": [{**each, **deleted} for each in record["operations"]],
        "ingredients": [_without(each, *TRACED) for each in used],
        "serial_numbers": serials_of(showing.account, record),
    }


def _present_ingredient(showing: Showing) -> Record:
    return _without(showing.record, "batch_transactions", *_STAMPS)


def _without(record: Record, *names: str) -> Record:
    return {name: value for name, value in record.items() if name not in names}


def _creating(account: Account, given: Record) -> Record:
    name = "manufacturing_order_id"
    order = usage.require(account, "manufacturing_orders", given[name], name)
    quantity = Decimal(given["completed_quantity"])
    uses = production.planned_uses(account, order, quantity)
    times = production.planned_times(account, order, quantity)
    if "ingredients" in given:
        uses = _read_ingredients(account, given, production.ingredients_of(account, order))
    if "operations" in given:
        named = _named(given, "operations", "manufacturing_order_operation_id", times)
        times = {row_id: Decimal(each["time"]) for row_id, each in named.items()}
    total = production.sum_of(production.productions_of(account, order), "quantity") + quantity
    values: Record = {
        "quantity": given["completed_quantity"],
        "production_date": given.get("completed_date") or account.now(),
        "is_final": given.get("is_final", total >= Decimal(order["planned_quantity"])),
    }
    changes: Record = {"status": "PARTIALLY_COMPLETED"}
    if values["is_final"]:
        done = {"done_date": values["production_date"], "actual_quantity": number(total)}
        changes = {"status": "DONE", **done}
    items = _items_of(account, order, given)
    with production.settled(account, order["id"]):
        made = production.produce(account, order, values, uses, times, items)
        account.store["manufacturing_orders"].update(order["id"], changes)
    return made


def _named(given: Record, what: str, name: str, known: Container[Id]) -> dict[Id, Record]:
    """Return what a body names of an order's rows, by their ids.

    Raises:
        Refusal: 422, it names a row that is not one of the order's.
    """
    for index, each in enumerate(given[what]):
        if each[name] not in known:
            message = "must be the id of a row of this manufacturing order"
            raise invalid([Problem((what, index, name), "reference", message, {})])
    return {each[name]: each for each in given[what]}


def _read_ingredients(account: Account, given: Record, rows: list[Record]) -> dict[Id, Record]:
    variants = {row["id"]: row["variant_id"] for row in rows}
    named = _named(given, "ingredients", "manufacturing_order_recipe_row_id", variants)
    return {
        row_id: {
            "quantity": number(each["quantity"]),
            **production.read_traced(account, each, variants[row_id], "ingredients", index),
        }
        for index, (row_id, each) in enumerate(named.items())
    }


def _items_of(account: Account, order: Record, given: Record) -> list[Record]:
    """Return the batches and serial numbers of a production, as items of `traceability`."""
    if "traceability" in given:
        production.read_traced(account, given, order["variant_id"])
        items: list[Record] = given["traceability"]
        return items
    batch: Id | None = given.get("batch_transaction", {}).get("batch_id")
    if batch is not None:
        usage.require(account, "batches", batch, "batch_transaction", "batch_id")
    serials = given.get("serial_numbers", ())
    for index, each in enumerate(serials):
        usage.require(account, "serial_numbers", each, "serial_numbers", index)
    items = [{"serial_number_id": each, "batch_id": batch, "quantity": 1} for each in serials]
    rest = Decimal(given["completed_quantity"]) - len(items)
    return [*items, {"batch_id": batch, "quantity": rest}] if batch and rest > 0 else items


def _updating(account: Account, before: Record, given: Record) -> Record:
    changes = production.retrace(account, before, given, 1)
    if "production_date" in given:
        date = {"production_date": given["production_date"]}
        table = account.store[INGREDIENT_LAYOUT.name]
        for use in production.ingredients_in(account, before):
            table.update(use["id"], date)
        changes |= {**date, "operations": [{**each, **date} for each in before["operations"]]}
    return changes


def _updating_ingredient(account: Account, before: Record, given: Record) -> Record:
    return production.retrace(account, before, given, -1)


@contextmanager
def _settling(account: Account, record: Record, changes: Record) -> Generator[None]:
    """Take a production back before it is deleted, and reopen its order."""
    orders = account.store["manufacturing_orders"]
    order = orders.get(record["manufacturing_order_id"])
    if changes or order is None:
        yield
        return
    with production.settled(account, order["id"]):
        production.undo(account, order, record)
        yield
        others = production.productions_of(account, order)
        status = "PARTIALLY_COMPLETED" if others else "NOT_STARTED"
        orders.update(order["id"], {"status": status, "done_date": None, "actual_quantity": None})


MANUFACTURING_ORDER_PRODUCTIONS = Collection(
    layout=PRODUCTION_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    settling=_settling,
)
MANUFACTURING_ORDER_PRODUCTION_INGREDIENTS = Collection(
    layout=INGREDIENT_LAYOUT, present=_present_ingredient, updating=_updating_ingredient
)
