"""Reading answers: fast where they are as they should be, record by record where they are not."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from katana_async.errors import DecodingError
from katana_async.http.decoding import codec as codec_module, oddities
from katana_async.http.decoding.codec import BadRecord, Codec
from katana_async.http.decoding.tolerant import read_record
from katana_async.http.messages import parse_json
from katana_async.http.options import Stats
from katana_async.models import (
    BomRow,
    CustomFieldValue,
    Inventory,
    Product,
    PurchaseOrder,
    SalesOrder,
    SalesOrderRow,
    Service,
    UserInfo,
    Variant,
)
from tests.http.records import records_of
from tests.processes import run_python

GOOD: dict[str, Any] = {"id": 1, "name": "Chair", "type": "product"}


def codec(model: type[Any] = Product) -> Codec[Any]:
    return Codec(model, "/products", Stats())


def envelope(*records: object) -> bytes:
    return json.dumps({"data": records}).encode()


def test_a_list_is_read_bare_and_in_an_envelope() -> None:
    assert codec().many(envelope(GOOD)) == codec().many(json.dumps([GOOD]).encode())
    assert codec().many(b"  [ ]") == codec().many(b'{"data":[]}') == []


def test_an_object_is_read_bare_and_in_an_envelope() -> None:
    user = {"id": 1, "email": "a@b.c", "firstName": "A", "lastName": "B"}
    reader = codec(UserInfo)
    bare = reader.one(json.dumps(user).encode())
    assert bare == reader.one(json.dumps({"data": user}).encode())
    assert bare == reader.one(json.dumps([user]).encode())
    assert bare.first_name == "A"


def test_unknown_fields_and_enumeration_values_are_no_trouble() -> None:
    reader = codec()
    (product,) = reader.many(envelope(GOOD | {"type": "hologram", "brand_new": {"x": [1]}}))
    assert product.type == "hologram"
    assert not product.type.known
    assert not reader.stats.tolerated


ODDITIES: list[tuple[type[Any], dict[str, Any], str, object, str]] = [
    (Product, {"supplier": {}}, "supplier", None, "Product.supplier: {} for null"),
    (Product, {"variants": None}, "variants", (), "Product.variants: null for a list"),
    (Product, {"id": "12"}, "id", 12, "Product.id: a text for a whole number"),
    (Product, {"lead_time": "14"}, "lead_time", 14, "Product.lead_time: a text for a whole number"),
    (Product, {"lead_time": 14.0}, "lead_time", 14, "Product.lead_time: a fraction of zero"),
    (Product, {"is_sellable": "true"}, "is_sellable", True, "Product.is_sellable: a text"),
    (Product, {"is_sellable": "false"}, "is_sellable", False, "Product.is_sellable: a text"),
    (Product, {"deleted_at": "null"}, "deleted_at", None, "Product.deleted_at: a word for null"),
    (Product, {"default_supplier_id": "undefined"}, "default_supplier_id", None, "a word for null"),
    (Product, {"created_at": "2026-01-01T10:00:00"}, "created_at", None,
     "a time without an offset"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "change", "field", "value", "oddity"), ODDITIES)
def test_a_page_with_one_odd_record_still_reads(
    model: type[Any], change: dict[str, Any], field: str, value: object, oddity: str
) -> None:
    reader = codec(model)
    records = reader.many(envelope(GOOD, GOOD | change, GOOD))
    assert len(records) == 3
    if value is not None or field != "created_at":
        assert getattr(records[1], field) == value
    else:
        assert records[1].created_at.isoformat() == "2026-01-01T10:00:00+00:00"
    (counted,) = reader.stats.tolerated
    assert oddity in counted
    assert reader.stats.tolerated[counted] == 1


def test_a_shipping_fee_of_nothing_is_none() -> None:
    order = {
        "id": 1, "order_no": "SO-1", "customer_id": 1, "location_id": 1, "status": "PENDING",
        "shipping_fee": {},
    }  # fmt: skip
    (read,) = codec(SalesOrder).many(envelope(order))
    assert read.shipping_fee is None


def test_the_common_oddities_are_mended_without_reading_record_by_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Codec, "_many_slowly", None)
    row = {"id": 1, "variant_id": 1, "quantity": 1, "batch_transactions": None}
    order = {
        "id": 1, "order_no": 'a "shipping_fee":{} b', "customer_id": 1, "location_id": 1,
        "status": "PENDING", "shipping_fee": {}, "custom_fields": {"other": {}},
        "sales_order_rows": [row], "addresses": None,
    }  # fmt: skip
    reader = codec(SalesOrder)
    (read,) = reader.many(json.dumps({"data": [order]}, separators=(",", ":")).encode())
    assert read.shipping_fee is None
    assert read.addresses == read.sales_order_rows[0].batch_transactions == ()
    assert read.order_no == order["order_no"]
    assert read.custom_fields == order["custom_fields"]
    assert reader.stats.tolerated == {
        "SalesOrder.shipping_fee: {} for null": 1,
        "SalesOrder.addresses: null for a list": 1,
        "SalesOrder.sales_order_rows.batch_transactions: null for a list": 1,
    }


def test_a_name_that_only_ends_like_an_odd_field_is_left_alone() -> None:
    order = {
        "id": 1, "order_no": "a", "customer_id": 1, "location_id": 1, "status": "PENDING",
        "shipping_fee": {}, "custom_fields": {'my "shipping_fee': {}},
    }  # fmt: skip
    (read,) = codec(SalesOrder).many(json.dumps([order], separators=(",", ":")).encode())
    assert read.shipping_fee is None
    assert read.custom_fields == order["custom_fields"]


UUID_TEXT = "6afe78d2-2b95-4d71-92f5-1bc2be852afe"
ARRAY = [{"field_name": "Wood", "field_value": "oak"}]
OBJECT = {UUID_TEXT: "oak", "b6c0cbb5-6ba0-4f6e-a6f4-2b6c3f4a57ea": 0.1}
READ: list[tuple[object, object]] = [
    (ARRAY, (CustomFieldValue(field_name="Wood", field_value="oak"),)),
    (OBJECT, {**OBJECT, "b6c0cbb5-6ba0-4f6e-a6f4-2b6c3f4a57ea": Decimal("0.1")}),
    ([], ()),
    ({}, {}),
    (None, None),
]


@pytest.mark.parametrize("slowly", [False, True])
@pytest.mark.parametrize(("custom_fields", "read"), READ)
def test_the_custom_fields_of_a_variant_are_read_in_either_form(
    custom_fields: object, read: object, slowly: bool
) -> None:
    variant = {"id": 1, "custom_fields": custom_fields}
    records = {
        Variant: variant,
        Product: GOOD | {"variants": [variant]},
        Service: {"id": 1, "variants": [variant | {"service_id": 1}]},
        Inventory: {
            **dict.fromkeys(("variant_id", "location_id", "average_cost", "value_in_stock"), 1),
            **{f"quantity_{each}": 1 for each in ("in_stock", "committed", "expected")},
            "quantity_missing_or_excess": 1,
            "reorder_point": 1,
            "variant": variant,
        },
    }
    for model, record in records.items():
        reader = codec(model)
        content = json.dumps({"data": [record]}, separators=(",", ":")).encode()
        rows: Any = reader._many_slowly(content) if slowly else reader.many(content)
        (found,) = rows
        nested = getattr(found, "variants", (getattr(found, "variant", found),))[0]
        assert nested.custom_fields == read, model
        assert reader.stats.tolerated == {}


@pytest.mark.parametrize("custom_fields", ["oak", 7, [7], True])
def test_custom_fields_in_another_form_are_refused_with_their_place(custom_fields: object) -> None:
    with pytest.raises(DecodingError, match="custom_fields"):
        codec(Variant).one(json.dumps({"id": 1, "custom_fields": custom_fields}).encode())


def test_a_page_with_null_for_custom_fields_is_read_fast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Codec, "_many_slowly", None)
    variants = [{"id": 1, "custom_fields": None}, {"id": 2, "custom_fields": OBJECT}]
    content = json.dumps({"data": variants}, separators=(",", ":")).encode()
    assert codec(Variant).many(content)[0].custom_fields is None


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_mending_and_reading_slowly_agree(separators: tuple[str, str]) -> None:
    order = {
        "id": 1, "order_no": "a", "customer_id": 1, "location_id": 1, "status": "PENDING",
        "shipping_fee": {}, "custom_fields": None, "sales_order_rows": None,
    }  # fmt: skip
    quick, slow = codec(SalesOrder), codec(SalesOrder)
    content = json.dumps({"data": [order] * 3}, separators=separators).encode()
    assert quick.many(content) == slow._many_slowly(content)
    assert quick.stats == slow.stats


@pytest.mark.parametrize("bad", [{1}, {16, 17}, {20, 33}, {40}, set(range(1, 41))])
def test_every_other_record_of_a_page_with_bad_ones_is_read_in_order(bad: set[int]) -> None:
    numbers = range(1, 41)
    records = [GOOD | {"id": n, "name": ["odd"] if n in bad else f"{n}"} for n in numbers]
    rows = codec().rows(envelope(*records))
    assert [row.raw["id"] if isinstance(row, BadRecord) else row.id for row in rows] == [*numbers]
    assert {row.raw["id"] for row in rows if isinstance(row, BadRecord)} == bad


def test_half_a_character_in_a_name_costs_nobody_the_page() -> None:
    reader = codec()
    content = b'{"data":[{"id":1,"name":"a\\ud800b","type":"product","variants":[{"id":2,' \
        b'"sales_price":1.10}]},' + json.dumps(GOOD).encode() + b"]}"  # fmt: skip
    first, second = reader.many(content)
    assert first.name == "a\ud800b"
    assert first.variants[0].sales_price == Decimal("1.10")
    assert str(first.variants[0].sales_price) == "1.10"
    assert second.name == "Chair"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"name": 5}, "name", "expected a text, not int"),
        ({"name": None}, "name", "expected a text, not null"),
        ({"is_sellable": 1}, "is_sellable", "expected true or false"),
        ({"is_sellable": "yes"}, "is_sellable", "expected true or false"),
        ({"id": "7x"}, "id", "expected a whole number"),
        ({"id": True}, "id", "expected a whole number"),
        ({"created_at": "yesterday"}, "created_at", "expected a time"),
        ({"variants": [{"id": 1}, {"id": 2, "sales_price": "NaN"}]},
         "variants[1].sales_price", "a number"),
        ({"variants": [{"id": 1, "sales_price": "Infinity"}]},
         "variants[0].sales_price", "a number"),
        ({"variants": {}}, "variants", "expected a list"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(change: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(DecodingError, match="/products id ") as caught:
        codec().many(envelope(GOOD, {**GOOD, "id": 77, **change}))
    assert caught.value.field == field
    assert message in str(caught.value)
    if "id" not in change:
        assert caught.value.record_id == 77


@pytest.mark.parametrize(
    "content",
    [b"", b"  ", b"<html>", b"null ", b"7", b'"x"', b'{"data": 7}', b"[1]", b"{}", b'{"data":',
     b"\xff", b"[" * 100_000, b'{"data": [null]}'],
)  # fmt: skip
def test_what_is_no_list_is_refused_in_one_sentence(content: bytes) -> None:
    if content == b"null ":
        assert codec().many(content) == []
        return
    with pytest.raises(DecodingError, match="/products"):
        codec().many(content)
    if content != b'{"data": 7}':
        with pytest.raises(DecodingError, match="/products"):
            codec().one(content)


@given(st.binary() | st.text().map(str.encode))
def test_no_answer_brings_anything_but_a_decoding_error(content: bytes) -> None:
    for read in (codec().many, codec().one, codec().raw_rows):
        with suppress(DecodingError):
            read(content)


def test_numbers_keep_every_digit() -> None:
    record = b'{"id":1,"variant_id":1,"quantity":0.10000000000000000000000000000000001,' \
        b'"price_per_unit":"75.0000000000","sales_order_id":1,' \
        b'"custom_fields":{"a":1.10}}'  # fmt: skip
    (row,) = codec(SalesOrderRow).many(b"[" + record + b"]")
    assert str(row.quantity) == "0.10000000000000000000000000000000001"
    assert str(row.price_per_unit) == "75.0000000000"
    assert str(row.custom_fields["a"]) == "1.10"
    slow, _ = read_record(parse_json(record), SalesOrderRow)
    assert slow == row


def test_raw_gives_the_objects_untouched() -> None:
    content = b'{"data":[{"id":1,"x":1.10,"new":{"y":null}}]}'
    assert codec().raw_rows(content) == [{"id": 1, "x": Decimal("1.10"), "new": {"y": None}}]


@pytest.mark.parametrize(
    "model", [Product, Variant, SalesOrder, SalesOrderRow, PurchaseOrder, Inventory, BomRow]
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_fast_and_the_tolerant_reader_agree(model: type[Any], data: st.DataObject) -> None:
    record = data.draw(records_of(model))
    content = json.dumps([record], default=str).encode()
    (fast,) = codec_module._decoders(model).many(content)
    (parsed,) = parse_json(content)
    slow, forgiven = read_record(parsed, model)
    assert fast == slow
    assert repr(fast) == repr(slow)
    assert forgiven == []


def test_a_word_for_null_where_a_text_belongs_is_a_text_for_both_readers() -> None:
    order = {
        "id": 1, "order_no": "null", "customer_id": 1, "location_id": 1, "status": "PENDING",
        "invoicing_status": "null",
    }  # fmt: skip
    (fast,) = codec(SalesOrder).many(envelope(order))
    slow, forgiven = read_record(order, SalesOrder)
    assert fast == slow
    assert slow.invoicing_status == "null"
    assert forgiven == []


def test_an_oddity_is_logged_once_and_counted_each_time(caplog: pytest.LogCaptureFixture) -> None:
    reader = codec()
    reader.many(envelope(*[GOOD | {"supplier": {}}] * 5))
    assert reader.stats.tolerated.total() == 5
    assert len(caplog.records) == 1


def test_a_clean_page_never_loads_the_tolerant_reader() -> None:
    out = run_python(
        "import sys\n"
        "from katana_async.http.decoding.codec import Codec\n"
        "from katana_async.http.options import Stats\n"
        "from katana_async.models import PriceList\n"
        'Codec(PriceList, \'/price_lists\', Stats()).many(b\'[{"id": 1, "name": "a"}]\')\n'
        "print('cattrs' in sys.modules)"
    )
    assert out.strip() == "False"


def test_all_that_is_forgiven_is_in_one_table_with_where_it_was_seen() -> None:
    names = {name for name in vars(oddities) if name.isupper() and not name.startswith("_")}
    assert {getattr(oddities, name) for name in names - {"SEEN"}} == set(oddities.SEEN)
    assert all(oddities.SEEN.values())
