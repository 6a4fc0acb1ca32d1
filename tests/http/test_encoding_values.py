"""Encoding of other libraries' types; a value that cannot be encoded names its field."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from katana_async.http.encoding import encode_body, encode_query, query_pairs, to_json
from katana_async.params import (
    ProductFilters,
    ProductUpdate,
    PurchaseOrderCreate,
    SalesOrderUpdate,
    VariantFilters,
)
from katana_async.resources._ids import number_segment


class Text(str):
    """A subclass of str, like the text of a template engine."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Whole(int):
    def __str__(self) -> str:
        return "something else"

    __repr__ = __str__


class Real(float):
    def __str__(self) -> str:
        return "something else"

    __repr__ = __str__


class Exact(Decimal):
    def __str__(self) -> str:
        return "something else"


class Rank(IntEnum):
    FIRST = 1


class Plain(Enum):
    HALF = 0.5


class NotATime(datetime):
    """Like pandas.NaT, an instance of `datetime` that equals nothing."""

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = datetime.__hash__

    def __repr__(self) -> str:
        return "NaT"

    __str__ = __repr__


class NotAvailable:
    """Like pandas.NA, a value that nothing can be asked."""

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    def __eq__(self, other: object) -> Any:
        return self

    __ne__ = __eq__
    __hash__ = object.__hash__


NaT = NotATime(2000, 1, 1)
NUMBERS: list[tuple[object, str]] = [
    (np.float64(0.1), "0.1"),
    (np.float32(19.99), "19.99"),
    (np.float16(0.5), "0.5"),
    (np.longdouble("0.1"), "0.1"),
    (np.int64(7), "7"),
    (np.uint8(7), "7"),
    (np.array(2.5), "2.5"),
    (Whole(7), "7"),
    (Real(2.5), "2.5"),
    (Exact("2.50"), "2.50"),
    (Fraction(1, 8), "0.125"),
    (Rank.FIRST, "1"),
    (Plain.HALF, "0.5"),
    (10**30, "1" + "0" * 30),
]


@pytest.mark.parametrize(("number", "sent"), NUMBERS)
def test_a_number_of_any_type_goes_out_by_its_value(number: object, sent: str) -> None:
    expected = f'"purchase_uom_conversion_rate":{sent}'
    assert expected in encode_body({"purchase_uom_conversion_rate": number}, ProductUpdate).decode()
    assert to_json({"n": [number]}) == b'{"n":[%s]}' % sent.encode()
    assert encode_query({"sales_price": number}, VariantFilters) == (("sales_price", sent),)
    row = {"variant_id": 1, "quantity": 1, "price_per_unit": 1, "tax_rate": number}
    order = {"supplier_id": 1, "location_id": 1, "purchase_order_rows": [row]}
    assert f'"tax_rate":"{sent}"' in encode_body(order, PurchaseOrderCreate).decode()


@pytest.mark.parametrize("text", [Text("Oak"), np.str_("Oak")])
def test_a_text_of_any_type_goes_out_by_its_characters(text: str) -> None:
    assert encode_body({"name": text}, ProductUpdate) == b'{"name":"Oak"}'
    assert to_json({text: text}) == b'{"Oak":"Oak"}'
    assert query_pairs({"name": text}) == (("name", "Oak"),)
    assert encode_query({"name": text}, ProductFilters) == (("name", "Oak"),)
    row = {"variant_id": 1, "quantity": 1, "price_per_unit": 1, "tax_rate": Text("20.5")}
    order = {"supplier_id": 1, "location_id": 1, "purchase_order_rows": [row]}
    assert b'"tax_rate":"20.5"' in encode_body(order, PurchaseOrderCreate)


def test_names_and_times_may_be_texts_of_any_type() -> None:
    body = encode_body({Text("order_no"): "SO-1", "delivery_date": Text("2026-01-01T00:00Z")},
                       SalesOrderUpdate)  # fmt: skip
    assert json.loads(body) == {"order_no": "SO-1", "delivery_date": "2026-01-01T00:00:00.000Z"}


@pytest.mark.parametrize("flag", [np.bool_(True), np.array(True)])
def test_a_truth_value_of_numpy_is_one(flag: object) -> None:
    assert encode_body({"is_sellable": flag}, ProductUpdate) == b'{"is_sellable":true}'
    assert encode_query({"include_deleted": flag}, ProductFilters) == (("include_deleted", "true"),)
    with pytest.raises(TypeError, match="purchase_uom_conversion_rate takes a number, not bool"):
        encode_body({"purchase_uom_conversion_rate": flag}, ProductUpdate)


NOT_NUMBERS = [
    np.float64("nan"), np.float32("inf"), float("nan"), Decimal("sNaN"), Exact("NaN"), 10**5000,
    -(10**400000), Decimal("1e1000000"), Decimal("-1e-999999"), Fraction(1, 3), Fraction(10**500),
    complex(1, 2), np.complex64(1), np.datetime64("2026-01-01"), np.timedelta64(1, "D"),
    np.array([1, 2]), NaT, NotAvailable(), b"1", np.bytes_(b"1"), object(),
]  # fmt: skip


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_has_no_value_names_its_field(value: object) -> None:
    row = {"variant_id": 1, "quantity": 1, "price_per_unit": 1, "tax_rate": value}
    order = {"supplier_id": 1, "location_id": 1, "purchase_order_rows": [row]}
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("purchase_uom_conversion_rate",
         lambda: encode_body({"purchase_uom_conversion_rate": value}, ProductUpdate)),
        ("tax_rate", lambda: encode_body(order, PurchaseOrderCreate)),
        ("sales_price", lambda: encode_query({"sales_price": value}, VariantFilters)),
        ("body.deep", lambda: to_json({"deep": value})),
        ("name", lambda: encode_body({"name": value}, ProductUpdate)),
        ("field", lambda: query_pairs({"field": value})),
    ]  # fmt: skip
    for field, attempt in attempts:
        if isinstance(value, np.ndarray) and field not in ("purchase_uom_conversion_rate", "name"):
            continue
        with pytest.raises((TypeError, ValueError), match=field) as caught:
            attempt()
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", [NaT, float("nan"), NotAvailable()])
def test_a_missing_time_names_its_field(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match="delivery_date") as caught:
        encode_body({"delivery_date": value}, SalesOrderUpdate)
    if value is NaT:
        assert "missing value" in str(caught.value)
        assert "None" in str(caught.value)


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="5"):
        encode_body({5: "x"}, ProductUpdate)  # type: ignore[dict-item]  # the mistake


def test_a_date_and_a_time_of_a_subclass_go_out_as_such() -> None:
    class Day(date):
        pass

    class Moment(datetime):
        pass

    sent = to_json({"on": Day(2026, 1, 31), "at": Moment(2026, 1, 31, tzinfo=UTC)})
    assert sent == b'{"on":"2026-01-31","at":"2026-01-31T00:00:00.000Z"}'


def test_an_id_from_a_table_of_numpy_integers_is_an_id() -> None:
    assert number_segment(np.int64(7), "products") == "7"
    assert number_segment(Whole(7), "products") == "7"
    for value in (np.float64(7), np.bool_(True), np.int64(0)):
        with pytest.raises((TypeError, ValueError), match="not an id"):
            number_segment(value, "products")
