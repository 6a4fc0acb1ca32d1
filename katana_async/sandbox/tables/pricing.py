"""Price lists, their rows, and the customers they are for."""

from collections.abc import Callable

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..query import UNBOUNDED_IDS, flag, several, text
from ..schema import Flag, Items, Number, Object, Schema, Text, body
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


def _post(table: str, of: Object, field: str, parents: str) -> Operation:
    """Declare the operation that adds several records to a price list and answers an array.

    Args:
        of: What a body may say of each.
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

    fields: dict[str, Schema] = {"price_list_id": Number(), table: Items(of=of)}
    return Operation(method="POST", path=f"/{table}", run=run, body=body(tuple(fields), **fields))


def _changing(field: str, parents: str) -> Callable[[Account, Record, Record], Record]:
    def changing(account: Account, _before: Record, given: Record) -> Record:
        if field in given:
            usage.require(account, parents, given[field], field)
        return given

    return changing


_METHOD = Text(one_of=("fixed", "percentage", "markup"))
_NEW_ROW = body(
    ("variant_id", "adjustment_method", "amount"),
    adjustment_method=_METHOD,
    amount=Number(),
    variant_id=Number(),
)
_NEW_CUSTOMER = body(("customer_id",), customer_id=Number())

PRICE_LISTS = Collection(
    layout=PRICE_LIST_LAYOUT,
    present=_present,
    params=(text("name"), flag("is_active"), UNBOUNDED_IDS),
    create=body(("name",), name=Text(most=100)),
    update=body(is_active=Flag(), name=Text()),
    deletes=True,
    creating=_creating,
    deleting=_deleting,
)
PRICE_LIST_ROWS = Collection(
    layout=PRICE_LIST_ROW_LAYOUT,
    present=_present,
    params=(
        UNBOUNDED_IDS,
        several("variant_ids", "variant_id", bounded=False),
        several("price_list_ids", "price_list_id", bounded=False),
    ),
    update=body(adjustment_method=_METHOD, amount=Number(above=0), variant_id=Number()),
    deletes=True,
    updating=_changing("variant_id", "variants"),
    more=(_post("price_list_rows", _NEW_ROW, "variant_id", "variants"),),
)
PRICE_LIST_CUSTOMERS = Collection(
    layout=PRICE_LIST_CUSTOMER_LAYOUT,
    present=_present,
    params=(
        UNBOUNDED_IDS,
        several("customer_ids", "customer_id", bounded=False),
        several("price_list_ids", "price_list_id", bounded=False),
    ),
    update=_NEW_CUSTOMER,
    deletes=True,
    updating=_changing("customer_id", "customers"),
    more=(_post("price_list_customers", _NEW_CUSTOMER, "customer_id", "customers"),),
)
