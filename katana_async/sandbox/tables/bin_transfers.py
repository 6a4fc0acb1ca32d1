"""Bin transfers and their rows: stock changes its bin within a location once a transfer is done."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..schema import number
from ..store import Record
from . import usage
from .bins import change_spot
from .money import spelled
from .tracking import require_tracked, spot_of

BIN_TRANSFER_LAYOUT = Layout(
    name="bin_transfers",
    first=14_000_001,
    fields={
        "bin_transfer_number": "",
        "location_id": None,
        "status": "CREATED",
        "created_date": None,
        "departed_at": None,
        "arrived_at": None,
        "additional_info": None,
    },
)
BIN_TRANSFER_ROW_LAYOUT = Layout(
    name="bin_transfer_rows",
    first=14_200_001,
    fields={
        "bin_transfer_id": None,
        "location_id": None,
        "variant_id": None,
        "quantity": "1",
        "source_bin_location_id": None,
        "target_bin_location_id": None,
        "traceability": (),
    },
    links=("bin_transfer_id", "variant_id"),
)

_ENDS = ("source_bin_location_id", "target_bin_location_id")


def _present(showing: Showing) -> Record:
    """Write a transfer with its rows, which do not repeat its times."""
    rows = showing.account.store["bin_transfer_rows"]
    nested = rows.children("bin_transfer_id", showing.record["id"])
    return {**showing.record, "bin_transfer_rows": nested}


def _present_row(showing: Showing) -> Record:
    """Write a row by itself, with the times of its transfer."""
    transfer = _transfer_of(showing.account, showing.record)
    times = ("created_date", "departed_at", "arrived_at")
    return {**showing.record, **{name: transfer.get(name) for name in times}}


def _transfer_of(account: Account, row: Record) -> Record:
    return account.store["bin_transfers"].get(row["bin_transfer_id"], deleted=True) or {}


def _require_of_row(account: Account, given: Record, path: Sequence[str | int] = ()) -> None:
    """Check the references of a row."""
    usage.require(account, "variants", given["variant_id"], *path, "variant_id")
    for end in _ENDS:
        if given.get(end) is not None:
            usage.require(account, "bin_locations", given[end], *path, end)
    items = given.get("traceability") or ()
    require_tracked(account, given["variant_id"], items, *path, "traceability")


def _stored(given: Record) -> Record:
    """Return a body in the form of a row: quantities as strings, items with all their fields."""
    row = {**given, "quantity": spelled(number(given["quantity"]))}
    if "traceability" in given:
        row["traceability"] = [
            {
                **{name: item.get(name) for name in ("batch_id", "serial_number_id")},
                "quantity": spelled(number(item.get("quantity", given["quantity"]))),
            }
            for item in given["traceability"]
        ]
    return row


def _add_row(account: Account, transfer: Record, given: Record) -> Record:
    links = {"bin_transfer_id": transfer["id"], "location_id": transfer["location_id"]}
    return account.store["bin_transfer_rows"].create({**_stored(given), **links})


def _move(account: Account, transfer: Record | None, rows: Sequence[Record], sign: int) -> None:
    """Move what rows name to its target, or back with a sign of -1, if the transfer is done."""
    if transfer is None or transfer["status"] != "DONE":
        return
    for row in rows:
        for item in _items(row):
            for end, change in zip(_ENDS, (-sign, sign), strict=True):
                spot = spot_of(row["variant_id"], row["location_id"], item, row[end])
                change_spot(account, spot, change * Decimal(item["quantity"]))


def _items(row: Record) -> Iterator[Record]:
    """Yield the items of a row, and the rest of its quantity."""
    yield from row["traceability"]
    traced = sum((Decimal(item["quantity"]) for item in row["traceability"]), Decimal(0))
    rest = Decimal(row["quantity"]) - traced
    if rest > 0:
        yield {"quantity": rest}


def _creating(account: Account, given: Record) -> Record:
    usage.require(account, "locations", given["location_id"], "location_id")
    values = {
        "bin_transfer_number": f"BT-{account.store.next('bin transfer')}",
        "created_date": account.now(),
        **given,
    }
    rows = values.pop("bin_transfer_rows", ())
    for index, row in enumerate(rows):
        _require_of_row(account, row, ("bin_transfer_rows", index))
    transfer = account.store["bin_transfers"].create(values)
    for row in rows:
        _add_row(account, transfer, row)
    return transfer


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Undo the movement of a transfer, and move again after a change."""
    table = account.store["bin_transfer_rows"]
    rows = table.children("bin_transfer_id", before["id"])
    _move(account, before, rows, -1)
    yield
    if not changes:
        usage.delete_children(account, "bin_transfer_rows", "bin_transfer_id", before["id"])
        return
    if "location_id" in changes:
        rows = [table.update(row["id"], {"location_id": changes["location_id"]}) for row in rows]
    _move(account, account.store["bin_transfers"].get(before["id"]), rows, 1)


def _set_status(call: Call) -> Reply:
    account, status = call.account, call.body["status"]
    before = BIN_TRANSFERS.found(account, call.id)
    departed = None if status == "CREATED" else before["departed_at"] or account.now()
    arrived = (before["arrived_at"] or account.now()) if status == "DONE" else None
    changes = {"status": status, "departed_at": departed, "arrived_at": arrived}
    with _settling(account, before, changes):
        after = account.store["bin_transfers"].update(before["id"], changes)
    return Reply(200, _present(Showing(account, after, "update")))


def _creating_row(account: Account, given: Record) -> Record:
    transfer = usage.require(account, "bin_transfers", given["bin_transfer_id"], "bin_transfer_id")
    _require_of_row(account, given)
    row = _add_row(account, transfer, given)
    _move(account, transfer, [row], 1)
    return row


def _updating_row(account: Account, before: Record, given: Record) -> Record:
    _require_of_row(account, {**before, **given})
    return _stored({"quantity": before["quantity"], **given})


@contextmanager
def _settling_row(account: Account, before: Record, changes: Record) -> Generator[None]:
    transfer = _transfer_of(account, before)
    _move(account, transfer, [before], -1)
    yield
    if changes:
        _move(account, transfer, [{**before, **changes}], 1)


BIN_TRANSFERS = Collection(
    layout=BIN_TRANSFER_LAYOUT,
    present=_present,
    creating=_creating,
    settling=_settling,
    more=(Operation(method="PATCH", path="/bin_transfers/{id}/status", run=_set_status),),
)
BIN_TRANSFER_ROWS = Collection(
    layout=BIN_TRANSFER_ROW_LAYOUT,
    present=_present_row,
    creating=_creating_row,
    updating=_updating_row,
    settling=_settling_row,
)
