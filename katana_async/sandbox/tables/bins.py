"""The contents of bins: the part of the stock in `inventory` whose bin is known."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from ..account import Account
from ..layout import Layout
from ..operations import Call, Operation, Reply
from ..pages import Page
from ..query import acceptance
from ..schema import number
from ..store import Id, Record, View
from .money import padded

BIN_STOCK_LAYOUT = Layout(
    name="bin_stocks",
    first=13_400_001,
    fields={
        "granularity": "VARIANT",
        "variant_id": None,
        "location_id": None,
        "bin_location_id": None,
        "batch_id": None,
        "serial_number_id": None,
        "quantity_in_stock": 0,
    },
    links=("variant_id", "bin_location_id"),
)

_QUANTITIES = ("quantity_in_stock", "quantity_committed", "quantity_expected")
_KEY = ("granularity", "location_id", "bin_location_id", "batch_id", "serial_number_id")
# The fields that distinguish rows, by granularity.
_NAMED = {"VARIANT": (), "BATCH": ("batch_id",), "SERIAL_NUMBER": ("serial_number_id",)}


@frozen
class Spot:
    """The place of some of a variant, and its batch or serial number."""

    variant_id: Id
    location_id: Id
    bin_location_id: Id | None
    batch_id: Id | None = None
    serial_number_id: Id | None = None

    def rows(self) -> Iterator[Record]:
        """Yield the key fields of the rows that count it: one for each granularity."""
        key: Record = dict.fromkeys(_KEY)
        key |= {"location_id": self.location_id, "bin_location_id": self.bin_location_id}
        if self.bin_location_id is not None:
            yield {**key, "granularity": "VARIANT"}
        if self.batch_id is not None:
            yield {**key, "granularity": "BATCH", "batch_id": self.batch_id}
        if (serial := self.serial_number_id) is not None:
            yield {**key, "granularity": "SERIAL_NUMBER", "serial_number_id": serial}


def change_spot(account: Account, spot: Spot, change: Decimal) -> None:
    """Change the quantity in a place."""
    table = account.store["bin_stocks"]
    known = table.children("variant_id", spot.variant_id)
    for key in spot.rows():
        row = next((row for row in known if all(row[name] == key[name] for name in _KEY)), None)
        row = row or table.create({**key, "variant_id": spot.variant_id})
        quantity = number(Decimal(row["quantity_in_stock"]) + change)
        table.update(row["id"], {"quantity_in_stock": quantity})


_TRACED = ("bin_location_id", "batch_id", "serial_number_id")


def _list(call: Call) -> Reply:
    """Answer with the contents of bins, then with the rest of each stock."""
    account, store = call.account, call.account.store
    question, params = call.question, call.operation.params
    [granularity] = question.values["granularity"]
    accepts, name = acceptance(question, params)
    assert accepts is not None
    fits = accepts
    in_bins = store["bin_stocks"].view(lambda row: row["quantity_in_stock"] and fits(row), name)
    rest = View(lambda _row: False, [])
    if granularity == "VARIANT" and all(
        "null" in question.values.get(name, {"null"}) for name in _TRACED
    ):
        by_stock = tuple(param for param in params if param.name in ("location_id", "variant_id"))
        rest = store["inventory"].view(*acceptance(question, by_stock))
    first = len(in_bins.keys)
    page = Page(first + len(rest.keys), question.limit, question.page)
    rows = list(store["bin_stocks"].rows(in_bins, page.offset, page.stop))
    start, stop = max(page.offset - first, 0), max(page.stop - first, 0)
    rows += [_in_no_bin(account, row) for row in store["inventory"].rows(rest, start, stop)]
    return Reply(200, {"data": [_shown(granularity, row) for row in rows]}, (page.header,))


def _in_no_bin(account: Account, stock: Record) -> Record:
    """Return the part of a stock that is in no bin."""
    quantity = stock["quantity_in_stock"]
    for row in account.store["bin_stocks"].children("variant_id", stock["variant_id"]):
        if (row["granularity"], row["location_id"]) == ("VARIANT", stock["location_id"]):
            quantity -= row["quantity_in_stock"]
    return {**stock, "bin_location_id": None, "quantity_in_stock": quantity}


def _shown(granularity: str, row: Record) -> Record:
    names = ("variant_id", "location_id", "bin_location_id", *_NAMED[granularity])
    quantities: Record = {name: padded(row.get(name, 0), 5) for name in _QUANTITIES}
    return {**{name: row[name] for name in names}, **quantities}


OPERATIONS = (
    Operation(
        method="GET", path="/bin_inventory", run=_list, fields=frozenset(BIN_STOCK_LAYOUT.fields)
    ),
)
