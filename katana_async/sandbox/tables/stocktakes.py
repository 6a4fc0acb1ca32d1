"""Stocktakes and their rows: what is counted is set against what should be there.

Completing one makes a stock adjustment of the differences; reopening it takes the adjustment back.
"""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import Account
from ..errors import Refusal, blocked
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..schema import number
from ..store import Id, Record
from . import usage
from .ledger import stock_of
from .stock_adjustments import STOCK_ADJUSTMENTS, adjust, take_back

STOCKTAKE_LAYOUT = Layout(
    name="stocktakes",
    first=8_500_001,
    fields={
        "stocktake_number": "",
        "location_id": None,
        "status": "NOT_STARTED",
        "reason": None,
        "additional_info": "",
        "stocktake_created_date": None,
        "started_date": None,
        "completed_date": None,
        "status_update_in_progress": False,
        "set_remaining_items_as_counted": False,
        "stock_adjustment_id": None,
    },
    links=("stock_adjustment_id",),
)
STOCKTAKE_ROW_LAYOUT = Layout(
    name="stocktake_rows",
    first=8_600_001,
    fields={
        "stocktake_id": None,
        "variant_id": None,
        "batch_id": None,
        "bin_location_id": None,
        "counted_quantity": None,
        "in_stock_quantity": None,
        "discrepancy_quantity": None,
        "notes": None,
    },
    links=("stocktake_id",),
)

_REFERENCES = (
    ("variant_id", "variants"),
    ("batch_id", "batches"),
    ("bin_location_id", "bin_locations"),
)


def _rows(account: Account, stocktake: Record) -> list[Record]:
    return account.store["stocktake_rows"].children("stocktake_id", stocktake["id"])


def _present(showing: Showing) -> Record:
    """Write a stocktake; only the answer that says it was made has rows."""
    if showing.how == "create":
        return {**showing.record, "stocktake_rows": _rows(showing.account, showing.record)}
    return showing.record


def _present_row(showing: Showing) -> Record:
    return showing.record


def _require(account: Account, given: Record, *path: str | int) -> None:
    for name, table in _REFERENCES:
        if given.get(name) is not None:
            usage.require(account, table, given[name], *path, name)


def _creating(account: Account, given: Record) -> Record:
    usage.require(account, "locations", given["location_id"], "location_id")
    values: Record = {"stocktake_created_date": account.now(), **_renamed(given)}
    rows = values.pop("stocktake_rows", ())
    for index, row in enumerate(rows):
        _require(account, row, "stocktake_rows", index)
    stocktake = account.store["stocktakes"].create(values)
    for row in rows:
        account.store["stocktake_rows"].create({**row, "stocktake_id": stocktake["id"]})
    return stocktake


def _renamed(given: Record) -> Record:
    names = {"created_date": "stocktake_created_date"}
    return {names.get(name, name): value for name, value in given.items()}


def _update(call: Call) -> Reply:
    """Change a stocktake, and let a change of its status take effect."""
    account, table = call.account, call.account.store["stocktakes"]
    before = STOCKTAKES.found(account, call.id)
    changes = _renamed(call.body)
    status = changes.get("status", before["status"])
    if "location_id" in changes:
        usage.require(account, "locations", changes["location_id"], "location_id")
        if before["status"] == status == "COMPLETED":
            raise _completed(before, "moved")
    if before["status"] == "COMPLETED" != status:
        _take_back(account, before)
        changes |= {"stock_adjustment_id": None, "completed_date": None}
    if status == "NOT_STARTED":
        changes["started_date"] = None
    elif before["started_date"] is None:
        changes["started_date"] = account.now()
    after = table.update(before["id"], changes)
    if before["status"] != "COMPLETED":
        _compare(account, after)
        if status == "COMPLETED":
            _complete(account, after)
    return Reply(204)


def _completed(stocktake: Record, done: str) -> Refusal:
    said = f"The stocktake {stocktake['stocktake_number']} is completed"
    return blocked(f"{said}: it cannot be {done} before its status is set to another one.")


def _compare(account: Account, stocktake: Record) -> None:
    """Write into the rows of a stocktake that is going on what there is, and how far they are off.

    A row of a batch or a bin is set against what is in it. Of the other rows of a variant, the
    first is set against the rest of its stock, and those behind it against nothing: together they
    come to what was counted.
    """
    if stocktake["status"] == "NOT_STARTED":
        return
    left: dict[Any, Decimal] = {}
    for row in sorted(_rows(account, stocktake), key=lambda row: not _is_traced(row)):
        variant, counted = row["variant_id"], row["counted_quantity"]
        if variant not in left:
            stock = stock_of(account, variant, stocktake["location_id"])
            left[variant] = Decimal(0 if stock is None else stock["quantity_in_stock"])
        there = _traced_stock(account, stocktake, row) if _is_traced(row) else left[variant]
        left[variant] -= there
        off = None if counted is None else number(Decimal(counted) - there)
        values = {"in_stock_quantity": number(there), "discrepancy_quantity": off}
        if values != {name: row[name] for name in values}:
            account.store["stocktake_rows"].update(row["id"], values)


