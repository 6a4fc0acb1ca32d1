"""The rows of sales returns: what comes back of a delivery, and into which stock."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..schema import number
from ..store import Id, Record
from . import ledger, shipping, usage
from .money import padded
from .tracking import require_tracked, track

RETURN_ROW_LAYOUT = Layout(
    name="sales_return_rows",
    first=17_800_001,
    fields={
        "quantity": 1,
        "batch_transactions": (),
        **dict.fromkeys(
            (
                *("sales_return_id", "sales_order_row_id", "fulfillment_row_id", "variant_id"),
                *("net_price_per_unit", "reason_id", "restock_location_id"),
            )
        ),
    },
    links=("sales_return_id", "fulfillment_row_id", "sales_order_row_id"),
)

RESTOCKED = "RESTOCKED_ALL"
_REASONS = (
    *("Defective or damaged", "Incorrect spec", "Warranty"),
    *("Wrong item", "Dissatisfied", "Other"),
)
REASONS = tuple({"id": 17_900_001 + index, "name": name} for index, name in enumerate(_REASONS))


def rows_of(account: Account, sales_return: Id) -> list[Record]:
    """Return the rows of a return."""
    return account.store["sales_return_rows"].children("sales_return_id", sales_return)


def restock(account: Account, sales_return: Record, row: Record, sign: int = 1) -> None:
    """Put what came back into stock.

    Args:
        sign: 1, or -1 to take it out again.
    """
    place = {"variant_id": row["variant_id"], "location_id": row["restock_location_id"]}
    no, cause_id = sales_return["order_no"], sales_return["id"]
    track(account, **place, traceability=row["batch_transactions"], sign=sign)
    ledger.move(
        account,
        **place,
        change=sign * Decimal(row["quantity"]),
        cause=ledger.Cause("SalesOrderRow", row["sales_order_row_id"], no, cause_id),
    )


def _present(showing: Showing) -> Record:
    """Write a row: the quantity as text with 2 decimals, the price with 10."""
    record = showing.record
    return {
        **{name: value for name, value in record.items() if name != "deleted_at"},
        "quantity": padded(record["quantity"], 2),
        "net_price_per_unit": padded(record["net_price_per_unit"], 10),
    }


def _creating(account: Account, given: Record) -> Record:
    sales_return = usage.require(
        account, "sales_returns", given["sales_return_id"], "sales_return_id"
    )
    delivered = _require_delivered(account, sales_return, given)
    _check(account, given, shipping.returnable(account, delivered))
    ordered = shipping.row_of(account, delivered)
    made = account.store["sales_return_rows"].create(
        {
            "restock_location_id": sales_return["return_location_id"],
            **given,
            "quantity": number(given["quantity"]),
            "sales_order_row_id": ordered["id"],
            "net_price_per_unit": number(shipping.net_price(ordered)),
        }
    )
    if sales_return["status"] == RESTOCKED:
        restock(account, sales_return, made)
    return made


def _require_delivered(account: Account, sales_return: Record, given: Record) -> Record:
    """Return the row of a fulfillment that something comes back of.

    Raises:
        Refusal: 422, it is not of the order that the return is of, not delivered, or of another
            variant.
    """
    row = account.store["sales_order_fulfillment_rows"].get(given["fulfillment_row_id"])
    fulfillments = shipping.fulfillments_of(account, sales_return["sales_order_id"])
    of_order = {each["id"] for each in fulfillments if each["status"] == shipping.DELIVERED}
    if row is None or row["sales_order_fulfillment_id"] not in of_order:
        raise _wrong("fulfillment_row_id", "must be the id of a row that the order was delivered")
    if shipping.row_of(account, row)["variant_id"] != given["variant_id"]:
        raise _wrong("variant_id", "must be the id of the variant that was delivered")
    return row


def _check(account: Account, given: Record, limit: Decimal) -> None:
    """Check the location and the reason, and that no more comes back than went out."""
    usage.require_named(account, given, restock_location_id="locations")
    reason = given.get("reason_id")
    if reason is not None and reason not in [each["id"] for each in REASONS]:
        raise _wrong("reason_id", "must be the id of a reason for returns")
    if "quantity" in given and Decimal(given["quantity"]) > limit:
        said, limits = f"must not be greater than {number(limit)}", {"limit": number(limit)}
        raise invalid([Problem(("quantity",), "maximum", said, limits)])


def _wrong(field: str, said: str) -> Exception:
    return invalid([Problem((field,), "reference", said, {})])


def _updating(account: Account, before: Record, given: Record) -> Record:
    delivered = _delivered_of(account, before)
    _check(account, given, shipping.returnable(account, delivered) + Decimal(before["quantity"]))
    batches = given.get("batch_transactions", ())
    require_tracked(account, before["variant_id"], batches, "batch_transactions")
    quantity: Any = given.get("quantity", before["quantity"])
    return {**given, "quantity": number(quantity)}


def _delivered_of(account: Account, row: Record) -> Record:
    found = account.store["sales_order_fulfillment_rows"].get(row["fulfillment_row_id"])
    assert found is not None
    return found


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Let stock follow a row of a restocked return that changes or is deleted."""
    sales_return = account.store["sales_returns"].get(before["sales_return_id"])
    moved = ("quantity", "restock_location_id", "batch_transactions")
    moves = not changes or any(changes.get(name, before[name]) != before[name] for name in moved)
    if sales_return is None or sales_return["status"] != RESTOCKED or not moves:
        yield
        return
    restock(account, sales_return, before, -1)
    yield
    if (row := account.store["sales_return_rows"].get(before["id"])) is not None:
        restock(account, sales_return, row)


def _unassigned_batches(call: Call) -> Reply:
    """Answer with the batches that were delivered and that no row of a return has claimed.

    Katana's example is a single object, so one batch is that, and several are an array of them.
    """
    account = call.account
    row = SALES_RETURN_ROWS.found(account, call.id)
    delivered = _delivered_of(account, row)
    left: dict[Id | None, Decimal] = defaultdict(Decimal)
    for sign, each in [
        (1, delivered),
        *((-1, x) for x in shipping.returned(account, delivered["id"])),
    ]:
        for batch in each["batch_transactions"]:
            left[batch["batch_id"]] += sign * Decimal(batch["quantity"])
    there = {each: some for each, some in left.items() if each is not None and some > 0}
    batches = [_batch(account, each, some) for each, some in there.items()]
    return Reply(200, batches[0] if len(batches) == 1 else batches)


def _batch(account: Account, id: Id, quantity: Decimal) -> Record:
    batch: Record = account.store["batches"].get(id, deleted=True) or {}
    return {
        "batch_id": id,
        "batch_number": batch.get("batch_number"),
        "barcode": batch.get("batch_barcode"),
        "batch_created_date": batch.get("batch_created_date"),
        "batch_expiration_date": batch.get("expiration_date"),
        "quantity": padded(quantity, 2),
    }


_UNASSIGNED = "/sales_return_rows/{id}/unassigned_batch_transactions"
SALES_RETURN_ROWS = Collection(
    layout=RETURN_ROW_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    settling=_settling,
    more=(Operation(method="GET", path=_UNASSIGNED, run=_unassigned_batches),),
)
