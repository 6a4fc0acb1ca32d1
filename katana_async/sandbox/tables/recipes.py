"""Recipes: the rows of bills of materials under their older name."""

from ..account import Account
from ..operations import Call, Collection, Operation, Reply, Showing
from ..store import Id, Record
from . import usage
from .stock import BOM_ROW_LAYOUT, add_bom_row, change_bom_row, present_bom_row


def _present(showing: Showing) -> Record:
    shown = present_bom_row(showing)
    return {**shown, "product_id": shown["product_item_id"], "recipe_row_id": shown["id"]}


def _create(call: Call) -> Reply:
    account, rows = call.account, call.body["rows"]
    products = [_product_of(account, row, index) for index, row in enumerate(rows)]
    if not call.body.get("keep_current_rows", True):
        for variant in {row["product_variant_id"] for row in rows}:
            usage.delete_children(account, "bom_rows", "product_variant_id", variant)
    for row, product in zip(rows, products, strict=True):
        add_bom_row(account, {**row, "product_item_id": product})
    return Reply(204)


def _product_of(account: Account, given: Record, index: int) -> Id:
    name = "ingredient_variant_id"
    usage.require(account, "variants", given[name], "rows", index, name)
    return usage.require_made(
        account, given["product_variant_id"], "rows", index, "product_variant_id"
    )


_POST = Operation(method="POST", path="/recipes", run=_create)
RECIPES = Collection(layout=BOM_ROW_LAYOUT, path="recipes", present=_present, more=(_POST,))
RECIPE_ROWS = Collection(
    layout=BOM_ROW_LAYOUT, path="recipe_rows", present=_present, updating=change_bom_row
)
