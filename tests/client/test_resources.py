"""Typical uses of collections, against the sandbox."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from katana_async import (
    BadRequest,
    ConfigurationError,
    KatanaClient,
    NotFound,
    PreconditionFailed,
    ValidationFailed,
)
from katana_async.models import ItemType
from katana_async.sandbox import Sandbox, faults
from tests.client.conftest import MakeClient


async def test_an_order_is_created_changed_read_back_and_deleted(katana: KatanaClient) -> None:
    customer = await katana.customers.create(name="Ann", discount_rate=Decimal("2.50"))
    variant = await katana.variants.list().first()
    assert variant is not None
    order = await katana.sales_orders.create(
        customer_id=customer.id,
        order_no="SO-T-1",
        delivery_date=datetime(2026, 12, 1, tzinfo=UTC),
        customer_ref="first",
        sales_order_rows=[
            {
                "variant_id": variant.id,
                "quantity": Decimal("2.5"),
                "price_per_unit": Decimal("9.99"),
            }
        ],
        addresses=[{"entity_type": "billing", "city": "Tallinn", "line_2": None}],
    )
    assert order.order_no == "SO-T-1"
    assert order.sales_order_rows[0].quantity == Decimal("2.5")
    changed = await katana.sales_orders.update(order.id, customer_ref=None)
    assert changed.customer_ref is None
    assert (await katana.sales_orders.get(order.id)).order_no == "SO-T-1"
    row = await katana.sales_order_rows.create(
        sales_order_id=order.id, variant_id=variant.id, quantity=1
    )
    assert (await katana.sales_order_rows.update(row.id, quantity=3)).quantity == 3
    await katana.sales_order_rows.delete(row.id)
    await katana.sales_orders.delete(order.id)
    with pytest.raises(NotFound):
        await katana.sales_orders.get(order.id)


@pytest.mark.parametrize("name", ["products", "materials", "purchase_orders"])
async def test_an_update_preserves_additional_info(
    name: str, sandbox: Sandbox, katana: KatanaClient
) -> None:
    collection = getattr(katana, name)
    record = await collection.list().first()
    change = {"name": "Renamed"} if name in ("products", "materials") else {"order_no": "X-1"}
    await collection.update(record.id, additional_info="keep dry", **change)
    sandbox.journal.clear()
    assert (await collection.update(record.id, **change)).additional_info == "keep dry"
    assert [seen.method for seen in sandbox.journal] == ["GET", "PATCH"]


@pytest.mark.parametrize("name", ["products", "materials", "purchase_orders"])
async def test_preserve_false_sends_one_request(
    name: str, sandbox: Sandbox, katana: KatanaClient
) -> None:
    collection = getattr(katana, name)
    record = await collection.list().first()
    change = {"name": "Renamed"} if name in ("products", "materials") else {"order_no": "X-1"}
    await collection.update(record.id, additional_info="keep dry", **change)
    sandbox.journal.clear()
    changed = await collection.update(record.id, preserve=False, **change)
    assert not changed.additional_info
    assert [seen.method for seen in sandbox.journal] == ["PATCH"]


async def test_an_update_with_additional_info_sends_one_request(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    record = await katana.products.list().first()
    assert record is not None
    await katana.products.update(record.id, additional_info="new")
    assert sandbox.journal.count(method="GET", path=f"/products/{record.id}") == 0
    changed = await katana.products.update(record.id, additional_info=None)
    assert not changed.additional_info


async def test_a_bill_of_materials_is_keyed_by_uuid(sandbox: Sandbox, katana: KatanaClient) -> None:
    row = await katana.bom_rows.list().first()
    assert row is not None
    assert isinstance(row.id, UUID)
    assert (await katana.bom_rows.get(row.id)) == row
    assert (await katana.bom_rows.get(str(row.id))).id == row.id
    changed = await katana.bom_rows.update(row.id, quantity=Decimal("0.125"))
    assert changed.quantity == Decimal("0.125")
    created = await katana.bom_rows.create(
        product_item_id=row.product_item_id,
        product_variant_id=row.product_variant_id,
        ingredient_variant_id=row.ingredient_variant_id,
    )
    assert created is not None  # the document has a 204 without it
    assert created.id != row.id
    rows = [
        {
            "product_item_id": row.product_item_id,
            "product_variant_id": row.product_variant_id,
            "ingredient_variant_id": row.ingredient_variant_id,
            "quantity": 1,
        }
    ]
    assert await katana.bom_rows.create_many(rows) is None  # type: ignore[arg-type, func-returns-value]  # dicts
    await katana.bom_rows.delete(row.id)
    with pytest.raises(NotFound):
        await katana.bom_rows.get(row.id)
    with pytest.raises(NotFound):
        await katana.bom_rows.get(uuid4())


@pytest.mark.parametrize("name", ["customers", "bin_locations"])
async def test_a_collection_without_get_by_id_finds_a_record_through_the_list(
    name: str, sandbox: Sandbox, katana: KatanaClient
) -> None:
    collection = getattr(katana, name)
    record = await collection.list().first()
    assert await collection.get(record.id) == record
    with pytest.raises(NotFound, match="none with id 2000000000") as caught:
        await collection.get(2_000_000_000)
    assert caught.value.status == 404


async def test_a_price_list_takes_rows_in_bulk(sandbox: Sandbox, katana: KatanaClient) -> None:
    price_list = await katana.price_lists.create(name="Wholesale")
    variants = await katana.variants.list().collect(limit=3)
    rows = await katana.price_list_rows.create(
        price_list_id=price_list.id,
        price_list_rows=[
            {"variant_id": v.id, "adjustment_method": "percentage", "amount": Decimal("12.5")}
            for v in variants
        ],
    )
    assert [row.amount for row in rows] == [Decimal("12.5")] * 3
    listed = await katana.price_list_rows.list(price_list_ids=[price_list.id]).collect()
    assert {row.id for row in listed} == {row.id for row in rows}
    assert (await katana.price_lists.update(price_list.id, is_active=False)).is_active is False
    assert (await katana.price_list_rows.get(rows[0].id)).amount == Decimal("12.5")


async def test_a_purchase_order_sends_days_and_numeric_texts(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    supplier, place = (sandbox.store[name].ids()[0] for name in ("suppliers", "locations"))
    variant = await katana.variants.list().first()
    assert variant is not None
    order = await katana.purchase_orders.create(
        supplier_id=int(supplier),
        location_id=int(place),
        order_created_date=date(2026, 11, 23),
        purchase_order_rows=[
            {
                "variant_id": variant.id,
                "quantity": 3,
                "price_per_unit": Decimal("1.50"),
                "tax_rate": Decimal("20.5"),
            }
        ],
    )
    assert order.order_created_date is not None
    (seen,) = [seen for seen in sandbox.journal if seen.method == "POST"]
    assert seen.body["order_created_date"] == "2026-11-23"
    assert seen.body["purchase_order_rows"][0]["tax_rate"] == "20.5"


async def test_filters_reach_the_server_and_extend_embeds(katana: KatanaClient) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    created = await katana.customers.create(name="New")
    fresh = await katana.customers.list(created_at_min=yesterday).collect()
    assert created.id in {customer.id for customer in fresh}
    products = await katana.products.list(extend=["supplier"]).collect()
    assert any(product.supplier for product in products)
    levels = await katana.inventory.list(extend=["variant", "location"]).collect()
    assert all(level.variant and level.location for level in levels)
    variants = await katana.variants.list(extend=["product_or_material"]).collect()
    goods = [variant for variant in variants if variant.type != ItemType.SERVICE]
    assert goods
    assert all(variant.product_or_material for variant in goods)


async def test_single_objects_are_read_bare_and_wrapped(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    assert (await katana.factory.get()).base_currency_code
    user = await katana.user_info.get()
    sandbox.oddities.user_info_wrapped = True
    assert await katana.user_info.get() == user


async def test_a_rejected_body_names_each_field(katana: KatanaClient) -> None:
    with pytest.raises(ValidationFailed) as caught:
        await katana.products.create(name="", variants=[{"sku": ""}])
    assert caught.value.status == 422
    assert {detail.code for detail in caught.value.details} == {"minLength"}
    assert all(detail.path and detail.message for detail in caught.value.details)
    assert "POST /products: 422" in str(caught.value)


async def test_a_filter_value_that_is_not_allowed_is_a_bad_request(katana: KatanaClient) -> None:
    with pytest.raises(BadRequest, match="DRAFT"):
        await katana.purchase_orders.list(status="OPEN").first()  # type: ignore[arg-type]  # the point


async def test_a_blocked_delete_is_a_412(sandbox: Sandbox, katana: KatanaClient) -> None:
    used = next(iter(sandbox.store["bom_rows"]))["ingredient_variant_id"]
    with pytest.raises(PreconditionFailed) as caught:
        await katana.variants.delete(used)
    assert caught.value.status == 412


async def test_an_empty_change_is_refused_before_it_is_sent(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    with pytest.raises(ValueError, match="nothing to change"):
        await katana.products.update(1)
    assert len(sandbox.journal) == 0


async def test_request_calls_any_operation(sandbox: Sandbox, katana: KatanaClient) -> None:
    product = await katana.products.list().first()
    assert product is not None
    query = {"extend": ["supplier"]}
    response = await katana.request("get", f"/products/{product.id}", query=query)
    assert response.status == 200
    assert response.json()["id"] == product.id
    made = await katana.request("POST", "/price_lists", json={"name": "By hand"})
    assert made.json()["name"] == "By hand"
    for method, path in (("PURGE", "/products"), ("GET", "products"), ("GET", "/products?x=1")):
        with pytest.raises(ValueError, match=r"method must be|not a path"):
            await katana.request(method, path)


async def test_options_are_per_call_and_checked(sandbox: Sandbox, katana: KatanaClient) -> None:
    sandbox.faults.add(faults.Html(503))
    quick = katana.with_options(timeout=5, retries=0, priority="interactive")
    with pytest.raises(Exception, match="503"):
        await quick.factory.get()
    assert (await katana.factory.get()).base_currency_code
    assert quick.stats is katana.stats
    with pytest.raises(TypeError, match="unknown option 'retry'"):
        katana.with_options(retry=1)  # type: ignore[call-arg]  # the point
    for wrong in ({"timeout": 0}, {"timeout": float("nan")}, {"retries": -1}, {"priority": "high"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            katana.with_options(**wrong)


async def test_a_client_without_credentials_shares_its_session(
    sandbox: Sandbox, make_client: MakeClient, katana: KatanaClient
) -> None:
    shared = make_client(auth=None)
    with pytest.raises(ConfigurationError, match="no credentials"):
        await shared.factory.get()
    auth = katana._http.auth
    assert auth is not None
    assert (await shared.with_auth(auth).factory.get()).base_currency_code
    with pytest.raises(ConfigurationError, match="goes into ApiKey"):
        shared.with_auth("a-key")  # type: ignore[arg-type]  # the point


def test_a_misspelt_collection_is_suggested(katana: KatanaClient) -> None:
    with pytest.raises(AttributeError, match="Did you mean 'products'"):
        katana.product  # type: ignore[attr-defined]  # noqa: B018 - the point


async def test_stats_count_requests_and_records(sandbox: Sandbox, katana: KatanaClient) -> None:
    sandbox.faults.add(faults.Html(502))
    await katana.products.list().collect()
    await katana.factory.get()
    assert (katana.stats.calls, katana.stats.requests) == (2, 3)
    assert (katana.stats.retries, katana.stats.records) == (1, 20)


async def test_an_id_is_sent_as_its_number_and_not_as_its_str(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    class Sly(int):
        def __str__(self) -> str:
            return "../customers"

    record = await katana.products.list().first()
    assert record is not None
    assert (await katana.products.get(Sly(record.id))).id == record.id
    assert [seen.path for seen in sandbox.journal][-1] == f"/products/{record.id}"
