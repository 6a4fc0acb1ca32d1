"""The ledger: all changes of stock, each recorded as an inventory movement.

It keeps stock, average cost, committed and expected quantities of the rows in `inventory`. Stock
may become negative, as in Katana.
"""

from decimal import Decimal, localcontext
from typing import Any

from attrs import frozen

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing
from ..schema import number
from ..store import Id, Record

MOVEMENT_LAYOUT = Layout(
    name="inventory_movements",
    first=80_000_001,
    fields={
        "variant_id": None,
        "location_id": None,
        "resource_type": "SystemGenerated",
        "resource_id": None,
        "caused_by_order_no": None,
        "caused_by_resource_id": None,
        "movement_date": None,
        "quantity_change": 0,
        "balance_after": 0,
        "value_per_unit": 0,
        "value_in_stock_after": 0,
        "average_cost_after": 0,
    },
    links=("variant_id",),
)

# More digits than the greatest quantity times the greatest price has.
_DIGITS = 60


@frozen
class Cause:
    """The row that moved stock, and its order (adjustment, transfer)."""

    resource_type: str
    resource_id: int
    order_no: str | None = None
    order_id: int | None = None


def stock_of(account: Account, variant_id: Id, location_id: Id) -> Record | None:
    """Return the stock of a variant in a location, None where it has no row."""
    rows = account.store["inventory"].children("variant_id", variant_id)
    return next((row for row in rows if row["location_id"] == location_id), None)


def average_cost(account: Account, variant_id: Id, location_id: Id) -> Any:
    """Return the average cost of a variant in a location."""
    stock = stock_of(account, variant_id, location_id)
    return 0 if stock is None else stock["average_cost"]


def stock_row(account: Account, variant_id: Id, location_id: Id) -> Record | None:
    """Return the stock of a variant in a location, and make the row if it is missing.

    Returns:
        None for what is not stocked: a service, or a variant that is deleted.
    """
    variant = account.store["variants"].get(variant_id)
    if variant is None or (variant["product_id"] is None and variant["material_id"] is None):
        return None
    links = {"variant_id": variant_id, "location_id": location_id}
    return stock_of(account, variant_id, location_id) or account.store["inventory"].create(
        {**links, "archived_at": variant["archived_at"]}
    )


def availability(stock: Record, more: Decimal = Decimal(0)) -> str:
    """Return whether the committed quantity and `more` are in stock, expected, or neither."""
    free = Decimal(stock["quantity_in_stock"]) - Decimal(stock["quantity_committed"]) - more
    if free >= 0:
        return "IN_STOCK"
    return "EXPECTED" if free + Decimal(stock["quantity_expected"]) >= 0 else "NOT_AVAILABLE"


def move(
    account: Account,
    *,
    variant_id: Id,
    location_id: Id,
    change: Decimal,
    cause: Cause,
    value_per_unit: Decimal | None = None,
    at: str | None = None,
) -> Record | None:
    """Move stock in (a positive change) or out, and record the movement.

    Args:
        value_per_unit: The value of a unit, which moves the average cost; that cost by default.
        at: The time of the movement; now by default.

    Returns:
        The movement; None if the variant is not stocked, or if nothing moves.
    """
    row = stock_row(account, variant_id, location_id) if change else None
    if row is None:
        return None
    with localcontext(prec=_DIGITS):
        average = Decimal(row["average_cost"])
        value = average if value_per_unit is None else value_per_unit
        stock = Decimal(row["quantity_in_stock"])
        balance = stock + change
        average = _average(stock, average, change, value)
        worth = number(round(balance * average, 10))
    account.store["inventory"].update(
        row["id"], {"quantity_in_stock": number(balance), "average_cost": number(average)}
    )
    return account.store["inventory_movements"].create(
        {
            "variant_id": variant_id,
            "location_id": location_id,
            "resource_type": cause.resource_type,
            "resource_id": cause.resource_id,
            "caused_by_order_no": cause.order_no,
            "caused_by_resource_id": cause.order_id,
            "movement_date": at or account.now(),
            "quantity_change": number(change),
            "balance_after": number(balance),
            "value_per_unit": number(value),
            "value_in_stock_after": worth,
            "average_cost_after": number(average),
        }
    )


def _average(stock: Decimal, average: Decimal, change: Decimal, value: Decimal) -> Decimal:
    """Return the moving average of the cost after a movement."""
    balance = stock + change
    if value == average or balance <= 0:
        return average
    if stock <= 0:
        return value
    moved = (stock * average + change * value) / balance
    return round(max(moved, Decimal(0)), 10)


def commit(account: Account, variant_id: Id, location_id: Id, change: Decimal) -> None:
    """Set stock apart for orders and production, or free it again (a negative change)."""
    _change(account, "quantity_committed", variant_id, location_id, change)


def expect(account: Account, variant_id: Id, location_id: Id, change: Decimal) -> None:
    """Expect stock from purchases and production, or no longer (a negative change)."""
    _change(account, "quantity_expected", variant_id, location_id, change)


def _change(account: Account, field: str, variant_id: Id, location_id: Id, change: Decimal) -> None:
    row = stock_row(account, variant_id, location_id) if change else None
    if row is not None:
        amount: Any = number(Decimal(row[field]) + change)
        account.store["inventory"].update(row["id"], {field: amount})


def _present(showing: Showing) -> Record:
    """Write a movement without what it lacks; its rank is its place among all movements."""
    shown = {name: value for name, value in showing.record.items() if value is not None}
    return {**shown, "rank": shown["id"] - MOVEMENT_LAYOUT.id(0) + 1}


INVENTORY_MOVEMENTS = Collection(layout=MOVEMENT_LAYOUT, present=_present)
