"""The effects of manufacturing orders on stock.

An open order commits its unused ingredients and expects the rest of its product. A production uses
ingredients and adds the product, at the cost of the ingredients and the work.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import number, sum_field
from ..store import Id, Record
from . import ledger
from .item_presentation import owner_of
from .traceability import ITEM_FIELDS, check_items, move_items, read_items
from .workshop import cost_of, planned_time

_ORDER = "manufacturing_order_id"
_USES = "manufacturing_order_production_ingredients"
# From the best to the worst. The state of an order is the worst of its rows.
_STATES = ("NO_RECIPE", "PROCESSED", "IN_STOCK", "EXPECTED", "NOT_AVAILABLE")


def read_item_fields(
    account: AccountState, body: Record, variant_id: Id, *path: str | int
) -> Record:
    """Return the batches, bins and serial numbers of a body; `traceability` overrides others.

    Raises:
        RequestRefused: 422, a batch or serial number does not exist, or is of another variant.
    """
    if ITEM_FIELDS.keys().isdisjoint(body):
        return {}
    name = "traceability" if "traceability" in body else "batch_transactions"
    check_items(account, {"variant_id": variant_id, name: body[name]}, *path)
    return read_items({name: body[name]}, body.get("quantity", 0))


def ingredients_of(account: AccountState, order: Record) -> list[Record]:
    """Return the recipe rows of an order."""
    return account.store["manufacturing_order_recipe_rows"].children(_ORDER, order["id"])


def operations_of(account: AccountState, order: Record) -> list[Record]:
    """Return the operation rows of an order in the order of their ranks."""
    rows = account.store["manufacturing_order_operation_rows"].children(_ORDER, order["id"])
    return sorted(rows, key=lambda row: (row["rank"], row["id"]))


def productions_of(account: AccountState, order: Record) -> list[Record]:
    """Return the productions of an order, oldest first."""
    return account.store["manufacturing_order_productions"].children(_ORDER, order["id"])


def uses_of(account: AccountState, row: Record) -> list[Record]:
    """Return the uses of a recipe row by productions."""
    return account.store[_USES].children("manufacturing_order_recipe_row_id", row["id"])


def ingredients_in(account: AccountState, production: Record) -> list[Record]:
    """Return the ingredients that a production has used."""
    deleted = production["deleted_at"] is not None
    return account.store[_USES].children("production_id", production["id"], deleted=deleted)


def required_quantity(order: Record, row: Record) -> Decimal:
    """Return the total quantity of a recipe row that an order needs."""
    if row["total_actual_quantity"] is not None:
        return Decimal(row["total_actual_quantity"])
    return Decimal(row["planned_quantity_per_unit"]) * Decimal(order["planned_quantity"])


@contextmanager
def sync_stock(account: AccountState, order_id: Id) -> Generator[None]:
    """Update committed and expected stock to the changes of an order within the `with` block."""
    order = account.store["manufacturing_orders"].get(order_id)
    if order is not None:
        _change_claims(account, order, -1)
    yield
    claim_stock(account, order_id)


def claim_stock(account: AccountState, order_id: Id) -> None:
    """Commit an open order's ingredients, expect its product, and store the availability."""
    table, worst = account.store["manufacturing_orders"], _STATES[0]
    order = table.get(order_id)
    if order is None:
        return
    _change_claims(account, order, 1)
    for row in ingredients_of(account, order):
        stock = ledger.stock_of(account, row["variant_id"], order["location_id"])
        found = "NOT_AVAILABLE" if stock is None else ledger.availability(stock)
        state = {"ingredient_availability": "PROCESSED" if order["status"] == "DONE" else found}
        worst = max(worst, state["ingredient_availability"], key=_STATES.index)
        account.store["manufacturing_order_recipe_rows"].update(row["id"], state)
    table.update(order_id, {"ingredient_availability": worst})


def _change_claims(account: AccountState, order: Record, sign: int) -> None:
    if order["status"] == "DONE":
        return
    location_id, nothing = order["location_id"], Decimal(0)
    produced = sum_field(productions_of(account, order), "quantity")
    left = Decimal(order["planned_quantity"]) - produced
    ledger.expect(account, order["variant_id"], location_id, sign * max(left, nothing))
    for row in ingredients_of(account, order):
        left = required_quantity(order, row) - sum_field(uses_of(account, row), "quantity")
        ledger.commit(account, row["variant_id"], location_id, sign * max(left, nothing))


def planned_uses(account: AccountState, order: Record, quantity: Decimal) -> dict[Id, Record]:
    """Return the planned uses, by recipe row, for a quantity of an order's product."""
    return {
        row["id"]: {"quantity": number(Decimal(row["planned_quantity_per_unit"]) * quantity)}
        for row in ingredients_of(account, order)
    }


def planned_times(account: AccountState, order: Record, quantity: Decimal) -> dict[Id, Decimal]:
    """Return the planned seconds, by operation row, for a quantity of an order's product."""
    planned = Decimal(order["planned_quantity"])
    return {
        row["id"]: round(planned_time(row, planned) * quantity / planned, 10)
        for row in operations_of(account, order)
    }


