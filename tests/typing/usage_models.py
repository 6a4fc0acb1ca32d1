"""Users' code with models. Type checkers must accept it; nothing here runs."""

import copy
import pickle
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, assert_type

import attrs
import cattrs
from cattrs.preconf.json import make_converter
from fastapi import Body, FastAPI
from pydantic import BaseModel, TypeAdapter

from katana_async import KatanaClient, Pages
from katana_async.models import (
    ItemType,
    Model,
    Product,
    SalesOrder,
    SalesOrderStatus,
    Variant,
    Webhook,
    configure_converter,
)


class MyProduct(Product):
    colour: str | None = None


class MyVariant(Variant):
    colour: str | None = None


class Shelf(BaseModel):
    label: str
    products: list[Product]


@attrs.frozen
class Job:
    name: str
    products: list[Product]


async def read(katana: KatanaClient) -> None:
    assert_type(katana.products.list(ids=[7]).with_model(MyProduct), Pages[MyProduct])
    found = katana.variants.search(where={"sku": "A"}).with_model(MyVariant).on_error("skip")
    assert_type(found, Pages[MyVariant])
    assert_type(await found.collect(), list[MyVariant])
    async for product in katana.products.list().with_model(MyProduct):
        assert_type(product.colour, str | None)
    mine = await katana.with_model(MyProduct, katana.products.get(7, extend=["supplier"]))
    assert_type(mine, MyProduct)
    call = katana.with_model(MyProduct, katana.products.update(7, name="Table"))
    assert_type((await katana.with_response(call)).value, MyProduct)
    assert_type(katana.stats.unknown_fields, Counter[str])


def convert(product: Product) -> None:
    assert_type(product.to_dict(), dict[str, Any])
    assert_type(product.to_json(), str)
    assert_type(Product.from_json(product.to_json()), Product)
    assert_type(Product.from_json(b"{}"), Product)
    assert_type(Product.from_dict(product.to_dict()), Product)
    assert_type(MyProduct.from_json("{}"), MyProduct)
    assert_type(MyProduct.from_json("{}").colour, str | None)


def build() -> SalesOrder:
    variant = Variant(id=1, sku="A-1", sales_price=Decimal("1.10"))
    assert_type(variant.sales_price, Decimal | None)
    Product(id=1, name="Table", type=ItemType.PRODUCT, variants=(variant,))
    MyProduct(id=1, name="Table", type=ItemType("new"), colour="red")
    return SalesOrder(id=1, order_no="SO-1", customer_id=2, status=SalesOrderStatus.PENDING)


def change(order: SalesOrder, mine: MyProduct) -> None:
    assert_type(attrs.evolve(order, customer_ref="A", total=Decimal(5)), SalesOrder)
    assert_type(attrs.evolve(mine, colour="blue", name="Table"), MyProduct)
    assert_type(copy.copy(order), SalesOrder)
    assert_type(copy.deepcopy(mine), MyProduct)
    again: SalesOrder = pickle.loads(pickle.dumps(order))
    assert again == order
    assert_type(attrs.asdict(order), dict[str, Any])
    is_attrs: bool = attrs.has(type(mine))
    assert is_attrs
    names = [field.name for field in attrs.fields(SalesOrder)]
    assert names == list(order.to_dict())
    orders = {order}
    assert_type(orders, set[SalesOrder])


def structure(converter: cattrs.Converter) -> list[Product]:
    configure_converter(converter)
    return converter.structure([], list[Product])


def write_job(job: Job) -> Job:
    converter = make_converter()
    configure_converter(converter)
    return converter.loads(converter.dumps(job), Job)


def validate(text: str, product: Product) -> list[Product]:
    shelf = Shelf(label="A", products=[product])
    assert_type(Shelf.model_validate_json(shelf.model_dump_json()).products, list[Product])
    return TypeAdapter(list[Product]).validate_json(text)


def serve(katana: KatanaClient, app: FastAPI) -> list[object]:
    @app.get("/products/{product_id}")
    async def read_product(product_id: int) -> MyProduct:
        return await katana.with_model(MyProduct, katana.products.get(product_id))

    @app.post("/products")
    async def take_product(product: Annotated[Product, Body()]) -> str:
        return product.name

    return [read_product, take_product]


def write(records: Iterable[Model]) -> list[str]:
    return [record.to_json() for record in records]


def use(products: list[Product], webhook: Webhook) -> None:
    write(products)
    write([webhook])
    match webhook:
        case Webhook(url=str() as url):
            assert_type(url, str)
        case _:
            pass
