"""Observations of items, contacts, sales, prices and the account, one test each."""

from decimal import Decimal
from typing import Any

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Api, newest
from .sales import new_sale


async def list_open_orders(api: Api) -> list[int]:
    """Return the ids of the open sales orders in list order."""
    rows = (await api.get("/sales_orders?limit=250")).rows
    return [row["id"] for row in rows if row["status"] != "DELIVERED"]


async def rerank(api: Api, ids: list[int], **place: Any) -> Any:
    return await api.post("/sales_order_rerank", {"order_ids": ids, "place": place})


async def test_a_rerank_moves_orders_to_a_place_and_answers_their_ids(api: Api) -> None:
    a, b, *rest, y, z = await list_open_orders(api)
    answer = await rerank(api, [z, y], position="top")
    assert (answer.status, answer.json) == (200, {"order_ids": [z, y]})
    assert await list_open_orders(api) == [z, y, a, b, *rest]
    await rerank(api, [z, a], position="bottom")
    assert await list_open_orders(api) == [y, b, *rest, z, a]
    await rerank(api, [a], before_id=y)
    await rerank(api, [z], after_id=b)
    assert await list_open_orders(api) == [a, y, b, z, *rest]


async def test_a_repeated_rerank_changes_nothing(api: Api) -> None:
    a, b, *_ = await list_open_orders(api)
    await rerank(api, [b], before_id=a)
    once = (await api.get("/sales_orders?limit=250")).json
    await rerank(api, [b], before_id=a)
    assert (await api.get("/sales_orders?limit=250")).json == once


@pytest.mark.parametrize("place", [{}, {"position": "top", "before_id": 5_000_001}])
async def test_a_rerank_takes_exactly_one_place(api: Api, place: Any) -> None:
    [order, *_] = await list_open_orders(api)
    assert (await rerank(api, [order], **place)).status == 422


async def test_only_existing_and_open_orders_have_a_rank(api: Api) -> None:
    [order, *_] = await list_open_orders(api)
    delivered = next(
        row["id"] for row in api.sandbox.store["sales_orders"] if row["status"] == "DELIVERED"
    )
    for wrong in (delivered, 77):
        assert (await rerank(api, [wrong], position="top")).status == 422
        assert (await rerank(api, [order], before_id=wrong)).status == 422
    assert (await rerank(api, [order], before_id=order)).status == 422


async def test_a_new_rank_may_show_later(api: Api, clock: ManualClock) -> None:
    api.sandbox.oddities.rank_lag = 30
    a, b, *rest = before = await list_open_orders(api)
    await rerank(api, [b], position="top")
    assert await list_open_orders(api) == before
    clock.advance(30)
    assert await list_open_orders(api) == [b, a, *rest]


async def test_a_rerank_can_answer_204(api: Api) -> None:
    api.sandbox.oddities.rerank_answers = False
    [order, *_] = await list_open_orders(api)
    answer = await rerank(api, [order], position="top")
    assert (answer.status, answer.body) == (204, b"")


# -- custom fields of items


ARRAY = [{"field_name": "Grain", "field_value": "fine"}]
HEADER = "X-Custom-Fields-Format"
ITEMS: dict[str, Any] = {
    "products": {"name": "Shelf", "variants": [{}]},
    "materials": {"name": "Oak", "variants": [{}]},
    "services": {"name": "Delivery", "variants": [{}]},
}


async def new_definition(api: Api, **fields: Any) -> str:
    body = {"label": "Grain", "field_type": "shortText", "entity_type": "ProductVariant"}
    answer = await api.post("/custom_field_definitions", {**body, "source": "tests", **fields})
    definition: str = answer.json["id"]
    return definition


async def new_item(api: Api, collection: str, custom_fields: Any, **options: Any) -> Any:
    body = {**ITEMS[collection], "variants": [{"custom_fields": custom_fields}]}
    return await api.post(f"/{collection}", body, **options)


def of_variants(item: Any) -> Any:
    return [variant["custom_fields"] for variant in item["variants"]]


