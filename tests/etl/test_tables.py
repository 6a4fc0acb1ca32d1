"""Tables of collections: schemas by the model alone, and rows of changes. Plain data, no I/O."""

# pyarrow has no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from katana_async.changes import ChangeBatch, Deletion, Version, all_traits
from katana_async.etl.tables import (
    DELETED,
    KEY,
    PARENT,
    TENANT,
    UNKNOWN,
    ChangedRows,
    tables_of,
)
from katana_async.etl.text import to_json_text
from katana_async.models._base import is_model
from katana_async.resources import load


def complete(model: type[Any], record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the fields that its model requires, rows inside it too."""
    required: dict[str, Any] = {}
    for each in msgspec.structs.fields(model):
        if each.required:
            required[each.name] = 1 if each.type in (int, Decimal) else "x"
        for inner in get_args(each.type):
            if is_model(inner) and record.get(each.name):
                record[each.name] = [complete(inner, row) for row in record[each.name]]
    return required | record


def batch(
    collection: str, records: list[dict[str, Any]], deleted: tuple[Any, ...] = ()
) -> ChangeBatch:
    key = all_traits()[collection].key
    records = [complete(load(collection).model, each) for each in records]
    keys: list[Any] = [tuple(each.get(name) for name in key) for each in records]
    return ChangeBatch(
        collection=collection,
        upserts=[to_json_text(each) for each in records],
        versions=[Version(one[0] if len(one) == 1 else one, 0, 0, 7) for one in keys],
        deletes=[Deletion(each, "marked") for each in deleted],
        cursor="",
        lag=None,
    )


def rows(changed: ChangedRows) -> dict[str, list[dict[str, Any]]]:
    """Return the columns that are not null, by table."""
    return {
        table.name: [
            {name: value for name, value in row.items() if value is not None}
            for row in data.to_pylist()
        ]
        for table, data in changed.take()
    }


@pytest.mark.parametrize("collection", sorted(all_traits()))
@pytest.mark.parametrize("tenant", [False, True])
def test_names_of_columns_are_those_of_dlt(collection: str, tenant: bool) -> None:
    from dlt.common.normalizers.naming.snake_case import NamingConvention

    naming = NamingConvention()
    tables = tables_of(collection, "tables", tenant=tenant)
    for table in (tables.root, *tables.rows.values()):
        names = table.schema.names
        assert [naming.normalize_identifier(name) for name in names] == names
        assert naming.normalize_path(table.name) == table.name
        assert (names[0] == TENANT) == tenant


def test_a_record_that_changes_again_belongs_to_another_run() -> None:
    changed = ChangedRows(tables_of("tax_rates", "columns"))
    assert changed.add(batch("tax_rates", [{"id": 1, "name": "a"}], deleted=(3,)))
    first = rows(changed)
    assert not changed.add(batch("tax_rates", [{"id": 2}, {"id": 1, "name": "b"}]))
    assert not changed.add(batch("tax_rates", [{"id": 3}]))
    assert not changed.add(batch("tax_rates", [], deleted=(1,)))
    assert changed.add(batch("tax_rates", [{"id": 2, "name": "c"}]))
    assert len(changed) == 3
    assert first == {
        "tax_rates": [{"id": 1, "name": "a", "_fingerprint": 7}, {"id": 3, DELETED: True}]
    }
    assert rows(changed) == {"tax_rates": [{"id": 2, "name": "c", "_fingerprint": 7}]}
    assert rows(changed) == {}


def test_rows_inside_a_record_replace_the_earlier_ones() -> None:
    changed = ChangedRows(tables_of("suppliers", "tables", tenant=True), "acme")
    changed.add(batch("suppliers", [{"id": 1, "addresses": [{"id": 5}, {"id": 6}]}]))
    changed.add(batch("suppliers", [], deleted=(2,)))
    found = rows(changed)["suppliers__addresses"]
    assert [(row[TENANT], row[PARENT], row.get("id"), row.get(DELETED)) for row in found] == [
        ("acme", 1, None, True),
        ("acme", 1, 5, None),
        ("acme", 1, 6, None),
        ("acme", 2, None, True),
    ]


def test_a_key_of_several_fields_is_one_column() -> None:
    changed = ChangedRows(tables_of("inventory", "columns"))
    changed.add(batch("inventory", [{"variant_id": 1, "location_id": 4}], deleted=((2, 3),)))
    [found] = rows(changed).values()
    assert [row[KEY] for row in found] == ["[1,4]", "[2,3]"]
    assert found[0]["variant_id"] == 1


def test_one_name_in_two_spellings_is_one_column() -> None:
    changed = ChangedRows(tables_of("purchase_order_accounting_metadata", "columns"))
    records = [{"id": 1, "billId": "b1"}, {"id": 2, "bill_id": "b2"}]
    changed.add(batch("purchase_order_accounting_metadata", records))
    [found] = rows(changed).values()
    assert [row["bill_id"] for row in found] == ["b1", "b2"]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("1.00000000005", "1.0000000000"),
        ("1.00000000015", "1.0000000002"),
        ("-2.123456789012345", "-2.1234567890"),
        ("1e30", None),
    ],
)
def test_a_number_that_does_not_fit_is_rounded_and_kept_as_sent(
    sent: str, stored: str | None
) -> None:
    changed = ChangedRows(tables_of("sales_order_rows", "columns"))
    changed.add(batch("sales_order_rows", [{"id": 1, "quantity": Decimal(sent)}, {"id": 2}]))
    [[row, other]] = rows(changed).values()
    assert row.get("quantity") == (None if stored is None else Decimal(stored))
    assert msgspec.json.decode(row[UNKNOWN], type=dict[str, Decimal])["quantity"] == Decimal(sent)
    assert UNKNOWN not in other


def test_an_unreadable_record_keeps_all_its_fields() -> None:
    changed = ChangedRows(tables_of("tax_rates", "columns"))
    changed.add(batch("tax_rates", [{"id": 1, "rate": "high"}, {"id": 2, "rate": "5"}]))
    [[bad, good]] = rows(changed).values()
    assert msgspec.json.decode(bad[UNKNOWN])["rate"] == "high"
    assert good["rate"] == Decimal(5)


def test_unknown_fields_and_custom_fields_are_json() -> None:
    changed = ChangedRows(tables_of("sales_orders", "columns"))
    record = {"id": 1, "colour": {"rgb": [1, 2]}, "custom_fields": {"a": Decimal("1.10")}}
    changed.add(batch("sales_orders", [record]))
    [[row]] = rows(changed).values()
    assert row[UNKNOWN] == '{"colour":{"rgb":[1,2]}}'
    assert row["custom_fields"] == '{"a":1.10}'
