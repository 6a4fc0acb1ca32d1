"""Mistakes with models that type checkers must find, each on its line. Nothing here runs."""

from decimal import Decimal

import attrs

from katana_async import KatanaClient, models, params
from katana_async.models import ItemType, Product, SalesOrder, Variant


class MyProduct(Product):
    colour: str | None = None


def wrong(product: Product, order: SalesOrder, mine: MyProduct) -> None:
    Variant(1)  # error
    Variant(sku="A-1")  # error
    Variant(id="1")  # error
    Product(id=1, name="Table", type="product")  # error
    MyProduct(id=1, name="Table", type=ItemType.PRODUCT, color="red")  # error
    order.status = order.status  # error
    mine.colour = "red"  # error
    _ = product.to_json().id  # error
    Product.from_dict("{}")  # error
    mine = Product.from_json("{}")  # error
    attrs.evolve(order, customer_id="2")  # error of mypy
    attrs.evolve(order, custmer_ref="A")  # error of mypy
    attrs.evolve(mine, colour=Decimal(1))  # error of mypy


def wrong_names() -> None:
    _ = params.WebhookEvent  # error
    _ = params.AddressType  # error
    _ = params.Customer  # error
    _ = models.CustomerCreate  # error
    _ = models.Custmer  # error


async def wrong_calls(katana: KatanaClient) -> None:
    pages = katana.products.list().with_model(MyProduct)
    _ = (await pages.collect())[0].color  # error
    _ = katana.products.list().with_model("MyProduct")  # error
    _ = (await katana.with_model(MyProduct, katana.products.get(7))).color  # error
    await katana.with_model(MyProduct, katana.products.list())  # error
    await katana.with_model(MyProduct, katana.products.list().collect())  # error
    await katana.with_model(int, katana.products.get(7))  # error
    await katana.with_model(katana.products.get(7), MyProduct)  # error
