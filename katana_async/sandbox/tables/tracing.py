"""What the quantity of a row is made up of: batches, bins and serial numbers."""

from decimal import Decimal, InvalidOperation
from typing import Any

from ..account import Account
from ..schema import number
from ..store import Record
from .money import spelled
from .tracking import require_tracked

# The fields of a row that keep it.
TRACED: Record = {"batch_transactions": (), "traceability": ()}

_PLACE = ("batch_id", "bin_location_id", "serial_number_id")


def traced(given: Record, quantity: Any) -> Record:
    """Return both ways of saying what a row is made up of, whichever of them a body has.

    Args:
        quantity: The quantity of the row, for items that say none.
    """
    batches = given.get("batch_transactions")
    items = given.get("traceability")
    places = [
        {
            **{name: each.get(name) for name in _PLACE},
            "quantity": spelled(_amount(each.get("quantity"), quantity)),
        }
        for each in (batches or () if items is None else items)
    ]
    if batches is None:
        batches = [each for each in places if each["batch_id"] is not None]
    return {
        "traceability": places,
        "batch_transactions": [
            {
                "batch_id": each.get("batch_id"),
                "quantity": number(_amount(each.get("quantity"), quantity)),
            }
            for each in batches
        ],
    }


def require_traced(account: Account, given: Record, *path: str | int) -> None:
    """Check that what a row says it is made up of is there.

    Raises:
        Refusal: 422, it is not, or it is of another variant.
    """
    for name in TRACED:
        items = given.get(name) or ()
        require_tracked(account, given["variant_id"], items, *path, name)


def _amount(given: Any, otherwise: Any) -> Decimal:
    """Read a quantity: items that are open objects may have anything there."""
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return Decimal(otherwise)
    return amount if amount.is_finite() else Decimal(otherwise)
