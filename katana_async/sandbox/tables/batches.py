"""Batches, and the quantity of each in each location."""

from decimal import Decimal

from ..account import AccountState
from ..amounts import format_padded, number
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result, without
from ..errors import not_found
from ..store import Id, Layout, Record
from . import references

BATCH_LAYOUT = Layout(
    name="batches",
    first=13_000_001,
    fields={
        "batch_number": "",
        "variant_id": None,
        "batch_barcode": None,
        "batch_created_date": None,
        "expiration_date": None,
    },
)
# A row repeats the fields of its batch, by which lists can be filtered.
BATCH_STOCK_LAYOUT = Layout(
    name="batch_stocks",
    first=13_200_001,
    fields={"batch_id": None, "location_id": None, "quantity": 0, **BATCH_LAYOUT.fields},
    links=("batch_id", "variant_id"),
    order=lambda record: (-record["location_id"], -record["variant_id"], record["batch_id"]),
)

_present_batch = without("deleted_at")
_leave_out = without("id", "quantity", "created_at", "updated_at", "deleted_at")


def _present_stock(presentation: Presentation) -> Record:
    """Return the stock of a batch in a location as an answer shows it."""
    result = {
        **_leave_out(presentation),
        "quantity_in_stock": format_padded(presentation.record["quantity"], 5),
    }
    if result["expiration_date"] is None:
        del result["expiration_date"]
    return result


def change_batch(account: AccountState, batch: Record, location_id: Id, change: Decimal) -> None:
    """Change the quantity of a batch in a location."""
    stocks = account.store["batch_stocks"]
    rows = stocks.children("batch_id", batch["id"])
    row = next((row for row in rows if row["location_id"] == location_id), None)
    row = row or _add_stock(account, batch, location_id)
    stocks.update(row["id"], {"quantity": number(Decimal(row["quantity"]) + change)})


def _add_stock(account: AccountState, batch: Record, location_id: Id) -> Record:
    repeated = {name: batch[name] for name in BATCH_LAYOUT.fields}
    links = {"batch_id": batch["id"], "location_id": location_id}
    return account.store["batch_stocks"].create({**repeated, **links})


def _create_record(account: AccountState, body: Record) -> Record:
    references.require(account, "variants", body["variant_id"], "variant_id")
    batch = account.store["batches"].create({"batch_created_date": account.now(), **body})
    for location in account.store["locations"].ids():
        _add_stock(account, batch, location)
    return batch


def _update_batch(call: Call) -> Result:
    """Change a batch: the id in the path is the batch's."""
    account = call.account
    batch = None if call.id is None else account.store["batches"].get(call.id)
    if batch is None:
        raise not_found("batch with the id", call.id)
    for row in account.store["batch_stocks"].children("batch_id", batch["id"]):
        account.store["batch_stocks"].update(row["id"], call.body)
    changed = account.store["batches"].update(batch["id"], call.body)
    return Result(200, _present_batch(Presentation(account, changed, "update")))


BATCHES = CollectionSpec(layout=BATCH_LAYOUT, present=_present_batch, create=_create_record)
BATCH_STOCKS = CollectionSpec(
    layout=BATCH_STOCK_LAYOUT,
    present=_present_stock,
    extra_endpoints=(ApiEndpoint(method="PATCH", path="/batch_stocks/{id}", run=_update_batch),),
)
