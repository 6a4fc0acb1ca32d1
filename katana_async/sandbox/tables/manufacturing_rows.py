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


def _order_of(account: AccountState, body: Record) -> Record:
    name = "manufacturing_order_id"
    return references.require(account, "manufacturing_orders", body[name], name)


def _create_recipe_row(account: AccountState, body: Record) -> Record:
    order, values = _order_of(account, body), _read_recipe_row(account, {}, body)
    with manufacturing_stock.sync_stock(account, order["id"]):
        return account.store["manufacturing_order_recipe_rows"].create(values)


def _read_recipe_row(account: AccountState, before: Record, body: Record) -> Record:
    if "variant_id" in body:
        references.require(account, "variants", body["variant_id"], "variant_id")
    variant_id = {**before, **body}["variant_id"]
    return {**body, **manufacturing_stock.read_item_fields(account, body, variant_id)}


def _around_recipe_row_change(
    account: AccountState, before: Record, _changes: Record
) -> AbstractContextManager[None]:
    return manufacturing_stock.sync_stock(account, before["manufacturing_order_id"])


def _create_operation_row(account: AccountState, body: Record) -> Record:
    order = _order_of(account, body)
    ranks = (row["rank"] for row in manufacturing_stock.operations_of(account, order))
    rank = max(ranks, default=0) + RANK_STEP
    values = {**_read(account, body), "rank": rank, "group_boundary": rank}
    return account.store["manufacturing_order_operation_rows"].create(values)


def _read_operation_row_changes(account: AccountState, before: Record, body: Record) -> Record:
    changes = _read(account, body)
    status = body.get("status", before["status"])
    if status != before["status"]:
        changes["completed_at"] = account.now() if status == "COMPLETED" else None
    assigned = changes.get("assigned_operators", before["assigned_operators"])
    active = assigned[0]["operator_id"] if assigned and status == "IN_PROGRESS" else None
    return {**changes, "active_operator_id": active}


def _read(account: AccountState, body: Record) -> Record:
    values = read_work(account, body)
    for name in ("assigned_operators", "completed_by_operators"):
        if name in body:
            values[name] = [
                _operator(account, each, name, index) for index, each in enumerate(body[name])
            ]
    return values


def _operator(account: AccountState, body: Record, *path: str | int) -> Record:
    """Return an operator by id or name; an unknown name creates one."""
    if body.get("operator_id") is not None:
        found = references.require(account, "operators", body["operator_id"], *path, "operator_id")
    else:
        found = find_or_create(account, "operators", {"operator_name": body.get("name", "")})
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
