"""The rows of purchase orders and their effects on stock, first expected, then received."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import TAX_RATE_ID, compute_total, convert_to_base, number, sum_field
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result, leave_out
from ..errors import ErrorDetail, unprocessable
from ..store import Id, Layout, Record
from . import references
from .item_presentation import owner_of
from .ledger import Cause, expect, move
from .traceability import ITEM_FIELDS, check_items, move_items, read_items

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
        **ITEM_FIELDS,
    },
    links=("purchase_order_id", "variant_id"),
)
RECEIVED, PARTIALLY = "RECEIVED", "PARTIALLY_RECEIVED"
OPEN = ("NOT_RECEIVED", "DRAFT")

_TABLE = "purchase_order_rows"
# Fields of a body that rows lack. The tax rate's id implies two of them, the order has the third.
_NOT_STORED = ("tax_name", "tax_rate", "currency")
# When receipts are undone, rows that differ only in these fields become one row again.
_RECEIPT_FIELDS = {"quantity", "received_date", "group_id", "custom_fields", *ITEM_FIELDS}
_MERGE_FIELDS = sorted(PURCHASE_ORDER_ROW_LAYOUT.fields.keys() - _RECEIPT_FIELDS)


def row_total(row: Record) -> Any:
    """Return quantity times price, in the order's currency."""
    return compute_total(row["quantity"], row["price_per_unit"])


def present_row(order: Record, row: Record) -> Record:
    """Return a row as an answer shows it, with amounts in the order's and the base currency."""
    total, rate = row_total(row), order["conversion_rate"]
    in_base = convert_to_base(total, rate)
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
    """Return a row's effect on stock; `at` is the time of receipt, None for expected stock."""
    location, at = row["location_id"] or order["location_id"], row["received_date"]
    if location is None or (at is None and order["status"] == "DRAFT"):
        return None
    per_unit = Decimal(row["purchase_uom_conversion_rate"] or 1)
    price = Decimal(convert_to_base(row["price_per_unit"], order["conversion_rate"]))
    return {
        "place": {"variant_id": row["variant_id"], "location_id": location},
        "quantity": Decimal(row["quantity"]) * per_unit,
        "value": round(price / per_unit, 10),
        "cause": Cause("PurchaseOrderRow", row["id"], order["order_no"], order["id"]),
        "at": at,
        "items": row["traceability"],
    }


def rows_of(account: AccountState, order_id: Id) -> list[Record]:
    """Return the rows of an order in the order of their ids."""
    return account.store[_TABLE].children("purchase_order_id", order_id)


def _effects(account: AccountState, order_id: Id) -> dict[Id, Record]:
    order = account.store["purchase_orders"].get(order_id)
    if order is None:
        return {}
    found = {row["id"]: _effect(order, row) for row in rows_of(account, order_id)}
    return {row_id: effect for row_id, effect in found.items() if effect is not None}


def _apply(account: AccountState, effect: Record, sign: int) -> None:
    place, cause, change = effect["place"], effect["cause"], sign * effect["quantity"]
    if effect["at"] is None:
        expect(account, **place, change=change)
        return
    move_items(account, **place, traceability=effect["items"], sign=sign, cause=cause)
    at = effect["at"] if sign > 0 else None
    move(account, **place, change=change, cause=cause, value_per_unit=effect["value"], at=at)


@contextmanager
def sync_stock(account: AccountState, order_id: Id) -> Generator[None]:
    """Update the stock to the changes of an order and its rows within the `with` block."""
    before = _effects(account, order_id)
    yield
    after = _effects(account, order_id)
    for row_id, effect in before.items():
        if after.get(row_id) != effect:
            _apply(account, effect, -1)
    for row_id, effect in after.items():
        if before.get(row_id) != effect:
            _apply(account, effect, 1)


def _update_status(account: AccountState, order_id: Id) -> None:
    """Set an order's status by the number of its received rows."""
    orders = account.store["purchase_orders"]
    order, rows = orders.get(order_id), rows_of(account, order_id)
    if order is None or not rows:
        return
    received = sum(row["received_date"] is not None for row in rows)
    status = RECEIVED if received == len(rows) else PARTIALLY if received else order["status"]
    if not received and status in (RECEIVED, PARTIALLY):
        status = OPEN[0]
    if status != order["status"]:
        orders.update(order_id, {"status": status})


def _present(presentation: Presentation) -> Record:
    order = presentation.account.store["purchase_orders"].get(
        presentation.record["purchase_order_id"], deleted=True
    )
    assert order is not None
    result = present_row(order, presentation.record)
    if presentation.action in ("get", "list"):
        price = convert_to_base(result["price_per_unit"], order["conversion_rate"])
        result["price_per_unit_in_base_currency"] = price
    return result


def stored_row(body: Record) -> Record:
    """Return the fields of a body that rows have."""
    return leave_out(body, *_NOT_STORED)


