"""Stock transfers: stock goes from one location to another as its status says.

A draft commits the stock in the source; in transit it has left there. Until it is received, the
target expects it. Every status can be left for any other, and a deleted transfer leaves no trace.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..store import Id, Record
from . import usage
from .ledger import Cause, commit, expect, move, stock_of
from .tracing import TRACED, require_traced, traced
from .tracking import track

STOCK_TRANSFER_LAYOUT = Layout(
    name="stock_transfers",
    first=8_300_001,
    fields={
        "stock_transfer_number": "",
        "status": "draft",
        "source_location_id": None,
        "target_location_id": None,
        "transfer_date": None,
        "order_created_date": None,
        "expected_arrival_date": None,
        "additional_info": None,
    },
)
STOCK_TRANSFER_ROW_LAYOUT = Layout(
    name="stock_transfer_rows",
    first=8_400_001,
    fields={
        "stock_transfer_id": None,
        "variant_id": None,
        "quantity": 0,
        "cost_per_unit": 0,
        **TRACED,
    },
    links=("stock_transfer_id",),
)

_ROW = ("id", "variant_id", "quantity", "cost_per_unit", "deleted_at", *TRACED)


def _present(showing: Showing) -> Record:
    """Write a stock transfer with its rows, those of a deleted one included."""
    record, table = showing.record, showing.account.store["stock_transfer_rows"]
    rows = table.children("stock_transfer_id", record["id"], deleted=True)
    shown = [{name: row[name] for name in _ROW} for row in rows]
    return {**record, "stock_transfer_rows": shown}


def _creating(account: Account, given: Record) -> Record:
    for name in ("source_location_id", "target_location_id"):
        usage.require(account, "locations", given[name], name)
    for index, row in enumerate(given["stock_transfer_rows"]):
        path = ("stock_transfer_rows", index)
        usage.require(account, "variants", row["variant_id"], *path, "variant_id")
        require_traced(account, row, *path)
    now = account.now()
    values: Record = {"transfer_date": now, "order_created_date": now, **given}
    rows = values.pop("stock_transfer_rows")
    transfer = account.store["stock_transfers"].create(values)
    for row in rows:
        account.store["stock_transfer_rows"].create(
            {
                "stock_transfer_id": transfer["id"],
                "variant_id": row["variant_id"],
                "quantity": row["quantity"],
                "cost_per_unit": _cost_in_source(account, transfer, row["variant_id"]),
                **traced(row, row["quantity"]),
            }
        )
    _take_effect(account, transfer, None, transfer["status"])
    return transfer


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Let a change of status take effect, or take back the effect of a deleted transfer."""
    yield
    after = changes.get("status", before["status"]) if changes else None
    _take_effect(account, before, before["status"], after)
    if not changes:
        usage.delete_children(account, "stock_transfer_rows", "stock_transfer_id", before["id"])


def _take_effect(account: Account, transfer: Record, before: str | None, after: str | None) -> None:
    """Do to both locations what one status does and another does not; None does nothing."""
    undone = [each for each in _EFFECTS[before] if each not in _EFFECTS[after]]
    done = [each for each in _EFFECTS[after] if each not in _EFFECTS[before]]
    rows = account.store["stock_transfer_rows"]
    for row in rows.children("stock_transfer_id", transfer["id"]):
        for effect in undone:
            effect(account, transfer, row, -1)
        cost = _cost_in_source(account, transfer, row["variant_id"])
        moved = rows.update(row["id"], {"cost_per_unit": cost}) if _leave in done else row
        for effect in done:
            effect(account, transfer, moved, 1)


def _cost_in_source(account: Account, transfer: Record, variant_id: Id) -> Any:
    """Return what a unit is worth where it goes from."""
    stock = stock_of(account, variant_id, transfer["source_location_id"])
    return 0 if stock is None else stock["average_cost"]


def _commit(account: Account, transfer: Record, row: Record, sign: int) -> None:
    quantity = sign * Decimal(row["quantity"])
    commit(account, row["variant_id"], transfer["source_location_id"], quantity)


def _expect(account: Account, transfer: Record, row: Record, sign: int) -> None:
    quantity = sign * Decimal(row["quantity"])
    expect(account, row["variant_id"], transfer["target_location_id"], quantity)


def _leave(account: Account, transfer: Record, row: Record, sign: int) -> None:
    _move(account, transfer, row, "source_location_id", -sign)


def _arrive(account: Account, transfer: Record, row: Record, sign: int) -> None:
    _move(account, transfer, row, "target_location_id", sign)


def _move(account: Account, transfer: Record, row: Record, where: str, sign: int) -> None:
    place = {"variant_id": row["variant_id"], "location_id": transfer[where]}
    order = transfer["stock_transfer_number"], transfer["id"]
    cause = Cause("StockTransferRow", row["id"], *order)
    move(
        account,
        **place,
        change=sign * Decimal(row["quantity"]),
        cause=cause,
        value_per_unit=Decimal(row["cost_per_unit"]),
    )
    items = [_there(account, each, transfer[where]) for each in row["traceability"]]
    track(account, **place, traceability=items, sign=sign, cause=cause)


def _there(account: Account, item: Record, location_id: Id) -> Record:
    """Return an item without its bin where that is in the other location."""
    found = account.store["bin_locations"].get(item["bin_location_id"] or 0, deleted=True)
    known = found is not None and found["location_id"] == location_id
    return item if known else {**item, "bin_location_id": None}


_Effect = Callable[[Account, Record, Record, int], None]
_EFFECTS: dict[str | None, tuple[_Effect, ...]] = {
    None: (),
    "draft": (_commit, _expect),
    "inTransit": (_leave, _expect),
    "received": (_leave, _arrive),
}


def _set_status(call: Call) -> Reply:
    before = STOCK_TRANSFERS.found(call.account, call.id)
    with _settling(call.account, before, call.body):
        after = call.account.store["stock_transfers"].update(before["id"], call.body)
    return Reply(200, _present(Showing(call.account, after, "update")))


STOCK_TRANSFERS = Collection(
    layout=STOCK_TRANSFER_LAYOUT,
    present=_present,
    creating=_creating,
    settling=_settling,
    more=(
        Operation(
            method="PATCH",
            path="/stock_transfers/{id}/status",
            run=_set_status,
        ),
    ),
)
