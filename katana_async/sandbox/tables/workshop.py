"""Operations and resources, which rows refer to by id or name.

They have no endpoints. An unknown name creates an operation or resource.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import number
from ..store import Layout, Record
from . import references

OPERATION_LAYOUT = Layout(name="operations", first=21_200_001, fields={"name": ""})
RESOURCE_LAYOUT = Layout(name="resources", first=21_400_001, fields={"name": ""})

# The fields of an operation row: the operation, its resource, its time and its cost.
WORK = {
    "operation_id": None,
    "operation_name": None,
    "resource_id": None,
    "resource_name": None,
    "type": "process",
    "cost_parameter": 0,
    "planned_time_parameter": 0,
    "rank": 10_000,
    "group_boundary": 10_000,
    "custom_fields": None,
}

RANK_STEP = 10_000
_HOUR = 3600
_OLDER_NAMES = (
    ("cost_parameter", "cost_per_hour"),
    ("planned_time_parameter", "planned_time_per_unit"),
)


def read_work(account: AccountState, body: Record, *path: str | int) -> Record:
    """Return a body in stored form: with ids and names, and the newer names of fields."""
    values = dict(body)
    for what in ("operation", "resource"):
        id_name, name = f"{what}_id", f"{what}_name"
        if body.get(id_name) is not None:
            found = references.require(account, f"{what}s", body[id_name], *path, id_name)
        elif body.get(name) is not None:
            found = find_or_create(account, f"{what}s", {"name": body[name]})
        elif id_name in body or name in body:
            found = {"id": None, "name": None}
        else:
            continue
        values |= {id_name: found["id"], name: found["name"]}
    for newer, older in _OLDER_NAMES:
        if older in values:
            values.setdefault(newer, values.pop(older))
    return values


def find_or_create(account: AccountState, table: str, named: Record) -> Record:
    """Return the record with the given fields, which is created if missing."""
    existing = (each for each in account.store[table] if named.items() <= each.items())
    return next(existing, None) or account.store[table].create(named)


def present_work(row: Record, write: Callable[[Any], Any] = number) -> Record:
    """Return the work of a row under older and newer names; `write` formats times and costs."""
    result = {name: row[name] for name in WORK}
    for newer, older in _OLDER_NAMES:
        result[newer] = result[older] = write(row[newer] or 0)
    per_unit = cost_of(row, row["planned_time_parameter"] or 0, 1)
    return {**result, "planned_cost_per_unit": write(per_unit)}


def planned_time(row: Record, quantity: Any) -> Decimal:
    """Return the seconds that a row takes for a quantity of the product."""
    time = Decimal(row["planned_time_parameter"] or 0)
    if row["type"] == "process":
        return time * Decimal(quantity)
    return time if row["type"] == "setup" else Decimal(0)


def cost_of(row: Record, seconds: Any, quantity: Any) -> Decimal:
    """Return the cost of a row for a time, or for a quantity if its type is `perUnit`."""

    cost = Decimal(row["cost_parameter"] or 0)
    if row["type"] in ("process", "setup"):
        return round(cost * Decimal(seconds) / _HOUR, 10)
    return cost * Decimal(quantity) if row["type"] == "perUnit" else cost
