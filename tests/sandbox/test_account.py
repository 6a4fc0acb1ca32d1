"""Services, tax rates, users, custom fields and webhooks."""

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Api, newest

SERVICE = {"name": "Delivery", "variants": [{"sku": "DLV-X", "sales_price": 49}]}


async def new_service(api: Api) -> Any:
    return (await api.post("/services", SERVICE)).json


async def test_a_service_has_one_variant_and_no_stock(api: Api) -> None:
    made = await new_service(api)
    assert made["type"] == "service"
    [variant] = made["variants"]
    assert (variant["service_id"], variant["sku"], variant["type"]) == (
        made["id"],
        "DLV-X",
        "service",
    )
    assert (await api.get(f"/inventory?variant_id={variant['id']}")).rows == []
    shown = (await api.get(f"/variants/{variant['id']}")).json
    assert (shown["type"], shown["product_id"], shown["material_id"]) == ("service", None, None)
    two = {"name": "Delivery", "variants": [{}, {}]}
    assert (await api.post("/services", two)).codes == [("/variants", "maxItems")]


async def test_changing_a_service_changes_its_variant(api: Api) -> None:
    made = await new_service(api)
    body = {"name": "Express", "sku": "EXP", "sales_price": None, "is_archived": True}
    changed = (await api.patch(f"/services/{made['id']}", body)).json
    [variant] = changed["variants"]
    assert (changed["name"], variant["sku"], variant["sales_price"]) == ("Express", "EXP", None)
    assert changed["archived_at"] == "2026-01-05T08:00:00.000Z"
    assert made["id"] not in (await api.get("/services")).ids
    assert made["id"] in (await api.get("/services?include_archived=true")).ids
    assert variant["id"] not in (await api.get("/variants?limit=250")).ids
    answer = await api.patch(f"/services/{made['id']}", {"custom_field_collection_id": 7})
    assert answer.codes == [("/custom_field_collection_id", "reference")]


async def test_a_service_that_is_sold_cannot_be_deleted(api: Api) -> None:
    made = await new_service(api)
    variant = made["variants"][0]["id"]
    row = {"variant_id": variant, "quantity": 1}
    order = {"customer_id": newest(api.sandbox, "customers"), "sales_order_rows": [row]}
    sold = (await api.post("/sales_orders", order)).json
    assert Decimal(sold["sales_order_rows"][0]["price_per_unit"]) == 49
    assert (await api.delete(f"/services/{made['id']}")).status == 412
    await api.delete(f"/sales_orders/{sold['id']}")
    assert (await api.delete(f"/services/{made['id']}")).status == 204
    assert (await api.get(f"/variants/{variant}")).status == 404


async def test_the_name_of_a_tax_rate_is_by_default_its_percentage(api: Api) -> None:
    made = (await api.post("/tax_rates", {"rate": 13.5})).json
    assert (made["name"], made["display_name"]) == ("13.5%", "13.5%")
    assert made["is_default_sales"] is False
    named = (await api.post("/tax_rates", {"rate": 0, "name": "Exempt"})).json
    assert named["display_name"] == "Exempt"
    assert (await api.get("/tax_rates?rate=13.5")).ids == [made["id"]]
    assert (await api.post("/tax_rates", {"rate": 1000})).codes == [("/rate", "maximum")]


async def test_orders_are_taxed_at_the_default_rate(api: Api) -> None:
    [default] = (await api.get("/tax_rates?is_default_sales=true")).ids
    row = newest(api.sandbox, "sales_order_rows")
    assert (await api.get(f"/sales_order_rows/{row}")).json["tax_rate_id"] == default


async def test_the_user_of_the_key_is_one_of_the_users(api: Api) -> None:
    user = (await api.get("/user_info")).json
    assert user in (await api.get("/users")).rows


async def test_operators_are_found_by_where_they_work(api: Api) -> None:
    everyone = (await api.get("/operators")).rows
    assert set(everyone[0]) == {"id", "operator_name"}
    warehouse = (await api.get("/operators?working_area=warehouse")).rows
    assert 0 < len(warehouse) < len(everyone)
    resource = api.sandbox.store["resources"].ids()[-1]
    assert len((await api.get(f"/operators?resource_id={resource}")).rows) == 1