def _is_traced(row: Record) -> bool:
    return row["batch_id"] is not None or row["bin_location_id"] is not None


def _traced_stock(account: Account, stocktake: Record, row: Record) -> Decimal:
    """Return how much there is of a batch, in a bin, or of a batch in a bin."""
    batch_id, bin_id = row["batch_id"], row["bin_location_id"]
    if bin_id is None:
        known = account.store["batch_stocks"].children("batch_id", batch_id)
        quantity = "quantity"
        wanted = {"location_id": stocktake["location_id"]}
    else:
        known = account.store["bin_stocks"].children("bin_location_id", bin_id)
        quantity = "quantity_in_stock"
        granularity = "VARIANT" if batch_id is None else "BATCH"
        wanted = {name: row[name] for name in ("variant_id", "batch_id")}
        wanted["granularity"] = granularity
    fitting = (each for each in known if all(each[name] == wanted[name] for name in wanted))
    return sum((Decimal(each[quantity]) for each in fitting), Decimal(0))


def _complete(account: Account, stocktake: Record) -> None:
    """Adjust the stock to what was counted."""
    table = account.store["stocktake_rows"]
    if stocktake["set_remaining_items_as_counted"]:
        for row in _rows(account, stocktake):
            if row["counted_quantity"] is None:
                counted = {"counted_quantity": row["in_stock_quantity"], "discrepancy_quantity": 0}
                table.update(row["id"], counted)
    now = account.now()
    changes = {"completed_date": stocktake["completed_date"] or now}
    if off := [row for row in _rows(account, stocktake) if row["discrepancy_quantity"]]:
        adjustment = adjust(
            account,
            {
                "stock_adjustment_number": f"SA-{account.store.next('stock adjustment')}",
                "location_id": stocktake["location_id"],
                "reason": stocktake["reason"],
                "stock_adjustment_rows": [_correction(row) for row in off],
            },
        )
        changes["stock_adjustment_id"] = adjustment["id"]
    account.store["stocktakes"].update(stocktake["id"], changes)


def _correction(row: Record) -> Record:
    """Return the row of a stock adjustment that puts a row right."""
    off = row["discrepancy_quantity"]
    item = {name: row[name] for name in ("batch_id", "bin_location_id")}
    items = [{**item, "quantity": off}] if _is_traced(row) else []
    return {"variant_id": row["variant_id"], "quantity": off, "traceability": items}


def _take_back(account: Account, stocktake: Record) -> None:
    if (made := stocktake["stock_adjustment_id"]) is not None:
        take_back(account, STOCK_ADJUSTMENTS.found(account, made))


def _deleting(account: Account, record: Record) -> None:
    _take_back(account, record)
    usage.delete_children(account, "stocktake_rows", "stocktake_id", record["id"])


def _open(account: Account, id: Id, done: str) -> Record:
    """Return the stocktake of a row that is to be written.

    Raises:
        Refusal: 412, it is completed; 422, it is not there.
    """
    stocktake = usage.require(account, "stocktakes", id, "stocktake_id")
    if stocktake["status"] == "COMPLETED":
        raise _completed(stocktake, done)
    return stocktake


def _create_rows(call: Call) -> Reply:
    account, table = call.account, call.account.store["stocktake_rows"]
    stocktake = _open(account, call.body["stocktake_id"], "given rows")
    rows = call.body.get("stocktake_rows", ())
    for index, row in enumerate(rows):
        _require(account, row, "stocktake_rows", index)
    made = [table.create({**row, "stocktake_id": stocktake["id"]}) for row in rows]
    _compare(account, stocktake)
    return Reply(200, [table.get(row["id"]) for row in made])


@contextmanager
def _settling_row(account: Account, before: Record, _changes: Record) -> Generator[None]:
    stocktake = _open(account, before["stocktake_id"], "counted again")
    yield
    _compare(account, stocktake)


def _updating_row(account: Account, _before: Record, given: Record) -> Record:
    _require(account, given)
    return given


STOCKTAKES = Collection(
    layout=STOCKTAKE_LAYOUT,
    present=_present,
    creating=_creating,
    deleting=_deleting,
    more=(
        Operation(
            method="PATCH",
            path="/stocktakes/{id}",
            run=_update,
        ),
    ),
)
STOCKTAKE_ROWS = Collection(
    layout=STOCKTAKE_ROW_LAYOUT,
    present=_present_row,
    updating=_updating_row,
    settling=_settling_row,
    more=(
        Operation(
            method="POST",
            path="/stocktake_rows",
            run=_create_rows,
        ),
    ),
)
