"""Recipes (bills of materials) and operations of products."""

from typing import Any

from .conftest import Api


async def product(api: Api) -> Any:
    """Create a product and return its variant's id."""
    made = await api.post("/products", {"name": "Bench", "variants": [{"sku": "B"}]})
    return made.json["variants"][0]["id"]


def material(api: Api) -> Any:
    """Return a variant of a material."""
    return next(row["id"] for row in api.sandbox.store["variants"] if row["type"] == "material")


async def recipe(api: Api, variant: Any, quantity: Any, **fields: Any) -> Any:
    row = {
        "product_variant_id": variant,
        "ingredient_variant_id": material(api),
        "quantity": quantity,
    }
    return await api.post("/recipes", {"rows": [row], **fields})


async def quantities(api: Api, path: str) -> list[Any]:
    return [row["quantity"] for row in (await api.get(path)).rows]


async def test_a_recipe_is_a_bill_of_materials(api: Api) -> None:
    variant = await product(api)
    answer = await recipe(api, variant, 2.5)
    assert (answer.status, answer.body) == (204, b"")
    [bom] = (await api.get(f"/bom_rows?product_variant_id={variant}")).rows
    [row] = (await api.get(f"/recipes?product_variant_ids={variant}")).rows
    assert row == {**bom, "recipe_row_id": bom["id"], "product_id": bom["product_item_id"]}
    assert (await api.get(f"/recipes?recipe_row_id={bom['id']}")).rows == [row]
    changed = await api.patch(f"/recipe_rows/{bom['id']}", {"notes": "Oak"})
    assert changed.json["notes"] == "Oak"
    [bom] = (await api.get(f"/bom_rows?product_variant_id={variant}")).rows
    assert bom["notes"] == "Oak"
    assert (await api.delete(f"/recipe_rows/{bom['id']}")).status == 204
    assert (await api.get(f"/bom_rows?product_variant_id={variant}")).rows == []


async def test_a_new_recipe_is_added_to_the_old_one_by_default(api: Api) -> None:
    variant = await product(api)
    path = f"/recipes?product_variant_ids={variant}"
    await recipe(api, variant, 1)
    await recipe(api, variant, 2)
    assert await quantities(api, path) == [2, 1]
    await recipe(api, variant, 2, keep_current_rows=False)
    assert await quantities(api, path) == [2]
    await recipe(api, variant, 3, keep_current_rows=True)
    assert await quantities(api, path) == [3, 2]
    row = (await api.get(path)).ids[0]
    assert (await api.delete(f"/recipes/{row}")).status == 204
    assert await quantities(api, path) == [2]


async def test_a_recipe_is_of_a_product(api: Api) -> None:
    answer = await recipe(api, material(api), 1)
    assert answer.codes == [("/rows/0/product_variant_id", "reference")]
    assert (await recipe(api, await product(api), 1, rows=[])).codes == [("/rows", "minItems")]


async def operations(api: Api, variant: Any, *names: str, **fields: Any) -> Any:
    rows = [{"product_variant_id": variant, "operation_name": name} for name in names]
    answer = await api.post("/product_operation_rows", {"rows": rows, **fields})
    assert (answer.status, answer.body) == (204, b"")
    return await steps(api, variant)


async def steps(api: Api, variant: Any) -> Any:
    """Return a variant's operations in the order of their ranks."""
    rows = (await api.get(f"/product_operation_rows?product_variant_id={variant}")).rows
    return sorted(rows, key=lambda row: row["rank"])


def names_of(rows: Any) -> list[str]:
    return [row["operation_name"] for row in rows]


async def test_operations_are_referred_to_by_name_or_id(api: Api) -> None:
    variant = await product(api)
    first, second, third = await operations(api, variant, "Sawing", "Waxing", "Sawing")
    assert first["operation_id"] == third["operation_id"] != second["operation_id"]
    path = f"/product_operation_rows/{first['product_operation_row_id']}"
    body = {
        "operation_id": second["operation_id"],
        "resource_name": "Saw",
        "cost_per_hour": 15,
        "planned_time_per_unit": 7200,
    }
    changed = (await api.patch(path, body)).json
    assert changed["operation_name"] == "Waxing"
    assert changed["cost_parameter"] == 15
    assert changed["planned_time_parameter"] == 7200
    assert changed["planned_cost_per_unit"] == 30
    found = await api.get("/product_operation_rows?resource_name=Saw")
    assert [row["product_operation_row_id"] for row in found.rows] == [
        first["product_operation_row_id"]
    ]
    assert (await api.patch(path, {"resource_id": 7})).codes == [("/resource_id", "reference")]
    assert (await api.delete(path)).status == 204
    assert names_of(await steps(api, variant)) == ["Waxing", "Sawing"]


async def test_new_operations_replace_the_old_ones_by_default(api: Api) -> None:
    variant = await product(api)
    await operations(api, variant, "A", "B")
    assert names_of(await operations(api, variant, "C")) == ["C"]
    assert names_of(await operations(api, variant, "D", keep_current_rows=True)) == ["C", "D"]


async def rerank(api: Api, moved: Any, behind: Any = None, **fields: Any) -> Any:
    body = {"rank_product_operation_id": moved["product_operation_row_id"], **fields}
    if behind is not None:
        body["preceding_product_operation_id"] = behind["product_operation_row_id"]
    return await api.post("/product_operation_rerank", body)


async def test_an_operation_is_moved_behind_another_or_to_the_front(api: Api) -> None:
    variant = await product(api)
    a, b, c = await operations(api, variant, "A", "B", "C")
    assert (await rerank(api, a, behind=b)).status == 204
    assert names_of(await steps(api, variant)) == ["B", "A", "C"]
    await rerank(api, c)
    assert names_of(await steps(api, variant)) == ["C", "B", "A"]
    [other] = await operations(api, await product(api), "A")
    answer = await rerank(api, a, behind=other)
    assert answer.codes == [("/preceding_product_operation_id", "reference")]


async def test_an_operation_joins_the_group_of_the_one_before_and_leaves_it(api: Api) -> None:
    variant = await product(api)
    a, _, c = await operations(api, variant, "A", "B", "C")
    await rerank(api, c, behind=a, should_group=True)
    rows = await steps(api, variant)
    assert names_of(rows) == ["A", "C", "B"]
    groups = [row["group_boundary"] for row in rows]
    assert groups[0] == groups[1] != groups[2]
    await rerank(api, c, behind=a)
    groups = [row["group_boundary"] for row in await steps(api, variant)]
    assert len(set(groups)) == 3


async def test_how_a_variant_is_made_goes_with_it(api: Api) -> None:
    variant = await product(api)
    await recipe(api, variant, 1)
    await operations(api, variant, "A")
    assert (await api.delete(f"/variants/{variant}")).status == 204
    assert (await api.get(f"/recipes?product_variant_ids={variant}")).rows == []
    assert await steps(api, variant) == []
