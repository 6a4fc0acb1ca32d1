"""The items of a row's quantity: batches, bins and serial numbers."""

from decimal import Decimal, InvalidOperation
from typing import Any

from ..account import Account
from ..schema import number
from ..store import Record
from .money import spelled
from .tracking import require_tracked

# The fields of a row for them.
TRACED: Record = {"batch_transactions": (), "traceability": ()}

_PLACE = ("batch_id", "bin_location_id", "serial_number_id")


def traced(given: Record, quantity: Any) -> Record:
    """Return both forms of a body's items; `traceability` overrides `batch_transactions`.

    Args:
        quantity: The quantity of the row, for items without one.
    """
    items, by_batch = given.get("traceability"), given.get("batch_transactions") or ()
    named = by_batch if items is None else [each for each in items if each.get("batch_id")]
    return {
        "traceability": [
            {
                **{name: item.get(name) for name in _PLACE},
                "quantity": spelled(_amount(item.get("quantity"), quantity)),
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


def require_traced(account: Account, given: Record, *path: str | int) -> None:
    """Check the references of a row's items.

    Raises:
        Refusal: 422, a batch or serial number does not exist or is of another variant.
    """
    for name in TRACED:
        items = given.get(name) or ()
        require_tracked(account, given["variant_id"], items, *path, name)


def _amount(given: Any, otherwise: Any) -> Decimal:
    """Read a quantity; the document allows any value in some items."""
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return Decimal(otherwise)
    return amount if amount.is_finite() else Decimal(otherwise)