@pytest.mark.parametrize("collection", list(ITEMS))
async def test_an_account_has_custom_fields_of_items_as_arrays(api: Api, collection: str) -> None:
    made = (await new_item(api, collection, ARRAY)).json
    assert of_variants(made) == [ARRAY]
    path = f"/{collection}/{made['id']}"
    for answer in (await api.get(path), await api.patch(path, {"name": "Other"})):
        assert of_variants(answer.json) == [ARRAY]
        assert "custom_field_collection_id" in answer.json
    [list_open_orders] = (await api.get(f"/{collection}?ids={made['id']}")).rows
    assert of_variants(list_open_orders) == [ARRAY]
    variant = (await api.get(f"/variants/{made['variants'][0]['id']}")).json
    assert variant["custom_fields"] == ARRAY


@pytest.mark.parametrize("collection", list(ITEMS))
async def test_custom_fields_of_items_can_be_objects_by_definition(
    api: Api, collection: str
) -> None:
    definition = await new_definition(api)
    values = {definition: "fine"}
    seeded = (await new_item(api, collection, ARRAY)).json
    api.sandbox.oddities.item_custom_fields = "default"
    made = (await new_item(api, collection, values)).json
    for item in (made["id"], seeded["id"]):
        path = f"/{collection}/{item}"
        for answer in (await api.get(path), await api.patch(path, {"name": "Other"})):
            assert of_variants(answer.json) == [values]
            assert "custom_field_collection_id" not in answer.json
        [list_open_orders] = (await api.get(f"/{collection}?ids={item}")).rows
        assert of_variants(list_open_orders) == [values]
    path = f"/variants/{made['variants'][0]['id']}"
    assert (await api.get(path)).json["custom_fields"] == values
    changed = await api.patch(path, {"custom_fields": {definition: "coarse"}})
    assert changed.json["custom_fields"] == {definition: "coarse"}


@pytest.mark.parametrize("collection", list(ITEMS))
async def test_with_both_forms_a_header_chooses(api: Api, collection: str) -> None:
    api.sandbox.oddities.item_custom_fields = "both"
    definition = await new_definition(api)
    array, objects = {HEADER: "legacy"}, {HEADER: "default"}
    values = {definition: "fine"}
    path = f"/{collection}/{(await new_item(api, collection, ARRAY)).json['id']}"
    assert of_variants((await api.get(path)).json) == [ARRAY]
    assert of_variants((await api.get(path, headers=array)).json) == [ARRAY]
    assert of_variants((await api.get(path, headers=objects)).json) == [values]
    changed = await api.patch(path, {"name": "Other"}, headers=objects)
    assert of_variants(changed.json) == [values]
    made = await new_item(api, collection, values, headers=objects)
    assert of_variants(made.json) == [values]
    assert of_variants((await api.get(f"/{collection}/{made.json['id']}")).json) == [ARRAY]


async def test_the_header_chooses_in_searches_and_nested_variants_too(api: Api) -> None:
    api.sandbox.oddities.item_custom_fields = "both"
    definition = await new_definition(api)
    [variant] = (await new_item(api, "products", ARRAY)).json["variants"]
    body = {"filter": {f"custom_fields.{definition}": "fine"}}
    for headers, wanted in (({}, ARRAY), ({HEADER: "default"}, {definition: "fine"})):
        [found] = (await api.post("/variants/search", body, headers=headers)).rows
        assert (found["id"], found["custom_fields"]) == (variant["id"], wanted)
        path = f"/variants/{variant['id']}?extend=product_or_material"
        read = (await api.get(path, headers=headers)).json
        assert read["custom_fields"] == wanted
        assert of_variants(read["product_or_material"]) == [wanted]
    # The header has no effect on inventory.
    path = f"/inventory?variant_id={variant['id']}&extend=variant"
    forms: list[tuple[Any, Any]] = [("both", ARRAY), ("default", {definition: "fine"})]
    for has, wanted in forms:
        api.sandbox.oddities.item_custom_fields = has
        stock = (await api.get(path, headers={HEADER: "default"})).rows
        assert stock[0]["variant"]["custom_fields"] == wanted


@pytest.mark.parametrize("collection", [*ITEMS, "variants"])
@pytest.mark.parametrize(("has", "asked"), [("legacy", "default"), ("default", "legacy")])
async def test_a_form_that_the_account_lacks_is_a_422(
    api: Api, collection: str, has: Any, asked: str
) -> None:
    api.sandbox.oddities.item_custom_fields = has
    answer = await api.get(f"/{collection}", headers={HEADER: asked})
    assert answer.status == 422
    assert "custom fields format is not available for this account" in answer.error["message"]
    body = {"sku": "A"} if collection == "variants" else {"name": "A"}
    changed = await api.patch(f"/{collection}/7", body, headers={HEADER: asked})
    assert changed.status == 422


