"""Bin transfers and their rows: stock that changes its bin within a location.

What is under way is committed in the one bin and expected in the other; it changes its bin when
the transfer is done, and back when that is taken back.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..schema import number
from ..store import Id, Record
from . import usage
from .bins import Quantity, change_spot
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
_TIMES = ("created_date", "departed_at", "arrived_at")


def _rows(account: Account, transfer_id: Id, *, deleted: bool = False) -> list[Record]:
    table = account.store["bin_transfer_rows"]
    return table.children("bin_transfer_id", transfer_id, deleted=deleted)


def _present(showing: Showing) -> Record:
    """Write a transfer with its rows, which do not repeat its times."""
    record = showing.record
    rows = _rows(showing.account, record["id"], deleted=record["deleted_at"] is not None)
    return {**record, "bin_transfer_rows": rows}


def _present_row(showing: Showing) -> Record:
    """Write a row by itself, with the times of its transfer."""
    transfer = _transfer_of(showing.account, showing.record)
    return {**showing.record, **{name: transfer[name] for name in _TIMES}}


def _transfer_of(account: Account, row: Record) -> Record:
    transfer = account.store["bin_transfers"].get(row["bin_transfer_id"], deleted=True)
    assert transfer is not None
    return transfer


def _require_of_row(
    account: Account, location_id: Id, given: Record, path: Sequence[str | int] = ()
) -> None:
    """Check that what a row refers to is there: its variant, bins of the location, its batches."""
    usage.require(account, "variants", given["variant_id"], *path, "variant_id")
    for end in _ENDS:
        if given.get(end) is None:
            continue
        found = usage.require(account, "bin_locations", given[end], *path, end)
        if found["location_id"] != location_id:
            message = f"must be the id of a bin in the location {location_id}"
            info = {"collection": "bin_locations"}
            raise invalid([Problem((*path, end), "reference", message, info)])
    items = given.get("traceability") or ()
    require_tracked(account, given["variant_id"], items, *path, "traceability")


def _kept(given: Record) -> Record:
    """Return a body as a row keeps it: quantities as strings, every item with all its fields."""
    kept = {**given, "quantity": spelled(number(given["quantity"]))}
    if "traceability" in given:
        names = ("batch_id", "serial_number_id")
        kept["traceability"] = [
            {
                **{name: item.get(name) for name in names},
                "quantity": spelled(number(item.get("quantity", given["quantity"]))),
            }
            for item in given["traceability"]
        ]
    return kept


def _add_row(account: Account, transfer: Record, given: Record) -> Record:
    links = {"bin_transfer_id": transfer["id"], "location_id": transfer["location_id"]}
    return account.store["bin_transfer_rows"].create({**_kept(given), **links})


def _apply(account: Account, transfer: Record, rows: Sequence[Record], sign: int) -> None:
    """Let rows have their effect on bins, or take it back with a sign of -1."""
    done = transfer["status"] == "DONE"
    out: Quantity = "quantity_in_stock" if done else "quantity_committed"
    into: Quantity = "quantity_in_stock" if done else "quantity_expected"
    for row in rows:
        for item in _items(row):
            source, target = (
                spot_of(row["variant_id"], row["location_id"], item, row[end]) for end in _ENDS
            )
            amount = sign * Decimal(item["quantity"])
            change_spot(account, source, out, -amount if done else amount)
            change_spot(account, target, into, amount)


def _items(row: Record) -> Iterator[Record]:
    """Yield what a row is made up of: what is traced, then the rest."""
    yield from row["traceability"]
    traced = sum((Decimal(item["quantity"]) for item in row["traceability"]), Decimal(0))
    rest = Decimal(row["quantity"]) - traced
    if rest > 0:
        yield {"quantity": rest}


def _creating(account: Account, given: Record) -> Record:
    location_id = given["location_id"]
    usage.require(account, "locations", location_id, "location_id")
    values = dict(given)
    rows = values.pop("bin_transfer_rows", ())
    for index, row in enumerate(rows):
        _require_of_row(account, location_id, row, ("bin_transfer_rows", index))
    defaults = {
        "bin_transfer_number": f"BT-{account.store.next('bin transfer')}",
        "created_date": account.now(),
    }
    transfer = account.store["bin_transfers"].create({**defaults, **values})
    added = [_add_row(account, transfer, row) for row in rows]
    _apply(account, transfer, added, 1)
    return transfer


def _updating(account: Account, before: Record, given: Record) -> Record:
    problems = [
        _fixed(name, "can be corrected once it is set, and is cleared with the status")
        for name in ("departed_at", "arrived_at")
        if name in given and None in (given[name], before[name])
    ]
    if _moves(before, given):
        usage.require(account, "locations", given["location_id"], "location_id")
        named = any(row[end] is not None for row in _rows(account, before["id"]) for end in _ENDS)
        if named or before["status"] != "CREATED":
            problems.append(_fixed("location_id", "can change while no bin is named in it"))
    if problems:
        raise invalid(problems)
    return given


def _moves(before: Record, changes: Record) -> bool:
    there: bool = changes.get("location_id", before["location_id"]) != before["location_id"]
    return there


def _fixed(name: str, message: str) -> Problem:
    return Problem((name,), "readOnly", message, {})


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Take the effect of a deleted transfer back and delete its rows; let them move with it."""
    rows = _rows(account, before["id"]) if not changes or _moves(before, changes) else []
    _apply(account, before, rows, -1)
    yield
    if not changes:
        usage.delete_children(account, "bin_transfer_rows", "bin_transfer_id", before["id"])
        return
    table, place = account.store["bin_transfer_rows"], changes.get("location_id")
    moved = [table.update(row["id"], {"location_id": place}) for row in rows]
    _apply(account, before, moved, 1)


