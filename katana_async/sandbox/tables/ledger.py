"""The stock ledger: changes of stock, each recorded as an inventory movement.

It updates the stock, average cost, committed and expected quantities in `inventory`. As in Katana,
stock may become negative.
"""

from decimal import Decimal, localcontext
from typing import Any

from attrs import frozen

from ..account import AccountState
from ..amounts import number
from ..endpoints import CollectionSpec, Presentation
from ..store import Id, Layout, Record

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

# More digits than the product of the greatest quantity and the greatest price.
_DIGITS = 60


@frozen
class Cause:
    """The cause of a movement: a row, and its order, adjustment or transfer."""

    resource_type: str
    resource_id: int
    order_no: str | None = None
    order_id: int | None = None


def stock_of(account: AccountState, variant_id: Id, location_id: Id) -> Record | None:
    """Return the stock row of a variant in a location; None without one."""
    rows = account.store["inventory"].children("variant_id", variant_id)
    return next((row for row in rows if row["location_id"] == location_id), None)


def average_cost(account: AccountState, variant_id: Id, location_id: Id) -> Any:
    """Return the average cost of a variant in a location."""
    stock = stock_of(account, variant_id, location_id)
    return 0 if stock is None else stock["average_cost"]


def stock_row(account: AccountState, variant_id: Id, location_id: Id) -> Record | None:
    """Return the stock row of a variant in a location, which is created if missing.

    Returns:
        None for services and deleted variants, which are not stocked.
    """
    variant = account.store["variants"].get(variant_id)
    if variant is None or (variant["product_id"] is None and variant["material_id"] is None):
        return None
    links = {"variant_id": variant_id, "location_id": location_id}
    return stock_of(account, variant_id, location_id) or account.store["inventory"].create(
        {**links, "archived_at": variant["archived_at"]}
    )


def availability(stock: Record, more: Decimal = Decimal(0)) -> str:
    """Return whether the committed quantity plus `more` is in stock, expected, or neither."""
    free = Decimal(stock["quantity_in_stock"]) - Decimal(stock["quantity_committed"]) - more
    if free >= 0:
        return "IN_STOCK"
    return "EXPECTED" if free + Decimal(stock["quantity_expected"]) >= 0 else "NOT_AVAILABLE"


def move(
    account: AccountState,
    *,
    variant_id: Id,
    location_id: Id,
    change: Decimal,
    cause: Cause,
    value_per_unit: Decimal | None = None,
    at: str | None = None,
) -> Record | None:
    """Add stock (a positive change) or remove it, and record the movement.

    Args:
        value_per_unit: The value of a unit, which enters the average cost; by default that cost.
        at: The time of the movement; by default now.

    Returns:
        The movement; None if the variant is not stocked, or the change is 0.
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
    """Return the average cost after a movement."""
    balance = stock + change
    if value == average or balance <= 0:
        return average
    if stock <= 0:
        return value
    moved = (stock * average + change * value) / balance
    return round(max(moved, Decimal(0)), 10)


def commit(account: AccountState, variant_id: Id, location_id: Id, change: Decimal) -> None:
    """Commit stock to orders and production, or release it (a negative change)."""
    _change(account, "quantity_committed", variant_id, location_id, change)


def expect(account: AccountState, variant_id: Id, location_id: Id, change: Decimal) -> None:
    """Change the quantity expected from purchases and production."""
    _change(account, "quantity_expected", variant_id, location_id, change)


def _change(
    account: AccountState, field: str, variant_id: Id, location_id: Id, change: Decimal
) -> None:
    row = stock_row(account, variant_id, location_id) if change else None
    if row is not None:
        amount: Any = number(Decimal(row[field]) + change)
        account.store["inventory"].update(row["id"], {field: amount})


def _present(presentation: Presentation) -> Record:
    """Return a movement as an answer shows it: without nulls, ranked among all movements."""
    result = {name: value for name, value in presentation.record.items() if value is not None}
    return {**result, "rank": result["id"] - MOVEMENT_LAYOUT.id(0) + 1}


INVENTORY_MOVEMENTS = CollectionSpec(layout=MOVEMENT_LAYOUT, present=_present)
