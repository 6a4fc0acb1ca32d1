"""Bills of materials, and the stock of each variant in each location."""

from ..account import Account
from ..clock import moment
from ..errors import Refusal
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing, without
from ..store import Record
from . import usage
from .item_shapes import owner_of, present_variant
from .money import padded
from .places import present_location

BOM_ROW_LAYOUT = Layout(
    name="bom_rows",
    first=None,
    fields={
        "product_item_id": None,
        "product_variant_id": None,
        "ingredient_variant_id": None,
        "quantity": None,
        "notes": None,
        "rank": 10_000,
        "custom_fields": None,
    },
    links=("product_item_id", "product_variant_id", "ingredient_variant_id"),
)
INVENTORY_LAYOUT = Layout(
    name="inventory",
    first=1,
    fields={
        "variant_id": None,
        "location_id": None,
        "average_cost": 0,
        "quantity_in_stock": 0,
        "quantity_committed": 0,
        "quantity_expected": 0,
        "quantity_potential": 0,
        "reorder_point": 0,
        "safety_stock_level": 0,
        "archived_at": None,
    },
    links=("variant_id",),
    order=lambda record: (-record["location_id"], moment(record["created_at"])),
)


def _present_inventory(showing: Showing) -> Record:
    """Write stock: quantities with 5 decimals, values with 10, all of them strings."""
    account, record, extended = showing.account, showing.record, showing.extended
    stock, expected = record["quantity_in_stock"], record["quantity_expected"]
    excess = stock + expected - record["quantity_committed"] - record["reorder_point"]
    shown = {
        "variant_id": record["variant_id"],
        "location_id": record["location_id"],
        "reorder_point": padded(record["reorder_point"], 5),
        "safety_stock_level": padded(record["safety_stock_level"], 5),
        "average_cost": padded(record["average_cost"], 10),
        "value_in_stock": padded(record["average_cost"] * stock, 10),
        "quantity_in_stock": padded(stock, 5),
        "quantity_committed": padded(record["quantity_committed"], 5),
        "quantity_expected": padded(expected, 5),
        "quantity_missing_or_excess": padded(excess, 5),
        "quantity_potential": padded(record["quantity_potential"], 5),
    }
    if "variant" in extended:
        shown["variant"] = _embedded_variant(account, record)
    if "location" in extended:
        shown["location"] = _embedded_location(account, record)
    return shown


def _embedded_location(account: Account, record: Record) -> Record:
    location = account.store["locations"].get(record["location_id"], deleted=True)
    return {} if location is None else present_location(Showing(account, location, "get"))


def _embedded_variant(account: Account, record: Record) -> Record:
    variant = account.store["variants"].get(record["variant_id"], deleted=True)
    if variant is None:
        return {}
    owner = owner_of(account, variant)
    name = None if owner is None else owner["name"]
    return {**present_variant(Showing(account, variant, "get")), "product_or_material_name": name}


present_bom_row = without("deleted_at")


def _check_bom_row(account: Account, given: Record) -> None:
    for field in ("product_variant_id", "ingredient_variant_id"):
        usage.require(account, "variants", given[field], field)
    usage.require(account, "products", given["product_item_id"], "product_item_id")


def add_bom_row(account: Account, given: Record) -> Record:
    """Add a row behind those that its variant has."""
    table = account.store["bom_rows"]
    others = table.children("product_variant_id", given["product_variant_id"])
    rank = max((row["rank"] for row in others), default=0) + 10_000
    return table.create({**given, "rank": rank})


def _create_bom_row(call: Call) -> Reply:
    _check_bom_row(call.account, call.body)
    row = add_bom_row(call.account, call.body)
    if call.account.oddities.bom_rows_answer:
        return Reply(200, present_bom_row(Showing(call.account, row, "create")))
    return Reply(204)


def _create_bom_rows(call: Call) -> Reply:
    for given in call.body["data"]:
        _check_bom_row(call.account, given)
    for given in call.body["data"]:
        add_bom_row(call.account, given)
    return Reply(204)


def _update_bom_row(call: Call) -> Reply:
    """Change a row; one that is missing is an error of the server."""
    account, table = call.account, call.account.store["bom_rows"]
    before = None if call.id is None else table.get(call.id)
    if before is None:
        message, code = "An internal request was not successful.", "ERR_NON_2XX_3XX_RESPONSE"
        raise Refusal(500, "InternalServerError", message, code)
    row = table.update(before["id"], change_bom_row(account, before, call.body))
    return Reply(200, present_bom_row(Showing(account, row, "update")))


def change_bom_row(account: Account, _before: Record, given: Record) -> Record:
    """Return what a body changes in a row."""
    if "ingredient_variant_id" in given:
        usage.require(account, "variants", given["ingredient_variant_id"], "ingredient_variant_id")
    return given


BOM_ROWS = Collection(
    layout=BOM_ROW_LAYOUT,
    present=present_bom_row,
    more=(
        Operation(method="POST", path="/bom_rows", run=_create_bom_row),
        Operation(method="POST", path="/bom_rows/batch/create", run=_create_bom_rows),
        Operation(method="PATCH", path="/bom_rows/{id}", run=_update_bom_row),
    ),
)
INVENTORY = Collection(layout=INVENTORY_LAYOUT, present=_present_inventory)
