"""Price lists, their rows, and the customers they are for."""

from collections.abc import Callable

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..store import Record
from . import usage

PRICE_LIST_LAYOUT = Layout(
    name="price_lists", first=9_000_001, fields={"name": "", "is_active": True}
)
PRICE_LIST_ROW_LAYOUT = Layout(
    name="price_list_rows",
    first=9_100_001,
    fields={
        "price_list_id": None,
        "variant_id": None,
        "adjustment_method": "fixed",
        "amount": 0,
    },
    links=("price_list_id",),
)
PRICE_LIST_CUSTOMER_LAYOUT = Layout(
    name="price_list_customers",
    first=16_600_001,
    fields={"price_list_id": None, "customer_id": None},
    links=("price_list_id", "customer_id"),
)


def _present(showing: Showing) -> Record:
    """Write a price list or a row of one; a new list does not say whether it is active."""
    shown = dict(showing.record)
    del shown["deleted_at"]
    if showing.how == "create":
        shown.pop("is_active", None)
    return shown


def _creating(account: Account, given: Record) -> Record:
    return account.store["price_lists"].create(given)


def _deleting(account: Account, record: Record) -> None:
    for table in ("price_list_rows", "price_list_customers"):
        usage.delete_children(account, table, "price_list_id", record["id"])


def _post(table: str, field: str, parents: str) -> Operation:
    """Declare the operation that adds several records to a price list and answers an array.

    Args:
        field: The field of each that refers to another record.
        parents: The table of those.
    """

    def run(call: Call) -> Reply:
        account, price_list_id = call.account, call.body["price_list_id"]
        usage.require(account, "price_lists", price_list_id, "price_list_id")
        for index, given in enumerate(call.body[table]):
            usage.require(account, parents, given[field], table, index, field)
        rows = [
            account.store[table].create({**given, "price_list_id": price_list_id})
            for given in call.body[table]
        ]
        return Reply(200, [_present(Showing(account, row, "create")) for row in rows])

    return Operation(
        method="POST",
        path=f"/{table}",
        run=run,
    )


def _changing(field: str, parents: str) -> Callable[[Account, Record, Record], Record]:
    def changing(account: Account, _before: Record, given: Record) -> Record:
        if field in given:
            usage.require(account, parents, given[field], field)
        return given

    return changing


PRICE_LISTS = Collection(
    layout=PRICE_LIST_LAYOUT,
    present=_present,
    creating=_creating,
    deleting=_deleting,
)
PRICE_LIST_ROWS = Collection(
    layout=PRICE_LIST_ROW_LAYOUT,
    present=_present,
    updating=_changing("variant_id", "variants"),
    more=(_post("price_list_rows", "variant_id", "variants"),),
)
PRICE_LIST_CUSTOMERS = Collection(
    layout=PRICE_LIST_CUSTOMER_LAYOUT,
    present=_present,
    updating=_changing("customer_id", "customers"),
    more=(_post("price_list_customers", "customer_id", "customers"),),
)
