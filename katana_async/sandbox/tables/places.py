"""Locations (only read for now), and the bins within them."""

from ..account import Account
from ..errors import blocked
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Record
from . import usage
from .bins import QUANTITIES

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
    """Write a bin: its name is `name` where it is listed, `bin_name` where it is written."""
    shown = dict(showing.record)
    if showing.how == "list":
        shown["name"] = shown.pop("bin_name")
    return shown


def _creating_bin(account: Account, given: Record) -> Record:
    usage.require(account, "locations", given["location_id"], "location_id")
    return account.store["bin_locations"].create(given)


def _deleting_bin(account: Account, record: Record) -> None:
    kept = account.store["bin_stocks"].children("bin_location_id", record["id"])
    if any(row[name] for row in kept for name in QUANTITIES):
        raise blocked(f"The bin {record['id']} cannot be deleted: it is not empty.")
    usage.delete_children(account, "variant_bin_locations", "storage_bin_id", record["id"])


LOCATIONS = Collection(
    layout=LOCATION_LAYOUT,
    present=present_location,
)
BIN_LOCATIONS = Collection(
    layout=BIN_LAYOUT,
    present=_present_bin,
    bare=True,
    creating=_creating_bin,
    deleting=_deleting_bin,
)
