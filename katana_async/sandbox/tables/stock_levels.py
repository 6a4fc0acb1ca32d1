"""Levels of stock, negative stock, and demand forecasts."""

from decimal import Decimal
from functools import partial
from typing import Any

from ..account import Account
from ..errors import Problem, bad_request
from ..layout import Layout
from ..operations import Call, Operation, Reply, list_rows
from ..store import Record
from . import usage
from .item_shapes import owner_of
from .ledger import stock_of
from .money import spelled

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


def _require(account: Account, given: Record) -> tuple[Any, Any]:
    variant = usage.require(account, "variants", given["variant_id"], "variant_id")
    location = usage.require(account, "locations", given["location_id"], "location_id")
    return variant["id"], location["id"]


# -- levels


def _set_level(field: str, call: Call) -> Reply:
    """Set a level of the stock of a variant in a location."""
    variant_id, location_id = _require(call.account, call.body)
    table, value = call.account.store["inventory"], call.body["value"]
    row = stock_of(call.account, variant_id, location_id) or table.create(
        {"variant_id": variant_id, "location_id": location_id}
    )
    row = table.update(row["id"], {field: value})
    names = ("id", "variant_id", "location_id", "created_at", "updated_at")
    return Reply(200, {**{name: row[name] for name in names}, "value": spelled(value)})


# -- negative stock

_NEGATIVE_FIELDS = frozenset(
    {"variant_id", "location_id", "latest_negative_stock_date", "name", "sku", "category"}
)


def _list_negative(call: Call) -> Reply:
    table = call.account.store["inventory"]
    view = table.view(lambda row: row["quantity_in_stock"] < 0, "negative")
    return list_rows(call, [_negative(call.account, row) for row in table.rows(view)])


def _negative(account: Account, row: Record) -> Record:
    """Write negative stock, with the date of the last movement that left it negative."""
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


def _get_forecast(call: Call) -> Reply:
    values = call.question.values
    given: Record = {}
    for name in ("variant_id", "location_id"):
        if name not in values:
            problem = Problem((name,), "required", "must be there", {})
            message = f"The parameter {name} is missing."
            raise bad_request(message, problem, code="MISSING_PARAMETER")
        [given[name]] = values[name]
    stock = stock_of(call.account, given["variant_id"], given["location_id"])
    balance = Decimal(0 if stock is None else stock["quantity_in_stock"])
    coming = Decimal(0 if stock is None else stock["quantity_expected"])
    shown: Record = {**given, "in_stock": spelled(balance), "periods": []}
    for period in _periods(call.account, given):
        balance += coming - Decimal(period["committed"])
        shown["periods"].append(
            {
                "period_start": period["period_start"],
                "period_end": period["period_end"],
                "committed": spelled(period["committed"]),
                "expected": spelled(coming),
                "in_stock": spelled(balance),
            }
        )
        coming = Decimal(0)
    return Reply(200, shown)


def _periods(account: Account, given: Record) -> list[Record]:
    rows = account.store["demand_forecasts"].children("variant_id", given["variant_id"])
    here = [row for row in rows if row["location_id"] == given["location_id"]]
    return sorted(here, key=lambda row: str(row["period_start"]))


def _clear(account: Account, given: Record) -> None:
    """Delete the forecasts of exactly these periods."""
    _require(account, given)
    periods = {(each["period_start"], each["period_end"]) for each in given["periods"]}
    for row in _periods(account, given):
        if (row["period_start"], row["period_end"]) in periods:
            account.store["demand_forecasts"].delete(row["id"])


def _set_forecast(call: Call) -> Reply:
    _clear(call.account, call.body)
    links = {name: call.body[name] for name in ("variant_id", "location_id")}
    for period in call.body["periods"]:
        call.account.store["demand_forecasts"].create({**links, **period})
    return Reply(204)


def _clear_forecast(call: Call) -> Reply:
    _clear(call.account, call.body)
    return Reply(204)


OPERATIONS = (
    Operation(
        method="POST",
        path="/inventory_reorder_points",
        run=partial(_set_level, "reorder_point"),
    ),
    Operation(
        method="POST",
        path="/inventory_safety_stock_levels",
        run=partial(_set_level, "safety_stock_level"),
    ),
    Operation(method="GET", path="/negative_stock", run=_list_negative, fields=_NEGATIVE_FIELDS),
    Operation(method="GET", path="/demand_forecasts", run=_get_forecast),
    Operation(method="POST", path="/demand_forecasts", run=_set_forecast),
    Operation(method="DELETE", path="/demand_forecasts", run=_clear_forecast),
)
