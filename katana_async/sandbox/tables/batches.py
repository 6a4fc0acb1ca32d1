"""Batches, and the quantity of each in each location."""

from decimal import Decimal

from ..account import Account
from ..errors import not_found
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing, without
from ..schema import number
from ..store import Id, Record
from . import usage
from .money import padded

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
# A row repeats the fields of its batch, so that lists can be filtered by them.
BATCH_STOCK_LAYOUT = Layout(
    name="batch_stocks",
    first=13_200_001,
    fields={"batch_id": None, "location_id": None, "quantity": 0, **BATCH_LAYOUT.fields},
    links=("batch_id", "variant_id"),
    order=lambda record: (-record["location_id"], -record["variant_id"], record["batch_id"]),
)

_present_batch = without("deleted_at")
_leave_out = without("id", "quantity", "created_at", "updated_at", "deleted_at")


def _present_stock(showing: Showing) -> Record:
    """Write the stock of a batch in a location."""
    shown = {**_leave_out(showing), "quantity_in_stock": padded(showing.record["quantity"], 5)}
    if shown["expiration_date"] is None:
        del shown["expiration_date"]
    return shown


def change_batch(account: Account, batch: Record, location_id: Id, change: Decimal) -> None:
    """Change the quantity of a batch in a location."""
    stocks = account.store["batch_stocks"]
    rows = stocks.children("batch_id", batch["id"])
    row = next((row for row in rows if row["location_id"] == location_id), None)
    row = row or _add_stock(account, batch, location_id)
    stocks.update(row["id"], {"quantity": number(Decimal(row["quantity"]) + change)})


def _add_stock(account: Account, batch: Record, location_id: Id) -> Record:
    repeated = {name: batch[name] for name in BATCH_LAYOUT.fields}
    links = {"batch_id": batch["id"], "location_id": location_id}
    return account.store["batch_stocks"].create({**repeated, **links})


def _creating(account: Account, given: Record) -> Record:
    usage.require(account, "variants", given["variant_id"], "variant_id")
    batch = account.store["batches"].create({"batch_created_date": account.now(), **given})
    for location in account.store["locations"].ids():
        _add_stock(account, batch, location)
    return batch


def _update_batch(call: Call) -> Reply:
    """Change a batch; the id in the path is that of the batch."""
    account = call.account
    batch = None if call.id is None else account.store["batches"].get(call.id)
    if batch is None:
        raise not_found("batch with the id", call.id)
    for row in account.store["batch_stocks"].children("batch_id", batch["id"]):
        account.store["batch_stocks"].update(row["id"], call.body)
    changed = account.store["batches"].update(batch["id"], call.body)
    return Reply(200, _present_batch(Showing(account, changed, "update")))


BATCHES = Collection(layout=BATCH_LAYOUT, present=_present_batch, creating=_creating)
BATCH_STOCKS = Collection(
    layout=BATCH_STOCK_LAYOUT,
    present=_present_stock,
    more=(Operation(method="PATCH", path="/batch_stocks/{id}", run=_update_batch),),
)