async def new_field(api: Api) -> Any:
    body = {
        "label": "Finish",
        "field_type": "singleSelect",
        "entity_type": "SalesOrder",
        "source": "tests",
        "options": {"choices": [{"label": "Oil"}, {"label": "Wax"}]},
    }
    return (await api.post("/custom_field_definitions", body)).json


async def test_the_choices_of_a_custom_field_keep_their_ids(api: Api) -> None:
    made = await new_field(api)
    assert [each["id"] for each in made["options"]["choices"]] == [1, 2]
    choices = [{"id": 2, "label": "Hard wax"}, {"label": "Soap"}]
    path = f"/custom_field_definitions/{made['id']}"
    changed = (await api.patch(path, {"options": {"choices": choices}})).json
    assert changed["options"]["choices"] == [
        {"id": 1, "label": "Oil", "deleted": True},
        {"id": 2, "label": "Hard wax"},
        {"id": 3, "label": "Soap"},
    ]
    cleared = (await api.patch(path, {"options": None, "description": "x"})).json
    assert (cleared["options"], cleared["label"], cleared["description"]) == (None, "Finish", "x")
    assert (await api.delete(path)).status == 204
    assert (await api.get(path)).status == 404


@pytest.mark.parametrize("options", [{}, {"choices": None}, {"choices": ["a"]}, {"other": 1}])
async def test_options_can_be_any_object(api: Api, options: Any) -> None:
    body = {"label": "A", "field_type": "date", "entity_type": "SalesOrderRow", "source": "tests"}
    made = await api.post("/custom_field_definitions", {**body, "options": options})
    assert made.status == 200
    changed = {"options": {"choices": [{"label": "b"}]}}
    answer = await api.patch(f"/custom_field_definitions/{made.json['id']}", changed)
    assert answer.json["options"]["choices"][-1]["label"] == "b"
    refused = await api.post("/custom_field_definitions", {**body, "options": []})
    assert refused.codes == [("/options", "type")]


async def test_seeded_orders_have_the_custom_fields_that_are_defined(api: Api) -> None:
    defined = set((await api.get("/custom_field_definitions")).ids)
    orders = (await api.get("/sales_orders?limit=250")).rows
    used = {name for row in orders for name in row["custom_fields"] or ()}
    assert used
    assert used <= defined


async def test_collections_of_custom_fields_are_not_paged(api: Api) -> None:
    answer = await api.get("/custom_fields_collections?limit=1")
    assert len(answer.rows) == 2
    assert "X-Pagination" not in answer.headers


async def test_each_webhook_gets_a_token_of_its_own(api: Api) -> None:
    body = {"url": "https://shop.example/hook", "subscribed_events": ["product.created"]}
    first, second = [(await api.post("/webhooks", body)).json for _ in range(2)]
    assert first["token"] != second["token"]
    assert first["enabled"] is True
    changed = (await api.patch(f"/webhooks/{first['id']}", {"enabled": False})).json
    assert changed["token"] == first["token"]
    seeded = api.sandbox.store["webhooks"].ids()[-1]
    assert (await api.get("/webhooks?enabled=false")).ids == [first["id"], seeded]
    assert (await api.get(f"/webhooks?url={body['url']}")).ids == [second["id"], first["id"]]
    assert (await api.delete(f"/webhooks/{second['id']}")).status == 204
    assert (await api.get("/webhooks")).ids == [first["id"], seeded]


async def test_webhooks_require_https_and_documented_events(api: Api) -> None:
    body = {"url": "http://shop.example", "subscribed_events": ["product.sold"]}
    answer = await api.post("/webhooks", body)
    assert sorted(answer.codes) == [("/subscribed_events/0", "enum"), ("/url", "pattern")]


async def test_the_logs_of_a_webhook_are_a_file_somewhere_else(api: Api) -> None:
    answer = await api.post("/webhook_logs_export", {"created_at_min": "2026-01-01"})
    assert answer.json["url"].startswith("https://")
    refused = await api.post("/webhook_logs_export", {"webhook_id": 7})
    assert refused.codes == [("/webhook_id", "reference")]
