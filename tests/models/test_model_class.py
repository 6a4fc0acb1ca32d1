"""The methods that every model inherits from `Model`."""

import gc
import inspect
import json
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
import pytest
from rich.pretty import pretty_repr

from katana_async import models
from katana_async.models import (
    Model,
    SalesOrder,
    SalesOrderStatus,
    Variant,
    Webhook,
    WebhookLogsExport,
)
from tests.processes import run_python

TOKEN = "hush-hush-hush"
UUID_TEXT = "6afe78d2-2b95-4d71-92f5-1bc2be852afe"


class MyProduct(models.Product):
    """A user's own model: a field that Katana has added."""

    colour: str | None = None


def test_to_dict_keeps_decimals_times_and_uuids_and_makes_texts_of_enumerations() -> None:
    row = models.BomRow(
        id=UUID(UUID_TEXT),
        product_item_id=1,
        product_variant_id=2,
        ingredient_variant_id=3,
        quantity=Decimal("1.10"),
        created_at=datetime(2026, 1, 31, tzinfo=UTC),
    )
    fields = row.to_dict()
    assert fields["id"] == UUID(UUID_TEXT)
    assert fields["quantity"].as_tuple() == Decimal("1.10").as_tuple()
    assert fields["created_at"] == datetime(2026, 1, 31, tzinfo=UTC)
    product = models.Product(
        id=1, name="Table", type=models.ItemType.PRODUCT, variants=(Variant(id=2),)
    )
    assert type(product.to_dict()["type"]) is str
    assert product.to_dict()["variants"] == (Variant(id=2).to_dict(),)


def test_to_json_writes_exact_decimals_and_times_with_z() -> None:
    variant = Variant(
        id=1,
        sales_price=Decimal("12345678901234567890.12345678901234567890"),
        created_at=datetime(2026, 1, 31, 8, 30, 15, 250_000, tzinfo=UTC),
    )
    written = json.loads(variant.to_json())
    assert written["sales_price"] == "12345678901234567890.12345678901234567890"
    assert datetime.fromisoformat(written["created_at"]) == variant.created_at
    assert written["created_at"].startswith("2026-01-31T08:30:15.25")
    assert written["created_at"].endswith("Z")
    assert Variant.from_json(variant.to_json()) == variant


