"""Price lists and their rows."""

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..query import UNBOUNDED_IDS, flag, several, text
from ..schema import Flag, Items, Number, Text, body
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
    rows = account.store["price_list_rows"]
    for row in rows.children("price_list_id", record["id"]):
        rows.delete(row["id"])


def _create_rows(call: Call) -> Reply:
    account, price_list_id = call.account, call.body["price_list_id"]
    usage.require(account, "price_lists", price_list_id, "price_list_id")
    for index, given in enumerate(call.body["price_list_rows"]):
        path = ("price_list_rows", index, "variant_id")
        usage.require(account, "variants", given["variant_id"], *path)
    table = account.store["price_list_rows"]
    rows = [
        table.create({**given, "price_list_id": price_list_id})
        for given in call.body["price_list_rows"]
    ]
    return Reply(200, [_present(Showing(account, row, "create")) for row in rows])


def _changing_row(account: Account, _before: Record, given: Record) -> Record:
    if "variant_id" in given:
        usage.require(account, "variants", given["variant_id"], "variant_id")
    return given


_METHOD = Text(one_of=("fixed", "percentage", "markup"))
_NEW_ROW = body(
    ("variant_id", "adjustment_method", "amount"),
    adjustment_method=_METHOD,
    amount=Number(),
    variant_id=Number(),
)

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
    updating=_changing_row,
    more=(
        Operation(
            method="POST",
            path="/price_list_rows",
            run=_create_rows,
            body=body(
                ("price_list_id", "price_list_rows"),
                price_list_id=Number(),
                price_list_rows=Items(of=_NEW_ROW),
            ),
        ),
    ),
)