async def test_mixing_the_forms_is_a_422(api: Api) -> None:
    values = {await new_definition(api): "fine"}
    assert (await new_item(api, "products", values)).status == 422
    variant = f"/variants/{newest(api.sandbox, 'variants')}"
    assert (await api.patch(variant, {"custom_fields": values})).status == 422
    api.sandbox.oddities.item_custom_fields = "both"
    assert (await new_item(api, "products", values)).status == 422
    headers = {HEADER: "default"}
    assert (await new_item(api, "services", ARRAY, headers=headers)).status == 422
    assert (await api.patch(variant, {"custom_fields": ARRAY}, headers=headers)).status == 422


async def test_objects_of_custom_fields_have_no_collection(api: Api) -> None:
    collection = newest(api.sandbox, "custom_fields_collections")
    body = {**ITEMS["products"], "custom_field_collection_id": collection}
    assert (await api.post("/products", body)).json["custom_field_collection_id"] == collection
    api.sandbox.oddities.item_custom_fields = "default"
    assert (await api.post("/products", body)).status == 422


@pytest.mark.parametrize(
    "collection", ["customers", "suppliers", "sales_orders", "sales_order_rows"]
)
async def test_custom_fields_of_other_records_are_an_object(api: Api, collection: str) -> None:
    path = f"/{collection}/{newest(api.sandbox, collection)}"
    values = {await new_definition(api): "fine"}
    for given in (values, None):
        assert (await api.patch(path, {"custom_fields": given})).json["custom_fields"] == given
    refused = await api.patch(path, {"custom_fields": ARRAY})
    assert refused.codes == [("/custom_fields", "type")]


async def test_options_of_a_definition_may_lack_choices(api: Api) -> None:
    options = {"appearsOn": ["SalesOrderRow"]}
    definition = await new_definition(api, options=options)
    read = (await api.get(f"/custom_field_definitions/{definition}")).json
    assert read["options"] == options


async def test_an_account_has_at_most_50_definitions(api: Api) -> None:
    for _ in range(50 - len(api.sandbox.store["custom_field_definitions"])):
        await new_definition(api)
    body = {"label": "A", "field_type": "date", "entity_type": "RecipeBom", "source": "tests"}
    assert (await api.post("/custom_field_definitions", body)).status == 422


# -- items


async def test_a_patch_of_a_variant_answers_without_the_config_attributes_that_it_keeps(
    api: Api,
) -> None:
    attributes = [{"config_name": "Size", "config_value": "Large"}]
    body = {"product_id": newest(api.sandbox, "products"), "config_attributes": attributes}
    path = f"/variants/{(await api.post('/variants', body)).json['id']}"
    assert (await api.patch(path, {"sales_price": 9})).json["config_attributes"] == []
    assert (await api.get(path)).json["config_attributes"] == attributes
    named = {"config_attributes": attributes}
    assert (await api.patch(path, named)).json["config_attributes"] == attributes


@pytest.mark.parametrize(("lead_time", "status"), [(1.5, 500), (1000, 422)])
async def test_a_refused_lead_time_leaves_the_material_behind(
    api: Api, lead_time: float, status: int
) -> None:
    body = {"name": "Left behind", "variants": [{"lead_time": lead_time}]}
    assert (await api.post("/materials", body)).status == status
    [left] = (await api.get("/materials?name=Left behind")).rows
    assert left["variants"] == []


@pytest.mark.parametrize("lead_time", [0, 999, None])
async def test_a_lead_time_is_a_whole_number_of_at_most_999(
    api: Api, lead_time: int | None
) -> None:
    made = await api.post("/materials", {"name": "A", "variants": [{"lead_time": lead_time}]})
    assert made.json["variants"][0]["lead_time"] == lead_time
    path = f"/variants/{made.json['variants'][0]['id']}"
    assert (await api.patch(path, {"lead_time": 1000})).codes == [("/lead_time", "maximum")]


@pytest.mark.parametrize("field", ["sales_price", "product_id", "material_id"])
async def test_variants_in_a_material_take_no_price_and_no_owner(api: Api, field: str) -> None:
    answer = await api.post("/materials", {"name": "A", "variants": [{field: 1}]})
    assert answer.codes == [("/variants/0", "additionalProperties")]


