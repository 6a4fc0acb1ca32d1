"""Which bin a variant is kept in by default, one in each location."""

from ..account import Account
from ..layout import Layout
from ..operations import Call, Operation, Reply
from ..store import Record
from . import usage

VARIANT_BIN_LAYOUT = Layout(
    name="variant_bin_locations",
    first=13_600_001,
    fields={"variant_id": None, "location_id": None, "storage_bin_id": None},
    links=("variant_id", "storage_bin_id"),
)


def _linked(account: Account, variant_id: int, location_id: int) -> Record | None:
    links = account.store["variant_bin_locations"].children("variant_id", variant_id)
    return next((each for each in links if each["location_id"] == location_id), None)


def _present(account: Account, link: Record) -> Record:
    bin_record = account.store["bin_locations"].get(link["storage_bin_id"], deleted=True)
    assert bin_record is not None
    shown = {**link, "bin_name": bin_record["bin_name"]}
    del shown["location_id"]
    return shown


def _location_of(account: Account, given: Record) -> int:
    """Return the location a link is for: the first unless told."""
    if "location_id" in given:
        return int(given["location_id"])
    return int(account.store["locations"].ids()[0])


def _require(account: Account, given: Record, index: int) -> None:
    usage.require(account, "variants", given["variant_id"], index, "variant_id")
    if "location_id" in given:
        usage.require(account, "locations", given["location_id"], index, "location_id")


def _link(call: Call) -> Reply:
    """Link variants with bins; a bin that is not there yet is made."""
    account = call.account
    for index, given in enumerate(call.body):
        _require(account, given, index)
    return Reply(200, [_present(account, _set_bin(account, given)) for given in call.body])


def _set_bin(account: Account, given: Record) -> Record:
    location_id, name = _location_of(account, given), given["bin_name"]
    place = {"location_id": location_id, "bin_name": name}
    bins = account.store["bin_locations"]
    found = (each for each in bins if all(each[key] == place[key] for key in place))
    bin_id = (next(found, None) or bins.create(place))["id"]
    table = account.store["variant_bin_locations"]
    if (known := _linked(account, given["variant_id"], location_id)) is not None:
        return table.update(known["id"], {"storage_bin_id": bin_id})
    links = {"variant_id": given["variant_id"], "location_id": location_id}
    return table.create({**links, "storage_bin_id": bin_id})


def _unlink(call: Call) -> Reply:
    """Take links away; where there is none, there is nothing to do."""
    account = call.account
    for index, given in enumerate(call.body):
        _require(account, given, index)
    for given in call.body:
        if (link := _linked(account, given["variant_id"], given["location_id"])) is not None:
            account.store["variant_bin_locations"].delete(link["id"])
    return Reply(204)


OPERATIONS = (
    Operation(
        method="POST",
        path="/variant_bin_locations",
        run=_link,
    ),
    Operation(
        method="POST",
        path="/unlink_variant_bin_locations",
        run=_unlink,
    ),
)
