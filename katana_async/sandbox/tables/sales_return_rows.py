"""The rows of sales returns, and their effects on stock."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import format_padded, number
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result, leave_out
from ..errors import ErrorDetail, invalid_reference, unprocessable
from ..store import Id, Layout, Record
from . import ledger, references, shipping
from .traceability import check_item_references, move_items

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


def rows_of(account: AccountState, sales_return: Id) -> list[Record]:
    """Return the rows of a return."""
    return account.store["sales_return_rows"].children("sales_return_id", sales_return)


def restock(account: AccountState, sales_return: Record, row: Record, sign: int = 1) -> None:
    """Add the quantity of a row to stock.

    Args:
        sign: -1 removes it instead.
    """
    place = {"variant_id": row["variant_id"], "location_id": row["restock_location_id"]}
    no, cause_id = sales_return["order_no"], sales_return["id"]
    move_items(account, **place, traceability=row["batch_transactions"], sign=sign)
    ledger.move(
        account,
        **place,
        change=sign * Decimal(row["quantity"]),
        cause=ledger.Cause("SalesOrderRow", row["sales_order_row_id"], no, cause_id),
    )


def _present(presentation: Presentation) -> Record:
    """Return a row as an answer shows it: quantity and price as strings."""
    record = presentation.record
    return {
        **leave_out(record, "deleted_at"),
        "quantity": format_padded(record["quantity"], 2),
        "net_price_per_unit": format_padded(record["net_price_per_unit"], 10),
    }


def _create_record(account: AccountState, body: Record) -> Record:
    sales_return = references.require(
        account, "sales_returns", body["sales_return_id"], "sales_return_id"
    )
    delivered = _require_delivered(account, sales_return, body)
    _check(account, body, shipping.returnable_quantity(account, delivered))
    ordered = shipping.row_of(account, delivered)
    created = account.store["sales_return_rows"].create(
        {
            "restock_location_id": sales_return["return_location_id"],
            **body,
            "quantity": number(body["quantity"]),
            "sales_order_row_id": ordered["id"],
            "net_price_per_unit": number(shipping.net_price(ordered)),
        }
    )
    if sales_return["status"] == RESTOCKED:
        restock(account, sales_return, created)
    return created


def _require_delivered(account: AccountState, sales_return: Record, body: Record) -> Record:
    """Return the row of the fulfillment from which a quantity is returned.

    Raises:
        RequestRefused: 422, the row is not of the return's order, not delivered, or of another
            variant.
    """
    row = account.store["sales_order_fulfillment_rows"].get(body["fulfillment_row_id"])
    fulfillments = shipping.fulfillments_of(account, sales_return["sales_order_id"])
    of_order = {each["id"] for each in fulfillments if each["status"] == shipping.DELIVERED}
    if row is None or row["sales_order_fulfillment_id"] not in of_order:
        message = "must be the id of a delivered row of the order"
        raise invalid_reference(message, "fulfillment_row_id")
    if shipping.row_of(account, row)["variant_id"] != body["variant_id"]:
        raise invalid_reference("must be the id of the variant that was delivered", "variant_id")
    return row


def _check(account: AccountState, body: Record, limit: Decimal) -> None:
    """Check the location, the reason, and that the quantity does not exceed `limit`."""
    references.require_all(account, body, restock_location_id="locations")
    reason = body.get("reason_id")
    if reason is not None and reason not in [each["id"] for each in REASONS]:
        raise invalid_reference("must be the id of a reason for returns", "reason_id")
    if "quantity" in body and Decimal(body["quantity"]) > limit:
        message, limits = f"must not be greater than {number(limit)}", {"limit": number(limit)}
        raise unprocessable(ErrorDetail(("quantity",), "maximum", message, limits))


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    delivered = _delivered_of(account, before)
    _check(
        account,
        body,
        shipping.returnable_quantity(account, delivered) + Decimal(before["quantity"]),
    )
    batches = body.get("batch_transactions", ())
    check_item_references(account, before["variant_id"], batches, "batch_transactions")
    quantity: Any = body.get("quantity", before["quantity"])
    return {**body, "quantity": number(quantity)}


def _delivered_of(account: AccountState, row: Record) -> Record:
    found = account.store["sales_order_fulfillment_rows"].get(row["fulfillment_row_id"])
    assert found is not None
    return found


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    """Update the stock when a row of a restocked return changes or is deleted."""
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


def _unassigned_batches(call: Call) -> Result:
    """Answer with the delivered batches that no row of a return has.

    One batch is an object, as in Katana's example; several are an array.
    """
    account = call.account
    row = SALES_RETURN_ROWS.get_record(account, call.id)
    delivered = _delivered_of(account, row)
    left: dict[Id | None, Decimal] = defaultdict(Decimal)
    for sign, each in [
        (1, delivered),
        *((-1, x) for x in shipping.return_rows_for(account, delivered["id"])),
    ]:
        for batch in each["batch_transactions"]:
            left[batch["batch_id"]] += sign * Decimal(batch["quantity"])
    available = {each: some for each, some in left.items() if each is not None and some > 0}
    batches = [_batch(account, each, some) for each, some in available.items()]
    return Result(200, batches[0] if len(batches) == 1 else batches)


def _batch(account: AccountState, id: Id, quantity: Decimal) -> Record:
    batch: Record = account.store["batches"].get(id, deleted=True) or {}
    return {
        "batch_id": id,
        "batch_number": batch.get("batch_number"),
        "barcode": batch.get("batch_barcode"),
        "batch_created_date": batch.get("batch_created_date"),
        "batch_expiration_date": batch.get("expiration_date"),
        "quantity": format_padded(quantity, 2),
    }


_UNASSIGNED = "/sales_return_rows/{id}/unassigned_batch_transactions"
SALES_RETURN_ROWS = CollectionSpec(
    layout=RETURN_ROW_LAYOUT,
    present=_present,
    create=_create_record,
    read_changes=_read_changes,
    around_change=_around_change,
    extra_endpoints=(ApiEndpoint(method="GET", path=_UNASSIGNED, run=_unassigned_batches),),
)
