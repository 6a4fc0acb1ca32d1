"""The operations by which the variants of products are made."""

from typing import Any

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..store import Record
from . import usage
from .workshop import RANK_STEP, WORK, present_work, read_work

PRODUCT_OPERATION_LAYOUT = Layout(
    name="product_operation_rows",
    first=21_000_001,
    fields={"product_id": None, "product_variant_id": None, **WORK},
    links=("product_id", "product_variant_id"),
)


def _present(showing: Showing) -> Record:
    """Write a row, whose id has a name of its own; the answer to a PATCH is without its group."""
    record = showing.record
    names = ("product_id", "product_variant_id", "created_at", "updated_at")
    shown = {
        "product_operation_row_id": record["id"],
        **{name: record[name] for name in names},
        **present_work(record),
        "group_boundary": str(record["group_boundary"]),
    }
    if showing.how == "update":
        del shown["group_boundary"]
    return shown


def operations_of(account: Account, variant_id: Any) -> list[Record]:
    """Return the operations of a variant, in their order."""
    rows = account.store["product_operation_rows"].children("product_variant_id", variant_id)
    return sorted(rows, key=lambda row: (row["rank"], row["id"]))


def _create(call: Call) -> Reply:
    account, rows = call.account, call.body["rows"]
    products = [
        usage.require_made(account, row["product_variant_id"], "rows", index, "product_variant_id")
        for index, row in enumerate(rows)
    ]
    read = [read_work(account, row, "rows", index) for index, row in enumerate(rows)]
    table = account.store["product_operation_rows"]
    if not call.body.get("keep_current_rows"):
        for variant in {row["product_variant_id"] for row in rows}:
            usage.delete_children(account, table.name, "product_variant_id", variant)
    for row, product in zip(read, products, strict=True):
        others = operations_of(account, row["product_variant_id"])
        rank = max((other["rank"] for other in others), default=0) + RANK_STEP
        table.create({**row, "product_id": product, "rank": rank, "group_boundary": rank})
    return Reply(204)


def _rerank(call: Call) -> Reply:
    """Put a row first or behind another one, of whose group it becomes a part if asked for."""
    account, given = call.account, call.body
    table, name = account.store["product_operation_rows"], "rank_product_operation_id"
    moved = usage.require(account, table.name, given[name], name)
    rows = operations_of(account, moved["product_variant_id"])
    groups = {row["id"]: row["group_boundary"] for row in rows if row["id"] != moved["id"]}
    preceding, order = given.get("preceding_product_operation_id"), list(groups)
    if preceding is not None and preceding not in groups:
        message = "must be the id of another row of the same variant"
        path = ("preceding_product_operation_id",)
        raise invalid([Problem(path, "reference", message, {"collection": table.name})])
    # A group of its own is named by the row's id, which no rank reaches.
    joined = groups.get(preceding) if given.get("should_group") else None
    table.update(moved["id"], {"group_boundary": joined or moved["id"]})
    order.insert(0 if preceding is None else 1 + order.index(preceding), moved["id"])
    for rank, row_id in enumerate(order, 1):
        table.update(row_id, {"rank": rank * RANK_STEP})
    return Reply(204)


PRODUCT_OPERATION_ROWS = Collection(
    layout=PRODUCT_OPERATION_LAYOUT,
    present=_present,
    updating=lambda account, _before, given: read_work(account, given),
    more=(
        Operation(method="POST", path="/product_operation_rows", run=_create),
        Operation(method="POST", path="/product_operation_rerank", run=_rerank),
    ),
)
