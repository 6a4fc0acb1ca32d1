"""Recipes: the bills of materials under their older name. The rows are the same."""

from ..account import Account
from ..operations import Call, Collection, Operation, Reply, Showing
from ..query import Param, reference, several
from ..schema import INT32, Flag, Integer, Items, Number, Text, body
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


_AMOUNT = Number(minimum=0, maximum=10_000_000_000_000_000)
_NOTES = Text(most=255)
_VARIANT = Integer(minimum=0, maximum=INT32)
_ROW = body(
    ("product_variant_id", "ingredient_variant_id", "quantity"),
    ingredient_variant_id=_VARIANT,
    notes=_NOTES,
    product_variant_id=_VARIANT,
    quantity=_AMOUNT,
)

RECIPES = Collection(
    layout=BOM_ROW_LAYOUT,
    path="recipes",
    present=_present,
    params=(
        several("product_variant_ids", "product_variant_id"),
        Param("recipe_row_id", field="id"),
        reference("product_id", "product_item_id"),
        reference("ingredient_variant_id"),
    ),
    dates=True,
    gets=False,
    deletes=True,
    more=(
        Operation(
            method="POST",
            path="/recipes",
            run=_create,
            body=body(("rows",), keep_current_rows=Flag(), rows=Items(of=_ROW, least=1, most=150)),
        ),
    ),
)
RECIPE_ROWS = Collection(
    layout=BOM_ROW_LAYOUT,
    path="recipe_rows",
    present=_present,
    lists=False,
    gets=False,
    update=body(ingredient_variant_id=Integer(), notes=_NOTES, quantity=_AMOUNT),
    deletes=True,
    updating=change_bom_row,
)