async def test_materials_are_not_serial_tracked(api: Api) -> None:
    body = {"name": "A", "variants": [{}], "serial_tracked": True}
    assert (await api.post("/materials", body)).codes == [("", "additionalProperties")]


async def test_barcodes_are_written_in_capitals_and_have_40_characters_at_most(api: Api) -> None:
    codes = {"internal_barcode": "abc-1", "registered_barcode": "x" * 40}
    [made] = (await api.post("/materials", {"name": "A", "variants": [codes]})).json["variants"]
    assert (made["internal_barcode"], made["registered_barcode"]) == ("ABC-1", "X" * 40)
    changed = await api.patch(f"/variants/{made['id']}", {"internal_barcode": "def"})
    assert changed.json["internal_barcode"] == "DEF"
    long = {"name": "A", "variants": [{"registered_barcode": "x" * 41}]}
    answer = await api.post("/materials", long)
    assert answer.codes == [("/variants/0/registered_barcode", "maxLength")]


@pytest.mark.parametrize("collection", ["products", "materials"])
async def test_a_config_of_a_patch_needs_an_id_or_a_name(api: Api, collection: str) -> None:
    path = f"/{collection}/{newest(api.sandbox, collection)}"
    answer = await api.patch(path, {"configs": [{"values": ["A"]}]})
    assert answer.codes == [("/configs/0", "anyOf")]
    [made] = (await api.patch(path, {"configs": [{"name": "Type", "values": ["A"]}]})).json[
        "configs"
    ]
    named = {"configs": [{"id": made["id"], "values": ["A", "B"]}]}
    [changed] = (await api.patch(path, named)).json["configs"]
    assert (changed["id"], changed["name"], changed["values"]) == (made["id"], "Type", ["A", "B"])


@pytest.mark.parametrize("collection", ["products", "sales_orders", "customers"])
async def test_bodies_are_checked_before_ids(api: Api, collection: str) -> None:
    assert (await api.patch(f"/{collection}/7", {"colour": "red"})).status == 422
    field = "comment" if collection == "customers" else "additional_info"
    assert (await api.patch(f"/{collection}/7", {field: "A"})).status == 404


async def test_errors_are_wrapped(api: Api) -> None:
    answer = await api.post("/products", {})
    assert answer.json.keys() == {"error"}
    assert answer.error.keys() == {"statusCode", "name", "message", "code", "details"}


# -- deleting


async def test_a_deletion_raises_updated_at(api: Api, clock: ManualClock) -> None:
    row = newest(api.sandbox, "sales_order_rows")
    before = (await api.get(f"/sales_order_rows/{row}")).json["updated_at"]
    clock.advance(60)
    await api.delete(f"/sales_order_rows/{row}")
    [gone] = (await api.get(f"/sales_order_rows?ids={row}&include_deleted=true")).rows
    assert before < gone["deleted_at"] == gone["updated_at"]


async def test_only_the_list_of_rows_shows_deleted_rows(api: Api) -> None:
    sale = await new_sale(api)
    await api.delete(f"/sales_orders/{sale.order}")
    [order] = (await api.get(f"/sales_orders?ids={sale.order}&include_deleted=true")).rows
    assert order["sales_order_rows"] == []
    rows = f"/sales_order_rows?sales_order_ids={sale.order}"
    assert (await api.get(rows)).rows == []
    assert (await api.get(f"{rows}&include_deleted=true")).ids == [sale.row]


async def test_a_deleted_service_is_listed_without_its_variant(api: Api) -> None:
    made = (await api.post("/services", ITEMS["services"])).json
    await api.delete(f"/services/{made['id']}")
    [gone] = (await api.get(f"/services?ids={made['id']}&include_deleted=true")).rows
    assert gone["variants"] == []


async def test_a_second_deletion_is_a_404(api: Api) -> None:
    path = f"/services/{(await api.post('/services', ITEMS['services'])).json['id']}"
    assert [(await api.delete(path)).status for _ in range(2)] == [204, 404]


# -- sales orders


async def test_a_sales_order_can_be_ready_for_fulfillment(api: Api) -> None:
    sale = await new_sale(api)
    answer = await api.patch(f"/sales_orders/{sale.order}", {"status": "READY_FOR_FULFILLMENT"})
    assert (answer.status, answer.json["status"]) == (200, "READY_FOR_FULFILLMENT")
    assert await sale.amounts() == (10, 4)
    await sale.new_fulfillment(4)
    assert await sale.status() == "DELIVERED"


