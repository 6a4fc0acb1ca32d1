"""The contents of bins (/bin_inventory): the part of the stock that has a bin."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from ..account import AccountState
from ..amounts import format_padded, number
from ..endpoints import ApiEndpoint, Call, Result
from ..query import ListPage, build_predicate
from ..store import Id, Layout, Record, View

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
_KEY_FIELDS = {"VARIANT": (), "BATCH": ("batch_id",), "SERIAL_NUMBER": ("serial_number_id",)}


@frozen
class StockPlace:
    """A place of a variant's stock: the location and bin, and the batch or serial number."""

    variant_id: Id
    location_id: Id
    bin_location_id: Id | None
    batch_id: Id | None = None
    serial_number_id: Id | None = None

    def rows(self) -> Iterator[Record]:
        """Yield the key fields of the rows with its quantity, one for each granularity."""
        key: Record = dict.fromkeys(_KEY)
        key |= {"location_id": self.location_id, "bin_location_id": self.bin_location_id}
        if self.bin_location_id is not None:
            yield {**key, "granularity": "VARIANT"}
        if self.batch_id is not None:
            yield {**key, "granularity": "BATCH", "batch_id": self.batch_id}
        if (serial := self.serial_number_id) is not None:
            yield {**key, "granularity": "SERIAL_NUMBER", "serial_number_id": serial}


def change_place_quantity(account: AccountState, spot: StockPlace, change: Decimal) -> None:
    """Change the quantity at a place."""
    table = account.store["bin_stocks"]
    existing = table.children("variant_id", spot.variant_id)
    for key in spot.rows():
        row = next((row for row in existing if all(row[name] == key[name] for name in _KEY)), None)
        row = row or table.create({**key, "variant_id": spot.variant_id})
        quantity = number(Decimal(row["quantity_in_stock"]) + change)
        table.update(row["id"], {"quantity_in_stock": quantity})


_PLACE_FIELDS = ("bin_location_id", "batch_id", "serial_number_id")


def _list(call: Call) -> Result:
    """Answer with the contents of bins, followed by the stock that is in no bin."""
    account, store = call.account, call.account.store
    list_query, params = call.list_query, call.endpoint.params
    [granularity] = list_query.values["granularity"]
    predicate, name = build_predicate(list_query, params)
    assert predicate is not None
    matches = predicate
    in_bins = store["bin_stocks"].view(lambda row: row["quantity_in_stock"] and matches(row), name)
    rest = View(lambda _row: False, [])
    if granularity == "VARIANT" and all(
        "null" in list_query.values.get(name, {"null"}) for name in _PLACE_FIELDS
    ):
        by_stock = tuple(param for param in params if param.name in ("location_id", "variant_id"))
        rest = store["inventory"].view(*build_predicate(list_query, by_stock))
    first = len(in_bins.keys)
    page = ListPage(first + len(rest.keys), list_query.limit, list_query.page)
    rows = list(store["bin_stocks"].rows(in_bins, page.offset, page.stop))
    start, stop = max(page.offset - first, 0), max(page.stop - first, 0)
    rows += [_in_no_bin(account, row) for row in store["inventory"].rows(rest, start, stop)]
    return Result(200, {"data": [_present_row(granularity, row) for row in rows]}, (page.header,))


def _in_no_bin(account: AccountState, stock: Record) -> Record:
    """Return a row of stock with the quantity that is in no bin."""
    quantity = stock["quantity_in_stock"]
    for row in account.store["bin_stocks"].children("variant_id", stock["variant_id"]):
        if (row["granularity"], row["location_id"]) == ("VARIANT", stock["location_id"]):
            quantity -= row["quantity_in_stock"]
    return {**stock, "bin_location_id": None, "quantity_in_stock": quantity}


def _present_row(granularity: str, row: Record) -> Record:
    names = ("variant_id", "location_id", "bin_location_id", *_KEY_FIELDS[granularity])
    quantities: Record = {name: format_padded(row.get(name, 0), 5) for name in _QUANTITIES}
    return {**{name: row[name] for name in names}, **quantities}


ENDPOINTS = (
    ApiEndpoint(
        method="GET", path="/bin_inventory", run=_list, fields=frozenset(BIN_STOCK_LAYOUT.fields)
    ),
)
