"""The rows of manufacturing orders: ingredients and operations."""

from contextlib import AbstractContextManager

from ..account import AccountState
from ..endpoints import CollectionSpec
from ..store import Record
from . import manufacturing_stock, references
from .manufacturing_presentation import (
    OPERATION_ROW_LAYOUT,
    RECIPE_ROW_LAYOUT,
    present_operation_row,
    present_recipe_row,
)
from .workshop import RANK_STEP, find_or_create, read_work


def _order_of(account: AccountState, given: Record) -> Record:
    name = "manufacturing_order_id"
    return references.require(account, "manufacturing_orders", given[name], name)


def _create_recipe_row(account: AccountState, given: Record) -> Record:
    order, values = _order_of(account, given), _read_recipe_row(account, {}, given)
    with manufacturing_stock.sync_stock(account, order["id"]):
        return account.store["manufacturing_order_recipe_rows"].create(values)


def _read_recipe_row(account: AccountState, before: Record, given: Record) -> Record:
    if "variant_id" in given:
        references.require(account, "variants", given["variant_id"], "variant_id")
    variant_id = {**before, **given}["variant_id"]
    return {**given, **manufacturing_stock.read_item_fields(account, given, variant_id)}


def _around_recipe_row_change(
    account: AccountState, before: Record, _changes: Record
) -> AbstractContextManager[None]:
    return manufacturing_stock.sync_stock(account, before["manufacturing_order_id"])


def _create_operation_row(account: AccountState, given: Record) -> Record:
    order = _order_of(account, given)
    ranks = (row["rank"] for row in manufacturing_stock.operations_of(account, order))
    rank = max(ranks, default=0) + RANK_STEP
    values = {**_read(account, given), "rank": rank, "group_boundary": rank}
    return account.store["manufacturing_order_operation_rows"].create(values)


def _read_operation_row_changes(account: AccountState, before: Record, given: Record) -> Record:
    changes = _read(account, given)
    status = given.get("status", before["status"])
    if status != before["status"]:
        changes["completed_at"] = account.now() if status == "COMPLETED" else None
    assigned = changes.get("assigned_operators", before["assigned_operators"])
    active = assigned[0]["operator_id"] if assigned and status == "IN_PROGRESS" else None
    return {**changes, "active_operator_id": active}


def _read(account: AccountState, given: Record) -> Record:
    values = read_work(account, given)
    for name in ("assigned_operators", "completed_by_operators"):
        if name in given:
            values[name] = [
                _operator(account, each, name, index) for index, each in enumerate(given[name])
            ]
    return values


def _operator(account: AccountState, given: Record, *path: str | int) -> Record:
    """Return an operator by id or name; an unknown name creates one."""
    if given.get("operator_id") is not None:
        found = references.require(account, "operators", given["operator_id"], *path, "operator_id")
    else:
        found = find_or_create(account, "operators", {"operator_name": given.get("name", "")})
    return {"operator_id": found["id"], "name": found["operator_name"], "deleted_at": None}


MANUFACTURING_ORDER_RECIPE_ROWS = CollectionSpec(
    layout=RECIPE_ROW_LAYOUT,
    present=present_recipe_row,
    create=_create_recipe_row,
    read_changes=_read_recipe_row,
    around_change=_around_recipe_row_change,
)
MANUFACTURING_ORDER_OPERATION_ROWS = CollectionSpec(
    layout=OPERATION_ROW_LAYOUT,
    present=present_operation_row,
    create=_create_operation_row,
    read_changes=_read_operation_row_changes,
)
