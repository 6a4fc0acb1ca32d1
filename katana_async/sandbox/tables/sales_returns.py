"""Sales returns: what customers send back of an order."""

from collections.abc import Generator
from contextlib import contextmanager

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Operation, Reply, without
from ..store import Record
from . import usage
from .sales_return_rows import REASONS, RESTOCKED, restock, rows_of
from .shipping import crosses

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


def _creating(account: Account, given: Record) -> Record:
    order = usage.require(account, "sales_orders", given["sales_order_id"], "sales_order_id")
    usage.require_named(account, given, return_location_id="locations")
    return account.store["sales_returns"].create(
        {
            "order_no": f"RO-{account.store.next('sales return')}",
            "order_created_date": account.now(),
            **given,
            "customer_id": order["customer_id"],
            "currency": order["currency"],
        }
    )


def _updating(account: Account, before: Record, given: Record) -> Record:
    usage.require_named(account, given, return_location_id="locations")
    status = given.get("status", before["status"])
    if status == "NOT_RETURNED":
        return {**given, "return_date": None} if before["return_date"] else given
    return {"return_date": before["return_date"] or account.now(), **given}


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    """Put the rows of a return into stock, or take them out, as its status says."""
    leaves, comes = crosses(before, changes, RESTOCKED)
    yield
    if leaves or comes:
        for row in rows_of(account, before["id"]):
            restock(account, {**before, **changes}, row, 1 if comes else -1)
    if not changes:
        usage.delete_children(account, "sales_return_rows", "sales_return_id", before["id"])


SALES_RETURNS = Collection(
    layout=RETURN_LAYOUT,
    present=without("deleted_at"),
    creating=_creating,
    updating=_updating,
    settling=_settling,
    more=(
        Operation(
            method="GET", path="/sales_returns/return_reasons", run=lambda _: Reply(200, REASONS)
        ),
    ),
)
