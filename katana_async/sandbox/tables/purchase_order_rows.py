"""The rows of purchase orders, and what they do to stock: expected first, then received."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..schema import number
from ..store import Id, Record
from . import usage
from .item_shapes import owner_of
from .ledger import Cause, expect, move
from .money import TAX_RATE_ID, in_base_currency, total_of
from .tracing import TRACED, require_traced, traced
from .tracking import track

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
        "custom_fields": None,
        **TRACED,
    },
    links=("purchase_order_id", "variant_id"),
)
RECEIVED, PARTIALLY = "RECEIVED", "PARTIALLY_RECEIVED"
OPEN = ("NOT_RECEIVED", "DRAFT")

_TABLE = "purchase_order_rows"
# A row holds none of these: the tax rate's id stands for the first two, the order has the third.
_NOT_STORED = ("tax_name", "tax_rate", "currency")
# Rows that are alike but for these become one row again when a receipt is undone.
_OF_A_RECEIPT = {"quantity", "received_date", "group_id", "custom_fields", *TRACED}
_SAME = sorted(PURCHASE_ORDER_ROW_LAYOUT.fields.keys() - _OF_A_RECEIPT)


def row_total(row: Record) -> Any:
    """Return quantity times price, in the order's currency."""
    return total_of(row["quantity"], row["price_per_unit"])


def present_row(order: Record, row: Record) -> Record:
    """Write a row, with its amounts in the order's currency and in the account's."""
    total, rate = row_total(row), order["conversion_rate"]
    in_base = in_base_currency(total, rate)
    return {
        **row,
        "currency": order["currency"],
        "conversion_rate": rate,
        "conversion_date": order["conversion_date"],
        "landed_cost": in_base,
        "total": total,
        "total_in_base_currency": in_base,
    }


def _effect(order: Record, row: Record) -> Record | None:
    """Return what a row does to stock: it is in stock since a time, or only expected."""
    location, at = row["location_id"] or order["location_id"], row["received_date"]
    if location is None or (at is None and order["status"] == "DRAFT"):
        return None
    per_unit = Decimal(row["purchase_uom_conversion_rate"] or 1)
    price = Decimal(in_base_currency(row["price_per_unit"], order["conversion_rate"]))
    return {
        "place": {"variant_id": row["variant_id"], "location_id": location},
        "quantity": Decimal(row["quantity"]) * per_unit,
        "value": round(price / per_unit, 10),
        "cause": Cause("PurchaseOrderRow", row["id"], order["order_no"], order["id"]),
        "at": at,
        "items": row["traceability"],
    }


def rows_of(account: Account, order_id: Id) -> list[Record]:
    """Return the rows of an order, lowest id first."""
    return account.store[_TABLE].children("purchase_order_id", order_id)


def _effects(account: Account, order_id: Id) -> dict[Id, Record]:
    order = account.store["purchase_orders"].get(order_id)
    if order is None:
        return {}
    found = {row["id"]: _effect(order, row) for row in rows_of(account, order_id)}
    return {row_id: effect for row_id, effect in found.items() if effect is not None}


def _apply(account: Account, effect: Record, sign: int) -> None:
    place, cause, change = effect["place"], effect["cause"], sign * effect["quantity"]
    if effect["at"] is None:
        expect(account, **place, change=change)
        return
    track(account, **place, traceability=effect["items"], sign=sign, cause=cause)
    at = effect["at"] if sign > 0 else None
    move(account, **place, change=change, cause=cause, value_per_unit=effect["value"], at=at)


@contextmanager
def settled(account: Account, order_id: Id) -> Generator[None]:
    """Apply to stock what changes meanwhile in an order and its rows."""
    before = _effects(account, order_id)
    yield
    after = _effects(account, order_id)
    for row_id, effect in before.items():
        if after.get(row_id) != effect:
            _apply(account, effect, -1)
    for row_id, effect in after.items():
        if before.get(row_id) != effect:
            _apply(account, effect, 1)


def _follow_rows(account: Account, order_id: Id) -> None:
    """Set an order's status to how much of it is received."""
    orders = account.store["purchase_orders"]
    order, rows = orders.get(order_id), rows_of(account, order_id)
    if order is None or not rows:
        return
    come = sum(row["received_date"] is not None for row in rows)
    status = RECEIVED if come == len(rows) else PARTIALLY if come else order["status"]
    if not come and status in (RECEIVED, PARTIALLY):
        status = OPEN[0]
    if status != order["status"]:
        orders.update(order_id, {"status": status})


def _present(showing: Showing) -> Record:
    order = showing.account.store["purchase_orders"].get(
        showing.record["purchase_order_id"], deleted=True
    )
    assert order is not None
    shown = present_row(order, showing.record)
    if showing.how in ("get", "list"):
        price = in_base_currency(shown["price_per_unit"], order["conversion_rate"])
        shown["price_per_unit_in_base_currency"] = price
    return shown


