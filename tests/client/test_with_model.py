"""Records read as users' subclasses of the models, and the fields that models lack."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import attrs
import pytest

from katana_async import ApiKey, DecodingError, KatanaClient
from katana_async.http.decoding.codec import Codec
from katana_async.http.decoding.tolerant import read_record
from katana_async.http.decoding.unknown import count_unknown_fields
from katana_async.http.limits import ProcessLimits
from katana_async.http.messages import parse_json
from katana_async.http.options import Stats
from katana_async.models import Model, Product, SalesOrder, Variant
from tests.client.peers import http, peer

VARIANT = {"id": 1, "sku": "T-1", "colour": "red"}
PRODUCT = {"id": 7, "name": "Table", "type": "product", "weight": 4.20, "variants": [VARIANT]}


class MyVariant(Variant):
    colour: str | None = None


class MyProduct(Product):
    weight: float | None = None
    variants: tuple[MyVariant, ...] = ()


class MyOrder(SalesOrder):
    channel: str | None = None


class Slim(Model):
    id: int


@asynccontextmanager
async def serving(requests: list[str], product: dict[str, Any] = PRODUCT) -> AsyncIterator[Any]:
    """Yield a client of a server where every list has one product, and record the requests."""

    def answer(request: bytes) -> bytes:
        method, target, _ = request.split(b" ", 2)
        requests.append(f"{method.decode()} {target.decode().partition('?')[0]}")
        path = target.decode().partition("?")[0]
        is_list = path.endswith(("s", "search")) and (method == b"GET" or "search" in path)
        content: object = {"data": [product]} if is_list else product
        return http("200 OK", json.dumps(content).encode())

    async with (
        peer(answer) as server,
        KatanaClient(
            auth=ApiKey("k" * 20),
            base_url=f"http://{server.address}/v1",
            limits=ProcessLimits(10_000),
        ) as katana,
    ):
        yield katana


async def test_a_list_is_read_as_a_subclass() -> None:
    async with serving([]) as katana:
        pages = katana.products.list(ids=[7]).with_model(MyProduct)
        (product,) = await pages.collect()
        assert type(product) is MyProduct
        assert product.weight == 4.2
        assert product.variants[0].colour == "red"
        assert [each async for each in pages.plain().on_error("skip")] == [product]
        assert await pages.first() == product
        assert [each["weight"] async for each in pages.raw()] == [Decimal("4.2")]
        assert await pages.count() == 1


async def test_a_search_is_read_as_a_subclass() -> None:
    async with serving([], {"id": 1, "sku": "A", "colour": "red"}) as katana:
        found = await katana.variants.search(where={"sku": "A"}).with_model(MyVariant).collect()
        assert [each.colour for each in found] == ["red"]


async def test_calls_that_return_one_record_are_read_as_a_subclass() -> None:
    async with serving([]) as katana:
        for call in (
            katana.products.get(7),
            katana.products.update(7, name="Table", preserve=False),
            katana.products.update(7, name="Table"),  # reads the product first
            katana.products.create(name="Table", variants=[{"sku": "T-1"}]),
        ):
            product = await katana.with_model(MyProduct, call)
            assert type(product) is MyProduct
            assert product.variants[0].colour == "red"
        assert type(await katana.products.get(7)) is Product


async def test_with_model_and_with_response_work_together() -> None:
    async with serving([]) as katana:
        call = katana.with_model(MyProduct, katana.products.get(7))
        answer = await katana.with_response(call)
        assert answer.value.weight == 4.2
        assert answer.response.json()["weight"] == Decimal("4.2")


async def test_concurrent_calls_keep_their_own_models() -> None:
    async with serving([]) as katana:
        products = await asyncio.gather(
            katana.with_model(MyProduct, katana.products.get(7)), katana.products.get(7)
        )
        assert [type(product) for product in products] == [MyProduct, Product]


@pytest.mark.parametrize("wrong", [MyOrder, Slim, SalesOrder, Model])
async def test_a_class_that_is_no_subclass_is_refused_before_anything_is_sent(wrong: Any) -> None:
    requests: list[str] = []
    async with serving(requests) as katana:
        message = f"with_model cannot read /products as {wrong.__name__}: .* subclass of Product"
        with pytest.raises(TypeError, match=message):
            katana.products.list().with_model(wrong)
        for call in (katana.products.get(7), katana.products.create(name="A", variants=[])):
            with pytest.raises(TypeError, match=message):
                await katana.with_model(wrong, call)
    assert requests == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda katana: (katana.products.get(7), MyProduct), "a class first and then the call"),
        (lambda katana: (7, katana.products.get(7)), "a class first and then the call"),
        (lambda katana: (MyProduct, katana.products.list()), r"own \.with_model\(MyProduct\)"),
        (lambda katana: (MyProduct, katana.products.get), "not method"),
        (lambda katana: (MyProduct, asyncio.ensure_future(katana.products.get(7))), "not a task"),
        (lambda katana: (MyProduct, katana.products.list().first()), "this one returned Product"),
        (lambda katana: (MyProduct, katana.products.list().collect()), "this one returned list"),
    ],
)
async def test_each_misuse_is_named(
    arguments: Callable[[KatanaClient], tuple[Any, Any]], message: str
) -> None:
    async with serving([]) as katana:
        given = arguments(katana)
        with pytest.raises(TypeError, match=message):
            await katana.with_model(*given)
        for each in given:
            if asyncio.iscoroutine(each):
                each.close()
            elif asyncio.isfuture(each):
                await each


async def test_a_record_that_the_subclass_cannot_read_is_named() -> None:
    async with serving([], PRODUCT | {"weight": "heavy"}) as katana:
        with pytest.raises(DecodingError, match="weight"):
            await katana.with_model(MyProduct, katana.products.get(7))
        with pytest.raises(DecodingError, match="weight"):
            await katana.products.list().with_model(MyProduct).collect()


class Finish(Enum):
    OILED = "oiled"


class Typed(Product):
    weight: float | None = None
    since: date | None = None
    finish: Finish | None = None
    sizes: list[int] | None = None
    counts: dict[str, int] | None = None
    mood: Literal["calm", "loud"] | None = None


TYPED = {"weight": 4.20, "since": "2026-01-31", "finish": "oiled", "sizes": [1, 2],
         "counts": {"a": 1}, "mood": "calm"}  # fmt: skip


def test_types_that_only_users_have_are_read_alike_by_both_readers() -> None:
    (fast,) = Codec(Typed, "/products", Stats()).many(json.dumps([PRODUCT | TYPED]).encode())
    slow, _ = read_record(parse_json(json.dumps(PRODUCT | TYPED).encode()), Typed)
    assert fast == slow
    assert repr(fast) == repr(slow)
    assert (fast.weight, fast.since, fast.finish) == (4.2, date(2026, 1, 31), Finish.OILED)


@pytest.mark.parametrize("name", TYPED)
def test_a_value_that_does_not_fit_a_type_of_users_is_named(name: str) -> None:
    for wrong in (["x"], "\ud800"):
        bad = PRODUCT | TYPED | {name: wrong}
        with pytest.raises(DecodingError, match=f"/products id 7, field {name}: expected"):
            Codec(Typed, "/products", Stats()).many(json.dumps([bad]).encode())


async def test_fields_that_the_models_lack_are_counted() -> None:
    async with serving([]) as katana:
        await katana.products.list().collect()
        await katana.products.get(7)
        assert katana.stats.unknown_fields == {"Product.weight": 2, "Variant.colour": 2}
        await katana.products.list().with_model(MyProduct).collect()
        assert katana.stats.unknown_fields == {"Product.weight": 2, "Variant.colour": 2}


def test_the_first_answers_are_sampled_and_then_every_hundredth() -> None:
    content = json.dumps([PRODUCT] * 5).encode()
    codec = Codec(Product, "/products", Stats())
    counts = []
    for _ in range(201):
        codec.many(content)
        counts.append(codec.stats.unknown_fields["Product.weight"])
    assert [counts[at] for at in (0, 1, 2, 3, 98, 99, 198, 199, 200)] == [1, 2, 3, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize(
    "content",
    [b"[]", b'{"data":[]}', b'{"data":null}', b'[{"id":1,"name":"a\\ud800","type":"b","new":1}]'],
)
def test_answers_without_a_record_are_no_samples(content: bytes) -> None:
    stats = Stats()
    Codec(Product, "/products", stats).many(content)
    assert stats.unknown_fields == {}


def test_a_server_with_countless_fields_costs_no_memory() -> None:
    counts = Counter[str]()
    for number in range(500):
        count_unknown_fields({f"{'x' * 100}{number}": 1, f"a{number}": 1}, Product, counts)
    assert len(counts) == 200
    assert max(map(len, counts)) < 80
    count_unknown_fields({"a0": 1}, Product, counts)
    assert counts["Product.a0"] == 2


def test_values_without_a_declared_form_are_not_searched() -> None:
    counts = Counter[str]()
    variant = {"id": 1, "custom_fields": {"6afe": {"x": 1}}, "config_attributes": [{"y": 1}, {}]}
    count_unknown_fields({"id": 7, "variants": [variant, {"z": 1}]}, Product, counts)
    assert counts == {"ConfigAttribute.y": 1}


def test_a_subclass_with_its_own_nested_class_is_an_attrs_class() -> None:
    product = MyProduct.from_dict(PRODUCT)
    assert attrs.evolve(product, weight=1.0).variants == product.variants
    assert type(product.variants[0]) is MyVariant
