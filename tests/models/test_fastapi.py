"""FastAPI returns models, takes them as bodies, and shows their fields in its schema."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI

from katana_async.models import Item, ItemType, Product, SalesOrder, Variant

PRODUCT = Product(
    id=7,
    name="Table",
    type=ItemType("hologram"),
    variants=(
        Variant(
            id=8,
            sales_price=Decimal("12345678901234567890.10"),
            custom_fields={"a": Decimal("0.10")},
            item=Item(id=7, name="Table", type=ItemType.PRODUCT, variants=(Variant(id=8),)),
        ),
    ),
)


@pytest.fixture
def app() -> Any:
    api = FastAPI()

    @api.get("/product")
    async def product() -> Product:
        return PRODUCT

    @api.get("/products")
    async def products() -> list[Product]:
        return [PRODUCT, PRODUCT]

    @api.get("/short", response_model_exclude_none=True)
    async def short() -> Product:
        return PRODUCT

    @api.post("/name")
    async def name(product: Annotated[Product, Body()]) -> str:
        assert isinstance(product, Product)
        return f"{product.name} at {product.variants[0].sales_price}"

    @api.post("/order")
    async def order(order: Annotated[SalesOrder, Body()]) -> SalesOrder:
        return order

    return api


async def ask(app: Any, method: str, path: str, body: str = "") -> tuple[int, Any]:
    """Return the status and the JSON of an answer."""
    sent: list[dict[str, Any]] = []

    async def bodies() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": body.encode(), "more_body": False}
        yield {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await app(scope, bodies().__anext__, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(content)


async def test_a_route_returns_a_model_as_to_json_writes_it(app: Any) -> None:
    expected = json.loads(PRODUCT.to_json())
    assert expected["variants"][0]["sales_price"] == "12345678901234567890.10"
    assert await ask(app, "GET", "/product") == (200, expected)
    assert await ask(app, "GET", "/products") == (200, [expected, expected])


async def test_a_route_can_leave_out_what_is_none(app: Any) -> None:
    status, found = await ask(app, "GET", "/short")
    assert status == 200
    assert found["variants"][0]["sales_price"] == "12345678901234567890.10"
    assert "sku" not in found["variants"][0]
    assert "uom" not in found


async def test_a_model_is_a_body(app: Any) -> None:
    status, answer = await ask(app, "POST", "/name", PRODUCT.to_json())
    assert (status, answer) == (200, "Table at 12345678901234567890.10")
    order = SalesOrder.from_json('{"id":1,"order_no":"S","customer_id":2,"status":"NEW"}')
    assert await ask(app, "POST", "/order", order.to_json()) == (200, json.loads(order.to_json()))


@pytest.mark.parametrize("body", ['{"id": 1, "name": "Table"}', "[]", '{"id":1,"name":2}'])
async def test_a_body_that_is_no_record_is_refused(app: Any, body: str) -> None:
    status, answer = await ask(app, "POST", "/name", body)
    assert status == 422
    assert answer["detail"][0]["loc"][0] == "body"


async def test_the_schema_shows_the_fields(app: Any) -> None:
    status, document = await ask(app, "GET", "/openapi.json")
    assert status == 200
    answer = document["paths"]["/product"]["get"]["responses"]["200"]
    place = answer["content"]["application/json"]["schema"]["$ref"]
    schemas = document["components"]["schemas"]
    schema = schemas[place.rpartition("/")[2]]
    assert list(schema["properties"]) == list(PRODUCT.to_dict())
    assert schema["required"] == ["id", "name", "type"]
    assert schemas["ItemType"]["examples"] == ["product", "material", "service"]
    assert "enum" not in schemas["ItemType"]