def stored_row(given: Record) -> Record:
    """Return the fields of a body that a row holds."""
    return {name: value for name, value in given.items() if name not in _NOT_STORED}


def _creating(account: Account, given: Record) -> Record:
    name = "purchase_order_id"
    order = usage.require(account, "purchase_orders", given[name], name)
    usage.require_of_row(account, given)
    if order["status"] == RECEIVED:
        message = "must not be an order that is received: it takes no more rows"
        raise invalid([Problem((name,), "readOnly", message, {"status": RECEIVED})])
    with settled(account, order["id"]):
        row = account.store[_TABLE].create(
            {"group_id": order["default_group_id"], **stored_row(given)}
        )
        _follow_rows(account, order["id"])
    return row


def _updating(account: Account, _before: Record, given: Record) -> Record:
    usage.require_of_row(account, given)
    return stored_row(given)


@contextmanager
def _settling(account: Account, row: Record, _changes: Record) -> Generator[None]:
    with settled(account, row["purchase_order_id"]):
        yield
        _follow_rows(account, row["purchase_order_id"])


def _receive(call: Call) -> Reply:
    """Receive rows, of one order or of several."""
    account, several = call.account, isinstance(call.body, list)
    parts: defaultdict[Id, list[Record]] = defaultdict(list)
    for index, part in enumerate(call.body if several else [call.body]):
        path, name = (index,) if several else (), "purchase_order_row_id"
        row = usage.require(account, _TABLE, part[name], *path, name)
        usage.require_of_row(account, part, *path)
        require_traced(account, {**part, "variant_id": row["variant_id"]}, *path)
        parts[row["purchase_order_id"]].append(part)
    for order_id, of_order in parts.items():
        receive(account, order_id, of_order)
    return Reply(204)


def receive(account: Account, order_id: Id, parts: list[Record]) -> None:
    """Receive parts of an order's rows at once: they make up one group.

    The group is a new one, except for a first receipt of everything.
    """
    order, rows = account.store["purchase_orders"].get(order_id), rows_of(account, order_id)
    assert order is not None
    come: defaultdict[Id, Decimal] = defaultdict(Decimal)
    for part in parts:
        come[part["purchase_order_row_id"]] += Decimal(part["quantity"])
    whole = all(
        row["received_date"] is None and come[row["id"]] >= Decimal(row["quantity"]) for row in rows
    )
    group = order["default_group_id"] if whole else account.store.next("group")
    with settled(account, order_id):
        for part in parts:
            _receive_part(account, part, group)
        _follow_rows(account, order_id)


def _receive_part(account: Account, part: Record, group: int) -> None:
    """Receive a row. If a part remains open, the received part becomes a row of its own."""
    rows = account.store[_TABLE]
    row = rows.get(part["purchase_order_row_id"])
    assert row is not None
    come, ordered = Decimal(part["quantity"]), Decimal(row["quantity"])
    if row["received_date"] is not None or not come:
        return
    own = ("id", "created_at", "updated_at")
    received: Record = {
        **{name: value for name, value in row.items() if name not in own},
        "quantity": number(come),
        "received_date": part.get("received_date") or account.now(),
        "location_id": part.get("location_id", row["location_id"]),
        "group_id": group,
        **_items_of(account, row, part),
    }
    if come < ordered:
        rows.create(received)
        received = {"quantity": number(ordered - come)}
    rows.update(row["id"], received)


def _items_of(account: Account, row: Record, part: Record) -> Record:
    """Return the batches of a received part, null for the stock without one."""
    variant = account.store["variants"].get(row["variant_id"], deleted=True)
    item = None if variant is None else owner_of(account, variant)
    without = [{"batch_id": None}] if item is not None and item["batch_tracked"] else []
    given = part.get("traceability") or part.get("batch_transactions") or without
    items = traced({"traceability": given}, part["quantity"])["traceability"]
    batches = [
        {"batch_id": each["batch_id"], "quantity": number(each["quantity"])} for each in items
    ]
    return {"traceability": items, "batch_transactions": batches}


def undo_receipts(account: Account, order: Record) -> None:
    """Open all rows of a received order again, with its costs in the default group."""
    rows, group = account.store[_TABLE], {"group_id": order["default_group_id"]}
    alike: defaultdict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for row in rows_of(account, order["id"]):
        alike[tuple(row[name] for name in _SAME)].append(row)
    with settled(account, order["id"]):
        for first, *others in alike.values():
            total = sum((Decimal(row["quantity"]) for row in (first, *others)), Decimal(0))
            changes = {**group, **TRACED, "received_date": None, "quantity": number(total)}
            rows.update(first["id"], changes)
            for row in others:
                rows.delete(row["id"])
    costs = account.store["po_additional_cost_rows"]
    for cost in costs.children("order_id", order["id"]):
        costs.update(cost["id"], group)


PURCHASE_ORDER_ROWS = Collection(
    layout=PURCHASE_ORDER_ROW_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    settling=_settling,
    more=(Operation(method="POST", path="/purchase_order_receive", run=_receive),),
)
