"""Bills of materials, the ingredients of variants; recipes are an older name of their rows."""

from ..account import AccountState
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result, without
from ..errors import RequestRefused
from ..store import Id, Layout, Record
from . import references

BOM_ROW_LAYOUT = Layout(
    name="bom_rows",
    first=None,
    fields={
        "product_item_id": None,
        "product_variant_id": None,
        "ingredient_variant_id": None,
        "quantity": None,
        "notes": None,
        "rank": 10_000,
        "custom_fields": None,
    },
    links=("product_item_id", "product_variant_id", "ingredient_variant_id"),
)

present_bom_row = without("deleted_at")


def _check_bom_row(account: AccountState, body: Record) -> None:
    for field in ("product_variant_id", "ingredient_variant_id"):
        references.require(account, "variants", body[field], field)
    references.require(account, "products", body["product_item_id"], "product_item_id")


def add_bom_row(account: AccountState, body: Record) -> Record:
    """Add a row after the variant's last one."""
    table = account.store["bom_rows"]
    others = table.children("product_variant_id", body["product_variant_id"])
    rank = max((row["rank"] for row in others), default=0) + 10_000
    return table.create({**body, "rank": rank})


def _create_bom_row(call: Call) -> Result:
    _check_bom_row(call.account, call.body)
    row = add_bom_row(call.account, call.body)
    if call.account.oddities.bom_rows_answer:
        return Result(200, present_bom_row(Presentation(call.account, row, "create")))
    return Result(204)


def _create_bom_rows(call: Call) -> Result:
    for body in call.body["data"]:
        _check_bom_row(call.account, body)
    for body in call.body["data"]:
        add_bom_row(call.account, body)
    return Result(204)


def _update_bom_row(call: Call) -> Result:
    """Change a row. Katana answers a missing one with a 500."""
    account, table = call.account, call.account.store["bom_rows"]
    before = None if call.id is None else table.get(call.id)
    if before is None:
        message, code = "An internal request was not successful.", "ERR_NON_2XX_3XX_RESPONSE"
        raise RequestRefused(500, "InternalServerError", message, code)
    row = table.update(before["id"], change_bom_row(account, before, call.body))
    return Result(200, present_bom_row(Presentation(account, row, "update")))


def change_bom_row(account: AccountState, _before: Record, body: Record) -> Record:
    """Check the references in the changes of a row, and return the changes."""
    if "ingredient_variant_id" in body:
        references.require(
            account, "variants", body["ingredient_variant_id"], "ingredient_variant_id"
        )
    return body


BOM_ROWS = CollectionSpec(
    layout=BOM_ROW_LAYOUT,
    present=present_bom_row,
    extra_endpoints=(
        ApiEndpoint(method="POST", path="/bom_rows", run=_create_bom_row),
        ApiEndpoint(method="POST", path="/bom_rows/batch/create", run=_create_bom_rows),
        ApiEndpoint(method="PATCH", path="/bom_rows/{id}", run=_update_bom_row),
    ),
)


# -- recipes


def _present_recipe(presentation: Presentation) -> Record:
    result = present_bom_row(presentation)
    return {**result, "product_id": result["product_item_id"], "recipe_row_id": result["id"]}


def _create_recipe_rows(call: Call) -> Result:
    account, rows = call.account, call.body["rows"]
    products = [_product_of(account, row, index) for index, row in enumerate(rows)]
    if not call.body.get("keep_current_rows", True):
        for variant in {row["product_variant_id"] for row in rows}:
            references.delete_children(account, "bom_rows", "product_variant_id", variant)
    for row, product in zip(rows, products, strict=True):
        add_bom_row(account, {**row, "product_item_id": product})
    return Result(204)


def _product_of(account: AccountState, body: Record, index: int) -> Id:
    name = "ingredient_variant_id"
    references.require(account, "variants", body[name], "rows", index, name)
    return references.require_product_variant(
        account, body["product_variant_id"], "rows", index, "product_variant_id"
    )


_POST = ApiEndpoint(method="POST", path="/recipes", run=_create_recipe_rows)
RECIPES = CollectionSpec(
    layout=BOM_ROW_LAYOUT, path="recipes", present=_present_recipe, extra_endpoints=(_POST,)
)
RECIPE_ROWS = CollectionSpec(
    layout=BOM_ROW_LAYOUT, path="recipe_rows", present=_present_recipe, read_changes=change_bom_row
)
