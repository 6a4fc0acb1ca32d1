"""What sales orders do to stock, and how far fulfillments have brought them.

An order that is not a quote commits stock for what is not yet delivered of its rows. A delivery
takes stock out. Once an order has fulfillments, its status follows them.
"""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import Account
from ..schema import number
from ..store import Id, Record
from . import ledger
from .money import total_of
from .tracking import track

DELIVERED = "DELIVERED"
_QUOTE = "PENDING"
_FROM_BEST_TO_WORST = ("NOT_APPLICABLE", "PICKED", "IN_STOCK", "EXPECTED", "NOT_AVAILABLE")


def order_rows(account: Account, order: Id) -> list[Record]:
    """Return the rows of an order."""
    return account.store["sales_order_rows"].children("sales_order_id", order)


def fulfillments_of(account: Account, order: Id) -> list[Record]:
    """Return the fulfillments of an order."""
    return account.store["sales_order_fulfillments"].children("sales_order_id", order)


def rows_in(account: Account, fulfillment: Record) -> list[Record]:
    """Return the rows of a fulfillment."""
    rows = account.store["sales_order_fulfillment_rows"]
    return rows.children("sales_order_fulfillment_id", fulfillment["id"])


def rows_for(account: Account, order_row: Id) -> list[Record]:
    """Return the rows of fulfillments that a row of an order is in."""
    rows = account.store["sales_order_fulfillment_rows"]
    return rows.children("sales_order_row_id", order_row)


def row_of(account: Account, fulfillment_row: Record) -> Record:
    """Return the row of an order that a row of a fulfillment ships."""
    row = account.store["sales_order_rows"].get(fulfillment_row["sales_order_row_id"], deleted=True)
    assert row is not None
    return row


def fulfilled(account: Account, order_row: Id) -> Decimal:
    """Return how much of a row has been packed or delivered."""
    return _sum(rows_for(account, order_row))


def delivered(account: Account, order_row: Id) -> Decimal:
    """Return how much of a row has been delivered."""
    return _sum([row for row in rows_for(account, order_row) if is_delivered(account, row)])


def is_delivered(account: Account, row: Record) -> bool:
    """Return whether a row of a fulfillment has been delivered."""
    table = account.store["sales_order_fulfillments"]
    fulfillment = table.get(row["sales_order_fulfillment_id"])
    return fulfillment is not None and fulfillment["status"] == DELIVERED


def returned(account: Account, fulfillment_row: Id) -> list[Record]:
    """Return the rows of returns that send back something of a row of a fulfillment."""
    return account.store["sales_return_rows"].children("fulfillment_row_id", fulfillment_row)


def returnable(account: Account, row: Record) -> Decimal:
    """Return how much of a row of a fulfillment has not been sent back."""
    return Decimal(row["quantity"]) - _sum(returned(account, row["id"]))


def _sum(rows: list[Record]) -> Decimal:
    return sum((Decimal(row["quantity"]) for row in rows), Decimal(0))


def net_price(order_row: Record) -> Decimal:
    """Return the price of a unit of a row after its discount."""
    quantity, price = Decimal(order_row["quantity"]), order_row["price_per_unit"]
    if not quantity:
        return Decimal(price)
    total = total_of(quantity, price, order_row["total_discount"])
    return round(Decimal(total) / quantity, 10)


@contextmanager
def settled(account: Account, order: Id) -> Generator[None]:
    """Adapt committed stock, status and availability to changes of an order or its parts."""
    before, shipped = _committed(account, order), bool(fulfillments_of(account, order))
    yield
    after = _committed(account, order)
    for place in {**before, **after}:
        ledger.commit(account, *place, after[place] - before[place])
    record = account.store["sales_orders"].get(order)
    if record is not None:
        if shipped or fulfillments_of(account, order):
            _follow(account, record)
        _note_availability(account, record)