def finish(account: AccountState, order: Record) -> None:
    """Produce the rest of an order that is DONE."""
    left = Decimal(order["actual_quantity"]) - sum_field(productions_of(account, order), "quantity")
    uses = planned_uses(account, order, left)
    for row in ingredients_of(account, order):
        if row["total_actual_quantity"] is not None:
            used = sum_field(uses_of(account, row), "quantity")
            uses[row["id"]]["quantity"] = number(Decimal(row["total_actual_quantity"]) - used)
        uses[row["id"]] |= {name: row[name] for name in ITEM_FIELDS}
    if left > 0:
        times = planned_times(account, order, left)
        values = {"quantity": number(left), "production_date": order["done_date"], "is_final": True}
        produce(account, order, values, uses, times, order["traceability"])


def produce(
    account: AccountState,
    order: Record,
    values: Record,
    uses: Mapping[Id, Record],
    times: Mapping[Id, Decimal],
    items: Sequence[Record],
) -> Record:
    """Create a production: use ingredients (by recipe row) and add the product."""
    table, quantity = account.store["manufacturing_order_productions"], Decimal(values["quantity"])
    common = {
        _ORDER: order["id"],
        "location_id": order["location_id"],
        "production_date": values["production_date"],
    }
    items = items or _new_serial_numbers(account, order, quantity)
    created = table.create(
        {
            **common,
            **values,
            **read_items({"traceability": items}, quantity),
            "variant_id": order["variant_id"],
        }
    )
    common["production_id"] = created["id"]
    used = [
        _use(account, order, row, {**common, **uses[row["id"]]})
        for row in ingredients_of(account, order)
        if row["id"] in uses and uses[row["id"]]["quantity"] > 0
    ]
    stamps = {name: created[name] for name in ("created_at", "updated_at", "deleted_at")}
    work = [
        {
            **common,
            **stamps,
            "id": account.store.next_number("production operation"),
            "manufacturing_order_operation_id": row["id"],
            "time": number(times[row["id"]]),
            "cost": number(cost_of(row, times[row["id"]], quantity)),
        }
        for row in operations_of(account, order)
        if row["id"] in times
    ]
    cost = sum_field(used, "cost") + sum_field(work, "cost")
    value = round(cost / quantity, 10) if quantity else Decimal(0)
    _move(account, order, created, quantity, value, created["production_date"])
    return table.update(created["id"], {"operations": work, "value_per_unit": number(value)})


def undo(account: AccountState, order: Record, production: Record) -> None:
    """Delete a production, remove its product from stock and return its ingredients."""
    value = Decimal(production["value_per_unit"])
    _move(account, order, production, -Decimal(production["quantity"]), value, None)
    for use in ingredients_in(account, production):
        quantity = Decimal(use["quantity"])
        _move(account, order, use, quantity, round(Decimal(use["cost"]) / quantity, 10), None)
        account.store[_USES].delete(use["id"])
    account.store["manufacturing_order_productions"].delete(production["id"])


def replace_items(account: AccountState, record: Record, body: Record, sign: int) -> Record:
    """Replace the batches and serial numbers of a production (sign 1) or an ingredient (-1)."""
    body = {"quantity": record["quantity"], **body}
    changes = read_item_fields(account, body, record["variant_id"])
    place, cause = _place(record), _cause(record)
    for each, way in ((record, -sign), (changes, sign)) if changes else ():
        move_items(account, **place, traceability=each["traceability"], sign=way, cause=cause)
    return changes


def _new_serial_numbers(account: AccountState, order: Record, quantity: Decimal) -> list[Record]:
    """Create a serial number for each unit of a product that is tracked by them."""
    variant = account.store["variants"].get(order["variant_id"])
    product = None if variant is None else owner_of(account, variant)
    if product is None or not product.get("serial_tracked"):
        return []
    table, name = account.store["serial_numbers"], f"{order['order_no']}-"
    names = [f"{name}{account.store.next_number(name)}" for _ in range(int(quantity))]
    created = (table.create({"serial_number": each}) for each in names)
    return [{"serial_number_id": each["id"], "quantity": 1} for each in created]


def _use(account: AccountState, order: Record, row: Record, values: Record) -> Record:
    table = account.store[_USES]
    link = {"manufacturing_order_recipe_row_id": row["id"], "variant_id": row["variant_id"]}
    use = table.create({**link, **values})
    quantity = Decimal(use["quantity"])
    movement = _move(account, order, use, -quantity, None, use["production_date"])
    cost = quantity * Decimal(movement["value_per_unit"]) if movement else 0
    return table.update(use["id"], {"cost": number(cost)})


def _cause(record: Record, order_no: str | None = None) -> ledger.Cause:
    kind = "ProductionIngredient" if "production_id" in record else "Production"
    return ledger.Cause(kind, record["id"], order_no, record[_ORDER])


def _place(record: Record) -> dict[str, Any]:
    return {"variant_id": record["variant_id"], "location_id": record["location_id"]}


def _move(
    account: AccountState,
    order: Record,
    record: Record,
    change: Decimal,
    value: Decimal | None,
    at: str | None,
) -> Record | None:
    """Move the stock and the batches of a production or an ingredient."""
    cause, place = _cause(record, order["order_no"]), _place(record)
    items, sign = record["traceability"], 1 if change > 0 else -1
    move_items(account, **place, traceability=items, sign=sign, cause=cause)
    return ledger.move(account, **place, change=change, cause=cause, value_per_unit=value, at=at)
