"""Stock adjustments, whose rows change stock; a deletion reverts the change."""

from decimal import Decimal

from ..account import AccountState
from ..endpoints import CollectionSpec, Presentation
from ..store import Layout, Record
from . import references
from .ledger import Cause, average_cost, move
from .traceability import ITEM_FIELDS, check_items, move_items, read_items

STOCK_ADJUSTMENT_LAYOUT = Layout(
    name="stock_adjustments",
    first=8_100_001,
    fields={
        "stock_adjustment_number": "",
        "stock_adjustment_date": None,
        "location_id": None,
        "reason": None,
        "additional_info": None,
    },
)
STOCK_ADJUSTMENT_ROW_LAYOUT = Layout(
    name="stock_adjustment_rows",
    first=8_200_001,
    fields={
        "stock_adjustment_id": None,
        "variant_id": None,
        "quantity": 0,
        "cost_per_unit": 0,
        **ITEM_FIELDS,
    },
    links=("stock_adjustment_id",),
)

_ROW = ("id", "variant_id", "quantity", "cost_per_unit", *ITEM_FIELDS)


def _present(presentation: Presentation) -> Record:
    """Return a stock adjustment as an answer shows it, with its rows."""
    rows = presentation.account.store["stock_adjustment_rows"]
    nested = rows.children("stock_adjustment_id", presentation.record["id"])
    result = [{name: row[name] for name in _ROW} for row in nested]
    return {**presentation.record, "stock_adjustment_rows": result}


def adjust(account: AccountState, body: Record) -> Record:
    """Create a stock adjustment from a checked body, and change the stock.

    Removed stock, and added stock without a cost, has the average cost.
    """
    values: Record = {"stock_adjustment_date": account.now(), **body}
    if "stock_adjustment_number" not in body:
        values["stock_adjustment_number"] = f"SA-{account.store.next_number('stock adjustment')}"
    rows = values.pop("stock_adjustment_rows")
    adjustment = account.store["stock_adjustments"].create(values)
    for row in rows:
        cost = average_cost(account, row["variant_id"], adjustment["location_id"])
        created = account.store["stock_adjustment_rows"].create(
            {
                "stock_adjustment_id": adjustment["id"],
                "variant_id": row["variant_id"],
                "quantity": row["quantity"],
                "cost_per_unit": row.get("cost_per_unit", cost) if row["quantity"] > 0 else cost,
                **read_items(row, row["quantity"]),
            }
        )
        _move(account, adjustment, created, 1)
    return adjustment


def _create_record(account: AccountState, body: Record) -> Record:
    references.require(account, "locations", body["location_id"], "location_id")
    for index, row in enumerate(body["stock_adjustment_rows"]):
        path = ("stock_adjustment_rows", index)
        references.require(account, "variants", row["variant_id"], *path, "variant_id")
        check_items(account, row, *path)
    return adjust(account, body)


def _read_changes(account: AccountState, _before: Record, body: Record) -> Record:
    if "location_id" in body:
        references.require(account, "locations", body["location_id"], "location_id")
    return body


def _before_delete(account: AccountState, adjustment: Record) -> None:
    rows = account.store["stock_adjustment_rows"]
    for row in rows.children("stock_adjustment_id", adjustment["id"]):
        _move(account, adjustment, row, -1)
    references.delete_children(account, rows.name, "stock_adjustment_id", adjustment["id"])


def _move(account: AccountState, adjustment: Record, row: Record, sign: int) -> None:
    place = {"variant_id": row["variant_id"], "location_id": adjustment["location_id"]}
    order_no, order_id = adjustment["stock_adjustment_number"], adjustment["id"]
    cause = Cause("StockAdjustmentRow", row["id"], order_no, order_id)
    move(
        account,
        **place,
        change=sign * Decimal(row["quantity"]),
        cause=cause,
        value_per_unit=Decimal(row["cost_per_unit"]),
        at=adjustment["stock_adjustment_date"] if sign > 0 else None,
    )
    move_items(account, **place, traceability=row["traceability"], sign=sign, cause=cause)


STOCK_ADJUSTMENTS = CollectionSpec(
    layout=STOCK_ADJUSTMENT_LAYOUT,
    present=_present,
    create=_create_record,
    read_changes=_read_changes,
    before_delete=_before_delete,
    cleared_fields=("additional_info",),
)
