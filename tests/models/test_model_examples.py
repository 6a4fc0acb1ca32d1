"""Decoded records, field by field. (Katana's own examples are read in tests/api.)"""

from decimal import Decimal

import msgspec
import pytest

from katana_async import models


def test_a_record_without_what_it_may_leave_out_says_none_and_not_false() -> None:
    product = msgspec.json.decode(b'{"id":1,"name":"Table","type":"product"}', type=models.Product)
    assert product.is_sellable is None
    assert product.archived_at is None
    assert product.variants == ()


def test_fields_that_are_new_at_katana_do_not_fail() -> None:
    sent = b'{"id":1,"name":"Table","type":"product","colour":{"name":"red"}}'
    assert msgspec.json.decode(sent, type=models.Product).name == "Table"


def test_numbers_keep_every_digit_as_numbers_and_as_texts() -> None:
    digits = "12345678901234567890.12345678901234567890"
    sent = f'{{"id":1,"sales_price":{digits},"purchase_price":"{digits}"}}'.encode()
    variant = msgspec.json.decode(sent, type=models.Variant)
    assert str(variant.sales_price) == digits
    assert str(variant.purchase_price) == digits


def test_numbers_in_custom_fields_keep_every_digit() -> None:
    sent = (
        b'{"id":1,"order_no":"SO-1","customer_id":1,"status":"PENDING",'
        b'"custom_fields":{"6afe78d2-2b95-4d71-92f5-1bc2be852afe":0.10000000000000000001}}'
    )
    order = msgspec.json.Decoder(models.SalesOrder, float_hook=Decimal).decode(sent)
    assert order.custom_fields == {
        "6afe78d2-2b95-4d71-92f5-1bc2be852afe": Decimal("0.10000000000000000001")
    }


def test_a_time_without_an_offset_does_not_pass_as_one() -> None:
    sent = b'{"id":1,"name":"Retail","created_at":"2026-01-01T00:00:00"}'
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        msgspec.json.decode(sent, type=models.PriceList)


@pytest.mark.parametrize(
    ("sent", "label"),
    [
        (b'{"id":1,"location_id":2,"bin_name":"A-1"}', "A-1"),
        (b'{"id":1,"location_id":2,"name":"A-1"}', "A-1"),
        (b'{"id":1,"location_id":2}', None),
    ],
)
def test_the_label_of_a_bin_is_its_name_under_either_spelling(
    sent: bytes, label: str | None
) -> None:
    assert msgspec.json.decode(sent, type=models.StorageBin).label == label


def test_the_user_reads_under_both_spellings() -> None:
    sent = b'{"id":1,"email":"luke@example.com","firstName":"Luke","lastName":"Skywalker"}'
    user = msgspec.json.decode(sent, type=models.UserInfo)
    assert (user.first_name, user.last_name) == (user.firstName, user.lastName)
    assert (user.firstName, user.lastName) == ("Luke", "Skywalker")


UUID_TEXT = "6afe78d2-2b95-4d71-92f5-1bc2be852afe"


def definition(options: object) -> models.CustomFieldDefinition:
    fields = {
        "entity_type": "SalesOrder",
        "field_type": "singleSelect",
        "label": "A",
        "source": "B",
    }
    return msgspec.convert(
        {"id": UUID_TEXT, "options": options} | fields, models.CustomFieldDefinition
    )


def test_the_choices_of_a_custom_field_are_records() -> None:
    found = definition({"choices": [{"id": 1, "label": "Oak"}, {"label": "Ash", "deleted": True}]})
    assert [(each.id, each.label, each.deleted) for each in found.choices] == [
        (1, "Oak", None),
        (None, "Ash", True),
    ]
    assert found.appears_on == ()


@pytest.mark.parametrize("options", [None, {}, {"appearsOn": ["SalesOrderRow"], "max": 5}])
def test_options_need_no_choices_and_keep_keys_that_are_new(options: dict[str, object]) -> None:
    found = definition(options)
    assert found.choices == ()
    assert found.appears_on == (("SalesOrderRow",) if options else ())
    assert found.options == options


@pytest.mark.parametrize("custom_fields", [(), {UUID_TEXT: "oak"}])
def test_a_record_with_custom_fields_can_be_hashed(custom_fields: object) -> None:
    variant = msgspec.convert({"id": 1, "custom_fields": custom_fields}, models.Variant)
    assert (
        len({variant, msgspec.convert({"id": 1, "custom_fields": custom_fields}, models.Variant)})
        == 1
    )
    order = models.ManufacturingOrder(id=1, custom_fields={UUID_TEXT: [1]})
    assert len({order, models.ManufacturingOrder(id=1, custom_fields={UUID_TEXT: [1]})}) == 1
