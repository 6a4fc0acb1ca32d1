"""Encoding of arguments, and the arguments that are refused before a request."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from katana_async.http.encoding import encode_body, encode_query, query_pairs, to_json
from katana_async.models import SalesOrderStatus
from katana_async.params import (
    ProductFilters,
    ProductUpdate,
    PurchaseOrderCreate,
    SalesOrderCreate,
    SalesOrderUpdate,
    SalesOrderWhere,
    VariantFilters,
    VariantUpdate,
)
from katana_async.resources._search import search_body

ORDER: dict[str, Any] = {
    "customer_id": 7,
    "sales_order_rows": [{"variant_id": 1, "quantity": Decimal("2.5")}],
}
PURCHASE: dict[str, Any] = {"supplier_id": 1, "location_id": 1}


def body(values: dict[str, Any], shape: type[Any]) -> str:
    return encode_body(values, shape).decode()


def test_decimals_go_out_with_every_digit() -> None:
    row = {"variant_id": 1, "quantity": Decimal("12345678901234567890.1234567890")}
    sent = body(ORDER | {"sales_order_rows": [row]}, SalesOrderCreate)
    assert '"quantity":12345678901234567890.1234567890' in sent


def test_a_float_goes_out_as_it_prints() -> None:
    row = {"variant_id": 1, "quantity": 0.1}
    assert '"quantity":0.1}' in body(ORDER | {"sales_order_rows": [row]}, SalesOrderCreate)


def test_a_number_goes_out_as_text_where_katana_wants_one() -> None:
    for rate in (Decimal("20.50"), "20.50"):
        row = {"variant_id": 1, "quantity": 1, "price_per_unit": 2, "tax_rate": rate}
        sent = body(PURCHASE | {"purchase_order_rows": [row]}, PurchaseOrderCreate)
        assert '"tax_rate":"20.50"' in sent


def test_omitted_and_null_differ() -> None:
    assert body({"customer_ref": None}, SalesOrderUpdate) == '{"customer_ref":null}'
    assert body({"order_no": "SO-1"}, SalesOrderUpdate) == '{"order_no":"SO-1"}'


def test_a_misspelt_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(TypeError, match=r"'custmer_id'.*did you mean 'customer_id'\?"):
        encode_body(ORDER | {"custmer_id": 7}, SalesOrderCreate)
    row = {"variant_id": 1, "quantity": 1, "pric_per_unit": 2}
    with pytest.raises(TypeError, match=r"sales_order_rows\[0\].pric_per_unit.*'price_per_unit'"):
        encode_body(ORDER | {"sales_order_rows": [row]}, SalesOrderCreate)
    with pytest.raises(TypeError, match="did you mean 'is_sellable'"):
        encode_query({"is_selable": True}, ProductFilters)


def test_a_missing_name_is_refused_wherever_it_is_missing() -> None:
    with pytest.raises(TypeError, match="missing: customer_id"):
        encode_body({"sales_order_rows": ORDER["sales_order_rows"]}, SalesOrderCreate)
    with pytest.raises(TypeError, match=r"missing: sales_order_rows\[0\].variant_id"):
        encode_body(ORDER | {"sales_order_rows": [{"quantity": 1}]}, SalesOrderCreate)


@pytest.mark.parametrize("when", [datetime(2026, 1, 1), "2026-01-01T00:00:00"])
def test_a_time_without_an_offset_is_refused(when: object) -> None:
    for send in (
        lambda: encode_body(ORDER | {"delivery_date": when}, SalesOrderCreate),
        lambda: encode_query({"created_at_min": when}, ProductFilters),
    ):
        with pytest.raises(ValueError, match="is a time without an offset"):
            send()


NOON = "2026-01-01T12:00:00.123Z"


@pytest.mark.parametrize(
    "when",
    [
        datetime(2026, 1, 1, 14, 0, 0, 123000, timezone(timedelta(hours=2))),
        datetime(2026, 1, 1, 12, 0, 0, 123999, UTC),
        "2026-01-01T14:00:00.123+02:00",
        "2026-01-01T12:00:00.123999+00:00",
        "20260101T120000.123Z",
    ],
)
def test_times_go_out_in_utc_with_milliseconds(when: object) -> None:
    sent = body(ORDER | {"delivery_date": when}, SalesOrderCreate)
    assert f'"delivery_date":"{NOON}"' in sent
    pairs = encode_query({"created_at_min": when}, ProductFilters)
    assert pairs == (("created_at_min", NOON),)
    where: dict[str, object] = {"created_at": {"between": [when, when]}, "delivery_date": when}
    assert search_body({"where": where | {"or": [{"updated_at": when}]}}, SalesOrderWhere) == {
        "filter": {
            "created_at": {"between": [NOON, NOON]},
            "delivery_date": NOON,
            "or": [{"updated_at": NOON}],
        }
    }


def test_a_datetime_where_anything_may_stand_goes_out_in_utc_too() -> None:
    when = datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    custom = {"0b2a1f3e-5d4c-4b6a-8978-0123456789ab": when}
    sent = body({"custom_fields": custom}, SalesOrderUpdate)
    assert sent == (
        '{"custom_fields":{"0b2a1f3e-5d4c-4b6a-8978-0123456789ab":"2026-01-01T12:00:00.000Z"}}'
    )


def test_a_time_that_utc_cannot_hold_is_refused() -> None:
    when = datetime.max.replace(tzinfo=timezone(timedelta(hours=-2)))
    with pytest.raises(ValueError, match=r"delivery_date is 9999-.* out of range in UTC"):
        encode_body(ORDER | {"delivery_date": when}, SalesOrderCreate)


@pytest.mark.parametrize(
    "custom_fields",
    [
        [{"field_name": "Wood", "field_value": "oak"}],
        ({"field_name": "Wood", "field_value": "oak"},),
        {"0b2a1f3e-5d4c-4b6a-8978-0123456789ab": Decimal("0.10")},
        {},
        [],
    ],
)
def test_custom_fields_of_a_variant_are_written_in_either_form(custom_fields: Any) -> None:
    sent = json.loads(body({"custom_fields": custom_fields}, VariantUpdate), parse_float=Decimal)
    is_array = isinstance(custom_fields, list | tuple)
    assert sent == {"custom_fields": [*custom_fields] if is_array else custom_fields}


def test_mistakes_in_either_form_of_custom_fields_are_refused() -> None:
    with pytest.raises(TypeError, match=r"custom_fields\[0\]\.field_nam.*mean 'field_name'"):
        encode_body({"custom_fields": [{"field_nam": "Wood", "field_value": "oak"}]}, VariantUpdate)
    with pytest.raises(TypeError, match="custom_fields takes a list, not str"):
        encode_body({"custom_fields": "oak"}, VariantUpdate)
    with pytest.raises(TypeError, match="custom_fields takes a dict, not list"):
        encode_body({"custom_fields": [{"field_name": "a", "field_value": "b"}]}, SalesOrderUpdate)


def test_a_day_is_a_date_and_not_a_time() -> None:
    rows = {"purchase_order_rows": [{"variant_id": 1, "quantity": 1, "price_per_unit": 1}]}
    sent = body(PURCHASE | rows | {"order_created_date": date(2026, 1, 31)}, PurchaseOrderCreate)
    assert '"order_created_date":"2026-01-31"' in sent
    with pytest.raises(TypeError, match="the day of a time depends"):
        encode_body(
            PURCHASE | rows | {"order_created_date": datetime.now(UTC)}, PurchaseOrderCreate
        )


def test_filters_are_written_as_katana_reads_them() -> None:
    pairs = encode_query(
        {"sku": ["A-1", "B-2"], "sales_price": Decimal("1E+2"), "include_deleted": True},
        VariantFilters,
    )
    assert pairs == (
        ("sku", "A-1"),
        ("sku", "B-2"),
        ("sales_price", "100"),
        ("include_deleted", "true"),
    )


@pytest.mark.parametrize("value", [None, [], ()])
def test_a_filter_that_would_vanish_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="return everything"):
        encode_query({"ids": value}, ProductFilters)


def test_a_text_is_not_taken_for_an_array() -> None:
    with pytest.raises(TypeError, match="ids takes a list, not str"):
        encode_query({"ids": "12"}, ProductFilters)


def test_enumerations_and_their_texts_are_alike() -> None:
    for status in (SalesOrderStatus.PENDING, "PENDING"):
        assert body({"status": status}, SalesOrderUpdate) == '{"status":"PENDING"}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-inf")])
def test_what_json_cannot_say_is_refused(number: object) -> None:
    with pytest.raises(ValueError, match="JSON cannot express"):
        encode_body({"purchase_uom_conversion_rate": number}, ProductUpdate)


@pytest.mark.parametrize("number", ["2.5", True, None.__class__])
def test_a_number_is_not_guessed(number: object) -> None:
    with pytest.raises(TypeError, match="takes a number"):
        encode_body({"purchase_uom_conversion_rate": number}, ProductUpdate)


def test_half_a_character_is_named_and_not_sent() -> None:
    with pytest.raises(ValueError, match="half of a character"):
        to_json({"name": "\ud800"})
    with pytest.raises(ValueError, match="half of a character"):
        query_pairs({"name": "\ud800"})


def test_any_plain_value_can_be_sent() -> None:
    identity = UUID("0b0b6f5e-1c5d-4b6c-9a52-5f2b7e2f6f11")
    sent = json.loads(to_json({"id": identity, "on": date(2026, 1, 1), "n": [1, None, True]}))
    assert sent == {"id": str(identity), "on": "2026-01-01", "n": [1, None, True]}
    with pytest.raises(TypeError, match="cannot be a set"):
        to_json({"x": {1}})


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_decimal_arrives_as_it_was(number: Decimal) -> None:
    sent = to_json({"n": number})
    assert json.loads(sent, parse_float=Decimal, parse_int=Decimal)["n"] == number
