"""Stock transfers: stock leaves one location in transit, and is in another once received."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..store import Record
from . import usage
from .ledger import Cause, average_cost, move
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
# By status, the locations in which stock has moved, and the sign of its change.
_MOVES: dict[str, dict[str, int]] = {
    "draft": {},
    "inTransit": {"source_location_id": -1},
    "received": {"source_location_id": -1, "target_location_id": 1},
}


def _rows(account: Account, transfer: Record) -> list[Record]:
    table = account.store["stock_transfer_rows"]
    return table.children("stock_transfer_id", transfer["id"])


def _present(showing: Showing) -> Record:
    """Write a stock transfer with its rows."""
    rows = _rows(showing.account, showing.record)
    shown = [{name: row[name] for name in _ROW} for row in rows]
    return {**showing.record, "stock_transfer_rows": shown}


def _creating(account: Account, given: Record) -> Record:
    for name in ("source_location_id", "target_location_id"):
        usage.require(account, "locations", given[name], name)
    for index, row in enumerate(given["stock_transfer_rows"]):
        path = ("stock_transfer_rows", index)
        usage.require(account, "variants", row["variant_id"], *path, "variant_id")
        require_traced(account, row, *path)
    now = account.now()
    values: Record = {"transfer_date": now, "order_created_date": now, **given}
    if "stock_transfer_number" not in given:
        values["stock_transfer_number"] = f"ST-{account.store.next('stock transfer')}"
    rows = values.pop("stock_transfer_rows")
    transfer = account.store["stock_transfers"].create(values)
    for row in rows:
        account.store["stock_transfer_rows"].create(
            {
                "stock_transfer_id": transfer["id"],
                "variant_id": row["variant_id"],
                "quantity": row["quantity"],
                "cost_per_unit": average_cost(
                    account, row["variant_id"], transfer["source_location_id"]
                ),
                **traced(row, row["quantity"]),
            }
        )
    return transfer


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Move stock as the new status has it, or back when the transfer is deleted."""
    yield
    was = _MOVES[before["status"]]
    now = _MOVES[{**before, **changes}["status"]] if changes else {}
    for location in ("source_location_id", "target_location_id"):
        sign = now.get(location, 0) - was.get(location, 0)
        if sign:
            for row in _rows(account, before):
                _move(account, before, row, location, sign)
    if not changes:
        usage.delete_children(account, "stock_transfer_rows", "stock_transfer_id", before["id"])


def _move(account: Account, transfer: Record, row: Record, location: str, sign: int) -> None:
    place = {"variant_id": row["variant_id"], "location_id": transfer[location]}
    order = transfer["stock_transfer_number"], transfer["id"]
    cause = Cause("StockTransferRow", row["id"], *order)
    move(
        account,
        **place,
        change=sign * Decimal(row["quantity"]),
        cause=cause,
        value_per_unit=Decimal(row["cost_per_unit"]),
    )
    items = row["traceability"]
    if location == "target_location_id":  # the bins are those of the source
        items = [{**item, "bin_location_id": None} for item in items]
    track(account, **place, traceability=items, sign=sign, cause=cause)


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
    more=(Operation(method="PATCH", path="/stock_transfers/{id}/status", run=_set_status),),
)