def test_from_json_reads_numbers_exactly_also_in_custom_fields() -> None:
    variant = Variant.from_json('{"id": 1, "sales_price": 1.10, "custom_fields": {"a": 0.10}}')
    assert str(variant.sales_price) == "1.10"
    assert isinstance(variant.custom_fields, dict)
    assert str(variant.custom_fields["a"]) == "0.10"
    # Nothing declares the type of a custom field.
    again = Variant.from_json(variant.to_json())
    assert again.custom_fields == {"a": "0.10"}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"id": "x"}', '{"id": 1'])
def test_json_that_is_no_record_is_a_value_error(content: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Variant.from_json(content)
    assert isinstance(caught.value, ValueError)


def test_a_dict_that_is_no_record_is_a_value_error_with_the_path() -> None:
    with pytest.raises(ValueError, match=r"variants\[0\].id"):
        models.Product.from_dict(
            {"id": 1, "name": "Table", "type": "product", "variants": [{"id": "x"}]}
        )


def test_an_unknown_value_of_an_enumeration_survives_every_form() -> None:
    order = SalesOrder(id=1, order_no="SO-1", customer_id=2, status=SalesOrderStatus("ON_THE_MOON"))
    for again in (
        SalesOrder.from_dict(order.to_dict()),
        SalesOrder.from_json(order.to_json()),
        pickle.loads(pickle.dumps(order)),
    ):
        assert again == order
        assert again.status == "ON_THE_MOON"
        assert not again.status.known


def test_the_token_of_a_webhook_is_in_no_repr() -> None:
    webhook = Webhook(id=1, token=TOKEN)
    for shown in (repr(webhook), str(webhook), f"{webhook}", f"{[webhook]}", pretty_repr(webhook)):
        assert "Webhook(id=1)" in shown
        assert TOKEN not in shown
    hidden = [field.name for field in attrs.fields(Webhook) if not field.repr]
    assert hidden == ["token"]


def test_the_token_of_a_users_own_webhook_is_in_no_repr() -> None:
    class MyWebhook(Webhook):
        secret_too: str | None = None

    assert TOKEN not in repr(MyWebhook(id=1, token=TOKEN))


def test_the_address_of_exported_logs_is_in_no_repr() -> None:
    export = WebhookLogsExport(url=f"https://files.test/logs?signature={TOKEN}")
    assert repr(export) == "WebhookLogsExport()"
    assert TOKEN in export.url


def test_to_dict_and_to_json_have_the_token() -> None:
    webhook = Webhook(id=1, token=TOKEN)
    assert webhook.to_dict()["token"] == TOKEN
    assert json.loads(webhook.to_json())["token"] == TOKEN


def test_records_cannot_be_changed() -> None:
    variant = Variant(id=1)
    with pytest.raises(AttributeError, match="immutable"):
        variant.id = 2  # type: ignore[misc]  # what is tested
    with pytest.raises(AttributeError):
        variant.new = 2  # type: ignore[attr-defined]  # what is tested
    with pytest.raises(AttributeError):
        del variant.id
    assert not hasattr(variant, "__dict__")


def test_the_garbage_collector_does_not_track_records() -> None:
    sent = '{"id":1,"name":"a","type":"product","variants":[{"id":2}]}'
    product = models.Product.from_json(sent)
    assert not gc.is_tracked(product)
    assert not gc.is_tracked(product.variants[0])


def test_a_subclass_with_a_new_field_reads_and_writes_it() -> None:
    sent = '{"id":1,"name":"Table","type":"product","colour":"red"}'
    mine = MyProduct.from_json(sent)
    assert mine.colour == "red"
    assert mine.to_dict()["colour"] == "red"
    assert attrs.evolve(mine, colour="blue").colour == "blue"
    assert repr(mine).endswith("colour='red')")
    assert mine != models.Product.from_json(sent)


def test_a_model_and_its_subclass_have_fields_of_their_own() -> None:
    product = [field.name for field in attrs.fields(models.Product)]
    assert [field.name for field in attrs.fields(MyProduct)] == [*product, "colour"]
    assert "colour" not in models.Product(id=1, name="a", type=models.ItemType.PRODUCT).to_dict()
    names = [field.name for field in attrs.fields(models.Material)]
    assert names == [name for name in product if name in names]
    assert len(names) < len(product)


def test_a_subclass_may_have_a_default_that_can_change() -> None:
    class Mine(Variant):
        tags: list[str] = []  # noqa: RUF012 - msgspec copies it

    assert Mine(id=1).tags is not Mine(id=1).tags
    default = attrs.fields(Mine).tags.default
    assert isinstance(default, attrs.Factory)  # type: ignore[arg-type]  # a class at run time
    assert default.factory() == []
    assert hash(Mine(id=1, tags=["a"])) == hash(Mine(id=1, tags=["a"]))


def test_a_decorator_of_attrs_on_a_subclass_is_refused_with_the_remedy() -> None:
    with pytest.raises(TypeError, match="Mine is a model already: leave out the decorator"):

        @attrs.define
        class Mine(models.Product):
            colour: str | None = None


def test_records_match_patterns_by_name() -> None:
    match Variant(id=7, sku="A-1"):
        case Variant(id=7, sku=str() as sku):
            assert sku == "A-1"
        case _:
            pytest.fail("no pattern matched")


def test_records_with_lists_and_dicts_within_have_a_hash() -> None:
    order = models.ManufacturingOrder(id=1, custom_fields={UUID_TEXT: [1, {"a": 2}]})
    twin = models.ManufacturingOrder.from_json(order.to_json())
    assert hash(twin) == hash(order)
    assert hash(order) != hash(models.ManufacturingOrder(id=2))
    assert len({order, twin}) == 1


def test_every_model_has_the_methods_of_the_base_class_only() -> None:
    for name in dir(models):
        model: Any = getattr(models, name)
        if inspect.isclass(model) and issubclass(model, Model) and model is not Model:
            assert not {"to_dict", "to_json", "from_dict", "from_json"} & set(vars(model))


def test_nothing_else_is_imported_for_it() -> None:
    out = run_python(
        "import sys\n"
        "from katana_async.models import Product\n"
        'sent = \'{"id":1,"name":"a","type":"product","variants":[{"id":2}]}\'\n'
        "product = Product.from_json(sent)\n"
        "assert Product.from_dict(product.to_dict()) == Product.from_json(product.to_json())\n"
        "hash(product), repr(product)\n"
        "names = ('pydantic', 'cattrs', 'pyarrow', 'rich', 'katana_async.models._interop')\n"
        "print([name for name in names if name in sys.modules])\n"
    )
    assert out.strip() == "[]"
