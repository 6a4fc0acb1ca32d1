"""Stock adjustments: their rows move stock, and move it back when they are deleted."""

from decimal import Decimal

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Record
from . import usage
from .ledger import Cause, average_cost, move
from .tracing import TRACED, require_traced, traced
from .tracking import track

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
        **TRACED,
    },
    links=("stock_adjustment_id",),
)

_ROW = ("id", "variant_id", "quantity", "cost_per_unit", *TRACED)


def _present(showing: Showing) -> Record:
    """Write a stock adjustment with its rows."""
    rows = showing.account.store["stock_adjustment_rows"]
    nested = rows.children("stock_adjustment_id", showing.record["id"])
    shown = [{name: row[name] for name in _ROW} for row in nested]
    return {**showing.record, "stock_adjustment_rows": shown}


def adjust(account: Account, given: Record) -> Record:
    """Make a stock adjustment of a valid body whose references exist, and move the stock.

    Stock that goes out, or comes in without a cost, has the average cost.
    """
    values: Record = {"stock_adjustment_date": account.now(), **given}
    if "stock_adjustment_number" not in given:
        values["stock_adjustment_number"] = f"SA-{account.store.next('stock adjustment')}"
    rows = values.pop("stock_adjustment_rows")
    adjustment = account.store["stock_adjustments"].create(values)
    for row in rows:
        cost = average_cost(account, row["variant_id"], adjustment["location_id"])
        made = account.store["stock_adjustment_rows"].create(
            {
                "stock_adjustment_id": adjustment["id"],
                "variant_id": row["variant_id"],
                "quantity": row["quantity"],
                "cost_per_unit": row.get("cost_per_unit", cost) if row["quantity"] > 0 else cost,
                **traced(row, row["quantity"]),
            }
        )
        _move(account, adjustment, made, 1)
    return adjustment


def _creating(account: Account, given: Record) -> Record:
    usage.require(account, "locations", given["location_id"], "location_id")
    for index, row in enumerate(given["stock_adjustment_rows"]):
        path = ("stock_adjustment_rows", index)
        usage.require(account, "variants", row["variant_id"], *path, "variant_id")
        require_traced(account, row, *path)
    return adjust(account, given)


def _updating(account: Account, _before: Record, given: Record) -> Record:
    if "location_id" in given:
        usage.require(account, "locations", given["location_id"], "location_id")
    return given


def _deleting(account: Account, adjustment: Record) -> None:
    rows = account.store["stock_adjustment_rows"]
    for row in rows.children("stock_adjustment_id", adjustment["id"]):
        _move(account, adjustment, row, -1)
    usage.delete_children(account, rows.name, "stock_adjustment_id", adjustment["id"])


def _move(account: Account, adjustment: Record, row: Record, sign: int) -> None:
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
    track(account, **place, traceability=row["traceability"], sign=sign, cause=cause)


STOCK_ADJUSTMENTS = Collection(
    layout=STOCK_ADJUSTMENT_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
    wiped=("additional_info",),
)
