"""Stock adjustments: they move stock as they are made, and back as they are deleted."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import Account
from ..errors import blocked
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Record
from . import usage
from .ledger import Cause, move, stock_of
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


def _rows(account: Account, adjustment: Record) -> list[Record]:
    table = account.store["stock_adjustment_rows"]
    return table.children("stock_adjustment_id", adjustment["id"])


def _present(showing: Showing) -> Record:
    """Write a stock adjustment with its rows, those of a deleted one included."""
    record, table = showing.record, showing.account.store["stock_adjustment_rows"]
    rows = table.children("stock_adjustment_id", record["id"], deleted=True)
    shown = [{name: row[name] for name in _ROW} for row in rows]
    return {**record, "stock_adjustment_rows": shown}


def adjust(account: Account, given: Record) -> Record:
    """Make a stock adjustment of a valid body whose references are there, and move the stock.

    What comes in without a cost, and all that goes out, is worth what the stock costs on average.
    """
    values: Record = {"stock_adjustment_date": account.now(), **given}
    rows = values.pop("stock_adjustment_rows")
    adjustment = account.store["stock_adjustments"].create(values)
    for row in rows:
        stock = stock_of(account, row["variant_id"], adjustment["location_id"])
        average = 0 if stock is None else stock["average_cost"]
        cost = row.get("cost_per_unit", average) if row["quantity"] > 0 else average
        account.store["stock_adjustment_rows"].create(
            {
                "stock_adjustment_id": adjustment["id"],
                "variant_id": row["variant_id"],
                "quantity": row["quantity"],
                "cost_per_unit": cost,
                **traced(row, row["quantity"]),
            }
        )
    _move(account, adjustment, adjustment["stock_adjustment_date"])
    return adjustment


def take_back(account: Account, adjustment: Record) -> None:
    """Delete a stock adjustment, and move the stock back."""
    with _settling(account, adjustment, {}):
        account.store["stock_adjustments"].delete(adjustment["id"])


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


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Move the stock back where it was, and to the new location if there is one."""
    stays = changes and changes.get("location_id", before["location_id"]) == before["location_id"]
    if not stays:
        _move(account, before, account.now(), back=True)
    yield
    if not changes:
        usage.delete_children(account, "stock_adjustment_rows", "stock_adjustment_id", before["id"])
    elif not stays:
        _move(account, {**before, **changes}, account.now())


def _move(account: Account, adjustment: Record, at: str, *, back: bool = False) -> None:
    order_no, order_id = adjustment["stock_adjustment_number"], adjustment["id"]
    sign = -1 if back else 1
    for row in _rows(account, adjustment):
        place = {"variant_id": row["variant_id"], "location_id": adjustment["location_id"]}
        cause = Cause("StockAdjustmentRow", row["id"], order_no, order_id)
        move(
            account,
            **place,
            change=sign * Decimal(row["quantity"]),
            cause=cause,
            value_per_unit=Decimal(row["cost_per_unit"]),
            at=at,
        )
        track(account, **place, traceability=row["traceability"], sign=sign, cause=cause)


def _deleting(account: Account, record: Record) -> None:
    for stocktake in account.store["stocktakes"].children("stock_adjustment_id", record["id"]):
        said = f"The stock adjustment {record['id']} cannot be deleted: it is what came of the "
        raise blocked(f"{said}stocktake {stocktake['stocktake_number']}.")


STOCK_ADJUSTMENTS = Collection(
    layout=STOCK_ADJUSTMENT_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
    settling=_settling,
    wiped=("additional_info",),
)
