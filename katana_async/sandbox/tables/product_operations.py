"""The operations that make the variants of products."""

from typing import Any

from ..account import AccountState
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result
from ..errors import invalid_reference
from ..store import Layout, Record
from . import references
from .workshop import RANK_STEP, WORK, present_work, read_work

PRODUCT_OPERATION_LAYOUT = Layout(
    name="product_operation_rows",
    first=21_000_001,
    fields={"product_id": None, "product_variant_id": None, **WORK},
    links=("product_id", "product_variant_id"),
)


def _present(presentation: Presentation) -> Record:
    """Return a row as an answer shows it: its id is renamed, and PATCH lacks the group."""
    record = presentation.record
    names = ("product_id", "product_variant_id", "created_at", "updated_at")
    result = {
        "product_operation_row_id": record["id"],
        **{name: record[name] for name in names},
        **present_work(record),
        "group_boundary": str(record["group_boundary"]),
    }
    if presentation.action == "update":
        del result["group_boundary"]
    return result


def operations_of(account: AccountState, variant_id: Any) -> list[Record]:
    """Return the operations of a variant in the order of their ranks."""
    rows = account.store["product_operation_rows"].children("product_variant_id", variant_id)
    return sorted(rows, key=lambda row: (row["rank"], row["id"]))


def _create(call: Call) -> Result:
    account, rows = call.account, call.body["rows"]
    products = [
        references.require_product_variant(
            account, row["product_variant_id"], "rows", index, "product_variant_id"
        )
        for index, row in enumerate(rows)
    ]
    read = [read_work(account, row, "rows", index) for index, row in enumerate(rows)]
    table = account.store["product_operation_rows"]
    if not call.body.get("keep_current_rows"):
        for variant in {row["product_variant_id"] for row in rows}:
            references.delete_children(account, table.name, "product_variant_id", variant)
    for row, product in zip(read, products, strict=True):
        others = operations_of(account, row["product_variant_id"])
        rank = max((other["rank"] for other in others), default=0) + RANK_STEP
        table.create({**row, "product_id": product, "rank": rank, "group_boundary": rank})
    return Result(204)


def _rerank(call: Call) -> Result:
    """Move a row to the top or after another one, whose group it can join."""
    account, body = call.account, call.body
    table, name = account.store["product_operation_rows"], "rank_product_operation_id"
    moved = references.require(account, table.name, body[name], name)
    rows = operations_of(account, moved["product_variant_id"])
    groups = {row["id"]: row["group_boundary"] for row in rows if row["id"] != moved["id"]}
    preceding, order = body.get("preceding_product_operation_id"), list(groups)
    if preceding is not None and preceding not in groups:
        message = "must be the id of another row of the same variant"
        path = "preceding_product_operation_id"
        raise invalid_reference(message, path, collection=table.name)
    # The number of a new group is the row's id, which is greater than any rank.
    joined = groups.get(preceding) if body.get("should_group") else None
    table.update(moved["id"], {"group_boundary": joined or moved["id"]})
    order.insert(0 if preceding is None else 1 + order.index(preceding), moved["id"])
    for rank, row_id in enumerate(order, 1):
        table.update(row_id, {"rank": rank * RANK_STEP})
    return Result(204)


PRODUCT_OPERATION_ROWS = CollectionSpec(
    layout=PRODUCT_OPERATION_LAYOUT,
    present=_present,
    read_changes=lambda account, _before, body: read_work(account, body),
    extra_endpoints=(
        ApiEndpoint(method="POST", path="/product_operation_rows", run=_create),
        ApiEndpoint(method="POST", path="/product_operation_rerank", run=_rerank),
    ),
)
