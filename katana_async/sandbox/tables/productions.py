"""Productions: what has been made of a manufacturing order at once, and what was used for it."""

from decimal import Decimal

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..layout import Layout
from ..operations import Collection, Showing
from ..schema import number
from ..store import Id, Record
from . import production, tracking, usage
from .manufacturing_shapes import serials_of

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
        "batch_transactions": (),
        "operations": (),
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
        "batch_transactions": (),
    },
    links=("production_id", "manufacturing_order_recipe_row_id"),
)

_OUR_OWN = ("variant_id", "location_id", "is_final", "value_per_unit", "batch_transactions")
_STAMPS = ("created_at", "updated_at", "deleted_at")


def _present(showing: Showing) -> Record:
    record = showing.record
    shown = {name: value for name, value in record.items() if name not in _OUR_OWN}
    deleted = {"deleted_at": record["deleted_at"]}
    shown["operations"] = [{**each, **deleted} for each in record["operations"]]
    used = production.ingredients_in(showing.account, record)
    shown["ingredients"] = [_without(each, "batch_transactions") for each in used]
    shown["serial_numbers"] = serials_of(showing.account, "Production", record)
    return shown


def _present_ingredient(showing: Showing) -> Record:
    return _without(showing.record, "batch_transactions", *_STAMPS)


def _without(record: Record, *names: str) -> Record:
    return {name: value for name, value in record.items() if name not in names}


def _creating(account: Account, given: Record) -> Record:
    name = "manufacturing_order_id"
    order = usage.require(account, "manufacturing_orders", given[name], name)
    if order["status"] == "DONE":
        raise blocked(f"The manufacturing order {order['id']} is done; nothing is left to make.")
    ingredients = _amounts(
        given, "ingredients", "recipe_row", production.ingredients_of(account, order), "quantity"
    )
    times = _amounts(
        given, "operations", "operation", production.operations_of(account, order), "time"
    )
    quantity = Decimal(given["completed_quantity"])
    total = production.completed(account, order) + quantity
    final = given.get("is_final", total >= Decimal(order["planned_quantity"]))
    at = given.get("completed_date") or account.now()
    batch = production.Batch(
        quantity=quantity,
        at=at,
        final=final,
        ingredients=ingredients,
        times=times,
        traced=_traced(account, given),
        batches=_batches(account, order, given),
    )
    production.claim(account, order, -1)
    made = production.produce(account, order, batch)
    changes: Record = {"status": "PARTIALLY_COMPLETED"}
    if final:
        changes = {"status": "DONE", "done_date": at, "actual_quantity": number(total)}
    _turn(account, order, changes)
    return made


def _amounts(
    given: Record, what: str, kind: str, rows: list[Record], amount: str
) -> dict[Id, Decimal] | None:
    """Return how much a body says of an order's rows, by their ids; None if it says nothing.

    Raises:
        Refusal: 422, it names a row that is not one of the order's.
    """
    if what not in given:
        return None
    known, name = {row["id"] for row in rows}, f"manufacturing_order_{kind}_id"
    for index, each in enumerate(given[what]):
        if each[name] not in known:
            message = "must be the id of a row of this manufacturing order"
            raise invalid([Problem((what, index, name), "reference", message, {})])
    return {each[name]: Decimal(each[amount]) for each in given[what]}


def _traced(account: Account, given: Record) -> list[Record]:
    """Return the batch and the serial numbers of a production, as items of `traceability`."""
    batch: Id | None = given.get("batch_transaction", {}).get("batch_id")
    if batch is not None:
        usage.require(account, "batches", batch, "batch_transaction", "batch_id")
    serials = given.get("serial_numbers", ())
    for index, each in enumerate(serials):
        usage.require(account, "serial_numbers", each, "serial_numbers", index)
    items = [{"serial_number_id": each, "batch_id": batch, "quantity": 1} for each in serials]
    rest = Decimal(given["completed_quantity"]) - len(items)
    return [*items, {"batch_id": batch, "quantity": rest}] if batch and rest > 0 else items


def _batches(account: Account, order: Record, given: Record) -> dict[Id, list[Record]]:
    """Return the batches that a body says were used, by recipe row."""
    variants = {row["id"]: row["variant_id"] for row in production.ingredients_of(account, order)}
    found: dict[Id, list[Record]] = {}
    for index, each in enumerate(given.get("ingredients", ())):
        if "batch_transactions" in each:
            row, batches = each["manufacturing_order_recipe_row_id"], each["batch_transactions"]
            path = ("ingredients", index, "batch_transactions")
            tracking.require_tracked(account, variants[row], batches, *path)
            found[row] = batches
    return found


def _turn(account: Account, order: Record, changes: Record) -> None:
    """Change an order whose claims have been taken back, and let it claim what it still does."""
    after = account.store["manufacturing_orders"].update(order["id"], changes)
    if after["status"] != "DONE":
        production.claim(account, after, 1)
    production.note_availability(account, after)


def _updating(account: Account, before: Record, given: Record) -> Record:
    table = account.store["manufacturing_order_production_ingredients"]
    for use in production.ingredients_in(account, before):
        table.update(use["id"], given)
    return {**given, "operations": [{**each, **given} for each in before["operations"]]}


def _deleting(account: Account, record: Record) -> None:
    orders = account.store["manufacturing_orders"]
    order = orders.get(record["manufacturing_order_id"])
    assert order is not None
    if order["status"] != "DONE":
        production.claim(account, order, -1)
    production.undo(account, order, record)
    others = production.productions_of(account, order)
    changes: Record = {"status": "PARTIALLY_COMPLETED" if others else "NOT_STARTED"}
    if order["status"] == "DONE":
        changes |= {"done_date": None, "actual_quantity": None}
        for other in others:
            account.store[PRODUCTION_LAYOUT.name].update(other["id"], {"is_final": False})
    _turn(account, order, changes)


def _updating_ingredient(account: Account, before: Record, given: Record) -> Record:
    """Change the batches that something was used from, and put back what was taken."""
    place = {"variant_id": before["variant_id"], "location_id": before["location_id"]}
    quantity = before["quantity"]
    batches = [{"quantity": quantity, **each} for each in given["batch_transactions"]]
    path = "batch_transactions"
    tracking.require_tracked(account, before["variant_id"], batches, path)
    tracking.track(account, **place, traceability=before["batch_transactions"])
    tracking.track(account, **place, traceability=batches, sign=-1)
    return {"batch_transactions": batches}


MANUFACTURING_ORDER_PRODUCTIONS = Collection(
    layout=PRODUCTION_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
)
MANUFACTURING_ORDER_PRODUCTION_INGREDIENTS = Collection(
    layout=INGREDIENT_LAYOUT,
    present=_present_ingredient,
    updating=_updating_ingredient,
)
