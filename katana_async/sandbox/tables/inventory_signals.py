"""Inventory signals: the demand and stock risk of each variant, computed once a night."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import format_padded
from ..clock import milliseconds, moment, timestamp
from ..endpoints import ApiEndpoint, Call, Result, list_rows
from ..store import Id, Record

_DAY = 86_400_000
_USES = ("SalesOrderRow", "ProductionIngredient")
_FALLBACK_LEAD_TIME = 14  # days
_LEVELS = {
    "in_stock": "quantity_in_stock",
    "committed": "quantity_committed",
    "expected": "quantity_expected",
    "safety_stock": "safety_stock_level",
}


def _list(call: Call) -> Result:
    account = call.account
    [window] = call.list_query.values["demand_window"]
    now = milliseconds(account.clock)
    night = now - now % _DAY
    if account.signals.get(window, (None,))[0] != night:
        demands = _demands(account, window, night)
        rows = [
            {"demand_window": window, **_signal(account, each, demands[each["id"]], night)}
            for each in account.store["variants"]
            if each["service_id"] is None
        ]
        account.signals[window] = (night, rows)
    return list_rows(call, account.signals[window][1])


def _signal(account: AccountState, variant: Record, demand: Decimal, night: int) -> Record:
    stocks = account.store["inventory"].children("variant_id", variant["id"])
    levels = {
        name: sum((Decimal(stock[field]) for stock in stocks), Decimal(0))
        for name, field in _LEVELS.items()
    }
    lead_time = variant["lead_time"]
    result: Record = {
        "variant_id": variant["id"],
        "demand_calculated_at": timestamp(night),
        "lead_time_source": "fallback" if lead_time is None else "sku",
        "lead_time_used": _FALLBACK_LEAD_TIME if lead_time is None else int(lead_time),
        "avg_daily_demand": format_padded(demand, 20),
        **{
            name: format_padded(levels[name], 20)
            for name in ("in_stock", "committed", "safety_stock")
        },
    }
    return result | _outlook(levels, demand, result["lead_time_used"], night)


def _demands(account: AccountState, window: int, night: int) -> dict[Id, Decimal]:
    """Return the quantity of each variant that was sold or used per day of the window."""
    found: defaultdict[Id, Decimal] = defaultdict(Decimal)
    for movement in account.store["inventory_movements"]:
        at = moment(movement["created_at"])
        if at < night - window * _DAY:
            break
        if at < night and movement["resource_type"] in _USES:
            found[movement["variant_id"]] -= Decimal(movement["quantity_change"]) / window
    return found


def _outlook(levels: dict[str, Decimal], demand: Decimal, lead_time: int, night: int) -> Record:
    """Return the days that the stock lasts, and the risk, whose levels are a guess.

    All values are null without demand.
    """
    names = ("days_of_stock_left", "safety_stock_breach_at", "reorder_point", "stock_risk")
    result: dict[str, Any] = dict.fromkeys((*names, "expected_before_safety_stock_breach"))
    if demand <= 0:
        return result
    days = max(int((levels["in_stock"] - levels["safety_stock"]) / demand), 0)
    reorder_point = demand * lead_time + levels["safety_stock"]
    if days == 0:
        risk = 3
    elif days >= lead_time:
        risk = 0
    else:
        risk = 1 if levels["in_stock"] + levels["expected"] >= reorder_point else 2
    values = (days, timestamp(night + days * _DAY), format_padded(reorder_point, 20), risk)
    expected = format_padded(levels["expected"], 20)
    return {
        **dict(zip(names, values, strict=True)),
        "expected_before_safety_stock_breach": expected,
    }


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/inventory_signals",
        run=_list,
        fields=frozenset({"variant_id", "demand_window", "stock_risk"}),
    ),
)
