"""Writes: validation and effects."""

import json
from decimal import Decimal
from typing import Any

import pytest
from yarl import URL

from katana_async.sandbox import ManualClock, Record

from .conftest import Api, newest


def product(**fields: Any) -> Record:
    return {"name": "Shelf", "variants": [{"sku": "SH-1"}], **fields}


async def test_a_product_is_created_with_variants_and_stock(api: Api) -> None:
    answer = await api.post("/products", product(variants=[{"sku": "a"}, {"sku": "b"}]))
    assert answer.status == 200
    made = answer.json
    assert made["created_at"] == "2026-01-05T08:00:00.000Z"
    assert made["additional_info"] == ""
    assert [variant["sku"] for variant in made["variants"]] == ["a", "b"]
    assert "archived_at" not in made
    read = (await api.get(f"/products/{made['id']}")).json
    assert read == made | {"archived_at": None}
    for variant in made["variants"]:
        stock = (await api.get(f"/inventory?variant_id={variant['id']}")).rows
        assert [row["quantity_in_stock"] for row in stock] == ["0.00000", "0.00000"]
        assert {row["location_id"] for row in stock} == set(api.sandbox.store["locations"].ids())


async def test_an_unknown_field_is_a_422_that_names_it(api: Api) -> None:
    answer = await api.post("/products", product(colour="red"))
    assert answer.status == 422
    assert answer.error["statusCode"] == 422
    assert answer.error["name"] == "UnprocessableEntityError"
    [detail] = answer.error["details"]
    assert (detail["path"], detail["code"]) == ("", "additionalProperties")
    assert detail["info"] == {"additionalProperty": "colour"}
    assert "colour" in detail["message"]


async def test_details_tell_where_in_the_body_each_problem_is(api: Api) -> None:
    body = product(uom="kilograms", variants=[{}, {"sku": "", "sales_price": -1}], configs=[])
    answer = await api.post("/products", body)
    assert sorted(answer.codes) == [
        ("/configs", "minItems"),
        ("/uom", "maxLength"),
        ("/variants/1/sales_price", "minimum"),
        ("/variants/1/sku", "minLength"),
    ]


