"""Price lists, their rows, and the customers they are for."""

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
    fields={"price_list_id": None, "variant_id": None, "adjustment_method": "fixed", "amount": 0},
    links=("price_list_id",),
)
PRICE_LIST_CUSTOMER_LAYOUT = Layout(
    name="price_list_customers",
    first=16_600_001,
    fields={"price_list_id": None, "customer_id": None},
    links=("price_list_id", "customer_id"),
)


def _present(showing: Showing) -> Record:
    """Write a price list or a row of one; a new list is without `is_active`."""
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


def _rows(layout: Layout, field: str, parents: str) -> Collection:
    """Declare a collection whose POST adds several records to a price list and answers an array.

    Args:
        field: The field of each that refers to another record.
        parents: The table of those.
    """
    table = layout.name

    def adding(call: Call) -> Reply:
        account, link = call.account, {"price_list_id": call.body["price_list_id"]}
        usage.require_named(account, link, price_list_id="price_lists")
        for index, given in enumerate(call.body[table]):
            usage.require_named(account, given, table, index, **{field: parents})
        rows = [account.store[table].create({**given, **link}) for given in call.body[table]]
        return Reply(200, [_present(call.showing(row, "create")) for row in rows])

    def updating(account: Account, _before: Record, given: Record) -> Record:
        usage.require_named(account, given, **{field: parents})
        return given

    post = Operation(method="POST", path=f"/{table}", run=adding)
    return Collection(layout=layout, present=_present, updating=updating, more=(post,))


PRICE_LISTS = Collection(
    layout=PRICE_LIST_LAYOUT, present=_present, creating=_creating, deleting=_deleting
)
PRICE_LIST_ROWS = _rows(PRICE_LIST_ROW_LAYOUT, "variant_id", "variants")
PRICE_LIST_CUSTOMERS = _rows(PRICE_LIST_CUSTOMER_LAYOUT, "customer_id", "customers")
