"""Stock transfers: `inTransit` removes stock from the source, `received` adds it to the target."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import AccountState
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result
from ..store import Layout, Record
from . import references
from .ledger import Cause, average_cost, move
from .traceability import ITEM_FIELDS, check_items, move_items, read_items

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
        **ITEM_FIELDS,
    },
    links=("stock_transfer_id",),
)

_ROW = ("id", "variant_id", "quantity", "cost_per_unit", "deleted_at", *ITEM_FIELDS)
# The locations whose stock has changed, and the sign of the change, by status.
_MOVES: dict[str, dict[str, int]] = {
    "draft": {},
    "inTransit": {"source_location_id": -1},
    "received": {"source_location_id": -1, "target_location_id": 1},
}


def _rows(account: AccountState, transfer: Record) -> list[Record]:
    table = account.store["stock_transfer_rows"]
    return table.children("stock_transfer_id", transfer["id"])


def _present(presentation: Presentation) -> Record:
    """Return a stock transfer as an answer shows it, with its rows."""
    rows = _rows(presentation.account, presentation.record)
    result = [{name: row[name] for name in _ROW} for row in rows]
    return {**presentation.record, "stock_transfer_rows": result}


def _create_record(account: AccountState, body: Record) -> Record:
    for name in ("source_location_id", "target_location_id"):
        references.require(account, "locations", body[name], name)
    for index, row in enumerate(body["stock_transfer_rows"]):
        path = ("stock_transfer_rows", index)
        references.require(account, "variants", row["variant_id"], *path, "variant_id")
        check_items(account, row, *path)
    current = account.now()
    values: Record = {"transfer_date": current, "order_created_date": current, **body}
    if "stock_transfer_number" not in body:
        values["stock_transfer_number"] = f"ST-{account.store.next_number('stock transfer')}"
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
                **read_items(row, row["quantity"]),
            }
        )
    return transfer


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    """Move stock by the new status, or back when the transfer is deleted."""
    yield
    previous = _MOVES[before["status"]]
    current = _MOVES[{**before, **changes}["status"]] if changes else {}
    for location in ("source_location_id", "target_location_id"):
        sign = current.get(location, 0) - previous.get(location, 0)
        if sign:
            for row in _rows(account, before):
                _move(account, before, row, location, sign)
    if not changes:
        references.delete_children(
            account, "stock_transfer_rows", "stock_transfer_id", before["id"]
        )


def _move(account: AccountState, transfer: Record, row: Record, location: str, sign: int) -> None:
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
    if location == "target_location_id":  # the row's bins are those of the source
        items = [{**item, "bin_location_id": None} for item in items]
    move_items(account, **place, traceability=items, sign=sign, cause=cause)


def _set_status(call: Call) -> Result:
    before = STOCK_TRANSFERS.get_record(call.account, call.id)
    with _around_change(call.account, before, call.body):
        after = call.account.store["stock_transfers"].update(before["id"], call.body)
    return Result(200, _present(Presentation(call.account, after, "update")))


STOCK_TRANSFERS = CollectionSpec(
    layout=STOCK_TRANSFER_LAYOUT,
    present=_present,
    create=_create_record,
    around_change=_around_change,
    extra_endpoints=(
        ApiEndpoint(method="PATCH", path="/stock_transfers/{id}/status", run=_set_status),
    ),
)
