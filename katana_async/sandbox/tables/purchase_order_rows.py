"""The rows of purchase orders, and what they do to stock: expected first, then received."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..schema import number
from ..store import Id, Record
from . import usage
from .ledger import Cause, expect, move
from .money import TAX_RATE_ID, in_base_currency, padded, total_of

PURCHASE_ORDER_ROW_LAYOUT = Layout(
    name="purchase_order_rows",
    first=6_200_001,
    fields={
        "purchase_order_id": None,
        "variant_id": None,
        "quantity": 1,
        "price_per_unit": 0,
        "tax_rate_id": TAX_RATE_ID,
        "purchase_uom": None,
        "purchase_uom_conversion_rate": None,
        "location_id": None,
        "arrival_date": None,
        "received_date": None,
        "group_id": None,
        "batch_transactions": (),
    },
    links=("purchase_order_id", "variant_id"),
)
RECEIVED, PARTIALLY = "RECEIVED", "PARTIALLY_RECEIVED"

_TABLE = "purchase_order_rows"
# What a body may say and a row does not hold: the tax rate's id says it.
_SAID_BY_TAX = ("tax_name", "tax_rate", "currency")


def row_total(row: Record) -> Any:
    """Return what a row comes to, in the order's currency."""
    return total_of(row["quantity"], row["price_per_unit"])


def present_row(order: Record, row: Record) -> Record:
    """Write a row; what it is worth is in the order's currency and in the account's."""
    total, rate = row_total(row), order["conversion_rate"]
    return {
        **row,
        "currency": order["currency"],
        "conversion_rate": rate,
        "conversion_date": order["conversion_date"],
        "landed_cost": padded(in_base_currency(total, rate), 10),
        "total": total,
        "total_in_base_currency": in_base_currency(total, rate),
    }


@frozen
class _Effect:
    """What a row does to stock.

    Attributes:
        received: Whether it is in stock, or only expected.
        quantity: In units of stock.
        value: What a unit of stock cost, in the account's currency.
    """

    received: bool
    variant_id: Id
    location_id: Id
    quantity: Decimal
    value: Decimal
    cause: Cause
    at: str | None


def _effect(order: Record, row: Record) -> _Effect | None:
    received = row["received_date"] is not None
    location = row["location_id"] or order["location_id"]
    if location is None or not (received or order["status"] != "DRAFT"):
        return None
    per_unit = Decimal(row["purchase_uom_conversion_rate"] or 1)
    price = Decimal(in_base_currency(row["price_per_unit"], order["conversion_rate"]))
    return _Effect(
        received,
        row["variant_id"],
        location,
        Decimal(row["quantity"]) * per_unit,
        round(price / per_unit, 10),
        Cause("PurchaseOrderRow", row["id"], order["order_no"], order["id"]),
        row["received_date"],
    )


def _effects(account: Account, order_id: Id) -> dict[Id, _Effect]:
    order = account.store["purchase_orders"].get(order_id)
    if order is None:
        return {}
    rows = account.store[_TABLE].children("purchase_order_id", order_id)
    found = {row["id"]: _effect(order, row) for row in rows}
    return {row_id: effect for row_id, effect in found.items() if effect is not None}


def _apply(account: Account, effect: _Effect, sign: int) -> None:
    if effect.received:
        move(
            account,
            variant_id=effect.variant_id,
            location_id=effect.location_id,
            change=sign * effect.quantity,
            cause=effect.cause,
            value_per_unit=effect.value,
            at=effect.at if sign > 0 else None,
        )
    else:
        expect(account, effect.variant_id, effect.location_id, sign * effect.quantity)


@contextmanager
def settled(account: Account, order_id: Id) -> Generator[None]:
    """Let stock follow whatever changes in an order and its rows meanwhile."""
    before = _effects(account, order_id)
    yield
    after = _effects(account, order_id)
    for row_id, effect in before.items():
        if after.get(row_id) != effect:
            _apply(account, effect, -1)
    for row_id, effect in after.items():
        if before.get(row_id) != effect:
            _apply(account, effect, 1)


def follow_rows(account: Account, order_id: Id) -> None:
    """Let an order's status say how much of it has come in."""
    orders = account.store["purchase_orders"]
    order = orders.get(order_id)
    rows = account.store[_TABLE].children("purchase_order_id", order_id)
    if order is None or not rows:
        return
    come = sum(row["received_date"] is not None for row in rows)
    status = RECEIVED if come == len(rows) else PARTIALLY if come else order["status"]
    if not come and status in (RECEIVED, PARTIALLY):
        status = "NOT_RECEIVED"
    if status != order["status"]:
        orders.update(order_id, {"status": status})


def _present(showing: Showing) -> Record:
    order = showing.account.store["purchase_orders"].get(
        showing.record["purchase_order_id"], deleted=True
    )
    assert order is not None
    shown = present_row(order, showing.record)
    # A number here, and a text within the order.
    shown["landed_cost"] = shown["total_in_base_currency"]
    if showing.how in ("get", "list"):
        price = in_base_currency(shown["price_per_unit"], order["conversion_rate"])
        shown["price_per_unit_in_base_currency"] = price
    return shown


def _creating(account: Account, given: Record) -> Record:
    order = usage.require(
        account, "purchase_orders", given["purchase_order_id"], "purchase_order_id"
    )
    usage.require_of_row(account, given)
    kept = {name: value for name, value in given.items() if name not in _SAID_BY_TAX}
    with settled(account, order["id"]):
        row = account.store[_TABLE].create({"group_id": order["default_group_id"], **kept})
        follow_rows(account, order["id"])
    return row


def _updating(account: Account, _before: Record, given: Record) -> Record:
    usage.require_of_row(account, given)
    return {name: value for name, value in given.items() if name not in _SAID_BY_TAX}


@contextmanager
def _settling(account: Account, row: Record, _changes: Record) -> Generator[None]:
    with settled(account, row["purchase_order_id"]):
        yield
        follow_rows(account, row["purchase_order_id"])


def _receive(call: Call) -> Reply:
    """Receive rows. Of one that comes in part, the rest becomes a row of its own."""
    several = isinstance(call.body, list)
    given: list[Record] = call.body if several else [call.body]
    for index, each in enumerate(given):
        path = (index,) if several else ()
        usage.require(
            call.account, _TABLE, each["purchase_order_row_id"], *path, "purchase_order_row_id"
        )
        usage.require_of_row(call.account, each, *path)
    for each in given:
        _receive_row(call.account, each)
    return Reply(204)


def _receive_row(account: Account, given: Record) -> None:
    rows = account.store[_TABLE]
    row = rows.get(given["purchase_order_row_id"])
    assert row is not None
    if row["received_date"] is not None:
        return
    come, ordered = Decimal(given["quantity"]), Decimal(row["quantity"])
    changes = {
        "quantity": number(come),
        "received_date": given.get("received_date") or account.now(),
        "batch_transactions": given.get("batch_transactions", []),
    }
    if "location_id" in given:
        changes["location_id"] = given["location_id"]
    with settled(account, row["purchase_order_id"]):
        rows.update(row["id"], changes)
        if come < ordered:
            own = ("id", "created_at", "updated_at")
            rest = {name: value for name, value in row.items() if name not in own}
            rows.create({**rest, "quantity": number(ordered - come)})
        follow_rows(account, row["purchase_order_id"])


PURCHASE_ORDER_ROWS = Collection(
    layout=PURCHASE_ORDER_ROW_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    settling=_settling,
    more=(
        Operation(
            method="POST",
            path="/purchase_order_receive",
            run=_receive,
        ),
    ),
)
