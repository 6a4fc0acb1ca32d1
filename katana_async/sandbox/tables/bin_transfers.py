"""Bin transfers and their rows: a transfer that is DONE has moved stock between bins."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from ..account import AccountState
from ..amounts import format_number, number, sum_field
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result
from ..store import Layout, Record
from . import references
from .bins import change_place_quantity
from .traceability import check_item_references, place_of_item

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


def _present(presentation: Presentation) -> Record:
    """Return a transfer as an answer shows it: with its rows, which lack its times."""
    rows = presentation.account.store["bin_transfer_rows"]
    nested = rows.children("bin_transfer_id", presentation.record["id"])
    return {**presentation.record, "bin_transfer_rows": nested}


def _present_row(presentation: Presentation) -> Record:
    """Return a row as an answer shows it: with the times of its transfer."""
    transfer = _transfer_of(presentation.account, presentation.record)
    times = ("created_date", "departed_at", "arrived_at")
    return {**presentation.record, **{name: transfer.get(name) for name in times}}


def _transfer_of(account: AccountState, row: Record) -> Record:
    return account.store["bin_transfers"].get(row["bin_transfer_id"], deleted=True) or {}


def _require_of_row(account: AccountState, body: Record, path: Sequence[str | int] = ()) -> None:
    """Check that the records exist to which a row refers."""
    references.require(account, "variants", body["variant_id"], *path, "variant_id")
    for end in _ENDS:
        if body.get(end) is not None:
            references.require(account, "bin_locations", body[end], *path, end)
    items = body.get("traceability") or ()
    check_item_references(account, body["variant_id"], items, *path, "traceability")


def _to_row(body: Record) -> Record:
    """Return a body as a row: quantities as strings, items with all fields."""
    row = {**body, "quantity": format_number(number(body["quantity"]))}
    if "traceability" in body:
        row["traceability"] = [
            {
                **{name: item.get(name) for name in ("batch_id", "serial_number_id")},
                "quantity": format_number(number(item.get("quantity", body["quantity"]))),
            }
            for item in body["traceability"]
        ]
    return row


def _add_row(account: AccountState, transfer: Record, body: Record) -> Record:
    links = {"bin_transfer_id": transfer["id"], "location_id": transfer["location_id"]}
    return account.store["bin_transfer_rows"].create({**_to_row(body), **links})


def _move(
    account: AccountState, transfer: Record | None, rows: Sequence[Record], sign: int
) -> None:
    """Move the items of rows to their target, or back with a sign of -1, if a transfer is DONE."""
    if transfer is None or transfer["status"] != "DONE":
        return
    for row in rows:
        for item in _items(row):
            for end, change in zip(_ENDS, (-sign, sign), strict=True):
                spot = place_of_item(row["variant_id"], row["location_id"], item, row[end])
                change_place_quantity(account, spot, change * Decimal(item["quantity"]))


def _items(row: Record) -> Iterator[Record]:
    """Yield the items of a row, and the rest of its quantity as an item."""
    yield from row["traceability"]
    rest = Decimal(row["quantity"]) - sum_field(row["traceability"], "quantity")
    if rest > 0:
        yield {"quantity": rest}


def _create_record(account: AccountState, body: Record) -> Record:
    references.require(account, "locations", body["location_id"], "location_id")
    values = {
        "bin_transfer_number": f"BT-{account.store.next_number('bin transfer')}",
        "created_date": account.now(),
        **body,
    }
    rows = values.pop("bin_transfer_rows", ())
    for index, row in enumerate(rows):
        _require_of_row(account, row, ("bin_transfer_rows", index))
    transfer = account.store["bin_transfers"].create(values)
    for row in rows:
        _add_row(account, transfer, row)
    return transfer


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    """Undo the movement of a transfer, and repeat it after the change."""
    table = account.store["bin_transfer_rows"]
    rows = table.children("bin_transfer_id", before["id"])
    _move(account, before, rows, -1)
    yield
    if not changes:
        references.delete_children(account, "bin_transfer_rows", "bin_transfer_id", before["id"])
        return
    if "location_id" in changes:
        rows = [table.update(row["id"], {"location_id": changes["location_id"]}) for row in rows]
    _move(account, account.store["bin_transfers"].get(before["id"]), rows, 1)


def _set_status(call: Call) -> Result:
    account, status = call.account, call.body["status"]
    before = BIN_TRANSFERS.get_record(account, call.id)
    departed = None if status == "CREATED" else before["departed_at"] or account.now()
    arrived = (before["arrived_at"] or account.now()) if status == "DONE" else None
    changes = {"status": status, "departed_at": departed, "arrived_at": arrived}
    with _around_change(account, before, changes):
        after = account.store["bin_transfers"].update(before["id"], changes)
    return Result(200, _present(Presentation(account, after, "update")))


def _create_row(account: AccountState, body: Record) -> Record:
    transfer = references.require(
        account, "bin_transfers", body["bin_transfer_id"], "bin_transfer_id"
    )
    _require_of_row(account, body)
    row = _add_row(account, transfer, body)
    _move(account, transfer, [row], 1)
    return row


def _read_row_changes(account: AccountState, before: Record, body: Record) -> Record:
    _require_of_row(account, {**before, **body})
    return _to_row({"quantity": before["quantity"], **body})


@contextmanager
def _around_row_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    transfer = _transfer_of(account, before)
    _move(account, transfer, [before], -1)
    yield
    if changes:
        _move(account, transfer, [{**before, **changes}], 1)


BIN_TRANSFERS = CollectionSpec(
    layout=BIN_TRANSFER_LAYOUT,
    present=_present,
    create=_create_record,
    around_change=_around_change,
    extra_endpoints=(
        ApiEndpoint(method="PATCH", path="/bin_transfers/{id}/status", run=_set_status),
    ),
)
BIN_TRANSFER_ROWS = CollectionSpec(
    layout=BIN_TRANSFER_ROW_LAYOUT,
    present=_present_row,
    create=_create_row,
    read_changes=_read_row_changes,
    around_change=_around_row_change,
)
