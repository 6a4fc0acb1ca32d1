"""Batches, bins and serial numbers follow the stock of the rows that name them.

The items of a row (`traceability`) may each name a batch, a bin and a serial number. Code that
moves the stock of such a row (`ledger.move`) calls `track` beside it.
"""

from collections.abc import Iterable
from decimal import Decimal

from ..account import Account
from ..errors import Problem, invalid
from ..store import Id, Record
from . import usage
from .batches import change_batch
from .bins import Spot, change_spot
from .ledger import Cause
from .serial_numbers import record_serial


def track(
    account: Account,
    *,
    variant_id: Id,
    location_id: Id,
    traceability: Iterable[Record],
    sign: int = 1,
    cause: Cause | None = None,
) -> None:
    """Move what items name in (a positive quantity) or out.

    Args:
        traceability: The items, each with a quantity.
        sign: -1 if positive quantities go out, or to undo a movement.
        cause: The cause of movements of serial numbers; None records none.
    """
    for item in traceability:
        change = sign * Decimal(item["quantity"])
        spot = spot_of(variant_id, location_id, item, item.get("bin_location_id"))
        change_spot(account, spot, change)
        if spot.batch_id is not None:
            batch = account.store["batches"].get(spot.batch_id)
            if batch is not None:
                change_batch(account, batch, location_id, change)
        if spot.serial_number_id is not None and cause is not None:
            record_serial(account, spot.serial_number_id, change, cause)


def spot_of(variant_id: Id, location_id: Id, item: Record, bin_id: Id | None) -> Spot:
    """Return the place of an item of `traceability` in a bin."""
    return Spot(variant_id, location_id, bin_id, item.get("batch_id"), item.get("serial_number_id"))


def require_tracked(
    account: Account, variant_id: Id, items: Iterable[Record], *path: str | int
) -> None:
    """Check that the batches and serial numbers of items exist and belong to the variant.

    Raises:
        Refusal: 422, they are not.
    """
    for index, item in enumerate(items):
        for name, table in (("batch_id", "batches"), ("serial_number_id", "serial_numbers")):
            if item.get(name) is None:
                continue
            found = usage.require(account, table, item[name], *path, index, name)
            if found.get("variant_id", variant_id) != variant_id:
                message = f"must be the id of a record in {table} of the variant {variant_id}"
                place = (*path, index, name)
                raise invalid([Problem(place, "reference", message, {"collection": table})])