def _set_status(call: Call) -> Reply:
    account, status = call.account, call.body["status"]
    before = BIN_TRANSFERS.found(account, call.id)
    departed = None if status == "CREATED" else before["departed_at"] or account.now()
    arrived = (before["arrived_at"] or account.now()) if status == "DONE" else None
    times = {"departed_at": departed, "arrived_at": arrived}
    rows = _rows(account, before["id"])
    _apply(account, before, rows, -1)
    after = account.store["bin_transfers"].update(before["id"], {"status": status, **times})
    _apply(account, after, rows, 1)
    return Reply(200, _present(Showing(account, after, "update")))


def _creating_row(account: Account, given: Record) -> Record:
    transfer = usage.require(account, "bin_transfers", given["bin_transfer_id"], "bin_transfer_id")
    _require_of_row(account, transfer["location_id"], given)
    if transfer["status"] == "DONE":
        raise invalid([_fixed("bin_transfer_id", "must be a bin transfer that is not done")])
    row = _add_row(account, transfer, given)
    _apply(account, transfer, [row], 1)
    return row


def _updating_row(account: Account, before: Record, given: Record) -> Record:
    fixed = [name for name in given if name != "traceability"]
    if fixed and _transfer_of(account, before)["status"] == "DONE":
        raise invalid([_fixed(name, "cannot change: the bin transfer is done") for name in fixed])
    _require_of_row(account, before["location_id"], {**before, **given})
    return _kept({"quantity": before["quantity"], **given})


def _deleting_row(account: Account, record: Record) -> None:
    transfer = _transfer_of(account, record)
    if transfer["status"] == "DONE":
        said = f"The row {record['id']} cannot be deleted: the bin transfer {transfer['id']}"
        raise blocked(f"{said} is done.")


@contextmanager
def _settling_row(account: Account, before: Record, changes: Record) -> Generator[None]:
    transfer = _transfer_of(account, before)
    _apply(account, transfer, [before], -1)
    yield
    if changes:
        _apply(account, transfer, [{**before, **changes}], 1)


BIN_TRANSFERS = Collection(
    layout=BIN_TRANSFER_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    settling=_settling,
    more=(
        Operation(
            method="PATCH",
            path="/bin_transfers/{id}/status",
            run=_set_status,
        ),
    ),
)
BIN_TRANSFER_ROWS = Collection(
    layout=BIN_TRANSFER_ROW_LAYOUT,
    present=_present_row,
    creating=_creating_row,
    updating=_updating_row,
    deleting=_deleting_row,
    settling=_settling_row,
)
