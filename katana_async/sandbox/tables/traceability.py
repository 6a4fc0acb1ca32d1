"""The traceability items of rows: batches, bins and serial numbers, and their movements.

Each item of a row can have a batch, a bin and a serial number. Code that moves the stock of a row
(`ledger.move`) also calls `move_items`.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from ..account import AccountState
from ..amounts import format_number, number
from ..errors import invalid_reference
from ..store import Id, Record
from . import references
from .batches import change_batch
from .bins import StockPlace, change_place_quantity
from .ledger import Cause
from .serial_numbers import record_serial

# The fields of a row with its items.
ITEM_FIELDS: Record = {"batch_transactions": (), "traceability": ()}

_PLACE = ("batch_id", "bin_location_id", "serial_number_id")


def move_items(
    account: AccountState,
    *,
    variant_id: Id,
    location_id: Id,
    traceability: Iterable[Record],
    sign: int = 1,
    cause: Cause | None = None,
) -> None:
    """Add the quantities of items to their batches, bins and serial numbers.

    Args:
        traceability: The items; a negative quantity is removed.
        sign: -1 reverses the direction.
        cause: The cause of serial number transactions; None records no transactions.
    """
    for item in traceability:
        change = sign * Decimal(item["quantity"])
        spot = place_of_item(variant_id, location_id, item, item.get("bin_location_id"))
        change_place_quantity(account, spot, change)
        if spot.batch_id is not None:
            batch = account.store["batches"].get(spot.batch_id)
            if batch is not None:
                change_batch(account, batch, location_id, change)
        if spot.serial_number_id is not None and cause is not None:
            record_serial(account, spot.serial_number_id, change, cause)


def place_of_item(variant_id: Id, location_id: Id, item: Record, bin_id: Id | None) -> StockPlace:
    """Return the place of an item in a bin."""
    return StockPlace(
        variant_id, location_id, bin_id, item.get("batch_id"), item.get("serial_number_id")
    )


def check_item_references(
    account: AccountState, variant_id: Id, items: Iterable[Record], *path: str | int
) -> None:
    """Check that the batches and serial numbers of items exist and belong to the variant.

    Raises:
        RequestRefused: 422, one does not.
    """
    for index, item in enumerate(items):
        for name, table in (("batch_id", "batches"), ("serial_number_id", "serial_numbers")):
            if item.get(name) is None:
                continue
            found = references.require(account, table, item[name], *path, index, name)
            if found.get("variant_id", variant_id) != variant_id:
                message = f"must be the id of a record in {table} of the variant {variant_id}"
                raise invalid_reference(message, *path, index, name, collection=table)


def read_items(body: Record, quantity: Any) -> Record:
    """Return a body's items in both forms; `traceability` overrides `batch_transactions`.

    Args:
        quantity: The quantity of items without one.
    """
    items, by_batch = body.get("traceability"), body.get("batch_transactions") or ()
    named = by_batch if items is None else [each for each in items if each.get("batch_id")]
    return {
        "traceability": [
            {
                **{name: item.get(name) for name in _PLACE},
                "quantity": format_number(_amount(item.get("quantity"), quantity)),
            }
            for item in (by_batch if items is None else items)
        ],
        "batch_transactions": [
            {
                "batch_id": item.get("batch_id"),
                "quantity": number(_amount(item.get("quantity"), quantity)),
            }
            for item in named
        ],
    }


def check_items(account: AccountState, body: Record, *path: str | int) -> None:
    """Check the references of a row's items.

    Raises:
        RequestRefused: 422, a batch or serial number does not exist or is of another variant.
    """
    for name in ITEM_FIELDS:
        items = body.get(name) or ()
        check_item_references(account, body["variant_id"], items, *path, name)


def _amount(body: Any, otherwise: Any) -> Decimal:
    """Parse a quantity, for which the document allows any value in some items."""
    try:
        amount = Decimal(str(body))
    except InvalidOperation:
        return Decimal(otherwise)
    return amount if amount.is_finite() else Decimal(otherwise)
