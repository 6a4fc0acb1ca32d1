"""The rows of manufacturing orders: ingredients, and the operations by which they are made."""

from contextlib import AbstractContextManager

from ..account import Account
from ..operations import Collection
from ..store import Record
from . import production, usage
from .manufacturing_shapes import (
    OPERATION_ROW_LAYOUT,
    RECIPE_ROW_LAYOUT,
    present_operation_row,
    present_recipe_row,
)
from .workshop import RANK_STEP, find_or_create, read_work


def _order_of(account: Account, given: Record) -> Record:
    name = "manufacturing_order_id"
    return usage.require(account, "manufacturing_orders", given[name], name)


def _creating_recipe_row(account: Account, given: Record) -> Record:
    order, values = _order_of(account, given), _read_recipe_row(account, {}, given)
    with production.settled(account, order["id"]):
        return account.store["manufacturing_order_recipe_rows"].create(values)


def _read_recipe_row(account: Account, before: Record, given: Record) -> Record:
    if "variant_id" in given:
        usage.require(account, "variants", given["variant_id"], "variant_id")
    variant_id = {**before, **given}["variant_id"]
    return {**given, **production.read_traced(account, given, variant_id)}


def _settling_recipe_row(
    account: Account, before: Record, _changes: Record
) -> AbstractContextManager[None]:
    return production.settled(account, before["manufacturing_order_id"])


def _creating_operation_row(account: Account, given: Record) -> Record:
    order = _order_of(account, given)
    ranks = (row["rank"] for row in production.operations_of(account, order))
    rank = max(ranks, default=0) + RANK_STEP
    values = {**_read(account, given), "rank": rank, "group_boundary": rank}
    return account.store["manufacturing_order_operation_rows"].create(values)


def _updating_operation_row(account: Account, before: Record, given: Record) -> Record:
    changes = _read(account, given)
    status = given.get("status", before["status"])
    if status != before["status"]:
        changes["completed_at"] = account.now() if status == "COMPLETED" else None
    assigned = changes.get("assigned_operators", before["assigned_operators"])
    active = assigned[0]["operator_id"] if assigned and status == "IN_PROGRESS" else None
    return {**changes, "active_operator_id": active}


def _read(account: Account, given: Record) -> Record:
    values = read_work(account, given)
    for name in ("assigned_operators", "completed_by_operators"):
        if name in given:
            values[name] = [
                _operator(account, each, name, index) for index, each in enumerate(given[name])
            ]
    return values


def _operator(account: Account, given: Record, *path: str | int) -> Record:
    """Return an operator by id or by name; an unknown name becomes a new operator."""
    if given.get("operator_id") is not None:
        found = usage.require(account, "operators", given["operator_id"], *path, "operator_id")
    else:
        found = find_or_create(account, "operators", {"operator_name": given.get("name", "")})
    return {"operator_id": found["id"], "name": found["operator_name"], "deleted_at": None}


MANUFACTURING_ORDER_RECIPE_ROWS = Collection(
    layout=RECIPE_ROW_LAYOUT,
    present=present_recipe_row,
    creating=_creating_recipe_row,
    updating=_read_recipe_row,
    settling=_settling_recipe_row,
)
MANUFACTURING_ORDER_OPERATION_ROWS = Collection(
    layout=OPERATION_ROW_LAYOUT,
    present=present_operation_row,
    creating=_creating_operation_row,
    updating=_updating_operation_row,
)
