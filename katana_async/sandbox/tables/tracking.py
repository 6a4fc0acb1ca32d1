"""Follows stock through batches, bins and serial numbers, as far as records say them.

The quantity of a row is made up of items (`traceability`), each of which may name a batch, a bin
and a serial number. Whoever moves stock by such a row (`ledger.move`) calls `track` beside it.
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
    """Let what is named come in (a positive quantity) or go out.

    Args:
        traceability: The items, each with a quantity.
        sign: -1 when quantities of what goes out are positive, or to take back what was done.
        cause: What moves serial numbers; without it they are not written down.
    """
    for item in traceability:
        change = sign * Decimal(item["quantity"])
        spot = spot_of(variant_id, location_id, item, item.get("bin_location_id"))
        change_spot(account, spot, "quantity_in_stock", change)
        if spot.batch_id is not None:
            batch = account.store["batches"].get(spot.batch_id)
            if batch is not None:
                change_batch(account, batch, location_id, change)
        if spot.serial_number_id is not None and cause is not None:
            record_serial(account, spot.serial_number_id, change, cause)


def spot_of(variant_id: Id, location_id: Id, item: Record, bin_id: Id | None) -> Spot:
    """Return the place that an item of `traceability` means, in a bin."""
    return Spot(variant_id, location_id, bin_id, item.get("batch_id"), item.get("serial_number_id"))


def require_tracked(
    account: Account, variant_id: Id, items: Iterable[Record], *path: str | int
) -> None:
    """Check that the batches and serial numbers that items name are there, and of the variant.

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