def _create_record(account: AccountState, body: Record) -> Record:
    name = "purchase_order_id"
    order = references.require(account, "purchase_orders", body[name], name)
    references.require_row_references(account, body)
    if order["status"] == RECEIVED:
        message = "must not be an order that is received: it takes no more rows"
        raise unprocessable(ErrorDetail((name,), "readOnly", message, {"status": RECEIVED}))
    with sync_stock(account, order["id"]):
        row = account.store[_TABLE].create(
            {"group_id": order["default_group_id"], **stored_row(body)}
        )
        _update_status(account, order["id"])
    return row


def _read_changes(account: AccountState, _before: Record, body: Record) -> Record:
    references.require_row_references(account, body)
    return stored_row(body)


@contextmanager
def _around_change(account: AccountState, row: Record, _changes: Record) -> Generator[None]:
    with sync_stock(account, row["purchase_order_id"]):
        yield
        _update_status(account, row["purchase_order_id"])


def _receive(call: Call) -> Result:
    """Receive rows of one or several orders."""
    account, is_list = call.account, isinstance(call.body, list)
    parts: defaultdict[Id, list[Record]] = defaultdict(list)
    for index, part in enumerate(call.body if is_list else [call.body]):
        path, name = (index,) if is_list else (), "purchase_order_row_id"
        row = references.require(account, _TABLE, part[name], *path, name)
        references.require_row_references(account, part, *path)
        check_items(account, {**part, "variant_id": row["variant_id"]}, *path)
        parts[row["purchase_order_id"]].append(part)
    for order_id, of_order in parts.items():
        receive(account, order_id, of_order)
    return Result(204)


def receive(account: AccountState, order_id: Id, parts: list[Record]) -> None:
    """Receive parts of an order's rows as one group.

    The group is new, unless this is the first receipt and it is complete.
    """
    order, rows = account.store["purchase_orders"].get(order_id), rows_of(account, order_id)
    assert order is not None
    total: defaultdict[Id, Decimal] = defaultdict(Decimal)
    for part in parts:
        total[part["purchase_order_row_id"]] += Decimal(part["quantity"])
    complete = all(
        row["received_date"] is None and total[row["id"]] >= Decimal(row["quantity"])
        for row in rows
    )
    group = order["default_group_id"] if complete else account.store.next_number("group")
    with sync_stock(account, order_id):
        for part in parts:
            _receive_part(account, part, group)
        _update_status(account, order_id)


def _receive_part(account: AccountState, part: Record, group: int) -> None:
    """Receive a row, or split it into a received and an open one."""
    rows = account.store[_TABLE]
    row = rows.get(part["purchase_order_row_id"])
    assert row is not None
    quantity, ordered = Decimal(part["quantity"]), Decimal(row["quantity"])
    if row["received_date"] is not None or not quantity:
        return
    received: Record = {
        **leave_out(row, "id", "created_at", "updated_at"),
        "quantity": number(quantity),
        "received_date": part.get("received_date") or account.now(),
        "location_id": part.get("location_id", row["location_id"]),
        "group_id": group,
        **_items_of(account, row, part),
    }
    if quantity < ordered:
        rows.create(received)
        received = {"quantity": number(ordered - quantity)}
    rows.update(row["id"], received)


def _items_of(account: AccountState, row: Record, part: Record) -> Record:
    """Return the batches of a received part; tracked stock without one has the batch null."""
    variant = account.store["variants"].get(row["variant_id"], deleted=True)
    item = None if variant is None else owner_of(account, variant)
    without = [{"batch_id": None}] if item is not None and item["batch_tracked"] else []
    body = part.get("traceability") or part.get("batch_transactions") or without
    items = read_items({"traceability": body}, part["quantity"])["traceability"]
    batches = [
        {"batch_id": each["batch_id"], "quantity": number(each["quantity"])} for each in items
    ]
    return {"traceability": items, "batch_transactions": batches}


def undo_receipts(account: AccountState, order: Record) -> None:
    """Undo the receipts of an order, and move its costs to the default group."""
    rows, group = account.store[_TABLE], {"group_id": order["default_group_id"]}
    rows_by_key: defaultdict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for row in rows_of(account, order["id"]):
        rows_by_key[tuple(row[name] for name in _MERGE_FIELDS)].append(row)
    with sync_stock(account, order["id"]):
        for first, *others in rows_by_key.values():
            total = sum_field((first, *others), "quantity")
            changes = {**group, **ITEM_FIELDS, "received_date": None, "quantity": number(total)}
            rows.update(first["id"], changes)
            for row in others:
                rows.delete(row["id"])
    costs = account.store["po_additional_cost_rows"]
    for cost in costs.children("order_id", order["id"]):
        costs.update(cost["id"], group)


PURCHASE_ORDER_ROWS = CollectionSpec(
    layout=PURCHASE_ORDER_ROW_LAYOUT,
    present=_present,
    create=_create_record,
    read_changes=_read_changes,
    around_change=_around_change,
    extra_endpoints=(ApiEndpoint(method="POST", path="/purchase_order_receive", run=_receive),),
)
