"""The effects of sales orders and fulfillments on stock, and the status of orders.

An order that is not a quote commits the undelivered quantity of its rows. A delivery removes stock.
Once an order has fulfillments, they determine its status.
"""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import AccountState
from ..amounts import compute_total, number, sum_field
from ..store import Id, Record
from . import ledger
from .traceability import move_items

DELIVERED = "DELIVERED"
_QUOTE = "PENDING"
_FROM_BEST_TO_WORST = ("NOT_APPLICABLE", "PICKED", "IN_STOCK", "EXPECTED", "NOT_AVAILABLE")


def order_rows(account: AccountState, order: Id) -> list[Record]:
    """Return the rows of an order."""
    return account.store["sales_order_rows"].children("sales_order_id", order)


def fulfillments_of(account: AccountState, order: Id) -> list[Record]:
    """Return the fulfillments of an order."""
    return account.store["sales_order_fulfillments"].children("sales_order_id", order)


def rows_in(account: AccountState, fulfillment: Record) -> list[Record]:
    """Return the rows of a fulfillment."""
    rows = account.store["sales_order_fulfillment_rows"]
    return rows.children("sales_order_fulfillment_id", fulfillment["id"])


def rows_for(account: AccountState, order_row: Id) -> list[Record]:
    """Return the rows of fulfillments for a row of an order."""
    rows = account.store["sales_order_fulfillment_rows"]
    return rows.children("sales_order_row_id", order_row)


def row_of(account: AccountState, fulfillment_row: Record) -> Record:
    """Return the row of the order for a row of a fulfillment."""
    row = account.store["sales_order_rows"].get(fulfillment_row["sales_order_row_id"], deleted=True)
    assert row is not None
    return row


def fulfilled_quantity(account: AccountState, order_row: Id) -> Decimal:
    """Return the quantity of a row that has been packed or delivered."""
    return sum_field(rows_for(account, order_row), "quantity")


def delivered_quantity(account: AccountState, order_row: Id) -> Decimal:
    """Return the quantity of a row that has been delivered."""
    rows = rows_for(account, order_row)
    return sum_field([row for row in rows if is_delivered(account, row)], "quantity")


def is_delivered(account: AccountState, row: Record) -> bool:
    """Return whether a row of a fulfillment has been delivered."""
    table = account.store["sales_order_fulfillments"]
    fulfillment = table.get(row["sales_order_fulfillment_id"])
    return fulfillment is not None and fulfillment["status"] == DELIVERED


def return_rows_for(account: AccountState, fulfillment_row: Id) -> list[Record]:
    """Return the rows of returns for a row of a fulfillment."""
    return account.store["sales_return_rows"].children("fulfillment_row_id", fulfillment_row)


def returnable_quantity(account: AccountState, row: Record) -> Decimal:
    """Return the quantity of a row of a fulfillment that has not been returned."""
    return Decimal(row["quantity"]) - sum_field(return_rows_for(account, row["id"]), "quantity")


def net_price(order_row: Record) -> Decimal:
    """Return the price per unit of a row after its discount."""
    quantity, price = Decimal(order_row["quantity"]), order_row["price_per_unit"]
    if not quantity:
        return Decimal(price)
    total = compute_total(quantity, price, order_row["total_discount"])
    return round(Decimal(total) / quantity, 10)


@contextmanager
def sync_stock(account: AccountState, order: Id) -> Generator[None]:
    """Update committed stock, status and availability to changes within the `with` block."""
    before, shipped = _committed_quantities(account, order), bool(fulfillments_of(account, order))
    yield
    after = _committed_quantities(account, order)
    for place in {**before, **after}:
        ledger.commit(account, *place, after[place] - before[place])
    record = account.store["sales_orders"].get(order)
    if record is not None:
        if shipped or fulfillments_of(account, order):
            _update_status(account, record)
        _update_availability(account, record)


def _committed_quantities(account: AccountState, order: Id) -> defaultdict[tuple[Id, Id], Decimal]:
    """Return the quantities that an order commits, by variant and location."""
    amounts = defaultdict[tuple[Id, Id], Decimal](Decimal)
    record = account.store["sales_orders"].get(order)
    if record is not None and record["status"] != _QUOTE:
        for row in order_rows(account, order):
            left = Decimal(row["quantity"]) - delivered_quantity(account, row["id"])
            amounts[row["variant_id"], row["location_id"]] += max(left, Decimal(0))
    return amounts