async def test_the_delivery_date_changes_until_the_order_is_delivered(api: Api) -> None:
    sale = await new_sale(api)
    path, date = f"/sales_orders/{sale.order}", "2026-03-01T00:00:00.000Z"
    for status in ("PENDING", "NOT_SHIPPED", "READY_FOR_FULFILLMENT", "PACKED"):
        changed = await api.patch(path, {"status": status, "delivery_date": date})
        assert changed.json["delivery_date"] == date
    await sale.new_fulfillment(2)
    assert (await api.patch(path, {"delivery_date": "2026-03-02"})).status == 200
    await sale.new_fulfillment(2)
    assert (await api.patch(path, {"delivery_date": date})).status == 422
    assert (await sale.read())["delivery_date"] == "2026-03-02T00:00:00.000Z"


async def test_the_picked_date_of_an_order_reaches_its_fulfillments(api: Api) -> None:
    sale = await new_sale(api)
    paths = [await sale.new_fulfillment(2), await sale.new_fulfillment(1, "PACKED")]
    date = "2026-01-03T09:00:00.000Z"
    await api.patch(f"/sales_orders/{sale.order}", {"picked_date": date})
    assert (await sale.read())["picked_date"] == date
    assert [(await api.get(path)).json["picked_date"] for path in paths] == [date, date]


async def test_a_patch_of_a_sales_order_keeps_additional_info(api: Api) -> None:
    sale = await new_sale(api, additional_info="Fragile")
    changed = await api.patch(f"/sales_orders/{sale.order}", {"customer_ref": "X"})
    assert changed.json["additional_info"] == "Fragile"


async def test_the_answer_to_a_patch_of_an_order_is_without_its_rows(api: Api) -> None:
    sale = await new_sale(api)
    changed = (await api.patch(f"/sales_orders/{sale.order}", {"customer_ref": "X"})).json
    assert not {"sales_order_rows", "total", "shipping_fee"} & set(changed)
    assert len((await sale.read())["sales_order_rows"]) == 1


async def test_prices_of_rows_are_text(api: Api) -> None:
    sale = await new_sale(api)
    path = f"/sales_order_rows/{sale.row}"
    rows = [
        (await sale.read())["sales_order_rows"][0],
        (await api.get(path)).json,
        (await api.patch(path, {"quantity": 5})).json,
    ]
    assert [row["price_per_unit"] for row in rows] == ["20.0000000000"] * 3
    [found] = (await api.post("/sales_order_rows/search", {"filter": {"id": sale.row}})).rows
    assert (found["price_per_unit"], found["quantity"], found["total"]) == ("20.0000000000", 5, 100)


async def test_a_shipping_fee_is_a_number_when_it_is_made_and_text_afterwards(api: Api) -> None:
    order = newest(api.sandbox, "sales_orders")
    body = {"sales_order_id": order, "amount": "3.14"}
    made = (await api.post("/sales_order_shipping_fee", body)).json
    assert made["amount"] == Decimal("3.14")
    path = f"/sales_order_shipping_fee/{made['id']}"
    assert (await api.get(path)).json["amount"] == "3.1400000000"
    assert (await api.patch(path, {"amount": "4"})).json["amount"] == "4.0000000000"


async def test_batches_of_a_row_without_a_quantity_get_0(api: Api) -> None:
    path = f"/sales_order_rows/{newest(api.sandbox, 'sales_order_rows')}"
    batches = [{"batch_id": 5}, {"batch_id": 6, "quantity": 1}]
    changed = (await api.patch(path, {"batch_transactions": batches})).json
    assert changed["batch_transactions"] == [
        {"batch_id": 5, "quantity": 0},
        {"batch_id": 6, "quantity": 1},
    ]


