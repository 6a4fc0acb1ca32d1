"""Locations, which the API only reads, and their bins."""

from ..account import Account
from ..clock import moment
from ..errors import blocked
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Record
from . import usage

LOCATION_LAYOUT = Layout(
    name="locations",
    first=7_000_001,
    fields={
        "name": "",
        "legal_name": None,
        "address_id": None,
        "address": None,
        "is_primary": False,
        "sales_allowed": True,
        "manufacturing_allowed": True,
        "purchase_allowed": True,
        "rank": 0,
    },
    order=lambda record: (-moment(record["created_at"]), -record["id"]),
)
BIN_LAYOUT = Layout(
    name="bin_locations",
    first=7_100_001,
    fields={"bin_name": "", "location_id": None},
)


def present_location(showing: Showing) -> Record:
    """Write a location."""
    shown = dict(showing.record)
    del shown["rank"]
    return shown


def _present_bin(showing: Showing) -> Record:
    """Write a bin; lists have its name under both names that were seen."""
    named = {"name": showing.record["bin_name"]} if showing.how == "list" else {}
    return {**showing.record, **named}


def _creating_bin(account: Account, given: Record) -> Record:
    usage.require(account, "locations", given["location_id"], "location_id")
    return account.store["bin_locations"].create(given)


def _deleting_bin(account: Account, record: Record) -> None:
    kept = account.store["bin_stocks"].children("bin_location_id", record["id"])
    if any(row["quantity_in_stock"] for row in kept):
        raise blocked(f"The bin {record['id']} cannot be deleted: it is not empty.")
    usage.delete_children(account, "variant_bin_locations", "storage_bin_id", record["id"])


LOCATIONS = Collection(layout=LOCATION_LAYOUT, present=present_location)
BIN_LOCATIONS = Collection(
    layout=BIN_LAYOUT,
    present=_present_bin,
    bare=True,
    creating=_creating_bin,
    deleting=_deleting_bin,
)