def _update_status(account: AccountState, order: Record) -> None:
    """Set the status of an order by its fulfillments, and the picked date by the last one."""
    fulfillments = fulfillments_of(account, order["id"])
    status, picked = _status(account, order["id"], {each["status"] for each in fulfillments}), None
    if status == order["status"]:
        return
    if status == DELIVERED:
        picked = max(each["picked_date"] for each in fulfillments)
    account.store["sales_orders"].update(order["id"], {"status": status, "picked_date": picked})


def _status(account: AccountState, order: Id, states: set[str]) -> str:
    if not states:
        return "NOT_SHIPPED"
    done, state = (
        (delivered_quantity, DELIVERED) if DELIVERED in states else (fulfilled_quantity, "PACKED")
    )
    rows = order_rows(account, order)
    complete = all(done(account, row["id"]) >= Decimal(row["quantity"]) for row in rows)
    return state if complete else f"PARTIALLY_{state}"


def _update_availability(account: AccountState, order: Record) -> None:
    """Store the present availability of the products of an order."""
    worst = _FROM_BEST_TO_WORST[0]
    for row in order_rows(account, order["id"]):
        found = _availability(account, row, quote=order["status"] == _QUOTE)
        worst = max(worst, found, key=_FROM_BEST_TO_WORST.index)
        _set_availability(account, "sales_order_rows", row["id"], found)
    _set_availability(account, "sales_orders", order["id"], worst)


def _set_availability(account: AccountState, table: str, id: Id, found: str) -> None:
    record = account.store[table].get(id)
    if record is not None and record["product_availability"] != found:
        changes = {"product_availability": found, "updated_at": record["updated_at"]}
        account.store[table].update(id, changes)


def _availability(account: AccountState, row: Record, *, quote: bool) -> str:
    left = Decimal(row["quantity"]) - delivered_quantity(account, row["id"])
    if left <= 0:
        return "PICKED"
    stock = ledger.stock_of(account, row["variant_id"], row["location_id"])
    if stock is None:
        return "NOT_APPLICABLE"
    return ledger.availability(stock, left if quote else Decimal(0))


def move_fulfillment(account: AccountState, fulfillment: Record, sign: int) -> None:
    """Move the stock of a fulfillment's rows.

    Args:
        sign: -1 removes it, 1 returns it.
    """
    order = account.store["sales_orders"].get(fulfillment["sales_order_id"], deleted=True)
    assert order is not None
    by_order = (order["order_no"], order["id"])
    for row in rows_in(account, fulfillment):
        ordered = row_of(account, row)
        place = {name: ordered[name] for name in ("variant_id", "location_id")}
        cause = ledger.Cause("SalesOrderFulfillmentRow", row["id"], *by_order)
        move_items(account, **place, traceability=row["traceability"], sign=sign, cause=cause)
        ledger.move(
            account,
            **place,
            change=sign * Decimal(row["quantity"]),
            cause=ledger.Cause("SalesOrderRow", ordered["id"], *by_order),
            at=fulfillment["picked_date"] if sign < 0 else None,
        )


def compare_status(before: Record, changes: Record, status: str) -> tuple[bool, bool]:
    """Return whether a record leaves a status by a change, and whether it enters the status.

    Args:
        changes: The changed fields; empty for a deletion, by which the record leaves the status.
    """
    was_in_status = before["status"] == status
    stays = bool(changes) and changes.get("status", before["status"]) == status
    return was_in_status and not stays, stays and not was_in_status


def returnable_items(account: AccountState, order: Id) -> list[Record]:
    """Return the returnable quantities of an order's delivered rows as an answer shows them."""
    return [
        {
            "variant_id": ordered["variant_id"],
            "fulfillment_row_id": row["id"],
            "available_for_return_quantity": str(number(left)),
            "net_price_per_unit": f"{net_price(ordered):.10f}",
            "location_id": ordered["location_id"],
            "quantity_sold": f"{Decimal(row['quantity']):.20f}",
        }
        for ordered in order_rows(account, order)
        for row in rows_for(account, ordered["id"])
        if is_delivered(account, row) and (left := returnable_quantity(account, row)) > 0
    ]
