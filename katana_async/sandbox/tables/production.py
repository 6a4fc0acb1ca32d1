"""What a manufacturing order does to stock.

An open order lays claim to its ingredients, less what has been used, and promises its product, less
what has been made. A production uses ingredients up and adds the product. An order that is done has
a final production for whatever its partial ones have left over.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from attrs import field, frozen

from ..account import Account
from ..schema import number
from ..store import Id, Record
from . import ledger, tracking
from .workshop import cost_of, planned_time

_NOTHING = Decimal(0)


@frozen(kw_only=True)
class Batch:
    """What is made at once.

    Attributes:
        quantity: How much of the product.
        final: Whether the order is done with it.
        ingredients: How much is used of recipe rows, by id, and nothing of others; None for what
            was planned.
        times: How long operation rows took, by id, and no others; None for what was planned.
        traced: Which batches and serial numbers it is made up of, as items of `traceability`.
        batches: The same for recipe rows, by id.
    """

    quantity: Decimal
    at: str
    final: bool
    ingredients: Mapping[Id, Decimal] | None = None
    times: Mapping[Id, Decimal] | None = None
    traced: Sequence[Record] = ()
    batches: Mapping[Id, Sequence[Record]] = field(factory=dict[Id, Sequence[Record]])


def ingredients_of(account: Account, order: Record) -> list[Record]:
    """Return the recipe rows of an order."""
    rows = account.store["manufacturing_order_recipe_rows"]
    return rows.children("manufacturing_order_id", order["id"])


def operations_of(account: Account, order: Record) -> list[Record]:
    """Return the operation rows of an order, first things first."""
    rows = account.store["manufacturing_order_operation_rows"]
    found = rows.children("manufacturing_order_id", order["id"])
    return sorted(found, key=lambda row: (row["rank"], row["id"]))


def productions_of(account: Account, order: Record) -> list[Record]:
    """Return the productions of an order, oldest first."""
    productions = account.store["manufacturing_order_productions"]
    return productions.children("manufacturing_order_id", order["id"])


def uses_of(account: Account, row: Record) -> list[Record]:
    """Return what productions have used of a recipe row."""
    uses = account.store["manufacturing_order_production_ingredients"]
    return uses.children("manufacturing_order_recipe_row_id", row["id"])


def ingredients_in(account: Account, production: Record) -> list[Record]:
    """Return what a production has used."""
    uses = account.store["manufacturing_order_production_ingredients"]
    gone = production["deleted_at"] is not None
    return uses.children("production_id", production["id"], deleted=gone)


def completed(account: Account, order: Record) -> Decimal:
    """Return how much of its product an order has made."""
    made = (Decimal(each["quantity"]) for each in productions_of(account, order))
    return sum(made, _NOTHING)


def consumed(account: Account, row: Record) -> Decimal:
    """Return how much of a recipe row has been used."""
    return sum((Decimal(use["quantity"]) for use in uses_of(account, row)), _NOTHING)


def spent(account: Account, row: Record) -> Decimal:
    """Return how long productions say that an operation row has taken."""
    order = {"id": row["manufacturing_order_id"]}
    return sum(
        (
            Decimal(each["time"])
            for production in productions_of(account, order)
            for each in production["operations"]
            if each["manufacturing_order_operation_id"] == row["id"]
        ),
        _NOTHING,
    )


def wanted(order: Record, row: Record) -> Decimal:
    """Return how much of a recipe row an order is going to use in all."""
    if row["total_actual_quantity"] is not None:
        return Decimal(row["total_actual_quantity"])
    return Decimal(row["planned_quantity_per_unit"]) * _quantity(order)


def _quantity(order: Record) -> Decimal:
    actual = order["actual_quantity"]
    return Decimal(order["planned_quantity"] if actual is None else actual)


@contextmanager
def changing(account: Account, order_id: Id) -> Generator[None]:
    """Let an order or its rows change; what it claims, or has used and made, follows."""
    orders = account.store["manufacturing_orders"]
    before = orders.get(order_id)
    assert before is not None
    if before["status"] == "DONE":
        for production in productions_of(account, before):
            if production["is_final"]:
                undo(account, before, production)
    else:
        claim(account, before, -1)
    yield
    after = orders.get(order_id)
    if after is None:
        return
    if after["status"] == "DONE":
        _finish(account, after)
    else:
        claim(account, after, 1)
    note_availability(account, after)


def claim(account: Account, order: Record, sign: int) -> None:
    """Lay claim to what an open order needs and promise what it makes, or take that back.

    Args:
        sign: 1, or -1 to take it back.
    """
    location = order["location_id"]
    for row in ingredients_of(account, order):
        left = wanted(order, row) - consumed(account, row)
        ledger.commit(account, row["variant_id"], location, sign * max(left, _NOTHING))
    left = _quantity(order) - completed(account, order)
    ledger.expect(account, order["variant_id"], location, sign * max(left, _NOTHING))


def _finish(account: Account, order: Record) -> None:
    left = _quantity(order) - completed(account, order)
    if left > 0:
        produce(
            account,
            order,
            Batch(
                quantity=left,
                at=order["done_date"],
                final=True,
                traced=order["batch_transactions"],
            ),
        )


def produce(account: Account, order: Record, batch: Batch) -> Record:
    """Use ingredients up and add the product to stock, at what they and the work have cost."""
    places = {"manufacturing_order_id": order["id"], "location_id": order["location_id"]}
    common = {**places, "production_date": batch.at}
    used = [
        (row, quantity)
        for row in ingredients_of(account, order)
        if (quantity := _share(account, row, batch)) > 0
    ]
    operations = [
        (row, _time(account, order, row, batch))
        for row in operations_of(account, order)
        if batch.times is None or row["id"] in batch.times
    ]
    table = account.store["manufacturing_order_productions"]
    made = table.create(
        {
            **common,
            "batch_transactions": batch.traced,
            "variant_id": order["variant_id"],
            "quantity": number(batch.quantity),
            "is_final": batch.final,
        }
    )
    work = [
        {
            **common,
            "id": account.store.next("production operation"),
            "production_id": made["id"],
            "manufacturing_order_operation_id": row["id"],
            "time": number(time),
            "cost": number(cost_of(row, time, batch.quantity)),
            **{name: made[name] for name in ("created_at", "updated_at", "deleted_at")},
        }
        for row, time in operations
    ]
    cost = sum((Decimal(each["cost"]) for each in work), _NOTHING)
    for row, quantity in used:
        values = {
            **common,
            "production_id": made["id"],
            "manufacturing_order_recipe_row_id": row["id"],
            "variant_id": row["variant_id"],
            "quantity": number(quantity),
            "batch_transactions": batch.batches.get(
                row["id"], row["batch_transactions"] if batch.final else ()
            ),
        }
        cost += _use(account, order, values)
    value = round(cost / batch.quantity, 10) if batch.quantity else _NOTHING
    _move(account, order, made, batch.quantity, value, batch.at)
    return table.update(made["id"], {"operations": work, "value_per_unit": number(value)})


def undo(account: Account, order: Record, production: Record) -> None:
    """Delete a production, take its product out of stock and put its ingredients back."""
    table = account.store["manufacturing_order_production_ingredients"]
    value = Decimal(production["value_per_unit"])
    _move(account, order, production, -Decimal(production["quantity"]), value, None)
    for use in ingredients_in(account, production):
        quantity = Decimal(use["quantity"])
        _move(account, order, use, quantity, round(Decimal(use["cost"]) / quantity, 10), None)
        table.delete(use["id"])
    account.store["manufacturing_order_productions"].delete(production["id"])


def _use(account: Account, order: Record, values: Record) -> Decimal:
    table = account.store["manufacturing_order_production_ingredients"]
    use = table.create(values)
    quantity = Decimal(use["quantity"])
    movement = _move(account, order, use, -quantity, None, use["production_date"])
    cost = quantity * Decimal(movement["value_per_unit"]) if movement else _NOTHING
    table.update(use["id"], {"cost": number(cost)})
    return cost


def _move(
    account: Account,
    order: Record,
    what: Record,
    change: Decimal,
    value: Decimal | None,
    at: str | None,
) -> Record | None:
    """Move the stock of a production or of something it uses, with its batches.

    Args:
        value: What a unit is worth; the average cost if None.
        at: When it moves; now if None.
    """
    kind = "ProductionIngredient" if "production_id" in what else "Production"
    cause = ledger.Cause(kind, what["id"], order["order_no"], order["id"])
    tracking.track(
        account,
        variant_id=what["variant_id"],
        location_id=what["location_id"],
        traceability=what["batch_transactions"],
        sign=1 if change > 0 else -1,
        cause=cause,
    )
    return ledger.move(
        account,
        variant_id=what["variant_id"],
        location_id=what["location_id"],
        change=change,
        cause=cause,
        value_per_unit=value,
        at=at,
    )


def _share(account: Account, row: Record, batch: Batch) -> Decimal:
    if batch.ingredients is not None:
        return batch.ingredients.get(row["id"], _NOTHING)
    if batch.final and row["total_actual_quantity"] is not None:
        return Decimal(row["total_actual_quantity"]) - consumed(account, row)
    return Decimal(row["planned_quantity_per_unit"]) * batch.quantity


def _time(account: Account, order: Record, row: Record, batch: Batch) -> Decimal:
    if batch.times is not None:
        return batch.times[row["id"]]
    if batch.final and row["total_actual_time"] is not None:
        return max(Decimal(row["total_actual_time"]) - spent(account, row), _NOTHING)
    planned = Decimal(order["planned_quantity"])
    return round(planned_time(row, planned) * batch.quantity / planned, 10)


def note_availability(account: Account, order: Record) -> None:
    """Write down whether there are enough ingredients, as things stand at this moment."""
    table = account.store["manufacturing_order_recipe_rows"]
    worst = "NO_RECIPE"
    for row in ingredients_of(account, order):
        found = _availability(account, order, row)
        worst = max(worst, found, key=_FROM_BEST_TO_WORST.index)
        if row["ingredient_availability"] != found:
            table.update(row["id"], {"ingredient_availability": found})
    if order["ingredient_availability"] != worst:
        changes = {"ingredient_availability": worst}
        account.store["manufacturing_orders"].update(order["id"], changes)


_FROM_BEST_TO_WORST = ("NO_RECIPE", "PROCESSED", "IN_STOCK", "EXPECTED", "NOT_AVAILABLE")


def _availability(account: Account, order: Record, row: Record) -> str:
    if order["status"] == "DONE":
        return "PROCESSED"
    stock = ledger.stock_of(account, row["variant_id"], order["location_id"])
    return "NOT_AVAILABLE" if stock is None else ledger.availability(stock)
