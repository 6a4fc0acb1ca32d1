"""Stocktakes and their rows: completion adjusts the stock to the counted quantities."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from ..account import AccountState
from ..amounts import number, sum_field
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result, without
from ..store import Id, Layout, Record
from . import references
from .ledger import stock_of
from .stock_adjustments import adjust

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


def _rows(account: AccountState, stocktake_id: Id) -> list[Record]:
    return account.store["stocktake_rows"].children("stocktake_id", stocktake_id)


def _present(presentation: Presentation) -> Record:
    """Return a stocktake as an answer shows it; only POST has rows."""
    if presentation.action == "create":
        return {
            **presentation.record,
            "stocktake_rows": _rows(presentation.account, presentation.record["id"]),
        }
    return presentation.record


def _require(account: AccountState, body: Record, *path: str | int) -> None:
    for name, table in _REFERENCES:
        if body.get(name) is not None:
            references.require(account, table, body[name], *path, name)


def _add_rows(account: AccountState, stocktake_id: Id, rows: list[Record]) -> list[Record]:
    table = account.store["stocktake_rows"]
    return [table.create({**row, "stocktake_id": stocktake_id}) for row in rows]


def _create_record(account: AccountState, body: Record) -> Record:
    references.require(account, "locations", body["location_id"], "location_id")
    values: Record = {"stocktake_created_date": account.now(), **_rename_fields(body)}
    rows = values.pop("stocktake_rows", [])
    for index, row in enumerate(rows):
        _require(account, row, "stocktake_rows", index)
    stocktake = account.store["stocktakes"].create(values)
    _add_rows(account, stocktake["id"], rows)
    return stocktake


def _rename_fields(body: Record) -> Record:
    names = {"created_date": "stocktake_created_date"}
    return {names.get(name, name): value for name, value in body.items()}


def _update(call: Call) -> Result:
    """Change a stocktake. A new status takes effect after `Oddities.stocktake_delay`."""
    account, table = call.account, call.account.store["stocktakes"]
    before = STOCKTAKES.get_record(account, call.id)
    changes = _rename_fields(call.body)
    if "location_id" in changes:
        references.require(account, "locations", changes["location_id"], "location_id")
    status, delay = changes.pop("status", None), account.oddities.stocktake_delay
    if status is None:
        table.update(before["id"], changes)
    else:
        table.update(before["id"], {**changes, "status_update_in_progress": delay > 0})
        account.run_later(delay, lambda: _set_status(account, before["id"], status))
    return Result(204)


def _set_status(account: AccountState, id: Id, status: str) -> None:
    table = account.store["stocktakes"]
    stocktake = table.get(id)
    if stocktake is None:
        return
    started = None if status == "NOT_STARTED" else stocktake["started_date"] or account.now()
    values: Record = {"status": status, "started_date": started, "status_update_in_progress": False}
    if status == "COMPLETED":
        values["completed_date"] = stocktake["completed_date"] or account.now()
    after = table.update(id, values)
    if status != stocktake["status"]:
        _compare(account, after)
        if status == "COMPLETED":
            _adjust(account, after)


def _compare(account: AccountState, stocktake: Record) -> None:
    """Store the stock and its difference from the count in the rows of a started stocktake."""
    if stocktake["status"] == "NOT_STARTED":
        return
    for row in _rows(account, stocktake["id"]):
        in_stock, counted = _stock(account, stocktake["location_id"], row), row["counted_quantity"]
        difference = None if counted is None else number(Decimal(counted) - in_stock)
        values = {"in_stock_quantity": number(in_stock), "discrepancy_quantity": difference}
        account.store["stocktake_rows"].update(row["id"], values)


def _stock(account: AccountState, location_id: Id, row: Record) -> Decimal:
    """Return the stock of a row's variant, limited to the row's batch or bin if it has one."""
    names = ("batch_id", "bin_location_id")
    key_fields = {name: row[name] for name in names if row[name] is not None}
    if not key_fields:
        stock = stock_of(account, row["variant_id"], location_id)
        return Decimal(0 if stock is None else stock["quantity_in_stock"])
    key_fields["location_id"] = location_id
    key_fields["granularity"] = "BATCH" if "batch_id" in key_fields else "VARIANT"
    rows = account.store["bin_stocks"].children("variant_id", row["variant_id"])
    matching = (each for each in rows if key_fields.items() <= each.items())
    return sum_field(matching, "quantity_in_stock")


def _adjust(account: AccountState, stocktake: Record) -> None:
    """Create a stock adjustment of the differences, unless there are none."""
    corrections: list[Record] = []
    for row in _rows(account, stocktake["id"]):
        if difference := row["discrepancy_quantity"]:
            item = {name: row[name] for name in ("batch_id", "bin_location_id")}
            items = [{**item, "quantity": difference}] if any(item.values()) else []
            corrections.append(
                {"variant_id": row["variant_id"], "quantity": difference, "traceability": items}
            )
    if corrections:
        values = {name: stocktake[name] for name in ("location_id", "reason")}
        adjustment = adjust(account, {**values, "stock_adjustment_rows": corrections})
        link = {"stock_adjustment_id": adjustment["id"]}
        account.store["stocktakes"].update(stocktake["id"], link)


def _before_delete(account: AccountState, record: Record) -> None:
    references.delete_children(account, "stocktake_rows", "stocktake_id", record["id"])


def _create_rows(call: Call) -> Result:
    account, rows = call.account, call.body.get("stocktake_rows", [])
    stocktake = references.require(account, "stocktakes", call.body["stocktake_id"], "stocktake_id")
    for index, row in enumerate(rows):
        _require(account, row, "stocktake_rows", index)
    created = _add_rows(account, stocktake["id"], rows)
    _compare(account, stocktake)
    return Result(200, [account.store["stocktake_rows"].get(row["id"]) for row in created])


@contextmanager
def _around_row_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    _require(account, changes)
    yield
    stocktake = account.store["stocktakes"].get(before["stocktake_id"])
    if stocktake is not None and stocktake["status"] != "COMPLETED":
        _compare(account, stocktake)


STOCKTAKES = CollectionSpec(
    layout=STOCKTAKE_LAYOUT,
    present=_present,
    create=_create_record,
    before_delete=_before_delete,
    extra_endpoints=(ApiEndpoint(method="PATCH", path="/stocktakes/{id}", run=_update),),
)
STOCKTAKE_ROWS = CollectionSpec(
    layout=STOCKTAKE_ROW_LAYOUT,
    present=without(),
    around_change=_around_row_change,
    extra_endpoints=(ApiEndpoint(method="POST", path="/stocktake_rows", run=_create_rows),),
)
