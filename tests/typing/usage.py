"""Users' code. Type checkers must accept it and infer every type; nothing here runs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, assert_type
from uuid import UUID

from katana_async import (
    DecodingError,
    KatanaClient,
    OnError,
    Page,
    Pages,
    Response,
    WithResponse,
)
from katana_async.models import (
    BomRow,
    Customer,
    CustomFieldChoice,
    CustomFieldValue,
    Factory,
    Inventory,
    InventorySignal,
    ManufacturingOrder,
    PriceListRow,
    Product,
    ProductionIngredient,
    PurchaseOrder,
    ReturnableItem,
    SalesOrder,
    SalesOrderRow,
    SalesOrderStatus,
    Variant,
)
from katana_async.params import (
    CustomerWhere,
    ManufacturingOrderWhere,
    ProductFilters,
    SalesOrderCreate,
    SalesOrderWhere,
    Search,
    VariantWhere,
)


def report(raw: dict[str, Any], error: DecodingError) -> None:
    assert_type(error.value, str | None)


async def report_later(raw: object, error: DecodingError) -> None:
    report({}, error)


def variants(katana: KatanaClient, on_error: OnError = "raise") -> Pages[Variant]:
    return katana.variants.list().on_error(on_error)


async def read(katana: KatanaClient) -> None:
    assert_type(variants(katana, report), Pages[Variant])
    async for product in katana.products.list(is_sellable=True, extend=["supplier"]):
        assert_type(product, Product)
        assert_type(product.name, str)
        assert_type(product.is_sellable, bool | None)
        assert_type(product.variants, tuple[Variant, ...])
    assert_type(await katana.products.get(7, extend=("supplier",)), Product)
    assert_type(katana.variants.list(sku=["A-1"], ids=(1, 2), sales_price=5), Pages[Variant])
    assert_type(katana.variants.list().on_error("skip"), Pages[Variant])
    assert_type(katana.variants.list().on_error(report), Pages[Variant])
    assert_type(katana.variants.list().on_error(report_later), Pages[Variant])
    page = await katana.variants.list(type="product").page(1)
    assert_type(page, Page[Variant])
    assert_type(page.items, Sequence[Variant])
    assert_type(await katana.products.list().first(), Product | None)
    assert_type(await katana.inventory.list(variant_id=[1]).collect(limit=5), list[Inventory])
    assert_type(await katana.customers.get(1), Customer)
    assert_type(await katana.factory.get(), Factory)
    assert_type((await katana.user_info.get()).first_name, str)
    assert_type(await katana.sales_orders.returnable_items(1), Sequence[ReturnableItem])
    assert_type(katana.inventory_signals.list(demand_window=7), Pages[InventorySignal])
    ingredients = katana.manufacturing_order_production_ingredients.list(production_ids=[1])
    assert_type(ingredients, Pages[ProductionIngredient])
    definition = await katana.custom_field_definitions.get("0b2a1f3e-5d4c-4b6a-8978-0123456789ab")
    assert_type(definition.choices, tuple[CustomFieldChoice, ...])
    assert_type(definition.appears_on, tuple[str, ...])


def custom_fields_of(variant: Variant) -> None:
    if isinstance(variant.custom_fields, dict):
        assert variant.custom_fields["0b2a1f3e-5d4c-4b6a-8978-0123456789ab"] == "oak"
    elif variant.custom_fields is not None:
        assert_type(variant.custom_fields, tuple[CustomFieldValue, ...])


async def read_since(katana: KatanaClient, since: datetime) -> None:
    katana.products.list(updated_at_min=since, created_at_max="2026-01-01T00:00:00Z")
    filters: ProductFilters = {
        "batch_tracked": True,
        "purchase_uom_conversion_rate": Decimal("1.5"),
    }
    katana.products.list(**filters)
    katana.sales_orders.list(status="PENDING", product_availability="IN_STOCK")
    katana.sales_orders.list(status=SalesOrderStatus.PENDING)
    katana.sales_orders.list(status=SalesOrderStatus("NEW_AT_KATANA"))


async def search(katana: KatanaClient) -> None:
    found = katana.sales_orders.search(where={"status": {"inq": ["PENDING"]}}, order="id DESC")
    assert_type(found, Pages[SalesOrder])
    where: SalesOrderWhere = {
        "customer_id": {"between": [1, 9]},
        "created_at": {"gte": datetime.now(UTC)},
        "customer_ref": None,
        "or": [{"currency": "EUR"}, {"custom_fields.x": {"like": "%a%"}}],
    }
    katana.sales_orders.search(where=where, custom_fields={UUID(int=1): {"gt": Decimal(5)}})
    query: Search[SalesOrderWhere] = {"where": where, "order": ["id"]}
    assert_type(katana.sales_orders.search(**query), Pages[SalesOrder])
    rows = katana.sales_order_rows.search(where={"quantity": {"gt": Decimal("2.5")}})
    assert_type(rows, Pages[SalesOrderRow])
    customers: CustomerWhere = {
        "email": {"ilike": "%@example.com"},
        "created_at": "2026-01-01T00:00Z",
    }
    assert_type(katana.customers.search(where=customers), Pages[Customer])
    variants: VariantWhere = {
        "item_type": {"inq": ["product", "service"]},
        "abc_classification": {"between": ["A", "B"]},
        "supplier_item_codes": {"like": "97%"},
    }
    found_variants = katana.variants.search(where=variants, include=["item", "archived"])
    assert_type(found_variants, Pages[Variant])
    orders = katana.purchase_orders.search(where={"status": "NOT_RECEIVED"}, order=["id"])
    assert_type(orders, Pages[PurchaseOrder])
    made: ManufacturingOrderWhere = {"status": {"nin": ["DONE", None]}, "total_cost": {"lt": 5}}
    assert_type(katana.manufacturing_orders.search(where=made), Pages[ManufacturingOrder])


async def rank(katana: KatanaClient) -> None:
    moved = await katana.sales_orders.rerank([1, 2], position="top")
    assert_type(moved, tuple[int, ...] | None)
    await katana.manufacturing_orders.rerank((1,), before_id=2)


async def write(katana: KatanaClient) -> None:
    order = await katana.sales_orders.create(
        customer_id=7,
        status="PENDING",
        delivery_date=datetime.now(UTC),
        sales_order_rows=[{"variant_id": 1, "quantity": Decimal("2.5"), "price_per_unit": 10}],
        addresses=[{"entity_type": "shipping", "city": None}],
        custom_fields={"37460d24-ea57-416d-888e-bea7c0505642": 5},
    )
    assert_type(order, SalesOrder)
    assert_type(order.status, SalesOrderStatus)
    assert_type(order.total, Decimal | None)
    body: SalesOrderCreate = {"customer_id": 7, "sales_order_rows": ()}
    await katana.sales_orders.create(**body)
    await katana.sales_orders.update(order.id, customer_ref=None, status="READY_FOR_FULFILLMENT")
    await katana.products.update(1, name="Table", preserve=False)
    await katana.variants.update(1, custom_fields=[{"field_name": "Wood", "field_value": "oak"}])
    await katana.variants.update(1, custom_fields={"0b2a1f3e-5d4c-4b6a-8978-0123456789ab": 5})
    await katana.customers.update(1, custom_fields=None)
    await katana.products.create(
        name="Table",
        uom="pcs",
        configs=[{"name": "Colour", "values": ["red"]}],
        variants=[{"sku": "T-1", "sales_price": 99.5, "lead_time": None}],
    )
    await katana.purchase_orders.create(
        supplier_id=1,
        location_id=2,
        order_created_date=date(2026, 1, 31),
        purchase_order_rows=[
            {"variant_id": 1, "quantity": 5, "price_per_unit": 1, "tax_rate": "20"}
        ],
    )
    rows = await katana.price_list_rows.create(
        price_list_id=1,
        price_list_rows=[{"variant_id": 1, "adjustment_method": "fixed", "amount": 5}],
    )
    assert_type(rows, Sequence[PriceListRow])


async def write_boms(katana: KatanaClient, row_id: UUID) -> None:
    row = await katana.bom_rows.create(
        product_item_id=1, product_variant_id=2, ingredient_variant_id=3, quantity=None
    )
    assert_type(row, BomRow | None)
    await katana.bom_rows.create_many(
        [{"product_item_id": 1, "product_variant_id": 2, "ingredient_variant_id": 3}]
    )
    await katana.bom_rows.update(str(row_id), notes=None)
    await katana.bom_rows.delete(row_id)


async def be_ahead(katana: KatanaClient) -> None:
    client = katana.with_options(
        extra_headers={"X-New": "1"},
        extra_query={"new": [1, 2], "since": datetime.now(UTC)},
        extra_body={"new_field": Decimal("1.5"), "nested": {"list": [1, None]}},
        custom_fields_format="legacy",
    )
    assert_type(client, KatanaClient)
    katana.with_options(
        extra_headers=None, extra_query=None, extra_body=None, custom_fields_format=None
    )
    await client.products.update(7)
    await katana.request("GET", "/new", headers={"X-New": "1"})


async def see_answers(katana: KatanaClient) -> None:
    answer = await katana.with_response(katana.products.get(7))
    assert_type(answer, WithResponse[Product])
    assert_type(answer.value, Product)
    assert_type(answer.response, Response)
    assert_type(answer.response.request_id, str | None)
    assert_type(answer.responses, tuple[Response, ...])
    products = katana.products.list()
    assert_type(await katana.with_response(products.page(1)), WithResponse[Page[Product]])
    assert_type((await katana.with_response(products.collect())).value, list[Product])
    assert_type(await katana.with_response(katana.bom_rows.delete(UUID(int=1))), WithResponse[None])
    found = await katana.with_response(katana.sales_orders.returnable_items(1))
    assert_type(found.value, Sequence[ReturnableItem])
    assert_type((await products.page(1)).response, Response)
