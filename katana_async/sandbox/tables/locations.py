"""Locations, their bins, and the default bin of a variant in each location."""

from ..account import AccountState
from ..clock import moment
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result, leave_out
from ..errors import precondition_failed
from ..store import Layout, Record
from . import references

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

VARIANT_BIN_LAYOUT = Layout(
    name="variant_bin_locations",
    first=13_600_001,
    fields={"variant_id": None, "location_id": None, "storage_bin_id": None},
    links=("variant_id", "storage_bin_id"),
)


def present_location(presentation: Presentation) -> Record:
    """Return a location as an answer shows it."""
    result = dict(presentation.record)
    del result["rank"]
    return result


def _present_bin(presentation: Presentation) -> Record:
    """Return a bin as an answer shows it; lists have its name in two fields, as observed."""
    named = {"name": presentation.record["bin_name"]} if presentation.action == "list" else {}
    return {**presentation.record, **named}


def _create_bin(account: AccountState, body: Record) -> Record:
    references.require(account, "locations", body["location_id"], "location_id")
    return account.store["bin_locations"].create(body)


def _before_delete_bin(account: AccountState, record: Record) -> None:
    kept = account.store["bin_stocks"].children("bin_location_id", record["id"])
    if any(row["quantity_in_stock"] for row in kept):
        raise precondition_failed(f"The bin {record['id']} cannot be deleted: it is not empty.")
    references.delete_children(account, "variant_bin_locations", "storage_bin_id", record["id"])


def _find_link(account: AccountState, body: Record) -> Record | None:
    links = account.store["variant_bin_locations"].children("variant_id", body["variant_id"])
    return next((each for each in links if each["location_id"] == body["location_id"]), None)


def _read_links(call: Call) -> list[Record]:
    """Return the links in a body, each with a location, by default the first one."""
    first = {"location_id": call.account.store["locations"].ids()[0]}
    for index, body in enumerate(call.body):
        tables = {"variant_id": "variants", "location_id": "locations"}
        references.require_all(call.account, body, index, **tables)
    return [{**first, **body} for body in call.body]


def _link(call: Call) -> Result:
    """Link variants with bins, and create missing bins."""
    return Result(200, [_set_bin(call.account, body) for body in _read_links(call)])


def _set_bin(account: AccountState, body: Record) -> Record:
    place = {name: body[name] for name in ("location_id", "bin_name")}
    bins, table = account.store["bin_locations"], account.store["variant_bin_locations"]
    found = (each for each in bins if all(each[key] == place[key] for key in place))
    bin_id = (next(found, None) or bins.create(place))["id"]
    links = {"variant_id": body["variant_id"], "location_id": body["location_id"]}
    existing = _find_link(account, body) or table.create(links)
    link = table.update(existing["id"], {"storage_bin_id": bin_id})
    return {**leave_out(link, "location_id"), "bin_name": body["bin_name"]}


def _unlink(call: Call) -> Result:
    """Remove links, and ignore missing ones."""
    for body in _read_links(call):
        if (link := _find_link(call.account, body)) is not None:
            call.account.store["variant_bin_locations"].delete(link["id"])
    return Result(204)


LOCATIONS = CollectionSpec(layout=LOCATION_LAYOUT, present=present_location)
BIN_LOCATIONS = CollectionSpec(
    layout=BIN_LAYOUT,
    present=_present_bin,
    bare_list=True,
    create=_create_bin,
    before_delete=_before_delete_bin,
)
ENDPOINTS = (
    ApiEndpoint(method="POST", path="/variant_bin_locations", run=_link),
    ApiEndpoint(method="POST", path="/unlink_variant_bin_locations", run=_unlink),
)