async def test_paths_can_be_written_with_dots_and_errors_without_a_wrapper(api: Api) -> None:
    api.sandbox.oddities.error_paths = "dotted"
    api.sandbox.oddities.wrapped_errors = False
    answer = await api.post("/products", product(variants=[{"sku": 1}]))
    [detail] = answer.json["details"]
    assert detail["path"] == ".variants[0].sku"


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("text/plain", b"{}"),
        (None, b"{}"),
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b'{"name": NaN}'),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000),
    ],
)
async def test_a_body_that_is_not_json_is_a_400(
    api: Api, content_type: str | None, data: bytes
) -> None:
    headers = {"Authorization": f"Bearer {api.sandbox.api_key}"}
    headers |= {"Content-Type": content_type} if content_type else {}
    async with api.session.post(
        f"{api.sandbox.base_url}/products",
        data=data,
        headers=headers,
        skip_auto_headers=["Content-Type"],
    ) as response:
        assert response.status == 400
        assert (await response.json())["error"]["name"] == "BadRequestError"


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
async def test_a_body_that_is_no_object_is_refused(api: Api, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    async with api.session.post(
        f"{api.sandbox.base_url}/products",
        data=json.dumps(body),
        headers=headers | {"Authorization": f"Bearer {api.sandbox.api_key}"},
    ) as response:
        assert response.status == 422


async def test_a_patch_changes_its_fields_and_updated_at(api: Api, clock: ManualClock) -> None:
    made = (await api.post("/products", product(category_name="Old"))).json
    clock.advance(90)
    changed = (
        await api.patch(f"/products/{made['id']}", {"name": "New", "category_name": None})
    ).json
    assert (changed["name"], changed["category_name"]) == ("New", None)
    assert changed["created_at"] == made["created_at"]
    assert changed["updated_at"] == "2026-01-05T08:01:30.000Z"
    assert changed["uom"] == made["uom"]


async def test_an_empty_patch_is_a_422(api: Api) -> None:
    answer = await api.patch(f"/products/{newest(api.sandbox, 'products')}", {})
    assert answer.status == 422


@pytest.mark.parametrize("table", ["products", "materials", "purchase_orders"])
async def test_a_patch_that_omits_additional_info_wipes_it(api: Api, table: str) -> None:
    record = newest(api.sandbox, table)
    kept = await api.patch(f"/{table}/{record}", {"additional_info": "Fragile"})
    assert kept.json["additional_info"] == "Fragile"
    field = "order_no" if table == "purchase_orders" else "name"
    wiped = await api.patch(f"/{table}/{record}", {field: "Other"})
    assert not wiped.json["additional_info"]
    assert not (await api.get(f"/{table}/{record}")).json["additional_info"]


async def test_a_patch_of_a_sales_order_leaves_additional_info_alone(api: Api) -> None:
    order = newest(api.sandbox, "sales_orders")
    await api.patch(f"/sales_orders/{order}", {"additional_info": "Fragile"})
    changed = await api.patch(f"/sales_orders/{order}", {"customer_ref": "X"})
    assert changed.json["additional_info"] == "Fragile"


async def test_archiving_hides_a_product_with_its_variants_and_stock(api: Api) -> None:
    made = (await api.post("/products", product())).json
    variant = made["variants"][0]["id"]
    changed = await api.patch(f"/products/{made['id']}", {"is_archived": True})
    assert changed.json["archived_at"] == "2026-01-05T08:00:00.000Z"
    assert "is_archived" not in changed.json
    for path in (f"/products?ids={made['id']}", f"/variants?ids={variant}"):
        assert (await api.get(path)).rows == []
        assert len((await api.get(f"{path}&include_archived=true")).rows) == 1
    assert (await api.get(f"/inventory?variant_id={variant}")).rows == []
    assert (await api.get(f"/products/{made['id']}")).status == 200
    back = await api.patch(f"/products/{made['id']}", {"is_archived": False})
    assert back.json["archived_at"] is None
    assert len((await api.get(f"/variants?ids={variant}")).rows) == 1


async def test_deleting_a_product_deletes_its_variants_and_stock(api: Api) -> None:
    made = (await api.post("/products", product())).json
    variant = made["variants"][0]["id"]
    answer = await api.delete(f"/products/{made['id']}")
    assert (answer.status, answer.body) == (204, b"")
    assert (await api.get(f"/products/{made['id']}")).status == 404
    assert (await api.get(f"/variants/{variant}")).status == 404
    assert (await api.get(f"/inventory?variant_id={variant}")).rows == []
    assert (await api.delete(f"/products/{made['id']}")).status == 404


async def test_variants_on_orders_or_in_bills_of_materials_cannot_be_deleted(api: Api) -> None:
    store = api.sandbox.store
    sold = next(iter(store["sales_order_rows"]))["variant_id"]
    bought = next(iter(store["purchase_order_rows"]))["variant_id"]
    used = next(iter(store["bom_rows"]))["ingredient_variant_id"]
    for variant in (sold, bought, used):
        answer = await api.delete(f"/variants/{variant}")
        assert answer.status == 412
        assert answer.error["name"] == "PreconditionFailedError"
    customer = next(iter(store["sales_orders"]))["customer_id"]
    assert (await api.delete(f"/customers/{customer}")).status == 412


async def test_ids_of_the_wrong_kind_of_record_are_not_found(api: Api) -> None:
    assert (await api.get(f"/products/{newest(api.sandbox, 'variants')}")).status == 404
    body = {"product_id": newest(api.sandbox, "materials"), "sku": "x"}
    answer = await api.post("/variants", body)
    assert answer.status == 422
    assert answer.codes == [("/product_id", "reference")]


async def test_a_variant_belongs_to_a_product_or_to_a_material(api: Api) -> None:
    owner = newest(api.sandbox, "materials")
    made = (await api.post("/variants", {"material_id": owner, "sku": "M"})).json
    assert (made["type"], made["material_id"], made["product_id"]) == ("material", owner, None)
    assert (await api.post("/variants", {"sku": "x"})).codes == [("", "oneOf")]
    both = {"material_id": owner, "product_id": newest(api.sandbox, "products")}
    assert (await api.post("/variants", both)).codes == [("", "oneOf")]


async def test_bom_rows_of_a_batch_are_created_without_an_answer(api: Api) -> None:
    store = api.sandbox.store
    made = (await api.post("/products", product())).json
    row = {
        "product_item_id": made["id"],
        "product_variant_id": made["variants"][0]["id"],
        "ingredient_variant_id": newest(api.sandbox, "variants"),
        "quantity": 2.5,
    }
    assert (await api.post("/bom_rows", row)).json["rank"] == 10_000
    answer = await api.post("/bom_rows/batch/create", {"data": [row, row]})
    assert (answer.status, answer.body) == (204, b"")
    path = f"/bom_rows?product_item_id={made['id']}"
    rows = (await api.get(path)).rows
    assert [(each["rank"], each["quantity"]) for each in rows] == [
        (30_000, Decimal("2.5")),
        (20_000, Decimal("2.5")),
        (10_000, Decimal("2.5")),
    ]
    assert (await api.delete(f"/bom_rows/{rows[0]['id']}")).status == 204
    assert store["bom_rows"].get(rows[0]["id"]) is None


async def test_a_batch_with_one_bad_row_creates_none(api: Api) -> None:
    good = dict(next(iter(api.sandbox.store["bom_rows"])))
    names = ("product_item_id", "product_variant_id", "ingredient_variant_id")
    row = {name: good[name] for name in names}
    before = len(api.sandbox.store["bom_rows"])
    answer = await api.post("/bom_rows/batch/create", {"data": [row, {**row, names[2]: 7}]})
    assert answer.status == 422
    assert len(api.sandbox.store["bom_rows"]) == before


async def test_bins_have_a_bin_name_and_lists_repeat_it_as_name(api: Api) -> None:
    location = newest(api.sandbox, "locations")
    made = (await api.post("/bin_locations", {"bin_name": "Z-9", "location_id": location})).json
    assert made["bin_name"] == "Z-9"
    assert "name" not in made
    [listed] = (await api.get(f"/bin_locations?ids={made['id']}")).json
    assert (listed["bin_name"], listed["name"]) == ("Z-9", "Z-9")


async def test_price_list_rows_are_created_several_at_once(api: Api) -> None:
    price_list = (await api.post("/price_lists", {"name": "Spring"})).json
    assert "is_active" not in price_list
    assert (await api.get(f"/price_lists/{price_list['id']}")).json["is_active"] is True
    variants = api.sandbox.store["variants"].ids()[:2]
    rows = [{"variant_id": each, "adjustment_method": "fixed", "amount": 5} for each in variants]
    answer = await api.post(
        "/price_list_rows", {"price_list_id": price_list["id"], "price_list_rows": rows}
    )
    assert [row["variant_id"] for row in answer.json] == variants
    assert (await api.delete(f"/price_lists/{price_list['id']}")).status == 204
    assert (await api.get(f"/price_list_rows?price_list_ids={price_list['id']}")).rows == []
    assert (await api.get(f"/price_list_rows/{answer.json[0]['id']}")).status == 404


async def test_a_customers_default_addresses_are_the_first_or_the_marked(api: Api) -> None:
    addresses = [
        {"entity_type": "shipping", "city": "Riga"},
        {"entity_type": "shipping", "city": "Tartu", "default": True},
        {"entity_type": "billing"},
    ]
    made = (await api.post("/customers", {"name": "Mari", "addresses": addresses})).json
    ids = [each["id"] for each in made["addresses"]]
    assert (made["default_shipping_id"], made["default_billing_id"]) == (ids[1], ids[2])
    path = f"/customers/{made['id']}"
    changed = (await api.patch(path, {"default_shipping_id": ids[0]})).json
    assert changed["default_shipping_id"] == ids[0]
    assert "addresses" not in changed
    assert (await api.patch(path, {"default_shipping_id": 7})).status == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/products/7", 404),
        ("GET", "/products/x", 400),
        ("GET", "/products/-1", 400),
        ("GET", "/products/", 400),
        ("GET", "/products/7/8", 404),
        ("GET", "/nothing", 404),
        ("GET", "/../products", 404),
        ("PUT", "/products/7", 404),
        ("DELETE", "/bom_rows/x", 404),
        ("DELETE", "/bom_rows/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", 404),
        ("PATCH", "/products/7", 422),
    ],
)
async def test_missing_paths_and_records_are_answered_with_errors(
    api: Api, method: str, path: str, status: int
) -> None:
    url = URL(api.sandbox.base_url + path, encoded=True)
    headers = {"Authorization": f"Bearer {api.sandbox.api_key}"}
    async with api.session.request(method, url, headers=headers, json={}) as response:
        assert response.status == status
        assert (await response.json())["error"]["statusCode"] == status


async def test_half_a_surrogate_pair_is_written_as_javascript_does(api: Api) -> None:
    body = r'{"name": "\ud83d", "variants": [{"sales_price": 1.5}]}'
    headers = {
        "Authorization": f"Bearer {api.sandbox.api_key}",
        "Content-Type": "application/json",
    }
    url = f"{api.sandbox.base_url}/products"
    async with api.session.post(url, data=body, headers=headers) as response:
        text = await response.text()
    assert r'"name":"\ud83d"' in text
    assert '"sales_price":1.5' in text


async def test_a_defect_of_the_sandbox_is_answered_and_logged(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.sandbox.store["products"].create({"configs": None})
    answer = await api.get("/products")
    assert answer.status == 500
    assert answer.error["name"] == "SandboxError"
    assert "TypeError" in answer.error["message"]
    assert "the sandbox failed at GET /v1/products" in caplog.text
