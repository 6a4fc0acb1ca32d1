"""The stock of each variant in each location: quantities, levels, negative stock, forecasts."""

from decimal import Decimal
from functools import partial
from typing import Any

from ..account import AccountState
from ..amounts import format_number, format_padded
from ..clock import moment
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result, list_rows
from ..errors import ErrorDetail, bad_request
from ..store import Layout, Record
from . import references
from .item_presentation import owner_of, present_variant
from .ledger import stock_of
from .locations import present_location

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
FORECAST_LAYOUT = Layout(
    name="demand_forecasts",
    first=8_700_001,
    fields={
        "variant_id": None,
        "location_id": None,
        "period_start": None,
        "period_end": None,
        "committed": 0,
    },
    links=("variant_id",),
)


def _present_inventory(presentation: Presentation) -> Record:
    """Return a stock row as an answer shows it: numbers are strings with 5 or 10 decimals."""
    account, record, extended = presentation.account, presentation.record, presentation.extended
    stock, expected = record["quantity_in_stock"], record["quantity_expected"]
    excess = stock + expected - record["quantity_committed"] - record["reorder_point"]
    result = {
        "variant_id": record["variant_id"],
        "location_id": record["location_id"],
        "reorder_point": format_padded(record["reorder_point"], 5),
        "safety_stock_level": format_padded(record["safety_stock_level"], 5),
        "average_cost": format_padded(record["average_cost"], 10),
        "value_in_stock": format_padded(record["average_cost"] * stock, 10),
        "quantity_in_stock": format_padded(stock, 5),
        "quantity_committed": format_padded(record["quantity_committed"], 5),
        "quantity_expected": format_padded(expected, 5),
        "quantity_missing_or_excess": format_padded(excess, 5),
        "quantity_potential": format_padded(record["quantity_potential"], 5),
    }
    if "variant" in extended:
        result["variant"] = _embedded_variant(account, record)
    if "location" in extended:
        result["location"] = _embedded_location(account, record)
    return result


def _embedded_location(account: AccountState, record: Record) -> Record:
    location = account.store["locations"].get(record["location_id"], deleted=True)
    return {} if location is None else present_location(Presentation(account, location, "get"))


def _embedded_variant(account: AccountState, record: Record) -> Record:
    variant = account.store["variants"].get(record["variant_id"], deleted=True)
    if variant is None:
        return {}
    owner = owner_of(account, variant)
    name = None if owner is None else owner["name"]
    return {
        **present_variant(Presentation(account, variant, "get")),
        "product_or_material_name": name,
    }


def _require_references(account: AccountState, body: Record) -> tuple[Any, Any]:
    variant = references.require(account, "variants", body["variant_id"], "variant_id")
    location = references.require(account, "locations", body["location_id"], "location_id")
    return variant["id"], location["id"]


# -- levels


def _set_level(field: str, call: Call) -> Result:
    """Set a level of a variant in a location."""
    variant_id, location_id = _require_references(call.account, call.body)
    table, value = call.account.store["inventory"], call.body["value"]
    row = stock_of(call.account, variant_id, location_id) or table.create(
        {"variant_id": variant_id, "location_id": location_id}
    )
    row = table.update(row["id"], {field: value})
    names = ("id", "variant_id", "location_id", "created_at", "updated_at")
    return Result(200, {**{name: row[name] for name in names}, "value": format_number(value)})


# -- negative stock

_NEGATIVE_FIELDS = frozenset(
    {"variant_id", "location_id", "latest_negative_stock_date", "name", "sku", "category"}
)


def _list_negative(call: Call) -> Result:
    table = call.account.store["inventory"]
    view = table.view(lambda row: row["quantity_in_stock"] < 0, "negative")
    return list_rows(call, [_negative(call.account, row) for row in table.rows(view)])


def _negative(account: AccountState, row: Record) -> Record:
    """Return a negative stock as an answer shows it, dated by its last movement."""
    variant = account.store["variants"].get(row["variant_id"], deleted=True)
    owner = None if variant is None else owner_of(account, variant)
    movements = account.store["inventory_movements"].children("variant_id", row["variant_id"])
    dates = [
        each["movement_date"]
        for each in movements
        if each["location_id"] == row["location_id"] and each["balance_after"] < 0
    ]
    return {
        "variant_id": row["variant_id"],
        "location_id": row["location_id"],
        "latest_negative_stock_date": dates[-1] if dates else row["updated_at"],
        "name": None if owner is None else owner["name"],
        "sku": None if variant is None else variant["sku"],
        "category": None if owner is None else owner["category_name"],
    }


# -- forecasts


def _get_forecast(call: Call) -> Result:
    values = call.list_query.values
    body: Record = {}
    for name in ("variant_id", "location_id"):
        if name not in values:
            problem = ErrorDetail((name,), "required", "must be there", {})
            message = f"The parameter {name} is missing."
            raise bad_request(message, problem, code="MISSING_PARAMETER")
        [body[name]] = values[name]
    stock = stock_of(call.account, body["variant_id"], body["location_id"])
    balance = Decimal(0 if stock is None else stock["quantity_in_stock"])
    coming = Decimal(0 if stock is None else stock["quantity_expected"])
    result: Record = {**body, "in_stock": format_number(balance), "periods": []}
    for period in _periods(call.account, body):
        balance += coming - Decimal(period["committed"])
        result["periods"].append(
            {
                "period_start": period["period_start"],
                "period_end": period["period_end"],
                "committed": format_number(period["committed"]),
                "expected": format_number(coming),
                "in_stock": format_number(balance),
            }
        )
        coming = Decimal(0)
    return Result(200, result)


def _periods(account: AccountState, body: Record) -> list[Record]:
    rows = account.store["demand_forecasts"].children("variant_id", body["variant_id"])
    here = [row for row in rows if row["location_id"] == body["location_id"]]
    return sorted(here, key=lambda row: str(row["period_start"]))


def _clear(account: AccountState, body: Record) -> None:
    """Delete the forecasts of the given periods."""
    _require_references(account, body)
    periods = {(each["period_start"], each["period_end"]) for each in body["periods"]}
    for row in _periods(account, body):
        if (row["period_start"], row["period_end"]) in periods:
            account.store["demand_forecasts"].delete(row["id"])


def _set_forecast(call: Call) -> Result:
    _clear(call.account, call.body)
    links = {name: call.body[name] for name in ("variant_id", "location_id")}
    for period in call.body["periods"]:
        call.account.store["demand_forecasts"].create({**links, **period})
    return Result(204)


def _clear_forecast(call: Call) -> Result:
    _clear(call.account, call.body)
    return Result(204)


INVENTORY = CollectionSpec(layout=INVENTORY_LAYOUT, present=_present_inventory)
ENDPOINTS = (
    ApiEndpoint(
        method="POST",
        path="/inventory_reorder_points",
        run=partial(_set_level, "reorder_point"),
    ),
    ApiEndpoint(
        method="POST",
        path="/inventory_safety_stock_levels",
        run=partial(_set_level, "safety_stock_level"),
    ),
    ApiEndpoint(method="GET", path="/negative_stock", run=_list_negative, fields=_NEGATIVE_FIELDS),
    ApiEndpoint(method="GET", path="/demand_forecasts", run=_get_forecast),
    ApiEndpoint(method="POST", path="/demand_forecasts", run=_set_forecast),
    ApiEndpoint(method="DELETE", path="/demand_forecasts", run=_clear_forecast),
)