def _committed(account: Account, order: Id) -> defaultdict[tuple[Id, Id], Decimal]:
    """Return how much an order commits, by variant and location."""
    amounts = defaultdict[tuple[Id, Id], Decimal](Decimal)
    record = account.store["sales_orders"].get(order)
    if record is not None and record["status"] != _QUOTE:
        for row in order_rows(account, order):
            left = Decimal(row["quantity"]) - delivered(account, row["id"])
            amounts[row["variant_id"], row["location_id"]] += max(left, Decimal(0))
    return amounts


def _follow(account: Account, order: Record) -> None:
    """Set the status of an order by its fulfillments, and its picked date by the last of them."""
    fulfillments = fulfillments_of(account, order["id"])
    status, picked = _status(account, order["id"], {each["status"] for each in fulfillments}), None
    if status == order["status"]:
        return
    if status == DELIVERED:
        picked = max(each["picked_date"] for each in fulfillments)
    account.store["sales_orders"].update(order["id"], {"status": status, "picked_date": picked})


def _status(account: Account, order: Id, states: set[str]) -> str:
    if not states:
        return "NOT_SHIPPED"
    done, state = (delivered, DELIVERED) if DELIVERED in states else (fulfilled, "PACKED")
    rows = order_rows(account, order)
    complete = all(done(account, row["id"]) >= Decimal(row["quantity"]) for row in rows)
    return state if complete else f"PARTIALLY_{state}"


def _note_availability(account: Account, order: Record) -> None:
    """Note whether there is enough of what was ordered, as of this moment."""
    worst = _FROM_BEST_TO_WORST[0]
    for row in order_rows(account, order["id"]):
        found = _availability(account, row, quote=order["status"] == _QUOTE)
        worst = max(worst, found, key=_FROM_BEST_TO_WORST.index)
        _note(account, "sales_order_rows", row["id"], found)
    _note(account, "sales_orders", order["id"], worst)


def _note(account: Account, table: str, id: Id, found: str) -> None:
    record = account.store[table].get(id)
    if record is not None and record["product_availability"] != found:
        changes = {"product_availability": found, "updated_at": record["updated_at"]}
        account.store[table].update(id, changes)


def _availability(account: Account, row: Record, *, quote: bool) -> str:
    left = Decimal(row["quantity"]) - delivered(account, row["id"])
    if left <= 0:
        return "PICKED"
    stock = ledger.stock_of(account, row["variant_id"], row["location_id"])
    if stock is None:
        return "NOT_APPLICABLE"
    return ledger.availability(stock, left if quote else Decimal(0))


def move(account: Account, fulfillment: Record, sign: int) -> None:
    """Move the rows of a fulfillment, at the variants and locations of the order's rows.

    Args:
        sign: -1 takes them out of stock, 1 puts them back.
    """
    order = account.store["sales_orders"].get(fulfillment["sales_order_id"], deleted=True)
    assert order is not None
    by_order = (order["order_no"], order["id"])
    for row in rows_in(account, fulfillment):
        ordered = row_of(account, row)
        place = {name: ordered[name] for name in ("variant_id", "location_id")}
        cause = ledger.Cause("SalesOrderFulfillmentRow", row["id"], *by_order)
        track(account, **place, traceability=row["traceability"], sign=sign, cause=cause)
        ledger.move(
            account,
            **place,
            change=sign * Decimal(row["quantity"]),
            cause=ledger.Cause("SalesOrderRow", ordered["id"], *by_order),
            at=fulfillment["picked_date"] if sign < 0 else None,
        )


def crosses(before: Record, changes: Record, status: str) -> tuple[bool, bool]:
    """Return whether a record leaves a status, and whether it comes to it.

    Args:
        changes: What changes in it; empty when it is deleted, and so leaves.
    """
    was = before["status"] == status
    stays = bool(changes) and changes.get("status", before["status"]) == status
    return was and not stays, stays and not was


def returnable_items(account: Account, order: Id) -> list[Record]:
    """Write what has been delivered of an order and not been sent back."""
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
        if is_delivered(account, row) and (left := returnable(account, row)) > 0
    ]
