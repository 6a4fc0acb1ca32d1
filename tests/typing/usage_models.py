"""Users' code with models. Type checkers must accept it; nothing here runs."""

import copy
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, assert_type

import attrs
import cattrs

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
    attrs.asdict(order)
    attrs.fields(SalesOrder)
    orders = {order}
    assert_type(orders, set[SalesOrder])


def structure(converter: cattrs.Converter) -> list[Product]:
    configure_converter(converter)
    return converter.structure([], list[Product])


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