async def test_traceability_overrides_batches_and_serial_numbers_of_a_row(api: Api) -> None:
    path = f"/sales_order_rows/{newest(api.sandbox, 'sales_order_rows')}"
    body = {
        "quantity": 3,
        "batch_transactions": [{"batch_id": 9, "quantity": 3}],
        "serial_number_transactions": [{"serial_number_id": 9, "quantity": 1}],
        "traceability": [{"batch_id": 5, "quantity": "2.5"}, {"serial_number_id": 7}],
    }
    changed = (await api.patch(path, body)).json
    assert changed["batch_transactions"] == [{"batch_id": 5, "quantity": Decimal("2.5")}]
    assert changed["serial_numbers"] == [7]
    assert [each["quantity"] for each in changed["traceability"]] == ["2.5", "3"]
    del body["traceability"]
    changed = (await api.patch(path, body)).json
    assert changed["serial_numbers"] == [9]


async def test_traceability_overrides_the_batches_of_a_fulfillment(api: Api) -> None:
    sale = await new_sale(api)
    made = {"batch_number": "B", "variant_id": sale.item.variant}
    batch = (await api.post("/batches", made)).json["id"]
    traced = [{"batch_id": None, "quantity": "1"}, {"batch_id": batch, "quantity": "1"}]
    batches = [{"batch_id": 7, "quantity": 2}]
    answer = await sale.ship(2, batch_transactions=batches, traceability=traced, serial_numbers=[7])
    [row] = answer.json["sales_order_fulfillment_rows"]
    assert [each["batch_id"] for each in row["traceability"]] == [None, batch]
    assert row["batch_transactions"] == [{"batch_id": batch, "quantity": 1}]
    assert row["serial_numbers"] == []


# -- sales returns


@pytest.mark.parametrize(
    "query",
    [
        "sales_order_id=5000001",
        "sales_order_no=SO-1",
        "return_order_no=RO-1",
        "return_date_min=2999-01-01",
    ],
)
async def test_some_filters_of_returns_are_ignored(api: Api, query: str) -> None:
    everything = (await api.get("/sales_returns")).ids
    assert len(everything) > 1
    assert (await api.get(f"/sales_returns?{query}")).ids == everything


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("order_no=RO-1", lambda row: row["order_no"] == "RO-1"),
        ("return_location_id=7", lambda row: False),
        ("status=NOT_RETURNED", lambda row: row["status"] == "NOT_RETURNED"),
        ("refund_status=REFUNDED", lambda row: row["refund_status"] == "REFUNDED"),
        ("order_return_date_min=2000-01-01", lambda row: row["return_date"] is not None),
        ("order_return_date_max=2000-01-01", lambda row: False),
    ],
)
async def test_other_filters_of_returns_work(api: Api, query: str, wanted: Any) -> None:
    everything = (await api.get("/sales_returns")).rows
    found = [row["id"] for row in everything if wanted(row)]
    assert len(found) < len(everything)
    assert (await api.get(f"/sales_returns?{query}")).ids == found


# -- the account


async def test_the_factory_has_an_id(api: Api) -> None:
    assert isinstance((await api.get("/factory")).json["factory_id"], int)


async def test_every_valid_key_may_read_its_user(api: Api) -> None:
    for key in (api.sandbox.api_key, api.sandbox.add_key()):
        assert (await api.get("/user_info", key=key)).status == 200


HOOK = {"url": "https://shop.example/hook", "subscribed_events": ["sales_order.invoiced"]}


async def test_webhooks_take_https_only(api: Api) -> None:
    answer = await api.post("/webhooks", {**HOOK, "url": "http://shop.example/hook"})
    assert answer.codes == [("/url", "pattern")]


async def test_the_token_of_a_webhook_is_shown_again(api: Api) -> None:
    made = (await api.post("/webhooks", HOOK)).json
    assert len(bytes.fromhex(made["token"])) == 8
    path = f"/webhooks/{made['id']}"
    assert (await api.get(path)).json["token"] == made["token"]
    assert (await api.patch(path, {"description": "A"})).json["token"] == made["token"]


@pytest.mark.parametrize(
    ("filters", "status"),
    [
        ({"event": "sales_order.invoiced", "status_code": 500, "delivered": False}, 200),
        ({"created_at_min": "2026-01-01", "created_at_max": "2026-02-01"}, 200),
        ({"event": "sales_order.sold"}, 422),
        ({"status_code": 99}, 422),
        ({"webhook_id": 7}, 422),
    ],
)
async def test_logs_of_webhooks_are_exported_by_filters(
    api: Api, filters: Any, status: int
) -> None:
    answer = await api.post("/webhook_logs_export", filters)
    assert answer.status == status
    if status == 200:
        assert answer.json["url"].endswith(".csv")
