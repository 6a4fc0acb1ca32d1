"""The default bin of a variant, one in each location."""

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


def _linked(account: Account, given: Record) -> Record | None:
    links = account.store["variant_bin_locations"].children("variant_id", given["variant_id"])
    return next((each for each in links if each["location_id"] == given["location_id"]), None)


def _placed(call: Call) -> list[Record]:
    """Return the items of a body, each with a location: the first one by default."""
    first = {"location_id": call.account.store["locations"].ids()[0]}
    for index, given in enumerate(call.body):
        tables = {"variant_id": "variants", "location_id": "locations"}
        usage.require_named(call.account, given, index, **tables)
    return [{**first, **given} for given in call.body]


def _link(call: Call) -> Reply:
    """Link variants with bins; a bin that does not exist yet is made."""
    return Reply(200, [_set_bin(call.account, given) for given in _placed(call)])


def _set_bin(account: Account, given: Record) -> Record:
    place = {name: given[name] for name in ("location_id", "bin_name")}
    bins, table = account.store["bin_locations"], account.store["variant_bin_locations"]
    found = (each for each in bins if all(each[key] == place[key] for key in place))
    bin_id = (next(found, None) or bins.create(place))["id"]
    links = {"variant_id": given["variant_id"], "location_id": given["location_id"]}
    known = _linked(account, given) or table.create(links)
    shown = table.update(known["id"], {"storage_bin_id": bin_id}) | {"bin_name": given["bin_name"]}
    del shown["location_id"]
    return shown


def _unlink(call: Call) -> Reply:
    """Remove links; where there is none, nothing happens."""
    for given in _placed(call):
        if (link := _linked(call.account, given)) is not None:
            call.account.store["variant_bin_locations"].delete(link["id"])
    return Reply(204)


OPERATIONS = (
    Operation(method="POST", path="/variant_bin_locations", run=_link),
    Operation(method="POST", path="/unlink_variant_bin_locations", run=_unlink),
)
