"""Records as Arrow tables."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from katana_async import models
from katana_async.models import Product, SalesOrder, Variant
from katana_async.models._base import field_names
from tests.processes import run_python

from .objects import all_models
from .test_conversions import samples

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from katana_async.arrow import arrow_schema, to_arrow  # noqa: E402 - it needs pyarrow

UUID_TEXT = "6afe78d2-2b95-4d71-92f5-1bc2be852afe"


def product(*variants: Variant) -> Product:
    return Product(id=1, name="Table", type=models.ItemType.PRODUCT, variants=variants)


@pytest.mark.parametrize("model", all_models(), ids=lambda model: str(model.__name__))
def test_the_schema_does_not_depend_on_the_records(model: Any) -> None:
    records = samples(model)
    table = to_arrow(records, model)
    assert table.schema == arrow_schema(model) == to_arrow([], model).schema
    assert table.schema.names == field_names(model)
    assert table.num_rows == len(records)
    for record, row in zip(records, table.to_pylist(), strict=True):
        for name, value in record.to_dict().items():
            assert_written(row[name], value)


def assert_written(found: Any, value: Any) -> None:
    """Compare a value of a table with the one in the dict of a record."""
    if isinstance(found, str):
        assert found in (value, str(value), msgspec.json.encode(value).decode())
    elif isinstance(value, dict):
        assert found.keys() == value.keys()
        for name, inner in value.items():
            assert_written(found[name], inner)
    elif isinstance(value, tuple):
        assert len(found) == len(value)
        for one, other in zip(found, value, strict=True):
            assert_written(one, other)
    else:
        assert found == value


def test_each_kind_of_value_has_its_arrow_type() -> None:
    schema = arrow_schema(Variant)
    assert schema.field("id").type == pa.int64()
    assert schema.field("sales_price").type == pa.decimal128(38, 10)
    assert schema.field("created_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("type").type == pa.string()
    assert schema.field("supplier_item_codes").type == pa.list_(pa.string())
    assert schema.field("custom_fields").type == pa.string()
    item = schema.field("item").type
    assert pa.types.is_struct(item)
    # A variant within the item of a variant.
    assert item.field("variants").type == pa.list_(pa.string())
    assert arrow_schema(models.BomRow).field("id").type == pa.string()
    assert arrow_schema(Product).field("is_sellable").type == pa.bool_()


def test_values_are_exact_and_times_are_in_utc() -> None:
    there = timezone(timedelta(hours=2))
    variant = Variant(
        id=1,
        sales_price=Decimal("12345678901234567.0123456789"),
        created_at=datetime(2026, 1, 31, 10, 0, 0, 123_456, tzinfo=there),
        custom_fields={UUID_TEXT: Decimal("0.10")},
        item=models.Item(id=2, name="a", type=models.ItemType("NEW"), variants=(Variant(id=3),)),
    )
    (row,) = to_arrow([variant], Variant).to_pylist()
    assert row["sales_price"] == variant.sales_price
    assert row["created_at"] == datetime(2026, 1, 31, 8, 0, 0, 123_456, tzinfo=UTC)
    assert json.loads(row["custom_fields"]) == {UUID_TEXT: "0.10"}
    assert row["item"]["type"] == "NEW"
    assert Variant.from_json(row["item"]["variants"][0]) == Variant(id=3)


@pytest.mark.parametrize("number", ["1e28", "0.00000000001", "-12345678901234567890123456789"])
def test_a_decimal_that_does_not_fit_is_named_with_its_field(number: str) -> None:
    good = Variant(id=2, sales_price=Decimal("9999999999999999999999999999.1234567890"))
    bad = Variant(id=3, sales_price=Decimal(number))
    records = [product(good), product(), product(good, bad)]
    with pytest.raises(ValueError, match=r"variants\.sales_price: .* decimal128\(38, 10\)"):
        to_arrow(records, Product)
    with pytest.raises(ValueError, match=r"^sales_price: "):
        to_arrow([good, bad], Variant)


def test_trailing_zeros_do_not_count_as_digits() -> None:
    variant = Variant(id=1, sales_price=Decimal("1.50000000000000000000"))
    assert to_arrow([variant], Variant).to_pylist()[0]["sales_price"] == Decimal("1.5")


def test_an_int_that_does_not_fit_is_named_with_its_field() -> None:
    with pytest.raises(ValueError, match=r"^id: 18446744073709551616 does not fit int64"):
        to_arrow([Variant(id=2**64)], Variant)


def test_a_time_after_the_year_9999_in_utc_is_named_with_its_field() -> None:
    late = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))
    with pytest.raises(ValueError, match=r"^archived_at: a datetime does not fit timestamp"):
        to_arrow(
            [models.Product(id=1, name="x", type=models.ItemType.PRODUCT, archived_at=late)],
            models.Product,
        )


def test_a_text_that_does_not_fit_is_named_with_its_field_and_not_shown() -> None:
    webhook = models.Webhook(id=1, token="hush\ud800")
    with pytest.raises(ValueError, match=r"^token: a str does not fit string$"):
        to_arrow([webhook], models.Webhook)
    with pytest.raises(ValueError, match=r"^custom_fields: "):
        to_arrow([Variant(id=1, custom_fields={"\ud800": 1})], Variant)


def test_a_record_of_another_model_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="expected Variant, not Product"):
        to_arrow([Variant(id=1), product()], Variant)


def test_a_users_subclass_has_its_own_columns() -> None:
    class MyVariant(Variant):
        colour: str | None = None

    table = to_arrow([MyVariant(id=1, colour="red")], MyVariant)
    *fields, created, updated, deleted, custom_fields = arrow_schema(Variant).names
    assert table.schema.names == [*fields, "colour", created, updated, deleted, custom_fields]
    assert (created, deleted, custom_fields) == ("created_at", "deleted_at", "custom_fields")
    assert table.column("colour").to_pylist() == ["red"]
    assert to_arrow([MyVariant(id=1, colour="red")], Variant).schema == arrow_schema(Variant)


def test_pandas_and_polars_take_the_table() -> None:
    pandas = pytest.importorskip("pandas", reason="only the slow part has pandas")
    polars = pytest.importorskip("polars", reason="only the slow part has polars")
    order = SalesOrder(
        id=1,
        order_no="SO-1",
        customer_id=2,
        status=models.SalesOrderStatus.PENDING,
        total=Decimal("0.10"),
        created_at=datetime(2026, 1, 31, tzinfo=UTC),
    )
    table = to_arrow([order] * 3, SalesOrder)
    frame = polars.from_arrow(table)
    assert frame["total"].sum() == Decimal("0.30")
    assert frame["created_at"][0] == order.created_at
    data = table.to_pandas(types_mapper=pandas.ArrowDtype)
    assert data["total"].sum() == Decimal("0.30")
    assert data["location_id"].dtype == "int64[pyarrow]"
    assert data["location_id"].isna().all()


def test_without_pyarrow_the_import_names_the_extra() -> None:
    out = run_python(
        "import sys\n"
        "sys.modules['pyarrow'] = None\n"
        "try:\n"
        "    from katana_async.arrow import to_arrow\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    assert out.strip() == "Arrow tables need pyarrow: pip install 'katana-async[arrow]'"
