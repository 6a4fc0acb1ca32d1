"""Sales returns."""

from collections.abc import Generator
from contextlib import contextmanager

from ..account import AccountState
from ..endpoints import ApiEndpoint, CollectionSpec, Result, without
from ..store import Layout, Record
from . import references
from .sales_return_rows import REASONS, RESTOCKED, restock, rows_of
from .shipping import compare_status

RETURN_LAYOUT = Layout(
    name="sales_returns",
    first=17_600_001,
    fields={
        "order_no": "",
        "status": "NOT_RETURNED",
        "refund_status": "NOT_REFUNDED",
        "currency": "USD",
        "additional_info": "",
        **dict.fromkeys(
            (
                *("sales_order_id", "customer_id", "return_location_id", "order_created_date"),
                *("return_date", "tracking_number", "tracking_number_url", "tracking_carrier"),
                "tracking_method",
            )
        ),
    },
    links=("sales_order_id",),
)


def _create_record(account: AccountState, body: Record) -> Record:
    order = references.require(account, "sales_orders", body["sales_order_id"], "sales_order_id")
    references.require_all(account, body, return_location_id="locations")
    return account.store["sales_returns"].create(
        {
            "order_no": f"RO-{account.store.next_number('sales return')}",
            "order_created_date": account.now(),
            **body,
            "customer_id": order["customer_id"],
            "currency": order["currency"],
        }
    )


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    references.require_all(account, body, return_location_id="locations")
    status = body.get("status", before["status"])
    if status == "NOT_RETURNED":
        return {**body, "return_date": None} if before["return_date"] else body
    return {"return_date": before["return_date"] or account.now(), **body}


@contextmanager
def _around_change(account: AccountState, before: Record, changes: Record) -> Generator[None]:
    """Add the rows of a return to stock, or remove them, when its status changes."""
    leaves, enters = compare_status(before, changes, RESTOCKED)
    yield
    if leaves or enters:
        for row in rows_of(account, before["id"]):
            restock(account, {**before, **changes}, row, 1 if enters else -1)
    if not changes:
        references.delete_children(account, "sales_return_rows", "sales_return_id", before["id"])


SALES_RETURNS = CollectionSpec(
    layout=RETURN_LAYOUT,
    present=without("deleted_at"),
    create=_create_record,
    read_changes=_read_changes,
    around_change=_around_change,
    extra_endpoints=(
        ApiEndpoint(
            method="GET", path="/sales_returns/return_reasons", run=lambda _: Result(200, REASONS)
        ),
    ),
)
