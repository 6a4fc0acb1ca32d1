"""Records for tables have the values of the models, in the fast and in the slow way."""

# pyarrow has no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from decimal import Decimal
from functools import cache
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from katana_async.arrow import columns_of
from katana_async.changes import all_traits
from katana_async.etl.records import Records
from katana_async.etl.tables import UNKNOWN, Table
from katana_async.etl.text import to_json_text
from katana_async.http.decoding.codec import BadRecord, Codec
from katana_async.http.messages import parse_json
from katana_async.http.options import Stats
from katana_async.resources import load

NUMBERS = st.sampled_from(
    [
        "0",
        "-0",
        "1",
        "1.0",
        "1.50",
        "1e3",
        "1.5E-4",
        "-2.00000000005",
        "1e30",
        "1e-30",
        "0.1",
        "9007199254740993",
        "1e500",
        "99999999999999999999",
        '"7"',
        '"7.250"',
        '"1e3"',
        '"x"',
        '"NaN"',
        '"1_0"',
        '"null"',
        '"undefined"',
        '""',
    ]
) | st.decimals(allow_nan=False, allow_infinity=False, places=10).map(lambda each: f'"{each}"')
TIMES = st.sampled_from(
    [
        '"2026-03-23T10:37:05.085Z"',
        '"2026-03-23T10:37:05Z"',
        '"2026-03-23T10:37:05.1234567Z"',
        "5",
        '"2026-03-23T10:37:05.123456789+02:00"',
        '"2026-03-23T10:37:05"',
        '"2026-03-23T10:37Z"',
        '"2026-03-23"',
        '"1969-12-31T23:59:59.9999999Z"',
        '"9999-12-31T23:59:59.999-12:00"',
        '"0001-01-01T00:00:00.000+12:00"',
    ]
)
TEXTS = st.sampled_from(
    rf'"\ud800" "a\ud83d\ude00b" "\\ud800" "\u0000" 5 true "caf{chr(233)}" "" "x"'.split()
)
TRUTHS = st.sampled_from(["true", "false", '"true"', "1"])
INNER = st.sampled_from(
    [
        r"[]",
        r"{}",
        r'[{"id":1,"a":1.10}]',
        r'{"id":1}',
        r'"x"',
        r"5",
        r"[5]",
        r'[{"name":"\ud800"}]',
        r'[{"id":1e99999999999}]',
        r'[{"id":123456789012345678901234567890}]',
    ]
)
ODD = st.sampled_from(["null", "{}", "[]", '"null"', "[1]"])


def values_of(hint: Any) -> st.SearchStrategy[str]:
    """Return the JSON of values for a field, of which some are odd."""
    kinds = (*get_args(hint), hint)
    if Decimal in kinds or int in kinds:
        return NUMBERS | ODD
    if bool in kinds:
        return TRUTHS | ODD
    return (TIMES if "datetime" in str(hint) else TEXTS) | ODD


@cache
def texts(collection: str) -> st.SearchStrategy[bytes]:
    """Return the JSON of a record: required fields, some of the others, and unknown ones."""
    model, inner = load(collection).model, table_of(collection).reader.inner
    required: dict[str, st.SearchStrategy[str]] = {}
    optional: dict[str, st.SearchStrategy[str]] = {"colour": INNER | NUMBERS}
    for each in msgspec.structs.fields(model):
        if each.required:
            value = "1" if each.type in (int, Decimal) else '"x"'
            required[each.name] = st.just(value)
        else:
            optional[each.name] = INNER | ODD if each.name in inner else values_of(each.type)
    fields = st.fixed_dictionaries(required, optional=optional)
    return fields.map(
        lambda found: ("{" + ",".join(f'"{name}":{found[name]}' for name in found) + "}").encode()
    )


@cache
def table_of(collection: str) -> Table:
    return Table.of(collection, load(collection).model, [])


def _without_half_pairs(text: bytes) -> bytes:
    parts = text.split(rb"\\ud800")
    return rb"\\ud800".join(each.replace(rb"\ud800", b"?") for each in parts)


def rows(table: Table, records: Records) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.rows(records).to_pylist()
    for row in found:
        for name in (UNKNOWN, *table.fields):
            if row[name] is not None and name not in table.scalars:
                row[name] = repr(parse_json(row[name].encode()))
    return found


@pytest.mark.parametrize(
    "collection", ["products", "sales_orders", "sales_order_rows", "inventory"]
)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_both_ways_of_reading_give_the_values_of_the_model(
    collection: str, data: st.DataObject
) -> None:
    table = table_of(collection)
    sent = data.draw(st.lists(texts(collection), min_size=1, max_size=3))
    reader = table.reader
    found = rows(table, reader.read(sent))
    assert found == [row for each in sent for row in rows(table, reader.read([each]))]
    sent = [_without_half_pairs(each) for each in sent]
    assert found == rows(table, reader._read_slowly(sent))  # pyright: ignore[reportPrivateUsage]
    codec = Codec[Any](reader.plain, collection, Stats())
    for row, text in zip(found, sent, strict=True):
        [record] = codec.rows(b"[%b]" % text)
        if isinstance(record, BadRecord):
            assert all(row[name] is None for name in table.scalars)
            assert row[UNKNOWN] == repr(parse_json(text))
            continue
        unfit = row[UNKNOWN] or ""
        for column, names in table.fields.items():
            if column in table.scalars and f"'{column}'" not in unfit:
                value = next((v for n in names if (v := getattr(record, n)) is not None), None)
                assert row[column] == (str(value) if isinstance(value, str) else value)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_time_outside_the_years_1_to_9999_in_utc_is_kept_as_json(time: str) -> None:
    table = table_of("products")
    sent = b'{"id":1,"name":"x","type":"product","archived_at":"%b"}' % time.encode()
    [row] = rows(table, table.reader.read([sent]))
    assert (row["id"], row["archived_at"]) == (1, None)
    assert row[UNKNOWN] == repr({"archived_at": time})


@pytest.mark.parametrize("collection", sorted(all_traits()))
def test_the_reader_has_every_field_of_the_model(collection: str) -> None:
    model = load(collection).model
    reader = Table.of(collection, model, []).reader
    assert reader.whole.__struct_fields__ == model.__struct_fields__
    assert {*reader.plain.__struct_fields__, *reader.inner} == set(columns_of(model, ()))


def test_rows_inside_a_record_that_are_no_list_are_unknown_fields() -> None:
    table = Table.of("products", load("products").model, [])
    product = b'{"id":1,"name":"x","type":"product","variants":%b}'
    values = [b'[{"id":5}]', b"null", b'{"id":6}', b"[7]"]
    records = table.reader.read([product % each for each in values])
    assert records.rows_inside("variants") == [[b'{"id":5}'], [], [], [b"7"]]
    assert records.kept.keys() == {2}
    assert to_json_text(records.kept[2]) == b'{"variants":{"id":6}}'
